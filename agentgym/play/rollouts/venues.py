"""Where episodes are played: in a Gymnasium environment of their own, or in the room of a domain that many share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gymnasium import Env

from agentgym.env import ToolEnv, functions, user_of
from agentgym.episode import Choice, Step, Terms
from agentgym.errors import AgentGymError, TaskError
from agentgym.play.rollouts.interaction import Waits, WorldError, described
from agentgym.room import Room, Seat
from agentgym.spaces import Parsed
from agentgym.types import Json, RowChange, Task
from agentgym.users import User


class EnvVenue:
    """A ``ToolEnv``, which may be wrapped. The user it makes answers at once."""

    def __init__(self, env: Env[str, str], inner: ToolEnv, task: Task, seed: int) -> None:
        self.tools, self.policy = inner.tools, inner.policy
        self._env, self._inner = env, inner
        self._task, self._seed = task, seed

    @property
    def user(self) -> User | None:
        return user_of(self._inner)

    def begin(self) -> str:
        observation, _ = self._env.reset(seed=self._seed, options={"task": self._task})
        return observation

    def step(self, action: str, what: Parsed) -> Waits[Step]:
        yield from ()
        observation, reward, terminated, truncated, info = self._env.step(action)
        return observation, float(reward), terminated, truncated, info

    def diff(self) -> tuple[RowChange, ...]:
        return self._inner.world.diff()


class Rooms:
    """The rooms of the domains that are being played; one that nobody needs any more is closed."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._open: dict[Path, tuple[Room, list[Json]]] = {}
        self._guests: dict[Path, int] = {}
        self._latest: Path | None = None

    def venue(self, folder: Path, wanted: Choice, seed: int) -> RoomVenue:
        """Where a task is to be played. Raises an ``AgentGymError`` where the domain or its task cannot be had."""
        if folder != self._latest:
            before, self._latest = self._latest, folder
            self._close_if_empty(before)
        if folder not in self._open:
            room = Room(folder, self._terms)
            self._open[folder] = room, functions(room.setting.domain)
        room, tools = self._open[folder]
        task, user_seed = room.setting.choose(wanted, seed, 0)
        self._guests[folder] = self._guests.get(folder, 0) + 1
        return RoomVenue(folder, room, tools, task, user_seed)

    def leave(self, venue: RoomVenue) -> None:
        """The episode is over."""
        venue.leave()
        self._guests[venue.folder] -= 1
        if venue.folder != self._latest:
            self._close_if_empty(venue.folder)

    def close(self) -> None:
        """Free all databases."""
        for room, _ in self._open.values():
            room.world.close()
        self._open.clear()
        self._guests.clear()

    def _close_if_empty(self, folder: Path | None) -> None:
        if folder in self._open and not self._guests.get(folder):
            room, _ = self._open.pop(folder)
            room.world.close()


class RoomVenue:
    """An episode in a room, as the venue of its interaction."""

    def __init__(self, folder: Path, room: Room, tools: Sequence[Json], task: Task, user_seed: int) -> None:
        self.folder, self.task, self.tools = folder, task, tools
        self.policy = room.setting.loaded.policy
        self._room, self._user_seed = room, user_seed
        self._seat: Seat | None = None

    @property
    def user(self) -> User | None:
        return None if self._seat is None else self._seat.episode.user

    def begin(self) -> str:
        self._room.leave()
        with _WORLD:
            self._room.world.reset(self.task.state)
        try:
            episode = self._room.setting.meet(self.task, self._user_seed)
            self._seat = self._room.seat(episode)
            return episode.user.open()
        except (TaskError, WorldError) as error:  # the user's, whatever they are called
            raise RuntimeError(described(error)) from error

    def step(self, action: str, what: Parsed) -> Waits[Step]:
        seat = self._enter()
        episode, world = seat.episode, self._room.world
        if not isinstance(what, str):
            with _WORLD:
                return episode.act(world, what)
        with _WORLD:
            heard = episode.hear(world, what)
        areply = getattr(episode.user, "areply", None)
        try:
            reply = episode.user.reply(what, heard.sight) if areply is None else (yield areply(what, heard.sight))
        except AgentGymError as error:
            return episode.silence(heard, error)
        self._enter()
        return episode.answer(world, heard, reply)

    def diff(self) -> tuple[RowChange, ...]:
        if self._seat is None:
            return ()
        self._enter()
        with _WORLD:
            return self._room.world.diff()

    def leave(self) -> None:
        """Free the seat."""
        if self._seat is not None:
            self._room.forget(self._seat)

    def _enter(self) -> Seat:
        assert self._seat is not None, "an episode goes on after it has begun"
        with _WORLD:
            self._room.enter(self._seat)
        return self._seat


class _Guarded:
    """What is done to the world: whatever it raises is a ``WorldError``."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, WorldError):
            raise WorldError(described(error)) from error


_WORLD = _Guarded()
