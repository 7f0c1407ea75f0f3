"""Calls that fit a tool and the rows at hand: what the gate proves laws with."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from agentgym.build.shapes import column_of, json_type, properties
from agentgym.build.values import draw
from agentgym.types import Binding, Column, Guard, Json, Row, Rows, Schema, Table, ToolSpec, Use


class Caller:
    """Draws arguments for one tool. ``willing`` calls choose rows that pass the tool's guards; others any row."""

    def __init__(self, spec: ToolSpec, binding: Binding, tables: Mapping[str, Table]) -> None:
        self.binding, self.tables = binding, tables
        self.schemas = properties(spec.parameters)
        self.required = frozenset(str(name) for name in spec.parameters.get("required") or ())

    def draw(self, rows: Rows, chance: Random, willing: bool = True, full: bool = False) -> dict[str, Json]:
        """Arguments for one call; optional ones come and go unless ``full``."""
        own = self._pick(self.binding.table, "", rows, chance, willing)
        taken: list[Json] = []
        arguments: dict[str, Json] = {}
        for use in self.binding.uses:
            if use.parameter not in self.required and not full and chance.random() < 0.5:
                continue
            value = self._value(use, self.schemas[use.parameter], own, rows, chance, willing, taken)
            if value is not None:
                arguments[use.parameter] = value
        return arguments

    def _pick(
        self, table: str, of: str, rows: Rows, chance: Random, willing: bool, avoid: list[Json] | None = None
    ) -> Row:
        held = [row for row in rows.get(table, []) if row[self.tables[table].primary_key] not in (avoid or [])]
        fitting = (
            [row for row in held if all(_passes(guard, row) for guard in self.binding.guards if guard.of == of)]
            if willing
            else held
        )
        return chance.choice(fitting or held) if held else {}

    def _value(
        self,
        use: Use,
        schema: Schema,
        own: Row,
        rows: Rows,
        chance: Random,
        willing: bool,
        taken: list[Json],
        of: str = "",
    ) -> Json:
        if use.role in ("key", "scope"):
            return own.get(use.column)
        if use.role == "filter" or (use.role == "reference" and use.into and not self.binding.writes):
            return self._filter(use, own)
        if use.role == "reference":
            key = self._pick(use.table, of + use.parameter, rows, chance, willing, taken).get(use.column)
            taken.append(key)
            return key
        if use.role in ("limit", "offset"):
            return chance.randint(1, 3)
        if use.role == "lines":
            inner = properties(schema["items"])
            seen: list[Json] = []
            return [{item.parameter: self._value(item, inner[item.parameter], {}, rows, chance, willing, seen, f"{use.parameter}.") for item in use.items}
                    for _ in range(chance.randint(1, 2))]  # fmt: skip
        return self._new(use, schema, own, chance)

    def _filter(self, use: Use, own: Row) -> Json:
        value = own.get(use.into or use.column)
        if use.test == "in":
            return [value] if value is not None else None
        return int(value) if isinstance(value, float) and json_type(self.schemas[use.parameter]) == "integer" else value

    def _new(self, use: Use, schema: Schema, own: Row, chance: Random) -> Json:
        """A value to store, by the argument's own schema, in the style of the column that keeps it."""
        given = column_of(use.parameter, schema)
        kept = self.tables[use.table or self.binding.table].column(use.column)
        column = _styled(given, kept)
        if use.role == "amount" and kept is None and column.type in ("int", "float"):
            low = column.minimum if column.minimum is not None else 1.0
            column = column.model_copy(update={"minimum": low, "maximum": min(column.maximum or low + 20, low + 20)})
        if (
            use.role == "amount"
            and kept is not None
            and self.binding.effects
            and any(effect.op == "remove" for effect in self.binding.effects)
        ):
            present = own.get(use.column) or []
            return chance.choice(present) if present else None
        if column.name == "amount" and column.type == "float":
            column = column.model_copy(
                update={"maximum": min(column.maximum or 50.0, max(50.0, (column.minimum or 0) * 2))}
            )
        return draw(column, chance)


def _styled(given: Column, kept: Column | None) -> Column:
    if kept is None or kept.type not in (given.type, "float"):
        return given
    return given.model_copy(
        update={
            "name": kept.name,
            "examples": given.examples or kept.examples,
            "format": given.format or kept.format,
            "enum": given.enum or kept.enum,
            "minimum": kept.minimum if given.minimum is None else given.minimum,
            "maximum": kept.maximum if given.maximum is None else given.maximum,
        }
    )


def _passes(guard: Guard, row: Row) -> bool:
    value = row.get(guard.column)
    if guard.test == "in":
        return value in guard.values
    if guard.test == "not_in":
        return value not in guard.values
    return not (guard.test == "at_least" and isinstance(value, (int, float)) and value < 5)
