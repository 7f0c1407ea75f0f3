"""A short text that a regular expression accepts: for keys and codes whose form a vendor gives as a pattern."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any, TypeAlias

_FREE = 8  # repetitions beyond the least that an open-ended part may have
_AT_MOST = 256  # repetitions of one part at all
_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_CHARS = [chr(code) for code in range(32, 127)]

# A part of a text: its possible characters; how often what is repeated; or alternatives, each a sequence of parts.
Part: TypeAlias = "str | tuple[int, int, tuple[Part, ...]] | list[tuple[Part, ...]]"


def matching(pattern: str, chance: Random, least: int = 0, most: int | None = None) -> str | None:
    """A text of ``least`` to ``most`` characters in which ``pattern`` is found, or None where none was hit upon."""
    parts = _parts(pattern)
    if parts is None:
        return None
    for _ in range(8):
        text = _text(parts, chance, max(least, 1))
        if len(text) >= least and (most is None or len(text) <= most) and _holds(pattern, text):
            return text
    return None


def _holds(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except (re.error, OverflowError, RecursionError):
        return False


def _text(parts: Sequence[Part], chance: Random, least: int) -> str:
    out: list[str] = []
    for part in parts:
        if isinstance(part, str):
            out.append(chance.choice(part) if len(part) > 1 else part)
        elif isinstance(part, list):
            out.append(_text(chance.choice(part), chance, least))
        else:
            low, high, inner = part
            low = max(low, min(high, 1)) if least else low
            most = min(high, max(low, least) + _FREE)
            out += [_text(inner, chance, 0) for _ in range(min(chance.randint(low, most), _AT_MOST))]
    return "".join(out)


# -- reading a pattern -----------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[Part, ...] | None:
    """The parts of a pattern; None where Python cannot read it. What only looks around is left to the check."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from re import _parser  # type: ignore[attr-defined]

            return _sequence(_parser.parse(pattern))
    except (re.error, OverflowError, RecursionError, ValueError):
        return None


def _sequence(tree: Any) -> tuple[Part, ...]:
    return tuple(part for op, value in tree for part in _part(str(op), value))


def _part(op: str, value: Any) -> tuple[Part, ...]:
    if op == "LITERAL":
        return (chr(value),)
    if op == "NOT_LITERAL":
        return ("".join(char for char in _PLAIN if char != chr(value)),)
    if op == "ANY":
        return (_PLAIN,)
    if op == "IN":
        return (_members(value),)
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        return ((int(low), int(high), _sequence(inner)),)
    if op == "SUBPATTERN":
        return _sequence(value[-1])
    if op == "ATOMIC_GROUP":
        return _sequence(value)
    return ([_sequence(branch) for branch in value[1]],) if op == "BRANCH" else ()


def _members(members: Any) -> str:
    """The characters of a class, the plain ones where it has some."""
    negated = any(str(op) == "NEGATE" for op, _ in members)
    allowed = [char for char in _CHARS if any(_is_in(str(op), value, char) for op, value in members) != negated]
    plain = [char for char in allowed if char in _PLAIN] or [char for char in allowed if char.isalnum()]
    return "".join(plain or allowed) or "x"


def _is_in(op: str, value: Any, char: str) -> bool:
    if op == "LITERAL":
        return ord(char) == int(value)
    if op == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    if op != "CATEGORY":
        return False
    name = str(value).lower()
    held = char.isdigit() if "digit" in name else char.isspace() if "space" in name else char.isalnum() or char == "_"
    return held != ("not" in name)
