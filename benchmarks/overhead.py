"""What an adapter adds to the official code's own time: measured in one run, so that a busy machine weighs on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import process_time_ns
from typing import Any
from unittest.mock import patch

from agentgym.evaluate.acebench.adapter import AceBench
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.tau2.episode import Tau2Episode
from agentgym.evaluate.tau_bench.episode import TauEpisode
from agentgym.play.agents.agent import action
from agentgym.spaces import RESPOND
from agentgym.types import ToolCall
from benchmarks.acebench import acebench_overhead


class Clock:
    """CPU nanoseconds inside official code."""

    def __init__(self) -> None:
        self.inside = 0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            start = process_time_ns()
            try:
                return function(*args, **kwargs)
            finally:
                self.inside += process_time_ns() - start

        return run


def overhead(env: BenchmarkEnv, tasks: Sequence[str]) -> dict[str, float]:
    """``overhead``, ``call_overhead`` and ``call_added_us`` over whole episodes of the gold agent, without resets."""
    if isinstance(env.benchmark, AceBench):  # official code is not inside of ours there, but beside it
        return acebench_overhead(env, tasks)
    clock = Clock()
    whole = calls = calls_inside = made = 0
    for task in tasks:
        agent: Any = env.benchmark.puppet("gold", task)
        env.reset(options={"task": task})
        with _watched(env, clock):
            over = False
            while not over:
                turn = agent.act(())
                for call in turn.calls or (ToolCall(name=RESPOND, arguments={"content": turn.content}),):
                    text, inside = action(call), clock.inside
                    start = process_time_ns()
                    _, _, terminated, truncated, _ = env.step(text)
                    took = process_time_ns() - start
                    over = terminated or truncated
                    whole += took
                    if turn.calls and not over:
                        made += 1
                        calls += took
                        calls_inside += clock.inside - inside
    return {
        "overhead": round(whole / clock.inside - 1, 4),
        "call_overhead": round(calls / calls_inside - 1, 4) if made else 0.0,
        "call_added_us": round((calls - calls_inside) / made / 1000, 1) if made else 0.0,
    }


@contextmanager
def _watched(env: BenchmarkEnv, clock: Clock) -> Iterator[None]:
    """The official entry points of this episode go by the clock."""
    assert env._course is not None
    episode: Any = env._course.episode
    if isinstance(episode, TauEpisode):
        with patch.object(episode._official, "step", clock.timed(episode._official.step)):
            yield
        return
    assert isinstance(episode, Tau2Episode)
    environment, evaluator = episode._environment, episode._code.evaluator
    with (
        patch.object(environment, "get_response", clock.timed(environment.get_response)),
        patch.object(environment, "sync_tools", clock.timed(environment.sync_tools)),
        patch.object(evaluator, "evaluate_simulation", clock.timed(evaluator.evaluate_simulation)),
    ):
        yield
