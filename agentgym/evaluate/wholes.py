"""Groups of trials by category, where a benchmark may have cut its conversations into tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from agentgym.evaluate.benchmark import Benchmark, Trial


@runtime_checkable
class Divided(Protocol):
    """A benchmark in which several tasks may count as one: it is won where all of them are."""

    def whole(self, task: str) -> str:
        """What ``task`` is a part of; its own id where it stands alone."""


def whole_of(benchmark: Benchmark, task: str) -> str:
    """What ``task`` counts as in the figures of its group."""
    return benchmark.whole(task) if isinstance(benchmark, Divided) else task


def grouped(benchmark: Benchmark, by_task: Mapping[str, Sequence[Trial]]) -> dict[str, list[list[Trial]]]:
    """The trials of every whole in every group, by the group's name. A trial of a whole is the worst of its parts'."""
    groups: dict[str, dict[str, list[Trial]]] = defaultdict(lambda: defaultdict(list))
    for task, trials in by_task.items():
        groups[benchmark.group(task)][whole_of(benchmark, task)].extend(trials)
    return {group: [_joined(trials) for trials in wholes.values()] for group, wholes in sorted(groups.items())}


def _joined(trials: Sequence[Trial]) -> list[Trial]:
    by_number: dict[int, list[Trial]] = defaultdict(list)
    for trial in trials:
        by_number[trial.score.trial].append(trial)
    return [_worst(parts) for _, parts in sorted(by_number.items())]


def _worst(parts: Sequence[Trial]) -> Trial:
    worst = min(parts, key=lambda trial: trial.score.reward)
    return worst.model_copy(update={"infrastructure": any(trial.infrastructure for trial in parts)})
