"""The official benchmarks through our adapters: ``python -m benchmarks.adapters --tau-bench DIR --tau2 DIR [--json]``.

DIR is a checkout of the official repository, as it is for ``--acebench DIR``; without one its benchmarks are left out.
One key a benchmark and domain:

tasks           tasks played
gold            of these, won by an agent that makes the calls of the official solution, as JSON strings
null            won by one that does and says nothing
transfer, talk  won by one that hands over at once, and by one that tells what is to be told and calls nothing
refuse          won by one that always says that it cannot be done
summaries       of each of these, the official table's figures, where there are several
dialogue        of ``dialogues`` tasks that gold wins, won where agent and user are models behind litellm and a scripted
                server
overhead        CPU time that the Gymnasium environment adds to the official steps and scoring, as a share of theirs
call_overhead   the same of tool calls alone, whose official time is far shorter than that of scoring
call_added_us   microseconds of CPU time that are added to a tool call
recorded        recorded trials whose reward the wrapper reproduces, and pass_1 to pass_4 over them
identity        version and commit of the checkout
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentgym.errors import AgentGymError
from agentgym.evaluate.benchmark import PUPPETS, Benchmark, Historical, Setup
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.passk import pass_curve
from agentgym.evaluate.playing import Wanted, play_trial
from agentgym.evaluate.wholes import whole_of
from agentgym.play.agents.agent import Agent, action
from agentgym.spaces import RESPOND
from agentgym.types import ToolCall
from benchmarks.dialogue import dialogues
from benchmarks.overhead import overhead
from benchmarks.printing import SCREEN, hand_over

TAU = ("tau-retail", "tau-airline", "tau-retail-dev", "tau-retail-train")
TAU2 = ("tau2-retail", "tau2-airline", "tau2-telecom")
ACEBENCH = ("acebench-en", "acebench-zh")
ALL = (*PUPPETS, "dialogue", "overhead", "recorded")
RECORDED = Path("historical_trajectories/gpt-4o-airline.json")  # in a checkout of τ-bench


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    report: dict[str, Any] = {}
    for names, folder in ((TAU, options.tau_bench), (TAU2, options.tau2), (ACEBENCH, options.acebench)):
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
    rewards: dict[str, dict[str, float]] = {}
    for kind in (kind for kind in PUPPETS if kind in figures and env.benchmark.puppet(kind, tasks[0]) is not None):
        rewards[kind] = {task: earned(env, kind, task) for task in tasks}
        found[kind] = sum(reward == 1.0 for reward in rewards[kind].values())
        _note(f"{name}: {kind} {found[kind]} of {len(tasks)}")
    summaries = {kind: summary_of(env.benchmark, of_kind) for kind, of_kind in rewards.items()}
    if any(len(summary) > 1 for summary in summaries.values()):
        found["summaries"] = summaries
    if "dialogue" in figures:
        few = spread([task for task in tasks if rewards.get("gold", {}).get(task, 1.0) == 1.0], talks)
        found |= {"dialogues": len(few), "dialogue": sum(reward == 1.0 for reward in dialogues(name, setup, few))}
    if "overhead" in figures:
        found |= overhead(env, spread(tasks, 200 if name in ACEBENCH else 5))  # tasks of microseconds, or of seconds
    if "recorded" in figures and name == "tau-airline" and (folder / RECORDED).is_file():
        found |= recorded(name, setup, folder / RECORDED, limit)
    identity = env.benchmark.identity()
    return found | {"identity": identity.model_dump(include={"version", "commit", "modified"})}


def earned(env: BenchmarkEnv, kind: str, task: str) -> float:
    """What the agent ``kind`` earns at ``task``, by strings alone."""
    agent = env.benchmark.puppet(kind, task)
    assert agent is not None, f"{env.benchmark.name} has no agent {kind!r} for {task!r}"
    env.reset(options={"task": task})
    while True:
        for act in acts(agent):
            _, reward, terminated, truncated, _ = env.step(act)
            if terminated or truncated:
                return float(reward)


def summary_of(benchmark: Benchmark, rewards: Mapping[str, float]) -> dict[str, float]:
    """The benchmark's own figures from one reward a task."""
    wholes: dict[str, dict[str, float]] = defaultdict(dict)
    for task, reward in rewards.items():
        of_group, whole = wholes[benchmark.group(task)], whole_of(benchmark, task)
        of_group[whole] = min(reward, of_group.get(whole, 1.0))
    means = {group: sum(of_group.values()) / len(of_group) for group, of_group in wholes.items()}
    return {figure: round(value, 4) for figure, value in benchmark.summary(means).items()}


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
    parser.add_argument("--acebench", type=Path, metavar="DIR", help="a checkout of ACEBench")
    parser.add_argument(
        "--only", nargs="*", default=(), choices=(*TAU, *TAU2, *ACEBENCH), help="these benchmarks alone"
    )
    parser.add_argument("--figures", nargs="*", default=ALL, choices=ALL, help="these figures alone")
    parser.add_argument("--limit", type=int, metavar="N", help="N tasks of each, spread over all")
    parser.add_argument("--dialogues", type=int, default=20, metavar="N", help="tasks of each that models play")
    parser.add_argument("--json", nargs="?", type=Path, const=SCREEN, metavar="FILE", help="the report as JSON")
    return parser


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
