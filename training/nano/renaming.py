"""Rows under other nouns: what an episode of lamps shows holds for anchors too.

A model learns a few dozen nouns by heart before it copies names from the context, and one that has done so fails at any
other. Under many nouns copying is the only thing that helps, and a renamed row costs no build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from random import Random

from agentgym.files import canonical, digest
from agentgym.learn.rows import Row
from training.nano.pool import plural


def renamed(
    rows: Iterable[Row], nouns: Sequence[str], copies: int, seed: int, shunned: Collection[str] = ()
) -> Iterator[Row]:
    """Each row as it is, and ``copies`` - 1 times with one of ``nouns`` in place of its own.

    A copy whose calls are those of a held-out task, as ``splits.gold_key`` has them, is left out: ``shunned``.
    """
    for number, row in enumerate(rows):
        yield row
        chance = Random(f"renaming/{seed}/{number}")
        for noun in chance.sample(nouns, copies - 1):
            copy = rename(row, noun)
            if _gold_key(copy) not in shunned:
                yield copy


def _gold_key(row: Row) -> str:
    """As ``splits.gold_key``, of the calls that were made."""
    calls = (call["function"] for message in row["messages"] for call in message.get("tool_calls", ()))
    return digest(sorted(canonical({"name": call["name"], "arguments": call["arguments"]}) for call in calls))


def rename(row: Row, noun: str) -> Row:
    """``row`` with ``noun`` in place of its domain's: in prose and names, in the plural, after an article, and in ids.

    An id is the noun's first letter with a number.
    """
    old = row["domain"]
    text = json.dumps({key: row[key] for key in ("messages", "tools")}, ensure_ascii=False)
    for before, after in ((plural(old), plural(noun)), (old, noun)):
        article = rf"\b([Aa])n? {before}(?![a-z])"
        text = re.sub(article, rf"\1{'n' if after[0] in 'aeiou' else ''} {after}", text)
        text = re.sub(rf"(?<![A-Za-z]){before}(?![a-z])", after, text)
        text = re.sub(rf"(?<![A-Za-z]){before.capitalize()}(?![a-z])", after.capitalize(), text)
    text = re.sub(rf"\b{old[0].upper()}(?=\d)", noun[0].upper(), text)
    return {**row, **json.loads(text)}
