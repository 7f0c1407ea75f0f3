"""The signature of a tool's function, as its specification says: names, types, what is required, closed values."""

from __future__ import annotations

import ast

from agentgym.build.code import nodes as n
from agentgym.build.semantics.shapes import json_type, properties, required
from agentgym.types import Json, Schema, ToolSpec
from agentgym.world.tool import argument_names

_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_LITERALS_AT_MOST = 24  # a longer enum stays a plain str; the JSON Schema still closes it


def parameters(spec: ToolSpec) -> list[tuple[str, n.Expr, n.Expr | None]]:
    """(name, annotation, default or None) of each, the session first and optional ones last."""
    names, needed = argument_names(spec), set(required(spec.parameters))
    found: list[tuple[str, n.Expr, n.Expr | None]] = [("session", n.name("Session"), None)]
    for parameter, schema in sorted(properties(spec.parameters).items(), key=lambda pair: pair[0] not in needed):
        kind = _annotation(schema)
        default = None if parameter in needed else n.const(_scalar(schema.get("default")))
        if isinstance(default, ast.Constant) and default.value is None:
            kind = n.binary(kind, ast.BitOr(), n.const(None))
        found.append((names[parameter], kind, default))
    return found


def _scalar(value: Json) -> Json:
    """A default that code can hold; lists and objects are left to the tool."""
    return value if isinstance(value, str | int | float | bool) else None


def _annotation(schema: Schema) -> n.Expr:
    enum, kind = schema.get("enum"), json_type(schema)
    closed = isinstance(enum, list) and all(isinstance(value, str) for value in enum)
    if enum and closed and kind == "string" and len(enum) <= _LITERALS_AT_MOST:
        return n.generic("Literal", *(n.const(value) for value in dict.fromkeys(enum)))
    if kind in _PLAIN:
        return n.name(_PLAIN[kind])
    if kind == "array":
        items = schema.get("items")
        return n.generic("list", _element(items if isinstance(items, dict) else {}))
    return _element(schema)


def _element(schema: Schema) -> n.Expr:
    kind = json_type(schema)
    return n.generic("dict", n.name("str"), n.name("Any")) if kind == "object" else n.name(_PLAIN.get(kind, "Any"))
