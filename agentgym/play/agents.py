"""What an agent is, and the gold one, which needs no model."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from agentgym.spaces import REFUSED
from agentgym.types import Fact, Json, Task, ToolCall
from agentgym.world.naming import words

Plan: TypeAlias = list[ToolCall]

_READING = frozenset({"get", "list", "search", "find", "count", "check", "show"})

_ASK = (
    "Could you tell me {labels}?",
    "I can help with that. What is {labels}?",
    "To go on I need {labels}. Could you give me that?",
    "Before I continue: what is {labels}?",
)
_DONE = (
    "All done: {steps}.{outputs}",
    "That is taken care of: {steps}.{outputs}",
    "I have finished what you asked for: {steps}.{outputs}",
)
_FOUND = ("I looked it up.{outputs}", "Here is what I found.{outputs}", "I have checked that for you.{outputs}")
_MAX_ASKED = 2  # times one fact is asked for before the agent goes on without an answer


class Turn(NamedTuple):
    """What an agent does next: calls, or words to the user. The calls of one turn are made in order, then answered."""

    content: str = ""  # to the user where there are no calls; beside calls nobody but the record hears it
    calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""


class Agent(Protocol):
    """Whatever plays the assistant: one instance an episode, ``start`` once, then ``act`` until the user stops."""

    name: str

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """Read the OpenAI function list and the domain's policy. ``seed`` fixes whatever is drawn."""

    def act(self, observations: tuple[str, ...]) -> str | Turn | Awaitable[str | Turn]:
        """Go on: with an action of ``ToolEnv``, or a turn.

        ``observations``: the opening message, the user's reply, or the answers to the last turn's calls in their order.
        An agent that asks a model returns a coroutine, so that thousands can wait for theirs at once.
        """


MakeAgent: TypeAlias = Callable[[Task], Agent]


def action(call: ToolCall) -> str:
    """The action string of a tool call."""
    return json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)


class GoldAgent:
    """Makes the task's gold calls, after asking for the facts the user has not told yet, then reports.

    It speaks from fixed phrases, so that its trajectories hold real dialogue without a model.
    """

    name = "gold"

    def __init__(self, task: Task) -> None:
        self._task = task
        self._rng = random.Random(task.id)
        self._plan: Plan = list(task.gold)
        self._made: list[ToolCall] = []
        self._done: list[ToolCall] = []  # of those made, the ones that no tool refused
        self._told: list[str] = []  # what the user said
        self._results: list[str] = []  # what tools answered
        self._asked: dict[str, int] = {}  # fact label -> times asked for
        self._reported = False  # it has told the user that all is done
        self._spoke = True  # the last action was a message, so the next observation is the user's

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        self._rng = random.Random(f"{self.name}/{self._task.id}/{seed}")

    def act(self, observations: tuple[str, ...]) -> str:
        (observation,) = observations  # it makes one call a turn
        (self._told if self._spoke else self._results).append(observation)
        if not self._spoke and not observation.startswith(REFUSED):
            self._done.append(self._made[-1])
        self._revise()
        untold = self._untold(self._plan[0]) if self._plan else []
        self._spoke = bool(untold) or not self._plan
        if untold:
            return self._ask(untold)
        return self._report() if self._spoke else self._call()

    def _revise(self) -> None:
        """Change the plan before the next action; gold needs no change."""

    def _call(self) -> str:
        call = self._plan.pop(0)
        self._made.append(call)
        return action(call)

    def _untold(self, call: ToolCall) -> list[Fact]:
        """The facts whose values ``call`` uses and the user has not told, in the task's order."""
        said = "\n".join(self._told)
        used = list(parts(call.arguments))
        return [
            fact
            for fact in self._task.facts
            if self._asked.get(fact.label, 0) < _MAX_ASKED
            and any(same(fact.value, part) for part in used)
            and fact.text not in said
            and not mentioned(fact.value, said)
        ]

    def _ask(self, facts: list[Fact]) -> str:
        labels = list(dict.fromkeys(fact.label for fact in facts))
        for label in labels:
            self._asked[label] = self._asked.get(label, 0) + 1
        return self._rng.choice(_ASK).format(labels=_listed([f"the {label}" for label in labels]))

    def _report(self) -> str:
        self._reported = True
        values = _listed(list(map(spoken, self._outputs())))
        outputs = f" The answer is {values}." if values else ""
        steps = dict.fromkeys(" ".join(words(call.name)) for call in self._done if not looks(call.name))
        phrase = self._rng.choice(_DONE if self._task.writes and steps else _FOUND)
        return phrase.format(steps=_listed(list(steps)), outputs=outputs)

    def _outputs(self) -> Sequence[Json]:
        return self._task.outputs


def looks(tool: str) -> bool:
    """Whether a tool's name says that it only looks: an agent is not told which tools write."""
    return not _READING.isdisjoint(words(tool)[:1])


def mentioned(value: Json, text: str) -> bool:
    """Whether ``text`` holds ``value`` on token bounds: "10" is not in "100". An object needs all its values."""
    if isinstance(value, dict):
        return all(mentioned(part, text) for part in value.values())
    if isinstance(value, list):
        return all(mentioned(part, text) for part in value)
    forms = {spoken(value), spoken(value).replace("_", " ")}  # people say "by mistake" for by_mistake
    if isinstance(value, float) and value.is_integer():
        forms.add(str(int(value)))
    pattern = "|".join(re.escape(form) for form in sorted(forms))
    return re.search(rf"(?<![\w.])(?:{pattern})(?!\w|\.\d)", text, re.IGNORECASE) is not None


def same(left: Json, right: Json) -> bool:
    """JSON equality: True is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def parts(value: Json) -> Iterator[Json]:
    """``value`` and everything nested in it."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


def spoken(value: Json) -> str:
    """``value`` as a sentence carries it: a string without quotes, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
