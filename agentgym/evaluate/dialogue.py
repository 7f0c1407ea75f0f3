"""What dialogues of the official benchmarks have in common: an agent and a caller who talk until one ends it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from agentgym.evaluate.asking import now
from agentgym.evaluate.benchmark import Answer, Now, Outcome
from agentgym.play.rollouts.interaction import Waits

CUT = Outcome(0.0, "max_steps")  # τ-bench and τ²-bench score an episode that has not ended with 0


class Talker(Protocol):
    """Who plays the user of one episode. What is added to this are generators that yield what has to be awaited."""

    @property
    def spent(self) -> dict[str, float]:
        """Tokens and money so far; {} where no model is asked."""


C = TypeVar("C", bound=Talker)


class Dialogue(ABC, Generic[C]):
    """The part of an ``Episode`` that does not depend on the official code."""

    def __init__(self, caller: C) -> None:
        """``caller`` plays the user."""
        self._caller = caller

    @property
    def spent(self) -> dict[str, float]:
        return self._caller.spent

    def begin(self) -> Now[str]:
        return now(self._begin())

    def say(self, text: str) -> Now[Answer]:
        return now(self._say(text))

    def turn_over(self) -> Outcome | None:
        return None  # a call or a message ends it, or nothing

    def cut(self) -> Outcome:
        return CUT

    @abstractmethod
    def _begin(self) -> Waits[str]:
        """The user's opening message."""

    @abstractmethod
    def _say(self, text: str) -> Waits[Answer]:
        """The user's answer to a message."""
