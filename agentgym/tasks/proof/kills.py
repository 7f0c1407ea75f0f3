"""The count of what was tried on tasks and found out: published for each domain."""

from __future__ import annotations

from pydantic import Field

from agentgym.types import Record


class Kills(Record):
    """What was tried on tasks and found out. ``policies`` counts the tasks that each careless policy won."""

    tasks: int = 0
    steps: int = 0
    steps_killed: int = 0
    arguments: int = 0
    arguments_killed: int = 0
    policies: dict[str, int] = Field(default_factory=dict)

    def shown(self) -> str:
        """The mutants that were found out, of all: "57/57"."""
        return f"{self.steps_killed + self.arguments_killed}/{self.steps + self.arguments}"

    def plus(self, other: Kills) -> Kills:
        """Both together."""
        names = sorted({*self.policies, *other.policies})
        return Kills(
            tasks=self.tasks + other.tasks,
            steps=self.steps + other.steps,
            steps_killed=self.steps_killed + other.steps_killed,
            arguments=self.arguments + other.arguments,
            arguments_killed=self.arguments_killed + other.arguments_killed,
            policies={name: self.policies.get(name, 0) + other.policies.get(name, 0) for name in names},
        )
