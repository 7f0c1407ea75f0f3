"""The state a task is being drawn in: its rows, the calls made so far, and the person it is all about."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

from agentgym.tasks.chart import Chart
from agentgym.tasks.sampling.coverage import Coverage
from agentgym.tasks.sampling.values import Values
from agentgym.tasks.sampling.walk import Hop
from agentgym.tasks.steps import Pick, Step
from agentgym.types import Json, Row, RowChange, Rows
from agentgym.world.diff import patched


class Scene:
    """What the next call can be drawn from. ``refresh`` after every write, ``add`` after every call.

    ``rows`` is the state it begins in. ``person`` is who it might be all about, as (table, key), while no call has said
    otherwise. ``coverage`` has the rows that earlier tasks named.
    """

    def __init__(
        self,
        chart: Chart,
        rng: random.Random,
        rows: Rows,
        coverage: Coverage | None = None,
        person: tuple[str, Json] | None = None,
    ) -> None:
        self.chart, self.rng, self.start = chart, rng, rows
        self.steps: list[Step] = []
        self._coverage = coverage or Coverage()
        self._person = person
        self._places: dict[int, int] = {}  # hop number -> step number
        self._focus: dict[str, Json] = {}  # table of people -> the one person this task is about
        self._touched: set[tuple[str, Json]] = set()
        self._diff: dict[tuple[str, Json], RowChange] = {}  # from the start to now
        self.refresh(())

    def refresh(self, diff: Iterable[RowChange]) -> tuple[tuple[str, Json], ...]:
        """Go to the state that ``diff`` leads to from the start. Returns the rows that have changed on the way."""
        before, self._diff = self._diff, {(change.table, change.key): change for change in diff}
        self.rows = patched(self.start, self._diff.values(), self.chart.tables)
        self.values = Values(self.rng, self.rows, self.chart.people)
        self._index: dict[str, dict[Json, Row]] = {}
        return tuple(row for row in {**before, **self._diff} if before.get(row) != self._diff.get(row))

    def add(self, number: int, step: Step) -> None:
        """Record the step of hop ``number``, which may be an earlier one."""
        known = next((place for place, earlier in enumerate(self.steps) if earlier is step), None)
        self._places[number] = len(self.steps) if known is None else known
        if known is not None:
            return
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

    def initial(self, table: str, key: Json) -> Row | None:
        """A row as it is when the scene begins; None for one that it makes."""
        primary = self.chart.tables[table].primary_key
        return next((row for row in self.start.get(table, ()) if row[primary] == key), None)

    def linked(self, hop: Hop, path: str) -> tuple[int | None, list[Json]]:
        """The step that feeds ``path``, and the values its result offers; (None, []) where none does."""
        for link in hop.links:
            if link.parameter == path and link.hop in self._places:
                step = self._places[link.hop]
                return step, list(found(self.steps[step].result, link.output))
        return None, []

    def choose(self, table: str, rows: Sequence[Row], beside: Sequence[Pick] = ()) -> Row:
        """One of ``rows``, of those that belong with the person and rows at hand as far as there are any.

        What earlier tasks named is chosen less.
        """
        rows = self._fitting(table, rows, beside)
        primary = self.chart.tables[table].primary_key
        return self.rng.choices(rows, [self._coverage.row(table, row[primary]) for row in rows])[0]

    def _fitting(self, table: str, rows: Sequence[Row], beside: Sequence[Pick]) -> Sequence[Row]:
        people = self._focus
        if self._person is not None and self._person[0] not in people:
            people = dict((self._person,)) | people
        for anchor in (*(Pick(name, key) for name, key in people.items()), *beside):
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
