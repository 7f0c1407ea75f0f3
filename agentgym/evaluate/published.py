"""Figures that others have published, to stand beside ours. Per cent. A cell that is not given here is left out of a
table, which does not say that the source has none.

``PAPER``: AgentScaler, "Towards General Agentic Intelligence via Environment Scaling", arXiv 2509.13311v1: rows of its
tables 1 and 2, curves of its figure 4. In a row with all three, Overall is 0.578 Normal + 0.2676 Special + 0.1545 Agent
to within 0.1. ``README``: the leaderboard of sierra-research/tau-bench, strategy "TC", which is tool calling; gpt-4o
plays the user by default there.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Column: TypeAlias = tuple[str, str]  # a benchmark, and the figure of its summary

PAPER = "arXiv 2509.13311"
README = "tau-bench README"


class Row(NamedTuple):
    """One published row of a table."""

    model: str
    source: str
    cells: dict[Column, float]


class Curve(NamedTuple):
    """Published pass^1, pass^2, ... of a model at a benchmark."""

    benchmark: str
    model: str
    source: str
    values: tuple[float, ...]


TABLE1: dict[Column, str] = {
    ("tau-retail", "accuracy"): "τ-bench Retail",
    ("tau-airline", "accuracy"): "τ-bench Airline",
    ("tau2-retail", "accuracy"): "τ²-bench Retail",
    ("tau2-airline", "accuracy"): "τ²-bench Airline",
    ("tau2-telecom", "accuracy"): "τ²-bench Telecom",
    ("acebench-en", "Normal"): "ACEBench-en Normal",
    ("acebench-en", "Special"): "Special",
    ("acebench-en", "Agent"): "Agent",
    ("acebench-en", "Overall"): "Overall",
}
TABLE2: dict[Column, str] = {
    ("acebench-zh", "Normal"): "ACEBench-zh Normal",
    ("acebench-zh", "Special"): "Special",
    ("acebench-zh", "Agent"): "Agent",
    ("acebench-zh", "Overall"): "Overall",
}


def _first(model: str, *cells: float | None) -> Row:
    named = zip(TABLE1, cells, strict=True)
    return Row(model, PAPER, {column: cell for column, cell in named if cell is not None})


def _second(model: str, *cells: float) -> Row:
    return Row(model, PAPER, dict(zip(TABLE2, cells, strict=True)))


ROWS1 = (
    _first("Qwen3-Thinking-4B", 59.1, 52.5, 56.1, 52.0, 28.7, None, 84.7, None, 49.5),
    _first("AgentScaler-4B", 64.3, 54.0, 62.3, 56.0, 48.2, None, 76.7, None, 65.9),
    _first("Qwen3-8B", 45.2, 25.0, 41.2, 30.5, 23.5, None, None, None, 65.9),
    _first("AgentScaler-8B", 50.4, 42.0, 58.8, 44.0, 45.4, None, None, None, 67.4),
    _first("Qwen3-Thinking-30B-A3B", 67.8, 48.0, 58.8, 58.0, 26.3, None, 86.7, None, 67.2),
    _first("AgentScaler-30B-A3B", 70.4, 54.0, 70.2, 60.0, 55.3, 76.7, 82.7, 60.0, 75.7),
)
ROWS2 = (
    _second("Qwen3-Thinking-4B", 34.7, 85.3, 6.7, 43.9),
    _second("AgentScaler-4B", 70.8, 70.0, 38.4, 65.6),
    _second("Qwen3-8B", 80.3, 72.7, 35.0, 71.3),
    _second("AgentScaler-8B", 75.2, 79.3, 58.4, 73.7),
    _second("Qwen3-Thinking-30B-A3B", 73.4, 86.7, 55.8, 74.2),
    _second("AgentScaler-30B-A3B", 85.3, 83.3, 64.1, 81.5),
)

WEIGHTED = "tau2"  # the three domains of τ²-bench together, each task counting once
DOMAINS = ("tau2-airline", "tau2-retail", "tau2-telecom")
CURVES = (
    Curve("tau-airline", "gpt-4o", README, (42.0, 27.3, 22.0, 20.0)),
    Curve("tau-airline", "claude-3-5-sonnet-20241022", README, (46.0, 32.6, 26.3, 22.5)),
    Curve("tau-retail", "gpt-4o", README, (60.4, 49.1, 43.0, 38.3)),
    Curve("tau-retail", "claude-3-5-sonnet-20241022", README, (69.2, 57.6, 50.9, 46.2)),
    Curve(WEIGHTED, "Qwen3-Thinking-30B-A3B", PAPER, (45.3, 34.1, 30.9, 27.7)),
    Curve(WEIGHTED, "AgentScaler-30B-A3B", PAPER, (62.5, 48.6, 38.5, 30.6)),
)
