"""The three-stage funnel from played episodes to training data (paper 3.1).

Validity keeps well-formed, complete episodes; state alignment those whose writes leave the gold state; exact match
those read-only ones whose calls are the gold calls. Calls that a tool refused on the way are kept: a model learns to
recover from them. A stored reward or difference is not trusted: the calls are replayed in a fresh world, and their
answers and the state they leave must be the stored ones. What was said is judged by its form alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import get_args

from agentgym.files import canonical
from agentgym.spaces import observe
from agentgym.tasks.verify import exact_match, state_aligned
from agentgym.types import Json, Message, Task, ToolCall, Trajectory, Verdict
from agentgym.world.load import LoadedDomain, load
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


def _not_ended_by_user(episode: Episode) -> bool:
    return episode.trajectory.stop not in ("user_done", "user_gave_up")


def _not_plain(episode: Episode) -> bool:
    """NaN and lone surrogates: no JSON file can hold them."""
    try:
        texts = [canonical(call.arguments) for call in episode.calls] + [m.content for m in episode.messages]
        "".join(texts).encode("utf-8")
    except (ValueError, RecursionError):
        return True
    return False


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
    return _longest_run(episode.calls) >= REPEATS


def _repeated_text(episode: Episode) -> bool:
    if _longest_run(episode.texts) >= REPEATS:
        return True
    for text in episode.texts:
        spoken = text.split()
        grams = Counter(tuple(spoken[place : place + NGRAM]) for place in range(len(spoken) - NGRAM + 1))
        if any(count >= REPEATS for count in grams.values()):
            return True
    return False


def _longest_run(items: Iterable[ToolCall | str]) -> int:
    return max((sum(1 for _ in run) for _, run in groupby(items)), default=0)


# Reason -> whether it applies, asked in this order: the first that applies is the verdict's reason.
VALIDITY: dict[str, Callable[[Episode], bool]] = {
    "not ended by the user": _not_ended_by_user,
    "too long": _too_long,
    "not plain JSON": _not_plain,
    "policy differs": _policy_differs,
    "malformed turns": _malformed,
    "empty assistant turn": _empty_turn,
    "unknown tool": _unknown_tool,
    "repeated call": _repeated_call,
    "repeated text": _repeated_text,
}
UNKNOWN_TASK = "unknown task"
REPLAY_DIFFERS = "replay differs"
STATE_DIFFERS = "state differs from gold"
CALLS_DIFFER = "calls differ from gold"


def judge(trajectory: Trajectory, task: Task | None, world: World) -> tuple[Verdict, ...]:
    """The verdict of each stage that the trajectory reaches; it is kept if the last one keeps it.

    A task that writes is judged by validity, then state alignment; a read-only one by validity, then exact match.
    ``world`` is of the task's domain and is reset.
    """
    reason = UNKNOWN_TASK
    done: list[ToolCall] = []
    if task is not None and (trajectory.task, trajectory.domain) == (task.id, task.domain):
        episode = Episode(trajectory, task, world.loaded)
        reason = next((reason for reason, applies in VALIDITY.items() if applies(episode)), "")
        if not reason:
            done, reason = replay(episode, world)
    valid = Verdict(trajectory=trajectory.id, stage="validity", kept=not reason, reason=reason)
    if reason or task is None:
        return (valid,)
    if task.writes:
        kept = state_aligned(world.diff(), task, world.loaded.domain.tables)
        return valid, Verdict(trajectory=trajectory.id, stage="state", kept=kept, reason="" if kept else STATE_DIFFERS)
    kept = exact_match(done, task, world.loaded.domain)
    return valid, Verdict(trajectory=trajectory.id, stage="exact", kept=kept, reason="" if kept else CALLS_DIFFER)


def replay(episode: Episode, world: World) -> tuple[list[ToolCall], str]:
    """Make the episode's calls again: those that succeeded, and the reason if an answer or the end state differs."""
    world.reset(episode.task.state)
    answers = iter([message for message in episode.messages if message.role == "tool"])
    done: list[ToolCall] = []
    for call, answer in zip(episode.calls, answers, strict=True):
        result = world.call(call.name, call.arguments)
        if (answer.content, answer.error) != (observe(result), result.error is not None):
            return done, REPLAY_DIFFERS
        if result.error is None:
            done.append(call)
    return done, "" if world.diff() == episode.trajectory.diff else REPLAY_DIFFERS


def funnel(
    trajectories: Iterable[Trajectory], folders: Mapping[str, Path]
) -> Iterator[tuple[Trajectory, tuple[Verdict, ...]]]:
    """Judge trajectories of many domains. ``folders`` has the folder of each domain by name.

    A trajectory of a domain that is not there has an unknown task. Fastest where a domain's trajectories follow each
    other: only the latest domain stays open.
    """
    for name, group in groupby(trajectories, key=lambda trajectory: trajectory.domain):
        if name not in folders:
            for trajectory in group:
                lost = Verdict(trajectory=trajectory.id, stage="validity", kept=False, reason=UNKNOWN_TASK)
                yield trajectory, (lost,)
            continue
        loaded = load(folders[name])
        tasks = {task.id: task for task in loaded.tasks()}
        with closing(World(loaded)) as world:
            for trajectory in group:
                yield trajectory, judge(trajectory, tasks.get(trajectory.task), world)


def kept(verdicts: Sequence[Verdict]) -> bool:
    """Whether the funnel keeps the trajectory of these verdicts."""
    return all(verdict.kept for verdict in verdicts)


@dataclass
class Funnel:
    """What each stage saw, kept and dropped for which reason."""

    played: int = 0
    kept: int = 0
    reached: Counter[str] = field(default_factory=Counter)  # by stage
    passed: Counter[str] = field(default_factory=Counter)  # by stage
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)  # by stage and reason

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Count one trajectory."""
        self.played += 1
        self.kept += kept(verdicts)
        for verdict in verdicts:
            self.reached[verdict.stage] += 1
            self.passed[verdict.stage] += verdict.kept
            if not verdict.kept:
                self.reasons[verdict.stage, verdict.reason] += 1

    def summary(self) -> dict[str, Json]:
        """Plain JSON: totals, and for each stage how many reached it, passed it and were dropped by reason."""
        stages = {
            stage: {
                "reached": self.reached[stage],
                "passed": self.passed[stage],
                "dropped": {reason: count for (of, reason), count in sorted(self.reasons.items()) if of == stage},
            }
            for stage in get_args(Verdict.model_fields["stage"].annotation)
        }
        return {"played": self.played, "kept": self.kept, "stages": stages}
