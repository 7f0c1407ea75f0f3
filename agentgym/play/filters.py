"""The three-stage funnel from played episodes to training data (paper 3.1).

Validity keeps well-formed, complete episodes; state alignment those whose writes leave the gold state; exact match
those read-only ones whose calls are the gold calls. Calls that a tool refused on the way are kept: a model learns to
recover from them. Nothing stored in a trajectory is trusted: its calls are replayed in a fresh world.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from agentgym.files import canonical
from agentgym.tasks.verify import exact_match, state_aligned
from agentgym.types import Json, Message, RowChange, Task, ToolCall, Trajectory, Verdict
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World

MAX_MESSAGES = 200
MAX_CHARACTERS = 100_000  # of one message
REPEATS = 4  # times in a row, of a call or a text, that count as a loop
NGRAM = 6  # words; the same NGRAM said REPEATS times within one text is a loop too


@dataclass(frozen=True)
class Episode:
    """A trajectory with what it is judged by."""

    trajectory: Trajectory
    task: Task
    loaded: LoadedDomain

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.trajectory.messages

    @property
    def calls(self) -> list[ToolCall]:
        """Every call made, refused ones too, in order."""
        return [call for message in self.messages for call in message.tool_calls]

    @property
    def texts(self) -> list[str]:
        """What the assistant said, turn by turn."""
        return [m.content for m in self.messages if m.role == "assistant" and not m.tool_calls]


def _stopped_otherwise(episode: Episode) -> bool:
    return episode.trajectory.stop != "user_done"


def _policy_differs(episode: Episode) -> bool:
    first = episode.messages[0] if episode.messages else Message(role="user")
    return first.role != "system" or first.content != episode.loaded.policy


def _malformed(episode: Episode) -> bool:
    """Roles out of order: system user (assistant (tool... | user))..., a tool turn for every call and no other."""
    awaited: list[str] = []  # names of the calls not answered yet
    before = "system"
    for message in episode.messages[1:]:
        if message.role == "tool":
            if not awaited or message.name != awaited.pop(0):
                return True
        elif awaited or message.role not in _AFTER[before] or (message.tool_calls and message.role != "assistant"):
            return True
        awaited += [call.name for call in message.tool_calls]
        before = "call" if message.tool_calls else before if message.role == "tool" else message.role
    return bool(awaited) or before not in ("user", "assistant")


_AFTER = {"system": ("user",), "user": ("assistant",), "assistant": ("user",), "call": ("assistant",)}


def _empty_turn(episode: Episode) -> bool:
    return any(m.role == "assistant" and not m.tool_calls and not m.content.strip() for m in episode.messages)


def _unknown_tool(episode: Episode) -> bool:
    return any(call.name not in episode.loaded.tools for call in episode.calls)


def _too_long(episode: Episode) -> bool:
    return len(episode.messages) > MAX_MESSAGES or any(len(m.content) > MAX_CHARACTERS for m in episode.messages)


def _repeated_call(episode: Episode) -> bool:
    return _longest_run(canonical(call.model_dump()) for call in episode.calls) >= REPEATS


def _repeated_text(episode: Episode) -> bool:
    if _longest_run(episode.texts) >= REPEATS:
        return True
    for text in episode.texts:
        spoken = text.split()
        grams = Counter(tuple(spoken[place : place + NGRAM]) for place in range(len(spoken) - NGRAM + 1))
        if any(count >= REPEATS for count in grams.values()):
            return True
    return False


def _longest_run(items: Iterable[str]) -> int:
    return max((sum(1 for _ in run) for _, run in groupby(items)), default=0)


# Reason -> whether it applies, asked in this order: the first that applies is the verdict's reason.
VALIDITY: dict[str, Callable[[Episode], bool]] = {
    "not ended by a content user": _stopped_otherwise,
    "policy differs": _policy_differs,
    "malformed turns": _malformed,
    "empty assistant turn": _empty_turn,
    "unknown tool": _unknown_tool,
    "too long": _too_long,
    "repeated call": _repeated_call,
    "repeated text": _repeated_text,
}
UNKNOWN_TASK, REPLAY_DIFFERS, STATE_DIFFERS, CALLS_DIFFER = (
    "unknown task",
    "replay differs",
    "state differs from gold",
    "calls differ from gold",
)
