"""A benchmark in a few lines, whose user may be a model that fails as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agentgym.errors import LLMError
from agentgym.evaluate.benchmark import Answer, Identity, Now, Outcome
from agentgym.evaluate.puppets import Puppet
from agentgym.play.agents.agent import Agent, Turn
from agentgym.spaces import REFUSED, Call
from agentgym.types import Json, ToolCall

TOOL: Json = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add a number to the sum.",
        "parameters": {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
    },
}


class Sums:
    """A user who wants a sum: the agent adds numbers up, and says that it is done."""

    def __init__(self, task: str, seed: int, max_steps: int, user: Callable[[int], None]) -> None:
        self.tools: Sequence[Json] = [TOOL]
        self.policy = "Add numbers up."
        self.max_steps = max_steps
        self.spent: dict[str, float] = {}
        self.closed = 0
        self._wanted, self._sum, self._seed, self._user = int(task), 0, seed, user

    def begin(self) -> str:
        return f"Make it {self._wanted}."

    def call(self, call: Call) -> Answer:
        if call.name != "add":
            return Answer(f"{REFUSED}there is no tool {call.name!r}")
        self._sum += call.arguments["number"]
        return Answer(str(self._sum))

    def say(self, text: str) -> Now[Answer]:
        return self._reply(text)

    def turn_over(self) -> Outcome | None:
        return None

    def cut(self) -> Outcome:
        return Outcome(0.0, "max_steps")

    def close(self) -> None:
        self.closed += 1

    async def _reply(self, text: str) -> Answer:
        self._user(self._seed)
        self.spent = {"user_dollars": 0.5}
        right = self._sum == self._wanted
        return Answer("Bye.", Outcome(float(right), "user_done", {"off": abs(self._sum - self._wanted)}))


def content(seed: int) -> None:
    """A user that is always there."""


@dataclass
class Toy:
    """Tasks "1" to "4"; odd ones are one group and even ones the other."""

    name: str = "toy"
    user: str = "scripted"
    guided: bool = False
    max_steps: int = 6
    talks: Callable[[int], None] = content  # called with the seed before the user answers; it may raise
    made: list[Sums] = field(default_factory=list)  # episodes

    def identity(self) -> Identity:
        return Identity(name="toys", version="1", commit="c" * 40, modified=False, data={"sums": "d"})

    def tasks(self) -> list[str]:
        return ["1", "2", "3", "4"]

    def group(self, task: str) -> str:
        return "odd" if int(task) % 2 else "even"

    def episode(self, task: str, seed: int) -> Sums:
        self.made.append(Sums(task, seed, self.max_steps, self.talks))
        return self.made[-1]

    def puppet(self, kind: str, task: str) -> Agent | None:
        ones = [Turn(calls=(ToolCall(name="add", arguments={"number": 1}),))] * int(task)
        turns = {
            "gold": [*ones, Turn("Done.")],
            "null": [Turn()],
            "talk": [Turn("1")],
            "one": [*ones[:1], Turn("Done.")],
        }
        return Puppet(kind, turns[kind]) if kind in turns else None

    def summary(self, rewards: dict[str, float]) -> dict[str, float]:
        return {"accuracy": sum(rewards.values()) / 2} if len(rewards) == 2 else {}


def away(*seeds: int) -> Callable[[int], None]:
    """A user whose model is out of reach in the trials with these seeds."""

    def talks(seed: int) -> None:
        if seed in seeds:
            raise LLMError("the user's model is out of reach")

    return talks
