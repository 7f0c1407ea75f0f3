"""Arguments that fit an imported state, drawn from its rows by the names of the parameters."""

from __future__ import annotations

from random import Random

from agentgym.build.semantics.shapes import column_of as as_column
from agentgym.build.semantics.shapes import properties, required
from agentgym.build.values.draw import draw
from agentgym.importing.places import Place, column_of, meant, names_key, places, within
from agentgym.importing.saying import Said
from agentgym.importing.shape import Collection, Leaf, Record, Rows, Shape
from agentgym.types import Json, Row, Schema, ToolSpec
from agentgym.types import Rows as TableRows
from agentgym.world.naming import snake


class Caller:
    """Draws calls of tools whose arguments are keys and members of documents."""

    def __init__(self, shape: Shape, rows: TableRows, chance: Random) -> None:
        self.shape, self.rows, self.chance = shape, rows, chance
        self.tables = {table.name: table for table in shape.tables}
        self._fitting: dict[tuple[str, str], list[Row]] = {}  # (tool, table) -> rows with the status that it speaks of
        self._below: dict[tuple[str, str], dict[Json, list[Row]]] = {}  # (table, parent's column) -> parent -> its rows

    def draw(self, spec: ToolSpec, agreeing: bool, full: bool) -> dict[str, Json]:
        """Arguments for one call, of the optional ones all or half.

        ``agreeing``: all of them are what one document holds, so that it can be found by them; else most are what
        others hold, or new, so that it changes by them.
        """
        said = Said(spec)
        about = [*said.about(self.shape), *self.shape.collections]
        held = {one.table: self._row(said, one) for one in self.shape.collections}
        needed = required(spec.parameters)
        return {
            name: self._value(said, name, schema, about, held, agreeing)
            for name, schema in properties(spec.parameters).items()
            if name in needed or full or self.chance.random() < 0.5
        }

    def _row(self, said: Said, own: Collection) -> Row:
        """A row; mostly one with the status that the tool's name speaks of."""
        rows = self.rows[own.table]
        asked = said.spec.name, own.table
        if asked not in self._fitting:
            self._fitting[asked] = [
                row
                for column in self.tables[own.table].columns
                for value in column.enum
                if within(tuple(snake(value).split("_")), said.name)
                for row in rows
                if row[column.name] == value
            ]
        fitting = self._fitting[asked]
        if fitting and self.chance.random() < 0.8:
            return self.chance.choice(fitting)
        return self.chance.choice(rows) if rows else {}

    def _value(
        self, said: Said, name: str, schema: Schema, about: list[Collection], held: dict[str, Row], agreeing: bool
    ) -> Json:
        keyed = next((one for one in about if names_key(name, one, said.name) and held[one.table]), None)
        if keyed is not None:
            return self._allowed(name, schema, held[keyed.table][keyed.key])
        for own in about:
            members = meant(name, own, places(own.document), changes=True)
            found = [place for place in members if not isinstance(place.part, Record)]
            if found and held[own.table]:
                way = 0.0 if agreeing else self.chance.random()
                if way > 0.75:
                    break
                row = held[own.table] if way < 0.25 else self.chance.choice(self.rows[own.table])
                return self._allowed(name, schema, self._held(found[0], own, row))
        return draw(as_column(name, schema), self.chance)

    def _allowed(self, name: str, schema: Schema, value: Json) -> Json:
        """A value of a row, or a new one where there is none or the parameter is closed to it."""
        closed = "enum" in schema and value not in schema["enum"]
        return draw(as_column(name, schema), self.chance) if value is None or closed else value

    def _held(self, place: Place, own: Collection, row: Row) -> Json:
        """What a document holds at a place."""
        if not isinstance(place.part, Rows):
            return row[column_of(place)]
        rows = place.part
        link = rows.table, rows.parent
        if link not in self._below:
            grouped: dict[Json, list[Row]] = {}
            for child in sorted(self.rows[rows.table], key=lambda child: int(child[rows.position])):
                grouped.setdefault(child[rows.parent], []).append(child)
            self._below[link] = grouped
        return [self._element(rows, child) for child in self._below[link].get(row[own.key], [])] or None

    def _element(self, rows: Rows, child: Row) -> Json:
        if isinstance(rows.element, Leaf):
            return child[rows.element.column]
        members = rows.element.members if isinstance(rows.element, Record) else ()
        found = {name: child[part.column] for name, part in members if isinstance(part, Leaf)}
        return {name: value for name, value in found.items() if value is not None}
