"""Where work is done: in processes of this machine, or on an existing Ray, local or a cluster.

The machines of a cluster need not share a disk with this one: what is done ``away`` is given all it reads, and sends
back all it writes. They need this package installed, and in their environment the keys of the models they ask.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from agentgym.errors import RunError
from agentgym.processes import Finished, finished, streamed

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
ExecutorName: TypeAlias = Literal["local", "ray"]

AHEAD = 2  # jobs that wait at each core of a cluster
CALLS = 200  # jobs after which a Ray worker is replaced: what it has cached goes with it


class Executor(Protocol):
    """Does work on many items, each in some process. The work is a function at the top of a module."""

    @property
    def away(self) -> bool:
        """Whether the work is done where this machine's disk may not be seen."""

    @property
    def workers(self) -> int:
        """How many items are worked on at a time, about."""

    def finished(
        self, work: Callable[[Item], Outcome], items: Sequence[Item], order: Sequence[int]
    ) -> Iterator[Finished[Outcome]]:
        """The result for each item, as soon as it is there; the first of ``order`` is begun first."""

    def streamed(self, work: Callable[[Item], Iterator[Outcome]], items: Sequence[Item]) -> Iterator[Outcome]:
        """Everything that ``work`` gives for each item, as soon as it is there, or as soon as the item is done."""


def executor(name: ExecutorName, workers: int) -> Executor:
    """The executor called ``name``; ``workers`` are the processes of the local one.

    Raises:
        RunError: there is no such executor, or no Ray to work on.
    """
    if name == "local":
        return _Local(workers)
    if name == "ray":
        return _Ray(connected())
    raise RunError(f"there is no executor {name!r}; known are local and ray")


def connected() -> Any:
    """The module ``ray``, connected to the Ray that runs here or at the address in ``RAY_ADDRESS``."""
    try:
        ray = import_module("ray")
    except ModuleNotFoundError:
        raise RunError("the ray executor needs the package ray: pip install 'envscale[ray]'") from None
    if not ray.is_initialized():
        address = os.environ.get("RAY_ADDRESS") or "auto"
        try:
            ray.init(address=address, log_to_driver=False)
        except ConnectionError as error:
            hint = "start one with `ray start --head`, or set RAY_ADDRESS"
            raise RunError(f"no Ray answers at {address}: {str(error)[:200]}; {hint}") from None
    return ray


class _Local:
    """Processes of this machine."""

    away = False

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def finished(
        self, work: Callable[[Item], Outcome], items: Sequence[Item], order: Sequence[int]
    ) -> Iterator[Finished[Outcome]]:
        return finished(work, items, self.workers, order)

    def streamed(self, work: Callable[[Item], Iterator[Outcome]], items: Sequence[Item]) -> Iterator[Outcome]:
        return streamed(work, items, self.workers)


class _Ray:
    """Tasks of a Ray, a few more than it has cores at a time."""

    away = True

    def __init__(self, ray: Any) -> None:
        self.ray = ray
        self.workers = max(1, int(ray.cluster_resources().get("CPU", 1)))

    def finished(
        self, work: Callable[[Item], Outcome], items: Sequence[Item], order: Sequence[int]
    ) -> Iterator[Finished[Outcome]]:
        ray = self.ray
        task = ray.remote(max_calls=CALLS)(work)
        waiting, pending = list(order)[::-1], dict[Any, int]()
        try:
            while waiting or pending:
                while waiting and len(pending) < self.workers * AHEAD:
                    place = waiting.pop()
                    pending[task.remote(items[place])] = place
                for reference in ray.wait(list(pending), num_returns=1)[0]:
                    place = pending.pop(reference)
                    yield Finished(place, self._result(reference), 0.0)
        finally:
            for reference in pending:
                ray.cancel(reference, force=True)

    def streamed(self, work: Callable[[Item], Iterator[Outcome]], items: Sequence[Item]) -> Iterator[Outcome]:
        def everything(item: Item) -> list[Outcome]:
            return list(work(item))

        for done in self.finished(everything, items, range(len(items))):
            yield from done.outcome

    def _result(self, reference: Any) -> Any:
        try:
            return self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            raise RunError(f"a task of Ray failed: {str(error)[-500:]}; run again to go on") from error
