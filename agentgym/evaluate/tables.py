"""Tables in Markdown: the paper's 1 and 2 with its rows beside ours, and one for each benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from agentgym.evaluate.benchmark import FLOORS, PUPPETS
from agentgym.evaluate.passk import Convention
from agentgym.evaluate.published import CURVES, Column, Row
from agentgym.evaluate.results import Accuracy, Result
from agentgym.play.rollouts.players import is_model
from agentgym.types import Json

_NONE = "-"
_SETTINGS = {
    "seed": "seed",
    "temperature": "temperature",
    "max_tokens": "max tokens",
    "user_temperature": "temperature of the user",
    "max_steps": "max steps",
}
_NAMES = {
    "gold": "gold (the ceiling)",
    "null": "floor: does nothing",
    "transfer": "floor: transfers at once",
    "talk": "floor: talks only",
    "refuse": "floor: always refuses",
}
_CONVENTIONS: dict[Convention, str] = {"failed": "errors count as failed", "left out": "errors left out"}


def named(result: Result) -> str:
    """An agent's name in a table, with the model that played the user: what the puppets are is said in words."""
    name = _NAMES.get(result.agent, result.agent)
    return name if result.user == "scripted" else f"{name} (user: {result.user})"


def ordered(results: Iterable[Result]) -> list[Result]:
    """Agents that do the work A to Z, then gold, then the floors."""
    rank = {name: number for number, name in enumerate(PUPPETS, 1)}
    return sorted(results, key=lambda result: (rank.get(result.agent, 0), result.agent, result.user))


def paper_table(columns: Mapping[Column, str], published: Sequence[Row], results: Sequence[Result]) -> str:
    """A table in the paper's layout, per cent: published rows, ours, and the floors; "" where we have no row."""
    ours: dict[str, dict[Column, float]] = {}
    notes: dict[str, list[str]] = {}  # what keeps a row from being the whole truth
    for result in ordered(results):
        cells = {(result.benchmark, figure): 100 * value for figure, value in result.summary.items()}
        if columns.keys() & cells.keys():
            ours.setdefault(named(result), {}).update(cells)
            notes.setdefault(named(result), []).extend(_notes(result))
    if not ours:
        return ""
    rows = [(row.model, row.source, row.cells) for row in published]
    for name, cells in ours.items():
        told = f" ({', '.join(notes[name])})" if notes[name] else ""
        rows.append((name, f"measured here{told}", cells))
    header = ("model", "source", *columns.values())
    body = [[model, source, *(_cell(cells.get(column)) for column in columns)] for model, source, cells in rows]
    return markdown(header, body)


def benchmark_table(results: Sequence[Result]) -> str:
    """One benchmark's agents: accuracy with its interval, both conventions where errors make them differ, and costs.

    How many trials were cut off stands there where any was.
    """
    split = any(result.infrastructure for result in results)
    cut = any("max_steps" in result.stops for result in results)
    header = ["agent", "tasks", "trials", "accuracy [95%]"]
    header += ["errors", "accuracy without errors [95%]"] if split else []
    header += ["cut off"] if cut else []
    header += ["tool calls per trial", "dollars"]
    body = []
    for result in ordered(results):
        row = [named(result), _tasks(result), str(result.trials), _accuracy(result.accuracy.get("failed"))]
        row += [str(result.infrastructure), _accuracy(result.accuracy.get("left out"))] if split else []
        row += [str(result.stops.get("max_steps", 0))] if cut else []
        body.append([*row, _calls(result), _dollars(result)])
    return markdown(header, body)


def pass_table(benchmark: str, results: Sequence[Result]) -> str:
    """pass^k by both conventions, with published values and the floors; "" where every agent had one trial."""
    several = [result for result in results if len(result.pass_k.get("failed", ())) > 1]
    if not several:
        return ""
    floors = [result for result in results if result.agent in FLOORS and result not in several]
    rows: list[tuple[str, str, Sequence[str]]] = [
        (curve.model, curve.source, [_cell(value) for value in curve.values])
        for curve in CURVES
        if curve.benchmark == benchmark
    ]
    for result in ordered([*several, *floors]):
        conventions: tuple[Convention, ...] = ("failed", "left out") if result.infrastructure else ("failed",)
        for convention in conventions:
            words = ["measured here"]
            words += [f"only {_tasks(result)} tasks"] if result.tasks < result.available else []
            words += [_CONVENTIONS[convention]] if result.infrastructure else []
            rows.append((named(result), ", ".join(words), _curve(result, convention)))
    most = max(len(cells) for _, _, cells in rows)
    body = [[name, source, *cells, *[_NONE] * (most - len(cells))] for name, source, cells in rows]
    return markdown(("agent", "source", *(f"pass^{k + 1}" for k in range(most))), body)


def group_table(results: Sequence[Result]) -> str:
    """The benchmark's own figures, accuracy by category, and the numbers in the scorer's details; "" without any."""
    names = sorted({group for result in results for group in result.groups})
    parts = sorted({part for result in results for part in result.parts})
    figures = list(dict.fromkeys(figure for result in results for figure in result.summary if figure != "accuracy"))
    if not names and not parts and not figures:
        return ""
    shown = ordered(results)
    body = [[f"**{name}**", *(_cell(_per_cent(result.summary.get(name))) for result in shown)] for name in figures]
    body += [[name, *(_cell(_value(result.groups.get(name))) for result in shown)] for name in names]
    body += [
        [f"mean of `{part}`", *(f"{result.parts[part]:.3f}" if part in result.parts else _NONE for result in shown)]
        for part in parts
    ]
    return markdown(("figure", *map(named, shown)), body)


def length_table(results: Sequence[Result]) -> str:
    """The slope of accuracy over tool calls, in percentage points; "" where no agent has one."""
    body = [
        [named(result), f"{100 * line.slope:+.2f} [{100 * line.low:+.2f}, {100 * line.high:+.2f}]"]
        for result in ordered(results)
        if result.agent not in PUPPETS and (line := result.trend) is not None
    ]
    return markdown(("agent", "slope of accuracy, points per tool call [95%]"), body) if body else ""


def settings_table(results: Iterable[Result]) -> str:
    """How models were asked, a row for each agent and benchmark; "" where no model played."""
    rows = [
        [result.benchmark, result.agent, result.user, *(_setting(result.settings.get(name)) for name in _SETTINGS)]
        for result in results
        if is_model(result.agent) or is_model(result.user)
    ]
    return markdown(("benchmark", "agent", "user", *_SETTINGS.values()), rows) if rows else ""


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in GitHub's Markdown. What stands in a cell cannot end it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_escaped, line)) + " |" for line in lines) + "\n"


def _escaped(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").split())


def _notes(result: Result) -> list[str]:
    """What has to be said of figures that come from a part of the tasks, or of which errors count as failed."""
    part = [f"only {_tasks(result)} tasks of {result.benchmark}"] if result.tasks < result.available else []
    errors = f"errors in {result.infrastructure} of {result.trials} trials of {result.benchmark} count as failed"
    return [*part, *([errors] if result.infrastructure else [])]


def _tasks(result: Result) -> str:
    """How many tasks were played, and of how many where that is not all."""
    return str(result.tasks) if result.tasks == result.available else f"{result.tasks} of {result.available}"


def _setting(value: Json) -> str:
    return "default" if value is None else str(value)


def _per_cent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _cell(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1f}"


def _value(of: Accuracy | None) -> float | None:
    return None if of is None else 100 * of.value


def _curve(result: Result, convention: Convention) -> list[str]:
    """pass^1, pass^2, ... with their intervals, where those are known."""
    bounds = result.pass_bounds.get(convention, [])
    cells = [_cell(100 * value) for value in result.pass_k[convention]]
    return (
        [f"{cell} [{100 * bound.low:.1f}, {100 * bound.high:.1f}]" for cell, bound in zip(cells, bounds, strict=True)]
        if bounds
        else cells
    )


def _accuracy(of: Accuracy | None) -> str:
    return _NONE if of is None else f"{100 * of.value:.1f} [{100 * of.low:.1f}, {100 * of.high:.1f}]"


def _calls(result: Result) -> str:
    trials = sum(length.trials for length in result.lengths)
    calls = sum(length.calls * length.trials for length in result.lengths)
    return f"{calls / trials:.1f}" if trials else _NONE


def _dollars(result: Result) -> str:
    spent = [amount for what, amount in result.cost.items() if what.endswith("_dollars")]
    return f"{sum(spent):.4f}" if spent else _NONE
