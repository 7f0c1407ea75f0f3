"""Calls that fit a tool and the rows at hand: what the gate proves laws with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from agentgym.build.semantics.shapes import column_of, is_number, is_numeric, json_type, properties, required
from agentgym.build.values.draw import draw
from agentgym.types import Binding, Column, Guard, Json, Row, Rows, Schema, Table, ToolSpec, Use


@dataclass(frozen=True)
class _Moment:
    """What one call is drawn from."""

    rows: Rows
    chance: Random
    willing: bool  # choose rows that pass the tool's guards
    broken: Guard | None  # the guard that an unwilling call is to break


class Caller:
    """Draws arguments for one tool. ``willing`` calls choose rows that pass its guards; others break one of them."""

    def __init__(self, spec: ToolSpec, binding: Binding, tables: Mapping[str, Table], fresh: int | None = None) -> None:
        """``fresh``: how many new values are made for one argument before they come again; None: always new ones."""
        self.binding, self.tables, self.fresh = binding, tables, fresh
        self._columns: dict[tuple[str, str, bool], Column] = {}
        self._made: dict[tuple[str, str, bool], list[Json]] = {}
        self.schemas = properties(spec.parameters)
        self.required = frozenset(required(spec.parameters))
        optional = {name: schema.get("default") for name, schema in self.schemas.items() if name not in self.required}
        self.defaults = {name: value for name, value in optional.items() if value is not None}

    def draw(
        self, rows: Rows, chance: Random, willing: bool = True, full: bool = False, share: float = 0.5
    ) -> dict[str, Json]:
        """Arguments for one call; of the optional ones about a ``share``, or all if ``full``."""
        broken = chance.choice(self.binding.guards) if self.binding.guards and not willing else None
        moment = _Moment(rows, chance, willing, broken)
        own = self._pick(self.binding.table, "", moment, avoid=())
        taken: list[Json] = []
        arguments: dict[str, Json] = {}
        for use in self.binding.uses:
            likely = 0.5 if use.role in ("limit", "offset") else share
            if use.parameter not in self.required and not full and chance.random() >= likely:
                continue
            value = self._value(use, self.schemas[use.parameter], own, moment, taken)
            if value is not None:
                arguments[use.parameter] = value
        return arguments

    def free(self, parameter: str) -> bool:
        """Whether an argument may have values that are in no row."""
        return not any(name in self.schemas[parameter] for name in ("enum", "const", "pattern"))

    def _pick(self, table: str, of: str, moment: _Moment, avoid: Sequence[Json]) -> Row:
        """A row for the argument ``of``, not one of those to ``avoid``; {} where the table has none."""
        held = [row for row in moment.rows.get(table, []) if row[self.tables[table].primary_key] not in avoid]
        guards = [guard for guard in self.binding.guards if guard.of == of]
        broken = moment.broken if moment.broken in guards else None
        fitting = [row for row in held if all(_passes(guard, row) for guard in guards if guard is not broken)]
        if broken is not None and broken.test == "at_least":  # fit, but with the least to give
            short = broken.column
            return min(fitting or held, key=lambda row: (row[short] is None, row[short] or 0), default={})
        if broken is not None:
            fitting = [row for row in fitting if not _passes(broken, row)] or fitting
        elif not moment.willing and not self.binding.guards:
            fitting = held
        elif moment.willing and self.binding.op == "delete" and not of:
            fitting = self._free(fitting or held, moment.rows)
        return moment.chance.choice(fitting or held) if held else {}

    def _free(self, held: Sequence[Row], rows: Rows) -> list[Row]:
        """Those of ``held`` that no row refers to."""
        key = self.tables[self.binding.table].primary_key
        named = {
            row.get(link.column)
            for table in self.tables.values()
            for link in table.foreign_keys
            if link.table == self.binding.table
            for row in rows.get(table.name, [])
        }
        return [row for row in held if row[key] not in named]

    def _value(self, use: Use, schema: Schema, own: Row, moment: _Moment, taken: list[Json], within: str = "") -> Json:
        """One argument; ``taken`` are the keys that earlier arguments name, ``within`` the lines it stands in."""
        if use.role in ("key", "scope"):
            return own.get(use.column)
        if use.role == "filter" or (use.role == "reference" and use.into and not self.binding.writes):
            return self._filter(use, own)
        if use.role == "reference":
            key = self._pick(use.table, within + use.parameter, moment, taken).get(use.column)
            taken.append(key)
            return key
        if use.role in ("limit", "offset"):
            return moment.chance.randint(1, 3)
        if use.role == "lines":
            return self._lines(use, properties(schema["items"]), moment)
        return self._new(use, schema, own, moment, within)

    def _lines(self, use: Use, schemas: Mapping[str, Schema], moment: _Moment) -> Json:
        """One or two objects that name different rows."""
        taken: list[Json] = []
        lines: list[Json] = []
        for _ in range(moment.chance.randint(1, 2)):
            line: dict[str, Json] = {}
            for item in use.items:
                schema = schemas[item.parameter]
                line[item.parameter] = self._value(item, schema, {}, moment, taken, within=f"{use.parameter}.")
            lines.append(line)
        return lines

    def _filter(self, use: Use, own: Row) -> Json:
        value = own.get(use.into or use.column)
        if use.test == "in":
            return [value] if value is not None else None
        return int(value) if isinstance(value, float) and json_type(self.schemas[use.parameter]) == "integer" else value

    def _new(self, use: Use, schema: Schema, own: Row, moment: _Moment, within: str) -> Json:
        """A value to store, by the argument's own schema, in the style of the column that keeps it."""
        if use.role == "amount" and use.column and any(effect.op == "remove" for effect in self.binding.effects):
            present = own.get(use.column) or []
            return moment.chance.choice(present) if present else None
        plenty = moment.broken is None or not moment.broken.amount
        place = (within, use.parameter, plenty)
        made = self._made.setdefault(place, [])
        if self.fresh is not None and len(made) >= self.fresh:
            return moment.chance.choice(made)
        if place not in self._columns:
            self._columns[place] = self._column(use, schema, plenty)
        made.append(draw(self._columns[place], moment.chance))
        value = made[-1]
        if self.fresh is None:
            made.clear()
        return value

    def _column(self, use: Use, schema: Schema, plenty: bool) -> Column:
        """What a value of an argument is drawn by."""
        kept = self.tables[use.table or self.binding.table].column(use.column)
        column = _styled(column_of(use.parameter, schema), kept)
        if not plenty and is_numeric(column):
            # more than most rows can give
            most = column.maximum if column.maximum is not None else 1_000_000.0
            return column.model_copy(update={"minimum": most * 0.9, "maximum": most})
        if use.role == "amount" and kept is None and is_numeric(column):
            low = column.minimum if column.minimum is not None else 1.0
            column = column.model_copy(update={"minimum": low, "maximum": min(column.maximum or low + 20, low + 20)})
        if column.name == "amount" and column.type == "float":
            most = max(50.0, (column.minimum or 0) * 2)  # what most balances can bear
            column = column.model_copy(update={"maximum": min(column.maximum or 50.0, most)})
        return column


def _styled(given: Column, kept: Column | None) -> Column:
    """An argument's column with the name and the bounds of the one that keeps it."""
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
    return not (guard.test == "at_least" and is_number(value) and value < 5)
