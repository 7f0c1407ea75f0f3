"""Accuracy by the number of tool calls that a trial made, with its trend (the paper's figure 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agentgym.evaluate.intervals import RESAMPLES, Interval, interval_of
from agentgym.types import Record


class Length(Record):
    """The trials that made one number of tool calls."""

    calls: int
    tasks: int  # that have such trials
    trials: int
    accuracy: float  # mean reward: over these trials of each task, then over tasks
    low: float  # 95%, over tasks, as ``interval_of`` has it
    high: float


class Trend(Record):
    """The line of least squares of reward over tool calls, one point a trial."""

    slope: float  # reward a call
    intercept: float
    low: float  # 95% interval of the slope, by a bootstrap over tasks
    high: float


class Point(NamedTuple):
    """One trial."""

    task: str
    calls: int  # tool calls that it made, not those that its task needs
    reward: float


def by_calls(points: Sequence[Point]) -> list[Length]:
    """Mean reward for each number of calls that occurs."""
    rewards: dict[int, dict[str, list[float]]] = {}
    for task, calls, reward in points:
        rewards.setdefault(calls, {}).setdefault(task, []).append(reward)
    return [_length(calls, list(of_tasks.values())) for calls, of_tasks in sorted(rewards.items())]


def trend(points: Sequence[Point], *, resamples: int = RESAMPLES, seed: int = 0) -> Trend | None:
    """The trend; None where all trials made the same number of calls, or one task alone was played."""
    tasks = sorted({point.task for point in points})
    if len(tasks) < 2 or len({point.calls for point in points}) < 2:
        return None
    place = {task: number for number, task in enumerate(tasks)}
    sums = np.zeros((len(tasks), 5))  # of each task: trials, calls, rewards, calls x calls, calls x rewards
    for task, calls, reward in points:
        sums[place[task]] += (1, calls, reward, calls * calls, calls * reward)
    generator = np.random.default_rng(seed)
    draws = (sums[generator.integers(len(tasks), size=len(tasks))].sum(axis=0) for _ in range(resamples))
    slopes = [fit[0] for fit in map(_line, draws) if fit is not None]
    slope, intercept = _line(sums.sum(axis=0)) or (0.0, 0.0)
    bounds = Interval(*map(float, np.quantile(slopes, [0.025, 0.975])))
    return Trend(slope=slope, intercept=intercept, low=bounds.low, high=bounds.high)


def _length(calls: int, rewards: Sequence[Sequence[float]]) -> Length:
    """``rewards``: of each task, of its trials that made so many ``calls``."""
    accuracy = sum(sum(earned) / len(earned) for earned in rewards) / len(rewards)
    low, high = interval_of(rewards)
    trials = sum(map(len, rewards))
    return Length(calls=calls, tasks=len(rewards), trials=trials, accuracy=accuracy, low=low, high=high)


def _line(sums: np.ndarray) -> tuple[float, float] | None:
    """Slope and intercept from sums; None where all calls are equal."""
    trials, calls, rewards, squares, products = map(float, sums)
    spread = trials * squares - calls * calls
    if spread <= 1e-9 * max(1.0, trials * squares):
        return None
    slope = (trials * products - calls * rewards) / spread
    return slope, (rewards - slope * calls) / trials
