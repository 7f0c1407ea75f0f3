"""Options that several commands take, and what several of them show."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgym.cli.console import Output

if TYPE_CHECKING:
    from agentgym.types import Rejection

Run = Annotated[Path, typer.Argument(help="A run folder that `agentgym build` made.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same bytes.")]
Workers = Annotated[int, typer.Option(min=1, show_default="one a core", help="Processes to use.")]

CORES = os.cpu_count() or 1


class Executor(StrEnum):
    """Where work is done."""

    LOCAL = "local"
    RAY = "ray"


def names(option: str, text: str) -> tuple[str, ...]:
    """``retail, airline`` -> the names, A to Z; none where nothing was given. Only commas are an error."""
    found = tuple(sorted({name.strip() for name in text.split(",")} - {""}))
    if text and not found:
        raise typer.BadParameter(f"{option} {text!r} names nothing; give names with commas between them")
    return found


def reasons(dropped: Iterable[Rejection]) -> dict[str, int]:
    """How often each reason stands in ``dropped``, the most frequent first."""
    counts = Counter(f"{item.stage}: {item.reason}" for item in dropped)
    return dict(counts.most_common())


def show_dropped(talk: Output, dropped: Iterable[Rejection]) -> None:
    """The reasons of what was dropped, the most frequent first."""
    counts = reasons(dropped)
    if counts:
        talk.table("Dropped, with the ten most frequent reasons", ("reason", "count"), list(counts.items())[:10])
