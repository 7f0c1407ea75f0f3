"""What is worked out once for an object, and kept only as long as the object lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Made = TypeVar("Made")


class Memo(Generic[Thing, Made]):
    """A function that remembers its results by the identity of its argument: records hash slowly, or not at all."""

    __slots__ = ("_kept", "_make")

    def __init__(self, make: Callable[[Thing], Made]) -> None:
        self._make = make
        self._kept: dict[int, tuple[Made, weakref.ref[Thing]]] = {}

    def __call__(self, thing: Thing) -> Made:
        key = id(thing)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._make(thing), weakref.ref(thing, lambda _: self._kept.pop(key, None))
        return found[0]

    def __len__(self) -> int:
        return len(self._kept)
