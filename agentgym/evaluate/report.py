"""The report on everything under one folder: ``report.md`` with its figures, and ``results.json``.

It is made from the figures that lie there, so that it needs no checkout, and is the same in every run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from agentgym.errors import RunError
from agentgym.evaluate.benchmark import FLOORS, PUPPETS
from agentgym.evaluate.figures import Dot, Line, length_figure, pass_figure
from agentgym.evaluate.intervals import Interval
from agentgym.evaluate.published import CURVES, ROWS1, ROWS2, TABLE1, TABLE2, WEIGHTED
from agentgym.evaluate.results import Result, combined, read_results
from agentgym.evaluate.tables import (
    benchmark_table,
    group_table,
    length_table,
    markdown,
    named,
    ordered,
    paper_table,
    pass_table,
    settings_table,
)
from agentgym.files import digest, write_json, write_text

REPORT = "report.md"
RESULTS = "results.json"

_READING = """\
Accuracy is the mean reward in per cent: over the trials of a task, then over tasks. pass^k is the mean over tasks of
C(passed, k) / C(trials, k), as far as every task has k trials. Intervals are 95% intervals over tasks, since trials of
one task are alike: a bootstrap of the tasks' means, or Wilson's interval where each of these is 0 or 1, or where all
are equal. The floors are played once per task.

An agent's turn may hold several tool calls; all are made, in order, and each counts as a step. τ-bench's own
ToolCallingAgent makes only the first. The figures by number of tool calls count the calls that a trial made, refused
ones included, and not those that its task needs: a trial may be long because it went wrong. A trial that was cut off
had reached its greatest number of steps.

ACEBench's Normal, Special and Agent are means over categories, in which a conversation of several turns counts once and
is won where all its turns are; Overall weighs the three as the official evaluation does, and accuracy is the plain mean
over tasks. `process` is process accuracy. The official runner deletes the spaces within arguments before it checks
them, which fails a right answer that has some in a list within an object: `as_written` is the share of Normal's tasks
that are right when nothing is deleted. Of an argument that is a number or a boolean the checker compares only the type.

An error is a trial that infrastructure ended: a model that could not be reached, a user's model that gave no usable
answer, or a fault of the environment. It counts as failed, as in τ-bench, unless a column or row says that errors are
left out, as in τ²-bench. What an agent's own output breaks, such as a conversation that outgrows its model's context,
is a failure and no error.

The floors need no skill: an agent that says and calls nothing, one that transfers the user to a human at once, one that
says what the task wants said and calls nothing, and one that always says that it cannot be done. They, and every agent
that is named without a user, talked with a scripted user; that of τ-bench, τ²-bench and ACEBench tells its whole
instruction at once. Published rows were measured with models as users, and with other prompts and versions.
"""


def write_report(out: Path) -> Path:
    """Write the report on what lies under ``out``; its path.

    Raises ``RunError`` where nothing was evaluated there, or where matplotlib is missing.
    """
    results = read_results(out)
    if not results:
        raise RunError(f"nothing was evaluated under {out}; run `agentgym eval BENCHMARK --out {out}`")
    write_json(out / RESULTS, {"results": [result.model_dump(mode="json") for result in results]})
    by_benchmark: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_benchmark[result.benchmark].append(result)
    parts = ["# Evaluation\n", _identities(by_benchmark)]
    played = settings_table(results)
    parts += [played] if played else []
    for title, table in (
        ("Table 1 of the paper", paper_table(TABLE1, ROWS1, results)),
        ("Table 2 of the paper", paper_table(TABLE2, ROWS2, results)),
    ):
        parts += [f"## {title}\n", table] if table else []
    together = combined(results)
    weighted = pass_table(WEIGHTED, together)
    if weighted:
        pass_figure(out / f"{WEIGHTED}-pass-k.svg", _pass_lines(WEIGHTED, together), "τ²-bench, all domains")
        parts += ["## τ²-bench, all domains together\n", weighted, f"![pass^k of τ²-bench]({WEIGHTED}-pass-k.svg)\n"]
    for benchmark, those in by_benchmark.items():
        parts += [f"## {benchmark}\n", *_section(out, benchmark, those)]
    parts += ["## How to read this\n", _READING]
    write_text(out / REPORT, "\n".join(parts))
    return out / REPORT


def _identities(by_benchmark: dict[str, list[Result]]) -> str:
    """Which code and data stand behind the figures."""
    rows = []
    for benchmark, results in by_benchmark.items():
        for identity in {result.identity.model_dump_json(): result.identity for result in results}.values():
            state = {None: "not known", True: "modified", False: "as committed"}[identity.modified]
            known = [identity.version or "-", identity.commit[:12] or "-", state if identity.commit else "-"]
            rows.append([benchmark, identity.name, *known, digest(identity.data)[:12]])
    return markdown(("benchmark", "project", "version", "commit", "tracked files", "digest of data"), rows)


def _section(out: Path, benchmark: str, results: Sequence[Result]) -> list[str]:
    """One benchmark: its tables and figures."""
    parts = [benchmark_table(results)]
    passes = pass_table(benchmark, results)
    if passes:
        name = f"{benchmark}-pass-k.svg"
        pass_figure(out / name, _pass_lines(benchmark, results), benchmark)
        parts += [passes, f"![pass^k of {benchmark}]({name})\n"]
    groups = group_table(results)
    parts += [groups] if groups else []
    lengths = [result for result in ordered(results) if result.agent not in PUPPETS and result.lengths]
    if any(len(result.lengths) > 1 for result in lengths):  # else there is nothing to compare
        name = f"{benchmark}-tool-calls.svg"
        length_figure(out / name, [_dots(result) for result in lengths], benchmark)
        parts += [length_table(results), f"![Accuracy of {benchmark} by number of tool calls]({name})\n"]
    return [part for part in parts if part]


def _pass_lines(benchmark: str, results: Sequence[Result]) -> list[Line]:
    """Agents with several trials, and the published curves."""
    lines = [
        Line(
            f"{curve.model} ({curve.source})",
            range(1, len(curve.values) + 1),
            [value / 100 for value in curve.values],
            style="--",
        )
        for curve in CURVES
        if curve.benchmark == benchmark
    ]
    for result in ordered(results):
        values = result.pass_k.get("failed", [])
        if len(values) > 1 and result.agent not in FLOORS:
            bounds = result.pass_bounds.get("failed", ()) if result.agent not in PUPPETS else ()  # gold's says nothing
            lines.append(Line(named(result), range(1, len(values) + 1), values, bounds))
    return lines


def _dots(result: Result) -> tuple[str, list[Dot], tuple[float, float] | None]:
    dots = [Dot(one.calls, one.accuracy, Interval(one.low, one.high), one.trials) for one in result.lengths]
    line = None if result.trend is None else (result.trend.slope, result.trend.intercept)
    return named(result), dots, line
