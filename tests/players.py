"""Agents and users for tests of the engine: they wait, and some of them misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from agentgym.play.agents.agent import Turn
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.types import Json, Task, ToolCall, Trajectory
from agentgym.users import Reply, ScriptedUser, Sight


async def pause(dice: Random) -> None:
    """Let others go first, as often as the dice say."""
    for _ in range(dice.randrange(7)):
        await asyncio.sleep(0)


class Patient:
    """The fallible agent, asked as a model is: its answers come later, in an order of their own."""

    name = "patient"

    def __init__(self, task: Task) -> None:
        self._agent = FallibleAgent(task)
        self._dice = Random(task.id)
        self.spent = {"tokens": 0.0}

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        self._agent.start(tools, policy, seed)
        self._dice = Random(f"{seed}")

    async def act(self, observations: tuple[str, ...]) -> str | Turn:
        await pause(self._dice)
        self.spent["tokens"] += 10
        return self._agent.act(observations)


class PatientUser(ScriptedUser):
    """The scripted user, asked as a model is."""

    __slots__ = ("spent",)

    def __init__(self, task: Task, seed: int = 0) -> None:
        super().__init__(task, seed)
        self.spent = {"tokens": 0.5}

    async def areply(self, message: str, sight: Sight) -> Reply:
        await pause(Random(message))
        return self.reply(message, sight)


class Crowd(GoldAgent):
    """Gold agents that all wait, after their first call, until as many of them as ``size`` have made theirs."""

    size = 0
    there = 0
    gate: asyncio.Event | None = None

    @classmethod
    def gather(cls, size: int) -> None:
        cls.size, cls.there, cls.gate = size, 0, None

    async def act(self, observations: tuple[str, ...]) -> str:  # type: ignore[override]  # as the protocol allows
        made = super().act(observations)
        if made.startswith("{") and not getattr(self, "passed", False):
            self.passed = True
            Crowd.gate = Crowd.gate or asyncio.Event()
            Crowd.there += 1
            if Crowd.there == Crowd.size:
                Crowd.gate.set()
            await Crowd.gate.wait()
        return made


class Script:
    """An agent that sends the given actions or turns; an exception among them is raised."""

    name = "script"

    def __init__(self, *actions: object) -> None:
        self._actions = iter(actions)
        self.seen: list[tuple[str, ...]] = []

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        pass

    def act(self, observations: tuple[str, ...]) -> str:
        self.seen.append(observations)
        action = next(self._actions, "Goodbye.")
        if isinstance(action, BaseException):
            raise action
        return action  # type: ignore[return-value]  # some scripts are wrong on purpose


class Later(Script):
    """The same script, awaited."""

    async def act(self, observations: tuple[str, ...]) -> str:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().act(observations)


def call(name: str, **arguments: Json) -> ToolCall:
    return ToolCall(name=name, arguments=arguments)


def assert_paired(made: Trajectory) -> None:
    """Every call is answered by one tool message, in order; and nothing else is."""
    waiting_for: list[str] = []
    for message in made.messages:
        if message.role == "tool" and message.name:
            assert waiting_for and message.name == waiting_for.pop(0), f"an answer to no call: {message}"
        elif message.role == "assistant":
            assert not waiting_for, f"calls without answers: {waiting_for}"
            waiting_for = [one.name for one in message.tool_calls]
        else:
            assert not waiting_for, f"calls without answers: {waiting_for}"
    assert not waiting_for, f"calls without answers: {waiting_for}"
