"""What a model's answer asks the environment to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from agentgym.errors import ToolError
from agentgym.llm import AskedCall, Completion
from agentgym.play.agents.agent import Turn
from agentgym.spaces import RESPOND, parse_action
from agentgym.types import ToolCall

_NO_TOOL = "Error: respond is no tool. When all calls are answered, write to the user in plain text, without a call."


class Move(NamedTuple):
    """One thing to do in the environment, as a part of a model's turn or all of it."""

    turn: Turn
    answers: tuple[str, ...] = ()  # ids of the calls that its observations answer; () where the user answers
    mistakes: tuple[tuple[str, str], ...] = ()  # (id, error) of calls that are answered without the environment


def said(completion: Completion) -> str | None:
    """What a model says to the user, a refusal too; None where it calls tools. Some models take ``respond`` for one."""
    if any(call.name != RESPOND for call in completion.calls):
        return None
    words = [(call.arguments or {}).get("content") for call in completion.calls]
    return "\n".join(word for word in words if isinstance(word, str)) or completion.text or completion.refusal


def moves(completion: Completion) -> Iterator[Move]:
    """What to do for ``completion``: its calls in their order, or what is said to the user.

    Calls that follow one another are one move. One whose arguments are no JSON object is a move of its own: its raw
    text, which the environment answers with what is wrong.
    """
    words = said(completion)
    if words is not None:
        yield Move(Turn(_words(words), reasoning=completion.reasoning))
        return
    confused = [call for call in completion.calls if call.name == RESPOND]
    mistakes = tuple((call.id, _NO_TOOL) for call in confused)
    text, reasoning = completion.text, completion.reasoning
    for group in _groups(call for call in completion.calls if call not in confused):
        calls = tuple(ToolCall(name=call.name, arguments=call.arguments or {}) for call in group)
        bad = group[0].arguments is None
        turn = Turn(malformed(group[0]), (), reasoning) if bad else Turn(text, calls, reasoning)
        yield Move(turn, tuple(call.id for call in group), mistakes)
        text, reasoning, mistakes = "", "", ()


def malformed(call: AskedCall) -> str:
    """A call as an action that the environment refuses, saying why: it looks as the model wrote it."""
    attempts = (
        call.raw if not call.name else f'{{"name": {json.dumps(call.name)}, "arguments": {call.raw}}}',
        json.dumps({"name": call.name, "arguments": call.raw}),  # where the raw text would complete another call
    )
    return next(attempt for attempt in attempts if _refused(attempt))


def _refused(action: str) -> bool:
    try:
        parse_action(action)
    except ToolError:
        return True
    return False


def _groups(calls: Iterator[AskedCall]) -> list[list[AskedCall]]:
    """Calls that follow one another and are well formed, together; each other one alone."""
    groups: list[list[AskedCall]] = []
    for call in calls:
        if call.arguments is None or not groups or groups[-1][0].arguments is None:
            groups.append([])
        groups[-1].append(call)
    return groups


def _words(text: str) -> str:
    """``text`` as an action: what starts with a brace would be taken for a call."""
    return json.dumps({"name": RESPOND, "arguments": {"content": text}}) if text.lstrip().startswith("{") else text
