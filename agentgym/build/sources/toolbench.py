"""ToolBench's lists of RapidAPI endpoints: tasks with an ``api_list`` each, or such a list by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agentgym.build.sources.arguments import PARAMETER_NODES, RETURN_NODES, object_schema
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.schemas import Expander
from agentgym.build.sources.text import describe, labels, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.files import canonical
from agentgym.types import Json, Rejection, Schema, ToolSpec

DEPTH = 8  # of a response skeleton
_TYPES = {"binary": "file", "enum": "string", "time": "time", "number": "number"}
_SAID = frozenset(("message", "messages", "msg", "error", "errors", "detail", "error_message", "error_code"))
_BESIDE = frozenset(
    "code cod errcode status statuscode status_code success ok type timestamp url path link info stack requestid "
    "request_id error_detail ref _type instrumentation statustext reason documentation_url".split()
)
_NOTHING = ("NoneType", "None", "empty list", None)
_LEAVES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_LIST = re.compile(r"list of (\w+) with length \d+")


def _endpoints(document: Json) -> Iterator[Json]:
    """Endpoints of a task, of a list of tasks or endpoints, or of such lists by file name."""
    groups = list(document.values()) if isinstance(document, dict) and "api_list" not in document else [document]
    for group in groups:
        for item in group if isinstance(group, list) else [group]:
            listed = item.get("api_list") if isinstance(item, dict) else None
            if isinstance(listed, list):
                yield from listed
            elif _is_endpoint(item):
                yield item


def _is_endpoint(item: Json) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("api_name"), str):
        return False
    return "required_parameters" in item or "optional_parameters" in item


def matches(document: Json) -> bool:
    return any(_is_endpoint(item) for item in _endpoints(document))


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool an endpoint; of mentions that differ in the response only, the first that has one counts."""
    found: dict[str, tuple[str, Json]] = {}
    for number, item in enumerate(_endpoints(document), 1):
        if not _is_endpoint(item):
            yield rejection(f"{source}#{number}", "broken tool", "the entry has no api_name or no parameter lists")
            continue
        key = canonical({name: value for name, value in item.items() if name != "template_response"})
        if key not in found or not found[key][1].get("template_response"):
            found[key] = (found[key][0] if key in found else f"{source}#{number}", item)
    for where, item in found.values():
        yield from _tool(item, where, source, place)


def _tool(item: dict[str, Any], where: str, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    service = service_name(item.get("tool_name"), place)
    name = tool_name(item["api_name"])
    if not name:
        yield rejection(where, "tool without a usable name", f"api_name is {item['api_name']!r:.80}")
        return
    skeleton = item.get("template_response")
    if _is_error(skeleton):
        yield rejection(f"{source}#{service}.{name}", "response left out", "the example response is an error message")
        skeleton = None
    try:
        parameters = object_schema(_arguments(item))
        returns = Expander({}, "out").fit(_shape(skeleton, 0), RETURN_NODES)
    except SpecError as error:
        yield rejection(where, "schema too large", f"{error}; the limit for arguments is {PARAMETER_NODES}")
        return
    yield ToolSpec(
        id=f"{service}.{name}",
        service=service,
        name=name,
        description=describe(None, item.get("api_description")),
        parameters=parameters,
        returns=returns,
        http=_http(item.get("method"), item["api_name"]),
        source=source,
        tags=labels([item.get("category_name")]),
    )


def _http(method: Json, name: str) -> tuple[str, str] | None:
    """Of an endpoint named by its path, such as ``/v1/matches/{id}``; a title says nothing of the path."""
    return (method.upper(), name) if isinstance(method, str) and name.startswith("/") and " " not in name else None


def _arguments(item: dict[str, Any]) -> Schema:
    properties: Schema = {}
    required: list[str] = []
    for key in ("required_parameters", "optional_parameters"):
        listed = item.get(key)
        for given in listed if isinstance(listed, list) else ():
            name = given.get("name") if isinstance(given, dict) else None
            if isinstance(name, str) and name and name not in properties:
                properties[name] = _property(given)
                if key.startswith("required"):
                    required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _property(given: dict[str, Any]) -> Schema:
    """Types are words in capitals such as ``DATE (YYYY-MM-DD)``; a default that is no value is an empty text."""
    words = given["type"].split() if isinstance(given.get("type"), str) else []
    kind = words[0].lower() if words else ""
    out: Schema = {"type": _TYPES.get(kind, kind), "description": given.get("description")}
    if given.get("default") not in ("", None):
        out["default"] = given["default"]
    return out


# -- responses -------------------------------------------------------------------------------------


def _is_error(skeleton: Json) -> bool:
    """Whether an example response says no more than that the call failed."""
    if not isinstance(skeleton, dict):
        return False
    told = {key.lower() for key, value in skeleton.items() if isinstance(key, str) and value not in _NOTHING}
    return bool(told & _SAID) and told <= _SAID | _BESIDE


def _shape(value: Json, depth: int) -> Schema:
    """A skeleton such as ``{"id": "int", "tags": "list of str with length 3"}`` as JSON Schema."""
    if depth > DEPTH:
        return {}
    if isinstance(value, dict):
        named = {key: item for key, item in value.items() if isinstance(key, str) and key != "_list_length"}
        return {"type": "object", "properties": {key: _shape(item, depth + 1) for key, item in named.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": _shape(value[0], depth + 1)} if value else {"type": "array"}
    if not isinstance(value, str):
        return {}
    if value in _LEAVES:
        return {"type": _LEAVES[value]}
    if match := _LIST.fullmatch(value):
        return {"type": "array", "items": _shape(match[1], depth + 1)}
    return {"type": "array"} if value == "empty list" else {}
