"""Runs to be played, what of them is played, and what has been written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym.files import read_records
from agentgym.play.rollouts import batches
from agentgym.play.rollouts.batches import Request
from agentgym.play.rollouts.engine import Play
from agentgym.types import Task
from tests.minishop import MINISHOP

TASKS = len(list(read_records(MINISHOP / "tasks.jsonl", Task)))
GOLD = Request(agents=("gold",))
BOTH = Request(agents=("gold", "fallible"), trials=2)


def make_run(root: Path, *names: str) -> Path:
    """A run of domains that differ in their folders' names alone."""
    for name in names:
        shutil.copytree(MINISHOP, root / "domains" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def trajectories(run: Path) -> bytes:
    return (run / "trajectories.jsonl").read_bytes()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Play]:
    """What is played from now on, in this process: the list grows."""
    begun: list[Play] = []
    genuine = batches.played

    def counting(plays: Iterator[Play], *args: Any, **options: Any) -> Iterator[Any]:
        return genuine((begun.append(play) or play for play in plays), *args, **options)  # type: ignore[func-returns-value]

    monkeypatch.setattr(batches, "played", counting)
    return begun
