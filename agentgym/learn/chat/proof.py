"""What a chat template must do before anything is trained with it, tried on two small conversations.

A template that swallows tool calls, leaves the end of a turn without loss, or renders an earlier turn otherwise once
more has been said, trains without an error, and the model is the worse for it. Stock Qwen3 does the last: a server's
prompt of the third turn is no prefix of the sequence that was trained on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from agentgym.learn.chat.rendering import Rendered, render
from agentgym.learn.chat.unfit import Unfit
from agentgym.types import Json

CALLED, SPARE = "probe_tool", "spare_tool"  # the spare one can only be seen where tools are shown
_MARK = re.compile(r"[a-z]+ \d")  # the words of the trial, no two alike in a conversation: "user 1", "value 2"


class Proven(NamedTuple):
    """What the trial of a template showed."""

    faults: tuple[str, ...]  # sentences; none: it may be trained with
    reasoning: bool  # reasoning_content is shown in every turn, as it was when it was the newest
    opening: str  # what the assistant's part begins with, though a server's prompt has it already


@lru_cache(maxsize=64)
def prove(template: str, special: tuple[tuple[str, str], ...]) -> Proven:
    """Try a template; ``special`` are the tokenizer's named tokens."""
    tokens = dict(special)
    try:
        faults = tuple(_faults(template, tokens))
        turns = [] if faults else list(_turns(template, _conversation(reasoning=False), TOOLS, tokens))
    except Unfit as error:
        return Proven((f"it cannot render a conversation with tools ({error.detail})",), False, "")
    openings = {turn.opening for turn in turns}
    if len(openings) > 1:
        faults = (f"the prompts of its turns end alike in none of {sorted(openings)}",)
    return Proven(faults, not faults and _keeps_reasoning(template, tokens), min(openings, default=""))


class _Turn(NamedTuple):
    """An assistant turn, as trained and as served."""

    fault: str  # why the prompt of a server is not how the turn was trained; "" where it is
    opening: str  # what of the assistant's part is in the prompt


def prompt_fault(template: str, messages: Sequence[Json], tools: Sequence[Json], special: Mapping[str, str]) -> str:
    """Where training and serving part: "" if the prompt of every assistant turn begins the text that is trained on.

    It must also end within what the assistant wrote in that turn, or where that begins: then loss falls on what the
    model says, and on no earlier turn.
    """
    return next((turn.fault for turn in _turns(template, messages, tools, special) if turn.fault), "")


def _turns(
    template: str, messages: Sequence[Json], tools: Sequence[Json], special: Mapping[str, str]
) -> Iterator[_Turn]:
    whole = render(template, messages, tools, special)
    for index in (index for index, message in enumerate(messages) if message["role"] == "assistant"):
        prompt = render(template, messages[:index], tools, special, prompt=True).text
        begun = next((start for start, end in whole.spans if start <= len(prompt) < end), None)
        fault = ""
        if not whole.text.startswith(prompt):
            same = _shared(whole.text, prompt)
            trained, served = whole.text[same:][:40], prompt[same:][:40]
            fault = f"messages[{index}] is trained after {trained!r} and served after {served!r}"
        elif begun is None:
            fault = f"what the assistant says in messages[{index}] is not between generation tags"
        yield _Turn(fault, prompt[begun:] if begun is not None else "")


def _shared(one: str, other: str) -> int:
    """The number of characters that both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


# -- the trial ------------------------------------------------------------------------------------


def _faults(template: str, special: Mapping[str, str]) -> Iterator[str]:
    if "strftime_now" in template:
        yield "it writes today's date, so the same row would be other tokens tomorrow"
    messages = _conversation(reasoning=False)
    rendered = render(template, messages, TOOLS, special)
    if not rendered.spans:
        yield "it has no {% generation %} tags around what the assistant writes"
        return
    if SPARE not in rendered.text:  # what it leaves out, a server does too
        yield "it does not show tools"
    yield from _misread(rendered, messages)
    if not _ends_turns(rendered, messages):
        yield "it leaves the end of an assistant turn without loss, so a model would not learn to stop"
    if fault := prompt_fault(template, messages, TOOLS, special):
        yield f"training and serving part: {fault}"
    yield from (f"with two calls in one turn, {fault}" for fault in _faults_at_once(template, special))


def _misread(rendered: Rendered, messages: Sequence[Json]) -> Iterator[str]:
    """What the template leaves out of ``messages``, or says that the wrong one wrote."""
    written = "\n".join(rendered.written)
    others = _marks(messages, mine=False)
    if any(mark not in rendered.text for mark in others if mark.startswith("result")):
        yield "it does not show tool results"
    if lost := [mark for mark in _marks(messages, mine=True) if mark not in written]:
        yield f"it does not render {' and '.join(map(repr, lost))} of tool calls and replies as the assistant's"
    if leaked := [mark for mark in others if mark in written]:
        yield f"it marks {' and '.join(map(repr, leaked))} as written by the assistant"


def _marks(messages: Sequence[Json], *, mine: bool) -> list[str]:
    """The words of the assistant's messages, or of those of others."""
    chosen = (message for message in messages if (message["role"] == "assistant") == mine)
    return [mark for message in chosen for mark in _MARK.findall(json.dumps(message))]


def _faults_at_once(template: str, special: Mapping[str, str]) -> Iterator[str]:
    """A template may refuse two calls in one turn: such rows are left out, and counted. It must not lose one."""
    messages = _conversation_at_once()
    try:
        rendered = render(template, messages, TOOLS, special)
    except Unfit:
        return
    yield from _misread(rendered, messages)
    if fault := prompt_fault(template, messages, TOOLS, special):
        yield f"training and serving part: {fault}"


def _ends_turns(rendered: Rendered, messages: Sequence[Json]) -> bool:
    """Whether something follows each reply within what the assistant wrote, as an end of turn does."""
    replies = (mark for mark in _marks(messages, mine=True) if mark.startswith("reply"))
    return all(part.rpartition(mark)[2].strip() for mark in replies for part in rendered.written if mark in part)


def _keeps_reasoning(template: str, special: Mapping[str, str]) -> bool:
    messages = _conversation(reasoning=True)
    try:
        written = "\n".join(render(template, messages, TOOLS, special).written)
        thought = (message["reasoning_content"] for message in messages if message["role"] == "assistant")
        return all(text in written for text in thought) and not prompt_fault(template, messages, TOOLS, special)
    except Unfit:
        return False


def _tool(name: str) -> Json:
    key = {"probe_key": {"type": "string", "description": "Probe key."}}
    parameters = {"type": "object", "properties": key, "required": ["probe_key"]}
    return {"type": "function", "function": {"name": name, "description": "Probe purpose.", "parameters": parameters}}


TOOLS = [_tool(CALLED), _tool(SPARE)]


def _conversation(*, reasoning: bool) -> list[Json]:
    """A request with a reply, one that takes two turns of calls, with and without words, and a farewell."""
    turns: list[Json] = [
        {"role": "system", "content": "system 0"},
        {"role": "user", "content": "user 1"},
        *_called("", 1),
        {"role": "assistant", "content": "reply 1"},
        {"role": "user", "content": "user 2"},
        *_called("before 2", 2),
        *_called("", 3),
        {"role": "assistant", "content": "reply 2"},
        {"role": "user", "content": "user 3"},
        {"role": "assistant", "content": "reply 3"},
    ]
    if reasoning:
        for index, turn in enumerate(turns):
            if turn["role"] == "assistant":
                turn["reasoning_content"] = f"thought {index}"
    return turns


def _conversation_at_once() -> list[Json]:
    """A request that takes two calls in one turn, and their results in a row."""
    return [
        {"role": "system", "content": "system 0"},
        {"role": "user", "content": "user 1"},
        *_called("", 1, 2),
        {"role": "assistant", "content": "reply 1"},
    ]


def _called(words: str, *numbers: int) -> list[Json]:
    """A turn of calls, and their results."""
    turn: Json = {"role": "assistant", "content": words, "tool_calls": []}
    results: list[Json] = []
    for number in numbers:
        call, name = {"name": CALLED, "arguments": {"probe_key": f"value {number}"}}, f"call{number:05}"
        turn["tool_calls"].append({"id": name, "type": "function", "function": call})
        result = f'{{"probe": "result {number}"}}'
        results.append({"role": "tool", "tool_call_id": name, "name": CALLED, "content": result})
    return [turn, *results]
