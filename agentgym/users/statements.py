"""What a message states of the user's own facts, and where it has them wrong: "the quantity is 2" where it is 3.

A wrong "no" misleads an agent more than a missed one, so a statement is disputed only where it can mean nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentgym.tasks.saying import says
from agentgym.types import Json
from agentgym.users.knowledge import Knowledge, carries, numbers, roots

_STATED = re.compile(
    r"\b(?P<label>[A-Za-z][\w '/-]{0,40}?)\s*(?:\([^)\n]{0,40}\)\s*)?(?:(?<!\d)[:=]|\b(?:is|are|to|as|of)\b)\s*"
    r"(?P<value>[^\n]{1,80}?)\s*(?=$|\n|[,;?!]|\.(?:\s|$)|\s(?:and|with|for|or|then)\s)"
)
_LINE = re.compile(
    r"^[^\w\n]{0,9}(?:\d+[.)])?[ \t]*(?P<label>[A-Za-z][\w '/-]{0,60}?)[ \t]*:[ \t]*(?P<value>\S.*?)[ \t]*$",
    re.MULTILINE,
)
_BLANK = re.compile(r"[\[<{_.?-]|n/?a\b|none\b|not\b|unknown\b|to be\b|tbd\b|your\b|please\b|required\b", re.IGNORECASE)
_FORMER = frozenset("current currently old previous previously existing original former before now".split())
_ID = re.compile(r"(?<![\w@.-])#?[A-Za-z]+[-_]?\d[\w-]*|(?<![\w@.-])[\w.+-]+@[\w.-]+\w")
_LABEL = 5  # words before "is" that may be a label
_SHORT = 14  # words: a question this short that names one identifier asks whether it is that one


def misstated(text: str, known: Knowledge) -> list[int]:
    """The facts whose labels stand beside another value, by their places."""
    found = {place for place in _loosely(text, known) if not _told_elsewhere(text, place, known)}
    found.update(_by_line(text, known))
    return sorted(place for place in found if not _told_rightly(text, known.facts[place].value))


def mistaken(text: str, known: Knowledge, opening: str) -> list[int]:
    """The facts of the kind of the one identifier that a short question names, and nobody else: "Is it ORD-7?" """
    if len(text.split()) > _SHORT:
        return []
    named = _ID.findall(text)
    if len(named) != 1 or carries(opening, named[0]) or any(carries(text, fact.value) for fact in known.facts):
        return []
    facts, kind = enumerate(known.facts), _kind(named[0])
    return [place for place, fact in facts if isinstance(fact.value, str) and _kind(fact.value) == kind]


def _loosely(text: str, known: Knowledge) -> set[int]:
    """Facts with a label somewhere before "is", ":" or the like, and a wrong value of their kind right after it."""
    found: set[int] = set()
    for match in _STATED.finditer(text):
        label = roots(match["label"])
        if _FORMER.isdisjoint(label):
            places = known.asked_for(frozenset(label[-_LABEL:]))
            if places and all(_contradicts(match["value"], known.facts[place].value) for place in places):
                found.update(places)
    return found


def _by_line(text: str, known: Knowledge) -> Iterator[int]:
    """Facts whose very label begins a line, with a colon and another value after it, as in a summary."""
    for match in _LINE.finditer(text):
        label, said = frozenset(roots(match["label"])), match["value"]
        places = [place for place, entry in enumerate(known.entries) if entry.words == label]
        if len(places) == 1 and not _BLANK.match(said):
            value = known.facts[places[0]].value
            plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
            if plain and not carries(said, value) and not says(said, value):
                yield places[0]


def _told_elsewhere(text: str, place: int, known: Knowledge) -> bool:
    """Whether the text may mean another fact with the same kind of label, which it has right."""
    head = known.entries[place].head
    others = (other for other, entry in enumerate(known.entries) if other != place and entry.head == head)
    return any(carries(text, known.facts[other].value) for other in others)


def _told_rightly(text: str, value: Json) -> bool:
    """Whether the right text stands somewhere in the message; a number may stand there by chance."""
    return isinstance(value, str) and carries(text, value)


def _contradicts(said: str, value: Json) -> bool:
    """Whether ``said`` is another value of the same kind: a number for a number, an identifier for an identifier."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return False
    if isinstance(value, (int, float)):
        found = numbers(said.lstrip("$ ").partition(" ")[0])
        return bool(found) and float(value) not in found
    if carries(said, value):
        return False
    digits = any(sign.isdigit() or sign == "@" for sign in value)
    return digits and any(sign.isdigit() or sign == "@" for sign in said.split(" ")[0])


def _kind(identifier: str) -> str:
    """What identifiers of one table share: ORD-17 and ORD-2 are both "ORD-"."""
    return "@" if "@" in identifier else re.split(r"\d", identifier, maxsplit=1)[0]
