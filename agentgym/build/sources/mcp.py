"""MCP ``tools/list``: the result of the protocol, or the lists that registries keep of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentgym.build.sources.arguments import object_schema, result_schema
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.text import describe, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, ToolSpec

_INPUTS = ("inputSchema", "input_schema", "arguments")
_OUTPUTS = ("outputSchema", "output_schema")


def items(document: Json) -> list[Json] | None:
    """The tools of a bare list, of ``{"tools": [...]}`` or of ``{"result": {"tools": [...]}}``; None if it is none."""
    if isinstance(document, dict) and isinstance(document.get("result"), dict):
        document = document["result"]
    found = document.get("tools") if isinstance(document, dict) else document
    return found if isinstance(found, list) else None


def matches(document: Json) -> bool:
    """Whether most entries are MCP tools: a name, and an input schema, an argument list or just a description."""
    found = items(document) or ()
    return 2 * sum(_is_tool(item) for item in found) > len(found)


def _is_tool(item: Json) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return False
    if "function" in item or "parameters" in item or "parameter" in item or isinstance(item.get("arguments"), dict):
        return False
    return "description" in item or any(key in item for key in _INPUTS)


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool an entry; a service is named after the file or its folder, since the format has no title."""
    service = service_name(None, place)
    for number, item in enumerate(items(document) or (), 1):
        yield _tool(item, service, source, number)


def _tool(item: Json, service: str, source: str, number: int) -> ToolSpec | Rejection:
    if not isinstance(item, dict):
        return rejection(f"{source}#{number}", "broken tool", "the entry is no object")
    given = item.get("name")
    name = tool_name(given) if isinstance(given, str) else ""
    if not name:
        return rejection(f"{source}#{number}", "tool without a usable name", f"name is {given!r:.80}")
    try:
        parameters = object_schema(_first(item, _INPUTS))
        returns = result_schema(_first(item, _OUTPUTS))
    except SpecError as error:
        return rejection(f"{source}#{name}", "schema too large", str(error))
    return ToolSpec(
        id=f"{service}.{name}",
        service=service,
        name=name,
        description=describe(None, item.get("description")) or describe(item.get("title"), None),
        parameters=parameters,
        returns=returns,
        source=source,
    )


def _first(item: dict[str, Any], keys: tuple[str, ...]) -> Json:
    return next((item[key] for key in keys if item.get(key) is not None), {})
