"""OpenAPI 2.0 (Swagger), 3.0 and 3.1: each operation becomes a tool."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agentgym.build.sources.arguments import PARAMETER_NODES, RETURN_NODES, Arguments
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.schemas import Expander, pointer
from agentgym.build.sources.text import clean, describe, labels, operation_name, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, Schema, ToolSpec
from agentgym.world.naming import words

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_PLACES = ("path", "query", "header", "body")  # of one name, the earlier place keeps it; cookies are never arguments
_MEDIA = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
# Words of headers that address the transport (who calls, in which format, how often), not the operation.
_TRANSPORT = re.compile(
    "authorization|auth|apikey|token|secret|signature|credentials?|password|cookie|bearer|"
    "accept|agent|amz|app|cache|charset|client|connection|consumer|content|correlation|date|digest|encoding|etag|host|"
    "idempotency|if|length|nonce|origin|prefer|range|referer|request|session|tenant|trace|traceparent|transaction|version"
)
_QUERY_TRANSPORT = re.compile("api[_-]?key|api[_-]?version|access_token|oauth_token|auth_token", re.IGNORECASE)
_GOOGLE = re.compile(  # query parameters that every method of a Google API accepts
    r"\$\.xgafv|access_token|alt|bearer_token|callback|fields|key|oauth_token|pp|prettyPrint|quotaUser|uploadType|"
    "upload_protocol|userIp"
)


@dataclass(slots=True)
class _Api:
    """What the operations of one document share."""

    document: dict[str, Any]
    source: str
    service: str
    licence: str
    credentials: frozenset[str]  # names of the parameters that security schemes use
    left_out: list[str] = field(default_factory=list)  # references in parameter lists that point at nothing
    arguments: Expander = field(init=False)
    results: Expander = field(init=False)

    def __post_init__(self) -> None:
        self.arguments = Expander(self.document, "in")
        self.results = Expander(self.document, "out")

    def follow(self, value: Json) -> Json:
        """``value``, or what its reference points at. Raises SpecError where that is nothing."""
        for _ in range(8):
            if not (isinstance(value, dict) and isinstance(value.get("$ref"), str)):
                return value
            try:
                value = pointer(self.document, value["$ref"])
            except KeyError as error:
                raise SpecError(f"reference {value['$ref']!r} points at nothing in this file") from error
        raise SpecError("a chain of references without end")


def matches(document: Json) -> bool:
    return isinstance(document, dict) and ("openapi" in document or "swagger" in document)


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool an operation, in the file's order; an operation that cannot be read is rejected by itself."""
    info = document["info"] if isinstance(document.get("info"), dict) else {}
    service = service_name(info.get("title"), place)
    api = _Api(document, source, service, _licence(info), _credentials(document))
    paths = document.get("paths")
    for path, given in paths.items() if isinstance(paths, dict) else ():
        if path.startswith("x-"):
            continue
        try:
            item = api.follow(given)
        except SpecError as error:
            yield rejection(f"{source}#{path}", "unresolvable reference", str(error))
            continue
        if not isinstance(item, dict):
            yield rejection(f"{source}#{path}", "broken operation", "the path item is no object")
            continue
        for method in (key for key in item if isinstance(key, str) and key.lower() in METHODS):
            yield _tool(api, path, method, item)
            for ref in dict.fromkeys(api.left_out):
                yield rejection(f"{source}#{method.upper()} {path}", "argument left out", f"{ref} is not in this file")
            api.left_out.clear()


def _licence(info: dict[str, Any]) -> str:
    licence = info.get("license")
    name = licence.get("identifier") or licence.get("name") if isinstance(licence, dict) else licence
    return clean(name, 100) if isinstance(name, str) else ""


def _credentials(document: dict[str, Any]) -> frozenset[str]:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else document.get("securityDefinitions")
    values = schemes.values() if isinstance(schemes, dict) else ()
    named = [
        value.get("name") for value in values if isinstance(value, dict) and value.get("in") in ("query", "header")
    ]
    return frozenset(name.lower() for name in named if isinstance(name, str))


def _tool(api: _Api, path: str, method: str, item: dict[str, Any]) -> ToolSpec | Rejection:
    where = f"{api.source}#{method.upper()} {path}"
    operation = item[method]
    if not isinstance(operation, dict):
        return rejection(where, "broken operation", "the operation is no object")
    given = operation.get("operationId")
    name = tool_name(given) if isinstance(given, str) else ""
    name = name or operation_name(method, path)
    try:
        parameters = api.arguments.within(lambda: _arguments(api, path, item, operation), PARAMETER_NODES)
        returns = api.results.fit(_response(api, operation), RETURN_NODES)
    except SpecError as error:
        reason = "unresolvable reference" if "reference" in str(error) else "schema too large"
        return rejection(where, reason, str(error))
    return ToolSpec(
        id=f"{api.service}.{name}",
        service=api.service,
        name=name,
        description=describe(operation.get("summary"), operation.get("description")),
        parameters=parameters,
        returns=returns,
        http=(method.upper(), path),
        source=api.source,
        licence=api.licence,
        tags=labels(operation.get("tags")),
    )


# -- arguments -------------------------------------------------------------------------------------


def _arguments(api: _Api, path: str, item: dict[str, Any], operation: dict[str, Any]) -> Schema:
    arguments = Arguments()
    declared = _declared(api, path, item, operation)
    for (name, place), parameter in declared:
        if place in ("path", "query", "header"):
            required = place == "path" or parameter.get("required") is True
            arguments.add(name, place, _parameter_schema(api, parameter), required)
    form = {name: parameter for (name, place), parameter in declared if place == "formData"}
    if form:
        body: Json = {"properties": form}
    elif "swagger" in api.document:
        body = next((parameter.get("schema") for (_, place), parameter in declared if place == "body"), None)
    else:
        body = _request_body(api, operation)
    if isinstance(body, dict):
        _add_body(arguments, api.arguments.expand(body))
    return arguments.schema()


def _request_body(api: _Api, operation: dict[str, Any]) -> Json:
    try:
        return _media_schema(api, api.follow(operation.get("requestBody")))
    except SpecError:
        api.left_out.append(str(operation["requestBody"].get("$ref")))
        return None


def _declared(
    api: _Api, path: str, item: dict[str, Any], operation: dict[str, Any]
) -> list[tuple[tuple[str, str], dict[str, Any]]]:
    """Parameters by name and place: the path's, replaced by the operation's; transport ones left out."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for level in (item, operation):
        given = level.get("parameters")
        for raw in given if isinstance(given, list) else ():
            try:
                parameter = api.follow(raw)
            except SpecError:
                api.left_out.append(str(raw["$ref"]))
                continue
            if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str) or not parameter["name"]:
                continue
            if isinstance(parameter.get("in"), str):
                found[parameter["name"], parameter["in"]] = parameter
    for name in re.findall(r"\{\+?([^{}/]{1,100})\}", path):  # a placeholder is an argument, declared or not
        found.setdefault((name, "path"), {"type": "string"})
    google = any(name in ("$.xgafv", "quotaUser") for name, _ in found)
    kept = [
        (key, parameter)
        for key, parameter in found.items()
        if not _is_transport(api, *key) and not (google and key[1] == "query" and _GOOGLE.fullmatch(key[0]))
    ]
    return sorted(kept, key=lambda entry: _PLACES.index(entry[0][1]) if entry[0][1] in _PLACES else len(_PLACES))


def _is_transport(api: _Api, name: str, place: str) -> bool:
    if name.lower() in api.credentials:
        return True
    if place == "query":
        return bool(_QUERY_TRANSPORT.fullmatch(name))
    parts = words(name) if place == "header" else []
    return parts[-2:] == ["api", "key"] or any(_TRANSPORT.fullmatch(part) for part in parts)


def _parameter_schema(api: _Api, parameter: dict[str, Any]) -> Schema:
    """Swagger 2 has the type on the parameter itself, OpenAPI 3 in ``schema`` or under a media type."""
    raw = parameter.get("schema")
    if raw is None:
        raw = _media_schema(api, parameter)
    if raw is None:
        return api.arguments.expand({key: value for key, value in parameter.items() if key != "required"})
    schema = api.arguments.expand(raw)
    note = api.arguments.expand({key: parameter[key] for key in ("description", "example") if key in parameter})
    if "examples" in note and "examples" not in schema and schema.get("type") == note.get("type", schema.get("type")):
        schema = {**schema, "examples": note["examples"]}
    return {**schema, "description": note["description"]} if "description" in note else schema


def _add_body(arguments: Arguments, body: Schema) -> None:
    properties = body.get("properties")
    if not properties:
        arguments.add("body", "body", body, required=True)
        return
    required = body.get("required", ())
    for name, schema in properties.items():
        arguments.add(name, "body", schema, name in required)


def _media_schema(api: _Api, holder: Json) -> Json:
    """The schema of the best media type under ``content``: JSON, then forms, then the first by name."""
    content = holder.get("content") if isinstance(holder, dict) else None
    if not isinstance(content, dict) or not content:
        return None

    def rank(media: str) -> tuple[int, str]:
        plain = media.split(";")[0].strip().lower()
        if plain in _MEDIA:
            return _MEDIA.index(plain), media
        return (0 if plain.endswith(("+json", "/json")) else len(_MEDIA)), media

    entry = api.follow(content[min(content, key=rank)])
    return entry.get("schema") if isinstance(entry, dict) else None


# -- results ---------------------------------------------------------------------------------------


def _response(api: _Api, operation: dict[str, Any]) -> Json:
    """The schema of the first success that has one; ``default`` only where no success is described."""
    responses = operation.get("responses")
    if not isinstance(responses, dict):
        return None
    success = sorted(code for code in responses if re.fullmatch(r"2\d\d|2[xX]{2}", code))
    for code in success or ["default"]:
        try:
            response = api.follow(responses.get(code))
        except SpecError:
            continue  # a result is optional; an argument is not
        if isinstance(response, dict):
            schema = response.get("schema") if "swagger" in api.document else _media_schema(api, response)
            if isinstance(schema, dict):
                return schema
    return None
