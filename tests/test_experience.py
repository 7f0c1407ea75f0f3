"""The rollout stage: what is over is not played again, and the same request gives the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agentgym import experience, stages
from agentgym.cli.app import app
from agentgym.errors import RunError
from agentgym.executors import executor
from agentgym.files import read_records
from agentgym.llm import Options
from agentgym.play.agents.agent import MakeAgent
from agentgym.play.rollouts import batches
from agentgym.play.rollouts.batches import Portion, Request, in_batches, wanted
from agentgym.play.rollouts.engine import Play
from agentgym.play.rollouts.players import AGENTS, USERS
from agentgym.play.rollouts.rollout import rollouts
from agentgym.play.rollouts.sparing import TOLD
from agentgym.types import Rejection, Task, Trajectory
from tests.players import Later, Patient, Script
from tests.test_executors import FakeRay

SHOP = Path(__file__).parent / "fixtures" / "minishop"
TASKS = len(list(read_records(SHOP / "tasks.jsonl", Task)))
GOLD = Request(agents=("gold",))
BOTH = Request(agents=("gold", "fallible"), trials=2)


def make_run(root: Path, *names: str) -> Path:
    """A run of domains that differ in their folders' names alone."""
    for name in names:
        shutil.copytree(SHOP, root / "domains" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", "a", "b")


@pytest.fixture(autouse=True)
def same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone may edit the code while the tests run."""
    monkeypatch.setattr(experience, "program", lambda: "today's")


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Play]]:
    """What is played, in this process."""
    begun: list[Play] = []
    genuine = batches.played

    def counting(plays: Iterator[Play], *args: Any, **options: Any) -> Iterator[Any]:
        return genuine((begun.append(play) or play for play in plays), *args, **options)  # type: ignore[func-returns-value]

    monkeypatch.setattr(batches, "played", counting)
    yield begun


def trajectories(run: Path) -> bytes:
    return (run / "trajectories.jsonl").read_bytes()


def test_the_stage_writes_what_rollouts_gives(run: Path) -> None:
    result = stages.rollout(run, BOTH)
    folders = [run / "domains" / name for name in ("a", "b")]
    makers: list[MakeAgent] = [AGENTS["gold"], AGENTS["fallible"]]
    assert list(read_records(run / "trajectories.jsonl", Trajectory)) == list(rollouts(folders, makers, trials=2))
    gold = result.tallies["gold"]
    assert (gold.episodes, gold.reward, dict(gold.stops)) == (4 * TASKS, 4.0 * TASKS, {"user_done": 4 * TASKS})
    fallible = result.tallies["fallible"]
    assert fallible.faults.total() == fallible.episodes - fallible.reward, (
        "a failure is somebody's fault, a success nobody's"
    )


def test_what_is_over_is_not_played_again(run: Path, count: list[Play]) -> None:
    stages.rollout(run, GOLD)
    first = trajectories(run)
    count.clear()
    result = stages.rollout(run, GOLD)
    assert not count and trajectories(run) == first
    assert result.tallies["gold"].episodes == 2 * TASKS, "what was played before counts"


@pytest.mark.parametrize(
    ("more", "new"),
    [
        ({"trials": 3}, 2 * 2 * TASKS),
        ({"agents": ("gold", "fallible")}, 2 * TASKS),
        ({"agents": ("fallible",)}, 2 * TASKS),
        ({"seed": 1}, 2 * TASKS),
        ({"max_steps": 12}, 2 * TASKS),
    ],
)
def test_only_what_is_new_is_played(
    run: Path, tmp_path: Path, count: list[Play], more: dict[str, Any], new: int
) -> None:
    stages.rollout(run, GOLD)
    count.clear()
    stages.rollout(run, GOLD.model_copy(update=more))
    assert len(count) == new
    fresh = make_run(tmp_path / "fresh", "a", "b")
    stages.rollout(fresh, GOLD.model_copy(update=more))
    assert trajectories(run) == trajectories(fresh), "the file holds what was asked for last, and nothing else"


def test_a_task_that_changed_is_played_again_and_no_other(run: Path, count: list[Play]) -> None:
    stages.rollout(run, GOLD)
    count.clear()
    path = run / "domains" / "a" / "tasks.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([lines[0].replace('"intent":"', '"intent":"Please. '), *lines[1:]]), "utf-8")
    stages.rollout(run, GOLD)
    assert [(play.folder.name, play.task) for play in count] == [("a", 0)]
    count.clear()
    (run / "domains" / "b" / "policy.md").write_text("New rules.\n")
    stages.rollout(run, GOLD)
    assert Counter(play.folder.name for play in count) == {"b": TASKS}


def test_what_can_be_played_again_does_not_pile_up(run: Path, model: str) -> None:
    stages.rollout(run, Request(agents=("gold", model)))
    for seed in range(1, 9):
        stages.rollout(run, Request(agents=("gold",), seed=seed, trials=2))
    lines = (run / ".build" / "rollout" / "a.jsonl").read_text("utf-8").splitlines()
    names = Counter(json.loads(line)["trajectory"]["agent"] for line in lines)
    assert names[model] == TASKS, "what a model was paid for is never dropped"
    assert names["gold"] <= 2 * (2 * TASKS) + TASKS, f"episodes that nobody asks for any more pile up: {names}"


def test_some_domains_can_be_named(run: Path, count: list[Play]) -> None:
    stages.rollout(run, GOLD, domains=["b"])
    assert {play.folder.name for play in count} == {"b"}
    with pytest.raises(RunError, match="no domain 'bb'; did you mean 'b'"):
        stages.rollout(run, GOLD, domains=["bb"])


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_gives_the_same_bytes(run: Path, tmp_path: Path, workers: int) -> None:
    stages.rollout(run, BOTH)
    other = make_run(tmp_path / "other", "a", "b")
    told: list[tuple[int, int]] = []
    stages.rollout(other, BOTH, workers=workers, progress=lambda stage, done, total: told.append((done, total)))
    assert trajectories(other) == trajectories(run)
    assert told == [(done, 8 * TASKS) for done in range(8 * TASKS + 1)], "progress is told of every episode"


def test_ray_gives_the_same_bytes_without_our_disk(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stages.rollout(run, BOTH)
    monkeypatch.setitem(sys.modules, "ray", FakeRay())
    monkeypatch.setattr(batches, "AWAY", 3)
    other = make_run(tmp_path / "other", "a", "b")
    seen: list[Path] = []
    genuine = batches.play_batch

    def watched(batch: batches.Batch) -> Iterator[batches.Over]:
        seen.extend(portion.folder for portion in batch.portions)
        return genuine(batch)

    monkeypatch.setattr(batches, "play_batch", watched)
    stages.rollout(other, BOTH, on="ray")
    assert trajectories(other) == trajectories(run)
    assert seen and not any(folder.is_relative_to(tmp_path / "other") for folder in seen), "it read the run folder"


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


# -- sharing out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("agents", [("gold",), ("gold", "openai/tiny")])
@pytest.mark.parametrize("away", [False, True])
def test_every_episode_is_in_one_batch(run: Path, workers: int, agents: tuple[str, ...], away: bool) -> None:
    request = Request(agents=agents, trials=3)
    asked = {folder: wanted(folder, request, "") for folder in sorted((run / "domains").iterdir())}
    portions = [Portion(folder, episodes) for folder, episodes in asked.items()]
    made = in_batches(portions, request, workers=workers, away=away, concurrency=100)
    given = [(portion.folder, episode) for batch in made for portion in batch.portions for episode in portion.episodes]
    assert sorted(given) == sorted((folder, episode) for folder, episodes in asked.items() for episode in episodes)
    assert all(batch.concurrency == max(1, 100 // workers) for batch in made)
    if len(agents) > 1 and not away:
        assert len(made) <= workers, "models are waited for in as few processes as there are, all domains together"
    empty = in_batches([Portion(run, [])], request, workers=workers, away=away, concurrency=1)
    assert not [portion.episodes for batch in empty for portion in batch.portions if portion.episodes]


def test_keys_tell_everything_apart(run: Path) -> None:
    folder = run / "domains" / "a"
    requests = [GOLD, *(GOLD.model_copy(update=more) for more in ({"seed": 5}, {"max_steps": 9}, {"user": "openai/u"}))]
    keys = [episode.key for request in requests for episode in wanted(folder, request, "p")]
    keys += [episode.key for episode in wanted(folder, GOLD, "q")]
    keys += [episode.key for episode in wanted(folder, Request(agents=("fallible",), trials=1), "p")]
    assert len(set(keys)) == len(keys) == 6 * TASKS
    twice = wanted(folder, GOLD.model_copy(update={"trials": 2}), "p")
    assert {episode.key for episode in wanted(folder, GOLD, "p")} == {one.key for one in twice if one.trial == 0}
    model = Request(agents=("openai/x",))
    there = model.model_copy(update={"options": Options(api_base="http://other:1/v1")})
    assert wanted(folder, there, "p") == wanted(folder, model, "p"), "where a model is served changes nothing"
    assert wanted(folder, model.model_copy(update={"temperature": 1.0}), "p") != wanted(folder, model, "p")


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


def command(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["rollout", *map(str, arguments)], prog_name="agentgym")


def test_the_command_tells_people_and_programs(run: Path) -> None:
    shown = command(run, "--agent", "gold", "--agent", "fallible", "--trials", 2, "--workers", 1)
    assert shown.exit_code == 0, shown.output
    assert "mean reward" in shown.stdout and "by the fault of" in shown.stdout
    told = json.loads(command(run, "-a", "gold", "-a", "gold", "--workers", 1, "--json").stdout)
    assert told["episodes"] == 2 * TASKS and told["failures"] == []
    assert told["agents"] == {
        "gold": {"cost": {}, "episodes": 2 * TASKS, "faults": {}, "reward": 1.0, "stops": {"user_done": 2 * TASKS}}
    }


def test_errors_make_an_exit_code(run: Path, model: str) -> None:
    shown = command(run, "--agent", model, "--workers", 1)
    assert shown.exit_code == 1 and "--retry-errors" in shown.stdout
    assert "OSError: connection refused" in shown.stdout, "the reason must be shown"
    shown = command(run, "--agent", model, "--api-key-env", "NO_SUCH_KEY", "--workers", 1)
    assert shown.exit_code == 2 and "NO_SUCH_KEY" in shown.stderr
    for wrong in (
        ["--agent", "glod"],
        ["--user", "scriptd"],
        ["--domains", "zz"],
        ["--concurrency", 0],
        ["--max-steps", 1],
    ):
        assert command(run, *wrong).exit_code == 2, f"{wrong} is bad input"


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
