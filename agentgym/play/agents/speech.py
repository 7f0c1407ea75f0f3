"""What agents without a model say of a wish, a deed, a refusal or a result, in plain English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agentgym.tasks.phrases import be, join, label, participle, show
from agentgym.types import Json
from agentgym.world.naming import words

_MINE = {
    "my": "your",
    "me": "you",
    "i": "you",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you're",
    "i've": "you've",
}
_FIRST_PERSON = re.compile(r"\b(?:my|me|mine|myself|I'm|I've|I)\b")
_QUOTES = re.compile(r"(?<!\w)'([^']*)'(?!\w)")
_ROWS = 3  # rows named in a report
_FEW = 3  # properties told of one row


def yours(text: str) -> str:
    """What a user wants, as an agent says it: "cancel my order" -> "cancel your order"."""
    return _FIRST_PERSON.sub(lambda match: _MINE[match[0].lower()], text)


def perfect(text: str) -> str:
    """A wish as a deed: "cancel your order" -> "cancelled your order"."""
    verb, _, rest = text.partition(" ")
    return f"{participle(verb)} {rest}".rstrip() if verb.isalpha() and verb.islower() else f"done this: {text}"


def reason(error: str) -> str:
    """A tool's refusal as the middle of a sentence: without its quotes and its full stop."""
    return _QUOTES.sub(r"\1", error).rstrip(". ")


def named(value: Json, results: Iterable[Json]) -> str:
    """``value`` with what tool results call it: "the balance is 20.5"; alone where they do not show it by name."""
    for result in results:
        for name, other in properties(result):
            if type(other) is type(value) and other == value and not isinstance(value, bool):
                return told(name, value)
    return show(value)


def number(goal: str, value: Json) -> str:
    """A count, with the words in which the user has asked for it: "the number of open orders is 6"."""
    counted = re.search(r"\bthe number of .+", yours(goal))
    return f"{counted[0]} is {show(value)}" if counted else f"the number is {show(value)}"


def told(name: str, value: Json) -> str:
    """A property and its value: "the seats available are 4"."""
    return f"the {label(name)} {be(label(name))} {show(value)}"


def found(result: Json) -> str:
    """A look-up's result in a few words: the first details of one row, or how many rows and which."""
    rows = listed(result)
    if rows is None:
        details = [
            (name, value) for name, value in properties(result) if value not in (None, "") and "id" not in words(name)
        ]
        return join([told(name, value) for name, value in details[:_FEW]])
    if not rows:
        return "there is nothing of the kind"
    names = [show(next(iter(row.values()))) if isinstance(row, dict) and row else show(row) for row in rows[:_ROWS]]
    more = " among others" if len(rows) > _ROWS else ""
    return f"there {'is 1 entry' if len(rows) == 1 else f'are {len(rows)} entries'}, {join(names)}{more}"


def listed(result: Json) -> list[Json] | None:
    """The rows of a list, or of the one list inside an envelope; None for a result about one row."""
    if isinstance(result, dict) and len(result) == 1:
        (result,) = result.values()
    return result if isinstance(result, list) else None


def properties(value: Json) -> Iterator[tuple[str, Json]]:
    """Every (property, scalar) pair in a JSON value, outer ones first in their order."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, (dict, list)):
                yield from properties(inner)
            else:
                yield name, inner
    elif isinstance(value, list):
        for inner in value:
            yield from properties(inner)
