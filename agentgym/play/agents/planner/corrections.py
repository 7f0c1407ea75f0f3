"""Where the user takes something back: "it's ORD-2, not ORD-1", "make it blue instead of green"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentgym.play.agents.planner.text import VALUES, Token, tokens, written

_CUES = ("not", "instead", "rather", "ignore", "forget", "slip", "wrong")
_GIVES = frozenset("it's is be meant want have with mean to make was".split())
_STOPS = frozenset("as for i and but please not instead rather was from in the my after it that".split())


def correction(reply: str) -> tuple[str, str] | None:
    """What was said and what is right, as the user writes them; None where nothing is taken back."""
    said = tokens(reply)
    plain = [token.text.lower() for token in said]
    if not any(cue in plain for cue in _CUES):
        return None
    wrong = _wrong(said, plain)
    if wrong is None:
        return None
    start, end = wrong
    taken = written(said[start:end])
    right = _right(said, plain, start, end)
    return (taken, right) if right and right != taken else None


def _wrong(said: Sequence[Token], plain: Sequence[str]) -> tuple[int, int] | None:
    """Where the value stands that is taken back."""
    for at, word in enumerate(plain):
        pair = tuple(plain[at : at + 2])
        behind = at + 2 if pair in (("instead", "of"), ("rather", "than"), ("and", "not")) else 0
        behind = behind or (at + 1 if word in ("not", "ignore", "forget") else 0)
        if behind and (end := _end(said, plain, behind)) > behind:
            return behind, end
        if pair[:1] == ("was",) and "slip" in plain[at : at + 4]:
            start = at
            while start > 0 and said[start - 1].text not in (",", ":") and at - start < 8:
                start -= 1
                if said[start].kind in VALUES:
                    break
            return (start, at) if start < at else None
    return None


def _right(said: Sequence[Token], plain: Sequence[str], start: int, end: int) -> str:
    """The value that holds instead: of the same kind where the wrong one has a kind."""
    kind = said[start].kind
    if kind in VALUES:
        same = [at for at, token in enumerate(said) if not start <= at < end and token.kind in VALUES]
        alike = [at for at in same if said[at].kind == kind] or same
        return (
            said[alike[-1] if alike[-1] > end and plain[end - 1 : end] == ["slip"] else alike[0]].text if alike else ""
        )
    for at, word in enumerate(plain):
        if word in _GIVES and not start <= at + 1 < end:
            stop = _end(said, plain, at + 1)
            if stop > at + 1 and not any(token.text.lower() in ("mind", "mistake") for token in said[at + 1 : stop]):
                return written(said[at + 1 : stop])
    labelled = next((at for at in range(start - 1, 0, -1) if plain[at] in ("instead", "rather", "not")), 0)
    back = labelled - 1 if labelled and plain[labelled - 1] != "," else labelled - 2
    return said[back].text if labelled and back >= 0 else ""


def _end(said: Sequence[Token], plain: Sequence[str], start: int) -> int:
    """Where the value that begins at ``start`` ends."""
    if start < len(said) and said[start].kind in VALUES and said[start].kind != "number":
        return start + 1
    end = start
    while end < len(said) and end - start < 8 and said[end].text not in ",;:.!?" and plain[end] not in _STOPS:
        end += 1
    return end


def amended(text: str, wrong: str, right: str) -> str:
    """``text`` with the right value in place of the wrong one, on word bounds."""
    pattern = re.compile(rf"(?<![\w@.-]){re.escape(wrong)}(?![\w@-])", re.IGNORECASE)
    return pattern.sub(lambda _: right, text)
