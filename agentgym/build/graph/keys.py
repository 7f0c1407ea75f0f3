"""Which rows a tool's result can point at, and which rows its parameters ask for.

A key is a pair: the entity whose row it names, and the word that says which key it is (``id``, ``code``, ``name``;
"" where a property is called by the entity alone, as ``channel`` in ``{"channel": "C024BE91L"}``). Specifications
spell one key in many ways, so both sides are read into this pair: ``orderIds`` -> (order, id), the ``id`` of a
returned order -> (order, id), ``{id}`` in ``/schools/{id}/sections`` -> (school, id).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

from agentgym.build.semantics.entities import path_noun
from agentgym.build.semantics.language import singular
from agentgym.build.semantics.shapes import required, shape_of
from agentgym.types import Schema, ToolSpec
from agentgym.world.naming import words

DEPTH = 6  # levels of objects and lists looked into
FIELDS = 256  # values looked at in one schema

STRONG = frozenset("id sid uuid guid uid arn key number no slug urn gid pk oid ids".split())  # say "this names a row"
WEAK = frozenset("name code token email username login symbol handle ref reference title".split())  # may say so
_CONTAINERS = frozenset(
    (
        "data result results items item records value values response payload entries hits content rows list body "
        "resource attributes node nodes edges object output return"
    ).split()
)
_PLAIN = """
limit offset page page_size page_number per_page cursor next_token page_token start end sort sort_by order_by field
filter query q search name title description type status state kind value count total date data time note message text
comment url uri body format language lang currency locale version enabled active label tag metadata reason amount
quantity created_at updated_at date_created date_updated created_by updated_by success error code phone_number
client secret api request access response etag expand include fields options request_id api_version client_id
"""
GENERIC = frozenset(_PLAIN.split()) | STRONG | WEAK | {""}  # names that say too little to join two tools


@dataclass(frozen=True)
class Field:
    """A place in a tool's parameters or result where a scalar stands."""

    path: str  # property names joined by dots, lists looked through; "" is the value itself
    entities: tuple[str, ...]  # whose row it names, the surest reading first; () where it names none
    word: str  # which key of that row
    meaning: str  # the name a field that is no key is known by
    types: frozenset[str]  # of string, number, boolean
    own: bool = False  # a result's row itself, or one nested in it, not a reference to another
    needed: bool = False  # a parameter that every call must have


def asked(tool: ToolSpec, entity: str, known: frozenset[str]) -> list[Field]:
    """What a tool's parameters ask for; ``entity`` is the one it is about, ``known`` those of all its siblings."""
    places, demanded = _path_entities(tool), frozenset(required(tool.parameters))
    placed = frozenset(name for name in tool.parameters.get("properties", {}) if snake_of(name) in places)
    found = []
    for name, field in _scalars(tool.parameters, (), "", DEPTH):
        top = name[0] if len(name) == 1 else ""
        entities, word = _named(name[-1] if name else "", known)
        if top and snake_of(top) in places:
            around = places[snake_of(top)] or _from_chain(tool, top, entity)
            last = words(top)[-1:] or [""]
            entities = tuple(dict.fromkeys((*entities, *around)))
            word = word or (singular(last[0]) if singular(last[0]) in WEAK | STRONG else "")
        elif not entities and word in STRONG:
            entities = (_owner(name, entity, "", frozenset()),)
        meaning, needed = snake_of(name[-1] if name else ""), bool(name) and (name[0] in demanded or top in placed)
        found.append(Field(".".join(name), entities, word, meaning, _types(field), needed=needed))
    return list(islice((field for field in found if field.types), FIELDS))


def yielded(tool: ToolSpec, entity: str) -> list[Field]:
    """What a tool's result tells, the outermost first; ``entity`` is the one it is about."""
    shape = shape_of(tool)
    rows = frozenset(shape.properties) if shape.kind in ("row", "rows") else frozenset[str]()
    found = []
    for name, field in islice(_scalars(tool.returns, (), entity, DEPTH), FIELDS):
        owner = _owner(name, entity, shape.envelope, rows)
        entities, word = _named(name[-1], frozenset()) if name else (_looked_up(tool.name), "id")
        own = not entities and bool(name)
        if own and (word in STRONG or word in WEAK):
            entities = (owner,)
        elif own:
            entities = (_noun(name[-1]),)
        types = _types(field)
        if types:
            found.append(Field(".".join(name), entities, word, snake_of(name[-1] if name else ""), types, own))
    return sorted(found, key=lambda field: field.path.count("."))


def is_open(tool: ToolSpec) -> bool:
    """Whether nothing is known of a tool's result."""
    return not _inner(tool.returns).get("properties") and not is_value(tool)


def is_value(tool: ToolSpec) -> bool:
    """Whether a tool answers with bare values."""
    return _inner(tool.returns).get("type") in ("string", "integer", "number", "boolean", "null")


def _inner(schema: Schema) -> Schema:
    while isinstance(schema.get("items"), dict):
        schema = schema["items"]
    return schema


@lru_cache(1 << 16)
def snake_of(name: str) -> str:
    """A name's words, the last in the singular: ``orderIds`` -> order_id."""
    parts = words(name)
    return "_".join((*parts[:-1], singular(parts[-1]))) if parts else ""


# -- reading names --------------------------------------------------------------------------------


@lru_cache(1 << 16)
def _key_parts(name: str) -> tuple[tuple[str, ...], str]:
    """The words before a key word and that word: ``fromAccountIds`` -> (from, account), id."""
    parts = [singular(word) if word not in ("no", "status") else word for word in words(name)]
    if parts and (parts[-1] in STRONG or parts[-1] in WEAK):
        return tuple(parts[:-1]), parts[-1]
    glued = re.fullmatch(r"([a-z]{3,})(id|uuid|guid)", parts[-1]) if parts else None
    if glued and glued[1] not in ("val", "inval", "pa", "gr", "val", "unpa", "covi", "andro", "hybri"):
        return (*parts[:-1], glued[1]), glued[2]
    return tuple(parts), ""


def _named(name: str, known: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """The entities a property's name says it points at, and by which key; (), word where the name is the key alone.

    A key in a role points at the role and at the key: from_account_id -> from_account, account. A weak key needs an
    entity in front; a name without a key word is an entity's where a sibling is about it.
    """
    before, word = _key_parts(name)
    if word:
        if word in WEAK and (not before or (known and "_".join(before) not in known and before[-1] not in known)):
            return (), word
        return tuple("_".join(before[start:]) for start in range(len(before))), word
    joined = "_".join(before)
    if joined in known and joined not in GENERIC:
        return (joined,), ""
    return (), ""


def _owner(name: Sequence[str], entity: str, envelope: str, rows: frozenset[str]) -> str:
    """The entity of the object that a result's property stands in."""
    inside = name[:-1]
    while inside and inside[-1] in _CONTAINERS:
        inside = inside[:-1]
    if not inside or (inside == (envelope,) and name[-1] in rows):
        return entity
    return _noun(inside[-1])


def _path_entities(tool: ToolSpec) -> dict[str, tuple[str, ...]]:
    """The entity that each placeholder of the path picks a row of: the fixed part before it, or () where none says."""
    out: dict[str, tuple[str, ...]] = {}
    before = ""
    for part in re.split(r"[/:#?]", tool.http[1]) if tool.http else ():
        holders = re.findall(r"\{\+?([^{}]+)\}", part)
        for holder in holders:
            out[snake_of(holder)] = _segment_entities(before)
        before = "" if holders else part
    return out


@lru_cache(1 << 16)
def _segment_entities(segment: str) -> tuple[str, ...]:
    """The entity that a fixed part of a path names, and its last word; () where it names none."""
    bare = ToolSpec(id="", service="", name="", description="", parameters={}, http=("", f"/{segment}"))
    noun = path_noun(bare)
    return tuple(dict.fromkeys((noun, noun.split("_")[-1]))) if noun else ()


def _from_chain(tool: ToolSpec, name: str, entity: str) -> tuple[str, ...]:
    """What ``{+name}`` and ``{+parent}`` name, by the chain of collections in the tool's name."""
    chain = [singular(words(part)[-1]) for part in tool.name.split("_") if words(part)]
    if name == "parent" and len(chain) > 2:
        return (chain[-3],)
    return (entity, *chain[-2:-1]) if name in ("name", "resource", "resourceName") else ()


@lru_cache(1 << 16)
def _noun(name: str) -> str:
    """The last word of a name, in the singular."""
    parts = words(name)
    return singular(parts[-1]) if parts else ""


def _looked_up(name: str) -> tuple[str, ...]:
    """What a tool that answers with a bare value looks up: find_user_id_by_email -> user."""
    parts = [singular(word) for word in words(name)]
    parts = parts[: parts.index("by")] if "by" in parts else parts
    return next(((before,) for before, word in pairwise(parts) if word in STRONG), ())


def _scalars(schema: Schema, path: tuple[str, ...], owner: str, depth: int) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """Every scalar in ``schema`` with its path; lists leave no trace in it."""
    properties, elements = schema.get("properties"), schema.get("items")
    if depth and isinstance(elements, dict):
        yield from _scalars(elements, path, owner, depth - 1)
    elif depth and isinstance(properties, dict):
        for name, value in properties.items():
            if isinstance(value, dict) and name:
                yield from _scalars(value, (*path, name), owner, depth - 1)
    else:
        yield path, schema


def _types(schema: Schema) -> frozenset[str]:
    """The scalar types a schema allows, integers among the numbers; all of them where it names none."""
    declared = schema.get("type", ["string", "number", "boolean"])
    names = declared if isinstance(declared, list) else [declared]
    return frozenset("number" if name == "integer" else str(name) for name in names) & {"string", "number", "boolean"}
