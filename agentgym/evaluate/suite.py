"""An evaluation from beginning to end: agents and floors over benchmarks, exports, and the report.

OUT/<benchmark>/<agent>--<user>/   settings.json  trials.jsonl  figures.json  and what is exported
OUT/report.md  results.json        on everything that lies there, with a figure or two for each benchmark
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from agentgym.build.ledger import alone
from agentgym.errors import RunError, nearest
from agentgym.evaluate.benchmark import Benchmark, Setup
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.inspect_log import write_inspect
from agentgym.evaluate.report import write_report
from agentgym.evaluate.results import Result, measure
from agentgym.evaluate.runner import CONCURRENCY, Request, chosen, evaluate, floors, maker, replay
from agentgym.evaluate.store import read_trials
from agentgym.evaluate.tau2_results import write_tau2
from agentgym.llm import Options, shared_client
from agentgym.play.rollouts.players import is_model
from agentgym.runs import Progress, silent

# What else a folder of trials can be written as: the file, and what writes it from the folder.
EXPORTS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "tau2": ("tau2.json", write_tau2),
    "inspect": ("inspect.eval", write_inspect),
}


@dataclass(frozen=True)
class Suite:
    """What to evaluate."""

    benchmarks: Sequence[str]
    requests: Sequence[Request]  # one an agent
    setup: Setup = field(default_factory=Setup)
    tasks: Sequence[str] = ()  # ids; () for all
    limit: int | None = None  # the first tasks only
    floors: bool = True
    trajectories: Path | None = None  # recorded by others, to be scored again
    exports: Sequence[str] = ()  # names in ``EXPORTS``
    concurrency: int = CONCURRENCY
    retry_errors: bool = False


class Evaluated(NamedTuple):
    """What came of a suite."""

    results: list[Result]
    report: Path
    files: list[Path]  # that were exported
    errors: Counter[str]  # what ended trials, by its words


def run(suite: Suite, out: Path, progress: Progress = silent) -> Evaluated:
    """Evaluate into ``out``, whose report covers everything that lies there.

    Raises ``AgentGymError`` for a benchmark, agent, task or export that there is not, for a key of a model that is not
    set, and where ``out`` holds trials of other settings.
    """
    for name in suite.exports:
        if name not in EXPORTS:
            raise RunError(f"there is no export {name!r}{nearest(name, EXPORTS)}; known are {', '.join(EXPORTS)}")
    benchmarks = {name: open_benchmark(name, suite.setup) for name in suite.benchmarks}
    for benchmark in benchmarks.values():  # what is wrong with the last is said before the first is played
        for request in suite.requests:
            maker(benchmark, request, chosen(benchmark, suite.tasks)[0])
    models = [*((one.agent, one.options) for one in suite.requests), (suite.setup.user, suite.setup.options)]
    for name, options in models:
        if is_model(name):
            _check_access(options)
    results: list[Result] = []
    files: list[Path] = []
    errors: Counter[str] = Counter()
    with alone(out):
        for name, benchmark in benchmarks.items():
            for player, folder in _played(suite, name, benchmark, out, progress):
                results.append(measure(player, folder))
                errors.update(trial.error for trial in read_trials(folder).values() if trial.error)
                for export in suite.exports:
                    file, write = EXPORTS[export]
                    write(folder, folder / file)
                    files.append(folder / file)
        return Evaluated(results, write_report(out), files, errors)


def _check_access(options: Options) -> None:
    """Raises ``RunError`` or ``LLMError`` where a model's cassette cannot be read or its key is not set."""
    shared_client(options)
    if options.cassette is None or options.record:  # a cassette that is replayed asks nobody
        options.key()


def _played(
    suite: Suite, name: str, benchmark: Benchmark, out: Path, progress: Progress
) -> list[tuple[Benchmark, Path]]:
    """The folders of one benchmark's agents and floors, with what they were played by."""
    tasks = chosen(benchmark, suite.tasks)[: suite.limit]
    played = [
        (
            benchmark,
            evaluate(
                benchmark, suite.setup, request, out,
                tasks=tasks, concurrency=suite.concurrency, retry_errors=suite.retry_errors, progress=progress,
            ),
        )
        for request in suite.requests
    ]  # fmt: skip
    if suite.trajectories is not None:
        played.append(
            (benchmark, replay(benchmark, suite.setup, suite.trajectories, out, tasks=tasks, progress=progress))
        )
    if suite.floors:
        scripted = replace(suite.setup, user="scripted")  # nobody is paid to talk with an agent that does nothing
        bench = benchmark if scripted == suite.setup else open_benchmark(name, scripted)
        asked = {request.agent for request in suite.requests} if bench is benchmark else set()
        missing = (Request(agent=kind) for kind in floors(bench) if kind not in asked)
        played += [(bench, evaluate(bench, scripted, one, out, tasks=tasks, progress=progress)) for one in missing]
    return played
