"""One order for the members of objects of one kind, from the orders that they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

ORDERS_AT_MOST = 500  # different ones that are weighed, the most frequent first


def merged(objects: Iterable[Mapping[str, object]]) -> tuple[tuple[str, ...], int]:
    """Every member once, in an order that most objects have; and how many have another.

    Where two orders contradict each other the more frequent one stands, and of two as frequent the earlier.
    """
    orders = Counter(tuple(one) for one in objects)
    after: dict[str, set[str]] = {}  # member -> those that come later
    for number, order in enumerate(sorted(orders, key=lambda one: -orders[one])):  # stable: the earlier first
        for name in order:
            after.setdefault(name, set())
        if number < ORDERS_AT_MOST and _fits(after, order):
            for name, later in pairwise(order):
                after[name].add(later)
    whole = _sorted(after)
    place = {name: number for number, name in enumerate(whole)}
    odd = sum(count for order, count in orders.items() if not _ascending([place[name] for name in order]))
    return tuple(whole), odd


def _ascending(numbers: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def _fits(after: Mapping[str, set[str]], order: Sequence[str]) -> bool:
    """Whether no later member of ``order`` is known to come before an earlier one."""
    earlier: set[str] = set()
    for name in order:
        if earlier and not earlier.isdisjoint(_reached(after, name)):
            return False
        earlier.add(name)
    return True


def _reached(after: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in after[waiting.pop()]:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _sorted(after: Mapping[str, set[str]]) -> list[str]:
    """The members so that none comes before one that it must follow, otherwise as they first came."""
    waits = Counter(later for all_later in after.values() for later in all_later)
    rest, out = list(after), []
    while rest:
        name = next(one for one in rest if not waits[one])
        rest.remove(name)
        out.append(name)
        for later in after[name]:
            waits[later] -= 1
    return out
