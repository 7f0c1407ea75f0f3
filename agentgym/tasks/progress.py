"""How far an episode has come with its task: which outputs were told, which of the user's goals are still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import orjson

from agentgym.memo import Memo
from agentgym.tasks.saying import says
from agentgym.types import Json, Row, RowChange, Table, Task
from agentgym.world.diff import typed

_NEW = "a row made on the way"


def told(task: Task, message: str, before: int = 0) -> int:
    """The outputs told so far: bit i stands for ``task.outputs[i]``. ``before`` are those told by earlier messages."""
    for place, value in enumerate(task.outputs):
        if not before >> place & 1 and says(message, value):
            before |= 1 << place
    return before


def all_told(task: Task, bits: int) -> bool:
    """Whether every output is among ``bits``."""
    return bits == (1 << len(task.outputs)) - 1


def open_goals(
    task: Task, diff: Sequence[RowChange], made: int, bits: int, tables: Iterable[Table] = ()
) -> tuple[int, ...]:
    """The places of the goals that are not done.

    ``diff`` is the net difference so far. ``made`` counts the gold calls made in order, of a task that is judged by
    them; it is negative where the calls departed from gold, or do not matter. ``bits`` are the outputs told.
    ``tables`` are the domain's: without them a new row counts as gold's only under gold's own key.
    """
    there = present(task, diff, tables)
    missing, place = [], 0
    for number, goal in enumerate(task.goals):
        outputs = range(place, place + len(goal.outputs))
        place += len(goal.outputs)
        done = all(bits >> output & 1 for output in outputs) and there.issuperset(goal.changes)
        if not goal.changes and not task.writes:
            done = done and made > max(goal.calls, default=-1)
        if not done:
            missing.append(number)
    return tuple(missing)


def present(task: Task, diff: Sequence[RowChange], tables: Iterable[Table]) -> frozenset[int]:
    """The places of the task's changes that are in ``diff``, each of which is taken for one of them.

    The keys of new rows that the world numbers may differ, and references to such rows are not compared: whether they
    fit together as in gold is for ``verify.state_aligned`` to say.
    """
    if not diff:
        return frozenset()
    known = {table.name: table for table in tables}
    wanted = _gold(task).get(bool(known))
    if wanted is None:
        wanted = _gold(task)[bool(known)] = _forms(task.diff, known)
    made, found = Counter(_forms(diff, known)), []
    for place, form in enumerate(wanted):
        if made[form] > 0:
            made[form] -= 1
            found.append(place)
    return frozenset(found)


def _nothing_yet(task: Task) -> dict[bool, list[bytes]]:
    return {}


_gold = Memo(_nothing_yet)  # the forms of a task's diff, with its domain's tables and without


def _forms(diff: Sequence[RowChange], tables: dict[str, Table]) -> list[bytes]:
    """The changes as JSON, without the keys that the world has numbered in this difference."""
    numbered = {
        (change.table, change.key)
        for change in diff
        if change.before is None and change.table in tables and tables[change.table].generated
    }
    out = []
    for change in diff:
        key = None if (change.table, change.key) in numbered else change.key
        after = _masked(change, tables, numbered) if numbered else change.after
        form = [change.table, key, typed(change.before), typed(after)]
        out.append(orjson.dumps(form, option=orjson.OPT_SORT_KEYS))
    return out


def _masked(change: RowChange, tables: dict[str, Table], numbered: set[tuple[str, str | int]]) -> Row | None:
    """The row after the change, with ``_NEW`` for every key in ``numbered``."""
    table = tables.get(change.table)
    if table is None or change.after is None:
        return change.after
    targets = {link.column: link.table for link in table.foreign_keys} | {table.primary_key: table.name}
    return {
        column: _NEW if _is_key(value) and (targets.get(column), value) in numbered else value
        for column, value in change.after.items()
    }


def _is_key(value: Json) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)
