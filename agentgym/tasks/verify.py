"""Whether an episode fulfilled its task (paper 3.1): by the state it left, or by the calls it made."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Literal, NamedTuple, TypeAlias

import orjson

from agentgym.files import canonical
from agentgym.tasks.progress import all_told, told
from agentgym.types import Domain, Json, RowChange, Table, Task, ToolCall
from agentgym.world.diff import same, typed

Mode: TypeAlias = Literal["auto", "state", "exact"]
Judge: TypeAlias = Literal["state", "exact"]


class Grade(NamedTuple):
    """A reward of 0.0 or 1.0, what decided it, and why in a sentence that gives no gold away."""

    reward: float
    judged_by: Judge
    reason: str


_GRADES: dict[tuple[Judge, bool], Grade] = {
    ("state", True): Grade(1.0, "state", "the database is as the task wants it"),
    ("state", False): Grade(0.0, "state", "the database is not as the task wants it"),
    ("exact", True): Grade(1.0, "exact", "the tool calls are those the task needs"),
    ("exact", False): Grade(0.0, "exact", "the tool calls are not those the task needs"),
}
_UNTOLD: dict[Judge, Grade] = {
    "state": Grade(0.0, "state", "the user was not told all they wanted to know"),
    "exact": Grade(0.0, "exact", "the user was not told all they wanted to know"),
}


def judged_by(mode: Mode, task: Task) -> Judge:
    """What decides: the state if the task writes, the calls if it only reads or ``mode`` says so."""
    return "exact" if mode == "exact" or not task.writes else "state"


def grade(judge: Judge, met: bool, informed: bool = True) -> Grade:
    """The grade of an episode that met what ``judge`` looks at, or did not, and told the user what they asked."""
    return _UNTOLD[judge] if met and not informed else _GRADES[judge, met]


def reward(
    mode: Mode,
    task: Task,
    diff: Sequence[RowChange],
    calls: Sequence[ToolCall],
    domain: Domain,
    said: Sequence[str] | None = None,
) -> Grade:
    """Grade an episode by the difference it made or its successful calls, whichever ``judged_by`` says.

    ``said`` are the agent's messages to the user, which must tell the task's outputs in mode "auto"; None: not judged.
    """
    judge = judged_by(mode, task)
    met = state_aligned(diff, task, domain.tables) if judge == "state" else exact_match(calls, task, domain)
    informed = (
        said is None or mode != "auto" or all_told(task, reduce(lambda bits, text: told(task, text, bits), said, 0))
    )
    return grade(judge, met, informed)


def state_aligned(diff: Sequence[RowChange], task: Task, tables: Iterable[Table]) -> bool:
    """Whether the net difference equals the gold one, up to keys the world numbered itself.

    A read-only task leaves no state to judge: anything that changed nothing is aligned with it.
    """
    if len(diff) != len(task.diff):
        return False
    gold = _gold(task)
    changes = _changes(diff)
    if _identical(changes, gold.changes, gold.diff):
        return True
    return _shape(diff) == gold.shape and same(diff, task.diff, tables)


def exact_match(calls: Sequence[ToolCall], task: Task, domain: Domain) -> bool:
    """Whether the successful calls, in order, are the gold ones."""
    return len(calls) == len(task.gold) and all(
        is_gold(call.name, call.arguments, number, task, domain) for number, call in enumerate(calls)
    )


def is_gold(name: str, arguments: dict[str, Json], number: int, task: Task, domain: Domain) -> bool:
    """Whether a call is the task's gold call ``number``; values with their JSON types (1 is 1.0, not true).

    An argument given as its default is the same call as one without it.
    """
    if number >= len(task.gold) or task.gold[number].name != name:
        return False
    wanted = task.gold[number].arguments
    if _identical(arguments, wanted, _gold(task).calls[number]):
        return True
    defaults = _defaults(name, domain)
    return _form(arguments, defaults) == _form(wanted, defaults)


class _Gold:
    """A task's gold, packed for comparing: made once a task, not once an episode."""

    __slots__ = ("alive", "calls", "changes", "diff", "shape")

    def __init__(self, task: Task, alive: weakref.ref[Task]) -> None:
        self.alive = alive
        self.changes = _changes(task.diff)
        self.diff = _packed(self.changes)
        self.shape = _shape(task.diff)
        self.calls = [_packed(call.arguments) for call in task.gold]


_golds: dict[int, _Gold] = {}  # by the identity of the task, and only while it lives


def _gold(task: Task) -> _Gold:
    key = id(task)
    found = _golds.get(key)
    if found is None:
        found = _golds[key] = _Gold(task, weakref.ref(task, lambda _: _golds.pop(key, None)))
    return found


def _changes(diff: Sequence[RowChange]) -> list[Json]:
    return [[change.table, change.key, change.before, change.after] for change in diff]


def _shape(diff: Sequence[RowChange]) -> Counter[tuple[str, str, str | int | None]]:
    """What no renaming of inserted rows alters; differences that differ here need no closer look."""
    return Counter(
        (change.table, "insert", None)
        if change.before is None
        else (change.table, "delete" if change.after is None else "update", change.key)
        for change in diff
    )


def _identical(value: Json, gold: Json, packed: bytes) -> bool:
    """Whether ``value`` is ``gold``, types and all; False may still mean that they count as equal.

    Python's ``==`` takes 1 for True, and the packed form takes infinity for null: together they are exact.
    """
    return value == gold and packed != b"" and _packed(value) == packed


def _packed(value: Json) -> bytes:
    """JSON with sorted keys; empty for what JSON cannot hold."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return b""


def _defaults(tool: str, domain: Domain) -> dict[str, str]:
    """The defaults of a tool's parameters, as canonical JSON."""
    spec = next((spec for spec in domain.tools if spec.name == tool), None)
    schemas = spec.parameters.get("properties", {}) if spec is not None else {}
    return {name: canonical(typed(schema["default"])) for name, schema in schemas.items() if "default" in schema}


def _form(arguments: dict[str, Json], defaults: dict[str, str]) -> dict[str, str]:
    """Arguments as canonical JSON, without those that say what the default says."""
    given = {name: canonical(typed(value)) for name, value in arguments.items()}
    return {name: text for name, text in given.items() if text != defaults.get(name)}
