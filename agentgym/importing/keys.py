"""The keys of a state's documents: which member holds them, and which other places name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from agentgym.importing.draft import noun
from agentgym.importing.state import State
from agentgym.types import Json

NAMES_AT_LEAST = 3  # different values that must all be keys before a place is taken to hold keys


class Known:
    """The keys of all collections."""

    def __init__(self, state: State) -> None:
        self.member = {name: _member(name, documents) for name, documents in state.items()}  # "": none holds the key
        self.keys = {name: _keys(documents, self.member[name]) for name, documents in state.items()}
        self._used: set[Json] = set()  # as the key of any object, at any depth
        waiting: list[Json] = [state]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                self._used.update(value)
            waiting += [one for one in (value.values() if isinstance(value, dict) else value) if one and _holds(one)]

    def own_id(self, element: str, objects: Sequence[Mapping[str, Json]]) -> str:
        """The member that is the id of list elements called ``element``; "" for none.

        Where the same value is an object's key elsewhere, the element only refers to that.
        """
        for member in ("id", f"{element}_id"):
            values = [one.get(member) for one in objects]
            if _unique_ids(values) and self._used.isdisjoint(values):
                return member
        return ""

    def element_key(self, pairs: Sequence[tuple[str, Mapping[str, Json]]]) -> tuple[str, bool]:
        """The member of a map's elements that repeats the key, or ""; and whether the keys are unique and their own."""
        keys = [key for key, _ in pairs]
        refers = any(known.issuperset(keys) for known in self.keys.values())
        first = pairs[0][1] if pairs else {}
        repeats = [name for name in first if all(name in one and one[name] == key for key, one in pairs)]
        own = "id" if "id" in repeats else next(iter(repeats), "")
        return own, len(set(keys)) == len(keys) and not refers

    def target(self, element: str, values: Iterable[Json]) -> str:
        """The collection whose documents all ``values``, of a list of ``element``, name; "" for none."""
        distinct = set(values)
        found = [name for name, keys in self.keys.items() if distinct <= keys]
        named = [name for name in found if element in (noun(name), f"{noun(name)}_id", self.member[name])]
        if len(named) == 1:
            return named[0]
        plain = len(found) == 1 and len(distinct) >= NAMES_AT_LEAST and all(isinstance(one, str) for one in distinct)
        return found[0] if plain else ""


def _holds(value: Json) -> bool:
    return isinstance(value, dict | list)


def _member(name: str, documents: Json) -> str:
    """The member that holds the key of every document: for a list one that is unique and called like an id."""
    objects = list(documents.values()) if isinstance(documents, dict) else documents
    first = objects[0] if objects else {}
    likely = sorted(first, key=lambda member: (member not in ("id", f"{noun(name)}_id"), not _id_like(member)))
    if isinstance(documents, dict):
        return next((m for m in likely if all(one.get(m) == key for key, one in documents.items())), "")
    return next((m for m in likely if _id_like(m) and _unique_ids([one.get(m) for one in objects])), "")


def _id_like(member: str) -> bool:
    return noun(member).rpartition("_")[2] in ("id", "key", "code", "number", "uuid", "slug", "username")


def _keys(documents: Json, member: str) -> frozenset[Json]:
    if isinstance(documents, dict):
        return frozenset(documents)
    return frozenset(one[member] for one in documents) if member else frozenset()


def _unique_ids(values: Sequence[Json]) -> bool:
    """Whether these are all text or all whole numbers, none twice."""
    kinds = {type(value) for value in values}
    return kinds in ({str}, {int}) and len(set(values)) == len(values)
