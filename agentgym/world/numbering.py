"""Keys for new rows: the same in every run, with no clock and no chance."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agentgym.files import digest

_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL)


def next_key(table: str, keys: Iterable[str]) -> str:
    """The text key after ``keys``, the keys of all rows of ``table``.

    Keys such as ``ORD-1042`` or ``U7730125`` keep the prefix and the width of the highest number; only that one
    decides. Where no key ends in a number, it is a hash of the table's name and its number of rows.
    """
    known = list(keys)
    if not known:
        return f"{table}-1"
    top = highest(known)
    if top is None:
        return _hashed(table, set(known))
    _, number, prefix, width = top
    return f"{prefix}{number + 1:0{width}d}"


def highest(keys: Iterable[str]) -> tuple[str, int, str, int] | None:
    """The key with the highest number at its end, that number, what stands before it, and its width in digits."""
    numbered = [
        (int(match[2]), match[1], len(match[2]), key) for key in keys if (match := _NUMBERED.fullmatch(key)) is not None
    ]
    if not numbered:
        return None
    number, prefix, width, key = max(numbered)
    return key, number, prefix, width


def _hashed(table: str, taken: set[str]) -> str:
    """A key for tables whose keys follow no numbering."""
    number = len(taken)
    while (key := digest([table, number])[:12]) in taken:
        number += 1
    return key
