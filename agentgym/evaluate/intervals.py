"""Confidence intervals: Wilson's for a proportion, and a bootstrap over tasks for means of anything.

Trials of one task are alike, so that they are no independent draws: with several a task, tasks are what is resampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

RESAMPLES = 2000


class Interval(NamedTuple):
    """Two bounds."""

    low: float
    high: float


def wilson(passed: float, trials: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927); (0, 1) without trials.

    ``passed`` may be a fraction, where trials earn part of a reward. Raises ``ValueError`` for what is no proportion.
    """
    _check(confidence)
    if not 0 <= passed <= trials:
        raise ValueError(f"passed={passed} of trials={trials}; at least none and at most all can pass")
    if trials == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = passed / trials, z * z / trials
    centre = (share + weight / 2) / (1 + weight)
    half = z * sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    low, high = centre - half, centre + half  # the bounds of none and of all are exact: rounding must not pass them
    return Interval(0.0 if passed == 0 else max(0.0, low), 1.0 if passed == trials else min(1.0, high))


def bootstrap(
    values: Sequence[float], confidence: float = 0.95, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Percentile bootstrap of the mean of ``values``, one a task. Same values and seed, same bounds.

    Raises ``ValueError`` without values.
    """
    _check(confidence)
    if not values:
        raise ValueError("values is empty; a mean needs at least one task")
    sample = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    for number in range(resamples):  # one by one: all together would take tasks x resamples of memory
        means[number] = sample[generator.integers(len(sample), size=len(sample))].mean()
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def interval_of(rewards: Sequence[Sequence[float]], confidence: float = 0.95, *, seed: int = 0) -> Interval:
    """The interval of the mean reward, given the rewards of each task's trials.

    A bootstrap over tasks of their means. Wilson's, for as many trials as there are tasks, where the mean of each task
    is 0 or 1, or where all have the same, of which a bootstrap would be too sure. Tasks without trials do not count.
    """
    means = [sum(trials) / len(trials) for trials in rewards if trials]
    if set(means) <= {0.0, 1.0} or len(set(means)) == 1:
        return wilson(sum(means), len(means), confidence)
    return bootstrap(means, confidence, seed=seed)


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence} is no probability between 0 and 1, such as 0.95")
