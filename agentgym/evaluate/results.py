"""What an agent's trials at a benchmark come to: figures with their intervals, for a table and for a program."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from agentgym.errors import RunError
from agentgym.evaluate.benchmark import Benchmark, Identity, Trial
from agentgym.evaluate.intervals import Interval, interval_of
from agentgym.evaluate.passk import CONVENTIONS, Convention, Outcomes, all_pass, counted, pass_curve
from agentgym.evaluate.published import DOMAINS, WEIGHTED
from agentgym.evaluate.store import SETTINGS, read_trials
from agentgym.evaluate.trends import Length, Point, Trend, by_calls, trend
from agentgym.evaluate.wholes import grouped
from agentgym.files import flaw, read_json, write_json
from agentgym.types import Json, Record

FIGURES = "figures.json"
_COUNTS = ("tasks", "available", "trials", "infrastructure")
PASSED = 1.0 - 1e-6  # a reward from which a trial has passed, as tau-bench has it


class Accuracy(Record):
    """A mean reward: first over the trials of each task, then over tasks."""

    value: float
    low: float  # 95%, over tasks, as ``interval_of`` has it
    high: float
    tasks: int  # that count
    trials: int  # that count


class Result(Record):
    """One agent at one benchmark, everything that was played of it."""

    benchmark: str
    agent: str
    user: str
    identity: Identity
    settings: dict[str, Json]
    tasks: int
    available: int  # tasks that the benchmark has
    trials: int
    infrastructure: int  # of the trials, those that an infrastructure error ended
    stops: dict[str, int]
    accuracy: dict[Convention, Accuracy]  # by what becomes of infrastructure errors; none where no trial counts
    pass_k: dict[Convention, list[float]]  # pass^1, pass^2, ... as far as every task has trials
    pass_bounds: dict[Convention, list[Interval]]  # their 95% intervals, as above
    groups: dict[str, Accuracy] = Field(default_factory=dict)  # errors count as failed
    summary: dict[str, float] = Field(default_factory=dict)  # the benchmark's own figures, from the groups
    parts: dict[str, float] = Field(default_factory=dict)  # means of the numbers in the scorer's details
    lengths: list[Length] = Field(default_factory=list)
    trend: Trend | None = None
    cost: dict[str, float] = Field(default_factory=dict)  # tokens and money of all trials together

    @property
    def label(self) -> str:
        """The agent, with whoever played the user where that was not the scripted one."""
        return self.agent if self.user == "scripted" else f"{self.agent} (user: {self.user})"


def measure(benchmark: Benchmark, folder: Path) -> Result:
    """The figures of the trials in ``folder``, which are also written there. Raises ``RunError`` without trials."""
    trials = list(read_trials(folder).values())
    if not trials:
        raise RunError(f"{folder} holds no trials; play some with `agentgym eval {benchmark.name}`")
    settings = read_json(folder / SETTINGS)
    by_task: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        by_task[trial.score.task].append(trial)
    means = {group: accuracy(trials, "failed") for group, trials in grouped(benchmark, by_task).items()}
    known = {group: mean for group, mean in means.items() if mean is not None}
    counts_by = {convention: _counts(by_task.values(), convention) for convention in CONVENTIONS}
    sound = [trial for trial in trials if not trial.infrastructure]
    points = [Point(trial.score.task, trial.calls, trial.score.reward) for trial in sound]
    result = Result(
        benchmark=benchmark.name,
        agent=settings["agent"],
        user=settings["user"],
        identity=Identity.model_validate(settings["identity"]),
        settings=settings,
        tasks=len(by_task),
        available=len(benchmark.tasks()),
        trials=len(trials),
        infrastructure=len(trials) - len(sound),
        stops=dict(sorted(Counter(trial.stop for trial in trials).items())),
        accuracy=_both(by_task.values()),
        pass_k={convention: pass_curve(counts) for convention, counts in counts_by.items()},
        pass_bounds={convention: _bounds(counts) for convention, counts in counts_by.items()},
        groups=known if len(known) > 1 else {},
        summary=benchmark.summary({group: mean.value for group, mean in known.items()}),
        parts=_parts(sound),
        lengths=by_calls(points),
        trend=trend(points),
        cost=_cost(trials),
    )
    write_json(folder / FIGURES, result.model_dump(mode="json"))
    return result


def accuracy(tasks: Iterable[Sequence[Trial]], convention: Convention) -> Accuracy | None:
    """The mean reward over tasks, each given by its trials; None where none counts."""
    rewards = [
        [trial.score.reward for trial in trials if convention == "failed" or not trial.infrastructure]
        for trials in tasks
    ]
    counting = [earned for earned in rewards if earned]
    if not counting:
        return None
    low, high = interval_of(counting)
    value = sum(sum(earned) / len(earned) for earned in counting) / len(counting)
    return Accuracy(value=value, low=low, high=high, tasks=len(counting), trials=sum(map(len, counting)))


def read_results(out: Path) -> list[Result]:
    """The figures of every evaluation under ``out``, by benchmark, agent and user. Raises ``RunError``."""
    found = []
    for path in sorted(out.glob(f"*/*/{FIGURES}")):
        try:
            found.append(Result.model_validate(read_json(path)))
        except ValueError as error:
            raise RunError(f"{path} holds no figures ({flaw(error)}); run that `agentgym eval` again") from error
    return sorted(found, key=lambda result: (result.benchmark, result.agent, result.user))


def combined(results: Iterable[Result]) -> list[Result]:
    """pass^k over all domains of τ²-bench, of those who have played all three; each task counts once."""
    played: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.benchmark in DOMAINS:
            played[result.agent, result.user].append(result)
    return [_merged(those) for those in played.values() if len(those) == len(DOMAINS)]


def _merged(results: Sequence[Result]) -> Result:
    """What tables of pass^k need of several domains together; without intervals, which the single ones do not give."""
    sums = {name: sum(getattr(result, name) for result in results) for name in _COUNTS}
    curves = {convention: _weighted(results, convention) for convention in CONVENTIONS}
    return results[0].model_copy(update={"benchmark": WEIGHTED, "pass_k": curves, "pass_bounds": {}, **sums})


def _weighted(results: Sequence[Result], convention: Convention) -> list[float]:
    """pass^k over all tasks that count, as far as every domain has it."""
    weights = [result.accuracy[convention].tasks if convention in result.accuracy else 0 for result in results]
    columns = zip(*(result.pass_k[convention] for result in results), strict=False)
    return [
        sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights) for values in columns
    ]


def outcomes(trials: Iterable[Trial]) -> Outcomes:
    """How the trials of one task went."""
    sound = [trial.score.reward >= PASSED for trial in trials if not trial.infrastructure]
    return Outcomes(len(sound), sum(sound), sum(trial.infrastructure for trial in trials))


def _both(tasks: Iterable[Sequence[Trial]]) -> dict[Convention, Accuracy]:
    each = list(tasks)
    found = {convention: accuracy(each, convention) for convention in CONVENTIONS}
    return {convention: value for convention, value in found.items() if value is not None}


def _counts(tasks: Iterable[Sequence[Trial]], convention: Convention) -> list[tuple[int, int]]:
    """How many trials of each task count, and how many passed."""
    counts = [counted(outcomes(trials), convention) for trials in tasks]
    return [count for count in counts if count[0]]  # a task of errors alone says nothing


def _bounds(counts: Sequence[tuple[int, int]]) -> list[Interval]:
    reach = min((trials for trials, _ in counts), default=0)
    chances = ([[all_pass(*count, k)] for count in counts] for k in range(1, reach + 1))
    return [interval_of(of_tasks) for of_tasks in chances]


def _parts(trials: Sequence[Trial]) -> dict[str, float]:
    """The mean of every number in the scorer's details, over the trials that have it."""
    values: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        for name, value in _numbers(trial.score.detail):
            values[name].append(value)
    return {name: sum(those) / len(those) for name, those in sorted(values.items())}


def _numbers(detail: Mapping[str, Json], prefix: str = "") -> Iterable[tuple[str, float]]:
    for name, value in detail.items():
        if isinstance(value, (bool, int, float)):
            if name != "reward":  # which is the accuracy itself
                yield f"{prefix}{name}", float(value)
        elif isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}.")


def _cost(trials: Sequence[Trial]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for trial in trials:
        total.update(trial.cost)
    return dict(sorted(total.items()))
