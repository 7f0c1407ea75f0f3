"""An episode without a user: a world, a task, and whoever calls the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentgym.errors import TaskError
from agentgym.hygiene import neutralise
from agentgym.learn.rl.rewards import Shaping, score
from agentgym.result import ToolResult
from agentgym.spaces import RESPOND, observe
from agentgym.types import Json, Schema, Task, ToolCall
from agentgym.world.world import World

if TYPE_CHECKING:
    from agentgym.world.load import LoadedDomain

MAX_CALLS = 30  # of an episode, as many as the steps of a ``ToolEnv``


class _Episode:
    """How far one has come."""

    __slots__ = ("asked", "made", "said", "task")

    def __init__(self, task: Task) -> None:
        self.task = task
        self.asked = 0  # calls, refused ones too
        self.made: list[ToolCall] = []  # those that succeeded
        self.said: tuple[str, ...] = ()


class Solo:
    """One world for any number of episodes of a domain, one after the other. No call that is sent to it raises."""

    def __init__(self, loaded: LoadedDomain, max_calls: int = MAX_CALLS) -> None:
        """``max_calls``: whoever makes more is told that the episode is over, and earns nothing."""
        if max_calls < 1:
            raise ValueError(f"max_calls={max_calls}; an episode needs at least one call")
        self.loaded = loaded
        self.max_calls = max_calls
        self.schemas: dict[str, Schema] = {name: tool.spec.parameters for name, tool in loaded.tools.items()}
        self.schemas[RESPOND] = {}  # models that take it for a tool write it like one
        self._world = World(loaded)
        self._episode: _Episode | None = None

    def begin(self, task: Task) -> None:
        """Start an episode; nothing is left of the last one. Raises ``TaskError`` where the task does not fit."""
        self._episode = None  # should the rows not fit, there is no episode
        self._world.reset(task.state)
        self._episode = _Episode(task)

    def act(self, name: str, arguments: dict[str, Json]) -> str:
        """Call a tool. Its answer as compact JSON, or ``Error: ...``; without control tokens of chat templates.

        Raises ``TaskError`` before ``begin``, as all that follow.
        """
        return neutralise(observe(self.call(name, arguments)))

    def call(self, name: str, arguments: dict[str, Json]) -> ToolResult:
        """Call a tool; what it answers, as the world gives it."""
        episode = self._playing()
        episode.asked += 1
        if episode.asked > self.max_calls:
            return ToolResult(error=f"the episode is over after {self.max_calls} calls")
        result = self._world.call(name, arguments)
        if result.error is None:
            episode.made.append(ToolCall(name=name, arguments=arguments))
        return result

    def tell(self, *messages: str) -> None:
        """What the agent says to the user in this episode, all of it: the next ``tell`` replaces it."""
        self._playing().said = messages

    def reward(self, shaping: Shaping) -> float:
        """What the episode earns so far, 0 to 1. A user who was told nothing was not told what they asked for."""
        episode = self._playing()
        if episode.asked > self.max_calls:
            return 0.0
        return score(episode.task, self.loaded.domain, self._world.diff(), episode.made, episode.said, shaping)

    def _playing(self) -> _Episode:
        if self._episode is None:
            raise TaskError(f"no episode of {self.loaded.domain.name} has begun; reset the environment with a task")
        return self._episode
