"""Benchmarks by name. An adapter is imported when its benchmark is asked for, and its official code later still."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from agentgym.errors import RunError, nearest
from agentgym.evaluate.benchmark import Benchmark, Setup
from agentgym.registry import NAMESPACE


class Listed(NamedTuple):
    """A benchmark that can be asked for."""

    module: str  # its ``benchmark(name, setup)`` makes it
    variable: str  # the environment variable that names the checkout
    about: str


_TAU = ("agentgym.evaluate.tau_bench", "AGENTGYM_TAU_BENCH")
_TAU2 = ("agentgym.evaluate.tau2", "AGENTGYM_TAU2")
_ACEBENCH = ("agentgym.evaluate.acebench", "AGENTGYM_ACEBENCH")

BENCHMARKS: dict[str, Listed] = {
    "tau-retail": Listed(*_TAU, "τ-bench retail, test split"),
    "tau-retail-train": Listed(*_TAU, "τ-bench retail, train split"),
    "tau-retail-dev": Listed(*_TAU, "τ-bench retail, dev split"),
    "tau-airline": Listed(*_TAU, "τ-bench airline"),
    "tau2-retail": Listed(*_TAU2, "τ²-bench retail"),
    "tau2-airline": Listed(*_TAU2, "τ²-bench airline"),
    "tau2-telecom": Listed(*_TAU2, "τ²-bench telecom: the user has tools as well"),
    "acebench-en": Listed(*_ACEBENCH, "ACEBench in English"),
    "acebench-zh": Listed(*_ACEBENCH, "ACEBench in Chinese"),
}


def open_benchmark(name: str, setup: Setup) -> Benchmark:
    """The benchmark called ``name``: a listed one, or environments of ours, given as id, domain folder or run folder.

    Raises ``RunError`` where there is none, or where its checkout is missing or another project's.
    """
    if name in BENCHMARKS:
        make: Callable[[str, Setup], Benchmark] = import_module(BENCHMARKS[name].module).benchmark
        return make(name, setup)
    if name.startswith(f"{NAMESPACE}/") or Path(name).exists():
        from agentgym.evaluate.own import OwnBenchmark

        return OwnBenchmark(name, setup)
    known = ", ".join(BENCHMARKS)
    raise RunError(
        f"there is no benchmark {name!r}{nearest(name, BENCHMARKS)}; known are {known}, ids such as "
        f"{NAMESPACE}/retail-v0, and folders of domains"
    )
