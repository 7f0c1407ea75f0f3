"""OpenAI functions: flat or wrapped in ``function``; a list, an object or JSON Lines; benchmarks' dialects included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentgym.build.sources.arguments import object_schema, result_schema
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.text import describe, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, ToolSpec

_INPUTS = ("parameters", "parameter", "arguments", "_arguments")
_OUTPUTS = ("response", "returns", "results", "output_schema")


def _entries(document: Json) -> Iterator[Json]:
    """Each function of the document, unwrapped; an entry may hold several."""
    if isinstance(document, dict):
        listed = next((document[key] for key in ("functions", "tools") if isinstance(document.get(key), list)), None)
        document = [document] if listed is None else listed
    for entry in document if isinstance(document, list) else ():
        inner = entry.get("function") if isinstance(entry, dict) else None
        if isinstance(inner, list):
            yield from inner
        else:
            yield entry if inner is None else inner


def _is_function(entry: Json) -> bool:
    named = isinstance(entry, dict) and isinstance(entry.get("name"), str)
    return named and any(isinstance(entry.get(key), dict) for key in _INPUTS)


def matches(document: Json) -> bool:
    """Whether most entries are functions: a name, and parameters as an object."""
    found = list(_entries(document))
    if found == [document] and not _has_schema(document):
        return False  # other formats have a name and parameters too, such as Google's discovery documents
    return 2 * sum(_is_function(entry) for entry in found) > len(found)


def _has_schema(entry: dict[str, Any]) -> bool:
    parameters = _first(entry, _INPUTS)
    return isinstance(parameters, dict) and (isinstance(parameters.get("type"), str) or "properties" in parameters)


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool a function; a service is named after the file or its folder, since the format has no title."""
    service = service_name(None, place)
    for number, entry in enumerate(_entries(document), 1):
        yield _tool(entry, service, source, number)


def _tool(entry: Json, service: str, source: str, number: int) -> ToolSpec | Rejection:
    if not isinstance(entry, dict):
        return rejection(f"{source}#{number}", "broken tool", "the entry is no object")
    given = _name(entry)
    name = tool_name(given)
    if not name:
        return rejection(f"{source}#{number}", "tool without a usable name", f"name is {given!r:.80}")
    try:
        parameters = object_schema(_first(entry, _INPUTS))
        returns = result_schema(_first(entry, _OUTPUTS))
    except SpecError as error:
        return rejection(f"{source}#{name}", "schema too large", str(error))
    return ToolSpec(
        id=f"{service}.{name}",
        service=service,
        name=name,
        description=describe(None, entry.get("description")),
        parameters=parameters,
        returns=returns,
        source=source,
    )


def _name(entry: dict[str, Any]) -> str:
    """``api_call`` where there is one: ``name`` is a title then ("Coffee Shops", called as ``shops.find``)."""
    called = [entry.get(key) for key in ("api_call", "name")]
    return next((name for name in called if isinstance(name, str) and name), "")


def _first(entry: dict[str, Any], keys: tuple[str, ...]) -> Json:
    return next((entry[key] for key in keys if entry.get(key) is not None), {})
