"""Everything that is measured of one domain's tasks: their shape, what their proof kills, who wins them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from agentgym.env import ToolEnv
from agentgym.play.agents.agent import MakeAgent
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.agents.planner import planner
from agentgym.play.rollouts.rollout import rollouts
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.kills import Kills
from agentgym.tasks.proof.prove import examine
from agentgym.types import Task, Trajectory
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World
from benchmarks.overlap import tasks_overlap
from benchmarks.trials.careless import MAX_STEPS, POLICIES, wins

AGENTS: dict[str, MakeAgent] = {"gold": GoldAgent, "fallible": FallibleAgent, "planner": planner}


def examined(folder: Path) -> dict[str, Any]:
    """The figures of one domain, as counts: ``benchmarks.experience`` adds them up."""
    loaded = load(folder)
    tasks = loaded.tasks()
    single = {task.id for task in tasks if len(task.goals) == 1 and not task.goals[0].refused}
    played = {name: list(rollouts([folder], [make])) for name, make in AGENTS.items()}
    return {
        "domain": loaded.domain.name,
        "tasks": len(tasks),
        "calls": dict(sorted(Counter(len(task.gold) for task in tasks).items())),
        "kinds": _kinds(tasks),
        "writing_tools_unused": _unused(loaded, tasks),
        "kills": _kills(loaded, tasks).model_dump(mode="json"),
        "careless": _careless(loaded, tasks),
        "overlap": round(tasks_overlap(tasks), 4),
        "agents": {name: _outcome(found) for name, found in played.items()},
        "single": _outcome([found for found in played["planner"] if found.task in single]),
    }


def _kinds(tasks: Sequence[Task]) -> dict[str, int]:
    """How many tasks have what makes a task more than one errand."""
    return {
        "write": sum(task.writes for task in tasks),
        "several goals": sum(len(task.goals) > 1 for task in tasks),
        "outputs": sum(bool(task.outputs) for task in tasks),
        "refused": sum(any(goal.refused for goal in task.goals) for task in tasks),
        "slip": sum(any(one.kind == "slip" for one in task.revisions) for task in tasks),
        "change": sum(any(one.kind == "change" for one in task.revisions) for task in tasks),
        "described": sum(bool(task.claims) for task in tasks),
    }


def _unused(loaded: LoadedDomain, tasks: Sequence[Task]) -> list[str]:
    """The writing tools that no task's gold calls."""
    called = {call.name for task in tasks for call in task.gold}
    return sorted(name for name, tool in loaded.tools.items() if tool.writes and name not in called)


def _kills(loaded: LoadedDomain, tasks: Sequence[Task]) -> Kills:
    chart, total = Chart(loaded.domain), Kills()
    with closing(World(loaded)) as world:
        for task in tasks:
            total = total.plus(examine(chart, world, task))
    return total


def _careless(loaded: LoadedDomain, tasks: Sequence[Task]) -> dict[str, list[str]]:
    """The tasks that each careless agent wins."""
    with closing(ToolEnv(folder=loaded.folder, max_steps=MAX_STEPS)) as env:
        return {
            name: [task.id for task in tasks if wins(env, loaded, task, policy)] for name, policy in POLICIES.items()
        }


def _outcome(played: Sequence[Trajectory]) -> dict[str, Any]:
    """How many episodes were won, and who is to blame for the others."""
    lost = [one for one in played if one.reward < 1.0]
    return {
        "played": len(played),
        "won": len(played) - len(lost),
        "faults": dict(sorted(Counter(one.fault for one in lost).items())),
        "lost": [one.task for one in lost][:10],
    }
