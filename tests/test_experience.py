"""The rollout stage: what is over is not played again, and the same request gives the same bytes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym import stages
from agentgym.errors import RunError
from agentgym.files import read_records
from agentgym.llm import Options
from agentgym.play.agents.agent import MakeAgent
from agentgym.play.rollouts import batches
from agentgym.play.rollouts.batches import Portion, Request, in_batches, wanted
from agentgym.play.rollouts.engine import Play
from agentgym.play.rollouts.players import AGENTS
from agentgym.play.rollouts.rollout import rollouts
from agentgym.types import Trajectory
from tests.experienced import BOTH, GOLD, TASKS, make_run, trajectories
from tests.test_executors import FakeRay

pytestmark = pytest.mark.usefixtures("same_program")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", "a", "b")


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
