"""What the tests of official benchmarks share: episodes by script, and what an import must leave alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agentgym.evaluate.env import BenchmarkEnv
from agentgym.play.agents.agent import Agent, action
from agentgym.spaces import RESPOND
from agentgym.types import ToolCall


def play(env: BenchmarkEnv, task: str, agent: Agent) -> tuple[float, dict[str, Any]]:
    """One episode by JSON strings alone: the reward, and the last info."""
    env.reset(options={"task": task})
    while True:
        turn: Any = agent.act(())
        for call in turn.calls or (ToolCall(name=RESPOND, arguments={"content": turn.content}),):
            _, reward, terminated, truncated, info = env.step(action(call))
            if terminated or truncated:
                return reward, info


def puppet(env: BenchmarkEnv, kind: str, task: str) -> tuple[float, dict[str, Any]]:
    """The same with an agent of the benchmark's."""
    agent = env.benchmark.puppet(kind, task)
    assert agent is not None, f"{env.benchmark.name} has no agent {kind!r}"
    return play(env, task, agent)


def won(env: BenchmarkEnv, kind: str, tasks: list[str]) -> int:
    """How many of ``tasks`` such an agent wins."""
    return sum(puppet(env, kind, task)[0] == 1.0 for task in tasks)


def check_gold(name: str, tasks: int) -> None:
    """Asserts that gold wins some of the ``tasks`` of a real checkout; ``benchmarks.adapters`` plays them all."""
    env = BenchmarkEnv(name)
    ids = list(env.benchmark.tasks())
    assert len(ids) == tasks, f"{name} has {len(ids)} tasks"
    some = ids[:: len(ids) // 5]
    assert won(env, "gold", some) == len(some), f"gold does not win all of {some}"


@contextmanager
def untouched(package: str) -> Iterator[None]:
    """Asserts that neither ``package`` nor its settings are left behind, and that its own namesake stays."""
    before = dict(os.environ), list(sys.path), os.getcwd(), list(sys.meta_path), sys.modules.get("litellm")
    here = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == package}
    yield
    assert before == (dict(os.environ), list(sys.path), os.getcwd(), list(sys.meta_path), sys.modules.get("litellm"))
    assert here == {name: module for name, module in sys.modules.items() if name.partition(".")[0] == package}
