"""The official benchmarks through our adapters: ``python -m benchmarks.adapters --tau-bench DIR --tau2 DIR [--json]``.

DIR is a checkout of the official repository; without one its benchmarks are left out. One key a benchmark and domain:

tasks           tasks played
gold            of these, won by an agent that makes the calls of the official solution, as JSON strings
null            won by one that does and says nothing
transfer, talk  won by one that hands over at once, and by one that tells what is to be told and calls nothing
dialogue        of ``dialogues`` tasks, won where agent and user are models behind litellm and a scripted server
overhead        CPU time that the Gymnasium environment adds to the official steps and scoring, as a share of theirs
call_overhead   the same of tool calls alone, whose official time is far shorter than that of scoring
recorded        recorded trials whose reward the wrapper reproduces, and pass_1 to pass_4 over them
identity        version and commit of the checkout
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentgym.errors import AgentGymError
from agentgym.evaluate.benchmark import Historical, Setup
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.passk import pass_curve
from agentgym.evaluate.playing import Wanted, play_trial
from agentgym.play.agents.agent import Agent, action
from agentgym.spaces import RESPOND
from agentgym.types import ToolCall
from benchmarks.dialogue import dialogues
from benchmarks.overhead import overhead
from benchmarks.printing import SCREEN, hand_over

TAU = ("tau-retail", "tau-airline", "tau-retail-dev", "tau-retail-train")
TAU2 = ("tau2-retail", "tau2-airline", "tau2-telecom")
KINDS = ("gold", "null", "transfer", "talk")
ALL = (*KINDS, "dialogue", "overhead", "recorded")
RECORDED = Path("historical_trajectories/gpt-4o-airline.json")  # in a checkout of τ-bench


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    report: dict[str, Any] = {}
    for names, folder in ((TAU, options.tau_bench), (TAU2, options.tau2)):
        for name in names:
            if folder is not None and (not options.only or name in options.only):
                try:
                    report[name] = measured(name, folder, options.limit, options.dialogues, options.figures)
                except AgentGymError as error:  # a checkout may lack one domain's data
                    report[name] = {"error": str(error)}
                _note(f"{name}: {report[name]}")
    hand_over(report, options.json)


def measured(name: str, folder: Path, limit: int | None, talks: int, figures: Sequence[str] = ALL) -> dict[str, Any]:
    """The figures of one benchmark. ``limit``: tasks, spread over all; None for all. ``talks``: dialogues of models."""
    setup = Setup(folder)
    env = BenchmarkEnv(open_benchmark(name, setup))
    tasks = spread(env.benchmark.tasks(), limit)
    found: dict[str, Any] = {"tasks": len(tasks)}
    for kind in (kind for kind in KINDS if kind in figures):
        found[kind] = sum(won(env, kind, task) for task in tasks)
        _note(f"{name}: {kind} {found[kind]} of {len(tasks)}")
    if "dialogue" in figures:
        few = spread(tasks, talks)
        found |= {"dialogues": len(few), "dialogue": sum(reward == 1.0 for reward in dialogues(name, setup, few))}
    if "overhead" in figures:
        found |= overhead(env, spread(tasks, 5))
    if "recorded" in figures and name == "tau-airline" and (folder / RECORDED).is_file():
        found |= recorded(name, setup, folder / RECORDED, limit)
    identity = env.benchmark.identity()
    return found | {"identity": identity.model_dump(include={"version", "commit", "modified"})}


def won(env: BenchmarkEnv, kind: str, task: str) -> bool:
    """Whether the agent ``kind`` wins ``task``, by strings alone."""
    agent = env.benchmark.puppet(kind, task)
    assert agent is not None, f"{env.benchmark.name} has no agent {kind!r} for {task!r}"
    env.reset(options={"task": task})
    while True:
        for act in acts(agent):
            _, reward, terminated, truncated, _ = env.step(act)
            if terminated or truncated:
                return reward == 1.0


def acts(agent: Agent) -> list[str]:
    """An agent's next turn as actions, each a JSON object."""
    turn: Any = agent.act(())
    return [action(call) for call in turn.calls or (ToolCall(name=RESPOND, arguments={"content": turn.content}),)]


def recorded(name: str, setup: Setup, path: Path, limit: int | None) -> dict[str, Any]:
    """How many recorded rewards come out again, and pass^k over the new ones."""
    benchmark = open_benchmark(name, setup)
    assert isinstance(benchmark, Historical)
    equal, passed, trials = 0, dict[str, list[bool]](), spread(list(benchmark.histories(path)), limit)
    for task, trial, reward, agent, episode in trials:
        begin, make = (lambda episode=episode: episode), (lambda agent=agent: agent)
        score = asyncio.run(play_trial(name, Wanted(task, trial, 0), begin, make)).score
        equal += score.reward == reward
        passed.setdefault(task, []).append(score.reward == 1.0)
    curve = pass_curve([(len(trials), sum(trials)) for trials in passed.values()])
    named = {f"pass_{k}": round(value, 3) for k, value in enumerate(curve, 1)}
    return {"recorded_trials": len(trials), "recorded": equal, **named}


def spread(items: Sequence[Any], limit: int | None) -> list[Any]:
    """At most ``limit`` of ``items``, evenly from all over; all of them without a limit."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[number * len(items) // limit] for number in range(limit)]


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The official benchmarks through our adapters.")
    parser.add_argument("--tau-bench", type=Path, metavar="DIR", help="a checkout of tau-bench")
    parser.add_argument("--tau2", type=Path, metavar="DIR", help="a checkout of tau2-bench")
    parser.add_argument("--only", nargs="*", default=(), choices=(*TAU, *TAU2), help="these benchmarks alone")
    parser.add_argument("--figures", nargs="*", default=ALL, choices=ALL, help="these figures alone")
    parser.add_argument("--limit", type=int, metavar="N", help="N tasks of each, spread over all")
    parser.add_argument("--dialogues", type=int, default=20, metavar="N", help="tasks of each that models play")
    parser.add_argument("--json", nargs="?", type=Path, const=SCREEN, metavar="FILE", help="the report as JSON")
    return parser


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
