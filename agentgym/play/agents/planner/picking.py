"""Which of several rows a description means: the one whose values explain most of what is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agentgym.play.agents.planner.memory import Known, scalars
from agentgym.play.agents.planner.mentions import Mention
from agentgym.play.agents.planner.requests import Request
from agentgym.play.agents.planner.text import VALUES, Token, place_of, spoken, stem
from agentgym.play.agents.planner.vocabulary import STOP, label
from agentgym.world.naming import words

_IDLE = frozenset(
    (
        "my the a an that this one of some any our existing current new first second third fourth fifth certain "
        "another other same now away right soon"
    ).split()
)


class Details(NamedTuple):
    """What is said about a row: the words around its mention, and what the user has told of it."""

    said: tuple[Token, ...]

    @property
    def telling(self) -> bool:
        """Whether anything in them could tell one row from another."""
        return any(
            token.kind in VALUES or (token.kind == "word" and token.stem not in STOP | _IDLE) for token in self.said
        )


def owner_of(mention: Mention, request: Request) -> Mention | None:
    """The thing that a mention is "of": the flight, of "the reservation of the flight"."""
    behind = [one for one in request.mentions if one.start >= mention.end]
    return behind[0] if behind and behind[0].link == "of" else None


def pick(rows: Sequence[Known], details: Details, few: bool = False) -> Known | None:
    """The only row that fits what is said best; None where two do, or where nothing tells.

    ``few``: the rows are those of one owner, so that one alone needs no telling.
    """
    unique = list({str(row.id): row for row in rows}.values())
    scored = [(fitness(row, details.said), row) for row in unique]
    if not scored:
        return None
    best = max(score for score, _ in scored)
    fits = [row for score, row in scored if score == best]
    if len(unique) == 1:
        return unique[0] if few or best > 0 or not any(token.kind in VALUES for token in details.said) else None
    return fits[0] if len(fits) == 1 and best > 0 else None


def explained(row: Known, details: Details) -> bool:
    """Whether a row has every value that is said."""
    values = [str(spoken(value)).lower() for _, value in scalars(row.data)] + [str(row.id).lower()]
    told = [token for token in details.said if token.kind in VALUES]
    return all(token.text.replace("_", " ").lower() in values or place_in(row, token) for token in told)


def place_in(row: Known, token: Token) -> bool:
    """Whether a single token tells one of the row's values."""
    return any(place_of(value, [token]) >= 0 for _, value in scalars(row.data))


def fitness(row: Known, said: Sequence[Token]) -> float:
    """How much of what is said the row's values explain."""
    score = 0.0
    for name, value in scalars(row.data):
        if isinstance(value, bool):
            continue
        at = place_of(value, said)
        if at < 0:
            continue
        near = {label(token.stem) for token in said[max(0, at - 5) : at + 3]}
        named = all(label(word) in near for word in _plain(name))
        small = isinstance(value, (int, float)) and abs(value) < 100
        if named or not small:
            score += 1.5 if named else 1.0
    return score


def _plain(name: str) -> list[str]:
    return [label(stem(word)) for word in words(name) if word not in STOP][-2:]
