"""Map a function over many items in processes: results as they come, nothing left behind when it stops."""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from inspect import isgenerator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from agentgym.errors import RunError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

GROWN_MB = 1500.0  # a worker that has held more memory than this is replaced by a fresh one
_GIVEN, _RETURNED, _RAISED = "given", "returned", "raised"  # what a worker tells of an item
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
    for news in _shared_out(work, items, queue, workers):
        yield Finished(news.place, news.value, news.peak_mb)


def streamed(work: Callable[[Item], Iterator[Outcome]], items: Sequence[Item], workers: int) -> Iterator[Outcome]:
    """Everything that ``work(item)`` gives for each item, as soon as it is there, from up to ``workers`` processes.

    ``work`` must be a generator function at the top of a module. Raises ``RunError`` where a worker was killed.
    """
    if workers <= 1 or len(items) <= 1:
        for item in items:
            yield from work(item)
        return
    for news in _shared_out(work, items, range(len(items)), workers):
        if not news.last:
            yield news.value


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


class _News(NamedTuple):
    """What a worker sends: one thing that a generator gave, or the ``last`` one about an item, what was returned."""

    place: int
    value: Any
    peak_mb: float
    last: bool


def _shared_out(
    work: Callable[[Any], Any], items: Sequence[Any], order: Sequence[int], workers: int
) -> Iterator[_News]:
    """What comes of the items at the places in ``order``, done by worker processes."""
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads of numpy and of a progress bar
    waiting = list(order)[::-1]
    hands = [_Hand(context, work) for _ in range(min(workers, len(waiting)))]
    try:
        while waiting or any(hand.place is not None for hand in hands):
            for hand in hands:
                if hand.place is None and waiting:
                    place = waiting.pop()
                    hand.give(place, items[place])
            busy = {hand.pipe: hand for hand in hands if hand.place is not None}
            for pipe in wait(list(busy)):
                yield busy[pipe].take()  # type: ignore[index]
    finally:
        for hand in hands:
            hand.stop()


class _Hand:
    """One worker process, and the item it is at."""

    def __init__(self, context: SpawnContext, work: Callable[[Any], Any]) -> None:
        self.context, self.work = context, work
        self.place: int | None = None
        self._start()

    def _start(self) -> None:
        self.pipe, end = self.context.Pipe()
        self.process: SpawnProcess = self.context.Process(target=_serve, args=(end, self.work), daemon=True)
        with _deaf():
            self.process.start()
        end.close()  # the worker holds the only other end: its death is the end of the pipe

    def give(self, place: int, item: Any) -> None:
        self.place = place
        try:
            self.pipe.send(item)
        except (BrokenPipeError, ConnectionResetError):
            raise _died() from None

    def take(self) -> _News:
        """What it has to tell. Raises what the work raised."""
        try:
            kind, outcome, peak = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            raise _died() from None
        if kind == _RAISED:
            raise outcome
        assert self.place is not None
        news = _News(self.place, outcome, peak, kind == _RETURNED)
        if news.last:
            self.place = None
            if peak > GROWN_MB:
                self.stop()
                self._start()
        return news

    def stop(self) -> None:
        self.pipe.close()
        if self.place is not None:
            self.process.terminate()  # nobody waits for what it is at
        self.process.join()


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started inside do not hear Ctrl-C, which a terminal sends to all: this one hears it and ends them."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # which would hear for all, if it were started later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
            for answer in _answers(work, item):
                pipe.send(answer)
        except BrokenPipeError:
            return
        except Exception as error:  # an outcome or an error that cannot be sent
            pipe.send((_RAISED, RunError(f"a worker could not answer: {type(error).__name__}: {error}"), 0.0))
        if not gc.get_freeze_count():
            gc.freeze()  # modules, mostly: looking through them again finds nothing


def _answers(work: Callable[[Any], Any], item: Any) -> Iterator[tuple[str, Any, float]]:
    """What a worker sends about one item: kind, value, peak memory in MB."""
    try:
        outcome = work(item)
        if isgenerator(outcome):
            for part in outcome:
                yield _GIVEN, part, 0.0
            outcome = None
        yield _RETURNED, outcome, peak_mb()
    except Exception as error:
        yield _RAISED, error, 0.0


def _die_with_parent() -> None:
    """A worker must not go on alone when the command that started it was killed."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
