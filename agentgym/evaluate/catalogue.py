"""Benchmarks by name. An adapter is imported when its benchmark is asked for, and its official code later still."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from agentgym.errors import RunError, nearest
from agentgym.evaluate.benchmark import Benchmark, Setup
from agentgym.registry import NAMESPACE

_TAU, _TAU2, _ACEBENCH = (f"agentgym.evaluate.{package}" for package in ("tau_bench", "tau2", "acebench"))

BENCHMARKS: dict[str, str] = {  # the module whose ``benchmark(name, setup)`` makes it
    "tau-retail": _TAU,  # the test split
    "tau-retail-train": _TAU,
    "tau-retail-dev": _TAU,
    "tau-airline": _TAU,
    "tau2-retail": _TAU2,
    "tau2-airline": _TAU2,
    "tau2-telecom": _TAU2,
    "acebench-en": _ACEBENCH,
    "acebench-zh": _ACEBENCH,
}


def open_benchmark(name: str, setup: Setup) -> Benchmark:
    """The benchmark called ``name``: a listed one, or environments of ours, given as id, domain folder or run folder.

    Raises ``RunError`` where there is none, or where its checkout is missing or another project's.
    """
    if name in BENCHMARKS:
        make: Callable[[str, Setup], Benchmark] = import_module(BENCHMARKS[name]).benchmark
        return make(name, setup)
    if name.startswith(f"{NAMESPACE}/") or Path(name).exists():
        from agentgym.evaluate.own import OwnBenchmark

        return OwnBenchmark(name, setup)
    known = ", ".join(BENCHMARKS)
    raise RunError(
        f"there is no benchmark {name!r}{nearest(name, BENCHMARKS)}; known are {known}, ids such as "
        f"{NAMESPACE}/retail-v0, and folders of domains"
    )
