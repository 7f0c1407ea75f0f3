"""What the user of one task knows, indexed by the words an agent may ask for it with. Made once a task."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from agentgym.memo import Memo
from agentgym.tasks.phrases import plain, stands_in
from agentgym.types import Fact, Json, Task

Words = frozenset[str]

_ONE_WORD = (
    (re.compile(r"\be-mail"), "email"),
    (re.compile(r"\bsurname\b"), "last name"),
    (re.compile(r"\b(?:zip|post) ?code\b|\bzip\b"), "postal code"),
    (re.compile(r"\b(?:dob|birthday|birth date)\b"), "date of birth"),
    (re.compile(r"\bhow much\b"), "amount price"),
    (re.compile(r"\bhow many\b"), "quantity number"),
)
_HINTS = re.compile(r"e-mail|surname|zip|post|dob|birth|how m")  # whether any of those may apply
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[a-z0-9]+")
_SYNONYMS = {
    "id": "id", "ids": "id", "identifier": "id", "number": "id", "code": "id", "weigh": "weight", "reference": "id",
    "mail": "email", "emails": "email", "telephone": "phone", "mobile": "phone", "cellphone": "phone",
    "cost": "price", "fee": "price", "sum": "amount", "why": "reason", "cause": "reason", "where": "address",
    "when": "date", "who": "name", "1st": "first", "2nd": "second", "3rd": "third", "lowest": "minimum",
    "highest": "maximum", "min": "minimum", "max": "maximum", "earliest": "minimum", "latest": "maximum",
    "amount": "amount", "begin": "start", "units": "quantity", "pieces": "quantity", "count": "quantity",
}  # fmt: skip
_VAGUE = frozenset({"id", "name", "date", "time", "type", "status"})  # heads that many labels share
_PERSON_NAMES = frozenset("name first last middle full given family".split())  # "your name" asks for all of these
_ORDINALS = frozenset("first second third fourth fifth sixth seventh eighth ninth tenth".split())
_STOP = frozenset(
    (
        "the a an and or of for to in on at is are be do you your i me my we it that this with by as please could can "
        "would should what which like want need tell give one from so if not have has will there their its any more"
    ).split()
)


@lru_cache(maxsize=8192)
def root(word: str) -> str:
    """A word without its plural, under the name that labels use: "identifiers" -> "id"."""
    if word in _SYNONYMS:
        return _SYNONYMS[word]
    stem = word[:-1] if word.endswith("s") and len(word) > 2 and not word.endswith("ss") else word
    return _SYNONYMS.get(stem, stem)


def roots(text: str) -> list[str]:
    """The words of ``text`` in order, by their roots; code's spellings (order_id, orderId) fall apart into words."""
    plain = _CAMEL.sub(" ", text).lower()
    if _HINTS.search(plain):
        for pattern, words in _ONE_WORD:
            plain = pattern.sub(words, plain)
    return [root(word) for word in _WORD.findall(plain)]


class Entry(NamedTuple):
    """How one fact is asked for."""

    head: str  # the word that must be said: "id" of "order ID"
    words: Words  # all words of the label
    ordinal: str  # "second" of "second order ID"; "" for a label without one
    about: Words  # the words of the fact's sentence besides its value


@lru_cache(maxsize=8192)
def _label(label: str) -> tuple[str, Words, str]:
    """The head, the words and the ordinal of a label."""
    plain = re.sub(r"\s*\([^)]*\)$", "", label)
    words = roots(plain)
    head = roots(plain.split(" in ")[0])[-1:] or [""]  # weight in kg
    if len(words) > 1 and words[0] == "date":
        head = ["date"]  # date created
    return head[0], frozenset(words), next((word for word in words if word in _ORDINALS), "")


class Knowledge:
    """The facts of a task, ready to be asked for."""

    __slots__ = ("entries", "facts", "heads", "opened")

    def __init__(self, task: Task) -> None:
        self.facts: tuple[Fact, ...] = task.facts
        self.entries = tuple(_entry(fact) for fact in task.facts)
        self.heads = frozenset(entry.head for entry in self.entries)
        self.opened = sum(1 << place for place, fact in enumerate(self.facts) if carries(task.intent, fact.value))

    def asked_for(self, said: Words) -> list[int]:
        """The facts whose labels these words name; of labels with one head, those that match best."""
        if self.heads.isdisjoint(said):
            return []
        ordinals = said & _ORDINALS
        best: dict[str, int] = {}
        found: list[tuple[int, str, int]] = []
        for place, (head, words, ordinal, _) in enumerate(self.entries):
            if head not in said or (ordinals and ordinal and ordinal not in ordinals):
                continue
            score = len(words & said)
            if score == 1 and len(words) > 1 and head in _VAGUE and not words <= _PERSON_NAMES:
                continue
            found.append((place, head, score))
            best[head] = max(best.get(head, 0), score)
        return [place for place, head, score in found if score == best[head]]

    def akin(self, said: Words) -> list[int]:
        """The facts that have most to do with these words, where they name none: "which card is it?"."""
        wanted = said - _STOP
        scores = [2 * len(entry.words & wanted) + len(entry.about & wanted) for entry in self.entries]
        most = max(scores, default=0)
        return [place for place, score in enumerate(scores) if most and score == most]


def _entry(fact: Fact) -> Entry:
    head, words, ordinal = _label(fact.label)
    about = frozenset(roots(fact.text)) - _STOP - frozenset(roots(str(fact.value)))
    return Entry(head, words, ordinal, about)


knowledge = Memo(Knowledge)  # what the user of a task knows


# -- values in a text ---------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\w./-])(?<!\d:)-?\d+(?:,\d{3})*(?:\.\d+)?(?![\w/]|[.:-]\d)")


@lru_cache(maxsize=1024)
def numbers(text: str) -> frozenset[float]:
    """The numbers that stand for themselves in ``text``: not those inside an identifier or a date."""
    return frozenset(float(number.replace(",", "")) for number in _NUMBER.findall(text))


def carries(text: str, value: Json) -> bool:
    """Whether ``text`` says ``value``: every leaf on word bounds. A truth value has no words of its own: never."""
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, (int, float)):
        return float(value) in numbers(text)
    if isinstance(value, (dict, list)):
        inner: Iterable[Json] = value.values() if isinstance(value, dict) else value
        return bool(value) and all(carries(text, part) for part in inner)
    return stands_in(plain(text), plain(str(value)))
