"""Figures as SVG that is the same in every run: no clock, no random ids, text as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from agentgym.evaluate.intervals import Interval

_COLOURS = ("#1b6ca8", "#d1495b", "#2e933c", "#8e5ea2", "#e08e0b", "#4d4d4d")
_STYLE = {"svg.hashsalt": "envscale", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
          "axes.spines.right": False}  # fmt: skip


class Line(NamedTuple):
    """One line of a figure: a label, its points, and an interval for each or none at all."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    bounds: Sequence[Interval] = ()
    style: str = "-"  # matplotlib's: "--" sets what others have measured apart


class Dot(NamedTuple):
    """A point of a scatter: its place, the interval of ``y``, and how many episodes it stands for."""

    x: float
    y: float
    bounds: Interval
    weight: int


def pass_figure(path: Path, lines: Sequence[Line], title: str) -> None:
    """pass^k over k, a line an agent (the paper's figure 4)."""
    with figure(path, title) as axes:
        draw(axes, lines)
        _labels(axes, "k", "pass^k")


def length_figure(
    path: Path, groups: Sequence[tuple[str, Sequence[Dot], tuple[float, float] | None]], title: str
) -> None:
    """Accuracy by the number of tool calls that a trial made (the paper's figure 5).

    ``groups``: of each agent its label, its dots, and slope and intercept of its trend, or None where there is none.
    """
    with figure(path, title) as axes:
        for number, (label, dots, trend) in enumerate(groups):
            colour = _COLOURS[number % len(_COLOURS)]
            for dot in dots:
                axes.vlines(dot.x, *dot.bounds, color=colour, linewidth=0.8, alpha=0.5)
            x = [dot.x for dot in dots]
            sizes = [8 + 2 * dot.weight**0.5 for dot in dots]
            axes.scatter(x, [dot.y for dot in dots], s=sizes, color=colour, label=label)
            if trend is not None and x:
                slope, intercept = trend
                ends = [min(x), max(x)]
                axes.plot(ends, [slope * end + intercept for end in ends], color=colour, linestyle="--", linewidth=1)
        _labels(axes, "tool calls per trial", "accuracy")


def draw(axes: Any, lines: Sequence[Line], colours: Sequence[str] = _COLOURS) -> None:
    """Lines with their intervals as bands, and a tick at every point."""
    for number, line in enumerate(lines):
        colour = colours[number % len(colours)]
        axes.plot(line.x, line.y, linestyle=line.style, marker="o", markersize=4, color=colour, label=line.label)
        if line.bounds:
            low, high = zip(*line.bounds, strict=True)
            axes.fill_between(line.x, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set_xticks(sorted({x for line in lines for x in line.x}))


def _labels(axes: Any, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(True, alpha=0.3, linewidth=0.5)
    if axes.get_legend_handles_labels()[0]:  # outside, where it hides no point
        axes.figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)


@contextmanager
def figure(path: Path, title: str) -> Iterator[Any]:
    """Axes to draw on; the file is written at the end. Raises ``RunError`` where matplotlib is not installed."""
    from io import BytesIO

    from agentgym.files import replacing

    canvas, context = _matplotlib()
    with context(_STYLE):
        drawing = canvas(figsize=(5.2, 3.4), layout="constrained")
        axes = drawing.subplots()
        axes.set_title(title, fontsize=9)
        yield axes
        drawn = BytesIO()
        drawing.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    with replacing(path) as file:
        file.write(drawn.getvalue())


def _matplotlib() -> tuple[Any, Any]:
    from agentgym.errors import RunError

    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise RunError("figures need matplotlib; install it with `pip install 'envscale[eval]'`") from error
    return Figure, rc_context
