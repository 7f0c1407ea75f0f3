"""The members of a document that a tool may speak of, and which of them a parameter's name means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentgym.build.semantics.language import singular
from agentgym.build.semantics.shapes import json_type, properties, required
from agentgym.importing.shape import Collection, Leaf, Part, Record, Rows, Shape
from agentgym.types import Column, Schema
from agentgym.world.naming import words

_FRESH = frozenset(("new", "updated"))  # what may stand before the name of a member that is to be changed
_TYPES = {"str": {"string"}, "int": {"integer"}, "float": {"number", "integer"}, "bool": {"boolean"}}


@dataclass(frozen=True)
class Place:
    """One member of a document, at any depth, but not inside a list: a value, an object or a list."""

    path: tuple[str, ...]  # the names of the members, from the document down
    part: Part

    @property
    def name(self) -> str:
        """``address.city``."""
        return ".".join(self.path)

    @property
    def said(self) -> tuple[str, ...]:
        """The words of its path, singular."""
        return singulars("_".join(self.path))


def singulars(name: str) -> tuple[str, ...]:
    """The words of a name, each in the singular: ``orderItems`` -> order, item."""
    return tuple(singular(word) for word in words(name))


def places(part: Part, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """Every member that lies in the document's own row, with the objects and lists that it holds."""
    if path:
        yield Place(path, part)
    if isinstance(part, Record):
        for name, inner in part.members:
            yield from places(inner, (*path, name))


def meant(parameter: str, collection: Collection, among: Iterable[Place], changes: bool = False) -> tuple[Place, ...]:
    """The places that a parameter's name means best: none, one, or several where it is ambiguous.

    A whole path (``address_city``) goes before a member's own name (``city``), and that before one with the document's
    name in front (``user_city``). ``changes``: the tool sets members, so that ``new_city`` means ``city`` too.
    """
    said = singulars(parameter)
    bare = said[1:] if changes and len(said) > 1 and said[0] in _FRESH else said
    about = singulars(collection.table)
    ranked: dict[int, list[Place]] = {}
    for place in among:
        own = singulars(place.path[-1])
        forms = (place.said, own, (*about, *own), (*about, *place.said))
        rank = next((at for at, form in enumerate(forms) if form in (said, bare)), None)
        if rank is not None:
            ranked.setdefault(rank, []).append(place)
    return tuple(ranked[min(ranked)]) if ranked else ()


def names_key(parameter: str, collection: Collection, spoken: tuple[str, ...]) -> bool:
    """Whether a parameter's name means the key of a collection; ``spoken``: the words of the tool's name."""
    said, about = singulars(parameter), singulars(collection.table)
    inside = [place for place in places(collection.document) if column_of(place) == collection.key]
    forms = {singulars(collection.key), (*about, "id"), (*about, "key")}
    forms |= {singulars(place.path[-1]) for place in inside if singulars(place.path[-1]) != ("id",)}
    forms |= {(*about, *singulars(place.path[-1])) for place in inside}
    return said in forms or (said in (("id",), ("key",)) and within(about, spoken))


def column_of(place: Place) -> str:
    """The column of a value; "" for an object or a list."""
    return place.part.column if isinstance(place.part, Leaf) else ""


def within(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    """Whether the words of ``inner`` stand in ``outer``, together and in order."""
    return position(inner, outer) >= 0


def position(inner: tuple[str, ...], outer: tuple[str, ...]) -> int:
    """Where ``inner`` stands in ``outer`` for the last time; -1 where it does not."""
    starts = range(len(outer) - len(inner), -1, -1)
    return next((at for at in starts if inner and outer[at : at + len(inner)] == inner), -1)


def column(shape: Shape, table: str, name: str) -> Column:
    """The record of a column that is known to be there."""
    found = next(one for one in shape.tables if one.name == table).column(name)
    assert found is not None, f"{table} has no column {name}"
    return found


def holds(kept: Column, schema: Schema) -> bool:
    """Whether values of a schema are of a column's type; a schema that names no type may hold any."""
    kind = json_type(schema)
    if kept.type == "json":
        held = kept.items.get("type", ["array", "object"])
        return not kind or kind in ([held] if isinstance(held, str) else held)
    return not kind or kind in _TYPES[kept.type]


def replaces(shape: Shape, rows: Rows, schema: Schema) -> bool:
    """Whether a list argument can take the place of a list of rows: it gives all that each of them must hold."""
    items = schema.get("items")
    if rows.key or json_type(schema) != "array" or not isinstance(items, dict):
        return False
    if isinstance(rows.element, Leaf):
        return bool(json_type(items)) and holds(column(shape, rows.table, rows.element.column), items)
    members = dict(rows.element.members) if isinstance(rows.element, Record) else {}
    given = properties(items)
    for name, inner in given.items():
        part = members.get(name)
        if not isinstance(part, Leaf) or not holds(column(shape, rows.table, part.column), inner):
            return False
    needed = {name for name, part in members.items() if not (isinstance(part, Leaf) and part.optional)}
    return bool(members) and needed <= set(given) & set(required(items))
