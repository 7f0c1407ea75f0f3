"""What a user is, whoever plays it: the messages it sends, and what it sees of its own affairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from agentgym.types import Stop, Task


class Reply(NamedTuple):
    """What the user says, and why the episode ends there, if it does."""

    text: str
    stop: Stop | None = None


class Sight(NamedTuple):
    """What the user sees of their own affairs when the agent has spoken. Goals stand by their places in the task."""

    met: bool  # all is as they wanted it, and they have been told what they asked for
    open: tuple[int, ...] = ()  # the goals that are not done; () where met
    unsaid: tuple[int, ...] = ()  # those of ``open`` of which only an answer is missing


class User(Protocol):
    """Whoever talks with the agent. One that asks a model may also have ``areply``, the same as a coroutine."""

    def open(self) -> str:
        """The first message."""
        ...

    def reply(self, message: str, sight: Sight) -> Reply:
        """Answer ``message``. Raises an ``AgentGymError`` where it cannot."""
        ...


UserFactory: TypeAlias = Callable[[Task, int], User]  # (task, seed) -> a user for one episode
