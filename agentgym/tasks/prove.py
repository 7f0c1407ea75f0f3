"""What a task must prove before it is admitted, so that its reward means what it says (reward integrity).

The gold calls replay to one outcome; nothing less than all of them, and no careless agent, earns the reward; and every
value they need can be known by somebody who only reads what the user says and what the tools answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from agentgym.errors import TaskError
from agentgym.tasks.careless import POLICIES
from agentgym.tasks.describe import fitting, holds
from agentgym.tasks.perturb import perturbations
from agentgym.tasks.phrases import tells
from agentgym.tasks.verify import reward
from agentgym.tasks.walk import Chart
from agentgym.types import Json, Rejection, RowChange, Rows, Task, ToolCall
from agentgym.world.world import World

Calls = Sequence[ToolCall]
INERT = "an argument is inert"


def prove(chart: Chart, world: World, task: Task) -> Rejection | None:
    """None where the task holds, else the first law it breaks. ``world`` is reset to the task's state on the way."""
    proof = _Proof(chart, world, task)
    laws: tuple[Callable[[], str | None], ...] = (
        proof.wording,
        proof.facts,
        proof.replays,
        proof.worth,
        proof.needed,
        proof.exact,
        proof.knowable,
        proof.unique,
        proof.careless,
    )
    for law in laws:
        try:
            broken = law()
        except TaskError as error:
            broken = f"the state does not fit the domain: {error}"
        if broken is not None:
            reason, _, detail = broken.partition(": ")
            return Rejection(stage="tasks", subject=task.id, reason=reason, detail=detail)
    return None


class _Proof:
    """The laws, in the order of what they cost. Each returns None or "reason: detail"."""

    def __init__(self, chart: Chart, world: World, task: Task) -> None:
        self._chart, self._world, self._task = chart, world, task
        self._results: list[Json] = []  # of the gold calls
        self._final: Rows = {}  # the rows after gold

    def _pays(self, calls: Calls, vital: int = -1) -> bool:
        """Whether ``calls``, made from the task's state, earn the reward. Where call number ``vital`` errs they do not.

        Reads change no row, so a task that is judged by its state is judged without them.
        """
        self._world.reset(self._task.state)
        made = []
        for number, call in enumerate(calls):
            if self._task.writes and not self._writes(call):
                continue
            if self._world.call(call.name, call.arguments).error is None:
                made.append(call)
            elif number == vital:
                return False
        return self._scores(made, self._world.diff())

    def _scores(self, made: Calls, diff: tuple[RowChange, ...]) -> bool:
        return reward("auto", self._task, diff, made, self._chart.domain).reward > 0

    def _writes(self, call: ToolCall) -> bool:
        return self._world.loaded.tools[call.name].writes  # `replays` has made sure that the tool exists

    def wording(self) -> str | None:
        text = " ".join((self._task.intent, *(fact.text for fact in self._task.facts)))
        for call in self._task.gold:
            for name in (call.name, *call.arguments):
                if ("_" in name or name != name.lower()) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                    return f"the wording names a tool or an argument: {name!r} in {text!r}"
        return None

    def facts(self) -> str | None:
        for fact in self._task.facts:
            if not tells(fact.text, fact.value):
                return f"a fact does not tell its value: {fact.value!r} is not in {fact.text!r}"
        return None

    def replays(self) -> str | None:
        outcomes = []
        for _ in range(2):
            self._world.reset(self._task.state)
            results = []
            for call in self._task.gold:
                result = self._world.call(call.name, call.arguments)
                if result.error is not None:
                    return f"a gold call errs: {call.name}: {result.error}"
                results.append(result.content)
            outcomes.append((results, self._world.diff()))
        self._final = self._world.rows()
        self._results = outcomes[0][0]
        if outcomes[0] != outcomes[1] or outcomes[0][1] != self._task.diff:
            return "gold replays to another outcome: the tools of this domain are not deterministic"
        won = self._scores(self._task.gold, self._task.diff)
        return None if won else "gold itself scores 0: the verifier rejects it"

    def worth(self) -> str | None:
        if not self._task.gold:
            return "there is nothing to do: no call was left"
        if any(map(self._writes, self._task.gold)) and not self._task.diff:
            return "the writes cancel out: the gold state equals the initial one"
        return "doing nothing scores 1: the null agent" if self._scores((), ()) else None

    def needed(self) -> str | None:
        """No writing call, and no call at all of a read-only task, can be left out."""
        gold = self._task.gold
        for index, call in enumerate(gold):
            if self._task.writes and not self._writes(call):
                continue
            rest = gold[:index] + gold[index + 1 :]
            if self._pays(rest) if self._task.writes else self._scores(rest, ()):
                return f"a gold call is not needed: {call.name}, number {index + 1}"
        return None

    def exact(self) -> str | None:
        """No argument of a writing call can be another one; exact match sees to that in a read-only task."""
        writes = [call for call in self._task.gold if self._writes(call)]
        rows = self._state()
        for index, call in enumerate(writes):
            for path, arguments in perturbations(self._chart, rows, call):
                changed = call.model_copy(update={"arguments": arguments})
                # To err here is to leave the call out, which `needed` has judged.
                if self._pays([*writes[:index], changed, *writes[index + 1 :]], vital=index):
                    return f"{INERT}: {call.name} {path}"
        return None

    def _state(self) -> Rows:
        self._world.reset(self._task.state)
        return self._world.rows()

    def knowable(self) -> str | None:
        """Every gold argument stands in what the user says, in a default, or in an earlier result."""
        said = {_key(leaf) for fact in self._task.facts for _, leaf in _leaves(fact.value)}
        learned: set[tuple[str, Json]] = set()
        for call, result in zip(self._task.gold, self._results, strict=True):
            properties = self._world.loaded.tools[call.name].spec.parameters.get("properties") or {}
            for name, value in call.arguments.items():
                if properties.get(name, {}).get("default") == value:
                    continue
                for path, leaf in _leaves(value, name):
                    if _key(leaf) not in said and _key(leaf) not in learned and not self._in_intent(leaf):
                        return f"an argument cannot be known: {call.name} {path} = {leaf!r}"
            learned |= {_key(leaf) for _, leaf in _leaves(result)}
        return None

    def _in_intent(self, leaf: Json) -> bool:
        return not isinstance(leaf, bool) and leaf is not None and tells(self._task.intent, leaf)

    def unique(self) -> str | None:
        """What is said of a row fits it alone at first, and no other row once gold has changed the state."""
        rows = self._state()
        for claim in self._task.claims:
            late = [other for other in fitting(claim, self._chart, self._final) if other != claim.key]
            if late or not holds(claim, self._chart, rows):
                return f"the description fits several rows, or none: {claim.table} {claim.key!r} {claim.conditions!r}"
        return None

    def careless(self) -> str | None:
        """Agents that do not read the task earn nothing."""
        rows = self._state()
        for name, policy in POLICIES.items():
            if self._pays(policy(self._chart, rows, self._task)):
                return f"a careless policy scores 1: {name}"
        return None


def _key(leaf: Json) -> tuple[str, Json]:
    """Equal for values that JSON agents cannot tell apart: 1 and 1.0, but not True."""
    if isinstance(leaf, (int, float)) and not isinstance(leaf, bool):
        return "number", float(leaf)
    return type(leaf).__name__, leaf


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Scalars inside a JSON value, with their paths."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}/{number}")
    else:
        yield path, value
