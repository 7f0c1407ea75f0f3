"""Values that come from nowhere: what a simulated user says but cannot know."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(
    r"[^\W_]*\d[\w]*(?:[-./:,#][\w]+)*|[^\W\d_]+(?:[-#]\w+)*-\w*\d\w*", re.UNICODE
)  # whatever holds a digit
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_COUNT = 12  # people count that far without anybody having told them a number


def invented(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """The ids, numbers, dates and addresses of ``text`` that no text of ``known`` holds, each once, in order.

    They are compared piece by piece, so that "555-6925" is known from "+1-545-555-6925", and "June 16" from
    "2025-06-16", but "ORD-12346" is not known from "ORD-12345". Small numbers may be counts.
    """
    everything = "\n".join(known).casefold()
    pieces = set(map(_plain, _PIECE.findall(everything)))
    found = [mail for mail in _MAIL.findall(text) if mail.casefold() not in everything]
    rest = _MAIL.sub(" ", text)
    found += [token for token in _TOKEN.findall(rest) if not _known(token.casefold(), pieces)]
    return tuple(dict.fromkeys(found))


def _known(token: str, pieces: set[str]) -> bool:
    parts = _PIECE.findall(token.replace(",", ""))  # 1,500 is 1500
    numbers = [part for part in parts if part.isdecimal()]
    words = [part for part in parts if not part.isdecimal()]
    if len(numbers) == 1 and int(numbers[0]) <= _COUNT and (not words or words[0] in _ORDINAL):
        return True
    numbers = [number for number in numbers if int(number) or len(numbers) == 1]  # the cents of 150.00
    return all(_plain(part) in pieces for part in (*numbers, *words))


def _plain(piece: str) -> str:
    return piece.lstrip("0") or "0" if piece.isdecimal() else piece
