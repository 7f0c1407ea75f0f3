"""A task on trial: its gold made in a world, and other calls tried from where gold began or from halfway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from agentgym.tasks.chart import Chart
from agentgym.tasks.verify import is_gold, state_aligned
from agentgym.types import Json, Row, RowChange, Rows, Table, Task, ToolCall
from agentgym.world.diff import patched
from agentgym.world.world import Parked, World

Known: TypeAlias = tuple[str, Json]  # a scalar, its kind told
Learned: TypeAlias = dict[Known, set[str]]  # the properties under which a result shows each scalar


class Columns:
    """The rows of a domain's seed with ``changes`` over them, and the values of their columns, as far as asked for."""

    def __init__(self, seed: Rows, changes: Sequence[RowChange], tables: Mapping[str, Table]) -> None:
        self._seed, self._changes, self._tables = seed, changes, tables
        self._rows: dict[str, list[Row]] = {}
        self._values: dict[tuple[str, str], list[Json]] = {}

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, by key; [] for a table that there is not."""
        found = self._rows.get(table)
        if found is None:
            found = self._rows[table] = self._patched(table)
        return found

    def values(self, table: str, column: str) -> list[Json]:
        """The values of a column but null, in the order of the rows."""
        found = self._values.get((table, column))
        if found is None:
            found = [row[column] for row in self.rows(table) if row.get(column) is not None]
            self._values[table, column] = found
        return found

    def all(self, tables: Iterable[str]) -> Rows:
        """The rows of several tables."""
        return {table: self.rows(table) for table in tables}

    def _patched(self, table: str) -> list[Row]:
        rows = self._seed.get(table, [])
        changes = [change for change in self._changes if change.table == table]
        if not changes or table not in self._tables:
            return rows
        return patched({table: rows}, changes, self._tables)[table]


def learned(result: Json) -> Learned:
    """The scalars of a result, with the names of the properties that hold them; "" where they have none."""
    found: Learned = {}
    waiting: list[tuple[str, Json]] = [("", result)]
    for name, value in waiting:
        if isinstance(value, dict):
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((name, inner) for inner in value)
        else:
            found.setdefault(key(value), set()).add(name)
    return found


def key(leaf: Json) -> Known:
    """Equal for values that JSON agents cannot tell apart: 1 and 1.0, but not True."""
    if isinstance(leaf, (int, float)) and not isinstance(leaf, bool):
        return "number", float(leaf)
    return type(leaf).__name__, leaf


class Trial:
    """A task in a world, which is reset to the task's state. Raises ``TaskError`` where that does not fit the domain.

    Whatever is tried begins at the task's state, or where one of the gold calls is due: ``replay`` remembers the way,
    so that a change to the last call of eight costs one call and not eight.
    """

    def __init__(self, chart: Chart, world: World, task: Task) -> None:
        self.chart, self.world, self.task = chart, world, task
        world.reset(task.state)
        self.start = Columns(world.loaded.seed, task.state, chart.tables)
        self.results: list[Json] = []  # of the gold calls
        self._due: list[Parked] = [world.park()]  # the state in which gold call number i is due; the last: after gold

    @property
    def final(self) -> Columns:
        """The rows after gold, as the task has it."""
        return Columns(self.world.loaded.seed, (*self.task.state, *self.task.diff), self.chart.tables)

    @cached_property
    def learned(self) -> list[Learned]:
        """What the result of each gold call tells."""
        return [learned(result) for result in self.results]

    def writes(self, call: ToolCall) -> bool:
        """Whether the call is of a tool that writes."""
        tool = self.world.loaded.tools.get(call.name)
        return tool is not None and tool.writes

    def replay(self) -> str | None:
        """Make the gold calls. The first refusal, "tool: message"; None where all went well."""
        self._begin(0)
        self.results, self._due = [], self._due[:1]
        self.__dict__.pop("learned", None)  # of another replay
        for call in self.task.gold:
            result = self.world.call(call.name, call.arguments)
            if result.error is not None:
                return f"{call.name}: {result.error}"
            self.results.append(result.content)
            self._due.append(self.world.park())
        return None

    def after(self, calls: Iterable[ToolCall], due: int = 0, *, vital: bool = False) -> tuple[RowChange, ...] | None:
        """The difference since the task's state, ``calls`` made where gold call ``due`` is due.

        Reads are left out, since they change no row. ``vital``: None where the first call errs.
        """
        self._begin(due)
        for number, call in enumerate(calls):
            if self.writes(call):
                error = self.world.call(call.name, call.arguments).error
                if error is not None and vital and number == 0:
                    return None
        return self.world.diff()

    def refusal(self, call: ToolCall, due: int = 0) -> str | None:
        """What the tool says to ``call`` where gold call ``due`` is due; None where it does it."""
        self._begin(due)
        return self.world.call(call.name, call.arguments).error

    def aligned(self, diff: Sequence[RowChange] | None) -> bool:
        """Whether the difference is the task's."""
        return diff is not None and state_aligned(diff, self.task, self.chart.domain.tables)

    def is_gold(self, call: ToolCall, number: int) -> bool:
        """Whether exact match takes ``call`` for gold call ``number``."""
        return is_gold(call.name, call.arguments, number, self.task, self.chart.domain)

    def _begin(self, due: int) -> None:
        self.world.resume(self._due[due])
