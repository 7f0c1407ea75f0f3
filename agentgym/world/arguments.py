"""Quick checks: a JSON Schema compiled into closures that recognise plainly valid arguments.

A quick yes is a promise that the full check of ``agentgym.world.tool`` would say yes too and would convert nothing.
A quick no promises nothing: whatever is odd, in a value or in a schema, is left to the full check.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any, TypeAlias

from agentgym.types import Json, Schema
from agentgym.world.canonical import INT63, is_text
from agentgym.world.keywords import KINDS, MAX_ARGUMENT_DEPTH, constrains, understood

MAX_ARGUMENT_SIZE = 64 * 1024  # characters and values, together
SCALARS = frozenset({str, int, float, bool, NoneType})

Measure: TypeAlias = Callable[[Any], int | None]  # the size of a plainly valid value, at least 1; else 0 or None
Table: TypeAlias = dict[type, Measure]  # what measures a value, by its exact type; {} recognises nothing


def measure(schema: Schema) -> Measure:
    """What measures the arguments, an exact ``dict``, of a tool with these parameters."""
    return _table(schema, 0).get(dict, _nothing)


def copied(value: Json) -> Json:
    """``value`` with lists and objects of its own, which a tool may keep or change."""
    if type(value) is list:
        return [copied(element) for element in value]
    if type(value) is dict:
        return {name: copied(element) for name, element in value.items()}
    return value


def _table(schema: Schema, depth: int) -> Table:
    """What measures the values of a schema that stands at ``depth``."""
    if depth > MAX_ARGUMENT_DEPTH or not understood(schema):
        return {}
    if "anyOf" in schema:
        return _union(schema, depth)
    named = schema.get("type", list(KINDS))
    kinds = [kind for name in ([named] if isinstance(named, str) else named) for kind in KINDS[name]]
    table = {kind: _MAKERS[kind](schema, depth) for kind in kinds}
    if "enum" in schema:
        table = _narrowed(table, schema["enum"])
    if "const" in schema:
        table = _narrowed(table, [schema["const"]])
    return table


def _narrowed(table: Table, members: Iterable[Json]) -> Table:
    """Only these members, by exact type, so that neither True nor 1.0 passes for 1."""
    return {
        kind: {member: size for member in members if type(member) is kind and (size := known(member))}.get
        for kind, known in table.items()
        if kind in SCALARS
    }


def _union(schema: Schema, depth: int) -> Table:
    """Whatever one of the alternatives recognises; {} where more than ``anyOf`` is asked."""
    if constrains(schema) != {"anyOf"}:
        return {}
    alternatives = [_table(alternative, depth + 1) for alternative in schema["anyOf"]]
    kinds = dict.fromkeys(kind for table in alternatives for kind in table)
    return {kind: _either([table[kind] for table in alternatives if kind in table]) for kind in kinds}


def _either(measures: list[Measure]) -> Measure:
    if len(measures) == 1:
        return measures[0]
    return lambda value: next(filter(None, (known(value) for known in measures)), 0)


# -- a measure for each type, from the keywords that concern it -----------------------------------


def _text(schema: Schema, depth: int) -> Measure:
    low, high = schema.get("minLength", 0), min(schema.get("maxLength", MAX_ARGUMENT_SIZE), MAX_ARGUMENT_SIZE)
    search = re.compile(schema.get("pattern", "")).search

    def plain(value: str) -> int:
        size = len(value)
        return size + 1 if low <= size <= high and (value.isascii() or is_text(value)) else 0

    def patterned(value: str) -> int:
        size = plain(value)  # the bound comes first: a pattern may take long over long text
        return size if size and search(value) else 0

    return patterned if "pattern" in schema else plain


def _integer(schema: Schema, depth: int) -> Measure:
    return _number(schema, -INT63 - 1, INT63)


def _real(schema: Schema, depth: int) -> Measure:
    return _number(schema, -math.inf, math.inf)


def _number(schema: Schema, over: float, under: float) -> Measure:
    """Numbers between ``over`` and ``under``, both excluded, and within the bounds of the schema."""
    low, high, step = schema.get("minimum", over), schema.get("maximum", under), schema.get("multipleOf")
    over, under = max(over, schema.get("exclusiveMinimum", over)), min(under, schema.get("exclusiveMaximum", under))
    if step is None:
        return lambda value: over < value < under and low <= value <= high
    return lambda value: over < value < under and low <= value <= high and value % step == 0


def _single(schema: Schema, depth: int) -> Measure:
    return lambda value: 1


def _nothing(value: object) -> int:
    return 0


def _array(schema: Schema, depth: int) -> Measure:
    low, high = schema.get("minItems", 0), schema.get("maxItems", MAX_ARGUMENT_SIZE)
    unique = schema.get("uniqueItems", False)
    items = _table(schema.get("items", {}), depth + 1)
    if unique:  # told by hash, which scalars have
        items = {kind: known for kind, known in items.items() if kind in SCALARS}

    def array(value: list[Json]) -> int:
        if not low <= len(value) <= high:
            return 0
        size = 1
        for element in value:
            known = items.get(type(element))
            part = known(element) if known is not None else 0
            if not part or size > MAX_ARGUMENT_SIZE:
                return 0
            size += part
        return size if not unique or len(set(value)) == len(value) else 0

    return array


def _object(schema: Schema, depth: int) -> Measure:
    """Only declared names are recognised, whatever ``additionalProperties`` says."""
    required = tuple(schema.get("required", ()))
    properties = {name: _table(element, depth + 1) for name, element in schema.get("properties", {}).items()}

    def known_object(value: dict[str, Json]) -> int:
        size = 1
        try:
            for name, element in value.items():
                part = properties[name][type(element)](element) if type(name) is str else 0
                if not part:
                    return 0
                size += part + len(name) + 1
        except KeyError:  # a name that is not declared, or a type that its schema does not take
            return 0
        for name in required:
            if name not in value:
                return 0
        return size if size <= MAX_ARGUMENT_SIZE else 0

    return known_object


_MAKERS: dict[type, Callable[[Schema, int], Measure]] = {
    str: _text,
    int: _integer,
    float: _real,
    bool: _single,
    NoneType: _single,
    list: _array,
    dict: _object,
}
