"""tau-bench's retail environment, where ``tau_bench`` can be imported, with a user that says nothing."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

from agentgym.errors import AgentGymError
from benchmarks.timing import Section
from benchmarks.workload import STEPS

EPISODES = 3


def available() -> bool:
    return importlib.util.find_spec("tau_bench") is not None


def sections() -> dict[str, list[Section]]:
    """Its reset, its steps, and whole episodes of ``STEPS`` gold actions with its own reward calculation."""
    env, act = _environment()
    chosen = [n for n, task in enumerate(env.tasks) if len(task.actions) == STEPS and not task.outputs][:EPISODES]
    if not chosen:
        raise AgentGymError(f"this tau_bench has no retail task with {STEPS} actions")

    def steps(actions: list[Any]) -> None:
        for one in actions:
            env.step(one)

    def play(number: int) -> float:
        env.reset(task_index=number)
        steps([act(name=one.name, kwargs=one.kwargs) for one in env.task.actions])
        return float(env.calculate_reward().reward)

    for number in chosen:
        if play(number) != 1.0:
            raise AgentGymError(f"tau_bench gives its own retail task {number} no reward")
    return {
        "reset": [Section(lambda: None, lambda n=n: env.reset(task_index=n)) for n in chosen],  # type: ignore[misc]
        "step": [
            Section(lambda n=n: env.reset(task_index=n), lambda: steps(env.task.actions), STEPS)  # type: ignore[misc]
            for n in chosen
        ],
        "episode": [Section(lambda: None, lambda n=n: play(n)) for n in chosen],  # type: ignore[misc]
    }


def _environment() -> tuple[Any, Any]:
    if importlib.util.find_spec("litellm") is None:  # imported for its simulated user, which plays no part here
        placeholder: Any = ModuleType("litellm")
        placeholder.completion = None
        sys.modules["litellm"] = placeholder
    from tau_bench.envs.retail import MockRetailDomainEnv  # type: ignore[import-not-found]
    from tau_bench.types import Action  # type: ignore[import-not-found]

    env = MockRetailDomainEnv(user_strategy="human", task_split="test", task_index=0)
    env.user = SimpleNamespace(
        reset=lambda instruction: instruction, step=lambda content: "###STOP###", get_total_cost=float
    )
    return env, Action
