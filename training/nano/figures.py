"""The figures of a report, as SVG that is the same in every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agentgym.evaluate.figures import Line, draw, figure
from agentgym.evaluate.intervals import Interval
from agentgym.types import Json

_COLOURS = ("#8a8a8a", "#1b6ca8", "#d1495b")  # of base, stage 1 and stage 2
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
        draw(axes, _lines(by_stage, "k"), _COLOURS)


def by_calls(path: Path, by_stage: Mapping[str, Points]) -> None:
    """Success by the number of tool calls that a task takes (the paper's figure 5)."""
    with _axes(path, "Held-out tasks of the target vertical", "gold calls") as axes:
        draw(axes, _lines(by_stage, "calls"), _COLOURS)


def by_environments(path: Path, points: Points) -> None:
    """Success in unseen domains over the number of training environments."""
    with _axes(path, "Unseen domains", "training environments") as axes:
        axes.set_xscale("log", base=2)
        draw(axes, _lines({"": points}, "environments"), _COLOURS[1:])
        axes.set_xticks([point["environments"] for point in points], [str(point["environments"]) for point in points])


def _lines(by_stage: Mapping[str, Points], key: str) -> list[Line]:
    """A line a stage, over what ``key`` names."""
    return [
        Line(
            label,
            [point[key] for point in points],
            [point["mean"] for point in points],
            [Interval(point["low"], point["high"]) for point in points],
        )
        for label, points in by_stage.items()
    ]


@contextmanager
def _axes(path: Path, title: str, x: str, y: str = "success") -> Iterator[Any]:
    """Axes to draw on; the file is written at the end."""
    with figure(path, title) as axes:
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(True, axis="y", alpha=0.3, linewidth=0.5)
        yield axes
        if any(axes.get_legend_handles_labels()[1]):
            axes.legend(frameon=False, fontsize=8)
