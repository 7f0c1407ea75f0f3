"""The scripted user of official tasks, which have an instruction for a model and nothing that a rule could play."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from agentgym.spaces import Call

_END = re.compile(
    r"\b(?:done|completed?|finished|all set|anything else|goodbye|have a \w+ day|transferred)\b", re.IGNORECASE
)
_GO_ON = "Yes, please. Do all that I have asked for, and tell me when it is done."
_DECODER = json.JSONDecoder()


class Said(NamedTuple):
    """What the user says, or does with tools of its own before it says anything; ``over``: it ends the chat."""

    text: str
    over: bool = False
    calls: tuple[Call, ...] = ()


class Instructed:
    """Tells its whole instruction at once, agrees to everything, and ends when it hears that it is done.

    It stands in where no model is at hand, and knows nothing of the right calls. Tools of its own it uses when it is
    sent a call, ``{"name": ..., "arguments": {...}}``, within a message. Figures that were played with it are not
    comparable to published ones, whose users tell their part bit by bit.
    """

    def __init__(self, instruction: str, tools: tuple[str, ...] = ()) -> None:
        self._tools = tools
        self.opening = instruction
        if tools:
            example = '{"name": ..., "arguments": {...}}'
            self.opening += f"\n\nSend me calls as {example} and I make them here. My tools: {', '.join(tools)}."

    def reply(self, text: str) -> Said:
        """Answer the agent's message. An agent with nothing to say is done as well."""
        calls = tuple(call for call in _calls(text) if call.name in self._tools)
        if calls:
            return Said("", calls=calls)
        over = not text.strip() or _END.search(text) is not None
        return Said("Thank you, goodbye." if over else _GO_ON, over)


def _calls(text: str) -> Iterator[Call]:
    """The calls that are written in ``text``, one after another."""
    place = text.find("{")
    while place != -1:
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            if isinstance(value, dict) and value.keys() == {"name", "arguments"}:
                name, arguments = value["name"], value["arguments"]
                if isinstance(name, str) and isinstance(arguments, dict):
                    yield Call(name, arguments)
        place = text.find("{", end)
