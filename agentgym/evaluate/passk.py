"""pass^k: the chance that ``k`` independent trials of one task all succeed, averaged over tasks (τ-bench, eq. 1).

Infrastructure errors, such as a model that is out of reach, are counted in two ways in the field. τ-bench counts such a
trial as a failure; τ²-bench leaves it out. ``Outcomes`` holds what both need.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb
from typing import Literal, NamedTuple, TypeAlias

Convention: TypeAlias = Literal["failed", "left out"]  # what becomes of a trial that an infrastructure error ended
CONVENTIONS: tuple[Convention, ...] = ("failed", "left out")  # as τ-bench does it, as τ²-bench does it


class Outcomes(NamedTuple):
    """The trials of one task."""

    trials: int  # that came to their end
    passed: int  # of these
    errors: int = 0  # trials besides, ended by an infrastructure error


def counted(outcomes: Outcomes, convention: Convention) -> tuple[int, int]:
    """How many trials of a task count by ``convention``, and how many of these passed."""
    return outcomes.trials + (outcomes.errors if convention == "failed" else 0), outcomes.passed


def all_pass(trials: int, passed: int, k: int) -> float:
    """C(passed, k) / C(trials, k): the share of ``k``-subsets of a task's trials in which all passed.

    Raises ``ValueError`` where there are fewer than ``k`` trials, or more passed than were made.
    """
    if not 0 <= passed <= trials:
        raise ValueError(f"passed={passed} of trials={trials}; at least none and at most all can pass")
    if not 1 <= k <= trials:
        raise ValueError(f"k={k} of trials={trials}; pass^k needs k trials of each task, and k of at least 1")
    return comb(passed, k) / comb(trials, k)


def pass_k(tasks: Iterable[tuple[int, int]], k: int) -> float | None:
    """pass^k over tasks given as (trials, passed): the mean over those with ``k`` trials; None where no task has."""
    chances = [all_pass(trials, passed, k) for trials, passed in tasks if trials >= k]
    return sum(chances) / len(chances) if chances else None


def pass_curve(tasks: Sequence[tuple[int, int]]) -> list[float]:
    """pass^1, pass^2, ... as far as every task has trials enough, so that each is a mean over the same tasks."""
    reach = min((trials for trials, _ in tasks), default=0)
    return [value for k in range(1, reach + 1) if (value := pass_k(tasks, k)) is not None]
