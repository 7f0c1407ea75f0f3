"""Rules for tools that look: a document under its key, the key of one that is found, or a list of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agentgym.importing.bound import Bound, Ground, keyed
from agentgym.importing.places import Place, column, column_of, holds, meant, names_key, places, singulars, within
from agentgym.importing.saying import Said
from agentgym.importing.shape import Collection, Shape

# Verbs that answer with a document; others of their kind may answer with less, such as check, or with more.
_SHOW = frozenset("get show fetch retrieve read view describe lookup look_up".split())


def reads(said: Said, ground: Ground) -> Iterator[Bound]:
    """What a tool may look at, the most plausible first."""
    about = said.about(ground.shape)
    if said.kind == "count":
        return
    found = [*_gets(said, ground, about), *_finds(said, ground, about)]
    if about and (said.kind == "list" or singulars(about[0].table)[-1] in said.plural):
        found += _lists(said, ground, about[0])
    yield from (replace(one, sure=False) for one in found) if said.affects else found


def _gets(said: Said, ground: Ground, about: list[Collection]) -> Iterator[Bound]:
    """The document under a key, or one member of it."""
    pairs = keyed(said, ground)
    if len(said.parameters) != 1 or len(said.needed) != 1 or len(pairs) != 1:
        return
    parameter, own = pairs[0]
    if about and own not in about:
        return
    rest = said.rest(singulars(own.table), singulars(parameter))
    one = singulars(own.table)[-1] not in said.plural
    noted = said.verb == "read" and any("read" in place.said for place in places(own.document))  # it may note that
    whole = Bound(said.spec, "get", own, parameter, sure=not rest and one and said.verb in _SHOW and not noted)
    yield whole
    for place in places(own.document):
        if rest and rest in (place.said, singulars(place.path[-1])):
            yield replace(whole, shows="member", place=place, sure=False)
            yield replace(whole, shows="object", place=place, sure=False)


def _finds(said: Said, ground: Ground, about: list[Collection]) -> Iterator[Bound]:
    """The key of the first document with these values, or the document itself."""
    if not said.parameters or set(said.parameters) != said.needed:
        return
    for own in about or ground.shape.collections:
        fields = _fields(said, ground, own)
        if fields is None or any(names_key(name, own, said.name) for name in said.parameters):
            continue
        asks_key = within((*singulars(own.table), "id"), said.name) or within(singulars(own.key), said.name)
        one = singulars(own.table)[-1] not in said.plural
        cased = tuple(name for name, place in fields if ground.cased(own.table, column_of(place)))
        clear = _exact(said, ground, own, fields, ("id", *singulars(own.key)) if asks_key else ())
        clear = clear and ground.told_apart(own.table, [(column_of(place), name in cased) for name, place in fields])
        found = Bound(said.spec, "find", own, fields=fields, shows="key", sure=asks_key and clear)
        shown = not asks_key and one and said.verb in _SHOW and bool(about)
        document = replace(found, shows="document", sure=shown and clear)
        for first in (found, document) if asks_key else (document, found):
            if cased:
                yield replace(first, folded=cased)
            yield first


def _lists(said: Said, ground: Ground, own: Collection) -> Iterator[Bound]:
    """All documents, or those with these values."""
    fields = _fields(said, ground, own)
    if fields is None:
        return
    one = any(column_of(place) == own.key for _, place in fields)  # who asks for a list by its key?
    sure = not one and said.verb in ("list", *_SHOW) and _exact(said, ground, own, fields)
    found = Bound(said.spec, "list", own, fields=fields, sure=sure)
    yield found
    yield replace(found, shows="key", sure=False)
    for place in places(own.document):
        if len(place.path) == 1 and _labels(place, own, ground):
            yield replace(found, shows="sorted label", place=place, sure=False)
            yield replace(found, shows="label", place=place, sure=False)


def _exact(
    said: Said, ground: Ground, own: Collection, fields: tuple[tuple[str, Place], ...], known: tuple[str, ...] = ()
) -> bool:
    """Whether the documents that are meant are those with the values of ``fields``, as far as its words tell.

    Not where words of its name are left over, where it tells of the latest or of the open ones, which no parameter
    says, nor where a number with decimals is given, which is more often a bound than a value that is held.
    """
    meant_by = [words for name, place in fields for words in (singulars(name), place.said)]
    if said.selects(*meant_by) or said.rest(singulars(own.table), known, *meant_by):
        return False
    given = {column_of(place) for _, place in fields}
    for place in _values(own, ground.shape):
        kept = column(ground.shape, own.table, column_of(place))
        if kept.name in given:
            if kept.type == "float":
                return False
        elif any(set(singulars(value)) <= said.spoken for value in kept.enum):
            return False
    return True


def _labels(place: Place, own: Collection, ground: Ground) -> bool:
    """Whether a member is text that names each document, other than its key."""
    name = column_of(place)
    if not name or name == own.key or column(ground.shape, own.table, name).type != "str":
        return False
    return ground.unique(own.table, name)


def unread(said: Said, shape: Shape) -> tuple[str, str]:
    """Why no rule reads a tool that looks."""
    about = said.about(shape)
    if said.kind == "count":
        return "no rule counts documents", f"the verb is {said.verb!r}"
    if not about:
        return "its name speaks of no collection", f"none of {[one.name for one in shape.collections]}"
    strange = [name for name in said.parameters if not any(_known(name, said, one, shape) for one in about)]
    if strange:
        return "a parameter is no value of the document", f"{strange[0]} of {about[0].name}"
    return "its parameters select no document", f"{', '.join(said.parameters) or 'none'} of {about[0].name}"


def _known(name: str, said: Said, own: Collection, shape: Shape) -> bool:
    """Whether a parameter is the key of a collection, or a value of its documents."""
    return names_key(name, own, said.name) or len(meant(name, own, _values(own, shape))) == 1


def _values(own: Collection, shape: Shape) -> list[Place]:
    """The members of a document that can be compared: no lists, no objects."""
    found = [place for place in places(own.document) if column_of(place)]
    return [place for place in found if column(shape, own.table, column_of(place)).type != "json"]


def _fields(said: Said, ground: Ground, own: Collection) -> tuple[tuple[str, Place], ...] | None:
    """The value that each parameter is compared with; None where one means none, or several."""
    found = []
    for name, schema in said.parameters.items():
        places_meant = meant(name, own, _values(own, ground.shape))
        if len(places_meant) != 1:
            return None
        kept = column(ground.shape, own.table, column_of(places_meant[0]))
        if not holds(kept, schema):
            return None
        found.append((name, places_meant[0]))
    return tuple(found) if len({place for _, place in found}) == len(found) else None
