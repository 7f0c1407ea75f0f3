"""Google's discovery documents: each method becomes a tool."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentgym.build.sources.arguments import PARAMETER_NODES, RETURN_NODES, Arguments
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.keywords import coerced
from agentgym.build.sources.schemas import Expander
from agentgym.build.sources.text import describe, labels, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, Schema, ToolSpec

DEPTH = 12  # of resources within resources
_READ_ONLY = re.compile(r"\W{0,3}(?:output[ -]only|read[ -]only)\b", re.IGNORECASE)
_REQUIRED = re.compile(r"\W{0,3}required\b", re.IGNORECASE)
_NUMBERS = ("minimum", "maximum")


def matches(document: Json) -> bool:
    if not isinstance(document, dict) or not ("resources" in document or "methods" in document):
        return False
    return document.get("kind") == "discovery#restDescription" or "discoveryVersion" in document


@dataclass(slots=True)
class _Api:
    service: str
    prefix: str  # what every method's id begins with
    source: str
    arguments: Expander
    results: Expander


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool a method, in the file's order, without the parameters of every method (``alt``, ``fields``)."""
    name = document.get("name") if isinstance(document.get("name"), str) else ""
    given = document.get("schemas")
    schemas = {key: _schema(value, 0) for key, value in given.items()} if isinstance(given, dict) else {}
    root = {"schemas": schemas}
    service = service_name(document.get("title") or name, place)
    api = _Api(service, f"{name}.", source, Expander(root, "in"), Expander(root, "out"))
    for key, method in _methods(document, 0):
        yield _tool(api, key, method)


def _methods(level: Json, depth: int) -> Iterator[tuple[str, Json]]:
    methods, resources = level.get("methods"), level.get("resources")
    if isinstance(methods, dict):
        yield from methods.items()
    for name, resource in resources.items() if isinstance(resources, dict) and depth < DEPTH else ():
        if isinstance(resource, dict):
            for key, method in _methods(resource, depth + 1):
                yield f"{name}.{key}", method


def _tool(api: _Api, key: str, method: Json) -> ToolSpec | Rejection:
    where = f"{api.source}#{key}"
    if not isinstance(method, dict):
        return rejection(where, "broken operation", "the method is no object")
    name = tool_name(_name(api, key, method))
    if not name:
        return rejection(where, "tool without a usable name", f"id is {method.get('id')!r:.80}")
    try:
        parameters = api.arguments.within(lambda: _arguments(api, method), PARAMETER_NODES)
        returns = api.results.fit(_schema(method.get("response"), 0), RETURN_NODES)
    except SpecError as error:
        return rejection(where, "schema too large", str(error))
    return ToolSpec(
        id=f"{api.service}.{name}",
        service=api.service,
        name=name,
        description=describe(None, method.get("description")),
        parameters=parameters,
        returns=returns,
        http=_http(method),
        source=api.source,
        tags=labels([key.rsplit(".", 1)[0]] if "." in key else []),
    )


def _name(api: _Api, key: str, method: dict[str, Any]) -> str:
    given = method.get("id")
    return given.removeprefix(api.prefix) if isinstance(given, str) else key


def _http(method: dict[str, Any]) -> tuple[str, str] | None:
    """``flatPath``, whose fixed parts name the resources that ``path`` hides in one parameter ({+name}).

    Where there is none, they are read from the parameter's pattern, such as ``^projects/[^/]+/jobs/[^/]+$``.
    """
    path = method.get("flatPath", method.get("path"))
    verb = method.get("httpMethod")
    if not isinstance(path, str) or not isinstance(verb, str):
        return None
    given = method.get("parameters")
    for name, raw in given.items() if isinstance(given, dict) else ():
        pattern = raw.get("pattern") if isinstance(raw, dict) else None
        if isinstance(pattern, str) and f"{{+{name}}}" in path:
            path = path.replace(f"{{+{name}}}", _flat(pattern) or f"{{{name}}}")
    return verb.upper(), f"/{path.lstrip('/')}"


def _flat(pattern: str) -> str:
    """``^projects/[^/]+/jobs/.*$`` -> ``projects/{projectsId}/jobs/{jobsId}``; "" where it is no such pattern."""
    parts = pattern.removeprefix("^").removesuffix("$").replace("[^/]+", "*").replace(".*", "*").split("/")
    if not parts[0] or not all(part == "*" or re.fullmatch(r"[A-Za-z0-9_-]+", part) for part in parts):
        return ""
    held = [parts[number - 1] if number else "name" for number in range(len(parts))]
    return "/".join(f"{{{before}Id}}" if part == "*" else part for part, before in zip(parts, held, strict=True))


def _arguments(api: _Api, method: dict[str, Any]) -> Schema:
    arguments = Arguments()
    given = method.get("parameters")
    declared = [(name, raw) for name, raw in given.items() if isinstance(raw, dict)] if isinstance(given, dict) else []
    for name, raw in sorted(declared, key=lambda item: item[1].get("location") != "path"):
        place = raw["location"] if isinstance(raw.get("location"), str) else "query"
        arguments.add(name, place, api.arguments.expand(_parameter(raw)), raw.get("required") is True)
    body = api.arguments.expand(_schema(method.get("request"), 0))
    required = () if method.get("httpMethod") == "PATCH" else body.get("required", ())
    for name, schema in body.get("properties", {}).items():
        arguments.add(name, "body", schema, name in required)
    if body and "properties" not in body:
        arguments.add("body", "body", body, required=True)
    return arguments.schema()


def _parameter(raw: dict[str, Any]) -> Schema:
    """A parameter as a schema: ``repeated`` is a list, and every number and default is written as text."""
    schema = _schema({key: value for key, value in raw.items() if key != "required"}, 0)
    if raw.get("repeated") is not True:
        return schema
    note = {"description": schema.pop("description")} if "description" in schema else {}
    schema.pop("default", None)
    return {"type": "array", "items": schema, **note}


def _schema(raw: Json, depth: int) -> Schema:
    """A schema of Google's dialect as JSON Schema: references by bare id, requirements and read-only in prose."""
    if not isinstance(raw, dict) or depth > 20:
        return {}
    out = {key: value for key, value in raw.items() if key not in ("id", "annotations")}
    if isinstance(out.get("$ref"), str):
        out["$ref"] = "#/schemas/" + out["$ref"].replace("~", "~0").replace("/", "~1")
    kind = out.get("type")
    for key in (*_NUMBERS, "default"):
        if key in out and isinstance(kind, str):
            out[key] = coerced(out[key], ["number" if key in _NUMBERS else kind])
    if isinstance(out.get("properties"), dict):
        out["properties"] = {name: _property(value, depth + 1) for name, value in out["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(out.get(key), dict):
            out[key] = _schema(out[key], depth + 1)
    return out


def _property(raw: Json, depth: int) -> Schema:
    schema = _schema(raw, depth)
    note = schema.get("description")
    if isinstance(note, str):
        if _READ_ONLY.match(note):
            schema["readOnly"] = True
        elif _REQUIRED.match(note):
            schema["required"] = True
    return schema
