"""What the funnel saw, kept and dropped for which reason: in all, by domain and by agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from agentgym.play.funnel.judge import StageName, kept
from agentgym.types import Json, Verdict

STAGES: tuple[StageName, ...] = get_args(StageName)


@dataclass
class Counts:
    """Of one group of trajectories."""

    played: int = 0
    kept: int = 0
    reached: Counter[str] = field(default_factory=Counter)  # by stage
    passed: Counter[str] = field(default_factory=Counter)  # by stage
    dropped: Counter[tuple[StageName, str]] = field(default_factory=Counter)  # by stage and reason
    faults: Counter[str] = field(default_factory=Counter)  # who was to blame, of the episodes without reward

    def add(self, verdicts: Sequence[Verdict], fault: str) -> None:
        self.played += 1
        self.kept += kept(verdicts)
        self.faults.update([fault] if fault else ())
        for verdict in verdicts:
            self.reached[verdict.stage] += 1
            self.passed[verdict.stage] += verdict.kept
            if not verdict.kept:
                self.dropped[verdict.stage, verdict.reason] += 1

    def summary(self) -> dict[str, Json]:
        stages = {
            stage: {
                "reached": self.reached[stage],
                "passed": self.passed[stage],
                "dropped": {reason: count for (of, reason), count in sorted(self.dropped.items()) if of == stage},
            }
            for stage in STAGES
        }
        return {
            "played": self.played, "kept": self.kept, "stages": stages, "faults": dict(sorted(self.faults.items())),
        }  # fmt: skip


@dataclass
class Tally:
    """Counts of everything, of each domain and of each agent."""

    total: Counts = field(default_factory=Counts)
    domains: dict[str, Counts] = field(default_factory=dict)
    agents: dict[str, Counts] = field(default_factory=dict)

    def add(self, domain: str, agent: str, verdicts: Sequence[Verdict], fault: str = "") -> None:
        """Count one trajectory. ``fault``: who its record says is to blame."""
        self.total.add(verdicts, fault)
        self.domains.setdefault(domain, Counts()).add(verdicts, fault)
        self.agents.setdefault(agent, Counts()).add(verdicts, fault)

    def summary(self) -> dict[str, Json]:
        """Plain JSON: the total's counts, and the same under ``domains`` and ``agents`` by name."""
        return {
            **self.total.summary(),
            "domains": {name: counts.summary() for name, counts in sorted(self.domains.items())},
            "agents": {name: counts.summary() for name, counts in sorted(self.agents.items())},
        }
