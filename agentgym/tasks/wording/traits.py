"""What a row is like, said beside its noun: "pending", "from Oslo", "with a total of 9.50", "due by 2025-07-01"."""

from __future__ import annotations

import random
from typing import NamedTuple

from agentgym.tasks.phrases import a, counted, label, quote, show, starts_plural
from agentgym.types import Json
from agentgym.world.naming import words


class Trait(NamedTuple):
    """Words before the noun, or behind it. ``again`` stands behind it where another trait has ``before`` already."""

    before: str = ""
    after: str = ""
    again: str = ""


_STATES = frozenset(words("status state stage visibility phase"))
_KINDS = frozenset(words("type kind genre tier membership"))
_PLACES = frozenset(words("city country region province district location area town"))
_PRICES = frozenset(words("price fare fee cost rate"))
_TITLES = frozenset(words("name title nickname headline"))
# Adjectives that do not end as participles do.
_ADJECTIVES = frozenset(
    words(
        "active inactive pending open overdue available unavailable new live final free idle busy full empty ready "
        "public private current upcoming running ongoing draft online offline "
        "trial paid sold lost won unpaid broken spent sent"
    )
)
_ADVERBIAL = frozenset(words("in on out under at awaiting waiting up off"))
_VERBAL = {
    "accepts": "accept", "allows": "allow", "has": "have", "includes": "include", "requires": "require",
    "supports": "support", "uses": "use", "needs": "need", "offers": "offer",
}  # fmt: skip
_BEGUN = {  # the first word of a date's name -> what the row does on that date
    "due": "due", "departure": "leaving", "depart": "leaving", "arrival": "arriving", "start": "starting",
    "starts": "starting", "end": "ending", "ends": "ending", "expires": "expiring", "expiry": "expiring",
    "release": "released", "closes": "closing", "opens": "opening",
}  # fmt: skip


def trait(name: str, value: Json, rng: random.Random, *, test: str = "eq", many: bool = False) -> Trait:
    """How to say that column ``name`` is ``value``, of one row or of ``many``; the text tells the value.

    ``test`` is the comparison: eq, contains, ge, le or in. A truth value is told by its column's name.
    """
    if isinstance(value, bool):
        return _truth(name, value, many)
    if test == "contains":
        whose = "their" if many else "its"
        have = "have" if many else "has"
        return Trait(after=rng.choice((f"with {quote(value)} in the {label(name)}",
                                       f"that {have} {quote(value)} in {whose} {label(name)}",
                                       f"whose {label(name)} contains {quote(value)}")))  # fmt: skip
    if test in ("ge", "le"):
        return Trait(after=_bound(name, value, rng, test, many))
    return _equal(name, value, rng, many)


def _equal(name: str, value: Json, rng: random.Random, many: bool) -> Trait:
    parts, text = words(name) or [""], quote(value)
    last, verb = parts[-1], "are" if many else "is"
    lower = isinstance(value, str) and value.replace("_", "").isalpha() and value.islower()
    spoken = show(value)
    if last in _STATES and lower:
        ending = spoken.split()
        if ending[0].endswith("ed") or ending[-1].endswith("ed") or spoken in _ADJECTIVES:
            return (
                Trait(spoken, again=f"with the {label(name)} {text}")
                if rng.random() < 0.7
                else Trait(after=f"that {verb} {spoken}")
            )
        if ending[0] in _ADVERBIAL or ending[-1].endswith("ing"):
            return Trait(after=f"that {verb} {spoken}")
    if last in _KINDS and lower and len(spoken.split()) <= 2 and rng.random() < 0.6:
        return Trait(spoken, again=f"with the {label(name)} {text}")
    special = _special(parts, value, text, rng, many)
    if special:
        return Trait(after=special)
    number = counted(name, value)
    if number:
        return Trait(after=f"with {number}")
    name = label(name)
    plain = [f"with the {name} {text}", f"whose {name} {'are' if starts_plural(name) else 'is'} {text}"]
    forms = [*plain * 3, f"({name} {text})", f"where the {name} {'are' if starts_plural(name) else 'is'} {text}"]
    if not starts_plural(name) and isinstance(value, str):
        forms += [f"with {text} as the {name}"] if text.startswith('"') else []
        forms += [f"that {'have' if many else 'has'} the {name} {text}"]
    return Trait(after=rng.choice(forms))


def _special(parts: list[str], value: Json, text: str, rng: random.Random, many: bool) -> str:
    """Columns that English has words of its own for; "" for the others."""
    last, name = parts[-1], label("_".join(parts))
    if last in _TITLES and isinstance(value, str) and not parts[:-1]:
        return rng.choice((f"called {text}", f"named {text}", f"with the {name} {text}"))
    if isinstance(value, str) and len(parts) == 1:
        if last in _PLACES or (last == "state" and len(value) == 2 and value.isupper()):
            return f"in the {show(value)} {name}" if value.islower() else f"in {text}"
        if last == "address":
            return f"at {text}"
        if last == "origin":
            return f"from {text}"
        if last == "destination":
            return rng.choice((f"to {text}", f"going to {text}"))
        if last == "email":
            return rng.choice((f"with the email {text}", f"under the email {text}", f"with the email address {text}"))
    if isinstance(value, (int, float)):
        if last in _PRICES and len(parts) == 1:
            return rng.choice(
                (f"priced at {text}", f"with {a(name)} of {text}", f"that {'cost' if many else 'costs'} {text}")
            )
        if last in ("amount", "total", "balance", "salary"):
            return rng.choice((f"with {a(name)} of {text}", f"whose {name} is {text}"))
    if last in ("date", "at", "on") and isinstance(value, str):
        begun = _begun(parts)
        return f"{begun} on {text}" if begun else rng.choice((f"with the {name} {text}", f"whose {name} is {text}"))
    if last == "email":
        return rng.choice(
            (
                f"under {text}",
                f"with the {name} {text}",
                f"whose {name} is {text}",
                f"registered to {text}",
                f"({text})",
            )
        )
    if last == "reason":
        return rng.choice((f"with the {name} {text}", f"where the {name} is {text}"))
    return ""


def _begun(parts: list[str]) -> str:
    """What happens on a date: hired_on -> "hired", due_date -> "due"; "" where the name does not say."""
    stem = parts[:-1]
    if len(stem) == 1 and stem[0].endswith("ed") and parts[-1] in ("at", "on"):
        return stem[0]
    return _BEGUN.get(stem[0], "") if len(stem) == 1 else ""


def _bound(name: str, value: Json, rng: random.Random, test: str, many: bool) -> str:
    parts, text = words(name) or [""], quote(value)
    most = test == "le"
    if isinstance(value, str):
        begun, by = _begun(parts), label(name)
        if begun:
            return f"{begun} {'by' if most and begun == 'due' else 'on or before' if most else 'on or after'} {text}"
        return f"with {a(by)} {rng.choice(('up to', 'no later than') if most else ('from', 'no earlier than'))} {text}"
    size = f"at most {text}" if most else f"at least {text}"
    open_end = f"{text} or {'less' if most else 'more'}"
    number = counted(name, value, size)
    if number:
        return f"with {number}"
    if parts[-1] in _PRICES and len(parts) == 1:
        cost = "cost" if many else "costs"
        return rng.choice((f"that {cost} {size}", f"with {a(label(name))} of {size}", f"priced at {open_end}"))
    if starts_plural(label(name)):
        return f"whose {label(name)} are {size}"
    return rng.choice(
        (f"with {a(label(name))} of {size}", f"whose {label(name)} is {size}", f"with {a(label(name))} of {open_end}")
    )


def adjectival(name: str) -> bool:
    """Whether a truth value's name says what the row is like: "electric", "verified", "is_default"."""
    text = label(name)
    last = text.split()[-1]
    return (
        words(name)[:1] == ["is"]
        or (
            " " not in text
            and (last in _ADJECTIVES or last.endswith(("ed", "able", "ible", "ic", "ive", "ful", "less", "ous")))
        )
        or text
        in ("indoor", "outdoor", "vegetarian", "explicit", "smart", "favorite", "step free", "tax exempt", "pre tax")
    )


def _truth(name: str, value: bool, many: bool) -> Trait:
    text, verb = label(name), "are" if many else "is"
    first, _, rest = text.partition(" ")
    if adjectival(name):
        return Trait(before=text) if value else Trait(after=f"that {verb} not {text}")
    if first in _VERBAL and rest:
        base = _VERBAL[first]
        do = "do" if many else "does"
        return Trait(after=f"that {base if many else first} {rest}" if value else f"that {do} not {base} {rest}")
    if text.endswith(" allowed"):
        thing = text.removesuffix(" allowed")
        are = "are" if starts_plural(thing) else "is"
        return Trait(after=f"where {thing} {are} {'' if value else 'not '}allowed")
    return Trait(after=f"{'with' if value else 'without'} {text}")
