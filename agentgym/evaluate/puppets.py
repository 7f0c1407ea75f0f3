"""Agents that follow a script: gold, and the floors that every table shows."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym.play.agents.agent import Turn
from agentgym.types import Json


class Puppet:
    """Makes the turns it was given, one after another, and the last one again until the episode is over."""

    def __init__(self, name: str, turns: Sequence[Turn]) -> None:
        """Raises ``ValueError`` without turns: an agent has to do something, if only say nothing (``Turn("")``)."""
        if not turns:
            raise ValueError(f"the puppet {name!r} has no turns; give at least Turn(''), which says nothing")
        self.name = name
        self._turns = list(turns)

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """It needs to know nothing."""

    def act(self, observations: tuple[str, ...]) -> Turn:
        return self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
