"""The benchmark of tasks and agents runs, its report has the keys that readers rely on, and it can find fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from agentgym.env import ToolEnv
from agentgym.files import write_records
from agentgym.types import Task, ToolCall
from agentgym.world.load import LoadedDomain, load
from benchmarks import experience
from benchmarks.trials.careless import POLICIES, at_random, error_spam, every_key, null, read_everything, wins
from benchmarks.trials.domains import examined
from tests.minishop import MINISHOP

HEADLINE = {
    "argument_kill",
    "details",
    "dialogues_per_second_core",
    "dropped_step_kill",
    "error_spam_score",
    "every_key_score",
    "gold_dialogue",
    "null_score",
    "planner",
    "planner_single_goal",
    "proofs_per_second",
    "proofs_per_second_core",
    "random_score",
    "read_everything_score",
    "share_4_calls",
    "share_7_calls",
    "tasks_per_domain_min",
    "user_fault_fallible",
    "user_fault_gold",
    "wording_overlap",
    "writing_tools_unused",
}
COUNT = ToolCall(name="count_orders")
CANCEL = ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1001", "reason": "ordered by mistake"})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("experience") / "report.json"
    experience.main([str(MINISHOP), "--tasks", "6", "--seconds", "0.01", "--workers", "1", "--json", str(out)])
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found


def test_the_report_has_its_keys(report: dict[str, Any]) -> None:
    assert set(report) == HEADLINE, "The report's keys changed; whoever reads them must learn of it."
    assert report["details"]["tasks"] == report["tasks_per_domain_min"] == 6
    assert set(report["details"]["domains"]) == {"minishop"}


def test_sampled_tasks_hold_from_the_outside(report: dict[str, Any]) -> None:
    assert report["dropped_step_kill"] == report["argument_kill"] == report["gold_dialogue"] == 1.0
    for name in POLICIES:
        assert report[f"{name}_score"] == 0.0, f"{name} wins {report['details']['domains']['minishop']['careless']}"
    assert report["user_fault_gold"] == 0
    assert report["proofs_per_second"] > 0 and report["dialogues_per_second_core"] > 0


@pytest.fixture
def env() -> Iterator[ToolEnv]:
    env = ToolEnv(folder=MINISHOP, max_steps=600)
    yield env
    env.close()


def _bad(loaded: LoadedDomain, **fields: Any) -> Task:
    """A task that no proof would let through: a benchmark that never finds anything measures nothing."""
    task = next(task for task in loaded.tasks() if task.writes)
    return task.model_copy(update={"revisions": (), "goals": (), "diff": (), "state": (), "gold": (), **fields})


@pytest.mark.parametrize("policy", [null, error_spam])
def test_who_does_nothing_right_wins_where_nothing_is_to_do(env: ToolEnv, loaded: LoadedDomain, policy: Any) -> None:
    assert wins(env, loaded, _bad(loaded), policy)


def test_who_reads_everything_wins_where_that_is_the_task(env: ToolEnv, loaded: LoadedDomain) -> None:
    assert wins(env, loaded, _bad(loaded, gold=(COUNT,)), read_everything)


def test_chance_wins_where_one_bare_call_is_the_task(env: ToolEnv, loaded: LoadedDomain) -> None:
    tasks = (_bad(loaded, gold=(COUNT,), id=f"minishop-{number}") for number in range(2000))
    lucky = next(task for task in tasks if json.loads(next(at_random(loaded, task))) == COUNT.model_dump(mode="json"))
    assert wins(env, loaded, lucky, at_random)


def test_brute_force_wins_where_every_row_is_to_be_changed(env: ToolEnv, loaded: LoadedDomain) -> None:
    env.world.reset()
    for order in ("ORD-1001", "ORD-1003"):
        assert env.world.call(CANCEL.name, {**CANCEL.arguments, "order_id": order}).error is None
    assert wins(env, loaded, _bad(loaded, gold=(CANCEL,), diff=env.world.diff()), every_key)


def test_what_a_domain_lacks_is_named(tmp_path: Path) -> None:
    folder = copytree(MINISHOP, tmp_path / "minishop")
    one = next(task for task in load(folder).tasks() if task.writes)
    write_records(folder / "tasks.jsonl", [one])
    found = examined(folder)
    used = {call.name for call in one.gold}
    assert found["tasks"] == 1 and found["writing_tools_unused"]
    assert not used & set(found["writing_tools_unused"])


def test_a_folder_without_domains_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        experience.main([str(tmp_path)])
    assert str(tmp_path) in capsys.readouterr().err
