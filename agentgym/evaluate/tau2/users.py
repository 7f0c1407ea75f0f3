"""Who talks with the agent in τ²-bench: someone who may have tools of their own, such as those of a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from agentgym.errors import BadAnswer
from agentgym.evaluate.asking import Asked
from agentgym.evaluate.dialogue import Talker
from agentgym.evaluate.instructed import Instructed
from agentgym.evaluate.tau2.official import Official
from agentgym.llm import AskedCall
from agentgym.play.rollouts.interaction import Waits
from agentgym.types import Json


class Caller(Talker, Protocol):
    """A user of one episode. Messages are official ones."""

    def hear(self, heard: Sequence[Any]) -> Waits[Any]:
        """Take in what the agent says, or the answers to its own calls. The user's next message, words or calls.

        It is a generator that yields what has to be awaited.
        """


class Scripted:
    """``Instructed``, by τ²-bench's messages."""

    def __init__(self, code: Official, instruction: str, tools: Sequence[Any]) -> None:
        self.spent: dict[str, float] = {}
        self._code = code
        self._user = Instructed(instruction, tuple(tool.name for tool in tools))
        self._opened = False
        self._calls = 0

    def hear(self, heard: Sequence[Any]) -> Waits[Any]:
        yield from ()
        if not self._opened:
            self._opened = True
            return self._words(self._user.opening)
        if heard[0].role == "tool":
            return self._words("\n".join(f"I see: {message.content}" for message in heard))
        said = self._user.reply(heard[0].content)
        if not said.calls:
            return self._words(self._code.stop if said.over else said.text)
        calls = []
        for name, arguments in said.calls:
            self._calls += 1
            calls.append(_call(self._code, f"user_{self._calls}", name, arguments))
        return self._code.message.UserMessage(role="user", tool_calls=calls)

    def _words(self, text: str) -> Any:
        return self._code.message.UserMessage(role="user", content=text)


class Modelled:
    """A model in the part that the official simulator gives it: its class builds the prompt and the conversation."""

    def __init__(self, code: Official, instruction: str, tools: Sequence[Any], asked: Asked) -> None:
        self._code = code
        self._tools: tuple[Json, ...] = tuple(tool.openai_schema for tool in tools)
        simulator = code.simulator(llm="", tools=list(tools) or None, instructions=instruction)
        self._state = simulator.get_init_state()
        self._asked = asked

    @property
    def spent(self) -> dict[str, float]:
        return self._asked.spent

    def hear(self, heard: Sequence[Any]) -> Waits[Any]:
        state = self._state
        state.messages.extend(heard)
        chats = self._code.chats(state.system_messages + state.flip_roles())
        answer = yield from self._asked.ask(tuple(chats), self._tools)
        calls = [self._read(call) for call in answer.calls]
        said = self._code.message.UserMessage(role="user", content=answer.text or None, tool_calls=calls or None)
        state.messages.append(said)
        return said

    def _read(self, call: AskedCall) -> Any:
        if call.arguments is None:
            raise BadAnswer(f"the user's model calls {call.name!r} with what is no JSON object: {call.raw[:200]!r}")
        return _call(self._code, call.id, call.name, call.arguments)


def _call(code: Official, identity: str, name: str, arguments: dict[str, Json]) -> Any:
    return code.message.ToolCall(id=identity, name=name, arguments=arguments, requestor="user")
