"""Is exactly what the assistant wrote supervised? ``python -m benchmarks.masks [--json [FILE]]``

Rows of the gold and the fallible agent at the tasks of the committed domains, half of them with control tokens in what
users and tools say, are encoded and compared, token by token, with what TRL's own trainer makes of them and with a
reference that writes every turn by hand. The figures at the top of the JSON:

mask_equality         tokens whose id and label are those of both references; the worst template's share
loss_max_abs_diff     the largest difference of TRL's loss, on these ids and labels, from eq. (2); see benchmarks/losses
raw_attacks_refused   rows refused where an attack was put into them past hygiene: the share
trajectories, tokens  rows, and tokens of all of them and all templates
supervised            the share of tokens that are supervised
rows_per_second_core  rows encoded a second of CPU time
details               the same by template
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from agentgym.errors import AgentGymError
from agentgym.learn.chat import ChatTemplate, Encoded, Unfit, training_template
from agentgym.learn.chat.encoding import IGNORED, Encoder
from agentgym.learn.chat.templates import original
from agentgym.learn.rows import Row
from benchmarks.chat.reference import OPENINGS, reference
from benchmarks.chat.rows import raw, rows
from benchmarks.chat.tokenizers import train_tokenizer
from benchmarks.chat.trainer import by_trl
from benchmarks.printing import SCREEN, hand_over
from benchmarks.trials.folders import chosen

TRAINED_ON = 40  # rows that the tokenizer has seen
Labelled = tuple[Sequence[int], Sequence[int]]  # ids, labels


def measure(count: int) -> dict[str, Any]:
    """The report, on ``count`` rows."""
    _note("playing")
    made = rows(chosen((), 0, 0), count)
    some = made[:: -(-len(made) // TRAINED_ON)]
    tokenizer = train_tokenizer(_texts(some))
    details = {}
    for model in OPENINGS:
        _note(model)
        details[model] = measure_template(model, made, tokenizer)
    return {**headline(details, len(made)), "details": details}


def _texts(made: Sequence[Row]) -> Iterator[str]:
    for row in made:
        yield json.dumps([row["messages"], row["tools"]], ensure_ascii=False)
        yield "\n\n".join(message["content"] for message in row["messages"])


def headline(details: dict[str, dict[str, Any]], count: int) -> dict[str, Any]:
    """The figures at the top, without those of the loss."""
    every = list(details.values())
    tokens = sum(one["tokens"] for one in every)
    return {
        "mask_equality": min(min(one["equal_to_trl"], one["equal_to_reference"]) for one in every),
        "raw_attacks_refused": min(one["raw_attacks_refused"] for one in every),
        "trajectories": count,
        "tokens": tokens,
        "supervised": round(sum(one["supervised"] for one in every) / tokens, 4),
        "rows_per_second_core": round(min(one["rows_per_second_core"] for one in every), 1),
    }


def measure_template(model: str, made: Sequence[Row], tokenizer: Any) -> dict[str, Any]:
    """One template against both references. The tokenizer is given the template that the model ships."""
    tokenizer.chat_template = original(model)
    template = training_template(tokenizer)
    encoder = Encoder(tokenizer, template, "keep")
    started = time.process_time()
    ours = [encoder(row) for row in made]
    spent = time.process_time() - started
    refused = sum(_refused(encoder, raw(row, number)) for number, row in enumerate(made))
    by_hand = (reference(row, model, tokenizer) for row in made)
    return {
        "equal_to_trl": equality(ours, _by_trl(made, tokenizer, template)),
        "equal_to_reference": equality(ours, by_hand),
        "raw_attacks_refused": refused / len(made),
        "rows_per_second_core": len(made) / spent,
        "tokens": sum(len(row.input_ids) for row in ours),
        "supervised": sum(label != IGNORED for row in ours for label in row.labels),
    }


def _by_trl(made: Sequence[Row], tokenizer: Any, template: ChatTemplate) -> Iterator[Labelled]:
    """TRL swaps in the training template of an original that it knows; the others it must be given."""
    from trl.chat_template_utils import get_training_chat_template

    try:
        get_training_chat_template(tokenizer)
    except ValueError:
        template.install(tokenizer)
    return by_trl(made, tokenizer)


def equality(ours: Sequence[Encoded], theirs: Iterable[Labelled]) -> float:
    """The share of tokens whose id and label are the same; what one has more than the other is not."""
    equal = total = 0
    for one, (ids, labels) in zip(ours, theirs, strict=True):
        total += max(len(one.input_ids), len(ids))
        pairs = zip(zip(*one, strict=True), zip(ids, labels, strict=True), strict=False)
        equal += sum(left == right for left, right in pairs)
    return equal / total


def _refused(encoder: Encoder, row: Row) -> bool:
    try:
        encoder(row)
    except Unfit:
        return True
    return False


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.masks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", nargs="?", const=SCREEN, type=Path, metavar="FILE", help="write JSON, to a file")
    parser.add_argument("--rows", type=int, default=1000, help="trajectories (default: %(default)s)")
    given = parser.parse_args(arguments)
    if given.rows < 1:
        parser.error("--rows must be positive")
    from benchmarks.losses import loss_max_abs_diff

    with redirect_stdout(sys.stderr):  # trainers print their logs
        try:
            report = measure(given.rows)
        except AgentGymError as error:
            parser.error(str(error))
        _note("losses")
        bars = {"mask_equality": report.pop("mask_equality"), "loss_max_abs_diff": loss_max_abs_diff()}
    hand_over(bars | report, given.json)


if __name__ == "__main__":
    main()
