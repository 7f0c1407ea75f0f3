"""Map a function over many items in processes: results in order, nothing left behind when it stops."""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from agentgym.errors import RunError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

GROWN_MB = 1500.0  # a worker that has held more memory than this is replaced by a fresh one
RARELY = (50_000, 20, 50)  # for the garbage collector: the work makes many objects and few cycles


class Finished(NamedTuple, Generic[Outcome]):
    """One item that is done."""

    place: int  # of the item
    outcome: Outcome
    peak_mb: float  # the most memory that the process which did it has held


def each(work: Callable[[Item], Outcome], items: Sequence[Item], workers: int) -> Iterator[Outcome]:
    """``map(work, items)``, in up to ``workers`` processes; in this one for a single worker or item.

    ``work`` must be a function at the top of a module.

    Raises:
        RunError: a worker process was killed.
    """
    early: dict[int, Outcome] = {}
    place = 0
    for done in finished(work, items, workers):
        early[done.place] = done.outcome
        while place in early:
            yield early.pop(place)
            place += 1


def finished(
    work: Callable[[Item], Outcome], items: Sequence[Item], workers: int, order: Sequence[int] | None = None
) -> Iterator[Finished[Outcome]]:
    """As ``each``, but every result as soon as it is there. ``order``: the places of the items, first come first done.

    An item is taken from ``items`` only when a process is free for it. A worker that has grown is replaced.
    """
    queue = list(range(len(items)) if order is None else order)
    if workers <= 1 or len(queue) <= 1:
        for place in queue:
            yield Finished(place, work(items[place]), peak_mb())
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads of numpy and of a progress bar
    hands = [_Hand(context, work) for _ in range(min(workers, len(queue)))]
    try:
        yield from _shared_out(hands, items, queue[::-1])
    finally:
        for hand in hands:
            hand.stop()


def peak_mb() -> float:
    """The most memory that this process has held, in MB; 0 where the system does not tell."""
    with suppress(OSError):  # Linux; getrusage would count what the process that started this one held
        found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
        if found:
            return int(found[1]) / 2**10
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (2**20 if sys.platform == "darwin" else 2**10))


def _shared_out(hands: list[_Hand], items: Sequence[Any], waiting: list[int]) -> Iterator[Finished[Any]]:
    """Results as they come; ``waiting`` are the places to do, the next one last."""
    while waiting or any(hand.place is not None for hand in hands):
        for hand in hands:
            if hand.place is None and waiting:
                place = waiting.pop()
                hand.give(place, items[place])
        busy = {hand.pipe: hand for hand in hands if hand.place is not None}
        for pipe in wait(list(busy)):
            yield busy[pipe].take()  # type: ignore[index]


class _Hand:
    """One worker process, and the item it is at."""

    def __init__(self, context: SpawnContext, work: Callable[[Any], Any]) -> None:
        self.context, self.work = context, work
        self.place: int | None = None
        self._start()

    def _start(self) -> None:
        self.pipe, end = self.context.Pipe()
        self.process: SpawnProcess = self.context.Process(target=_serve, args=(end, self.work), daemon=True)
        self.process.start()
        end.close()  # the worker holds the only other end: its death is the end of the pipe

    def give(self, place: int, item: Any) -> None:
        self.place = place
        try:
            self.pipe.send(item)
        except (BrokenPipeError, ConnectionResetError):
            raise _died() from None

    def take(self) -> Finished[Any]:
        """Its result. Raises what the work raised."""
        try:
            good, outcome, peak = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            raise _died() from None
        if not good:
            raise outcome
        place, self.place = self.place, None
        assert place is not None
        if peak > GROWN_MB:
            self.stop()
            self._start()
        return Finished(place, outcome, peak)

    def stop(self) -> None:
        self.pipe.close()
        if self.place is not None:
            self.process.terminate()  # nobody waits for what it is at
        self.process.join()


def _died() -> RunError:
    return RunError("a worker process died, perhaps for want of memory; run again with fewer workers")


def _serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """The life of a worker: until the other end of the pipe is closed."""
    _die_with_parent()
    gc.set_threshold(*RARELY)
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        try:
            answer: tuple[bool, Any, float] = True, work(item), peak_mb()
        except Exception as error:
            answer = False, error, 0.0
        if not gc.get_freeze_count():
            gc.freeze()  # modules, mostly: looking through them again finds nothing
        try:
            pipe.send(answer)
        except BrokenPipeError:
            return
        except Exception as error:  # an outcome or an error that cannot be sent
            pipe.send((False, RunError(f"a worker could not answer: {type(error).__name__}: {error}"), 0.0))


def _die_with_parent() -> None:
    """A worker must not go on alone when the command that started it was killed."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
