"""The command that writes training data."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agentgym.cli.console import AsJson, Output
from agentgym.cli.options import Run, Seed, names

if TYPE_CHECKING:
    from agentgym.learn.card import Card
    from agentgym.learn.recipe import Recipe

DATASET = "What --to trl makes"


class To(StrEnum):
    """What is written."""

    FILE = "file"
    TRL = "trl"


class By(StrEnum):
    """What is held out as a whole."""

    DOMAIN = "domain"
    TASK = "task"


class Format(StrEnum):
    """The files of a data set."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    BOTH = "both"


class Overlap(StrEnum):
    """What becomes of a row that repeats thirteen words of a benchmark."""

    DROP = "drop"
    FLAG = "flag"


What = Annotated[
    To, typer.Option(help="file: all rows in sft.jsonl; trl: a data set folder, split, counted and described.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", show_default="sft.jsonl or dataset/ in the run", help="The file or folder to write."),
]
Split = Annotated[By, typer.Option(rich_help_panel=DATASET, help="Hold out whole domains, or tasks.")]
HeldOut = Annotated[
    str, typer.Option(rich_help_panel=DATASET, help="The share that is held out, or names with commas between them.")
]
Vertical = Annotated[
    str,
    typer.Option(
        rich_help_panel=DATASET,
        show_default="none",
        help="Domains of stage 2, with commas between them; they get files of their own, the others are general.",
    ),
]
Benchmarks = Annotated[
    list[Path] | None,
    typer.Option(
        rich_help_panel=DATASET,
        show_default="none",
        help="A file or folder of a benchmark that rows must not repeat, JSON or text; may be given twice.",
    ),
]
OnOverlap = Annotated[
    Overlap, typer.Option(rich_help_panel=DATASET, help="What to do with a row that copies a benchmark.")
]
Near = Annotated[
    float,
    typer.Option(min=0.01, max=1, rich_help_panel=DATASET, help="Similarity from which a row is a near duplicate."),
]
Reasoning = Annotated[
    bool, typer.Option("--reasoning", rich_help_panel=DATASET, help="Keep what models thought: reasoning_content.")
]
Formats = Annotated[Format, typer.Option("--format", rich_help_panel=DATASET, help="Parquet needs the train extra.")]


def export(
    context: typer.Context,
    run: Run,
    to: What = To.FILE,
    out: Out = None,
    split: Split = By.DOMAIN,
    held_out: HeldOut = "0.1",
    vertical: Vertical = "",
    benchmarks: Benchmarks = None,
    overlap: OnOverlap = Overlap.DROP,
    near: Near = 0.8,
    reasoning: Reasoning = False,
    format_: Formats = Format.JSONL,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Write what the funnel kept as chat rows with tools, ready for supervised fine-tuning.

    Rows that say again what another row says are left out, and control tokens of chat templates in the text of users
    and tools are written so that no template obeys them; rejected.jsonl says what was dropped, and why.

    With --to trl the folder holds train.jsonl and held_out.jsonl (and .parquet), README.md, which the Hugging Face hub
    reads, and card.json with every count. Open it with `datasets.load_dataset(FOLDER)`, or a file of it with
    `agentgym.learn.datasets.load(FILE)`. Domains made of much the same tools stay on one side, and so do tasks with the
    same gold calls. For a vertical of few domains, `--split task` holds out something of each.

    Example: `agentgym export runs/mine`

    Example: `agentgym export runs/mine --to trl --format both --vertical retail,airline --benchmarks tau-bench/`
    """
    from agentgym.learn.recipe import Recipe

    talk = Output(as_json)
    if to is To.FILE:
        _refuse_dataset_options(context)
        _write_file(talk, run, out or run / "sft.jsonl")
    share, apart = _held_out(held_out)
    recipe = Recipe(
        split=split.value,
        held_out=share,
        held_out_names=apart,
        vertical=names("--vertical", vertical),
        near=near,
        overlap=overlap.value,
        reasoning=reasoning,
        formats=("jsonl", "parquet") if format_ is Format.BOTH else (format_.value,),
        seed=seed,
    )
    _write_dataset(talk, run, out or run / "dataset", recipe, benchmarks or ())


def _refuse_dataset_options(context: typer.Context) -> None:
    """An option that would be ignored is an error: the user would believe it was obeyed."""
    options = [option for option in context.command.params if getattr(option, "rich_help_panel", None) == DATASET]
    for option in options:
        given = context.get_parameter_source(str(option.name))
        if given is not None and given.name != "DEFAULT":
            raise typer.BadParameter(f"{option.opts[0]} is for data sets; add --to trl")


def _held_out(text: str) -> tuple[float, tuple[str, ...]]:
    """``0.1`` -> a share; ``retail,airline`` -> names."""
    try:
        share = float(text)
    except ValueError:
        return 0.0, names("--held-out", text or ",")
    if not 0 <= share < 1:
        raise typer.BadParameter(f"--held-out {text} is no share; give a number from 0 to below 1, or names")
    return share, ()


def _write_file(talk: Output, run: Path, path: Path) -> NoReturn:
    from agentgym import stages

    with talk.progress() as progress:
        count = stages.export(run, path, progress=progress)
    talk.say(f"{count} rows in {path}")
    talk.finish({"rows": count, "path": str(path)}, problems=not count)


def _write_dataset(talk: Output, run: Path, path: Path, recipe: Recipe, benchmarks: Sequence[Path]) -> NoReturn:
    from agentgym import stages

    with talk.progress() as progress:
        card = stages.dataset(run, path, recipe, benchmarks=benchmarks, progress=progress)
    _tell(talk, card, recipe, path)


def _tell(talk: Output, card: Card, recipe: Recipe, path: Path) -> NoReturn:
    facts = card.facts()
    counted = [(name, part["rows"], part["tasks"], len(part["by"]["domain"])) for name, part in facts["parts"].items()]
    talk.table(f"{card.rows} rows", ("part", "rows", "tasks", "domains"), counted)
    if facts["dropped"]:
        talk.table("Dropped", ("reason", "trajectories"), sorted(facts["dropped"].items()))
    for name, found in facts["benchmarks"].items():
        talk.say(
            f"{name}: {found['rows_with_8_words']} rows share 8 words in a row, {found['rows_with_13_words']} share 13;"
            f" {len(found['tool_names_shared'])} domains have tools of the same names"
        )
    if recipe.held_out or recipe.held_out_names:
        for name in facts["parts"]:
            apart = name.replace("train", "held_out")
            if apart not in facts["parts"]:
                talk.say(
                    f"{apart} is empty: no {recipe.split} of it was drawn or named. Name some, or take a larger share."
                )
    talk.say(f"Everything is in {path}; README.md describes it.")
    told = {name: facts[name] for name in ("rows", "parts", "dropped", "files", "benchmarks")}
    talk.finish({"path": str(path), **told}, problems=not card.rows)
