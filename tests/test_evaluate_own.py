"""Our own environments evaluated, by rules and by models over HTTP, through the command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agentgym.cli.app import app
from agentgym.episode import Terms
from agentgym.errors import DomainError, RunError
from agentgym.evaluate.benchmark import Setup
from agentgym.evaluate.own import OwnBenchmark
from agentgym.evaluate.runner import Request, evaluate
from agentgym.evaluate.store import read_trials
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.rollouts.rollout import rollouts
from tests.endpoint import Endpoint, closed_port
from tests.minishop import MINISHOP
from tests.test_llm_dialogue import Stage


def ran(*words: object) -> tuple[int, Any]:
    """Exit code and JSON of a command."""
    done = CliRunner().invoke(app, ["eval", *map(str, words), "--json"])
    return done.exit_code, json.loads(done.stdout) if done.exit_code < 2 else done.stderr


def figures(told: Any) -> dict[str, float]:
    return {result["agent"]: result["accuracy"]["failed"]["value"] for result in told["results"]}


@pytest.fixture
def two_shops(tmp_path: Path) -> Path:
    """A run folder of two domains with tasks of their own."""
    for name in ("a", "b"):
        folder = tmp_path / "run" / "domains" / name
        shutil.copytree(MINISHOP, folder, ignore=shutil.ignore_patterns("__pycache__"))
        text = (folder / "tasks.jsonl").read_text("utf-8").replace('"id":"minishop-', f'"id":"{name}-')
        (folder / "tasks.jsonl").write_text(text, "utf-8")
    return tmp_path / "run"


def test_a_trial_is_the_episode_of_a_rollout(tmp_path: Path) -> None:
    """Whoever trains on rollouts and evaluates here sees the same."""
    benchmark = OwnBenchmark(str(MINISHOP), Setup())
    trials = read_trials(evaluate(benchmark, Setup(), Request(agent="fallible", trials=8), tmp_path)).values()
    played = {(one.task, one.trial): one for one in rollouts([MINISHOP], [FallibleAgent], trials=8)}
    assert len(played) == len(trials) > 0
    for trial in trials:
        other = played[trial.score.task, trial.score.trial]
        assert (trial.messages, trial.score.reward, trial.stop) == (other.messages, other.reward, other.stop)
    assert len({trial.score.reward for trial in trials}) == 2, "all went alike, so the test proves little"


def test_gold_wins_all_and_the_floors_nothing(tmp_path: Path) -> None:
    code, told = ran(MINISHOP, "-a", "gold", "--out", tmp_path)
    assert code == 0
    assert figures(told) == {"gold": 1.0, "null": 0.0, "talk": 0.0}
    assert Path(told["report"]).is_file()


def test_a_folder_of_domains_is_one_benchmark(two_shops: Path, tmp_path: Path) -> None:
    code, told = ran(two_shops, "-a", "gold", "--no-floors", "--out", tmp_path / "out")
    assert code == 0
    (result,) = told["results"]
    assert set(result["groups"]) == {"a", "b"}
    assert result["summary"] == {"mean of domains": 1.0}
    assert set(result["identity"]["data"]) == {"a", "b"}


def test_a_domain_that_has_changed_is_not_mixed_with_what_was_played(two_shops: Path, tmp_path: Path) -> None:
    assert ran(two_shops, "-a", "gold", "--limit", "1", "--out", tmp_path / "out")[0] == 0
    policy = two_shops / "domains" / "a" / "policy.md"
    policy.write_text(policy.read_text("utf-8") + "\nBe kind.\n", "utf-8")
    code, words = ran(two_shops, "-a", "gold", "--limit", "1", "--out", tmp_path / "out")
    assert code == 2
    assert "identity" in words


def test_models_play_agent_and_user_over_http(tmp_path: Path) -> None:
    with Endpoint(Stage()) as endpoint:
        code, told = ran(
            MINISHOP, "-a", "openai/agent", "--user", "openai/user", "--api-base", endpoint.url,
            "--user-api-base", endpoint.url, "--concurrency", "6", "--export", "inspect", "--out", tmp_path,
        )  # fmt: skip
        most = endpoint.most
    assert code == 0
    assert figures(told)["openai/agent"] == 1.0
    assert most > 1, "trials were not in flight together"
    result = next(one for one in told["results"] if one["agent"] == "openai/agent")
    assert result["cost"]["agent_prompt_tokens"] > 0 and result["cost"]["user_prompt_tokens"] > 0
    assert "openai/agent (user: openai/user)" in Path(told["report"]).read_text("utf-8")
    with Endpoint(Stage()) as endpoint:  # nobody is asked twice
        ran(MINISHOP, "-a", "openai/agent", "--user", "openai/user", "--user-api-base", endpoint.url, "--out", tmp_path)
        assert not endpoint.seen


def test_an_endpoint_that_is_away_makes_errors_that_can_be_retried(tmp_path: Path) -> None:
    asked = (MINISHOP, "-a", "openai/agent", "--no-floors", "--limit", "2", "--out", tmp_path)
    code, told = ran(*asked, "--api-base", f"http://127.0.0.1:{closed_port()}/v1")
    assert code == 1
    (result,) = told["results"]
    assert (result["infrastructure"], result["accuracy"]["failed"]["value"]) == (2, 0.0)
    with Endpoint(Stage()) as endpoint:
        code, told = ran(*asked, "--api-base", endpoint.url, "--retry-errors")
    assert code == 0
    assert figures(told) == {"openai/agent": 1.0}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("retial",), "there is no benchmark"),
        (("envscale/retial-v0",), "did you mean 'retail'"),
        ((MINISHOP, "-a", "planer"), "did you mean 'planner'"),
        ((MINISHOP, "--user", "nobody"), "there is no user 'nobody'"),
        ((MINISHOP, "--tasks", "x-1"), "no task 'x-1'"),
        ((MINISHOP, "--trajectories", "x.json"), "reads no recorded trajectories"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_a_line(words: tuple[object, ...], complaint: str, tmp_path: Path) -> None:
    code, told = ran(*words, "--out", tmp_path)
    assert code == 2
    assert complaint in told


def test_domains_without_tasks_are_refused(two_shops: Path, tmp_path: Path) -> None:
    for path in two_shops.rglob("tasks.jsonl"):
        path.unlink()
    with pytest.raises(RunError, match="have no tasks"):
        OwnBenchmark(str(two_shops), Setup())
    with pytest.raises(RunError, match="holds no domain"):
        OwnBenchmark(str(tmp_path), Setup())
    with pytest.raises(DomainError):
        OwnBenchmark("envscale/nowhere-v0", Setup())


def test_one_id_for_two_tasks_is_refused(two_shops: Path) -> None:
    shutil.copy(two_shops / "domains/a/tasks.jsonl", two_shops / "domains/b/tasks.jsonl")
    with pytest.raises(RunError, match="ids have to be unique"):
        OwnBenchmark(str(two_shops), Setup())


def test_steps_are_limited_as_in_a_rollout(tmp_path: Path) -> None:
    benchmark = OwnBenchmark(str(MINISHOP), Setup(max_steps=2))
    trials = read_trials(evaluate(benchmark, Setup(max_steps=2), Request(agent="gold"), tmp_path)).values()
    assert {trial.stop for trial in trials} == {"max_steps"}
    assert Terms().max_steps == OwnBenchmark(str(MINISHOP), Setup()).episode(benchmark.tasks()[0], 0).max_steps
