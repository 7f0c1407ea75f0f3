"""Python's garbage collector, kept out of work that makes objects by the million and no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is collected inside. Official scorers copy and hash whole databases, which the collector, woken by that,
    walks again and again: without it they take some 40% less time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
