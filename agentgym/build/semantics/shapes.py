"""What a tool hands back: a row, rows in an envelope, a value, a count, or nothing that is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeGuard

from agentgym.types import Column, Schema, ToolSpec
from agentgym.world.naming import snake

GENERIC_KEYS = ("id", "sid", "uuid", "uid", "guid", "key", "slug", "code", "number", "name")
_ENVELOPES = frozenset(
    "data result results items records value values content response payload resources entries list rows".split()
)
_TYPES: dict[str, Literal["str", "int", "float", "bool", "json"]] = {
    "string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "json", "object": "json",
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """The shape of a result. ``properties`` are those of one row, in the vendor's order."""

    kind: Literal["row", "rows", "value", "count", "unknown"]
    envelope: str = ""  # the property that holds the row or rows; "" when they are the result itself
    properties: dict[str, Schema] = field(default_factory=dict)


def json_type(schema: Schema) -> str:
    """The JSON type of a schema, null aside; "" where it does not say."""
    schema = plain(schema)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "")
    if isinstance(kind, str) and kind:
        return kind
    if isinstance(schema.get("properties"), dict):
        return "object"
    if "items" in schema:
        return "array"
    enum = schema.get("enum")
    return "string" if isinstance(enum, list) and enum and all(isinstance(value, str) for value in enum) else ""


def plain(schema: Schema) -> Schema:
    """A schema that leaves a choice, as the first of its alternatives that is not null; any other as it stands."""
    for word in ("anyOf", "oneOf"):
        found = schema.get(word)
        if isinstance(found, list) and "type" not in schema and "properties" not in schema:
            first = next((one for one in found if isinstance(one, dict) and one.get("type") != "null"), None)
            if first is not None:
                return {**{key: value for key, value in schema.items() if key != word}, **plain(first)}
    return schema


def properties(schema: Schema) -> dict[str, Schema]:
    """The properties of an object schema; {} for any other."""
    found = schema.get("properties")
    return {name: value for name, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}


def required(schema: Schema) -> tuple[str, ...]:
    """The properties an object schema insists on, in the vendor's order."""
    found = schema.get("required")
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


def own_key(props: dict[str, Schema]) -> str:
    """The entity a row's first property names when it is that row's key: ``order_id`` -> "order"; else ""."""
    first = next(iter(props), "")
    stem = snake(first).removesuffix("_id")
    return stem if len(props) > 1 and snake(first).endswith("_id") and stem else ""


def has_key(props: dict[str, Schema]) -> bool:
    """Whether an object looks like a row: it names itself."""
    return bool(own_key(props)) or any(snake(name) in GENERIC_KEYS[:4] for name in props)


def shape_of(spec: ToolSpec) -> Shape:
    """Read the shape of a tool's result from its ``returns``."""
    schema = spec.returns
    kind = json_type(schema)
    if kind == "array":
        item = schema.get("items")
        props = properties(item) if isinstance(item, dict) else {}
        return Shape("rows", "", props) if props else Shape("unknown")
    if kind == "integer":
        return Shape("count")
    if kind in ("string", "number", "boolean"):
        return Shape("value")
    props = properties(schema)
    if not props:
        return Shape("unknown")
    return Shape("row", "", props) if has_key(props) else _unwrap(props)


def _unwrap(props: dict[str, Schema]) -> Shape:
    """Look inside an envelope such as ``{"data": [...], "next": ...}``."""
    arrays = {name: _items(schema) for name, schema in props.items() if json_type(schema) == "array" and _items(schema)}
    if len(arrays) == 1:
        ((name, inner),) = arrays.items()
        return Shape("rows", name, inner)
    for name, schema in props.items():
        inner = properties(schema)
        if inner and (snake(name) in _ENVELOPES or has_key(inner)):
            return Shape("row", name, inner)
    return Shape("row", "", props)


def _items(schema: Schema) -> dict[str, Schema]:
    item = schema.get("items")
    return properties(item) if isinstance(item, dict) else {}


def column_of(name: str, schema: Schema) -> Column:
    """The column that stores a property."""
    schema = plain(schema)
    kind = _TYPES.get(json_type(schema), "json")
    enum = schema.get("enum")
    closed = kind == "str" and isinstance(enum, list)
    default = schema.get("default")
    numbers = (
        [value for value in enum if fits(value, kind)] if isinstance(enum, list) and kind in ("int", "float") else []
    )
    examples = numbers or [*(schema.get("examples") or ()), *([schema["example"]] if "example" in schema else ())]
    return Column.model_construct(  # every field is of its type already, and this is called for each value drawn
        name=name,
        type=kind,
        nullable=True,
        enum=tuple(dict.fromkeys(value for value in enum if isinstance(value, str))) if closed and enum else (),
        format=str(schema.get("format") or ""),
        default=default if fits(default, kind) else None,
        doc=str(schema.get("description") or ""),
        examples=tuple(value for value in examples if fits(value, kind)) if isinstance(examples, list) else (),
        minimum=_number(schema, "minimum", "exclusiveMinimum"),
        maximum=_number(schema, "maximum", "exclusiveMaximum"),
        pattern=str(schema.get("pattern") or ""),
        min_length=int(_number(schema, "minLength") or 0),
        max_length=int(longest) if (longest := _number(schema, "maxLength")) is not None else None,
        items=schema if kind == "json" else {},
    )


def fits(value: object, kind: str) -> bool:
    """Whether a JSON value can stand in a column of this type."""
    if kind == "str":
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "float":
        return is_number(value)
    return isinstance(value, (list, dict))


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a JSON value is a number; Python's bool is an int, JSON's is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_numeric(column: Column) -> bool:
    """Whether a column holds numbers."""
    return column.type in ("int", "float")


def first_named(columns: Iterable[Column], *slots: str) -> Column | None:
    """The first of ``columns`` that has one of these names in snake case."""
    return next((column for column in columns if snake(column.name) in slots), None)


def _number(schema: Schema, *names: str) -> float | None:
    return next((float(value) for name in names if is_number(value := schema.get(name))), None)


def merge(old: Column, new: Column) -> Column:
    """One column from two mentions: the first one's type, both one's knowledge."""
    if old.type != new.type:
        return old
    return old.model_copy(
        update={
            "enum": tuple(dict.fromkeys((*old.enum, *new.enum))) if old.enum else new.enum,
            "format": old.format or new.format,
            "default": new.default if old.default is None else old.default,
            "doc": old.doc or new.doc,
            "examples": old.examples or new.examples,
            "minimum": new.minimum if old.minimum is None else old.minimum,
            "maximum": new.maximum if old.maximum is None else old.maximum,
            "pattern": old.pattern or new.pattern,
            "min_length": old.min_length or new.min_length,
            "max_length": new.max_length if old.max_length is None else old.max_length,
            "items": old.items or new.items,
        }
    )


def compatible(column: Column, key: Column) -> bool:
    """Whether a column may hold a key: what both say about its form does not differ."""
    return not (column.pattern and key.pattern and column.pattern != key.pattern) and not (column.enum and not key.enum)
