"""Stage one: whether an episode is a well-formed, complete conversation that is worth learning from by its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from agentgym.files import canonical
from agentgym.types import Message, Task, ToolCall, Trajectory
from agentgym.world.load import LoadedDomain

MAX_MESSAGES = 200
MAX_CHARACTERS = 100_000  # of one message, or of the thought before it
REPEATS = 4  # times in a row, of a call or a text, that count as a loop
NGRAM = 6  # words; a text in which one n-gram stands REPEATS times may be a loop
LOOPING = 0.2  # share of a text's n-grams that stood there before; a table of rows stays below it


@dataclass(frozen=True)
class Played:
    """A trajectory with what it is judged by."""

    trajectory: Trajectory
    task: Task
    loaded: LoadedDomain

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.trajectory.messages

    @cached_property
    def calls(self) -> list[ToolCall]:
        """Every call made, refused ones too, in order."""
        return [call for message in self.messages for call in message.tool_calls]

    @cached_property
    def said(self) -> list[str]:
        """What the assistant said to the user, turn by turn."""
        return [m.content for m in self.messages if m.role == "assistant" and not m.tool_calls]

    @cached_property
    def thought(self) -> list[str]:
        """What the assistant thought, turn by turn, and wrote beside its calls: nobody has heard it."""
        beside = (m.content for m in self.messages if m.tool_calls)
        return [*(m.reasoning for m in self.messages if m.reasoning), *filter(None, beside)]


def _not_ended_by_user(played: Played) -> bool:
    return played.trajectory.stop not in ("user_done", "user_gave_up")


def _too_long(played: Played) -> bool:
    messages = played.messages
    return len(messages) > MAX_MESSAGES or any(
        len(m.content) > MAX_CHARACTERS or len(m.reasoning) > MAX_CHARACTERS for m in messages
    )


def _not_plain(played: Played) -> bool:
    """NaN and lone surrogates: no JSON file can hold them."""
    try:
        texts = [canonical(call.arguments) for call in played.calls]
        texts += [text for m in played.messages for text in (m.content, m.reasoning)]
        "".join(texts).encode("utf-8")
    except (ValueError, RecursionError):
        return True
    return False


def _policy_differs(played: Played) -> bool:
    first = played.messages[0] if played.messages else Message(role="user")
    return first.role != "system" or first.content != played.loaded.policy


def _malformed_call(played: Played) -> bool:
    """An action that was neither call nor message: its raw text, answered by a tool turn without a name."""
    turns = zip(played.messages, played.messages[1:], strict=False)
    return any(
        turn.role == "assistant" and not turn.tool_calls and answer.role == "tool" and not answer.name
        for turn, answer in turns
    )


def _malformed_turns(played: Played) -> bool:
    """Roles out of order: system user (assistant (tool... | user))..., a tool turn for every call and no other.

    A turn may hold several calls; their answers follow in the order of the calls, which is how they are paired.
    """
    awaited: list[str] = []  # names of the calls not answered yet
    before = "system"
    for message in played.messages[1:]:
        if message.role == "tool":
            if not awaited or message.name != awaited.pop(0):
                return True
        elif awaited or message.role not in _AFTER[before] or (message.tool_calls and message.role != "assistant"):
            return True
        awaited += [call.name for call in message.tool_calls]
        before = "call" if message.tool_calls else before if message.role == "tool" else message.role
    return bool(awaited) or before not in ("user", "assistant")


_AFTER = {"system": ("user",), "user": ("assistant",), "assistant": ("user",), "call": ("assistant",)}


def _empty_turn(played: Played) -> bool:
    return any(not text.strip() for text in played.said)


def _repeated_call(played: Played) -> bool:
    return _longest_run(played.calls) >= REPEATS


def _repeated_text(played: Played) -> bool:
    return _longest_run(played.said) >= REPEATS or any(map(loops, played.said))


def _repeated_thought(played: Played) -> bool:
    return any(map(loops, played.thought))


def loops(text: str) -> bool:
    """Whether a text goes round in circles: some n-gram stands there again and again, and so do many others."""
    words = text.split()
    count = len(words) - NGRAM + 1
    if count < REPEATS:
        return False
    grams = Counter(zip(*(words[shift : shift + count] for shift in range(NGRAM)), strict=True))
    return count - len(grams) >= LOOPING * count and max(grams.values()) >= REPEATS


def _longest_run(items: Iterable[ToolCall | str]) -> int:
    return max((sum(1 for _ in run) for _, run in groupby(items)), default=0)


# Reason -> whether it applies, asked in this order: the first that applies is the verdict's reason.
CHECKS: dict[str, Callable[[Played], bool]] = {
    "not ended by the user": _not_ended_by_user,
    "too long": _too_long,
    "not plain JSON": _not_plain,
    "policy differs": _policy_differs,
    "malformed call": _malformed_call,
    "malformed turns": _malformed_turns,
    "empty assistant turn": _empty_turn,
    "repeated call": _repeated_call,
    "repeated text": _repeated_text,
    "repeated thought": _repeated_thought,
}


def flaw(played: Played) -> str:
    """The first reason that disqualifies an episode by its form; "" where there is none."""
    return next((reason for reason, applies in CHECKS.items() if applies(played)), "")
