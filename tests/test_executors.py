"""Domains made elsewhere come back with the same bytes; what is missing is said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from agentgym import executors
from agentgym.build import pipeline
from agentgym.build.pipeline import build
from agentgym.errors import RunError
from tests.test_pipeline import content, materialise, spread


@pytest.fixture(autouse=True)
def same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "program", lambda: "today's")


class FakeRay(ModuleType):
    """The functions of ray that the executor uses, doing each task when its result is asked for."""

    class exceptions:  # noqa: N801 - as ray has it
        class RayError(Exception): ...

    def __init__(self, cluster: bool = True) -> None:
        super().__init__("ray")
        self.cluster, self.most, self.pending = cluster, 0, 0
        self.exceptions.RayError = FakeRay.exceptions.RayError

    def is_initialized(self) -> bool:
        return False

    def init(self, address: str, **_: object) -> None:
        if not self.cluster:
            raise ConnectionError(f"nobody at {address}")

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 1.0}

    def remote(self, **_: object) -> Callable[[Callable[[Any], Any]], SimpleNamespace]:
        def task(work: Callable[[Any], Any]) -> SimpleNamespace:
            def start(job: Any) -> Callable[[], Any]:
                self.pending += 1
                self.most = max(self.most, self.pending)
                return lambda: work(job)

            return SimpleNamespace(remote=start)

        return task

    def wait(self, references: list[Any], num_returns: int) -> tuple[list[Any], list[Any]]:
        return references[-num_returns:], references[:-num_returns]  # never in the order they were given

    def get(self, reference: Callable[[], Any]) -> Any:
        self.pending -= 1
        return reference()

    def cancel(self, reference: object, force: bool) -> None:
        self.pending -= 1


def test_ray_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)
    inputs = spread(tmp_path / "specs")
    there = build([inputs], tmp_path / "ray", on="ray")
    here = build([inputs], tmp_path / "local")
    assert content(tmp_path / "ray") == content(tmp_path / "local")
    assert there.domains == here.domains > 2
    assert 1 < fake.most <= executors.AHEAD, "a few tasks wait at each core, and no more"


def test_a_task_that_fails_there_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)

    def lost(reference: object) -> None:
        raise fake.exceptions.RayError("the node is gone")

    monkeypatch.setattr(fake, "get", lost)
    with pytest.raises(RunError, match="the node is gone"):
        build([spread(tmp_path / "specs")], tmp_path / "run", on="ray", materialise=materialise)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RunError, match=r"envscale\[ray\]"):
        executors.executor("ray", 1)
    monkeypatch.setitem(sys.modules, "ray", FakeRay(cluster=False))
    with pytest.raises(RunError, match="ray start --head"):
        executors.executor("ray", 1)
    with pytest.raises(RunError, match="known are local and ray"):
        executors.executor("dask", 1)  # type: ignore[arg-type]
