"""A tool's arguments -> one JSON Schema object, whatever form the vendor lists them in.

Names are safe for every function-calling API, ``[A-Za-z0-9_.-]{1,64}``; an argument that had to be renamed keeps the
vendor's name under ``x-name`` in its schema.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any

from agentgym.build.sources.keywords import types
from agentgym.build.sources.schemas import Expander
from agentgym.types import Json, Schema

PARAMETER_NODES = 400  # schema nodes of all arguments of one tool
RETURN_NODES = 400  # schema nodes of a result
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MARKS = ("optional", "required", "name")


def safe_name(name: str) -> str:
    """``page[size]`` -> ``page_size``, ``$top`` -> ``top``; a name that is safe stays; always the same."""
    if NAME.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKD", name[:1000]).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", plain).strip("_.-")
    mark = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=4).hexdigest()
    if not plain:
        return f"argument_{mark}"
    return plain if len(plain) <= 64 else f"{plain[:55].rstrip('_.-')}_{mark}"


class Arguments:
    """Collects arguments from several places into one object; a name that is taken gets its place as prefix."""

    def __init__(self) -> None:
        self._properties: dict[str, Schema] = {}
        self._required: list[str] = []

    def add(self, name: str, place: str, schema: Schema, required: bool) -> None:
        """``place``: path, query, header or body; of two arguments of one name the later is called ``body_<name>``."""
        unique, number = safe_name(name), 2
        while unique in self._properties:
            unique = safe_name(f"{place}_{name}" if number == 2 else f"{place}_{name}_{number}")
            number += 1
        self._properties[unique] = schema if unique == name else {**schema, "x-name": name[:200]}
        if required:
            self._required.append(unique)

    def schema(self) -> Schema:
        out: Schema = {"type": "object", "properties": self._properties}
        return {**out, "required": self._required} if self._required else out


def object_schema(raw: Json) -> Schema:
    """Arguments given as JSON Schema, as a list of named arguments, or as a bare mapping of name to schema.

    References are resolved within ``raw``. Raises SpecError if it is too large.
    """
    if isinstance(raw, list):
        raw = _from_list(raw)
    elif isinstance(raw, dict) and not _is_schema(raw):
        raw = {"type": "object", "properties": raw}
    return safe(Expander(raw, "in").fit(raw, PARAMETER_NODES))


def safe(schema: Schema) -> Schema:
    """An object schema with safe argument names, as one plain object."""
    required = schema.get("required", ())
    arguments = Arguments()
    for name, part in schema.get("properties", {}).items():
        arguments.add(name, "argument", part, name in required)
    out = arguments.schema()
    return out | {key: schema[key] for key in ("additionalProperties",) if key in schema}


def result_schema(raw: Json) -> Schema:
    """A result given as JSON Schema; {} where there is none. Raises SpecError if it is too large."""
    return Expander(raw, "out").fit(raw, RETURN_NODES)


def _is_schema(raw: dict[str, Any]) -> bool:
    """Whether a mapping is a schema itself and not arguments by name, such as {"type": {"type": "string"}}."""
    if not raw or isinstance(raw.get("$ref"), str) or types(raw.get("type"))[0]:
        return True
    return isinstance(raw.get("properties"), dict) and "type" not in raw["properties"]


def _from_list(items: list[Json]) -> Schema:
    """``[{name, type, desc, optional, ...}]``: required unless it says otherwise."""
    named = [item for item in items if isinstance(item, dict) and isinstance(item.get("name"), str)]
    return {
        "type": "object",
        "properties": {item["name"]: _property(item) for item in named},
        "required": [item["name"] for item in named if _is_required(item)],
    }


def _property(item: dict[str, Any]) -> Schema:
    schema = {key: value for key, value in item.items() if key not in _MARKS}
    schema.setdefault("description", item.get("desc"))
    return schema


def _is_required(item: dict[str, Any]) -> bool:
    if isinstance(item.get("required"), bool):
        return bool(item["required"])
    return item.get("optional") is not True and item.get("default") is None
