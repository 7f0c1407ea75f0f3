"""Words for what users say: nouns, verbs, labels and values in plain English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from agentgym.build.semantics import language
from agentgym.build.semantics.language import ACTS, MONEY, VERBS, Reading, read_name, singular
from agentgym.build.semantics.lexicon import PARTICIPLES
from agentgym.types import Binding, Json, Table
from agentgym.world.naming import words

# Joints of a goal's text, by which users and agents take it apart: a refusal from what is accepted instead of it, and
# what is to be done from what is to be told.
INSTEAD = "; if that is not possible, "
TELL = " and tell me "

# Tables whose rows can be the one who speaks, by the last word of their name.
SPEAKERS = frozenset(
    words(
        "user customer client member patient passenger guest student subscriber tenant borrower rider cardholder "
        "reader shopper buyer applicant traveler traveller policyholder resident attendee participant donor player "
        "patron"
    )
)
_PEOPLE = SPEAKERS | frozenset(
    words("employee agent driver doctor teacher instructor technician owner seller host contact person lead candidate")
)
# What the staff does for, or to, somebody else.
_STAFF = frozenset(
    words(
        "approve reject deny ship dispatch deliver fulfill suspend reactivate reinstate deactivate block unblock lock "
        "unlock assign reassign escalate resolve mark verify archive publish unpublish hire promote receive restock "
        "retire waive freeze unfreeze adjust discontinue"
    )
)
_SYNONYMS: dict[str, Sequence[str]] = {
    "delete": ("delete", "remove", "get rid of"),
    "remove": ("remove", "delete"),
    "create": ("create", "set up"),
    "place": ("place", "put in"),
    "submit": ("submit", "send in"),
    "schedule": ("schedule", "arrange"),
    "approve": ("approve", "sign off on"),
    "return": ("return", "send back"),
}
_BY_OP = {"create": "create", "update": "change", "delete": "delete", "transition": "change", "adjust": "adjust"}
# More verbs by which something comes about.
_MAKING = frozenset(
    words("plan propose award announce follow store start grant host join donate draft pledge prescribe arrange claim")
)
# Verbs that say no more than the operation.
_BARE = frozenset(words("post put patch insert upsert generate write set new one update edit modify perform do"))
_BEHIND = frozenset(words("on off in out up down away back online offline"))
_VERBAL = frozenset(words("get create delete update patch insert fetch retrieve remove add put upsert save post untag"))
_ARTICLES = frozenset(words("a an the given specified specific for of by all your my our this that"))
_SINGULAR = frozenset(words("species series news canvas lens always address basis dns sms gps"))
_LONG = 3  # words; longer names are not said in full
UNITS = frozenset(words("seconds minutes hours days weeks months years miles meters"))
_MEASURES = frozenset(words("kg lbs km cm mm ml gb mb tb usd eur pct percent"))
_MEASURED = frozenset(words("duration runtime length delay age"))  # of which the unit is no part
_PREFIXES = frozenset(words("is has x filter query"))
_PLAIN = {
    "id": "ID", "ids": "IDs", "sid": "ID", "uid": "ID", "uuid": "ID", "arn": "ARN", "uri": "URI", "url": "URL",
    "sku": "SKU", "ip": "IP", "min": "lowest", "max": "highest", "qty": "quantity", "num": "number of",
    "from": "origin", "to": "destination", "desc": "description", "lang": "language", "dob": "date of birth",
    "addr": "address", "tel": "phone", "lat": "latitude", "lon": "longitude", "lng": "longitude", "ref": "reference",
    "amt": "amount", "cnt": "count", "msg": "message", "img": "image", "gb": "GB", "mb": "MB", "tb": "TB",
}  # fmt: skip
_WHOLE = {"sort by": "sort order", "order by": "sort order", "group by": "grouping", "contact by": "way of contact"}
# What happens on a date, as the first word of its name: expires_on -> "expiry date".
_OCCASIONS = {"expire": "expiry", "renew": "renewal", "close": "closing", "open": "opening", "arrive": "arrival"}
_PAST = PARTICIPLES | dict(
    pair.split(":")
    for pair in (
        "be:been begin:begun bring:brought build:built buy:bought choose:chosen cut:cut do:done draw:drawn "
        "drive:driven find:found fly:flown get:got give:given go:gone have:had hold:held keep:kept "
        "leave:left lend:lent let:let lose:lost make:made put:put read:read rebuild:rebuilt redo:redone "
        "reset:reset rewrite:rewritten run:run see:seen sell:sold set:set show:shown shut:shut speak:spoken "
        "spend:spent split:split take:taken tell:told undo:undone unfreeze:unfrozen"
    ).split()
)
_DOUBLING = frozenset(words("submit permit refer transfer cancel commit admit label enrol"))
_SHORT_VERB = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")  # stop, plan: these double their last letter too
_ARTICLE_AN = re.compile(r"(?i)(?:[aeio]|un(?!i)|u(?![sn]|til)|hour|honest)")
_ENUM = re.compile(r"[a-z]+(?:_[a-z]+)+")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")


@lru_cache(maxsize=65_536)
def reading(tool: str) -> Reading:
    """What a tool's name says, read once."""
    return read_name(tool)


@lru_cache(maxsize=65_536)
def noun(table: str) -> str:
    """``order_item`` -> "order item"; of long names the end: ``projects_databases_document`` -> "database document"."""
    parts = words(table) or ["thing"]
    while len(parts) > 1 and parts[0] in _ARTICLES:
        parts = parts[1:]
    parts = [part for at, part in enumerate(parts) if singular(part) not in map(singular, parts[at + 1 : at + 2])]
    while len(parts) > 1 and parts[-1] in _VERBAL:  # cart_add, operation_get: named after the only tool that has them
        parts = parts[:-1]
    parts = parts if len(parts) <= _LONG else [singular(part) for part in parts[-2:]]
    return " ".join(_PLAIN.get(part, part) for part in parts)


def plural(text: str) -> str:
    """The plural of a noun phrase."""
    return language.plural(text)


def many(table: str) -> str:
    """``order_item`` -> "order items"."""
    return plural(noun(table))


def a(text: str) -> str:
    """``text`` with its indefinite article."""
    return f"{'an' if _ARTICLE_AN.match(text) else 'a'} {text}"


@lru_cache(maxsize=65_536)
def label(name: str) -> str:
    """What people call a column or argument: ``userId`` -> "user ID", ``min_price`` -> "lowest price"."""
    parts = words(name) or ["value"]  # a name without a Latin letter
    while len(parts) > 1 and parts[0] in _PREFIXES:  # X-Request-Id, filter[name], is_active
        parts = parts[1:]
    if len(parts) > 1 and parts[-1] in ("at", "on"):  # hired_on, created_at, starts_on
        stem = " ".join(parts[:-1])
        if stem.endswith("ed"):
            return f"date {stem}"
        *before, last = singular(stem).split()
        return " ".join((*before, _OCCASIONS.get(last, last), "date"))
    if len(parts) > 1 and (parts[-1] in _MEASURES or (parts[-1] in UNITS and parts[-2] in _MEASURED)):
        parts = [*parts[:-1], "in", parts[-1]]
    if len(parts) > 1 and parts[-1] in ("until", "till"):  # valid_until
        parts = [f"{parts[-2]}-{parts[-1]}", "date"]
    if len(parts) > 1 and parts[-1] == "from":  # available_from
        parts = [*parts[:-2], f"{parts[-2]}-from", "time"]
    if len(parts) > 1 and parts[-1] in ("no", "nr"):
        parts = [*parts[:-1], "number"]
    text = " ".join(_PLAIN.get(part, part) for part in parts)
    text = _WHOLE.get(text, text)
    return text.lower() if text == name else text


def be(text: str) -> str:
    """The verb that goes with a label: "the price is", "the passengers are"."""
    return "are" if starts_plural(text) else "is"


def starts_plural(text: str) -> bool:
    """Whether a label is a plural: "checked bags", "seats available"; not "number of seats"."""
    return " of " not in text and " in " not in text and _counts(text.split())


def counted(name: str, value: Json, said: str = "") -> str:
    """A number with what it counts: "6 passengers", "a duration of 179 minutes"; "" where the name is no plural.

    ``said`` are the words for the number, where they are more than its digits: "at least 6".
    """
    parts = label(name).split()
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return ""
    said = said or show(value)
    if parts[-1] in UNITS and parts[-2:-1] == ["in"]:
        unit = singular(parts[-1]) if said == "1" else parts[-1]
        return f"{a(' '.join(parts[:-2]))} of {said} {unit}"
    if not isinstance(value, int) or not _counts(parts) or "in" in parts:
        return ""
    if said == "1":
        parts = [singular(part) for part in parts]
    return f"{said} {' '.join(parts)}"


def _counts(parts: Sequence[str]) -> bool:
    """Whether a label is a plural: "checked bags", "seats available"."""
    return _plural(parts[-1]) or (_plural(parts[0]) and parts[-1] in ("available", "left", "remaining", "open", "sold"))


def _plural(word: str) -> bool:
    return word == "IDs" or (
        len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) and word not in _SINGULAR
    )


def is_people(table: Table) -> bool:
    """Whether the rows are persons or accounts of persons."""
    names = {column.name for column in table.columns}
    return words(table.name)[-1] in _PEOPLE or (
        "email" in names and bool(names & {"first_name", "last_name", "full_name"})
    )


def can_speak(table: str) -> bool:
    """Whether a row of ``table`` can be the user of a task."""
    return words(table)[-1] in SPEAKERS


def for_staff(tool: str) -> bool:
    """Whether a tool does what only the staff asks for."""
    return reading(tool).verb in _STAFF


def verbs(binding: Binding) -> Sequence[str]:
    """Verbs that say what a writing tool does; its own where English knows it, else its operation's."""
    verb = reading(binding.tool).verb
    known = verb in VERBS or verb in ACTS or verb in MONEY or (binding.op == "create" and verb in _MAKING)
    known = known or (binding.op == "transition" and verb.isalpha())
    if not known or (verb in _BARE and binding.op != "transition"):
        return _SYNONYMS.get(_BY_OP[binding.op], (_BY_OP[binding.op],))
    if VERBS.get(verb) in ("get", "list", "count"):
        return (_BY_OP[binding.op],)
    parts = words(binding.tool)
    if parts[:1] == [verb] and parts[1:2] and parts[1] in _BEHIND:  # write_off_invoice
        return (f"{verb} {parts[1]}",)
    return _SYNONYMS.get(verb, (verb.replace("_", " "),))


def participle(phrase: str) -> str:
    """The past participle of a verb, with what follows it: "cancelled", "signed off on"; "" for what is no word."""
    verb, _, rest = phrase.partition(" ")
    if not verb.isalpha():
        return ""
    if verb in _PAST:
        form = _PAST[verb]
    elif verb.endswith("e"):
        form = f"{verb}d"
    elif verb.endswith("y") and verb[-2:-1] not in set("aeiou"):
        form = f"{verb[:-1]}ied"
    else:
        form = f"{verb}{verb[-1]}ed" if verb in _DOUBLING or _SHORT_VERB.fullmatch(verb) else f"{verb}ed"
    return f"{form} {rest}".strip()


def particle(tool: str) -> str:
    """What a tool's name has behind its noun: turn_device_on -> "on", put_job_on_hold -> "on hold"; "" for nothing."""
    parts, named = words(tool), [word for word in reading(tool).noun if word not in _BEHIND]
    last = next((at for at in range(len(parts) - 1, 0, -1) if named and singular(parts[at]) == named[-1]), 0)
    behind = parts[last + 1 :] if last else []
    return " ".join(behind) if behind and behind[0] in _BEHIND and parts[1] not in _BEHIND else ""


def thing(binding: Binding) -> str:
    """The noun a creating tool's name gives to what it makes; the table's where the name gives none."""
    parts = [part for part in reading(binding.tool).noun if not part.isdigit()]
    return " ".join(parts) if 0 < len(parts) <= _LONG else noun(binding.table)


def show(value: Json) -> str:
    """A value as it is said: enum words with spaces, numbers without needless zeros, lists joined."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, list):
        return join([show(item) for item in value])
    if isinstance(value, dict):
        return ", ".join(f"{label(name)} {quote(item)}" for name, item in value.items())
    text = "none" if value is None else str(value)
    return text.replace("_", " ") if _ENUM.fullmatch(text) else text


def quote(value: Json) -> str:
    """``show``, in quotes where the words would run into the sentence around them."""
    text = show(value)
    if isinstance(value, dict):
        return f"({text})"
    return (
        f'"{text}"'
        if isinstance(value, str) and (" " in text or text != text.strip(".,;:!?")) and '"' not in text
        else text
    )


def join(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def tells(text: str, value: Json) -> bool:
    """Whether ``text`` carries every leaf of ``value``, on word bounds: "10" is not told by "100".

    A truth value has no words of its own: any text about it will do.
    """
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, (int, float)):
        return any(float(match) == float(value) for match in _NUMBER.findall(text.replace("$", " ")))
    if isinstance(value, dict):
        return all(tells(text, item) for item in value.values())
    if isinstance(value, list):
        return all(tells(text, item) for item in value)
    return stands_in(plain(text), plain(str(value)))


def stands_in(text: str, words: str) -> bool:
    """Whether ``words`` stand in ``text``, and not inside longer ones; both are ``plain``.

    An expression would have to be compiled for every value.
    """
    place = text.find(words) if words else -1
    while place >= 0:
        before, after = text[max(place - 1, 0) : place], text[place + len(words) : place + len(words) + 1]
        if not (_is_word(before) or _is_word(after)):
            return True
        place = text.find(words, place + 1)
    return False


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Without case, underscores and runs of blanks: the form in which words are looked for."""
    return " ".join(text.replace("_", " ").casefold().split())
