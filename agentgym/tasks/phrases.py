"""Words for what users say: nouns, verbs and values in plain English, and the stock phrases around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentgym.build.semantics import language
from agentgym.build.semantics.language import ACTS, MONEY, VERBS, read_name, singular
from agentgym.types import Binding, Json, Table
from agentgym.world.naming import words

GREETINGS = ("Hi", "Hello", "Hi there", "Good morning", "Hello there", "Hey", "Good afternoon")
WANTS = (
    "I'd like to {0}.",
    "I need to {0}.",
    "Please {0}.",
    "Could you {0}?",
    "I want to {0}.",
    "Can you help me {0}?",
    "Would you {0}, please?",
)
ASKS = ("Please {0}.", "Could you {0}?", "Can you {0}?", "I'd like you to {0}.", "Would you {0}?", "I need you to {0}.")
NEXT = (
    "Also, {0}",
    "After that, {0}",
    "Then {0}",
    "And another thing: {0}",
    "Next, {0}",
    "Besides, {0}",
    "Once that is done, {0}",
)
CLOSINGS = (
    "",
    "",
    "",
    " Thanks!",
    " Thank you.",
    " Thanks in advance.",
    " That's all for now.",
    " I hope you can help.",
)
NAMED = ("This is {0}.", "I'm {0}.", "My name is {0}.", "{0} here.")

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
# Verbs that say no more than the operation.
_BARE = frozenset(words("post put patch insert upsert generate write make set new one update edit modify perform do"))
_LONG = 3  # words; longer names are not said in full
_UNITS = frozenset(words("seconds minutes hours days weeks months years miles meters"))
_ARTICLE_AN = re.compile(r"(?i)(?:[aeio]|un(?!i)|u(?![sn]|til)|hour|honest)")
_ENUM = re.compile(r"[a-z]+(?:_[a-z]+)+")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")


def noun(table: str) -> str:
    """``order_item`` -> "order item"; of long names the end: ``projects_databases_document`` -> "database document"."""
    parts = words(table)
    return " ".join(parts if len(parts) <= _LONG else [singular(part) for part in parts[-2:]])


def plural(text: str) -> str:
    """The plural of a noun phrase."""
    return language.plural(text)


def many(table: str) -> str:
    """``order_item`` -> "order items"."""
    return plural(noun(table))


def a(text: str) -> str:
    """``text`` with its indefinite article."""
    return f"{'an' if _ARTICLE_AN.match(text) else 'a'} {text}"


def label(name: str) -> str:
    """What people call a column or argument: ``userId`` -> "user ID", ``min_price`` -> "lowest price"."""
    plain = {
        "id": "ID",
        "sid": "ID",
        "uuid": "ID",
        "min": "lowest",
        "max": "highest",
        "qty": "quantity",
        "url": "URL",
        "num": "number of",
        "from": "origin",
        "to": "destination",
    }
    parts = words(name)
    parts = parts[1:] if len(parts) > 1 and parts[0] in ("is", "has") else parts
    if len(parts) > 1 and parts[-1] in ("at", "on"):  # hired_on, created_at, starts_on
        stem = " ".join(parts[:-1])
        return f"date {stem}" if stem.endswith("ed") else f"{singular(stem)} date"
    if len(parts) > 1 and parts[-1] in ("kg", "lbs", "km", "cm", "mm", "ml", "usd", "eur", "pct", "percent"):
        parts = [*parts[:-1], "in", parts[-1]]
    return " ".join(plain.get(part, part) for part in parts)


def be(text: str) -> str:
    """The verb that goes with a label: "the price is", "the passengers are"."""
    return "are" if _counts(text.split()) else "is"


def counted(name: str, value: Json) -> str:
    """A number with what it counts: "6 passengers", "a duration of 179 minutes"; "" where the name is no plural."""
    parts = label(name).split()
    if not isinstance(value, int) or isinstance(value, bool) or not _counts(parts):
        return ""
    if parts[-1] in _UNITS and len(parts) > 1:
        return f"{a(' '.join(parts[:-1]))} of {value} {parts[-1]}"
    if value == 1:
        parts = [singular(part) for part in parts]
    return f"{value} {' '.join(parts)}"


def _counts(parts: Sequence[str]) -> bool:
    """Whether a label is a plural: "checked bags", "seats available"."""
    return _plural(parts[-1]) or (_plural(parts[0]) and parts[-1] in ("available", "left", "remaining", "open", "sold"))


def _plural(word: str) -> bool:
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))


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
    return read_name(tool).verb in _STAFF


def verbs(binding: Binding) -> Sequence[str]:
    """Verbs that say what a writing tool does; its own where English knows it, else its operation's."""
    verb = read_name(binding.tool).verb
    known = verb in VERBS or verb in ACTS or verb in MONEY or (binding.op == "transition" and verb.isalpha())
    if not known or (verb in _BARE and binding.op != "transition"):
        return _SYNONYMS.get(_BY_OP[binding.op], (_BY_OP[binding.op],))
    if VERBS.get(verb) in ("get", "list", "count"):
        return (_BY_OP[binding.op],)
    return _SYNONYMS.get(verb, (verb.replace("_", " "),))


def thing(binding: Binding) -> str:
    """The noun a creating tool's name gives to what it makes; the table's where the name gives none."""
    parts = [part for part in read_name(binding.tool).noun if not part.isdigit()]
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
        return ", ".join(f"{label(name)} {show(item)}" for name, item in value.items())
    text = "none" if value is None else str(value)
    return text.replace("_", " ") if _ENUM.fullmatch(text) else text


def quote(value: Json) -> str:
    """``show``, in quotes where the words would run into the sentence around them."""
    text = show(value)
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
    wanted, said = _plain(str(value)), _plain(text)
    return bool(wanted.strip()) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", said) is not None


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())
