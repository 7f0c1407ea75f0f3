"""A domain's world that many episodes share: one has it, the others are parked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agentgym.episode import Episode, Setting, Terms

if TYPE_CHECKING:
    from agentgym.world.world import Parked


class Seat:
    """An episode's place in a room: its rows are in ``state``, or in the room's world while it is there."""

    __slots__ = ("episode", "room", "state")

    def __init__(self, room: Room, episode: Episode) -> None:
        self.room = room
        self.episode = episode
        self.state: Parked | None = None


class Room:
    """A domain's world, and whose rows it holds."""

    def __init__(self, folder: Path, terms: Terms) -> None:
        """Raises ``DomainError`` where ``folder`` cannot be loaded."""
        from agentgym.world.load import load
        from agentgym.world.world import World

        loaded = load(folder)
        self.setting = Setting(loaded, terms)
        self.world = World(loaded)
        self._inside: Seat | None = None

    def seat(self, episode: Episode) -> Seat:
        """The seat of an episode whose rows are in the world now, and parked nowhere yet."""
        self._inside = Seat(self, episode)
        return self._inside

    def enter(self, seat: Seat) -> None:
        """Bring the seat's rows into the world, after parking those that are there."""
        if self._inside is seat:
            return
        self.leave()
        assert seat.state is not None, "a seat outside the world is parked"
        self.world.resume(seat.state)
        self._inside = seat

    def leave(self) -> None:
        """Park whoever is in the world; it costs less than to find out whether anything has changed."""
        if self._inside is not None:
            self._inside.state = self.world.park()
        self._inside = None

    def forget(self, seat: Seat) -> None:
        """Drop the rows of an episode that is over."""
        seat.state = None
        if self._inside is seat:
            self._inside = None
