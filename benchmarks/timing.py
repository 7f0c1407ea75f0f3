"""Medians of interleaved rounds: every case runs a block in each round, and the order rotates."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

BLOCK = 0.02  # seconds a block lasts at least, where one pass over a case's sections takes less
SLOW = 0.25  # seconds of one pass, beyond which a case sits rounds out
FEWEST = 3  # rounds that every case runs


@dataclass(frozen=True)
class Section:
    """One timed stretch: ``prepare`` runs before it, off the clock."""

    prepare: Callable[[], object]
    run: Callable[[], Any]
    units: int = 1  # what a time is divided by, such as calls


@dataclass(frozen=True)
class Case:
    """A thing that is measured: its sections one after the other."""

    name: str
    sections: Sequence[Section]
    collecting: bool = False  # whether the garbage collector runs


@dataclass
class Times:
    """µs a unit, one entry a round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float | int]:
        """Medians, and the middle half of the CPU times as a fraction of their median."""
        cpu = statistics.median(self.cpu)
        quarters = statistics.quantiles(self.cpu, n=4) if len(self.cpu) > 1 else [cpu] * 3
        return {
            "cpu_us": round(cpu, 3),
            "rounds": len(self.cpu),
            "spread": round((quarters[2] - quarters[0]) / cpu, 3) if cpu else 0.0,
            "wall_us": round(statistics.median(self.wall), 3),
        }


def interleave(cases: Sequence[Case], rounds: int, note: Callable[[str], object]) -> dict[str, Times]:
    """Time all cases. What exists by now is kept from the garbage collector, so that collecting costs all the same."""
    note("warming up")
    plans = {case.name: _plan(case, rounds) for case in cases}
    times = {case.name: Times() for case in cases}
    clock = _clock_cost()
    gc.collect()
    gc.freeze()
    try:
        for number in range(rounds):
            note(f"round {number + 1} of {rounds}")
            shift = number * 7 % len(cases)
            for case in [*cases[shift:], *cases[:shift]]:
                repeats, every = plans[case.name]
                if number % every == 0:
                    _block(case, repeats, clock, times[case.name])
    finally:
        gc.unfreeze()
    return times


def _plan(case: Case, rounds: int) -> tuple[int, int]:
    """How often a block repeats the case's sections, and every how many rounds it comes."""
    _pass(case)
    started = time.perf_counter()
    _pass(case)
    took = time.perf_counter() - started
    every = min(math.ceil(took / SLOW), max(1, rounds // FEWEST))
    return max(1, math.ceil(BLOCK / max(took, 1e-6))), every


def _pass(case: Case) -> None:
    for section in case.sections:
        section.prepare()
        section.run()


def _block(case: Case, repeats: int, clock: tuple[int, int], times: Times) -> None:
    cpu = wall = units = sections = 0
    gc.collect()
    (gc.enable if case.collecting else gc.disable)()
    try:
        for _ in range(repeats):
            for section in case.sections:
                section.prepare()
                wall_start, cpu_start = time.perf_counter_ns(), time.process_time_ns()
                section.run()
                cpu_end, wall_end = time.process_time_ns(), time.perf_counter_ns()
                cpu += cpu_end - cpu_start
                wall += wall_end - wall_start
                units += section.units
                sections += 1
    finally:
        gc.enable()
    times.cpu.append((cpu - sections * clock[0]) / units / 1000)
    times.wall.append((wall - sections * clock[1]) / units / 1000)


def _clock_cost() -> tuple[int, int]:
    """ns of CPU and wall time that an empty section seems to take."""
    cpu, wall = [], []
    for _ in range(2000):
        wall_start, cpu_start = time.perf_counter_ns(), time.process_time_ns()
        cpu_end, wall_end = time.process_time_ns(), time.perf_counter_ns()
        cpu.append(cpu_end - cpu_start)
        wall.append(wall_end - wall_start)
    return int(statistics.median(cpu)), int(statistics.median(wall))
