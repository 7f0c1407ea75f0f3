"""Rows as token sequences, and sequences as batches of much the same length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from agentgym.errors import RunError
from agentgym.learn.chat.encoding import IGNORED
from agentgym.learn.rows import Row

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerFast

POOL = 32  # batches that are made from one sorted heap of rows: little padding, and still much chance


class Sequences(NamedTuple):
    """Tokenised rows. Of row i, ``ids[i]`` are its tokens and ``labels[i]`` those that are supervised, else IGNORED."""

    ids: list[list[int]]
    labels: list[list[int]]

    @property
    def tokens(self) -> int:
        return sum(map(len, self.ids))

    @property
    def supervised(self) -> int:
        return sum(label != IGNORED for labels in self.labels for label in labels)

    def unmasked(self) -> Sequences:
        """The same rows with every token supervised, as in pretraining."""
        return Sequences(self.ids, self.ids)


def sequences(rows: Iterable[Row], tokenizer: PreTrainedTokenizerFast, positions: int) -> Sequences:
    """``rows`` in the tokenizer's own chat template, the assistant's tokens supervised (eq. 2).

    Raises:
        RunError: no row is left: all are longer than ``positions`` tokens, or there were none.
    """
    from agentgym.learn.chat import tokenise, training_template

    template = training_template(tokenizer)
    data, dropped = tokenise(rows, tokenizer, template, max_length=positions)
    if not len(data):
        raise RunError(
            f"no row to train on: {dropped.too_long} are longer than {positions} tokens, "
            f"{dropped.total - dropped.too_long} have another flaw; make more data, or shorter tasks"
        )
    return Sequences(list(data["input_ids"]), list(data["labels"]))


def batches(lengths: Sequence[int], size: int, count: int, seed: int) -> Iterator[list[int]]:
    """``count`` batches of ``size`` row numbers, of ``lengths`` that are much alike; epoch after epoch.

    Every row comes once an epoch, but for the few that fill no batch. Raises ``RunError`` where there are fewer rows
    than one batch takes.
    """
    if len(lengths) < size:
        raise RunError(f"{len(lengths)} rows fill no batch of {size}; make more data, or smaller batches")
    made = epoch = 0
    while made < count:
        for batch in _epoch(lengths, size, Random(f"{seed}/{epoch}"))[: count - made]:
            made += 1
            yield batch
        epoch += 1


def _epoch(lengths: Sequence[int], size: int, chance: Random) -> list[list[int]]:
    order = list(range(len(lengths)))
    chance.shuffle(order)
    made = []
    for start in range(0, len(order), size * POOL):
        heap = sorted(order[start : start + size * POOL], key=lengths.__getitem__)
        made += [heap[place : place + size] for place in range(0, len(heap) - size + 1, size)]
    chance.shuffle(made)
    return made


def collate(data: Sequences, batch: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Ids and labels of a batch, both (rows, longest row), filled up on the right with token 0, not supervised."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    ids = pad_sequence([torch.tensor(data.ids[row]) for row in batch], batch_first=True)
    labels = [torch.tensor(data.labels[row]) for row in batch]
    return ids, pad_sequence(labels, batch_first=True, padding_value=IGNORED)
