"""What a tool's name says: its verb, the thing it is about, and the words between.

API names are a small language: ``cancel_pending_order``, ``find_user_id_by_email``, ``companiesAll``,
``FetchMessage``. This module reads it with word lists and no model; induction acts on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentgym.build.semantics.lexicon import ACTS as ACTS
from agentgym.build.semantics.lexicon import (
    COMPUTES,
    DOINGS,
    DOUBTFUL,
    IRREGULAR,
    PARTICIPLES,
    PHRASAL,
    PLAIN,
    SUFFIXES,
    SWEEPING,
    TRAILING,
)
from agentgym.build.semantics.lexicon import CONSUMING as CONSUMING
from agentgym.build.semantics.lexicon import MONEY as MONEY
from agentgym.build.semantics.lexicon import VERBS as VERBS
from agentgym.build.semantics.lexicon import Kind as Kind
from agentgym.world.naming import words


def singular(word: str) -> str:
    """The singular of an English noun: orders -> order, addresses -> address, policies -> policy."""
    if word in IRREGULAR:
        return IRREGULAR[word]
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
    if not head:
        return frozenset()
    forms = {head + "ed", head + "d" if head.endswith("e") else head + "ed"}
    forms.add(head[:-1] + "ied" if head.endswith("y") else head + head[-1] + "ed")
    if head in PARTICIPLES:
        forms.add(PARTICIPLES[head])
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
    verb, rest = _method_of(name) or _verb(_parts(name))
    rest = [word for word in rest if word not in _ARTICLES] or rest
    if len(rest) > 2 and rest[1] == "of" and rest[0] in _PORTIONS:
        rest = rest[2:]
    noun, by = rest, list[str]()
    for position, word in enumerate(rest):
        if word in _PREPOSITIONS and position:
            noun, by = rest[:position], rest[position + 1 :]
            break
    kind = VERBS.get(verb, "act")
    filler = TRAILING - (_PART_OF_NAME if kind in ("create", "update", "delete") else frozenset())
    while len(noun) > 1 and noun[-1] in filler:
        noun = noun[:-1]
    return Reading(verb, kind, (*noun[:-1], singular(noun[-1])) if noun else (), tuple(by))


_ARTICLES = frozenset(("a", "an", "the", "s"))  # of names that are sentences: get_a_signal_s_details
_PORTIONS = frozenset("list lists details detail status number count".split())  # of what follows: details_of_an_order
_PREPOSITIONS = frozenset("by for from with to in of using via on at as without per under into within against".split())
_GLUED = re.compile(r"(get|create|update|delete|retrieve|list|search)([a-z]{4,})")
_FRAMED = re.compile(r"([a-z]\w*?_\w+?)_(?:api_)?v\d+_\w*_(?:get|post|put|patch|delete)")  # FastAPI: name, path, method
_VERSION = re.compile(r"v\d+(alpha|beta|p)?\d*(alpha|beta)?\d*|\d+")
_DIGEST = re.compile(r"(?=.*\d)[0-9a-f]{6}")  # told apart a name that was too long


def _parts(name: str) -> list[str]:
    """The words of a name, without versions and a leading "batch"; a verb glued to its noun is set free."""
    framed = _FRAMED.fullmatch(name)
    parts = words(framed[1] if framed else name)
    bare = [word for word in parts if not _VERSION.fullmatch(word)]
    parts = bare or parts
    if len(parts) > 3 and _DIGEST.fullmatch(parts[-1]):
        parts = parts[:-1]
    while len(parts) > 2 and parts[-1] in _ADDED:
        parts = parts[:-2] if parts[-2] == "using" else parts[:-1]
    while len(parts) > 1 and parts[0] in SWEEPING:
        parts = parts[1:]
    if len(parts) > 2 and parts[-1] in _METHODS and (parts[0] in VERBS or parts[-2] in DOING):
        parts = _unmethoded(parts)
    out: list[str] = []
    for word in parts:
        glued = _GLUED.fullmatch(word)
        out += glued.groups() if glued and word not in VERBS and word[len(glued[1]) :] not in _ENDINGS else [word]
    return out


_PLACES = frozenset("projects locations organizations folders zones regions subscriptions".split())  # hold everything
_CUSTOM = re.compile(r"((?:[a-z][A-Za-z0-9]*_)*[a-z][A-Za-z0-9]*s)_([a-z]+[A-Z][A-Za-z0-9]*)")
_WRITTEN = re.compile(r"(GET|POST|PUT|PATCH|DELETE)_(?=.)")
_TAGGED = re.compile(r"([A-Z][A-Za-z0-9]*)_([A-Z][a-z]+[A-Z][A-Za-z0-9]*)")


def _method_of(name: str) -> tuple[str, list[str]] | None:
    """The verb and object of ``projects_clusters_getIamPolicy``: a method of its own on the collection before it."""
    written = _WRITTEN.match(name)
    if written is not None:  # PUT_ips_pools: a path as a name
        return written[1].lower(), _parts(name[written.end() :])
    tagged = _TAGGED.fullmatch(name)
    if tagged is not None:  # LargeFaceList_DeleteFace
        parts = words(tagged[2])
        if parts[0] in VERBS and parts[0] not in DOUBTFUL - {"list", "find", "check"}:
            rest = _object(parts, 0)
            hollow = (
                not rest
                or rest[0] in _PREPOSITIONS
                or rest[0] in ("tags", "existence")
                or (rest[0] in _WHOLE and len(rest) == 1)
            )
            said = rest if rest[:1] and rest[0] in _PREPOSITIONS else []
            return parts[0], [*_innermost(words(tagged[1])), *said] if hollow else rest
    found = _CUSTOM.fullmatch(name)
    if found is None:
        return None
    method = words(found[2])
    while len(method) > 1 and method[0] in SWEEPING:
        method = method[1:]
    holder = _innermost(_parts(found[1]))
    if method[0] not in DOING:
        return None
    return method[0], method[1:] if holder[-1] in _PLACES and "_" in found[1] and len(method) > 1 else holder


_PART_OF_NAME = frozenset("list record records data".split())  # of what is made or deleted: a domain list, a DNS record
_WHOLE = frozenset("all one by many info details information".split())
_METHODS = frozenset("get post put patch delete create update".split())


def _unmethoded(parts: list[str]) -> list[str]:
    """Without the method a framework wrote behind a name that has its verb: ``scans_bulk_pause_create``."""
    if (
        parts[-2] in ACTS
        and parts[-2] not in DOUBTFUL - {"start", "stop"}
        and parts[-1] in ("create", "update", "post", "put")
    ):
        return parts[:-1]
    behind = (parts[-2] in VERBS and parts[-2] not in DOUBTFUL) or parts[-2] == "cancel"
    return parts[:-1] if behind or (parts[0] in PLAIN and parts[-1] in ("get", "post", "put")) else parts


_ADDED = frozenset("legacy deprecated async sync using get_ post_ beta alpha".split())
_ENDINGS = frozenset("tings ting ters ings able ment ments ables ness hing hings ening eners ener".split())


def _verb(parts: list[str]) -> tuple[str, list[str]]:
    """The verb, wherever it stands, and the words it is about.

    First (``cancel_order``), last (``companiesAll``, ``projects_locations_list``), or behind what holds its object
    (``issues_list_comments``). A plain verb further on beats a first word that may be a noun (``report_get``).
    """
    if tuple(parts[:2]) in PHRASAL:
        return "_".join(parts[:2]), parts[2:]
    phrase_at = next((at for at, word in enumerate(parts) if at and word in _PREPOSITIONS), 0)
    if phrase_at == 1 and parts[0] not in DOING:
        return "", parts  # WarehouseById
    if phrase_at > 1 and parts[0] in DOING and parts[-1] in PLAIN:  # list_roles_for_a_query asks for no query
        verb, rest = _verb(parts[:phrase_at])
        return verb, [*rest, *parts[phrase_at:]]
    known = parts[:1] and (parts[0] in VERBS or parts[0] in ACTS or parts[0] in MONEY)
    if len(parts) > 3 and parts[-2] in ("or", "and") and parts[-3] in VERBS:  # Vaults_CreateOrUpdate
        parts = parts[:-2]
    last = len(parts) - 1
    later = next((index for index in range(1, last) if parts[index] in PLAIN), 0)
    later = last if parts and parts[-1] in PLAIN and last > 0 else later
    ends = 0 < later == last
    if known and not (later and parts[0] in DOUBTFUL and (ends or parts[0] not in PLAIN)):
        return parts[0], _object(parts, 0)
    if later and not ends:
        return parts[later], _object(parts, later)
    if len(parts) > 1 and (parts[-1] in SUFFIXES or ends):
        return parts[-1], _innermost(_unswept(parts[:-1]))
    if last > 0 and parts[-1] in DOING and _is_plural(parts[-2]):
        return parts[-1], _innermost(parts[:-1])
    if last > 0 and parts[-1] == "post":  # sentimentPost
        return parts[-1], _innermost(parts[:-1])
    inner = next((index for index in range(len(parts) - 1, 0, -1) if parts[index] in _ACTING), 0)
    if inner == len(parts) - 1 and inner > 0:
        return parts[inner], _innermost(_unswept(parts[:inner]))
    if inner and singular(parts[inner - 1]) != parts[inner - 1]:  # accounts_startPaidService acts on the account
        return parts[inner], _innermost(parts[:inner])
    return (parts[0], parts[1:]) if len(parts) > 1 else ("", parts)


DOING = frozenset({*VERBS, *ACTS, *DOINGS, *COMPUTES})
_ACTING = frozenset({*VERBS, *ACTS}) - DOUBTFUL | frozenset("start stop undelete move import export run test".split())


def _object(parts: list[str], verb: int) -> list[str]:
    """What follows the verb at a position; what stands before it where only "in org" or "or update" follows."""
    rest = parts[verb + 1 :]
    if len(rest) > 1 and rest[0] in ("or", "and") and (rest[1] in VERBS or rest[1] in ACTS):
        rest = rest[2:]
    if len(rest) > 1 and rest[0] in SWEEPING:
        rest = rest[1:]
    if verb and (not rest or rest[0] in _PREPOSITIONS or (rest[0] in _WHOLE and len(rest) == 1)):
        return [*_innermost(parts[:verb]), *rest]
    return rest


def _unswept(parts: list[str]) -> list[str]:
    while len(parts) > 1 and parts[-1] in SWEEPING:
        parts = parts[:-1]
    return parts


def _innermost(parts: list[str]) -> list[str]:
    """Of nested collections, the last: ``projects locations data stores`` -> ``data stores``."""
    plural_at = [index for index in range(len(parts) - 1) if _is_plural(parts[index])]
    return parts[plural_at[-1] + 1 :] if plural_at else parts


def _is_plural(word: str) -> bool:
    return len(word) > 3 and singular(word) != word


_FILLER = frozenset(
    "a an the list lists of all new existing single specified given one some your this its information about details "
    "metadata paginated page or and more specific particular current available every each set".split()
)


def _bases(word: str) -> tuple[str, ...]:
    """What a verb in the third person or the gerund may come from: creates, copies, getting."""
    return (word, word[:-1], word[:-2], word[:-3] + "y", word[:-3], word[:-3] + "e", word[:-4])


def noun_of_sentence(text: str) -> tuple[str, ...]:
    """What the first sentence of a description is about: "Gets a list of data stores." -> data store."""
    first = words(first_sentence(text))[:14]
    does = any(form in DOING for form in _bases(first[0])) if first else False
    rest = first[1:] if does or (len(first) > 1 and first[1] in ("a", "an", "the")) else first
    while rest and (rest[0] in _FILLER or rest[0] in VERBS):
        rest = rest[1:]
    end = next((at for at, word in enumerate(rest) if word in _PREPOSITIONS | _FILLER | {"that", "is", "which"}), 4)
    noun = rest[: min(end, 3)]
    return (*noun[:-1], singular(noun[-1])) if noun else ()


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
