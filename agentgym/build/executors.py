"""Where domains are materialised: processes of this machine, or an existing Ray, local or a cluster.

Both give the same bytes. On Ray the work is done in scratch folders and its files are sent back, so the machines of
a cluster need not share a disk with this one; they need this package installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias

from agentgym.build.jobs import Job, Made, do, do_away, land
from agentgym.errors import RunError
from agentgym.processes import Finished, finished

ExecutorName: TypeAlias = Literal["local", "ray"]

AHEAD = 2  # jobs that wait at each core of a cluster
CALLS = 200  # domains after which a Ray worker is replaced: what it has cached goes with it


class Executor(Protocol):
    """Does jobs, the first of ``order`` first, and tells of each as soon as it is done."""

    def __call__(self, jobs: Sequence[Job], order: Sequence[int], /) -> Iterator[Finished[Made]]: ...


def executor(name: ExecutorName, workers: int) -> Executor:
    """The executor called ``name``; ``workers`` are the processes of the local one.

    Raises:
        RunError: there is no such executor, or no Ray to work on.
    """
    if name == "local":
        return lambda jobs, order: finished(do, jobs, workers, order)
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


class _Ray:
    """Jobs as tasks of a Ray, a few more than it has cores at a time."""

    def __init__(self, ray: Any) -> None:
        self.ray = ray

    def __call__(self, jobs: Sequence[Job], order: Sequence[int], /) -> Iterator[Finished[Made]]:
        ray = self.ray
        task = ray.remote(max_calls=CALLS)(do_away)
        window = max(1, int(ray.cluster_resources().get("CPU", 1))) * AHEAD
        waiting, pending = list(order)[::-1], dict[Any, int]()
        try:
            while waiting or pending:
                while waiting and len(pending) < window:
                    place = waiting.pop()
                    pending[task.remote(jobs[place])] = place
                for reference in ray.wait(list(pending), num_returns=1)[0]:
                    place = pending.pop(reference)
                    job = jobs[place]
                    yield Finished(place, land(job.ledger, job.name, self._result(reference)), 0.0)
        finally:
            for reference in pending:
                ray.cancel(reference, force=True)

    def _result(self, reference: Any) -> Any:
        try:
            return self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            raise RunError(f"a task of Ray failed: {str(error)[-500:]}; run again to go on") from error
