"""ACEBench's function lists as tools: names that every API takes, and parameters that are JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agentgym.types import Json, Schema

_FORMS = ("parameters", "arguments", "_arguments")  # where the data have a function's schema
_TYPES = {
    "dict": "object", "list": "array", "tuple": "array", "objectArray": "array", "float": "number", "int": "integer",
    "bool": "boolean",
}  # fmt: skip
_KNOWN = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
_LONGEST = 64  # characters of a name


class Tools(NamedTuple):
    """What an agent is offered."""

    offered: tuple[Json, ...]  # OpenAI's function list
    names: Mapping[str, str]  # ACEBench's names by those that are offered


def tools_of(functions: Iterable[Mapping[str, Json]]) -> Tools:
    """Names become ASCII letters, digits, "_" and "-", as OpenAI's API wants them; twins get numbers."""
    offered: list[Json] = []
    names: dict[str, str] = {}
    for number, function in enumerate(functions, 1):
        name = _free(_plain(function["name"]) or f"function_{number}", names)
        names[name] = function["name"]
        given: Json = next((function[form] for form in _FORMS if isinstance(function.get(form), dict)), {})
        parameters = {"properties": {}, **schema(given), "type": "object"}
        about = str(function.get("description", ""))
        offered.append({"type": "function", "function": {"name": name, "description": about, "parameters": parameters}})
    return Tools(tuple(offered), names)


def schema(given: Json) -> Schema:
    """What JSON Schema understands of ``given``; all else is left out."""
    if not isinstance(given, dict):
        return {}
    kind = given.get("type")
    known = _TYPES.get(kind, kind) if isinstance(kind, str) else None
    clean: Schema = {"type": known} if known in _KNOWN else {}
    texts = ("description", "format")
    clean |= {word: given[word] for word in texts if isinstance(given.get(word), str)}
    clean |= {word: given[word] for word in _NUMBERS if _number(given.get(word))}
    clean |= {word: given[word] for word in _COUNTS if _number(given.get(word)) and _whole(given[word])}
    if isinstance(given.get("enum"), list) and given["enum"]:
        clean["enum"] = given["enum"]
    if "default" in given:
        clean["default"] = given["default"]
    if isinstance(given.get("pattern"), str) and _compiles(given["pattern"]):
        clean["pattern"] = given["pattern"]
    if isinstance(given.get("items"), dict):
        clean["items"] = schema(given["items"])
    if isinstance(given.get("properties"), dict):
        clean["properties"] = {name: schema(inner) for name, inner in given["properties"].items()}
    required = given.get("required")
    if isinstance(required, list):
        named = (name for name in required if isinstance(name, str) and name in clean.get("properties", {}))
        clean["required"] = list(dict.fromkeys(named))
    return clean


def _plain(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_LONGEST]
    return plain if re.search("[A-Za-z]", plain) else ""


def _free(name: str, taken: Mapping[str, str]) -> str:
    """``name``, or its first variant that is not taken."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name[: _LONGEST - 4]}_{number}", number + 1
    return free


def _number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: float) -> bool:
    return value >= 0 and float(value).is_integer()


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
