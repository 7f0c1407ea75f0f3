"""The rollout stage (paper 3.1): every task of a run is played by every agent, and what is over is kept at once.

An episode that is over is never played again, however the run was stopped and whatever is asked for next: more
trials, another agent or more domains cost only what is new. ``trajectories.jsonl`` holds what was asked for last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from agentgym.executors import Executor
from agentgym.files import replacing
from agentgym.play.rollouts.batches import (
    TASKS,
    Portion,
    Request,
    Wanted,
    in_batches,
    play_batch,
    play_batch_away,
    wanted,
)
from agentgym.play.rollouts.engine import CONCURRENCY
from agentgym.play.rollouts.players import asks_models
from agentgym.play.rollouts.store import ERRORS, EpisodeStore
from agentgym.runs import Progress, program, silent
from agentgym.types import Rejection

STAGE = "rollout"
STORE = Path(".build") / STAGE
TRAJECTORIES = "trajectories.jsonl"


@dataclass
class Tally:
    """How the episodes of one agent went."""

    episodes: int = 0
    reward: float = 0.0  # all rewards together
    stops: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)  # of those without reward
    cost: Counter[str] = field(default_factory=Counter)  # tokens and money

    def add(self, trajectory: dict[str, Any]) -> None:
        """Count an episode, given as its JSON value."""
        self.episodes += 1
        self.reward += trajectory["reward"]
        self.stops[trajectory["stop"]] += 1
        if trajectory["fault"]:
            self.faults[trajectory["fault"]] += 1
        for what, amount in trajectory["cost"].items():
            self.cost[what] += amount

    @property
    def errors(self) -> int:
        """Episodes that an error of agent or user ended."""
        return sum(self.stops[stop] for stop in ERRORS)


class Result(NamedTuple):
    """What came of a request: how each agent did, in the order asked for, and what could not be played."""

    tallies: dict[str, Tally]
    failures: list[Rejection]
    errors: Counter[str]  # what agents and users raised in episodes that were played now


def play(
    run: Path,
    folders: Sequence[Path],
    request: Request,
    work: Executor,
    *,
    concurrency: int = CONCURRENCY,
    retry_errors: bool = False,
    progress: Progress = silent,
) -> Result:
    """Play what is asked for and not over yet, with ``retry_errors`` also what an error ended, and write it all down.

    The same request gives the same ``trajectories.jsonl``, as far as agents and users do, whoever does the work and
    however often it was stopped. The caller holds the run folder.
    """
    with closing(EpisodeStore(run / STORE)) as store:
        asked = {folder: wanted(folder, request, program()) for folder in folders}
        portions = [Portion(folder, _open(store, folder, asked[folder], retry_errors)) for folder in folders]
        total = sum(map(len, asked.values()))
        done = total - sum(len(portion.episodes) for portion in portions)
        batches = in_batches(portions, request, workers=work.workers, away=work.away, concurrency=concurrency)
        failures: list[Rejection] = []
        errors: Counter[str] = Counter()
        progress(STAGE, done, total)
        for over in work.streamed(play_batch_away if work.away else play_batch, batches):
            if over.failure:
                failures.append(_failure(over.domain, over.failure))
            else:
                store.add(over.domain, over.key, over.line)
                errors.update([over.error] if over.error else ())
            done += 1
            progress(STAGE, done, total)
        tallies = _write(run / TRAJECTORIES, store, asked, request.agents)
    return Result(tallies, sorted(set(failures), key=lambda item: (item.subject, item.detail)), errors)


def has_tasks(folder: Path) -> bool:
    """Whether there is anything to play in a domain."""
    return (folder / TASKS).is_file()


def _open(store: EpisodeStore, folder: Path, asked: Sequence[Wanted], retry_errors: bool) -> list[Wanted]:
    """The episodes of a domain that are still to be played.

    Those that another request wanted are dropped in time: they can be played again, unless a model was paid for them.
    """
    keys = {episode.key for episode in asked}
    store.sweep(
        folder.name,
        lambda key, made: key not in keys and not asks_models(str(made.get("agent")), str(made.get("user"))),
    )
    stops = store.stops(folder.name)
    if retry_errors:
        stops = {key: stop for key, stop in stops.items() if stop not in ERRORS}
    return [episode for episode in asked if episode.key not in stops]


def _failure(domain: str, why: str) -> Rejection:
    return Rejection(stage=STAGE, subject=domain, reason="the environment failed", detail=why)


def _write(path: Path, store: EpisodeStore, asked: dict[Path, list[Wanted]], agents: Sequence[str]) -> dict[str, Tally]:
    """Write the trajectories in the order in which they were asked for, and count them."""
    tallies = {agent: Tally() for agent in agents}
    with replacing(path) as file:
        for folder, episodes in asked.items():
            found = store.episodes(folder.name)
            for episode in episodes:
                if episode.key in found:
                    line, trajectory = found[episode.key]
                    file.write(line + b"\n")
                    tallies[episode.agent].add(trajectory)
    return tallies
