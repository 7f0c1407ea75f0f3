"""What a tool's name says: its verb, the thing it is about, and the words between.

API names are a small language: ``cancel_pending_order``, ``find_user_id_by_email``, ``companiesAll``,
``FetchMessage``. This module reads it with word lists and no model; schema.py and binding.py act on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agentgym.world.naming import words

Kind = Literal["get", "list", "count", "create", "update", "delete", "act"]

_VERBS: dict[Kind, str] = {
    "get": "get fetch retrieve read show view describe lookup one detail details check inspect",
    "list": "list all index search find query browse filter enumerate",
    "count": "count",
    "create": "create add new register book place open schedule submit insert post issue report log file request "
    "reserve borrow rent order buy purchase record enroll invite send write upload generate make apply hire rate",
    "update": "update edit modify change set patch rename put adjust reschedule assign reassign move extend relocate "
    "replace upgrade downgrade promote",
    "delete": "delete remove destroy purge erase drop",
}
VERBS: dict[str, Kind] = {verb: kind for kind, verbs in _VERBS.items() for verb in verbs.split()}

# Verbs that move a status, with the words their target status may have beyond the verb's own past participle.
ACTS: dict[str, tuple[str, ...]] = {
    verb: tuple(targets.split())
    for verb, targets in {
        "accept": "", "acknowledge": "", "activate": "active", "approve": "", "archive": "",
        "begin": "in_progress active", "block": "", "cancel": "canceled", "check_in": "", "check_out": "", "clear": "",
        "close": "resolved", "complete": "done", "confirm": "", "deactivate": "inactive", "decline": "rejected",
        "deliver": "", "deny": "rejected", "disable": "inactive", "dismiss": "",
        "dispatch": "in_transit out_for_delivery", "enable": "active", "end": "ended completed", "escalate": "",
        "exchange": "exchange_requested", "expire": "", "finish": "completed done", "freeze": "", "fulfill": "",
        "lock": "", "mark": "", "merge": "", "open": "", "pause": "", "pay": "", "pick_up": "active in_progress",
        "prepare": "preparing", "publish": "", "reactivate": "active", "redeem": "", "refund": "",
        "reinstate": "active", "reject": "denied declined", "release": "available", "renew": "active",
        "reopen": "open reopened", "resolve": "", "respond": "", "restore": "active available",
        "resume": "active in_progress", "retire": "",
        "return": "return_requested", "settle": "", "ship": "in_transit", "snooze": "", "start": "in_progress active",
        "stop": "", "submit": "", "suspend": "", "terminate": "", "unarchive": "active", "unblock": "active",
        "unfreeze": "active", "unlock": "active unlocked", "unpause": "active", "unpublish": "draft", "verify": "",
        "void": "", "waive": "", "withdraw": "",
    }.items()
}  # fmt: skip

# Verbs that move money or points, and the sign they give the row they act on.
MONEY: dict[str, Literal["add", "subtract", "transfer"]] = {
    "deposit": "add", "top_up": "add", "credit": "add", "refund": "add", "earn": "add", "load": "add",
    "recharge": "add", "withdraw": "subtract", "pay": "subtract", "charge": "subtract", "debit": "subtract",
    "spend": "subtract", "redeem": "subtract", "transfer": "transfer",
}  # fmt: skip

# Verbs that use up what they refer to: a seat, a copy, an item in stock.
CONSUMING = frozenset("book place order buy purchase borrow checkout check_out rent reserve schedule".split())

_PHRASAL = frozenset(
    tuple(verb.split("_")) for verb in "check_in check_out pick_up top_up look_up set_up sign_up".split()
)
_SUFFIXES = frozenset("all one add create get list search count update delete remove".split())
_TRAILING = frozenset("details detail info information all list one by id ids record records data".split())
_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "geese": "goose",
    "mice": "mouse", "criteria": "criterion", "indices": "index", "matrices": "matrix", "vertices": "vertex",
    "leaves": "leave", "movies": "movie", "cookies": "cookie", "caches": "cache", "expenses": "expense",
    "warehouses": "warehouse", "purchases": "purchase", "courses": "course", "houses": "house", "licenses": "license",
    "responses": "response", "releases": "release", "databases": "database", "cases": "case", "phases": "phase",
    "leases": "lease", "invoices": "invoice", "devices": "device", "services": "service", "prices": "price",
    "aliases": "alias",
    **{
        word: word  # singular as they stand
        for word in (
            "series species news data sms status address access business process bus gas lens canvas analysis basis"
        ).split()
    },
}  # fmt: skip
_PARTICIPLES = {
    "withdraw": "withdrawn", "freeze": "frozen", "send": "sent", "pay": "paid", "begin": "begun", "write": "written",
}  # fmt: skip


def singular(word: str) -> str:
    """The singular of an English noun: orders -> order, addresses -> address, policies -> policy."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def plural(noun: str) -> str:
    """The plural of a phrase's last word: order item -> order items, policy -> policies."""
    head, _, last = noun.rpartition(" ")
    if last.endswith("y") and last[-2:-1] not in set("aeiou"):
        last = last[:-1] + "ies"
    elif last.endswith(("s", "x", "ch", "sh", "z")):
        last += "es"
    else:
        last += "s"
    return f"{head} {last}".strip()


def participles(verb: str) -> frozenset[str]:
    """Past participles a status may use for ``verb``: cancel -> cancelled, canceled; check_in -> checked_in."""
    head, _, particle = verb.partition("_")
    forms = {head + "ed", head + "d" if head.endswith("e") else head + "ed"}
    forms.add(head[:-1] + "ied" if head.endswith("y") else head + head[-1] + "ed")
    if head in _PARTICIPLES:
        forms.add(_PARTICIPLES[head])
    return frozenset(f"{form}_{particle}" if particle else form for form in forms)


@dataclass(frozen=True)
class Reading:
    """A tool's name, read."""

    verb: str  # as written, phrasal verbs joined: "check_in"
    kind: Kind
    noun: tuple[str, ...]  # singular words of what it is about, adjectives in front: ("pending", "order")
    by: tuple[str, ...]  # words after "by", "for" or "from"


def read_name(name: str) -> Reading:
    """Read a tool's name. A name without a known verb is read as an act on all of its words."""
    parts = words(name)
    verb, rest = _verb(parts)
    noun, by = rest, list[str]()
    for position, word in enumerate(rest):
        if word in ("by", "for", "from", "with", "to", "in", "of") and position:
            noun, by = rest[:position], rest[position + 1 :]
            break
    while len(noun) > 1 and noun[-1] in _TRAILING:
        noun = noun[:-1]
    kind = VERBS.get(verb, "act")
    return Reading(verb, kind, (*noun[:-1], singular(noun[-1])) if noun else (), tuple(by))


def _verb(parts: list[str]) -> tuple[str, list[str]]:
    if tuple(parts[:2]) in _PHRASAL:
        return "_".join(parts[:2]), parts[2:]
    if parts and (parts[0] in VERBS or parts[0] in ACTS or parts[0] in MONEY):
        return parts[0], parts[1:]
    if parts and parts[-1] in _SUFFIXES:  # companiesAll keeps its verb at the end
        return parts[-1], parts[:-1]
    return (parts[0], parts[1:]) if len(parts) > 1 else ("", parts)


def phrase(name: str) -> str:
    """A name as words: ``cancel_reason`` -> "cancel reason"."""
    return " ".join(words(name))


def sentences(text: str) -> list[str]:
    """The sentences of a description."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def first_sentence(text: str, limit: int = 200) -> str:
    """The first sentence on one line, cut at a word where it is longer than ``limit``."""
    parts = sentences(" ".join(text.split()))
    line = parts[0] if parts else ""
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0] + "..."
