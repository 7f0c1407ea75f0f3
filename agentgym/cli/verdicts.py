"""What ``agentgym filter`` shows: each stage's yield, why it dropped what, by agent and by domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentgym.cli.console import Output
    from agentgym.play.funnel import Counts, Tally

_SHOWN = 20  # domains: those that lost most


def show_verdicts(talk: Output, tally: Tally) -> None:
    """Tables for people; the same counts are in ``Tally.summary``."""
    from agentgym.play.funnel import STAGES

    total = tally.total
    stages = [(stage, total.reached[stage], total.passed[stage]) for stage in STAGES]
    talk.table(f"{total.kept:,} of {total.played:,} trajectories kept", ("stage", "reached", "passed"), stages)
    dropped = sorted(total.dropped.items(), key=lambda item: (STAGES.index(item[0][0]), -item[1], item[0]))
    if dropped:
        talk.table("Dropped", ("stage", "reason", "trajectories"), [(*key, count) for key, count in dropped])
    header = ("played", *STAGES, "kept")
    talk.table("Passed by agent", ("agent", *header), [_row(*item) for item in sorted(tally.agents.items())])
    domains = _worst(tally.domains)
    title = "Passed by domain" if len(domains) == len(tally.domains) else f"The {_SHOWN} domains that lost most"
    talk.table(title, ("domain", *header), [_row(name, tally.domains[name]) for name in domains])


def _row(name: str, counts: Counts) -> tuple[object, ...]:
    from agentgym.play.funnel import STAGES

    return name, counts.played, *(counts.passed[stage] for stage in STAGES), counts.kept


def _worst(domains: Mapping[str, Counts]) -> list[str]:
    return sorted(domains, key=lambda name: (domains[name].kept / domains[name].played, name))[:_SHOWN]
