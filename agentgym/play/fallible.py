"""An agent that errs as models do, so that filters, rewards and training sets have something to tell apart."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgym.play.agents import GoldAgent, Plan, looks, mentioned, parts, same
from agentgym.types import Fact, Json, Task, ToolCall
from agentgym.world.naming import words


@dataclass(frozen=True)
class ErrorModel:
    """How often ``FallibleAgent`` errs: probabilities per planned call, at most one flaw a call.

    After a flaw that leaves the call unmade, the right call follows with probability ``recover``.
    """

    wrong_value: float = 0.05
    missing_argument: float = 0.04
    unknown_tool: float = 0.04
    wrong_entity: float = 0.03
    invented_value: float = 0.03
    wrong_order: float = 0.03
    needless_read: float = 0.05
    early_stop: float = 0.03
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


def _wrong_value(plan: Plan, context: Context) -> Plan:
    call = plan[0]
    if not call.arguments:
        return plan
    name = context.rng.choice(sorted(call.arguments))
    schema = context.tools.get(call.name, {}).get("properties", {}).get(name, {})
    value = perturb(call.arguments[name], schema, context.rng)
    return context.after(_replace(call, name, value), plan)


def _missing_argument(plan: Plan, context: Context) -> Plan:
    call = plan[0]
    required = [name for name in context.tools.get(call.name, {}).get("required", ()) if name in call.arguments]
    if not required:
        return plan
    dropped = context.rng.choice(required)
    arguments = {name: value for name, value in call.arguments.items() if name != dropped}
    return context.after(ToolCall(name=call.name, arguments=arguments), plan)


def _unknown_tool(plan: Plan, context: Context) -> Plan:
    name_words = words(plan[0].name)
    name = "_".join(reversed(name_words)) if len(name_words) > 1 else f"{plan[0].name}_now"
    return plan if name in context.tools else context.after(ToolCall(name=name, arguments=plan[0].arguments), plan)


def _wrong_entity(plan: Plan, context: Context) -> Plan:
    """Confuse one row with another seen under the same property, from here to the end."""
    options = [
        (value, other)
        for _, value in sorted(plan[0].arguments.items())
        if isinstance(value, (str, int)) and not isinstance(value, bool)
        for key, other in context.seen
        if other != value and type(other) is type(value) and (key, value) in context.seen
    ]
    if not options:
        return plan
    right, wrong = context.rng.choice(options)
    return [_substitute(call, right, wrong) for call in plan]


def _invented_value(plan: Plan, context: Context) -> Plan:
    """Fill in what the user was never asked for."""
    used = [part for call in plan for part in parts(call.arguments)]
    facts = [fact for fact in context.facts if any(same(fact.value, part) for part in used)]
    if not facts:
        return plan
    fact = context.rng.choice(facts)
    invented = perturb(fact.value, {}, context.rng)
    return [_substitute(call, fact.value, invented) for call in plan]


def _wrong_order(plan: Plan, context: Context) -> Plan:
    return [plan[1], plan[0], *plan[2:]] if len(plan) > 1 else plan


def _needless_read(plan: Plan, context: Context) -> Plan:
    """Look something up again, or something that nobody asked about."""
    listings = [ToolCall(name=name) for name, schema in sorted(context.tools.items()) if not schema.get("required")]
    reads = [call for call in (*context.made, *listings) if looks(call.name)]
    return [context.rng.choice(reads), *plan] if reads else plan


def _early_stop(plan: Plan, context: Context) -> Plan:
    return []


FLAWS: dict[str, Callable[[Plan, Context], Plan]] = {
    "wrong_value": _wrong_value,
    "missing_argument": _missing_argument,
    "unknown_tool": _unknown_tool,
    "wrong_entity": _wrong_entity,
    "invented_value": _invented_value,
    "wrong_order": _wrong_order,
    "needless_read": _needless_read,
    "early_stop": _early_stop,
}


class FallibleAgent(GoldAgent):
    """A gold agent that errs by an ``ErrorModel``: some episodes recover, some end wrong and must be filtered."""

    name = "fallible"

    def __init__(self, task: Task, errors: ErrorModel | None = None) -> None:
        super().__init__(task)
        self._errors = errors or ErrorModel()
        self._tools: dict[str, Json] = {}
        self._made_when_drawn = -1
        self.flaws: list[str] = []  # what went wrong so far, for tests and statistics

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        super().start(tools, policy, seed)
        self._tools = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}

    def _revise(self) -> None:
        if self._reported and not self._plan and self._rng.random() < self._errors.recover:
            # The user is not content: do what was left out.
            self._plan = [call for call in self._task.gold if call not in self._done]
        if not self._plan or self._made_when_drawn == len(self._made):  # one draw a call, however often it asks first
            return
        self._made_when_drawn = len(self._made)
        flaw = self._errors.draw(self._rng)
        if flaw is None:
            return
        recovers = self._rng.random() < self._errors.recover
        context = Context(self._rng, self._tools, _seen(self._results), self._made, self._task.facts, recovers)
        plan = FLAWS[flaw](self._plan, context)
        if plan != self._plan:
            self._plan = plan
            self.flaws.append(flaw)

    def _outputs(self) -> Sequence[Json]:
        """Only what it was told or has seen: this agent does not know the answers beforehand."""
        heard = "\n".join(self._told + self._results)
        return [value for value in self._task.outputs if mentioned(value, heard)]


def perturb(value: Json, schema: Json, rng: random.Random) -> Json:
    """Another value of the same type: another enum member, a changed digit, a number nearby, a shorter list."""
    others = [item for item in schema.get("enum", ()) if item != value]
    if others:
        return rng.choice(others)
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + rng.choice((1, 2, 10))
    if isinstance(value, list):
        return value[:-1]
    if isinstance(value, dict):
        name = rng.choice(sorted(value)) if value else "note"
        return {**value, name: perturb(value.get(name), {}, rng)}
    return _misspell(value, rng) if isinstance(value, str) else "unknown"


def _misspell(text: str, rng: random.Random) -> str:
    """Change one digit, or double one letter where there is no digit."""
    places = [place for place, sign in enumerate(text) if sign in "0123456789"]
    if places:
        place = rng.choice(places)
        return f"{text[:place]}{(int(text[place]) + rng.randint(1, 9)) % 10}{text[place + 1 :]}"
    place = rng.randrange(len(text)) if text else 0
    return f"{text[: place + 1]}{text[place : place + 1] or 'x'}{text[place + 1 :]}"


def _replace(call: ToolCall, name: str, value: Json) -> ToolCall:
    return ToolCall(name=call.name, arguments={**call.arguments, name: value})


def _substitute(call: ToolCall, old: Json, new: Json) -> ToolCall:
    """``call`` with every part of its arguments that equals ``old`` replaced."""

    def walk(value: Json) -> Json:
        if same(value, old):
            return new
        if isinstance(value, dict):
            return {name: walk(part) for name, part in value.items()}
        return [walk(part) for part in value] if isinstance(value, list) else value

    return ToolCall(name=call.name, arguments={name: walk(value) for name, value in call.arguments.items()})


def _seen(results: list[str]) -> list[tuple[str, Json]]:
    """The (property, scalar) pairs of the tool results that are JSON, each once, in order."""
    pairs: dict[tuple[str, str], tuple[str, Json]] = {}
    for text in results:
        try:
            value = json.loads(text)
        except ValueError:
            continue
        for part in parts(value):
            for name, inner in part.items() if isinstance(part, dict) else ():
                if isinstance(inner, (str, int, float)):
                    pairs.setdefault((name, repr(inner)), (name, inner))
    return list(pairs.values())
