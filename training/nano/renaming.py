"""Rows under other nouns and numbers: what an episode of lamps shows holds for anchors too.

A model learns a few dozen nouns by heart before it copies names from the context, and one that has done so fails at any
other. Under many nouns copying is the only thing that helps, and a renamed row costs no build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from random import Random

from agentgym.learn.rows import Row
from training.nano.pool import plural

_NUMBER = re.compile(r"(?<!\d)[1-9]\d(?!\d)")
_NUMBERS = [str(number) for number in range(10, 100)]


def renamed(rows: Iterable[Row], nouns: Sequence[str], copies: int, seed: int) -> Iterator[Row]:
    """Each row as it is, and ``copies`` - 1 times with other numbers and one of ``nouns``: with none, its own."""
    for number, row in enumerate(rows):
        yield row
        chance = Random(f"renaming/{seed}/{number}")
        for _ in range(copies - 1):
            noun = chance.choice(nouns or [row["domain"]])
            numbers = dict(zip(_NUMBERS, chance.sample(_NUMBERS, len(_NUMBERS)), strict=True))
            yield rename(row, noun, numbers)


def rename(row: Row, noun: str, numbers: dict[str, str]) -> Row:
    """``row`` with ``noun`` in place of its domain's: in prose and names, in the plural, after an article, and in ids.

    An id is the noun's first letter with a number. ``numbers``: what every number of two digits becomes, one to one, so
    that what was equal stays equal, and what differed stays different.
    """
    old = row["domain"]
    text = json.dumps({key: row[key] for key in ("messages", "tools")}, ensure_ascii=False)
    for before, after in ((plural(old), plural(noun)), (old, noun)):
        article = rf"\b([Aa])n? {before}(?![a-z])"
        text = re.sub(article, rf"\1{'n' if after[0] in 'aeiou' else ''} {after}", text)
        text = re.sub(rf"(?<![A-Za-z]){before}(?![a-z])", after, text)
        text = re.sub(rf"(?<![A-Za-z]){before.capitalize()}(?![a-z])", after.capitalize(), text)
    text = re.sub(rf"\b{old[0].upper()}(?=\d)", noun[0].upper(), text)
    text = _NUMBER.sub(lambda found: numbers[found[0]], text)
    return {**row, **json.loads(text)}
