"""Users who talk with the agent in words alone, as those of τ-bench and ACEBench do."""

from __future__ import annotations

from typing import Protocol

from agentgym.evaluate.dialogue import Talker
from agentgym.evaluate.instructed import Instructed
from agentgym.play.rollouts.interaction import Waits


class Caller(Talker, Protocol):
    """A user of one episode. The methods are generators that yield what has to be awaited."""

    def open(self) -> Waits[str]:
        """The first message."""

    def reply(self, text: str) -> Waits[str]:
        """Answer the agent."""


class Scripted:
    """``Instructed``, by the sign with which a benchmark's users end an episode."""

    def __init__(self, instruction: str, sign: str) -> None:
        self.spent: dict[str, float] = {}
        self._user = Instructed(instruction)
        self._sign = sign

    def open(self) -> Waits[str]:
        yield from ()
        return self._user.opening

    def reply(self, text: str) -> Waits[str]:
        yield from ()
        said = self._user.reply(text)
        return self._sign if said.over else said.text
