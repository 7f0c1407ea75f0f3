"""Episodes with a user in the loop, played by one policy: all that wait for it are sampled together (paper 3.1).

Nothing here knows a trainer or a tensor: see ``trl_rollout`` for the one that TRL drives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from logging import LogRecord
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.files import read_records
from agentgym.learn.rl.policy import Dialogue, Limits, PolicyAgent, Question, Sampled, Unfinished
from agentgym.learn.rl.rewards import Shaping, score
from agentgym.play.rollouts.interaction import Ended, Part, interact, log
from agentgym.play.rollouts.venues import Rooms, RoomVenue
from agentgym.play.rollouts.waiting import Waiter, answer, drop
from agentgym.types import Domain, Task, ToolCall, Trajectory
from agentgym.world.load import load


class Start(NamedTuple):
    """An episode to play."""

    folder: Path  # of the domain
    task: Task
    seed: int = 0  # of the user

    @property
    def name(self) -> str:
        """Tells it from all others: ``<domain>/<task>/<seed>``."""
        return f"{self.task.domain}/{self.task.id}/{self.seed}"


def starts_in(folders: Iterable[Path], seed: int = 0) -> list[Start]:
    """An episode of each task of the domains in ``folders``. Raises ``RunError`` where their tasks cannot be read.

    ``seed`` is of every user: however often a task is played, in a group or an epoch later, its user says the same to
    the same questions.
    """
    return [Start(folder, task, seed) for folder in folders for task in read_records(folder / "tasks.jsonl", Task)]


class Rollout(NamedTuple):
    """An episode that is over, as a training sequence and as a record."""

    prompt: list[int]  # [P] ids: policy, tools, the user's opening, the beginning of the assistant's turn
    completion: list[int]  # [C] ids, to the end of the policy's last turn
    logprobs: list[float]  # [C] of what the policy sampled; 0 elsewhere
    mask: list[int]  # [C] 1 on what the policy sampled, 0 on what user and tools said
    turns: int  # of the policy
    task: Task
    domain: Domain
    trajectory: Trajectory


def earned(rollout: Rollout, shaping: Shaping) -> float | None:
    """The reward of an episode; None where the user could not go on, which says nothing about the policy.

    All of it has to be earned before the user leaves: an episode that was cut earns what ``shaping`` has for a part.
    """
    trajectory = rollout.trajectory
    if trajectory.stop == "user_error":
        return None
    reward = score(rollout.task, rollout.domain, trajectory.diff, *_done(trajectory), shaping)
    return reward if trajectory.stop in ("user_done", "user_gave_up") else min(reward, shaping.partial)


def _done(trajectory: Trajectory) -> tuple[list[ToolCall], list[str]]:
    """The calls that no tool refused, and what was said to the user."""
    calls: list[ToolCall] = []
    said: list[str] = []
    awaited: list[ToolCall] = []
    for message in trajectory.messages:
        if message.role == "assistant":
            awaited = list(message.tool_calls)
            said += [] if awaited else [message.content]
        elif message.role == "tool" and awaited:
            call = awaited.pop(0)
            calls += [] if message.error else [call]
    return calls, said


class Sampler(Protocol):
    """Whatever generates with the policy as it is now."""

    def goes_on(self, asking: bool) -> bool:
        """Whether there is another round. Among several processes, whether any of them still is ``asking``."""

    def sample(self, prefixes: list[list[int]], room: int) -> list[Sampled]:
        """A turn of up to ``room`` tokens for each of ``prefixes``, which may be none."""


def play_together(
    starts: Sequence[Start], dialogue: Dialogue, sampler: Sampler, *, terms: Terms, limits: Limits
) -> list[Rollout]:
    """Play all; one rollout a start, in their order.

    An episode whose policy does not come to the end of a turn within ``limits`` is over, with the stop "agent_error"
    and no reward. Raises ``TaskError`` where a task does not fit its domain, ``WorldError`` where an environment
    fails, ``RunError`` where a user has not even opened the conversation or the template does not fit.
    """
    with closing(Rooms(terms)) as rooms, closing(Waiter()) as wait, _quiet_about(Unfinished):
        running = [_Running(rooms, start, dialogue, limits, trial) for trial, start in enumerate(starts)]
        try:
            for one in running:
                one.begin()
            _hear_users(running, wait)
            while sampler.goes_on(bool(asking := [one for one in running if one.question])):
                questions = [one.question for one in asking if one.question]
                room = max((question.room for question in questions), default=1)
                turns = sampler.sample([question.prefix for question in questions], room)
                for one, question, turn in zip(asking, questions, turns, strict=True):
                    one.answer(question, turn)
                _hear_users(asking, wait)
        finally:
            for one in running:
                one.close()
        return [one.rollout() for one in running]


class _Running:
    """An episode that is being played."""

    def __init__(self, rooms: Rooms, start: Start, dialogue: Dialogue, limits: Limits, trial: int) -> None:
        self.agent = PolicyAgent(dialogue, limits)
        self.question: Question | None = None  # what it waits for, where that is the policy,
        self.user: Any = None  # or a user that asks a model
        self._venue: RoomVenue = rooms.venue(start.folder, start.task, start.seed)
        self._domain = load(start.folder).domain
        part = Part(self._venue.task, lambda: self.agent, "", start.seed, trial)
        self._interaction = interact(self._venue, part)
        self._ended: Ended | None = None

    def begin(self) -> None:
        self._go_on(lambda: next(self._interaction))

    def answer(self, question: Question, sampled: Sampled) -> None:
        """Make the turn that was sampled."""
        try:
            turn = question.take(sampled)
        except Unfinished as error:
            reason = error
            self._go_on(lambda: self._interaction.throw(reason))
        else:
            self._go_on(lambda: self._interaction.send(turn))

    def hear(self, outcome: Any) -> None:
        """Go on with what a user's model has said, or raised."""
        if isinstance(outcome, Exception):
            self._go_on(lambda: self._interaction.throw(outcome))
        else:
            self._go_on(lambda: self._interaction.send(outcome))

    def rollout(self) -> Rollout:
        agent, ended = self.agent, self._ended
        assert ended is not None, "an episode that waits for nobody is over"
        trajectory = ended.trajectory
        if not agent.turns or (trajectory.stop == "agent_error" and not agent.unfinished):
            raise RunError(f"{trajectory.id} could not be played: {ended.error or trajectory.stop}")
        sequence = agent.prompt, agent.completion, agent.logprobs, agent.mask
        return Rollout(*sequence, agent.turns, self._venue.task, self._domain, trajectory)

    def close(self) -> None:
        """Leave it where it is."""
        self._interaction.close()
        drop(self.user)

    def _go_on(self, step: Callable[[], Any]) -> None:
        self.question = self.user = None
        try:
            awaited = step()
        except StopIteration as done:
            self._ended = done.value
            return
        if isinstance(awaited, Question):
            self.question = awaited
        else:
            self.user = awaited


def _hear_users(running: Sequence[_Running], wait: Waiter) -> None:
    """Let users that ask a model have their answers, until all episodes wait for the policy or are over."""
    while waiting := [one for one in running if one.user is not None]:
        for one, outcome in zip(waiting, wait(_answers([one.user for one in waiting])), strict=True):
            one.hear(outcome)


async def _answers(awaited: Sequence[Any]) -> list[Any]:
    return await asyncio.gather(*map(answer, awaited), return_exceptions=True)


@contextmanager
def _quiet_about(error: type[Exception]) -> Iterator[None]:
    """Keep an agent's ``error`` out of the log: a policy that is being trained makes it in every batch."""

    def is_news(record: LogRecord) -> bool:
        return f" {error.__name__}: " not in record.getMessage()

    log.addFilter(is_news)
    try:
        yield
    finally:
        log.removeFilter(is_news)
