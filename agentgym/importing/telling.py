"""A binding in a few words, for reports."""

from __future__ import annotations

from agentgym.importing.bound import Bound
from agentgym.importing.places import Place


def told(bound: Bound) -> str:
    """``the document of orders under order_id``."""
    if bound.collection is None:
        return f"always answers {bound.value!r:.60}"
    name = bound.collection.name
    fields = _members([place for _, place in bound.fields])
    if bound.op == "get":
        what = "the document" if bound.place is None else f"the {bound.place.name}"
        return f"{what} of {name} under {bound.key}{', by its name' if bound.shows == 'object' else ''}"
    if bound.op == "find":
        what = "the key" if bound.shows == "key" else "the document"
        case = ", whatever the case" if bound.folded else ""
        return f"{what} of the first of {name} with this {fields}{case}"
    if bound.op == "list":
        what = "the keys of" if bound.shows == "key" else "all"
        if bound.place is not None:
            what = f"the key under each {bound.place.name} of"
        order = ", sorted" if bound.shows == "sorted label" else ""
        return f"{what} {name}{f' with this {fields}' if fields else ''}{order}"
    moved = " and ".join(f"{column} to {value!r}" for column, value in bound.sets)
    changes = " and ".join(part for part in (fields, moved) if part)
    guard = f", while its {bound.guard[0]} is {bound.guard[1]!r}" if bound.guard else ""
    length = ", in the same number" if bound.as_long else ""
    answer = f", and answers {bound.value!r:.40}" if bound.shows == "value" else ""
    return f"sets {changes} of {name} under {bound.key}{guard}{length}{answer}"


def _members(places: list[Place]) -> str:
    """``address (6 members)``; few are named one by one."""
    parents = {place.path[:-1] for place in places}
    if len(places) > 3 and len(parents) == 1 and () not in parents:
        return f"{'.'.join(places[0].path[:-1])} ({len(places)} members)"
    return ", ".join(place.name for place in places)
