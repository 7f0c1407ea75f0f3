"""The stage through outages: models that fail, a full disk, and what the command tells of it."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agentgym import experience, stages
from agentgym.errors import RunError
from agentgym.executors import executor
from agentgym.files import read_records
from agentgym.llm import Options
from agentgym.play.agents.agent import MakeAgent
from agentgym.play.rollouts import batches
from agentgym.play.rollouts.batches import Request
from agentgym.play.rollouts.engine import Play
from agentgym.play.rollouts.players import AGENTS, USERS
from agentgym.play.rollouts.rollout import rollouts
from agentgym.play.rollouts.sparing import TOLD
from agentgym.types import Rejection
from tests.commands import agentgym
from tests.experienced import GOLD, TASKS, make_run, trajectories
from tests.players import Later, Patient, Script

pytestmark = pytest.mark.usefixtures("same_program")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", "a", "b")


def test_what_can_be_played_again_does_not_pile_up(run: Path, model: str) -> None:
    stages.rollout(run, Request(agents=("gold", model)))
    for seed in range(1, 9):
        stages.rollout(run, Request(agents=("gold",), seed=seed, trials=2))
    lines = (run / ".build" / "rollout" / "a.jsonl").read_text("utf-8").splitlines()
    names = Counter(json.loads(line)["trajectory"]["agent"] for line in lines)
    assert names[model] == TASKS, "what a model was paid for is never dropped"
    assert names["gold"] <= 2 * (2 * TASKS) + TASKS, f"episodes that nobody asks for any more pile up: {names}"


# -- models, and their outages --------------------------------------------------------------------


class Outage(Script):
    """Stands for a model: fails at its first message as long as it is ``out``."""

    out = True

    def act(self, observations: tuple[str, ...]) -> str:
        if Outage.out:
            raise OSError("connection refused")
        return "I cannot help."


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> str:
    def named(name: str, *_: object) -> MakeAgent:
        return AGENTS[name] if name in AGENTS else lambda task: Outage()

    monkeypatch.setattr(batches, "agent_named", named)
    monkeypatch.setattr(Outage, "out", True)
    return "openai/tiny"


def test_what_an_outage_spoiled_is_played_again_where_that_is_asked_for(
    run: Path, model: str, count: list[Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(agents=("gold", model))
    result = stages.rollout(run, request)
    assert result.tallies[model].errors == 2 * TASKS == result.tallies[model].stops["agent_error"]
    assert result.errors == {"OSError: connection refused": 2 * TASKS}
    monkeypatch.setattr(Outage, "out", False)
    count.clear()
    stages.rollout(run, request)
    assert not count, "an error is an ending, until someone says otherwise"
    result = stages.rollout(run, request, retry_errors=True)
    assert {play.name for play in count} == {model} and len(count) == 2 * TASKS
    assert result.tallies[model].errors == 0
    monkeypatch.setattr(Outage, "out", True)
    count.clear()
    assert stages.rollout(run, request, retry_errors=True).tallies[model].errors == 0 and not count


def test_what_a_model_said_outlives_a_new_version(
    run: Path, model: str, count: list[Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(agents=("gold", model))
    stages.rollout(run, request)
    count.clear()
    monkeypatch.setattr(experience, "program", lambda: "tomorrow's")
    stages.rollout(run, request)
    assert {play.name for play in count} == {"gold"}, "an answer of a model was paid for; gold's follows from the code"


@pytest.mark.parametrize("waits", [False, True])
def test_a_stop_loses_what_was_in_flight_and_no_more(
    run: Path, model: str, count: list[Play], monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    begun: list[Any] = []

    class Fragile(Later if waits else Script):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__("I cannot help.", *(KeyboardInterrupt(),) * (len(begun) == 30))
            begun.append(self)

    monkeypatch.setattr(batches, "agent_named", lambda name, *_: lambda task: Fragile())
    request = Request(agents=(model,), trials=20)
    with pytest.raises(KeyboardInterrupt):
        stages.rollout(run, request, concurrency=5)
    kept = sum(
        len((run / ".build" / "rollout" / f"{name}.jsonl").read_text("utf-8").splitlines())
        for name in "ab"
        if (run / ".build" / "rollout" / f"{name}.jsonl").is_file()
    )
    assert kept >= len(begun) - 5, f"{len(begun)} episodes had begun, and {kept} were kept"
    count.clear()
    stages.rollout(run, request)
    assert len(count) == 2 * TASKS * 20 - kept, "what was kept was played again"


def test_a_domain_that_fails_is_told_and_stops_no_other(run: Path) -> None:
    (run / "domains" / "a" / "tools.py").write_text("import os\n")
    result = stages.rollout(run, GOLD)
    assert result.tallies["gold"].episodes == TASKS
    (failure,) = result.failures
    assert (failure.subject, failure.reason) == ("a", "the environment failed")
    assert "Import is not in the dialect" in failure.detail
    assert failure in list(read_records(run / "rejected.jsonl", Rejection))


def test_one_command_at_a_time(run: Path) -> None:
    from agentgym.build.ledger import alone

    with alone(run), pytest.raises(RunError, match="another"):
        stages.rollout(run, GOLD)


# -- a full disk ----------------------------------------------------------------------------------


class FullDisk:
    """Operations on files, of which number ``fails`` does half its work and raises."""

    def __init__(self, fails: int) -> None:
        self.fails, self.calls = fails, 0

    def operation(self, genuine: Any) -> Any:
        def counted(*args: Any) -> Any:
            self.calls += 1
            if self.calls != self.fails:
                return genuine(*args)
            if genuine is WRITE:
                genuine(args[0], bytes(args[1])[: len(args[1]) // 2])
            raise OSError(28, "No space left on device")

        return counted


WRITE = os.write


def test_whichever_write_fails_the_next_run_ends_with_the_same_bytes(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages.rollout(run, GOLD)
    whole = trajectories(run)
    for number in range(1, 200):
        disk, other = FullDisk(number), make_run(tmp_path / "full", "a", "b")
        with monkeypatch.context() as patch, suppress(OSError):
            for name in ("write", "fsync", "replace", "ftruncate"):
                patch.setattr(os, name, disk.operation(getattr(os, name)))
            stages.rollout(other, GOLD)
        stages.rollout(other, GOLD)
        assert trajectories(other) == whole, f"after operation {number} failed the bytes differ"
        shutil.rmtree(other)
        if disk.calls < number:
            break
    assert 2 * TASKS < number < 199, "the write of each episode should have been tried"


# -- the command ----------------------------------------------------------------------------------


def test_the_command_tells_people_and_programs(run: Path) -> None:
    shown = agentgym("rollout", run, "--agent", "gold", "--agent", "fallible", "--trials", 2, "--workers", 1)
    assert shown.exit_code == 0, shown.output
    assert "mean reward" in shown.stdout and "by the fault of" in shown.stdout
    told = json.loads(agentgym("rollout", run, "-a", "gold", "-a", "gold", "--workers", 1, "--json").stdout)
    assert told["episodes"] == 2 * TASKS and told["failures"] == []
    assert told["agents"] == {
        "gold": {"cost": {}, "episodes": 2 * TASKS, "faults": {}, "reward": 1.0, "stops": {"user_done": 2 * TASKS}}
    }


def test_errors_make_an_exit_code(run: Path, model: str) -> None:
    shown = agentgym("rollout", run, "--agent", model, "--workers", 1)
    assert shown.exit_code == 1 and "--retry-errors" in shown.stdout
    assert "OSError: connection refused" in shown.stdout, "the reason must be shown"
    shown = agentgym("rollout", run, "--agent", model, "--api-key-env", "NO_SUCH_KEY", "--workers", 1)
    assert shown.exit_code == 2 and "NO_SUCH_KEY" in shown.stderr
    for wrong in (
        ["--agent", "glod"],
        ["--user", "scriptd"],
        ["--domains", "zz"],
        ["--concurrency", 0],
        ["--max-steps", 1],
    ):
        assert agentgym("rollout", run, *wrong).exit_code == 2, f"{wrong} is bad input"


def test_everyone_who_needs_no_model_can_be_named(run: Path) -> None:
    for agent in AGENTS:
        assert stages.rollout(run, Request(agents=(agent,))).tallies[agent].episodes == 2 * TASKS
    assert "scripted" in USERS


def test_a_double_that_waits_can_be_sent_to_workers(run: Path) -> None:
    folders = [run / "domains" / name for name in ("a", "b")]
    assert list(rollouts(folders, [Patient], workers=2)) == list(rollouts(folders, [Patient]))


def test_an_unknown_executor_is_refused() -> None:
    with pytest.raises(RunError, match="known are local and ray"):
        executor("dask", 1)  # type: ignore[arg-type]


def test_a_folder_whose_name_is_no_text_is_a_run_like_others(tmp_path: Path) -> None:
    run = make_run(Path(f"{tmp_path}/a\udcff b"), "a")
    assert stages.rollout(run, GOLD).tallies["gold"].episodes == TASKS
    assert stages.judge(run).total.played == TASKS


def test_a_damaged_task_is_told_and_the_other_domains_are_played(run: Path) -> None:
    path = run / "domains" / "a" / "tasks.jsonl"
    path.write_bytes(b"\xff" + path.read_bytes())
    result = stages.rollout(run, GOLD)
    assert result.tallies["gold"].episodes == TASKS
    assert [item.subject for item in result.failures] == ["a"]
    assert "it is not UTF-8 text" in result.failures[0].detail


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cassette": "none.json"}, "there is no cassette"),
        ({"cassette": "text"}, "cannot read"),
        ({"cache": "text"}, "File exists"),
    ],
)
def test_answers_that_cannot_be_read_are_told_before_anything_is_played(
    options: dict[str, str], told: str, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no JSON", "utf-8")
    paths = {name: tmp_path / value for name, value in options.items()}
    request = Request(agents=("openai/none",), options=Options(**paths))
    with pytest.raises((RunError, OSError), match=told):
        stages.rollout(run, request)
    assert not (run / "trajectories.jsonl").exists()


def test_an_outage_is_told_a_few_times(run: Path, caplog: pytest.LogCaptureFixture) -> None:
    request = Request(agents=("openai/none",), trials=20, options=Options(api_base="http://127.0.0.1:9/v1", retries=0))
    result = stages.rollout(run, request)
    assert result.tallies["openai/none"].errors == 20 * 2 * TASKS
    told = [record.getMessage() for record in caplog.records if record.name.startswith("agentgym.play")]
    assert len(told) == TOLD + 1
    assert told[-1] == f"{20 * 2 * TASKS - TOLD} more warnings like these are not shown"
