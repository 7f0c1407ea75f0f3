"""How fast the world engine is: ``python -m benchmarks.speed [--json FILE] [--rounds N]``.

One interleaved run times the same tool calls, the gold of the committed tasks, through each layer: ``gym`` (the whole
environment, JSON text in and out), ``call`` (``World.call``), ``session`` (the same with arguments bound already),
``stock`` (the stock ``sqlmodel.Session`` on a held connection, a savepoint a call), ``naive`` (a ``Session`` for
each call, committed), ``sql`` (the statements ``call`` runs, on a bare sqlite3 connection) and ``plain`` (hand-written
tools over dicts, for the calls that have one). First it checks that all give the same answers. Times are medians over
rounds of CPU time with the garbage collector off, unless a name says otherwise; "large" is retail with 660 times the
rows.

``episode_vs_tau_bench`` is null unless tau-bench can be imported. Its model clients are not needed:

    pip install --no-deps git+https://github.com/sierra-research/tau-bench
    python -m benchmarks.speed

The figures at the top of the JSON:

steps_per_second_core     steps a second of the whole environment on retail
step_vs_raw_sql           CPU time of ``gym`` over that of ``sql`` on retail; ``ratios`` has the inner layers
step_vs_stock_session     CPU time of ``stock`` over that of ``call`` on retail: how many times faster
reset_us_100kb, _1mb      ``World.reset()`` to the seed rows after 5 writes
verify_us_500, _138k      ``World.diff`` and ``state_aligned`` after 5 writes, ten in a row, by the rows of the world
episode_vs_tau_bench      CPU time of a tau-bench retail episode (reset, 5 calls, its reward) over ours on a retail
                          with as many rows: how many times faster
parked_kb, parked_step_us memory of one of 10,000 parked environments, and a step that resumes one and parks it again
domain_load_ms            ``load`` of the retail folder, everything imported, nothing cached
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agentgym.files import write_text
from benchmarks.cases import DOMAINS, Sizes, suite
from benchmarks.probes import probe
from benchmarks.timing import Times, interleave


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    rounds: int = 15
    starts: int = 3  # processes started for the time to start
    live: int = 200  # environments held for their memory
    parked: int = 10_000
    sizes: Sizes = field(default_factory=Sizes)


def measure(settings: Settings) -> dict[str, Any]:
    """The report. Raises where layers disagree, before anything is timed."""
    with tempfile.TemporaryDirectory(prefix="agentgym-speed-") as scratch, ExitStack() as held:
        made = suite(held, Path(scratch), settings.sizes, _note)
        times = interleave(made.cases, settings.rounds, _note)
    _note("memory and time to start")
    starts = [probe("startup") for _ in range(settings.starts)]
    start = {key: statistics.median(one[key] for one in starts) for key in starts[0]}
    memory = {**probe("live", settings.live), **probe("parked", settings.parked)}
    cpu = {name: statistics.median(one.cpu) for name, one in times.items()}
    details = {
        "facts": made.facts,
        "machine": _machine(),
        "memory": memory,
        "ratios": _ratios(cpu),
        "rounds": settings.rounds,
        "start": start,
        "times": {name: one.summary() for name, one in times.items()},
    }
    return {**_headline(cpu, times, memory), "details": details}


def _headline(cpu: dict[str, float], times: dict[str, Times], memory: dict[str, float]) -> dict[str, Any]:
    tau = cpu.get("tau_bench/episode")
    return {
        "steps_per_second_core": round(1e6 / cpu["retail/gym"]),
        "step_vs_raw_sql": round(cpu["retail/gym"] / cpu["retail/sql"], 2),
        "step_vs_stock_session": round(cpu["retail/stock"] / cpu["retail/call"], 2),
        "reset_us_100kb": round(cpu["reset/small"], 2),
        "reset_us_1mb": round(cpu["reset/medium"], 2),
        "verify_us_500": round(cpu["verify/small"], 2),
        "verify_us_138k": round(cpu["verify/large"], 2),
        "episode_vs_tau_bench": tau and round(tau / cpu["episode/medium"], 1),
        "parked_kb": memory["parked_kb"],
        "parked_step_us": memory["parked_step_us"],
        "domain_load_ms": round(cpu["load"] / 1000, 2),
    }


def _ratios(cpu: dict[str, float]) -> dict[str, float]:
    """Of CPU times: ``retail: gym / sql`` is how many times longer the whole environment takes than its SQL."""
    pairs = [("gym", "sql"), ("call", "sql"), ("session", "sql"), ("stock", "call"), ("naive", "call"), ("gym", "call")]
    wanted = [(f"{name}/{a}", f"{name}/{b}") for name in (*DOMAINS, "large") for a, b in pairs]
    wanted += [("dicts/gym", "dicts/plain"), ("dicts/call", "dicts/plain"), ("dicts/sql", "dicts/plain")]
    wanted += [("verify/large", "verify/small"), ("reset/large", "reset/small"), ("reset/medium", "reset/small")]
    wanted += [(f"{name}/{layer} with gc", f"{name}/{layer}") for name in DOMAINS for layer in ("gym", "call", "stock")]
    wanted += [("tau_bench/episode", f"episode/{name}") for name in ("retail", "medium")]
    wanted += [("tau_bench/reset", "patched reset/medium"), ("tau_bench/step", "retail/gym")]
    return {f"{a} : {b}": round(cpu[a] / cpu[b], 3) for a, b in wanted if a in cpu and cpu.get(b)}


def _machine() -> dict[str, Any]:
    packages = {name: version(name) for name in ("gymnasium", "pydantic", "sqlalchemy", "sqlmodel")}
    return {
        "cores": os.cpu_count(),
        "packages": packages,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for title, columns, rows in _tables(report):
        table = Table(title=title, title_justify="left")
        for number, column in enumerate(columns):
            table.add_column(column, justify="right" if number else "left")
        for row in rows:
            table.add_row(*map(str, row))
        console.print(table)


def _tables(report: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    details = report["details"]
    headline = [[name, value] for name, value in report.items() if name != "details"]
    times = [[name, t["cpu_us"], t["wall_us"], t["spread"], t["rounds"]] for name, t in details["times"].items()]
    sizes = [
        [name, *(facts.get(key, "") for key in ("rows", "database_bytes", "calls", "statements_per_step"))]
        for name, facts in details["facts"].items()
    ]
    return [
        ("World speed", ["", ""], headline),
        ("Times", ["", "CPU µs", "wall µs", "spread", "rounds"], times),
        ("Ratios of CPU times", ["", ""], [list(pair) for pair in details["ratios"].items()]),
        ("What ran", ["", "rows", "bytes", "calls", "statements a step"], sizes),
        ("Processes", ["", ""], [list(pair) for pair in {**details["start"], **details["memory"]}.items()]),
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="How fast the world engine is.")
    defaults = Settings()
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there, and print no tables")
    parser.add_argument("--rounds", type=int, default=defaults.rounds, help="interleaved rounds (default: %(default)s)")
    parser.add_argument("--live", type=int, default=defaults.live, help="environments held (default: %(default)s)")
    parser.add_argument("--parked", type=int, default=defaults.parked, help="states parked (default: %(default)s)")
    given = parser.parse_args(arguments)
    if min(given.rounds, given.live, given.parked) < 1:
        parser.error("--rounds, --live and --parked must be at least 1")
    report = measure(Settings(rounds=given.rounds, live=given.live, parked=given.parked))
    if given.json is None:
        _show(report)
    else:
        write_text(given.json, json.dumps(report, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
