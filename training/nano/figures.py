"""The figures of a report, as SVG that is the same in every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from agentgym.files import replacing
from agentgym.types import Json

_COLOURS = ("#8a8a8a", "#1b6ca8", "#d1495b")  # of base, stage 1 and stage 2
_STYLE = {"svg.hashsalt": "envscale", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
          "axes.spines.right": False}  # fmt: skip
Points = Sequence[Mapping[str, Json]]


def stages(path: Path, parts: Mapping[str, Mapping[str, Json]], titles: Mapping[str, str]) -> None:
    """Bars of each stage, part by part (the paper's figure 3)."""
    with _axes(path, "Success by stage of training", "held-out tasks of") as axes:
        width = 0.8 / len(next(iter(parts.values())))
        for place, by_stage in enumerate(parts.values()):
            for number, (stage, point) in enumerate(by_stage.items()):
                x = place + (number - (len(by_stage) - 1) / 2) * width
                label = stage if place == 0 else None
                axes.bar(x, point["mean"], width * 0.9, color=_COLOURS[number], label=label)
                axes.vlines(x, point["low"], point["high"], color="black", linewidth=1)
        axes.set_xticks(range(len(parts)), [titles[part] for part in parts])


def pass_k(path: Path, by_stage: Mapping[str, Points]) -> None:
    """pass^k over k (the paper's figure 4)."""
    with _axes(path, "Held-out tasks of the target vertical", "k", "pass^k") as axes:
        _lines(axes, by_stage, "k")


def by_calls(path: Path, by_stage: Mapping[str, Points]) -> None:
    """Success by the number of tool calls that a task takes (the paper's figure 5)."""
    with _axes(path, "Held-out tasks of the target vertical", "gold calls") as axes:
        _lines(axes, by_stage, "calls")


def by_environments(path: Path, points: Points) -> None:
    """Success in unseen domains over the number of training environments."""
    with _axes(path, "Unseen domains", "training environments") as axes:
        axes.set_xscale("log", base=2)
        _lines(axes, {"": points}, "environments")
        axes.set_xticks([point["environments"] for point in points], [str(point["environments"]) for point in points])


def _lines(axes: Any, by_stage: Mapping[str, Points], key: str) -> None:
    for number, (label, points) in enumerate(by_stage.items()):
        x = [point[key] for point in points]
        colour = _COLOURS[number % len(_COLOURS)] if label else _COLOURS[1]
        axes.plot(x, [point["mean"] for point in points], marker="o", markersize=4, color=colour, label=label)
        low, high = [point["low"] for point in points], [point["high"] for point in points]
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set_xticks(sorted({point[key] for points in by_stage.values() for point in points}))


@contextmanager
def _axes(path: Path, title: str, x: str, y: str = "success") -> Iterator[Any]:
    """Axes to draw on; the file is written at the end."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 3.4), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, fontsize=9)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(True, axis="y", alpha=0.3, linewidth=0.5)
        yield axes
        if any(axes.get_legend_handles_labels()[1]):
            axes.legend(frameon=False, fontsize=8)
        drawn = BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    with replacing(path) as file:
        file.write(drawn.getvalue())
