"""An agent's conversation, as its model reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from agentgym.hygiene import neutralise
from agentgym.llm import AskedCall, Chat, Completion, prompt
from agentgym.play.agents.moves import said
from agentgym.types import Json

_OFF = re.compile(r"[^A-Za-z0-9_-]")  # what endpoints do not take in the name of a tool


class Conversation:
    """Messages in OpenAI's form. With ``written`` tools, calls and results are text: ``<tool_call>``, as Hermes has it.

    What users and tools say cannot begin a turn or a call of its own: control tokens in it, which servers would read as
    such, are spelled as in training data (``agentgym.hygiene``).
    """

    def __init__(self, system: str = "", written: Sequence[Json] = (), *, reasoning: bool = False) -> None:
        """``reasoning``: keep what the model thought, as ``reasoning_content``."""
        self._written = bool(written)
        self._reasoning = reasoning
        system = neutralise(system)
        if written:
            tools = "\n".join(neutralise(json.dumps(tool, ensure_ascii=False)) for tool in written)
            system = f"{system}\n\n{prompt('agentgym.play.agents', 'tools.md', tools=tools)}"
        self._messages: list[Chat] = [{"role": "system", "content": system}]
        self._open: dict[str, str | None] = {}  # results of the last turn's calls by id, in the order of the calls

    def user(self, words: str) -> None:
        self._messages.append({"role": "user", "content": neutralise(words)})

    def assistant(self, completion: Completion, original: str) -> None:
        """The model's turn. ``original``: its text with the calls that it wrote there."""
        words = said(completion)
        message: Chat = {"role": "assistant", "content": completion.text if words is None else words}
        if words is None:
            self._open = dict.fromkeys(call.id for call in completion.calls)
            if self._written:
                message["content"] = original
            else:
                message["tool_calls"] = [_function_call(call) for call in completion.calls]
        if self._reasoning and completion.reasoning:
            message["reasoning_content"] = completion.reasoning
        self._messages.append(message)

    def result(self, identity: str, content: str) -> None:
        """What a call was answered. When all of a turn are, they follow it in the order of the calls."""
        self._open[identity] = neutralise(content)
        if None in self._open.values():
            return
        if self._written:
            results = [f"<tool_response>\n{answer}\n</tool_response>" for answer in self._open.values()]
            self._messages.append({"role": "user", "content": "\n".join(results)})
        else:
            for call, answer in self._open.items():
                self._messages.append({"role": "tool", "tool_call_id": call, "content": answer})
        self._open = {}

    def messages(self, nudge: str = "") -> tuple[Chat, ...]:
        """The whole conversation; with ``nudge``, a last word of the user that is not kept."""
        return (*self._messages, {"role": "user", "content": nudge}) if nudge else tuple(self._messages)


def _function_call(call: AskedCall) -> Json:
    """A call as the model reads it again. What was no JSON object is wrapped in one: servers refuse a bad history."""
    raw = call.raw if call.arguments is not None else json.dumps({"malformed": call.raw}, ensure_ascii=False)
    name = _OFF.sub("_", call.name)[:64] or "unknown"
    return {"id": call.id, "type": "function", "function": {"name": name, "arguments": raw or "{}"}}
