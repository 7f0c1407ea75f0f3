"""What the tasks and the agents are worth: ``python -m benchmarks.experience [FOLDER...] [--json [FILE]]``.

A FOLDER is a run, a folder of domains, or a domain; without one, the committed domains. ``--tasks N`` samples N tasks a
domain now in place of those it has. The figures at the top of the JSON:

tasks_per_domain_min    tasks of the domain that has fewest
share_4_calls, _7_calls tasks with at least so many gold calls
writing_tools_unused    tools that write and that no task calls
dropped_step_kill       gold calls left out, one at a time: the share that is found out; a read of a writing task is by
                        what can no longer be known without it
argument_kill           arguments that the reward looks at, changed one at a time: the share that is found out
null_score, random_score, read_everything_score, error_spam_score, every_key_score
                        tasks that such an agent wins, through the real environment; see benchmarks/trials/careless.py
gold_dialogue           tasks that the gold agent wins in dialogue with the scripted user
planner_single_goal     tasks of one goal that the planner wins, which sees only what an agent sees
planner                 the same of all tasks
user_fault_gold         of the gold agent's failures, those that are the user's fault: their number
user_fault_fallible     the same of the fallible agent: the share of its failures
wording_overlap         pairs of a domain's openings that share a template of eight words: the worst domain's share
proofs_per_second       tasks sampled, worded and proven a second, in all worker processes together
proofs_per_second_core  the same a second of CPU time, domains loaded
dialogues_per_second_core
                        complete episodes of the gold agent with the scripted user, a second of CPU time
details                 the same by domain; what the proof rejected, by reason; how long a dialogue is
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentgym.errors import AgentGymError
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts.rollout import rollouts
from agentgym.processes import each
from benchmarks.printing import SCREEN, hand_over
from benchmarks.trials.careless import POLICIES
from benchmarks.trials.domains import AGENTS, examined
from benchmarks.trials.folders import chosen, sample

TRIALS = 10  # episodes of a task in a row: a rollout loads a domain once and plays it many times


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    sample: int = 0  # domains; 0: all
    tasks: int = 0  # sampled for each domain now; 0: those it has
    timed: int = 20  # tasks a domain that are sampled for the proving speed
    seconds: float = 20.0  # of CPU time, of dialogues
    workers: int = os.cpu_count() or 1
    seed: int = 0


def measure(paths: Sequence[Path], settings: Settings) -> dict[str, Any]:
    """The report. Raises RunError where there are no domains."""
    folders = chosen(paths, settings.sample, settings.seed)
    with tempfile.TemporaryDirectory(prefix="agentgym-experience-") as scratch:
        _note(f"sampling tasks of {len(folders)} domains")
        count = settings.tasks or settings.timed
        made, sampling = sample(folders, Path(scratch), count, settings.seed, settings.workers)
        played = made if settings.tasks else folders
        _note("playing")
        domains = list(each(examined, played, settings.workers))
        _note("timing dialogues")
        dialogues = _dialogues(played, settings.seconds)
    return {**_headline(domains, sampling, dialogues), "details": _details(domains, sampling, dialogues)}


def _headline(domains: list[dict[str, Any]], sampling: dict[str, Any], dialogues: dict[str, Any]) -> dict[str, Any]:
    tasks = sum(domain["tasks"] for domain in domains)
    calls = _sum(domain["calls"] for domain in domains)
    kills = _sum(_numbers(domain["kills"]) for domain in domains)
    agents = {name: _sum(_numbers(domain["agents"][name]) for domain in domains) for name in AGENTS}
    faults = {name: _sum(domain["agents"][name]["faults"] for domain in domains) for name in AGENTS}
    single = _sum(_numbers(domain["single"]) for domain in domains)
    lost = agents["fallible"]["played"] - agents["fallible"]["won"]
    return {
        "tasks_per_domain_min": min(domain["tasks"] for domain in domains),
        "share_4_calls": _share(sum(count for length, count in calls.items() if length >= 4), tasks),
        "share_7_calls": _share(sum(count for length, count in calls.items() if length >= 7), tasks),
        "writing_tools_unused": sum(len(domain["writing_tools_unused"]) for domain in domains),
        "dropped_step_kill": _share(kills["steps_killed"], kills["steps"]),
        "argument_kill": _share(kills["arguments_killed"], kills["arguments"]),
        **{
            f"{name}_score": _share(sum(len(domain["careless"][name]) for domain in domains), tasks)
            for name in POLICIES
        },
        "gold_dialogue": _share(agents["gold"]["won"], agents["gold"]["played"]),
        "planner_single_goal": _share(single["won"], single["played"]),
        "planner": _share(agents["planner"]["won"], agents["planner"]["played"]),
        "user_fault_gold": faults["gold"]["user"],
        "user_fault_fallible": _share(faults["fallible"]["user"], lost),
        "wording_overlap": max(domain["overlap"] for domain in domains),
        "proofs_per_second": sampling["per_second"],
        "proofs_per_second_core": sampling["per_second_core"],
        "dialogues_per_second_core": dialogues["per_second_core"],
    }


def _details(domains: list[dict[str, Any]], sampling: dict[str, Any], dialogues: dict[str, Any]) -> dict[str, Any]:
    return {
        "calls": dict(sorted(_sum(domain["calls"] for domain in domains).items())),
        "dialogues": dialogues,
        "domains": {domain["domain"]: domain for domain in domains},
        "kinds": dict(_sum(domain["kinds"] for domain in domains)),
        "sampling": sampling,
        "tasks": sum(domain["tasks"] for domain in domains),
        "wording_overlap_mean": round(sum(domain["overlap"] for domain in domains) / len(domains), 4),
    }


def _dialogues(folders: Sequence[Path], seconds: float) -> dict[str, Any]:
    """Gold with the scripted user, domain after domain and over again until the time is up, in this process."""
    episodes = messages = trial = 0
    spent = 0.0
    while spent < seconds:
        before = episodes
        for folder in folders:
            if spent >= seconds:
                break
            started = time.process_time()
            played = list(rollouts([folder], [GoldAgent], seed=trial, trials=TRIALS))
            spent += time.process_time() - started
            episodes += len(played)
            messages += sum(len(one.messages) for one in played)
        trial += TRIALS
        if episodes == before:
            break  # there are no tasks
    return {
        "cpu_seconds": round(spent, 2),
        "episodes": episodes,
        "messages_each": round(messages / episodes, 1) if episodes else None,
        "per_second_core": round(episodes / spent, 1) if spent else None,
    }


def _numbers(counts: dict[str, Any]) -> dict[str, int]:
    return {name: value for name, value in counts.items() if isinstance(value, int)}


def _sum(counts: Iterable[dict[Any, int]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for one in counts:
        total.update(one)
    return total


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experience", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="a run, domains, or one domain")
    parser.add_argument("--json", nargs="?", const=SCREEN, type=Path, metavar="FILE", help="write JSON, to a file")
    parser.add_argument("--sample", type=int, default=defaults.sample, help="domains measured; 0: all of them")
    parser.add_argument("--tasks", type=int, default=defaults.tasks, help="tasks sampled now; 0: those in the folders")
    parser.add_argument(
        "--timed", type=int, default=defaults.timed, help="tasks a domain that are sampled for the speed"
    )
    parser.add_argument("--seconds", type=float, default=defaults.seconds, help="CPU time of dialogues")
    parser.add_argument("--workers", type=int, default=defaults.workers, help="processes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of all that is drawn (default: %(default)s)")
    given = parser.parse_args(arguments)
    if min(given.timed, given.workers) < 1 or min(given.sample, given.tasks) < 0 or given.seconds <= 0:
        parser.error("--timed, --workers and --seconds must be positive, --sample and --tasks not negative")
    settings = Settings(given.sample, given.tasks, given.timed, given.seconds, given.workers, given.seed)
    try:
        report = measure(given.folders, settings)
    except AgentGymError as error:
        parser.error(str(error))
    hand_over(report, given.json)


if __name__ == "__main__":
    main()
