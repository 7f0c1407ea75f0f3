"""API zoo entries: calls described in prose, with arguments as sentences ("[REQUIRED] string: The user's id.")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agentgym.build.sources.arguments import object_schema
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.keywords import types
from agentgym.build.sources.text import describe, labels, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, Schema, ToolSpec
from agentgym.world.naming import words

_HTTP = re.compile(r"(GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS)\s+(/\S*)")
_REQUIRED = re.compile(r"\s*[\[(]?required[\])]?[.:,]?\s*", re.IGNORECASE)
_OPTIONAL = re.compile(r"\s*[\[(]?optional[\])]?[.:,]?\s*", re.IGNORECASE)
_TYPE = re.compile(r"\s*([A-Za-z]{2,12})(?:\[[^\]]{0,40}\])?\s*(?:[:.(]|$)")
_GROUP = re.compile(r"\([^(){}]*\)|\{[^(){}]*\}")
_IDENTIFIER = re.compile(r"[A-Za-z]+[a-z0-9]*(?:[A-Z0-9_][A-Za-z0-9]*)+")


def _entries(document: Json) -> list[Json]:
    return document if isinstance(document, list) else [document]


def _is_entry(entry: Json) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("api_name"), str) and "api_call" in entry


def matches(document: Json) -> bool:
    return any(_is_entry(entry) for entry in _entries(document)[:50])


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool an entry; ``api_name`` is "<service> - <group>: <what it does>" or a part of that."""
    for number, entry in enumerate(_entries(document), 1):
        if _is_entry(entry):
            yield _tool(entry, f"{source}#{number}", source, place)
        else:
            yield rejection(f"{source}#{number}", "broken tool", "the entry has no api_name or no api_call")


def _tool(entry: dict[str, Any], where: str, source: str, place: str) -> ToolSpec | Rejection:
    head, dash, title = entry["api_name"].partition(" - ")
    if not dash:
        head, title = "", entry["api_name"]
    call = entry["api_call"] if isinstance(entry["api_call"], str) else ""
    http = _HTTP.match(call.strip()) or _HTTP.match(title.strip())
    group, colon, label = title.partition(": ")
    service = service_name(None if _HTTP.match(title.strip()) else head, place)
    given = _name(label if colon else title, call)
    name = tool_name(given)
    if not name:
        return rejection(where, "tool without a usable name", f"api_name is {entry['api_name']!r:.80}")
    try:
        parameters = object_schema(arguments(entry.get("api_arguments")))
    except SpecError as error:
        return rejection(where, "schema too large", str(error))
    return ToolSpec(
        id=f"{service}.{name}",
        service=service,
        name=name,
        description=describe(None, entry.get("functionality")) or describe(title, None),
        parameters=parameters,
        http=(http[1], http[2].split("?")[0]) if http else None,
        source=source,
        tags=labels([group] if colon else []),
    )


def _name(label: str, call: str) -> str:
    """An id where the title is one ("groupSCIM2List"), the function of a call, else the title's words."""
    if _IDENTIFIER.fullmatch(label):
        return label
    if "(" in call and not _HTTP.match(call.strip()):
        return _function(call)
    return "_".join(words(label))


def _function(call: str) -> str:
    """``service.acl().delete(calendarId: str).execute()`` -> ``acl_delete``: the chain without the client's name."""
    text = call[:2000]
    for _ in range(8):
        text = _GROUP.sub("", text)
    parts = [part for part in re.split(r"[.\s]+", text.split("(")[0]) if part.isidentifier() and part != "execute"]
    return "_".join(parts[1:] or parts)


def arguments(given: Json) -> Schema:
    """``{name: sentence}`` or ``{name: {description, data_type}}`` as an object schema."""
    properties: Schema = {}
    required: list[str] = []
    for name, said in given.items() if isinstance(given, dict) else ():
        if name:
            properties[name], needed = _argument(said)
            if needed:
                required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _argument(said: Json) -> tuple[Schema, bool]:
    if isinstance(said, dict):
        text = said.get("description")
        note, needed = argument_text(text) if isinstance(text, str) else ({}, False)
        kind = types(said.get("data_type") or said.get("type"))[0]
        return {**note, **({"type": kind[0]} if kind else {}), "description": text}, needed
    if isinstance(said, str):
        return argument_text(said)
    shown = {bool: "boolean", int: "integer", list: "array"}.get(type(said), "")
    return ({"type": shown} if shown else {}), False  # an example of the value stands for a description


def argument_text(text: str) -> tuple[Schema, bool]:
    """A sentence such as "[REQUIRED] integer: How many." as a schema, and whether the argument is required."""
    text = text[:4000]
    rest = text
    needed = bool(match := _REQUIRED.match(rest))
    if match or (match := _OPTIONAL.match(rest)):
        rest = rest[match.end() :]
    match = _TYPE.match(rest)
    kind = types(match[1])[0] if match else []
    if not match or not kind:
        return {"description": rest.lstrip(" :")}, needed
    rest = rest[match.end(1) :].lstrip(" :.").rstrip()
    return {"type": kind[0], "description": None if _OPTIONAL.fullmatch(rest) else rest}, needed
