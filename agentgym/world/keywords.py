"""Which JSON Schemas the quick check of arguments understands: known keywords with well-formed values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from types import NoneType

from agentgym.types import Schema
from agentgym.world.canonical import INT63, is_text

MAX_ARGUMENT_DEPTH = 12

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),  # a whole float is one too, but has to be converted
    "number": (int, float),
    "boolean": (bool,),
    "null": (NoneType,),
    "array": (list,),
    "object": (dict,),
}


def constrains(schema: Schema) -> frozenset[str]:
    """The keywords of an understood schema that refuse values; ``format`` is not among them, as nothing checks it."""
    return frozenset(_RULES.keys() & schema.keys() - {"format"})


def understood(schema: object) -> bool:
    """Whether every keyword is known and well-formed, or one the full check ignores too, such as a title.

    Schemas inside are looked at only under ``anyOf``, where the full check may try each of them on any value.
    """
    return isinstance(schema, dict) and all(_is_known(keyword, value) for keyword, value in schema.items())


def _is_known(keyword: object, value: object) -> bool:
    if not isinstance(keyword, str) or keyword.startswith("$"):
        return False
    from jsonschema import Draft202012Validator

    rule = _RULES.get(keyword)
    return rule(value) if rule is not None else keyword not in Draft202012Validator.VALIDATORS


def _understood_throughout(schema: object, depth: int = 0) -> bool:
    if not isinstance(schema, dict) or depth > MAX_ARGUMENT_DEPTH or not understood(schema):
        return False
    inside = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return all(_understood_throughout(part, depth + 1) for part in inside)


def _exactly(kind: type) -> Callable[[object], bool]:
    return lambda value: type(value) is kind


def _is_anything(value: object) -> bool:
    return True


def _is_type(value: object) -> bool:
    return all(isinstance(name, str) and name in KINDS for name in (value if isinstance(value, list) else [value]))


def _is_alternatives(value: object) -> bool:
    return isinstance(value, list) and all(_understood_throughout(schema) for schema in value)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_bound(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _is_step(value: object) -> bool:
    return type(value) is int and 0 < value < INT63


def _is_properties(value: object) -> bool:
    return isinstance(value, dict) and all(type(name) is str and is_text(name) for name in value)


def _is_required(value: object) -> bool:
    return isinstance(value, list) and all(type(name) is str for name in value)


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except (re.error, OverflowError, RecursionError, Warning):
        return False


_RULES: dict[str, Callable[[object], bool]] = {
    "type": _is_type,
    "enum": _exactly(list),
    "const": _is_anything,
    "anyOf": _is_alternatives,
    "format": _is_anything,
    "minLength": _is_count,
    "maxLength": _is_count,
    "pattern": _is_pattern,
    "minimum": _is_bound,
    "maximum": _is_bound,
    "exclusiveMinimum": _is_bound,
    "exclusiveMaximum": _is_bound,
    "multipleOf": _is_step,
    "items": _exactly(dict),
    "minItems": _is_count,
    "maxItems": _is_count,
    "uniqueItems": _exactly(bool),
    "properties": _is_properties,
    "required": _is_required,
    "additionalProperties": _is_anything,  # the quick check recognises declared names only
}
