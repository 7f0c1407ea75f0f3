"""AWS service descriptions as botocore ships them (``service-2.json``): each operation becomes a tool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentgym.build.sources.arguments import PARAMETER_NODES, RETURN_NODES, safe
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.schemas import Expander
from agentgym.build.sources.text import describe, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, Schema, ToolSpec

_SCALARS: dict[str, Schema] = {
    "string": {"type": "string"},
    "character": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "short": {"type": "integer"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "bigdecimal": {"type": "number"},
    "biginteger": {"type": "integer"},
    "timestamp": {"type": "string", "format": "date-time"},
    "blob": {"type": "string", "format": "byte"},
}


def matches(document: Json) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("metadata"), dict):
        return False
    return isinstance(document.get("operations"), dict) and isinstance(document.get("shapes"), dict)


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool an operation; ``http`` only where the path is the operation's own and not ``/`` for all of them."""
    metadata = document["metadata"]
    given = metadata.get("serviceId") or metadata.get("endpointPrefix")
    service = service_name(f"AWS {given}" if isinstance(given, str) else None, place)
    root = {"shapes": {name: _schema(shape) for name, shape in document["shapes"].items()}}
    arguments, results = Expander(root, "in"), Expander(root, "out")
    for key, operation in document["operations"].items():
        where = f"{source}#{key}"
        name = tool_name(key)
        if not isinstance(operation, dict):
            yield rejection(where, "broken operation", "the operation is no object")
            continue
        if not name:
            yield rejection(where, "tool without a usable name", f"name is {key!r:.80}")
            continue
        try:
            parameters = safe(arguments.fit(_reference(operation.get("input")), PARAMETER_NODES))
            returns = results.fit(_reference(operation.get("output")), RETURN_NODES)
        except SpecError as error:
            yield rejection(where, "schema too large", str(error))
            continue
        yield ToolSpec(
            id=f"{service}.{name}",
            service=service,
            name=name,
            description=describe(None, operation.get("documentation")),
            parameters=parameters,
            returns=returns,
            http=_http(operation.get("http")),
            source=source,
        )


def _http(given: Json) -> tuple[str, str] | None:
    if not isinstance(given, dict):
        return None
    method, path = given.get("method"), given.get("requestUri")
    if not isinstance(method, str) or not isinstance(path, str) or path.split("?")[0] in ("/", ""):
        return None
    return method.upper(), path


def _reference(member: Json) -> Schema:
    """``{"shape": X, "documentation": ...}`` as a JSON Schema reference."""
    if not isinstance(member, dict) or not isinstance(member.get("shape"), str):
        return {}
    out = {"$ref": "#/shapes/" + member["shape"].replace("~", "~0").replace("/", "~1")}
    return out | ({"description": member["documentation"]} if "documentation" in member else {})


def _schema(shape: Json) -> Schema:
    """One shape as JSON Schema; a shape of no known type is {}."""
    if not isinstance(shape, dict) or not isinstance(shape.get("type"), str):
        return {}
    kind = shape["type"]
    if kind == "structure":
        out = _structure(shape)
    elif kind == "list":
        out = {"type": "array", "items": _reference(shape.get("member")), **_limits(shape, "minItems", "maxItems")}
    elif kind == "map":
        out = {"type": "object", "additionalProperties": _reference(shape.get("value"))}
    elif kind in ("string", "blob"):
        out = {**_SCALARS[kind], **_limits(shape, "minLength", "maxLength")}
        out |= {key: shape[key] for key in ("enum", "pattern") if key in shape}
    elif kind in _SCALARS:
        out = {**_SCALARS[kind], **_limits(shape, "minimum", "maximum")}
    else:
        return {}
    return out | ({"description": shape["documentation"]} if "documentation" in shape else {})


def _structure(shape: dict[str, Any]) -> Schema:
    """Members by name; an idempotency token is filled in by the client and never required."""
    given = shape.get("members")
    members = {name: item for name, item in given.items() if isinstance(item, dict)} if isinstance(given, dict) else {}
    listed = shape.get("required")
    tokens = [name for name, item in members.items() if item.get("idempotencyToken") is True]
    required = [name for name in listed if name not in tokens] if isinstance(listed, list) else []
    return {
        "type": "object",
        "properties": {name: _reference(item) for name, item in members.items()},
        "required": required,
    }


def _limits(shape: dict[str, Any], low: str, high: str) -> Schema:
    return {new: shape[old] for old, new in (("min", low), ("max", high)) if old in shape}
