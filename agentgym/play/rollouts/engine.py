"""Many episodes at once in one process: while a model thinks about one, the worlds are lent to the others.

An episode that waits for nobody is played from beginning to end without any event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from agentgym.episode import Choice, Terms
from agentgym.errors import AgentGymError
from agentgym.play.agents.agent import MakeAgent
from agentgym.play.rollouts.interaction import Ended, Part, Waits, described, interact
from agentgym.play.rollouts.venues import Rooms, RoomVenue
from agentgym.play.rollouts.waiting import Waiter, answer, drop
from agentgym.types import Trajectory

CONCURRENCY = 64  # episodes in flight, where nobody says
STEPS = 16  # that episodes make before the event loop turns: some milliseconds


class Play(NamedTuple):
    """An episode to play."""

    folder: Path  # of the domain; plays of one domain should follow one another
    task: Choice
    make: MakeAgent
    name: str = ""  # of the agent, in the record; "": as it calls itself
    seed: int = 0
    trial: int = 0
    tag: str = ""  # whatever the caller knows it by


class Played(NamedTuple):
    """What came of a play: a trajectory, or why there is none, which is never the fault of agent or user."""

    play: Play
    trajectory: Trajectory | None
    failure: AgentGymError | None = None
    error: str = ""  # what agent or user raised, where that ended it
    raised: BaseException | None = None  # that itself


def played(plays: Iterable[Play], terms: Terms, *, concurrency: int = CONCURRENCY) -> Iterator[Played]:
    """Play all, each as soon as it is over; up to ``concurrency`` wait for models at a time.

    Equal plays give equal trajectories in any company, as far as their agents and users do. Raises ``RunError`` inside
    a running event loop where a model is asked: see ``aplayed``.
    """
    engine = Engine(plays, terms, concurrency)
    with closing(Waiter()) as wait, closing(engine):
        while engine.busy:
            if engine.waiting and engine.due:
                wait(engine.wait())
            done = engine.go_on()
            if done is not None:
                yield done


async def aplayed(plays: Iterable[Play], terms: Terms, *, concurrency: int = CONCURRENCY) -> AsyncIterator[Played]:
    """The same for async code: models are asked in its event loop."""
    with closing(Engine(plays, terms, concurrency)) as engine:
        while engine.busy:
            if engine.due:
                await engine.wait()
            done = engine.go_on()
            if done is not None:
                yield done


class _Running:
    """An episode that has begun."""

    __slots__ = ("awaited", "interaction", "play", "venue")

    def __init__(self, play: Play, venue: RoomVenue) -> None:
        part = Part(venue.task, partial(play.make, venue.task), play.name, play.seed, play.trial)
        self.play, self.venue = play, venue
        self.interaction: Waits[Ended] = interact(venue, part)
        self.awaited: Awaitable[Any] | None = None  # what it waits for

    def close(self) -> None:
        """Leave it where it is."""
        self.interaction.close()
        drop(self.awaited)


class Engine:
    """Episodes in flight, and those that are to come.

    While ``busy``: ``wait`` where that is ``due`` and some wait for models, then ``go_on``.
    """

    def __init__(self, plays: Iterable[Play], terms: Terms, concurrency: int) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency={concurrency}; at least one episode has to be in flight")
        self._plays = iter(plays)
        self._next = next(self._plays, None)
        self._limit = concurrency
        self._rooms = Rooms(terms)
        self._asking: list[_Running] = []  # not put to the event loop yet
        self._asked: dict[asyncio.Task[Any], _Running] = {}
        self._answered: deque[tuple[_Running, asyncio.Task[Any]]] = deque()
        self._bell: asyncio.Future[None] | None = None  # rung by the next answer
        self._steps = 0  # since the event loop turned
        self._started = False  # an episode was the last thing; one that goes on comes next: neither starves the other

    @property
    def waiting(self) -> int:
        """How many episodes wait for an answer, or for their turn after one."""
        return len(self._asking) + len(self._asked) + len(self._answered)

    @property
    def busy(self) -> bool:
        """Whether anything is left to do."""
        return self._next is not None or self.waiting > 0

    @property
    def due(self) -> bool:
        """Whether it is time for the event loop: nothing else can be done, or it has stood still for long enough."""
        return self._steps >= STEPS or not (self._answered or self._may_start())

    async def wait(self) -> None:
        """Let the event loop turn, and where there is nothing else to do, until an answer comes."""
        self._steps = 0
        for running in self._asking:
            assert running.awaited is not None, "an episode that asks waits for something"
            task = asyncio.ensure_future(answer(running.awaited))
            self._asked[task] = running
            task.add_done_callback(self._hear)
        self._asking.clear()
        if self._answered or self._may_start():
            await asyncio.sleep(0)
        elif self._asked:
            self._bell = asyncio.get_running_loop().create_future()
            await self._bell

    def go_on(self) -> Played | None:
        """Take one episode as far as it goes; what came of it, if it is over."""
        self._steps += 1
        if self._answered and (self._started or not self._may_start()):
            self._started = False
            return self._advance(*self._answered.popleft())
        if self._next is None or not self._may_start():
            return None
        self._started = True
        play, self._next = self._next, next(self._plays, None)
        try:
            venue = self._rooms.venue(play.folder, play.task, play.seed)
        except AgentGymError as error:
            return Played(play, None, error)
        return self._advance(_Running(play, venue), None)

    def close(self) -> None:
        """Drop the episodes in flight, and free all worlds."""
        for task in (*self._asked, *(task for _, task in self._answered)):
            task.remove_done_callback(self._hear)
            if not task.cancel() and not task.cancelled():
                task.exception()  # asyncio complains about one that nobody looks at
        for running in (*self._asking, *self._asked.values(), *(running for running, _ in self._answered)):
            running.close()
        self._asking, self._asked, self._answered = [], {}, deque()
        self._next = None
        self._rooms.close()

    def _may_start(self) -> bool:
        return self._next is not None and self.waiting < self._limit

    def _hear(self, task: asyncio.Task[Any]) -> None:
        running = self._asked.pop(task, None)
        if running is None:
            return  # the engine was closed after the answer had come
        self._answered.append((running, task))
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    def _advance(self, running: _Running, task: asyncio.Task[Any] | None) -> Played | None:
        try:
            running.awaited = next(running.interaction) if task is None else _resumed(running.interaction, task)
        except StopIteration as done:
            self._rooms.leave(running.venue)
            ended: Ended = done.value
            return Played(running.play, ended.trajectory, error=ended.error, raised=ended.raised)
        except AgentGymError as error:  # of the environment: the interaction contains all others
            self._rooms.leave(running.venue)
            return Played(running.play, None, error)
        self._asking.append(running)
        return None


def _resumed(of: Waits[Ended], task: asyncio.Task[Any]) -> Awaitable[Any]:
    """Go on with what came of ``task``; what has to be awaited next."""
    if task.cancelled():
        return of.throw(TimeoutError("the question was cancelled"))
    error = task.exception()
    if error is None:
        return of.send(task.result())
    return of.throw(error if isinstance(error, Exception) else RuntimeError(described(error)))
