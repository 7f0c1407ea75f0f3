"""ToolAlpaca: APIs with an OpenAPI document as text in ``Documentation``, or functions described in prose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from agentgym.build.sources import openapi
from agentgym.build.sources.arguments import object_schema
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.prose import arguments
from agentgym.build.sources.text import describe, labels, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, ToolSpec

TEXT = 2 << 20  # characters of one embedded document


def matches(document: Json) -> bool:
    return isinstance(document, list) and any(_is_api(entry) for entry in document[:20])


def _is_api(entry: Json) -> bool:
    return isinstance(entry, dict) and "Documentation" in entry and isinstance(entry.get("Function_Description"), dict)


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool an operation of the embedded document; where that is none, one a described function."""
    for number, entry in enumerate(document, 1):
        if not _is_api(entry):
            yield rejection(f"{source}#{number}", "broken tool", "the entry has no Documentation or functions")
            continue
        embedded = _embedded(entry)
        service = service_name(entry.get("Name"), place)
        category = labels([entry.get("Category")])
        found = openapi.tools(embedded, source, place) if embedded else _described(entry, f"{source}#{number}", source)
        for item in found:
            if isinstance(item, ToolSpec):
                grouped = {"service": service, "id": f"{service}.{item.name}", "tags": category or item.tags}
                item = item.model_copy(update=grouped)
            yield item


def _embedded(entry: dict[str, Any]) -> Json:
    import orjson

    text = entry["Documentation"]
    if not isinstance(text, str) or len(text) > TEXT:
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if openapi.matches(value) else None


def _described(entry: dict[str, Any], where: str, source: str) -> Iterator[ToolSpec | Rejection]:
    """Functions as text: what it does, then ``Parameters: {"name": "Required. string. ..."}``, then its output."""
    for given, text in entry["Function_Description"].items():
        name = tool_name(given)
        if given == "components" or not isinstance(text, str):
            continue
        if not name:
            yield rejection(where, "tool without a usable name", f"name is {given!r:.80}")
            continue
        about, _, rest = text.partition("Parameters:")
        try:
            parsed = json.JSONDecoder().raw_decode(rest.strip())[0]
            parameters = object_schema(arguments(parsed))
        except (ValueError, RecursionError) as error:
            yield rejection(where, "broken tool", f"the parameters of {given!r:.80} cannot be read: {error}")
            continue
        except SpecError as error:
            yield rejection(where, "schema too large", str(error))
            continue
        yield ToolSpec(
            id=f"x.{name}", service="x", name=name, description=describe(None, about), parameters=parameters,
            source=source,
        )  # fmt: skip
