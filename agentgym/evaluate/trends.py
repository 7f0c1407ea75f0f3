"""Accuracy by number of tool calls, with its trend (the paper's figure 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agentgym.evaluate.intervals import RESAMPLES, Interval, wilson
from agentgym.types import Record


class Length(Record):
    """The trials that made one number of tool calls."""

    calls: int
    trials: int
    accuracy: float  # mean reward
    low: float  # Wilson's 95% interval
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
    calls: int
    reward: float


def by_calls(points: Sequence[Point]) -> list[Length]:
    """Mean reward for each number of calls that occurs."""
    rewards: dict[int, list[float]] = {}
    for point in points:
        rewards.setdefault(point.calls, []).append(point.reward)
    lengths = []
    for calls, earned in sorted(rewards.items()):
        low, high = wilson(sum(earned), len(earned))
        lengths.append(Length(calls=calls, trials=len(earned), accuracy=sum(earned) / len(earned), low=low, high=high))
    return lengths


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


def _line(sums: np.ndarray) -> tuple[float, float] | None:
    """Slope and intercept from sums; None where all calls are equal."""
    trials, calls, rewards, squares, products = map(float, sums)
    spread = trials * squares - calls * calls
    if spread <= 1e-9 * max(1.0, trials * squares):
        return None
    slope = (trials * products - calls * rewards) / spread
    return slope, (rewards - slope * calls) / trials
