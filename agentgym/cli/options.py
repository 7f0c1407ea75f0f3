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

MODELS = "How models are asked"
User = Annotated[str, typer.Option(help="scripted follows rules; provider/model is a model.")]
RetryErrors = Annotated[bool, typer.Option("--retry-errors", help="Play again what an error ended.")]
ApiBase = Annotated[
    str, typer.Option(rich_help_panel=MODELS, help="An endpoint with OpenAI's protocol: http://127.0.0.1:8000/v1.")
]
ApiKeyEnv = Annotated[
    str, typer.Option(rich_help_panel=MODELS, help="The environment variable that holds the endpoint's key.")
]
Temperature = Annotated[
    float,
    typer.Option(rich_help_panel=MODELS, min=0, help="Of an agent that is a model; at 0 its trials are much alike."),
]
LlmCache = Annotated[
    Path | None, typer.Option(rich_help_panel=MODELS, help="A folder of answers that are not paid for twice.")
]
Cassette = Annotated[
    Path | None,
    typer.Option(rich_help_panel=MODELS, help="A file with the models' answers, to be told again without them."),
]
Record = Annotated[
    bool, typer.Option("--record", rich_help_panel=MODELS, help="Write the models' answers to the cassette.")
]

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
