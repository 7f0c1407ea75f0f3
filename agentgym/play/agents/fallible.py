"""An agent that errs as models do, so that filters, rewards and training sets have something to tell apart."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from agentgym.play.agents.agent import looks, parsed, parts, same
from agentgym.play.agents.gold import GoldAgent, Plan, Say
from agentgym.play.agents.slips import perturb, replaced, substituted
from agentgym.play.agents.speech import properties
from agentgym.types import Fact, Json, Task, ToolCall
from agentgym.users.knowledge import carries
from agentgym.world.naming import words


@dataclass(frozen=True)
class ErrorModel:
    """How often ``FallibleAgent`` errs.

    The first eight are probabilities per planned call, at most one flaw a call; the last three per occasion: a report
    with answers in it, a user who thinks again, a wish that a rule forbids. From each flaw the agent recovers with
    probability ``recover``: it makes the right call afterwards, goes back to the right values once a tool refuses the
    wrong ones, and does or tells what was left out when the user misses it.
    """

    wrong_value: float = 0.05  # an argument is misspelt or another one of its kind
    missing_argument: float = 0.04
    unknown_tool: float = 0.03
    wrong_entity: float = 0.03  # one row is confused with another, seen in the same place
    invented_value: float = 0.03  # instead of asking the user
    wrong_order: float = 0.03
    needless_read: float = 0.05
    early_stop: float = 0.03  # it reports before it is done
    silent: float = 0.08  # it keeps an answer to itself
    deaf: float = 0.15  # it goes on with what the user said first
    workaround: float = 0.2  # it does what is forbidden by another tool
    recover: float = 0.75

    def draw(self, rng: random.Random) -> str | None:
        """The name of the flaw for the next call, or None."""
        point = rng.random()
        for name in FLAWS:
            point -= getattr(self, name)
            if point < 0:
                return name
        return None


@dataclass(frozen=True)
class Context:
    """What a flaw may look at: the dice, the domain's tools, the episode so far, the task's facts."""

    rng: random.Random
    tools: dict[str, Json]  # parameters schema by tool name
    seen: list[tuple[str, Json]]  # (property, value) of every tool result
    made: list[ToolCall]  # calls of this episode so far
    facts: tuple[Fact, ...]
    recovers: bool

    def after(self, flawed: ToolCall, plan: Plan) -> Plan:
        """``flawed`` in place of the next call, which follows it where the agent recovers."""
        return [flawed, *(plan if self.recovers else plan[1:])]


Flaw = Callable[[ToolCall, Plan, Context], Plan]  # the next call, the plan that it begins, what there is -> a plan


def _wrong_value(call: ToolCall, plan: Plan, context: Context) -> Plan:
    if not call.arguments:
        return plan
    name = context.rng.choice(sorted(call.arguments))
    schema = context.tools.get(call.name, {}).get("properties", {}).get(name, {})
    return context.after(replaced(call, name, perturb(call.arguments[name], schema, context.rng)), plan)


def _missing_argument(call: ToolCall, plan: Plan, context: Context) -> Plan:
    required = [name for name in context.tools.get(call.name, {}).get("required", ()) if name in call.arguments]
    if not required:
        return plan
    dropped = context.rng.choice(required)
    arguments = {name: value for name, value in call.arguments.items() if name != dropped}
    return context.after(ToolCall(name=call.name, arguments=arguments), plan)


def _unknown_tool(call: ToolCall, plan: Plan, context: Context) -> Plan:
    name_words = words(call.name)
    name = "_".join(reversed(name_words)) if len(name_words) > 1 else f"{call.name}_now"
    return plan if name in context.tools else context.after(ToolCall(name=name, arguments=call.arguments), plan)


def _wrong_entity(call: ToolCall, plan: Plan, context: Context) -> Plan:
    """Confuse one row with another seen under the same property, from here to the end."""
    options = [
        (value, other)
        for _, value in sorted(call.arguments.items())
        if isinstance(value, (str, int)) and not isinstance(value, bool)
        for key, other in context.seen
        if other != value and type(other) is type(value) and (key, value) in context.seen
    ]
    if not options:
        return plan
    right, wrong = context.rng.choice(options)
    return _swapped(plan, right, wrong)


def _invented_value(call: ToolCall, plan: Plan, context: Context) -> Plan:
    """Fill in what the user was never asked for."""
    used = [part for step in plan if isinstance(step, ToolCall) for part in parts(step.arguments)]
    facts = [fact for fact in context.facts if any(same(fact.value, part) for part in used)]
    if not facts:
        return plan
    fact = context.rng.choice(facts)
    return _swapped(plan, fact.value, perturb(fact.value, {}, context.rng))


def _wrong_order(call: ToolCall, plan: Plan, context: Context) -> Plan:
    later = next((place for place, step in enumerate(plan) if place and isinstance(step, ToolCall)), None)
    return plan if later is None else [plan[later], *plan[:later], *plan[later + 1 :]]


def _needless_read(call: ToolCall, plan: Plan, context: Context) -> Plan:
    """Look something up again, or something that nobody asked about."""
    listings = [ToolCall(name=name) for name, schema in sorted(context.tools.items()) if not schema.get("required")]
    reads = [step for step in (*context.made, *listings) if looks(step.name)]
    return [context.rng.choice(reads), *plan] if reads else plan


def _early_stop(call: ToolCall, plan: Plan, context: Context) -> Plan:
    return []


FLAWS: dict[str, Flaw] = {
    "wrong_value": _wrong_value,
    "missing_argument": _missing_argument,
    "unknown_tool": _unknown_tool,
    "wrong_entity": _wrong_entity,
    "invented_value": _invented_value,
    "wrong_order": _wrong_order,
    "needless_read": _needless_read,
    "early_stop": _early_stop,
}
RETURNING = frozenset({"wrong_entity", "invented_value", "wrong_order", "deaf"})  # undone when a tool refuses
NEVER = ErrorModel(**dict.fromkeys((field.name for field in fields(ErrorModel)), 0.0))  # to be changed by ``replace``


class FallibleAgent(GoldAgent):
    """A gold agent that errs by an ``ErrorModel``: some episodes recover, some end wrong and must be filtered."""

    name = "fallible"

    def __init__(self, task: Task, errors: ErrorModel | None = None) -> None:
        super().__init__(task)
        self._errors = errors or ErrorModel()
        self._tools: dict[str, Json] = {}
        self._made_when_drawn = -1
        self._right: Plan | None = None  # what the plan was before a flaw that may be undone
        self._withheld: list[Json] = []  # answers that it keeps to itself
        self._occasions: set[str] = set()  # those that have come up
        self.flaws: list[str] = []  # what went wrong so far, for tests and statistics

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        self._tools = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
        super().start(tools, policy, seed)

    def _revise(self) -> None:
        if self._right is not None and self._error:
            self._plan, self._right = self._right, None
        if self._reported and not self._plan and self._rng.random() < self._errors.recover:
            # The user is not content: do, and tell, what was left out.
            done = [call for call, _ in self._done]
            self._plan = [call for call in self._task.gold if call not in done]
            self._withheld = []
        self._forget_revision()
        self._go_round()
        if not self._plan or self._made_when_drawn == len(self._made):  # one draw a call, however often it asks first
            return
        self._made_when_drawn = len(self._made)
        call, flaw = self._plan[0], self._errors.draw(self._rng)
        if flaw is not None and isinstance(call, ToolCall):
            recovers = self._rng.random() < self._errors.recover
            self._err(flaw, FLAWS[flaw](call, self._plan, self._context(recovers)), recovers)

    def _err(self, flaw: str, plan: Plan, recovers: bool) -> None:
        """Go on by a flawed plan, if the flaw found anything to spoil."""
        if plan == self._plan:
            return
        self._right = self._plan if recovers and flaw in RETURNING else None
        self._plan = plan
        self.flaws.append(flaw)

    def _context(self, recovers: bool) -> Context:
        return Context(self._rng, self._tools, _seen(self._done), self._made, self._task.facts, recovers)

    def _occasion(self, flaw: str, which: str = "") -> bool:
        """Whether a flaw strikes that has one chance at each occasion."""
        if f"{flaw}{which}" in self._occasions:
            return False
        self._occasions.add(f"{flaw}{which}")
        return self._rng.random() < float(getattr(self._errors, flaw))

    def _forget_revision(self) -> None:
        """The user has thought again, and the agent may not have listened."""
        for revision in self._task.revisions:
            right = next((fact.value for fact in self._task.facts if fact.label == revision.label), None)
            if any(revision.text in text for text in self._heard) and self._occasion("deaf"):
                recovers = self._rng.random() < self._errors.recover
                self._err("deaf", _swapped(self._plan, right, revision.value), recovers)

    def _go_round(self) -> None:
        """A rule forbids what the user wants, and another tool may do it all the same."""
        step = self._plan[0] if self._plan else None
        if not (isinstance(step, Say) and step.what == "sorry" and self._occasion("workaround", str(step.goal))):
            return
        for refused in self._task.goals[step.goal].refused:
            others = [
                ToolCall(name=name, arguments={key: refused.arguments[key] for key in schema["required"]})
                for name, schema in sorted(self._tools.items())
                if name != refused.name
                and not looks(name)
                and set(schema.get("required") or [""]) <= set(refused.arguments)
            ]
            if others:
                rest = self._plan if self._rng.random() < self._errors.recover else self._plan[1:]
                self._err("workaround", [self._rng.choice(others), *rest], False)
                return

    def _outputs(self) -> Sequence[Json]:
        """Only what it was told or has seen, and does not keep to itself: it does not know the answers beforehand."""
        shown = [leaf for _, answer in self._done for leaf in parts(parsed(answer))]
        seen = [
            value
            for value in self._task.outputs
            if any(same(value, leaf) for leaf in shown) or any(carries(text, value) for text in self._heard)
        ]
        if seen and self._reported == 1 and self._occasion("silent"):
            self._withheld = [self._rng.choice(seen)]
            self.flaws.append("silent")
        return [value for value in seen if value not in self._withheld]


def _swapped(plan: Plan, right: Json, wrong: Json) -> Plan:
    """The plan with one value in place of another, wherever a call uses it."""
    return [substituted(step, right, wrong) if isinstance(step, ToolCall) else step for step in plan]


def _seen(done: Sequence[tuple[ToolCall, str]]) -> list[tuple[str, Json]]:
    """The (property, scalar) pairs of the tools' answers, each once, in order."""
    pairs: dict[tuple[str, str], tuple[str, Json]] = {}
    for _, answer in done:
        for name, value in properties(parsed(answer)):
            if isinstance(value, (str, int, float)):
                pairs.setdefault((name, repr(value)), (name, value))
    return list(pairs.values())
