"""The verdicts on one trajectory: validity, then state alignment, then exact match, as far as it comes.

Two calls are the same where their tools are and their arguments are equal as JSON: 1 is 1.0, true is not 1, an argument
given as its default is the same as one left out; ``tasks.verify`` has the rule. Only calls that succeeded count.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Literal

from agentgym.play.funnel.validity import Played, flaw
from agentgym.spaces import observe
from agentgym.tasks.progress import all_told, told
from agentgym.tasks.verify import exact_match, state_aligned
from agentgym.types import Task, ToolCall, Trajectory, Verdict
from agentgym.world.world import World

UNKNOWN_TASK = "unknown task"
REPLAY_DIFFERS = "replay differs"
STATE_DIFFERS = "state differs from gold"
CALLS_DIFFER = "calls differ from gold"
UNTOLD = "an answer was not told"

StageName = Literal["validity", "state", "exact"]


def judge(trajectory: Trajectory, task: Task | None, world: World, *, exact: bool = False) -> tuple[Verdict, ...]:
    """The verdict of each stage that the trajectory reaches; it is kept if the last one keeps it.

    A task that writes is judged by validity, then state alignment, and with ``exact`` by its calls too; a read-only one
    by validity, then exact match. ``world`` is of the task's domain and is reset.
    """
    if task is None or (trajectory.task, trajectory.domain) != (task.id, task.domain):
        return (verdict(trajectory, "validity", UNKNOWN_TASK),)
    played = Played(trajectory, task, world.loaded)
    reason, done = flaw(played), list[ToolCall]()
    if not reason:
        done, reason = replay(played, world)
    verdicts = [verdict(trajectory, "validity", reason)]
    if not reason and task.writes:
        reason = _state(played, world)
        verdicts.append(verdict(trajectory, "state", reason))
    if not reason and (exact or not task.writes):
        verdicts.append(verdict(trajectory, "exact", _exact(played, done)))
    return tuple(verdicts)


def verdict(trajectory: Trajectory, stage: StageName, reason: str) -> Verdict:
    """What a stage says: it keeps what there is no reason to drop."""
    return Verdict(trajectory=trajectory.id, stage=stage, kept=not reason, reason=reason)


def kept(verdicts: Sequence[Verdict]) -> bool:
    """Whether the funnel keeps the trajectory of these verdicts."""
    return all(verdict.kept for verdict in verdicts)


def replay(played: Played, world: World) -> tuple[list[ToolCall], str]:
    """Make the episode's calls again: those that succeeded, and the reason if an answer or the end state differs."""
    world.reset(played.task.state)
    answers = [message for message in played.messages if message.role == "tool"]
    done: list[ToolCall] = []
    for call, answer in zip(played.calls, answers, strict=True):
        result = world.call(call.name, call.arguments)
        if (answer.content, answer.error) != (observe(result), result.error is not None):
            return done, REPLAY_DIFFERS
        if result.error is None:
            done.append(call)
    return done, "" if world.diff() == played.trajectory.diff else REPLAY_DIFFERS


def _state(played: Played, world: World) -> str:
    if not state_aligned(world.diff(), played.task, world.loaded.domain.tables):
        return STATE_DIFFERS
    return _untold(played)


def _exact(played: Played, done: Sequence[ToolCall]) -> str:
    if not exact_match(done, played.task, played.loaded.domain):
        return CALLS_DIFFER
    return _untold(played)


def _untold(played: Played) -> str:
    """The reason where the user was not told every value that they asked for."""
    bits = reduce(lambda bits, text: told(played.task, text, bits), played.said, 0)
    return "" if all_told(played.task, bits) else UNTOLD
