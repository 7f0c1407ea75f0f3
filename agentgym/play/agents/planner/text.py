"""What a message is made of: tokens, and which of them are values rather than words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from agentgym.build.semantics.language import singular
from agentgym.types import Json

Kind: TypeAlias = Literal[
    "quoted", "email", "url", "datetime", "date", "time", "phone", "path", "id", "number", "word", "mark"
]

VALUES = frozenset({"quoted", "email", "url", "datetime", "date", "time", "phone", "path", "id", "number"})
_LONGEST = 16_000  # characters of a message that are read

_PATTERN = re.compile(
    r"""
    (?P<quoted>"[^"\n]*"|\u201c[^\u201d\n]*\u201d)
    |(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    |(?P<url>[a-z][a-z0-9+]*://[^\s<>"]*[^\s<>".,;:!?)])
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)
    |(?P<date>\d{4}-\d\d-\d\d(?![\w-]))
    |(?P<time>\d{1,2}:\d\d(?::\d\d)?(?![\w:]))
    |(?P<phone>\+\d[\d().-]*(?:[ ]?[\d().-]{2,})*\d)
    |(?P<path>[\w.~%@+-]+(?:/[\w.~%@:+-]+)+|[\w-]+(?:\.(?=[a-z]*[a-z])[a-z0-9]{2,5})+(?![\w]))
    |(?P<id>[#@]?(?=[\w-]*\d)(?=[\d-]*[A-Za-z_])\w+(?:-\w+)*|\#\w+|\d+(?:-\d+){2,})
    |(?P<number>(?<![\w.])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)
    |(?P<word>[^\W\d_]+(?:['\u2019_-][^\W\d_]+)*['\u2019]?)
    |(?P<mark>[^\s\w])
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Token(NamedTuple):
    """A word, a value or a mark, with its place in the text."""

    text: str  # as written; of a quotation, what is inside the quotes
    kind: Kind
    stem: str  # lower case, singular; what words are compared by
    start: int
    end: int


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """The form that words are compared by: lower case, singular, without a possessive ending."""
    plain = word.lower().replace("\u2019", "'")
    plain = plain.removesuffix("'s").strip("'")
    if plain in ("e-mail", "mail", "emails", "e-mails"):
        return "email"
    return singular(plain)


def tokens(text: str) -> list[Token]:
    """The tokens of ``text``, in order."""
    found = []
    for match in _PATTERN.finditer(text[:_LONGEST]):
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # the groups are named by the kinds
        said = match[0]
        if kind == "quoted":
            said = said[1:-1]
        found.append(
            Token(said, kind, stem(said) if kind in ("word", "quoted", "id") else said, match.start(), match.end())
        )
    return found


def stems(text: str) -> list[str]:
    """The stems of the words, numbers and names in ``text``, without marks."""
    return [token.stem for token in tokens(text) if token.kind != "mark"]


def spoken(value: Json) -> str:
    """A scalar as people write it: the words of an enum with spaces, whole numbers without a point."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = "" if value is None else str(value)
    return text.replace("_", " ") if re.fullmatch(r"[A-Za-z]+(?:_[A-Za-z]+)+", text) else text


def number(token: Token) -> int | float | None:
    """The number that a token writes."""
    if token.kind not in ("number", "quoted"):
        return None
    plain = token.text.replace(",", "")
    try:
        return int(plain) if re.fullmatch(r"-?\d{1,18}", plain) else float(plain)
    except ValueError:
        return None


def place_of(value: Json, said: Sequence[Token], start: int = 0) -> int:
    """Where ``said`` tells ``value`` from ``start`` on, on word bounds; -1 where it does not."""
    if isinstance(value, (bool, dict, list)) or value is None:
        return -1
    if isinstance(value, (int, float)):
        return next((at for at in range(start, len(said)) if _equals(said[at], value)), -1)
    wanted = list(_tokens(spoken(value)))
    if not wanted:
        return -1
    whole = " ".join(spoken(value).lower().split())
    for at in range(start, len(said)):
        if said[at].kind == "quoted" and " ".join(said[at].text.replace("_", " ").lower().split()) == whole:
            return at
        if (
            said[at].text.lower() == wanted[0]
            and [token.text.lower() for token in said[at : at + len(wanted)]] == wanted
        ):
            return at
    return -1


@lru_cache(maxsize=16_384)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token.text.lower() for token in tokens(text))


def _equals(token: Token, value: float) -> bool:
    found = number(token)
    return found is not None and found == value


def written(said: Sequence[Token]) -> str:
    """The tokens as they were written, on one line."""
    out = ""
    for place, token in enumerate(said):
        gap = " " if place and token.start > said[place - 1].end else ""
        out += gap + token.text
    return out
