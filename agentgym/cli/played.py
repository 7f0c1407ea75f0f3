"""How the outcome of a rollout is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, get_args

from agentgym.cli.console import Output
from agentgym.types import Fault, Json, Stop

if TYPE_CHECKING:
    from agentgym.experience import Result, Tally

REASONS = 5  # errors that are shown
FAULTS = [fault for fault in get_args(Fault) if fault]
STOPS = get_args(Stop)


def show_rollout(talk: Output, run: Path, result: Result) -> NoReturn:
    """Tables for people or one JSON value, then the exit code."""
    tallies = result.tallies
    episodes = sum(tally.episodes for tally in tallies.values())
    rows = [(agent, tally.episodes, f"{_mean(tally):.3f}") for agent, tally in tallies.items()]
    talk.table(f"{episodes:,} episodes", ("agent", "episodes", "mean reward"), rows)
    ends = [(agent, *(tally.stops[stop] for stop in STOPS)) for agent, tally in tallies.items()]
    talk.table("Ended by", ("agent", *STOPS), ends)
    faults = [(agent, *(tally.faults[fault] for fault in FAULTS)) for agent, tally in tallies.items()]
    talk.table("Without reward, by the fault of", ("agent", *FAULTS), faults)
    costs = [(agent, what, _amount(sum_)) for agent, tally in tallies.items() for what, sum_ in tally.cost.items()]
    if costs:
        talk.table("Models were asked for", ("agent", "what", "all together"), costs)
    for failure in result.failures:
        talk.say(f"{failure.subject}: {failure.reason}. {failure.detail}")
    errors = sum(tally.errors for tally in tallies.values())
    if errors:
        shown = result.errors.most_common(REASONS)
        if shown:
            talk.table("Errors of agents and users, the most frequent", ("error", "episodes played now"), shown)
        talk.say(f"{errors:,} episodes were ended by an error; --retry-errors plays them again")
    talk.say(f"Next: agentgym filter {run}")
    told: dict[str, Json] = {"episodes": episodes, "agents": {agent: _told(tally) for agent, tally in tallies.items()}}
    told["failures"] = [failure.model_dump(mode="json") for failure in result.failures]
    told["errors"] = dict(result.errors.most_common(REASONS))
    talk.finish(told, problems=not episodes or bool(errors or result.failures))


def _told(tally: Tally) -> dict[str, Json]:
    return {
        "episodes": tally.episodes,
        "reward": _mean(tally),
        "stops": dict(tally.stops),
        "faults": dict(tally.faults),
        "cost": dict(tally.cost),
    }


def _mean(tally: Tally) -> float:
    return tally.reward / tally.episodes if tally.episodes else 0.0


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}"
