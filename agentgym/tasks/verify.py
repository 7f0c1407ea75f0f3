"""Whether an episode fulfilled its task (paper 3.1): by the state it left, or by the calls it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Literal, NamedTuple, TypeAlias

import orjson

from agentgym.files import canonical
from agentgym.memo import Memo
from agentgym.tasks.progress import all_told, told
from agentgym.types import Binding, Domain, Json, Row, RowChange, Table, Task, ToolCall, ToolSpec
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
    return _shape(diff) == gold.shape and not gold.differs(diff) and same(diff, task.diff, tables)


def exact_match(calls: Sequence[ToolCall], task: Task, domain: Domain) -> bool:
    """Whether the successful calls, in order, are the gold ones."""
    return len(calls) == len(task.gold) and all(
        is_gold(call.name, call.arguments, number, task, domain) for number, call in enumerate(calls)
    )


def is_gold(name: str, arguments: dict[str, Json], number: int, task: Task, domain: Domain) -> bool:
    """Whether a call is the task's gold call ``number``.

    Two calls of one tool are the same where their arguments are equal as JSON values: 1 is 1.0, but neither true nor
    "1"; the order of an object's keys is no matter; text counts letter by letter. An argument given as its default is
    the same as one not given. The order of a list matters (a route is not its way back), except in arguments that the
    tool's binding takes for a set, those a column's value must be ``in``: there neither order nor repetition counts.
    """
    if number >= len(task.gold) or task.gold[number].name != name:
        return False
    wanted = task.gold[number].arguments
    if _identical(arguments, wanted, _gold(task).calls[number]):
        return True
    manner = _manners(domain)[name]
    return manner.form(arguments) == manner.form(wanted)


class _Gold:
    """A task's gold, packed for comparing: made once a task, not once an episode."""

    __slots__ = ("calls", "changes", "diff", "made", "named", "new", "shape")

    def __init__(self, task: Task) -> None:
        self.changes = _changes(task.diff)
        self.diff = _packed(self.changes)
        self.shape = _shape(task.diff)
        self.calls = [_packed(call.arguments) for call in task.gold]
        self.new = {change.key for change in task.diff if change.before is None}
        self.named = {(change.table, change.key): change for change in task.diff if change.before is not None}
        self.made = [(change.table, change.after) for change in task.diff if change.before is None]

    def differs(self, diff: Sequence[RowChange]) -> bool:
        """Whether a row of ``diff``, which has gold's shape, plainly is another than gold's, or none of its new ones.

        No renaming of new rows makes a value right that is not the key of one of them in gold.
        """
        for change in diff:
            if change.before is None:
                if not any(table == change.table and self._alike(change.after, row) for table, row in self.made):
                    return True
            elif not self._alike(change.after, self.named[change.table, change.key].after):
                return True
        return False

    def _alike(self, row: Row | None, gold: Row | None) -> bool:
        """Whether a row may be gold's, as far as its values tell that are not keys of new rows in gold."""
        if row is None or gold is None:
            return row is gold
        return row.keys() == gold.keys() and all(
            row[column] == value or (isinstance(value, (str, int)) and value in self.new)
            for column, value in gold.items()
        )


_gold = Memo(_Gold)


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


class _Manner:
    """How the arguments of one tool are compared."""

    __slots__ = ("_defaults", "_sets")

    def __init__(self, tool: str, tools: Iterable[ToolSpec], bindings: Iterable[Binding]) -> None:
        spec = next((spec for spec in tools if spec.name == tool), None)
        schemas = spec.parameters.get("properties", {}) if spec is not None else {}
        uses = next((binding.uses for binding in bindings if binding.tool == tool), ())
        self._sets = {use.parameter for use in uses if use.test == "in"}
        self._defaults = {
            name: self._text(name, schema["default"]) for name, schema in schemas.items() if "default" in schema
        }

    def form(self, arguments: dict[str, Json]) -> dict[str, str]:
        """Canonical JSON by argument, equal for equal calls; without those that say what the default says."""
        given = {name: self._text(name, value) for name, value in arguments.items()}
        return {name: text for name, text in given.items() if text != self._defaults.get(name)}

    def _text(self, name: str, value: Json) -> str:
        plain = typed(value)
        if name in self._sets and isinstance(plain, list):
            return canonical(sorted({canonical(item) for item in plain}))
        return canonical(plain)


class _Manners(dict[str, _Manner]):
    """Those of one domain, by tool, each made when it is first asked for."""

    def __init__(self, domain: Domain) -> None:
        super().__init__()
        self._tools, self._bindings = domain.tools, domain.bindings  # not the domain: it would live for ever

    def __missing__(self, tool: str) -> _Manner:
        made = self[tool] = _Manner(tool, self._tools, self._bindings)
        return made


_manners = Memo(_Manners)
