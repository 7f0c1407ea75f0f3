"""What arguments demand of the values that rows hold: a filter must be able to name what is there.

A vendor closes an argument (``status`` is one of three words, ``id`` has a pattern) and leaves the returned property
open. Rows are drawn from columns, so a column takes over what the arguments compared with it insist on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from agentgym.build.semantics.shapes import column_of, json_type, properties
from agentgym.types import Binding, Column, Schema, Table, ToolSpec, Use

Bound = TypeVar("Bound", int | None, float | None)
_COMPARED = ("key", "scope", "filter", "reference")
_EVERYTHING = frozenset("all any none * both".split())  # values of a filter that are no value of a row


def demanded(tables: Sequence[Table], bindings: Iterable[Binding], tools: Iterable[ToolSpec]) -> tuple[Table, ...]:
    """The tables, with columns as narrow as the arguments that are compared with them."""
    schemas = {spec.name: properties(spec.parameters) for spec in tools}
    wanted: dict[tuple[str, str], list[Column]] = {}
    for binding in bindings:
        for use in binding.uses:
            column = use.into or use.column
            if use.role == "reference":
                wanted.setdefault((use.table, use.column), []).append(_argument(use, schemas[binding.tool]))
            if use.role in _COMPARED and column and use.test in ("eq", "in"):
                wanted.setdefault((binding.table, column), []).append(_argument(use, schemas[binding.tool]))
    return tuple(
        table.model_copy(
            update={
                "columns": tuple(
                    _narrowed(table, column, wanted.get((table.name, column.name), ())) for column in table.columns
                )
            }
        )
        for table in tables
    )


def _argument(use: Use, schemas: dict[str, Schema]) -> Column:
    schema = schemas[use.parameter]
    item = schema.get("items") if use.test == "in" and json_type(schema) == "array" else None
    return column_of(use.parameter, item if isinstance(item, dict) else schema)


def _narrowed(table: Table, column: Column, arguments: Sequence[Column]) -> Column:
    if table.refers(column.name):
        return column
    for given in arguments:
        if given.type != column.type:
            continue
        closed = tuple(value for value in given.enum if value.lower() not in _EVERYTHING)
        column = column.model_copy(
            update={
                "enum": column.enum or closed,
                "pattern": column.pattern or given.pattern,
                "format": column.format or given.format,
                "minimum": _tighter(column.minimum, given.minimum, max),
                "maximum": _tighter(column.maximum, given.maximum, min),
                "min_length": max(column.min_length, given.min_length),
                "max_length": _tighter(column.max_length, given.max_length, min),
                "examples": column.examples or given.examples,
            }
        )
    return column


def _tighter(held: Bound, given: Bound, choose: Callable[[Any, Any], Any]) -> Bound:
    """The tighter of two bounds, either of which may be missing."""
    return given if held is None else held if given is None else choose(held, given)
