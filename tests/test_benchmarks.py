"""The speed benchmark runs, its layers agree, and its report has the keys that readers rely on. No time is judged."""

from __future__ import annotations

import json
import sqlite3
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentgym.errors import AgentGymError
from agentgym.registry import locate
from agentgym.world.load import load
from agentgym.world.world import World
from benchmarks import layers, speed, timing
from benchmarks.cases import Sizes
from benchmarks.enlarge import enlarge
from benchmarks.probes import PROBES
from benchmarks.statements import contents, copy, lifted
from benchmarks.workload import episodes

HEADLINE = {
    "details",
    "domain_load_ms",
    "episode_vs_tau_bench",
    "parked_kb",
    "parked_step_us",
    "reset_us_100kb",
    "reset_us_1mb",
    "step_vs_raw_sql",
    "step_vs_stock_session",
    "steps_per_second_core",
    "verify_us_138k",
    "verify_us_500",
}


def test_the_report_has_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = speed.Settings(rounds=1, starts=1, live=1, parked=2, sizes=Sizes(1, 1, 2))
    monkeypatch.setattr(timing, "BLOCK", 0.0)
    monkeypatch.setattr(speed, "Settings", lambda **_: tiny)
    monkeypatch.setattr(speed, "probe", lambda name, count=1: PROBES[name](count))  # here, not in new processes
    speed.main(["--json", str(tmp_path / "speed.json")])
    report: dict[str, Any] = json.loads((tmp_path / "speed.json").read_text("utf-8"))
    assert set(report) == HEADLINE, "The report's keys changed; whoever reads them must learn of it."
    assert list(report) == sorted(report), "The report's keys are not sorted."
    measured = {name.partition("/")[0] for name in report["details"]["times"]}
    assert {"retail", "airline", "large", "dicts", "load", "reset", "verify", "episode"} <= measured
    for name, value in report.items():
        if name not in ("details", "episode_vs_tau_bench", "parked_kb"):  # memory grows by pages: two states may fit
            assert value > 0, f"{name} is {value!r}, which no measurement gives."


def test_every_copy_of_the_rows_keeps_its_references(tmp_path: Path) -> None:
    small = load(locate("retail"))
    large = load(enlarge(locate("retail"), tmp_path / "retail", 3))  # loading checks keys and references
    for name, rows in small.seed.items():
        expected = 1 if name == "clock" else 3 * len(rows)
        assert len(large.seed[name]) == expected, f"{name} holds {len(large.seed[name])} rows, not {expected}."
        assert large.seed[name][: len(rows)] == rows, f"The first rows of {name} are not those of the original."


def test_a_layer_that_answers_otherwise_is_refused() -> None:
    loaded = load(locate("retail"))
    one = episodes(loaded, limit=1)[0]
    wrong = replace(one, answers=("something else", *one.answers[1:]))
    with ExitStack() as held, pytest.raises(AgentGymError, match="answers"):
        layers.world(held, loaded, [wrong])
    lost = replace(one, statements=())
    with ExitStack() as held, pytest.raises(AgentGymError, match="leaves other rows"):
        layers.sql(held, loaded, [lost])


@pytest.mark.parametrize(
    ("text", "shape", "values"),
    [
        (
            "SELECT a1 FROM \"t 1\" WHERE b = 'it''s 5' AND c > -2.5e-3",
            'SELECT a1 FROM "t 1" WHERE b = ? AND c > -?',
            2,
        ),
        ("INSERT INTO t VALUES (NULL, 7, 1.0)", "INSERT INTO t VALUES (NULL, ?, ?)", 2),
        ("PRAGMA foreign_keys = 1", "PRAGMA foreign_keys = 1", 0),
    ],
)
def test_literals_become_parameters(text: str, shape: str, values: int) -> None:
    sql, parameters = lifted(text)
    assert (sql, len(parameters)) == (shape, values), f"{text!r} was read as {sql!r} with {parameters!r}."


def test_a_copy_holds_what_an_open_transaction_wrote() -> None:
    world = World(load(locate("retail")))
    world._raw.execute("UPDATE user SET city = 'Nowhere'")
    other = sqlite3.connect(":memory:")
    other.deserialize(copy(world._raw))
    assert contents(other) == contents(world._raw), "The copy and the world hold different rows."
    assert {row[6] for row in contents(other)["user"]} == {"Nowhere"}, "The copy misses what is not committed yet."
    other.close()
    world.close()
