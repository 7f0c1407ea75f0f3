"""The messages of one episode, as they come: what the agent does, and what it is answered."""

from __future__ import annotations

from collections.abc import Iterator

from agentgym.play.agents.agent import Turn, action
from agentgym.spaces import MAX_ACTION, REFUSED, Call, Parsed
from agentgym.types import Message, ToolCall

_NOTHING = Turn()


class Transcript:
    """Messages that pair: an assistant's calls stand in one message, and as many answers follow it in their order.

    An action that is neither call nor message is kept as its text, and what the environment said to it as the answer
    of a tool without a name. A call that was never answered, because the episode ended, is left out.
    """

    def __init__(self, policy: str) -> None:
        self._messages = [Message(role="system", content=policy)]
        self._beside = _NOTHING  # text and reasoning that belong to the next message of the assistant
        self._asked: ToolCall | None = None  # the call that waits for its answer
        self._refused = False  # the last action was neither call nor message
        self._calls: list[ToolCall] = []
        self._answers: list[Message] = []

    def hear(self, text: str) -> None:
        """What the user says. Raises ``TypeError`` or ``ValueError`` for what is no text."""
        self._messages.append(Message(role="user", content=_text(text)))

    def turn(self, said: object) -> Iterator[str]:
        """The actions of what an agent's ``act`` gave, one at a time. Raises ``TypeError`` for what is no turn."""
        self.pause()
        if isinstance(said, str):
            self._beside = _NOTHING
            return iter((said,))
        if not isinstance(said, Turn):
            raise TypeError(f"act() gave a {type(said).__name__}; a turn is a string or a Turn")
        content, calls, reasoning = said
        if not (isinstance(content, str) and isinstance(reasoning, str) and isinstance(calls, tuple)):
            raise TypeError("a Turn holds content, a string, calls, a tuple, and reasoning, a string")
        self._beside = Turn(_clean(content) if calls else "", (), _clean(reasoning))
        return map(action, calls) if calls else iter((content,))

    def act(self, action: str, what: Parsed) -> None:
        """The agent's next action, and what it was understood as."""
        self._refused = False
        if isinstance(what, Call):
            self._asked = ToolCall(name=what.name, arguments=what.arguments)
            return
        self.pause()
        self._refused = not isinstance(what, str)
        self._say(what if isinstance(what, str) else _clean(action), ())

    def answer(self, observation: str) -> None:
        """What the last action was answered. Raises ``TypeError`` or ``ValueError`` for what is no text."""
        asked = self._asked
        if asked is not None:
            failed = _text(observation).startswith(REFUSED)
            self._calls.append(asked)
            self._answers.append(Message(role="tool", name=asked.name, content=observation, error=failed))
            self._asked = None
        elif self._refused:
            self._messages.append(Message(role="tool", content=_text(observation), error=True))
        else:
            self.hear(observation)

    def pause(self) -> None:
        """Write down the calls made so far in this turn as one message with its answers."""
        self._asked = None
        if self._calls:
            self._say(self._beside.content, tuple(self._calls))
            self._messages += self._answers
            self._calls, self._answers = [], []

    def messages(self) -> tuple[Message, ...]:
        """The whole conversation so far."""
        self.pause()
        return tuple(self._messages)

    def _say(self, content: str, calls: tuple[ToolCall, ...]) -> None:
        reasoning = self._beside.reasoning
        self._beside = _NOTHING
        self._messages.append(Message(role="assistant", content=content, tool_calls=calls, reasoning=reasoning))


def _text(said: object) -> str:
    """Raises ``TypeError`` for what is no string, and ``ValueError`` for a lone surrogate, which no file can hold."""
    if not isinstance(said, str):
        raise TypeError(f"a {type(said).__name__} where text belongs")
    if not said.isascii():
        said.encode("utf-8")
    return said


def _clean(text: str) -> str:
    """As much of what a model wrote as a record keeps, with lone surrogates spelled out."""
    return text[:MAX_ACTION].encode("utf-8", "backslashreplace").decode()
