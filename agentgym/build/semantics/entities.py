"""The entity each tool is about: ``list_orders``, ``GET /v1/orders``, ``Order_Get`` and ``orders.list`` -> order.

Decided among the tools that share a database, so that what one tool names plainly the others are read by. Evidence,
strongest first: the key a returned row begins with, the noun of the name as others know it, the path's resource, a
key the tool takes; at last whatever its own name or path says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from agentgym.build.semantics.language import ACTS, VERBS, Reading, noun_of_sentence, read_name, singular
from agentgym.build.semantics.lexicon import COMPUTES, DOINGS, LOOKS, SWEEPING
from agentgym.build.semantics.shapes import GENERIC_KEYS, Shape, own_key, properties, required, shape_of
from agentgym.types import ToolSpec
from agentgym.world.naming import snake, words

MANY = 5  # nouns behind which a word stands, before it says nothing
_ROWS = frozenset("entity collection bulk resource object describe count".split())
_VERBAL = frozenset({*VERBS, *ACTS, *COMPUTES, *DOINGS, *LOOKS, *SWEEPING})
_NOUNS_TOO = frozenset(
    (
        "report order file log record post request schedule rate list place index filter issue charge credit view test "
        "details detail status statistics stats health version review book invite feature project access purchase "
        "import export upload download match one all check read info report offer quote return one"
    ).split()
)
_VAGUE = frozenset(
    (
        "id ids me self current default all latest by name rest json xml data v1 v2 v3 v4 api public private info "
        "detail details count list search query lookup action actions async sync batch bulk my"
    ).split()
)
_ASPECTS = frozenset("status state balance total price count availability existence permission".split())
_TECHNICAL = frozenset("request trace correlation response next object".split())
_Read: TypeAlias = tuple[ToolSpec, Reading, Shape]
_CUT = re.compile(r"_(?=[a-f0-9]*\d)[a-f0-9]{6}$")  # a name too long, told apart by a digest: its end is lost
_VERSION = re.compile(r"v?\d+\w*")


def entities_of(specs: Sequence[ToolSpec]) -> list[str]:
    """The entity of each tool, singular and in snake case; "" where neither its name nor its path says anything."""
    readings = [_without_parameters(spec, read_name(spec.name)) for spec in specs]
    added = _added(specs, readings)
    read = [(spec, _without(reading, added), shape_of(spec)) for spec, reading in zip(specs, readings, strict=True)]
    keys = _returned_keys(read)
    stems = [_returned_key(one, keys) for one in read]
    known = {name for one, stem in zip(read, stems, strict=True) for name in _named(one, stem)}
    return [stem or _entity(one, known) for one, stem in zip(read, stems, strict=True)]


def _added(specs: Sequence[ToolSpec], readings: Sequence[Reading]) -> frozenset[str]:
    """Words that a vendor puts behind many nouns: what any row is called (``order_entity``), and the parameter that a
    variant takes besides (``get_backup`` and, with a slot, ``get_backup_slot``)."""
    nouns = {reading.noun for reading in readings}
    heads: dict[str, set[tuple[str, ...]]] = {}
    for spec, reading in zip(specs, readings, strict=True):
        *head, last = reading.noun or ("",)
        if (*head[:-1], *map(singular, head[-1:])) in nouns and last in properties(spec.parameters):
            heads.setdefault(last, set()).add(tuple(head))
        while head and last in _ROWS:
            heads.setdefault(last, set()).add(tuple(head))
            *head, last = head
    return frozenset(word for word, behind in heads.items() if len(behind) >= MANY)


def _without(reading: Reading, added: frozenset[str]) -> Reading:
    noun = reading.noun
    while len(noun) > 1 and noun[-1] in added:
        noun = (*noun[:-2], singular(noun[-2]))
    return replace(reading, noun=noun)


def _without_parameters(spec: ToolSpec, reading: Reading) -> Reading:
    """A path written as a name (``PUT_ips_pools_pool_name``) ends in its parameter: that is not what it is about."""
    if _CUT.search(spec.name) or not reading.noun or reading.noun == (reading.verb,) or spec.name in _VERBAL:
        told = noun_of_sentence(spec.description)
        return replace(reading, noun=told or reading.noun)
    if reading.verb in ("tag", "untag"):  # TagResource is about tags
        return replace(reading, noun=("tag",))
    noun = list(reading.noun)
    written = spec.name.split("_")[0].isupper()  # a method and a path: "GET_lists_names_json"
    while written and len(noun) > 1 and noun[-1] in ("json", "xml", "format"):
        noun = noun[:-1]
    for name in sorted(properties(spec.parameters), key=len, reverse=True):
        tail = words(name)
        before = noun[: -len(tail)]
        if before and noun[-len(tail) :] == tail and (written or singular(before[-1]) != before[-1]):
            return replace(reading, noun=(*before[:-1], singular(before[-1])))
    return replace(reading, noun=(*noun[:-1], singular(noun[-1]))) if noun else reading


def _named(one: _Read, stem: str) -> list[str]:
    """Entity names this tool is firm evidence for."""
    spec, reading, shape = one
    if stem:
        return [stem]
    firm = shape.kind not in ("value", "count") and (shape.properties or required(spec.parameters))
    if reading.kind in ("get", "list", "create", "delete") and reading.noun and firm:
        noun, path = "_".join(reading.noun), path_noun(spec)
        return [path if path in (noun, reading.noun[-1]) else noun]
    return []


def _entity(one: _Read, known: set[str]) -> str:
    spec, reading, _ = one
    noun, path = reading.noun, path_noun(spec)
    ends = [noun[start:] for start in range(len(noun))]
    whole = bool(noun) and reading.kind in ("get", "list", "create") and noun[-1] not in _ASPECTS
    starts = [] if whole else [noun[:end] for end in range(len(noun) - 1, 0, -1)]
    wishes: list[str] = [*map(_joined, ends), path, *map(_joined, starts)]
    for wish in wishes:
        if wish and wish in known:
            return wish
    plain = reading.kind != "act" and bool(noun)
    for name in () if plain else required(spec.parameters):
        parts = words(name)
        stem = "_".join(parts[:-1]) if parts[-1:] in (["id"], ["sid"], ["arn"], ["name"]) else ""
        if stem in known:
            return stem
    return _joined(noun) if plain and not path else path or _joined(noun) or "_".join(words(spec.name))


def _joined(noun: Sequence[str]) -> str:
    return "_".join((*noun[:-1], singular(noun[-1]))) if noun else ""


# -- the key a row begins with -------------------------------------------------------------------------


def _returned_keys(read: Sequence[_Read]) -> dict[str, list[frozenset[str]]]:
    """Rows that begin with the key of what their tool's name or path is about: entity -> their properties."""
    found: dict[str, list[frozenset[str]]] = {}
    for spec, reading, shape in read:
        stem = _own_stem(shape)
        if stem and stem.split("_")[-1] in (*reading.noun[-1:], path_noun(spec).split("_")[-1]):
            found.setdefault(stem, []).append(frozenset(shape.properties))
    return found


def _returned_key(one: _Read, keys: dict[str, list[frozenset[str]]]) -> str:
    """The entity whose key a returned row begins with: its name says so, or its siblings return the same row."""
    spec, _, shape = one
    stem = _own_stem(shape)
    if not stem:
        return ""
    row = frozenset(shape.properties)
    if stem in keys:
        return stem if any(len(row & other) >= 0.6 * len(row) for other in keys[stem]) else ""
    told = {singular(word) for text in (spec.name, path_noun(spec)) for word in words(text)}
    return stem if stem.split("_")[-1] in told else ""


def _own_stem(shape: Shape) -> str:
    stem = own_key(shape.properties)
    return "" if stem in _TECHNICAL or any(snake(name) in GENERIC_KEYS[:5] for name in shape.properties) else stem


# -- paths ---------------------------------------------------------------------------------------------


def path_noun(spec: ToolSpec) -> str:
    """``/v1/Accounts/{Sid}/Messages.json`` -> "message"; ``/orders/{id}/cancel`` -> "order"."""
    if not spec.http:
        return ""
    for segment in reversed(list(_segments(spec.http[1]))):
        parts = words(segment)
        if not parts or all(part in _VAGUE or _VERSION.fullmatch(part) for part in parts):
            continue
        if parts[0] in _VERBAL and parts[0] not in _NOUNS_TOO and singular(parts[-1]) == parts[-1]:
            continue
        return "_".join((*parts[:-1], singular(parts[-1])))
    return ""


def _segments(path: str) -> Iterator[str]:
    """The fixed segments of a path, without what names a method: ``:batchGet``, ``.json``."""
    for part in path.split("/"):
        if part and "{" not in part and "<" not in part:
            yield part.partition(":")[0].rsplit(".", 1)[0] if "." in part[1:] else part.partition(":")[0]
