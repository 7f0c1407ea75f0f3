"""A benchmark as a Gymnasium environment, by name, and over a checkout that is checked."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from agentgym.errors import LLMError, RunError, TaskError
from agentgym.evaluate.benchmark import Setup
from agentgym.evaluate.catalogue import BENCHMARKS, open_benchmark
from agentgym.evaluate.checkout import checkout, commit_of
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.puppets import Puppet
from agentgym.play.agents.agent import Turn
from tests.toy_benchmark import Toy


@pytest.mark.filterwarnings("ignore:.*alternative render modes.*:UserWarning")
def test_a_benchmark_is_a_gymnasium_environment() -> None:
    env = BenchmarkEnv(Toy())
    check_env(env)
    opening, info = env.reset(seed=1, options={"task": "2"})
    assert (opening, info["task"]) == ("Make it 2.", "2")
    assert env.step('{"name": "add", "arguments": {"number": 2}}')[:4] == ("2", 0.0, False, False)
    assert env.step("no JSON {")[:4] == ("Bye.", 1.0, True, False)
    assert env.step("more")[0].startswith("Error: the episode is over")
    assert env.tools[0]["function"]["name"] == "add"
    env.close()


def test_tasks_are_drawn_by_the_seed_and_taken_by_index() -> None:
    env = BenchmarkEnv(Toy())
    drawn = [env.reset(seed=5)[1]["task"], *(env.reset()[1]["task"] for _ in range(5))]
    assert drawn == [env.reset(seed=5)[1]["task"], *(env.reset()[1]["task"] for _ in range(5))]
    assert len(set(drawn)) > 1
    assert env.reset(options={"task": -1})[1]["task"] == "4"
    with pytest.raises(TaskError, match="no task '9'"):
        env.reset(options={"task": "9"})
    with pytest.raises(TaskError, match="unknown reset options"):
        env.reset(options={"tusk": "1"})


def test_a_user_that_is_away_truncates_the_episode() -> None:
    def gone(seed: int) -> None:
        raise LLMError("out of reach")

    env = BenchmarkEnv(Toy(talks=gone))
    env.reset(seed=1)
    observation, reward, terminated, truncated, info = env.step("Hello?")
    assert (reward, terminated, truncated, info["stop"]) == (0.0, False, True, "user_error")
    assert "out of reach" in observation


def test_benchmarks_go_by_name_and_are_suggested() -> None:
    with pytest.raises(RunError, match="did you mean 'tau-airline'"):
        open_benchmark("tau-airlin", Setup())
    assert {"envscale/tau-retail-v0", "envscale/tau2-telecom-v0"} <= set(gymnasium.registry)
    assert set(BENCHMARKS) >= {"tau-retail", "tau-airline", "tau2-retail", "tau2-telecom"}


def test_a_checkout_is_asked_for_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTGYM_TOYS", raising=False)
    with pytest.raises(RunError, match="--checkout or AGENTGYM_TOYS"):
        checkout(None, "AGENTGYM_TOYS", "toys", "toys.py")
    monkeypatch.setenv("AGENTGYM_TOYS", str(tmp_path))
    with pytest.raises(RunError, match=r"has no toys\.py"):
        checkout(None, "AGENTGYM_TOYS", "toys", "toys.py")
    (tmp_path / "toys.py").touch()
    assert checkout(None, "AGENTGYM_TOYS", "toys", "toys.py") == tmp_path
    assert commit_of(tmp_path) == ("", None)


def test_a_puppet_needs_something_to_do() -> None:
    with pytest.raises(ValueError, match="has no turns"):
        Puppet("idle", [])
    puppet = Puppet("busy", [Turn("a"), Turn("b")])
    assert [puppet.act(()).content for _ in range(3)] == ["a", "b", "b"]
