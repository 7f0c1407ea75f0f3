"""How far an episode has come with its task: which outputs were told, which of the user's goals are still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agentgym.tasks.phrases import tells
from agentgym.types import RowChange, Task


def told(task: Task, message: str, before: int = 0) -> int:
    """The outputs told so far: bit i stands for ``task.outputs[i]``. ``before`` are those told by earlier messages."""
    for place, value in enumerate(task.outputs):
        if not before >> place & 1 and tells(message, value):
            before |= 1 << place
    return before


def all_told(task: Task, bits: int) -> bool:
    """Whether every output is among ``bits``."""
    return bits == (1 << len(task.outputs)) - 1


def open_goals(task: Task, diff: Sequence[RowChange], made: int, bits: int) -> tuple[int, ...]:
    """The places of the goals that are not done.

    ``diff`` is the net difference so far. ``made`` counts the gold calls made in order, of a task that is judged by
    them; it is negative where the calls departed from gold, or do not matter. ``bits`` are the outputs told.
    """
    present = {(change.table, change.key): change for change in diff}
    born = Counter(change.table for change in diff if change.before is None)
    missing, place = [], 0
    for number, goal in enumerate(task.goals):
        outputs = range(place, place + len(goal.outputs))
        place += len(goal.outputs)
        done = all(bits >> output & 1 for output in outputs)
        done = done and all(_present(task.diff[change], present, born) for change in goal.changes)
        if not goal.changes and not task.writes:
            done = done and made > max(goal.calls, default=-1)
        if not done:
            missing.append(number)
    return tuple(missing)


def _present(wanted: RowChange, present: dict[tuple[str, str | int], RowChange], born: Counter[str]) -> bool:
    """Whether a change has been made; of new rows, whose keys may differ, any of the table will do."""
    if wanted.before is None:
        return born[wanted.table] > 0
    found = present.get((wanted.table, wanted.key))
    return found is not None and found.before == wanted.before and found.after == wanted.after
