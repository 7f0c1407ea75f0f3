"""What an episode earns: all where the verifier is content, and a share of it for honest progress.

Only the verifier of ``agentgym.tasks.verify`` (paper 3.1) gives 1.0. Partial credit lies below it. It is for work that
stands: rows that are as the task wants them, or calls that it needs, less whatever was done besides. So no read, no
refused call, no change that is taken back earns anything, and no further call that the task does not need pays more.
What was said to the user earns nothing by itself, or reciting all that a tool answered would pay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from agentgym.tasks.progress import present
from agentgym.tasks.verify import is_gold, reward
from agentgym.types import Domain, RowChange, Table, Task, ToolCall

By: TypeAlias = Literal["auto", "state", "exact", "both"]


@dataclass(frozen=True)
class Shaping:
    """What decides on an episode, and what one that fails may still earn.

    ``by``: "state" looks at the rows, "exact" at the calls, as ``agentgym.tasks.verify`` does, "auto" at the rows and
    at what the user was told; "both" wants all three. A task that only reads leaves no rows to look at: whatever ``by``
    says, its calls are looked at in their place. ``partial``, at least 0 and less than 1, is the reward of a failed
    episode at its best; 0 gives 1.0 or nothing.
    """

    by: By = "auto"
    partial: float = 0.0

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise ValueError(f"by={self.by!r} is not one of {list(get_args(By))}")
        if not 0.0 <= self.partial < 1.0:
            raise ValueError(f"partial={self.partial!r} must be at least 0 and less than 1, which only success earns")

    @property
    def hears(self) -> bool:
        """Whether the reward depends on what the user was told."""
        return self.by in ("auto", "both")

    def counts_calls(self, task: Task) -> bool:
        """Whether the reward depends on the calls themselves, and not only on the rows that they leave."""
        return self.by in ("exact", "both") or not task.writes


SPARSE = Shaping()


def score(
    task: Task,
    domain: Domain,
    diff: Sequence[RowChange],
    calls: Sequence[ToolCall],
    said: Sequence[str] | None = None,
    shaping: Shaping = SPARSE,
) -> float:
    """The reward of an episode, 0 to 1; 1.0 only where the verifier says so.

    ``diff`` is the net difference it made, ``calls`` those that succeeded, in order, ``said`` the agent's messages to
    the user; None: what the user was told is not judged.
    """
    if _fulfilled(task, domain, diff, calls, said, shaping.by):
        return 1.0
    return shaping.partial * progress(task, domain, diff, calls, shaping.by) if shaping.partial else 0.0


def progress(
    task: Task, domain: Domain, diff: Sequence[RowChange], calls: Sequence[ToolCall], by: By = "auto"
) -> float:
    """How much of the task is done, 0 to 1, by what ``by`` looks at; with "both", the lesser of the two.

    A task that only reads has none left where anything was changed.
    """
    if not task.writes:
        return 0.0 if diff else calls_made(task, domain, calls)
    rows = 1.0 if by == "exact" else rows_changed(task, diff, domain.tables)
    return min(rows, calls_made(task, domain, calls)) if by in ("exact", "both") else rows


def rows_changed(task: Task, diff: Sequence[RowChange], tables: Iterable[Table]) -> float:
    """The share of gold's row changes that are made, less the changed rows that gold leaves alone.

    A row that gold changes too, but not to what it is now, counts for neither: one that takes two calls is so halfway.
    """
    tables = tuple(tables)
    right = len(present(task, diff, tables))
    return max(0, right - _strange(task, diff, tables)) / len(task.diff) if task.diff else 0.0


def calls_made(task: Task, domain: Domain, calls: Sequence[ToolCall]) -> float:
    """The share of the gold calls that are made in their order, less the calls besides."""
    gold = len(task.gold)
    if len(calls) >= 2 * gold:  # as many besides as there can be right ones
        return 0.0
    return max(0, 2 * _common(task, domain, calls) - len(calls)) / gold


def _fulfilled(
    task: Task,
    domain: Domain,
    diff: Sequence[RowChange],
    calls: Sequence[ToolCall],
    said: Sequence[str] | None,
    by: By,
) -> bool:
    """Whether the verifier pays; "both" is what "auto" and "exact" both pay."""
    if by != "both":
        return reward(by, task, diff, calls, domain, said).reward == 1.0
    return all(reward(mode, task, diff, calls, domain, said).reward == 1.0 for mode in ("auto", "exact"))


def _strange(task: Task, diff: Sequence[RowChange], tables: Sequence[Table]) -> int:
    """How many changed rows gold leaves alone; of new rows that the world numbers, those beyond gold's number."""
    numbered = {table.name for table in tables if table.generated}
    new = Counter(change.table for change in task.diff if change.before is None and change.table in numbered)
    known = {(change.table, change.key) for change in task.diff}
    strange = 0
    for change in diff:
        if change.before is None and change.table in numbered:
            new[change.table] -= 1
            strange += new[change.table] < 0
        else:
            strange += (change.table, change.key) not in known
    return strange


def _common(task: Task, domain: Domain, calls: Sequence[ToolCall]) -> int:
    """The length of the longest common subsequence of ``calls`` and the gold calls."""
    best = [0] * (len(task.gold) + 1)  # best[i]: with the first i gold calls
    for call in calls:
        diagonal = 0
        for place in range(1, len(best)):
            above = best[place]
            if is_gold(call.name, call.arguments, place - 1, task, domain):
                best[place] = diagonal + 1
            else:
                best[place] = max(above, best[place - 1])
            diagonal = above
    return best[-1]
