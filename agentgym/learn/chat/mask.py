"""The mask of one row, to look at: which text is supervised, token by token, or by characters without a tokenizer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice, pairwise
from pathlib import Path
from typing import Any

from agentgym.errors import RunError
from agentgym.files import told_of
from agentgym.learn.chat.encoding import IGNORED, Encoder, Reasoning, check_reasoning, supervised
from agentgym.learn.chat.guard import Controls, Tokenizer, inspect
from agentgym.learn.chat.rendering import conversation, render
from agentgym.learn.chat.templates import ChatTemplate
from agentgym.learn.chat.unfit import SILENT, Unfit
from agentgym.types import Json

ROWS = ("sft.jsonl", "train.jsonl", "general.train.jsonl")  # what a run or data set folder calls its rows


@dataclass(frozen=True)
class Segment:
    """A stretch of the rendered text that is supervised, or is not."""

    pieces: tuple[str, ...]  # its tokens; one piece where there is no tokenizer
    supervised: bool

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class Mask:
    """A row as it is trained on. Sizes count ``unit``: tokens or characters."""

    segments: tuple[Segment, ...]
    unit: str

    @property
    def size(self) -> int:
        return sum(map(self.size_of, self.segments))

    @property
    def supervised(self) -> int:
        return sum(self.size_of(segment) for segment in self.segments if segment.supervised)

    @property
    def share(self) -> float:
        """The part of the row that is supervised, from 0 to 1."""
        return self.supervised / self.size

    def size_of(self, segment: Segment) -> int:
        """The number of units in a segment."""
        return len(segment.pieces) if self.unit == "tokens" else len(segment.text)


def mask(
    row: Mapping[str, Json], template: ChatTemplate, tokenizer: Tokenizer | None = None, reasoning: Reasoning = "keep"
) -> Mask:
    """The mask of a row. Without a ``tokenizer`` it is by characters, and its control tokens cannot be looked for.

    Raises:
        Unfit: the row must not be trained on.
        RunError: the template cannot do what ``reasoning`` demands.
    """
    if tokenizer is not None:
        pieces = Encoder(tokenizer, template, reasoning).pieces(row)
        return Mask(tuple(_grouped(pieces)), "tokens")
    messages, tools = conversation(row, reasoning != "drop")
    check_reasoning(messages, template)
    inspect(messages, tools, Controls({}))
    rendered = render(template.text, messages, tools, {})
    spans = supervised(rendered, reasoning)
    if not spans:
        raise Unfit(SILENT, "it has no assistant turn")
    edges = [0, *(edge for span in spans for edge in span), len(rendered.text)]
    parts = [
        Segment((rendered.text[start:end],), number % 2 == 1)
        for number, (start, end) in enumerate(pairwise(edges))
        if start < end
    ]
    return Mask(tuple(parts), "characters")


def _grouped(pieces: Iterator[tuple[str, int]]) -> Iterator[Segment]:
    for lit, group in groupby(pieces, key=lambda piece: piece[1] != IGNORED):
        yield Segment(tuple(text for text, _ in group), lit)


# -- what is looked at ----------------------------------------------------------------------------


def read_row(path: Path, number: int) -> dict[str, Json]:
    """Row ``number``, from 0, of a JSON Lines file that ``agentgym export`` wrote, or of a folder that holds one."""
    file = path
    if path.is_dir():
        found = next((path / name for name in ROWS if (path / name).is_file()), None)
        if found is None:
            raise RunError(f"{path} has none of {', '.join(ROWS)}; write one with `agentgym export`, or name a file")
        file = found
    if file.suffix == ".parquet":
        raise RunError(f"{file} is Parquet; give the .jsonl file beside it, or export with --format both")
    with told_of(file), open(file, encoding="utf-8") as lines:
        line = next(islice(lines, number, None), None)
    if line is None:
        raise RunError(f"{file} has no row {number}; rows are counted from 0")
    try:
        row = json.loads(line)
    except ValueError as error:
        raise RunError(f"{file} line {number + 1} is no JSON: {error}") from error
    if not isinstance(row, dict) or not {"messages", "tools"} <= row.keys():
        raise RunError(f"{file} line {number + 1} has no messages and tools; make rows with `agentgym export`")
    return row


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a checkpoint on this disk; nothing is fetched."""
    if not folder.is_dir():
        raise RunError(f"{folder} is no folder; give that of a checkpoint or a saved tokenizer, nothing is fetched")
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise RunError("a tokenizer needs transformers: pip install 'envscale[train]'") from error
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder} holds no tokenizer that transformers reads: {error}") from error
