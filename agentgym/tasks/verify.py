"""Whether an episode fulfilled its task (paper 3.1): by the state it left, or by the calls it made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from agentgym.files import canonical
from agentgym.types import Domain, RowChange, Table, Task, ToolCall
from agentgym.world.diff import same, typed

Mode: TypeAlias = Literal["auto", "state", "exact"]


class Grade(NamedTuple):
    """A reward of 0.0 or 1.0, what decided it, and why in a sentence that gives no gold away."""

    reward: float
    judged_by: Literal["state", "exact"]
    reason: str


def state_aligned(diff: Sequence[RowChange], task: Task, tables: Iterable[Table]) -> bool:
    """Whether the net difference equals the gold one, up to keys the world numbered itself.

    A read-only task leaves no state to judge: anything that changed nothing is aligned with it.
    """
    return same(diff, task.diff, tables)


def exact_match(calls: Sequence[ToolCall], task: Task, domain: Domain) -> bool:
    """Whether the successful calls, in order, are the gold ones; values with their JSON types (1 is 1.0, not true).

    An argument given as its default is the same call as one without it.
    """
    return [_form(call, domain) for call in calls] == [_form(call, domain) for call in task.gold]


def reward(mode: Mode, task: Task, diff: Sequence[RowChange], calls: Sequence[ToolCall], domain: Domain) -> Grade:
    """Grade an episode: by state if the task writes, by exact match if it only reads or ``mode`` says so."""
    if mode == "exact" or not task.writes:
        matched = exact_match(calls, task, domain)
        reason = "the tool calls are those the task needs" if matched else "the tool calls are not those the task needs"
        return Grade(float(matched), "exact", reason)
    aligned = state_aligned(diff, task, domain.tables)
    reason = "the database is as the task wants it" if aligned else "the database is not as the task wants it"
    return Grade(float(aligned), "state", reason)


def _form(call: ToolCall, domain: Domain) -> str:
    spec = next((spec for spec in domain.tools if spec.name == call.name), None)
    schemas = spec.parameters.get("properties", {}) if spec is not None else {}
    defaults = {name: canonical(typed(schema["default"])) for name, schema in schemas.items() if "default" in schema}
    given = {name: typed(value) for name, value in call.arguments.items()}
    return canonical(
        [call.name, {name: value for name, value in given.items() if canonical(value) != defaults.get(name)}]
    )
