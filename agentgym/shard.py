"""Many episodes in one process over one world a domain: an episode is parked while another one has the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from agentgym.episode import Choice, Step, Terms
from agentgym.room import Room, Seat

Opening: TypeAlias = tuple[str, dict[str, Any]]  # the first observation and its info, as Gymnasium's Env.reset returns


class Start(NamedTuple):
    """Begin an episode of an environment; ``seed`` and ``number`` draw what is left open."""

    wanted: Choice
    seed: int
    number: int  # of the environment's episodes


Job: TypeAlias = tuple[int, Any]  # an environment's id, and a Start or an action, which may be anything
Outcome: TypeAlias = Step | Opening | Exception


class Shard:
    """Runs the jobs of any environments it is asked for; number i is of domain i modulo the number of folders."""

    def __init__(self, folders: Sequence[Path], terms: Terms) -> None:
        self._folders = folders
        self._terms = terms
        self._rooms: dict[int, Room] = {}  # by the index of the folder, opened when first needed
        self._seats: dict[int, Seat] = {}  # by environment

    def run(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Do the jobs; those of one environment in order. One that raises has its exception as its outcome."""
        outcomes: list[Any] = [None] * len(jobs)
        for place in self._order(jobs):
            outcomes[place] = self._outcome(*jobs[place])
        return outcomes

    def close(self) -> None:
        """Free all databases."""
        for room in self._rooms.values():
            room.world.close()
        self._rooms.clear()
        self._seats.clear()

    def _order(self, jobs: Sequence[Job]) -> Iterable[int]:
        """The places of the jobs, steps of one task together: its start is then in the world for the next of them."""
        tasks: dict[int, list[int]] = {}
        for place, (env, what) in enumerate(jobs):
            seat = self._seats.get(env)
            if seat is None or type(what) is Start:
                return range(len(jobs))
            tasks.setdefault(id(seat.episode.task), []).append(place)
        return chain.from_iterable(tasks.values())

    def _outcome(self, env: int, what: Any) -> Outcome:
        try:
            return self._start(env, what) if type(what) is Start else self._step(env, what)
        except Exception as error:
            return error

    def _start(self, env: int, start: Start) -> Opening:
        old = self._seats.pop(env, None)
        if old is not None:
            old.room.forget(old)
        room = self._room(env % len(self._folders))
        task, user_seed = room.setting.choose(start.wanted, start.seed, start.number)
        room.leave()
        episode, opening = room.setting.begin(room.world, task, user_seed)
        self._seats[env] = room.seat(episode)
        return opening, episode.info()

    def _step(self, env: int, action: object) -> Step:
        seat = self._seats[env]
        room, episode = seat.room, seat.episode
        if episode.stop is None:
            room.enter(seat)
        step = episode.step(room.world, action)
        if episode.stop is not None:
            room.forget(seat)
        return step

    def _room(self, index: int) -> Room:
        if index not in self._rooms:
            self._rooms[index] = Room(self._folders[index], self._terms)
        return self._rooms[index]
