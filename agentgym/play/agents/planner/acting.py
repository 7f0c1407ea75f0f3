"""How the planner acts: calls as steps of a generator, what came of them, and a log of why."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from agentgym.play.agents.agent import action, parsed
from agentgym.play.agents.planner.memory import Known, Memory, identify, top
from agentgym.play.agents.planner.toolbox import Tool
from agentgym.spaces import REFUSED
from agentgym.types import Json, ToolCall

Move: TypeAlias = Generator[str, str, Json]  # yields actions, is sent observations


class Answer(NamedTuple):
    """What came of a call."""

    tool: Tool
    arguments: dict[str, Json]
    text: str  # the observation
    rows: tuple[Known, ...]

    @property
    def error(self) -> str:
        """Why the tool refused; "" where it did not."""
        return self.text.removeprefix(REFUSED).strip() or "unknown" if self.text.startswith(REFUSED) else ""


@dataclass
class Hands:
    """Makes calls, keeps what they show, and writes the log."""

    memory: Memory
    log: list[dict[str, Json]] = field(default_factory=list)
    steps: int = 0
    _seen: dict[str, Answer] = field(default_factory=dict)  # looks since the last write

    def call(self, tool: Tool, arguments: dict[str, Json]) -> Generator[str, str, Answer]:
        """Make a call, whatever it answers."""
        self.steps += 1
        sent = action(ToolCall(name=tool.name, arguments=arguments))
        observation = yield sent
        answer = self._answer(tool, arguments, observation)
        self.note("call", tool=tool.name, arguments=arguments, error=answer.error)
        if answer.error:
            return answer
        if tool.reads:
            self._seen[sent] = answer
            return answer
        self._seen.clear()
        if tool.kind == "create":
            made = (
                identify(content[0], tool.noun, self.memory.toolbox) if (content := top(parsed(observation))) else None
            )
            if made is not None and made[1] is not None:
                self.memory.made.setdefault(made[0], []).append(made[1])
                self.memory.attend(*made)
        return answer

    def look(self, tool: Tool, arguments: dict[str, Json]) -> Generator[str, str, Answer]:
        """Make a reading call, or remember what it answered."""
        known = self._seen.get(action(ToolCall(name=tool.name, arguments=arguments)))
        if known is not None:
            return known
        return (yield from self.call(tool, arguments))

    def _answer(self, tool: Tool, arguments: dict[str, Json], observation: str) -> Answer:
        if observation.startswith(REFUSED):
            return Answer(tool, arguments, observation, ())
        return Answer(tool, arguments, observation, tuple(self.memory.learn(tool, observation)))

    def note(self, step: str, **facts: Json) -> None:
        """Remember why something was done; plain data, for people who debug."""
        self.log.append({"step": step, **facts})
