"""The state a task is being drawn in: its rows, the calls made so far, and the person it is all about."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agentgym.tasks.values import Values
from agentgym.tasks.walk import Chart, Hop
from agentgym.types import Json, Row, Rows, ToolCall


@dataclass(frozen=True)
class Pick:
    """A row that an argument names.

    ``step`` is the earlier step whose result shows its key; None: the user says the key.
    """

    table: str
    key: Json
    step: int | None = None


@dataclass(frozen=True)
class Step:
    """One executed call of a task. ``picks`` is keyed by argument path: "order_id", "items/0/product_id".

    ``about`` is the row that a look-up has found, or a create has made.
    """

    call: ToolCall
    result: Json
    goal: bool
    picks: dict[str, Pick] = field(default_factory=dict)
    about: Pick | None = None


class Scene:
    """What the next call can be drawn from. ``refresh`` after every write, ``add`` after every call."""

    def __init__(self, chart: Chart, rng: random.Random, rows: Rows) -> None:
        self.chart, self.rng = chart, rng
        self.steps: list[Step] = []
        self._places: dict[int, int] = {}  # hop number -> step number
        self._focus: dict[str, Json] = {}  # table of people -> the one person this task is about
        self._touched: set[tuple[str, Json]] = set()
        self.refresh(rows)

    def refresh(self, rows: Rows) -> None:
        self.rows = rows
        self.values = Values(self.rng, rows, self.chart.people)
        self._index: dict[str, dict[Json, Row]] = {}

    def add(self, number: int, step: Step) -> None:
        """Record the step of hop ``number``."""
        self._places[number] = len(self.steps)
        self.steps.append(step)
        for pick in (*step.picks.values(), *((step.about,) if step.about else ())):
            self._touched.add((pick.table, pick.key))
            self._look_at(pick.table, pick.key)
            row = self.row(pick.table, pick.key) or {}
            for key in self.chart.tables[pick.table].foreign_keys:
                self._look_at(key.table, row.get(key.column))

    def _look_at(self, table: str, key: Json) -> None:
        if table in self.chart.people and key is not None:
            self._focus.setdefault(table, key)

    def row(self, table: str, key: Json) -> Row | None:
        if table not in self._index:
            primary = self.chart.tables[table].primary_key
            self._index[table] = {row[primary]: row for row in self.rows.get(table, ())}
        return self._index[table].get(key) if isinstance(key, (str, int)) else None

    def linked(self, hop: Hop, path: str) -> tuple[int | None, list[Json]]:
        """The step that feeds ``path``, and the values its result offers; (None, []) where none does."""
        for link in hop.links:
            if link.parameter == path and link.hop in self._places:
                step = self._places[link.hop]
                return step, list(found(self.steps[step].result, link.output))
        return None, []

    def prefer(self, table: str, rows: list[Row], beside: Sequence[Pick] = ()) -> list[Row]:
        """Narrow ``rows`` to those that belong with the person and rows at hand, as far as any are left."""
        for anchor in (*(Pick(name, key) for name, key in self._focus.items()), *beside):
            rows = [row for row in rows if self._related(table, row, anchor)] or rows
        primary = self.chart.tables[table].primary_key
        if table in self.chart.people:
            return rows
        return [row for row in rows if (table, row[primary]) not in self._touched] or rows

    def _related(self, table: str, row: Row, anchor: Pick) -> bool:
        """Whether ``row`` is the anchor, references it, is referenced by it, or shares a child row with it."""
        tables, own = self.chart.tables, self.chart.tables[table]
        key = row[own.primary_key]
        if anchor.table == table:
            return table not in self.chart.people or bool(key == anchor.key)
        forth = [link.column for link in own.foreign_keys if link.table == anchor.table]
        if forth:
            return any(row.get(column) == anchor.key for column in forth)
        back = [link.column for link in tables[anchor.table].foreign_keys if link.table == table]
        if back:
            other = self.row(anchor.table, anchor.key) or {}
            return any(other.get(column) == key for column in back)
        for child in tables.values():
            here = [link.column for link in child.foreign_keys if link.table == table]
            there = [link.column for link in child.foreign_keys if link.table == anchor.table]
            if here and there and table not in self.chart.people:
                lines = self.rows.get(child.name, ())
                return any(line.get(here[0]) == key and line.get(there[0]) == anchor.key for line in lines)
        return True


def found(result: Json, name: str) -> Iterator[Json]:
    """Values that ``result`` shows under the property ``name``, at any depth; a bare value shows itself."""
    if isinstance(result, dict):
        for key, value in result.items():
            if isinstance(value, (dict, list)):
                yield from found(value, name)
            elif key == name:
                yield value
    elif isinstance(result, list):
        for value in result:
            yield from found(value, name)
    elif result is not None:
        yield result
