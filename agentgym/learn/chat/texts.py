"""Text -> token ids and their places, as a server's tokenizer gives them, without encoding the same tools row by row.

Most of a row is system text and tools, which all rows of a domain share. A tokenizer cuts text at its special tokens
before it does anything else, so what stands before one can be encoded once. That this holds is not taken on trust:
each such head is tried when it comes a second time, and used only if the parts give the same tokens as the whole.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import NamedTuple

from agentgym.learn.chat.guard import Tokenizer

HEADS = 256  # heads that are kept, the last used
SHORTEST = 1000  # characters of a head: a shorter one is encoded faster than it is looked up


class Tokens(NamedTuple):
    """``ids``, and for each the first character it stands for and the one after the last."""

    ids: list[int]
    places: list[tuple[int, int]]


class TextEncoder:
    """Encodes texts with ``tokenizer``, nothing added and nothing cut."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        cutting = [
            token.content
            for token in tokenizer.added_tokens_decoder.values()
            if token.special and not (token.lstrip or token.rstrip or token.single_word)
        ]
        self._cut = re.compile("|".join(map(re.escape, sorted(cutting, key=len, reverse=True))) or r"(?!)")
        self._heads: OrderedDict[str, Tokens | bool] = OrderedDict()  # True: seen once; False: not to be cut off

    def __call__(self, text: str, before: int) -> Tokens:
        """The tokens of ``text``, where the assistant first writes at the character ``before``."""
        cut = self._cut.search(text, SHORTEST, before)
        if cut is None:
            return self._encode(text)
        at = cut.start()
        head, rest = text[:at], text[at:]
        known = self._heads.get(head)
        if isinstance(known, Tokens):
            self._heads.move_to_end(head)
            return _joined(known, self._encode(rest), at)
        whole = self._encode(text)
        if known is None:
            self._remember(head, True)
        elif known:
            apart = self._encode(head)
            self._remember(head, apart if _joined(apart, self._encode(rest), at) == whole else False)
        return whole

    def _remember(self, head: str, found: Tokens | bool) -> None:
        self._heads[head] = found
        if len(self._heads) > HEADS:
            self._heads.popitem(last=False)

    def _encode(self, text: str) -> Tokens:
        encoding = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return Tokens(encoding["input_ids"], encoding["offset_mapping"])


def _joined(head: Tokens, rest: Tokens, at: int) -> Tokens:
    """The tokens of a text whose first ``at`` characters are ``head``."""
    return Tokens(head.ids + rest.ids, head.places + [(first + at, last + at) for first, last in rest.places])
