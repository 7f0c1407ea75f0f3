"""The tasks of the minishop, and an episode of gold for each."""

from __future__ import annotations

from contextlib import closing

from agentgym.env import ToolEnv
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts.rollout import rollout
from agentgym.types import Task, Trajectory
from agentgym.world.load import load
from tests.minishop import MINISHOP

CANCEL, LOOKUP, ORDER = load(MINISHOP).tasks()


def played(task: Task) -> Trajectory:
    """The shortest of a few gold episodes: one in which nothing was confirmed beforehand."""
    with closing(ToolEnv(folder=MINISHOP)) as env:
        return min((rollout(env, task, GoldAgent(task), seed=seed) for seed in range(8)), key=lambda t: len(t.messages))


GOLD = {task.id: played(task) for task in (CANCEL, LOOKUP, ORDER)}
