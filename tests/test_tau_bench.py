"""τ-bench's adapter: on a small checkout of our own, and on the real one where AGENTGYM_TAU_BENCH names it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from agentgym import registry
from agentgym.errors import RunError, TaskError
from agentgym.evaluate.benchmark import History, Setup
from agentgym.evaluate.catalogue import BENCHMARKS, open_benchmark
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.playing import Wanted, play_trial
from agentgym.evaluate.puppets import Puppet
from agentgym.evaluate.tau_bench.adapter import TauBench
from agentgym.llm import Options
from agentgym.play.agents.agent import Turn
from benchmarks.dialogue import dialogues
from tests.endpoint import Endpoint, chat, refuse
from tests.official import check_gold, play, puppet, untouched

FIXTURE = Path(__file__).parent / "fixtures" / "tau_bench_checkout"
NAMED = os.environ.get("AGENTGYM_TAU_BENCH", "")
named = pytest.mark.skipif(not NAMED, reason="AGENTGYM_TAU_BENCH names no checkout of τ-bench")


@pytest.fixture
def env() -> Iterator[BenchmarkEnv]:
    env = BenchmarkEnv("tau-retail", checkout=FIXTURE)
    yield env
    env.close()


def broken(folder: Path, file: str, text: str) -> Path:
    """A copy of the fixture in which one file is another."""
    shutil.copytree(FIXTURE, folder)
    (folder / file).write_text(text, "utf-8")
    return folder


def replayed(history: History) -> float:
    """The reward that a recorded trial earns now."""
    wanted = Wanted(history.task, history.trial, 0)
    return asyncio.run(play_trial("tau", wanted, lambda: history.episode, lambda: history.agent)).score.reward


def test_every_benchmark_has_a_gymnasium_id() -> None:
    assert tuple(BENCHMARKS) == registry.BENCHMARKS
    assert {f"envscale/{name}-v0" for name in BENCHMARKS} <= set(gymnasium.registry)


def test_gymnasiums_checker_has_nothing_to_say() -> None:
    check_env(gymnasium.make("envscale/tau-retail-v0", checkout=str(FIXTURE)).unwrapped)


def test_agents_get_what_they_should(env: BenchmarkEnv) -> None:
    rewards = {
        kind: [puppet(env, kind, task)[0] for task in ("0", "1")] for kind in ("gold", "null", "transfer", "talk")
    }
    assert rewards == {"gold": [1.0, 1.0], "null": [0.0, 1.0], "transfer": [0.0, 1.0], "talk": [0.0, 1.0]}


def test_the_last_info_says_how_the_reward_came_about(env: BenchmarkEnv) -> None:
    _, info = puppet(env, "gold", "0")
    assert (info["stop"], info["reward_info"]) == ("user_done", {"outputs": 1.0})
    _, info = puppet(env, "gold", "1")
    assert (info["stop"], info["reward_info"]) == ("transferred", {})


def test_episodes_share_nothing(env: BenchmarkEnv) -> None:
    """A tool keeps and edits the list that it is given, which must not be gold's own: twice is as good as once."""
    gold = env.benchmark.puppet("gold", "0")
    assert gold is not None
    first = [gold.act(()) for _ in range(3)]
    assert [puppet(env, "gold", "0")[0] for _ in range(3)] == [1.0] * 3
    again = env.benchmark.puppet("gold", "0")
    assert again is not None
    assert [again.act(()) for _ in range(3)] == first
    env.reset(options={"task": "0"})
    assert json.loads(env.step('{"name": "get_book", "arguments": {"title": "Emma"}}')[0])["lent"] == []


def test_what_official_code_refuses_is_read_as_an_error(env: BenchmarkEnv) -> None:
    env.reset(options={"task": "0"})
    for call in (
        {"name": "burn", "arguments": {}},
        {"name": "lend", "arguments": {"title": "Persuasion", "readers": []}},
        {"name": "get_book", "arguments": {"data": {}, "title": "Emma"}},
        {"name": "calculate", "arguments": {"expression": "9**9**9"}},
        {"name": "calculate", "arguments": {"expression": "9**(9**9)"}},
        {"name": "calculate", "arguments": {"expression": "9**123456789"}},
        {"name": "calculate", "arguments": {"expression": "(((9**99)**99)**99)**99"}},
    ):
        observation, reward, terminated, _, _ = env.step(json.dumps(call))
        assert observation.startswith("Error: "), f"{call} is answered {observation!r}"
        assert (reward, terminated) == (0.0, False)
    assert env.step('{"name": "calculate", "arguments": {"expression": "2**10 * 3"}}')[0] == "3072"


def test_an_episode_that_does_not_end_is_cut_and_worth_nothing(env: BenchmarkEnv) -> None:
    reward, info = play(env, "1", Puppet("chatty", [Turn("What do you want?")]))
    assert (reward, info["stop"], info["turn"]) == (0.0, "max_steps", 30)


def test_an_import_leaves_no_trace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tau_bench", ModuleType("tau_bench"))  # a namesake that is installed
    folder = tmp_path / "checkout"
    shutil.copytree(FIXTURE, folder)
    with untouched("tau_bench"):
        env = BenchmarkEnv("tau-retail", checkout=folder)
        assert puppet(env, "gold", "0")[0] == 1.0


def test_two_checkouts_live_side_by_side(env: BenchmarkEnv, tmp_path: Path) -> None:
    file = "tau_bench/envs/retail/data/books.json"
    other = BenchmarkEnv("tau-retail", checkout=broken(tmp_path / "other", file, '{"Emma": {"grams": 5, "lent": []}}'))
    look = '{"name": "get_book", "arguments": {"title": "Emma"}}'
    for one, grams in ((env, 412), (other, 5), (env, 412)):
        one.reset(options={"task": "0"})
        assert json.loads(one.step(look)[0])["grams"] == grams


def test_a_folder_that_is_none_is_told_from_one_that_lacks_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENTGYM_TAU_BENCH", raising=False)
    with pytest.raises(RunError, match="AGENTGYM_TAU_BENCH"):
        open_benchmark("tau-retail", Setup())
    with pytest.raises(RunError, match=r"no checkout of τ-bench.*tau_bench/envs/base\.py"):
        open_benchmark("tau-retail", Setup(tmp_path))
    lacking = broken(tmp_path / "lacking", "tau_bench/types.py", "import a_package_that_nobody_has\n")
    with pytest.raises(RunError, match=r"a_package_that_nobody_has.*pip install -e"):
        open_benchmark("tau-retail", Setup(lacking))


def test_tasks_go_by_their_index(env: BenchmarkEnv) -> None:
    assert env.benchmark.tasks() == ["0", "1"]
    for wrong in ("2", "-1", "first", ""):
        with pytest.raises(TaskError, match="'0' to '1'"):
            env.benchmark.episode(wrong, 0)


def test_the_identity_follows_the_files(tmp_path: Path) -> None:
    here = open_benchmark("tau-retail", Setup(FIXTURE)).identity()
    assert (here.name, here.version, here.commit) == ("tau-bench", "0.0.1", "")
    data = "tau_bench/envs/retail/data/books.json"
    there = open_benchmark("tau-retail", Setup(broken(tmp_path / "other", data, "{}"))).identity()
    assert {file for file in here.data if here.data[file] != there.data[file]} == {data}
    assert {"tau_bench/envs/base.py", "tau_bench/envs/retail/tasks_test.py"} <= set(here.data)


def test_a_model_plays_the_user_by_the_official_prompt() -> None:
    with Endpoint([chat("Hello, I want Emma."), chat("Go on."), chat("###STOP###")]) as endpoint:
        env = BenchmarkEnv("tau-retail", checkout=FIXTURE, user="openai/m", options=Options(api_base=endpoint.url))
        gold = env.benchmark.puppet("gold", "0")
        assert gold is not None
        calls = [gold.act(()) for _ in range(2)]
        assert env.reset(options={"task": "0"})[0] == "Hello, I want Emma."
        assert env.step("Just a moment.")[0] == "Go on."
        for turn in calls:
            (call,) = turn.calls  # type: ignore[union-attr]
            env.step(json.dumps({"name": call.name, "arguments": call.arguments}))
        observation, reward, terminated, _, info = env.step("It weighs 412 grams.")
    assert (observation, reward, terminated, info["stop"]) == ("###STOP###", 1.0, True, "user_done")
    asked = endpoint.seen[-1].json["messages"]
    assert asked[0]["content"] == "You are a reader. You are Ada. Borrow Emma and learn what it weighs."
    assert [one["role"] for one in asked] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert "temperature" not in endpoint.seen[-1].json, "τ-bench asks its user's model without one"
    assert env._course is not None
    assert env._course.episode.spent["user_completion_tokens"] == 21


def test_a_user_out_of_reach_is_no_failure_of_the_agent() -> None:
    with Endpoint([chat("Hello."), refuse(401, "no")]) as endpoint:
        options = Options(api_base=endpoint.url, retries=0)
        env = BenchmarkEnv("tau-retail", checkout=FIXTURE, user="openai/m", options=options)
        env.reset(options={"task": "0"})
        observation, reward, terminated, truncated, info = env.step("Yes?")
    assert observation.startswith("Error: the user cannot answer")
    assert (reward, terminated, truncated, info["stop"]) == (0.0, False, True, "user_error")


def test_recorded_trajectories_are_played_again(tmp_path: Path) -> None:
    def call(name: str, **arguments: object) -> dict[str, object]:
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"role": "assistant", "content": None, "tool_calls": [{"function": function}]}

    user = [{"role": "user", "content": words} for words in ("I am Ada.", "###STOP###")]
    lent = call("lend", title="Emma", readers=["Ada"])
    good = [user[0], lent, {"role": "tool", "content": "lent"}, {"role": "assistant", "content": "{412}"}, user[1]]
    trials = [
        {"task_id": 0, "trial": 0, "reward": 1.0, "traj": good},
        {"task_id": 0, "trial": 1, "reward": 0.0, "traj": [user[0], lent, {"role": "tool", "content": "lent"}]},
    ]
    path = tmp_path / "trials.json"
    path.write_text(json.dumps(trials), "utf-8")
    bench = open_benchmark("tau-retail", Setup(FIXTURE))
    assert isinstance(bench, TauBench)
    histories = list(bench.histories(path))
    assert [(one.task, one.trial) for one in histories] == [("0", 0), ("0", 1)]
    assert [replayed(one) for one in histories] == [one.reward for one in histories] == [1.0, 0.0]
    path.write_text('[{"task_id": 0}]', "utf-8")
    with pytest.raises(RunError, match="no trajectories of τ-bench"):
        list(bench.histories(path))


@named
@pytest.mark.parametrize(("name", "tasks"), [("tau-retail", 115), ("tau-airline", 50), ("tau-retail-dev", 20)])
def test_gold_earns_the_official_reward(name: str, tasks: int) -> None:
    check_gold(name, tasks)


@named
def test_gymnasiums_checker_has_nothing_to_say_of_the_real_one() -> None:
    with untouched("tau_bench"):
        check_env(gymnasium.make("envscale/tau-airline-v0").unwrapped)


@named
def test_recorded_rewards_are_reproduced() -> None:
    """Some of the trials; ``benchmarks.adapters`` plays them all."""
    bench = open_benchmark("tau-airline", Setup())
    assert isinstance(bench, TauBench)
    histories = list(bench.histories(bench.root / "historical_trajectories" / "gpt-4o-airline.json"))
    assert len(histories) == 200
    some = histories[::29]
    assert [replayed(one) for one in some] == [one.reward for one in some]


@named
@pytest.mark.parametrize("name", ["tau-retail", "tau-airline"])
def test_models_play_whole_dialogues(name: str) -> None:
    assert dialogues(name, Setup(), ["3", "11"]) == [1.0, 1.0]
