"""The mask of one row, to look at: which text is supervised, token by token, or by characters without a tokenizer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from agentgym.errors import RunError, nearest
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
    """Row ``number``, from 0, of a JSON Lines file that ``agentgym export`` wrote, or of a folder that holds one.

    Raises:
        RunError: there is no such file or row, or it is none that ``agentgym export`` writes.
    """
    file = _rows_file(path)
    line = _line(file, number)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{file} line {number + 1} is no JSON: {error}; make rows with `agentgym export`") from error
    if not isinstance(row, dict) or not {"messages", "tools"} <= row.keys():
        raise RunError(f"{file} line {number + 1} has no messages and tools; make rows with `agentgym export`")
    return row


def _rows_file(path: Path) -> Path:
    """The file itself, or the rows in a folder."""
    if path.is_dir():
        file = next((path / name for name in ROWS if (path / name).is_file()), None)
        if file is None:
            raise RunError(f"{path} has none of {', '.join(ROWS)}; write one with `agentgym export`, or name a file")
        return file
    if not path.exists():
        beside = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise RunError(f"{path} does not exist; write it with `agentgym export`{nearest(path.name, beside)}")
    if path.suffix == ".parquet":
        raise RunError(f"{path} is Parquet; give the .jsonl file beside it, or export with --format both")
    return path


def _line(file: Path, number: int) -> str:
    count = 0
    try:
        with told_of(file), open(file, encoding="utf-8") as lines:
            for line in lines:
                if count == number:
                    return line
                count += 1
    except UnicodeDecodeError as error:
        raise RunError(f"{file} is no UTF-8 text ({error.reason}); make rows with `agentgym export`") from error
    raise RunError(f"{file} has no row {number}: it has {count}, counted from 0")


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a checkpoint on this disk; nothing is fetched.

    Raises:
        RunError: there is no such folder, transformers cannot read what is there, or it knows no words.
    """
    if not folder.is_dir():
        raise RunError(f"{folder} is no folder; give that of a checkpoint or a saved tokenizer, nothing is fetched")
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise RunError("a tokenizer needs transformers: pip install 'envscale[train]'") from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # transformers checks nothing: a broken file raises whatever it happens to break
        why = str(error).strip().partition("\n")[0]
        raise RunError(
            f"{folder} holds no tokenizer that transformers reads ({type(error).__name__}: {why}); give the folder of "
            "a checkpoint, or save its tokenizer anew"
        ) from error
    if not tokenizer("a", add_special_tokens=False)["input_ids"]:  # made from a config.json alone
        raise RunError(f"{folder} holds no tokenizer.json with words; save the tokenizer of its model there")
    return tokenizer
