"""Map a function over many items in processes: results in order, nothing left behind when it stops."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from agentgym.errors import RunError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def each(work: Callable[[Item], Outcome], items: Sequence[Item], workers: int) -> Iterator[Outcome]:
    """``map(work, items)``, in up to ``workers`` processes; in this one for a single worker or item.

    ``work`` must be a function at the top of a module.

    Raises:
        RunError: a worker process was killed.
    """
    if workers <= 1 or len(items) <= 1:
        yield from map(work, items)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads of numpy and of a progress bar
    with ProcessPoolExecutor(min(workers, len(items)), context, _die_with_parent) as pool:
        try:
            yield from pool.map(work, items)
        except BrokenProcessPool:
            raise RunError("a worker process died, perhaps for want of memory; run again with fewer workers") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _die_with_parent() -> None:
    """A worker must not go on alone when the command that started it was killed."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
