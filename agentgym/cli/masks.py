"""The command that shows what a model would be trained on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from agentgym.cli.console import AsJson, Output, plain
from agentgym.errors import RunError

if TYPE_CHECKING:
    from agentgym.learn.chat.mask import Mask
    from agentgym.types import Json

SHOWN = 240  # characters of a stretch without loss that are shown at each end
STYLES = {True: ("bold green", "bold bright_green"), False: ("dim", "")}  # one token, and the next


class Reasoning(StrEnum):
    """What becomes of a model's thoughts."""

    KEEP = "keep"
    MASK = "mask"
    DROP = "drop"


def mask(
    file: Annotated[
        Path, typer.Argument(help="Rows that `agentgym export` wrote, as JSON Lines; or the run or data set folder.")
    ],
    tokenizer: Annotated[
        Path | None,
        typer.Option(
            "--tokenizer", "-t", show_default="none: by characters", help="Folder of a checkpoint or saved tokenizer."
        ),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            show_default="the tokenizer's; qwen3 without one",
            help="Chat template by name, such as qwen3-thinking-2507; a wrong name lists them.",
        ),
    ] = "",
    row: Annotated[int, typer.Option(min=0, help="Which row, counted from 0.")] = 0,
    reasoning: Annotated[
        Reasoning,
        typer.Option(help="Thoughts are supervised, shown without loss, or left out."),
    ] = Reasoning.KEEP,
    full: Annotated[bool, typer.Option("--full", help="Long texts without loss in full.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what of a row a model is trained to say: green is supervised, grey is only read.

    The row is written as the model will read it, by the training template of its chat template. Supervised are the
    assistant's tool calls and replies with the end of each turn; users, system text, tools and results never are. With
    a tokenizer, tokens alternate in shade and the share is of tokens. Where there are no colours, supervised text
    stands between ⟦ and ⟧. Needs the train extra, and nothing from the network.

    A row that must not be trained on, say with a control token in a user's text, is refused with the place.

    Example: `agentgym mask runs/mine`

    Example: `agentgym mask sft.jsonl --row 3 --tokenizer checkpoints/qwen3-4b --template qwen3-thinking-2507`
    """
    from agentgym.learn.chat.mask import load_tokenizer, read_row
    from agentgym.learn.chat.mask import mask as of_row
    from agentgym.learn.chat.templates import training_template
    from agentgym.learn.chat.unfit import Unfit

    talk = Output(as_json)
    chosen = read_row(file, row)
    tokens = load_tokenizer(tokenizer) if tokenizer else None
    used = training_template(tokens, template or ("" if tokens else "qwen3"))
    try:
        made = of_row(chosen, used, tokens, reasoning.value)
    except Unfit as error:
        raise RunError(f"row {row} of {file} must not be trained on: {error}") from error
    if not as_json:
        console = Console(soft_wrap=True, highlight=False)
        console.print(painted(made, coloured=console.is_terminal and not console.no_color, full=full))
    name = f"row {row}" + (f", {chosen['id']}" if chosen.get("id") else "")
    sizes = f"{made.supervised:,} of {made.size:,} {made.unit} supervised"
    talk.say(f"\n{name}: {sizes} ({made.share:.1%}), template {used.name}")
    talk.finish({"row": row, "id": chosen.get("id", ""), "template": used.name, **_told(made)})


def painted(mask: Mask, *, coloured: bool, full: bool) -> Text:
    """The mask for a terminal, or, without colours, with brackets around what is supervised."""
    out = Text()
    for segment in mask.segments:
        pieces = segment.pieces if segment.supervised or full else _shortened(segment.pieces)
        if coloured:
            for number, piece in enumerate(pieces):
                out.append(plain(piece), STYLES[segment.supervised][number % 2 if len(pieces) > 1 else 0])
        else:
            out.append(f"⟦{plain(segment.text)}⟧" if segment.supervised else plain("".join(pieces)))
    return out


def _shortened(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """A long text by its beginning and its end, with how much was left out between them."""
    text = "".join(pieces)
    if len(text) <= 3 * SHOWN:
        return pieces
    return text[:SHOWN], f" […{len(text) - 2 * SHOWN:,} characters…] ", text[-SHOWN:]


def _told(mask: Mask) -> dict[str, Json]:
    segments = [
        {"text": segment.text, "supervised": segment.supervised, mask.unit: mask.size_of(segment)}
        for segment in mask.segments
    ]
    return {
        "unit": mask.unit,
        "size": mask.size,
        "supervised": mask.supervised,
        "share": round(mask.share, 6),
        "segments": segments,
    }
