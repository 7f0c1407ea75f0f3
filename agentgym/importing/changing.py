"""Rules for tools that change: members of one document that are set, or a status that the tool's verb leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agentgym.build.semantics.language import participles
from agentgym.build.semantics.lexicon import ACTS
from agentgym.importing.bound import Bound, Ground, UnboundError, keyed
from agentgym.importing.places import Place, column, column_of, holds, meant, places, replaces, singulars, within
from agentgym.importing.saying import Said
from agentgym.importing.shape import Collection, Leaf, Record, Rows, Shape
from agentgym.types import Schema
from agentgym.world.naming import snake

_PLAIN = frozenset("update edit modify change set patch rename put replace assign".split())  # they do what they say


def updates(said: Said, ground: Ground) -> Iterator[Bound]:
    """Members of one document that are set, under a guard that the tool's name speaks of."""
    key, own = _own(said, ground)
    fields = tuple(_target(said, ground, own, name) for name in said.parameters if name != key)
    if twice := [name for name, place in fields if [other for _, other in fields].count(place) > 1]:
        raise UnboundError("several parameters mean one member", " and ".join(twice))
    spoken = [word for _, place in fields for word in place.said]
    rest = said.rest(singulars(own.table), spoken, *(singulars(name) for name in said.parameters))
    guard, rest = _guard(said, rest, own, ground.shape)
    moves = [] if said.kind == "update" else _moves(said, own, ground.shape)
    if rest:
        raise UnboundError("its name speaks of more than its parameters", ", ".join(rest))
    if more := said.more(spoken, *(place.said for place, _ in moves)):
        raise UnboundError("it speaks of more than it is given", ", ".join(more))
    _check_whole(said, fields, own)
    one = singulars(own.table)[-1] not in said.plural  # update_all_orders: no more than the one under the key?
    found = Bound(said.spec, "update", own, key, fields, guard=guard, sure=said.verb in _PLAIN and one)
    if said.kind != "update":
        if not moves:
            raise UnboundError("no status for its verb", f"no member of {own.name} is ever {said.verb!r} or the like")
        for place, value in moves:
            yield replace(found, sets=((column_of(place), value),), sure=False)
        return
    if not fields:
        raise UnboundError("no parameter says what to change", f"beside {key}, the key")
    if _replaced(said, fields, own):
        yield replace(found, shows="given")
    yield found
    if any(isinstance(place.part, Rows) for _, place in fields):
        yield replace(found, as_long=True, sure=False)


def _own(said: Said, ground: Ground) -> tuple[str, Collection]:
    """The parameter that is a key, and of which collection: the one that the name speaks of where there are several."""
    pairs = [(name, one) for name, one in keyed(said, ground) if name in said.needed]
    about = said.about(ground.shape)
    for own in about:
        if found := [pair for pair in pairs if pair[1] is own]:
            pairs = found
            break
    if not pairs:
        raise UnboundError("no parameter is a collection's key", f"{', '.join(said.parameters) or 'it takes none'}")
    if len(pairs) > 1:
        raise UnboundError("several parameters are keys", ", ".join(f"{name} of {one.name}" for name, one in pairs))
    return pairs[0]


def _target(said: Said, ground: Ground, own: Collection, name: str) -> tuple[str, Place]:
    """The member that a parameter sets. Raises ``UnboundError``."""
    schema = said.parameters[name]
    settable = (place for place in places(own.document) if not isinstance(place.part, Record))
    found = meant(name, own, settable, changes=True)
    if len(found) > 1:  # address_city in a tool for shipping addresses, where there are billing addresses too
        found = tuple(place for place in found if set(place.said[:-1]) <= set(said.name)) or found
    if not found:
        raise UnboundError("a parameter is no member of the document", f"{name} of {own.name}")
    if len(found) > 1:
        raise UnboundError("a parameter is ambiguous", f"{name} may be {' or '.join(place.name for place in found)}")
    place = found[0]
    if isinstance(place.part, Rows):
        fits = replaces(ground.shape, place.part, schema) and ground.plain_keys(own)
    else:
        fits = column_of(place) != own.key and holds(column(ground.shape, own.table, column_of(place)), schema)
        fits = fits and not _loses_null(schema, place, name in said.needed)
    if not fits:
        raise UnboundError("a parameter does not fit its member", f"{name} of {own.name}, {place.name}")
    return name, place


def _loses_null(schema: Schema, place: Place, needed: bool) -> bool:
    """Whether null could be given and not be set: no document holds it, or it is taken for an argument not given.

    With a default, or where the member is never null, an optional argument that is null is one that is not given.
    """
    nulls = isinstance(place.part, Leaf) and place.part.nulls
    return _may_be_null(schema) and (not nulls if needed else nulls and "default" not in schema)


def _may_be_null(schema: Schema) -> bool:
    """Whether a parameter takes null, as ``{"type": ["string", "null"]}`` and ``anyOf`` say it."""
    kind = schema.get("type")
    if kind == "null" or (isinstance(kind, list) and "null" in kind) or schema.get("nullable") is True:
        return True
    choices = [one for word in ("anyOf", "oneOf") for one in schema.get(word) or ()]
    return any(isinstance(one, dict) and _may_be_null(one) for one in choices)


def _guard(
    said: Said, rest: tuple[str, ...], own: Collection, shape: Shape
) -> tuple[tuple[str, str] | None, tuple[str, ...]]:
    """The status that the name asks for, with words of the ``rest`` that nothing else explains; and the other words.

    It stands before the document, as in ``change_open_ticket_note``: ``set_ticket_open`` would open it.
    """
    found = {
        (name, value)
        for place in places(own.document)
        if (name := column_of(place))
        for value in column(shape, own.table, name).enum
        if within((*singulars(value), *singulars(own.table)), said.name) and not set(rest).isdisjoint(singulars(value))
    }
    if len(found) != 1:
        return None, rest
    ((name, value),) = found
    return (name, value), tuple(word for word in rest if word not in singulars(value))


def _moves(said: Said, own: Collection, shape: Shape) -> list[tuple[Place, str]]:
    """The members that can hold what the verb leads to: ``close`` and a status ``closed``."""
    wanted = participles(said.verb) | set(ACTS[said.verb])
    return [
        (place, value)
        for place in places(own.document)
        if (name := column_of(place))
        for value in column(shape, own.table, name).enum
        if snake(value) in wanted
    ]


def _check_whole(said: Said, fields: tuple[tuple[str, Place], ...], own: Collection) -> None:
    """Members of one object together, and an object that some documents lack as a whole."""
    parents = {place.path[:-1] for _, place in fields}
    if len(parents) > 1:
        raise UnboundError(
            "its parameters are members of several objects",
            " and ".join(sorted(".".join(path) or own.name for path in parents)),
        )
    for path in parents:
        record = _record(own, path)
        needed = {name for name, part in record.members if not (isinstance(part, Leaf) and part.optional)}
        given = {place.path[-1] for name, place in fields if name in said.needed}
        if record.present and not needed <= given:
            raise UnboundError("it would make part of an object", f"{'.'.join(path)}, which some {own.name} lack")


def _replaced(said: Said, fields: tuple[tuple[str, Place], ...], own: Collection) -> bool:
    """Whether an object is given anew, every member of it, in another order than documents hold them."""
    path = fields[0][1].path[:-1]
    given = [place.path[-1] for _, place in fields]
    held = [name for name, _ in _record(own, path).members]
    whole = len(given) == len(said.needed) - 1 and sorted(given) == sorted(held)
    return bool(path) and whole and given != held and all(column_of(place) for _, place in fields)


def _record(own: Collection, path: tuple[str, ...]) -> Record:
    """The object at a path."""
    record = own.document
    for name in path:
        inner = dict(record.members)[name]
        assert isinstance(inner, Record), f"{name} of {own.name} is no object"
        record = inner
    return record
