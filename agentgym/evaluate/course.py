"""An episode as it is driven: actions are parsed and counted, and it ends once.

Methods are generators, as interactions are (``agentgym.play.rollouts.interaction``): they yield what has to be awaited,
a model's answer, and are sent the result. With a user that asks nobody they never yield.
"""

from __future__ import annotations

from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any

from agentgym.errors import ToolError
from agentgym.evaluate.benchmark import Answer, Episode, Now, Outcome, T
from agentgym.play.rollouts.interaction import Waits
from agentgym.play.rollouts.waiting import answer
from agentgym.spaces import REFUSED, Parsed, understood


class Course:
    """Drives an ``Episode``."""

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self.steps = 0
        self.outcome: Outcome | None = None

    def begin(self) -> Waits[str]:
        """Start. The user's opening message."""
        return (yield from _awaited(self.episode.begin()))

    def step(self, action: object) -> Waits[Answer]:
        """One action, a call or a message; what is neither is refused, and counts as well."""
        return self.do(understood(action))

    def do(self, what: Parsed) -> Waits[Answer]:
        """The same for an action that has been parsed."""
        assert self.outcome is None, "an episode that is over takes no more actions"
        self.steps += 1
        if isinstance(what, ToolError):
            answer = Answer(f"{REFUSED}{what}")
        elif isinstance(what, str):
            answer = yield from _awaited(self.episode.say(what))
        else:
            answer = yield from _awaited(self.episode.call(what))
        self.outcome = answer.outcome
        if self.outcome is None and self.steps >= self.episode.max_steps:
            self.outcome = self.episode.cut()
        return Answer(answer.text, self.outcome)

    def turn_over(self) -> Outcome | None:
        """The agent's turn is made in full. How the episode ended, if it has."""
        if self.outcome is None:
            self.outcome = self.episode.turn_over()
        return self.outcome


async def driven(waits: Waits[T], awaitable: Awaitable[Any] | None = None) -> T:
    """Await whatever a generator asks for, until it is done; ``awaitable``: what it has asked for already."""
    try:
        if awaitable is None:
            awaitable = next(waits)
        while True:
            try:
                came = await answer(awaitable)
            except Exception as error:
                awaitable = waits.throw(error)
            else:
                awaitable = waits.send(came)
    except StopIteration as done:
        result: T = done.value
        return result


def _awaited(value: Now[T]) -> Waits[T]:
    if isawaitable(value):
        result: T = yield value
        return result
    return value
