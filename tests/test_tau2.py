"""τ²-bench's adapter: on a small checkout of our own, and on the real one where AGENTGYM_TAU2 names it."""

from __future__ import annotations

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

from agentgym.errors import RunError, TaskError
from agentgym.evaluate.benchmark import Setup
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.puppets import Puppet
from agentgym.llm import Options
from agentgym.play.agents.agent import Turn
from benchmarks.dialogue import dialogues
from tests.endpoint import Endpoint, chat
from tests.official import check_gold, play, puppet, untouched

FIXTURE = Path(__file__).parent / "fixtures" / "tau2_checkout"
NAMED = os.environ.get("AGENTGYM_TAU2", "")
named = pytest.mark.skipif(not NAMED, reason="AGENTGYM_TAU2 names no checkout of τ²-bench")
TICKET = "[ticket]front|back"


@pytest.fixture
def env() -> Iterator[BenchmarkEnv]:
    env = BenchmarkEnv("tau2-retail", checkout=FIXTURE)
    yield env
    env.close()


@pytest.fixture
def telecom() -> Iterator[BenchmarkEnv]:
    env = BenchmarkEnv("tau2-telecom", checkout=FIXTURE)
    yield env
    env.close()


@pytest.mark.parametrize("name", ["tau2-retail", "tau2-telecom"])
def test_gymnasiums_checker_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "checkout")
    tasks = tmp_path / "checkout/data/tau2/domains/retail/tasks.json"
    tasks.write_text(json.dumps(json.loads(tasks.read_text("utf-8"))[:2]), "utf-8")  # those that can be played
    check_env(gymnasium.make(f"envscale/{name}-v0", checkout=str(tmp_path / "checkout")).unwrapped)


def test_agents_get_what_they_should(env: BenchmarkEnv) -> None:
    kinds = ("gold", "null", "transfer", "talk")
    rewards = {kind: [puppet(env, kind, task)[0] for task in ("emma", "nothing")] for kind in kinds}
    assert rewards == {"gold": [1.0, 1.0], "null": [0.0, 1.0], "transfer": [0.0, 1.0], "talk": [0.0, 1.0]}


def test_the_last_info_says_how_the_reward_came_about(env: BenchmarkEnv) -> None:
    _, info = puppet(env, "talk", "emma")
    assert (info["stop"], info["reward_info"]) == ("user_done", {"db": 0.0, "communicate": 1.0})


def test_tools_of_the_user_are_the_users(telecom: BenchmarkEnv) -> None:
    assert puppet(telecom, "gold", TICKET)[0] == 1.0
    opening, _ = telecom.reset(options={"task": TICKET})
    assert opening.endswith("My tools: read_ticket.")
    assert "read_ticket" not in {tool["function"]["name"] for tool in telecom.tools}
    call = '{"name": "read_ticket", "arguments": {"side": "front"}}'
    assert telecom.step(call)[0].startswith("Error: "), "the agent has used a tool of the user's"
    assert telecom.step(f"Please do this: {call}")[0] == "I see: reader 7"
    assert telecom.step('Please do this: {"name": "lend", "arguments": {}} {"name": 3} {')[0].startswith("Yes, please.")


def test_steps_are_counted_as_the_official_orchestrator_does(telecom: BenchmarkEnv) -> None:
    """20 in the fixture: one of the user's opening, then two a call, and two a message."""
    reward, info = play(telecom, TICKET, Puppet("chatty", [Turn("What do you want?")]))
    assert (reward, info["stop"], info["turn"]) == (0.0, "max_steps", 10)
    look = '{"name": "get_book", "arguments": {"title": "Emma"}}'
    telecom.reset(options={"task": TICKET})
    assert [telecom.step(look)[3] for _ in range(10)] == [False] * 9 + [True]
    telecom.reset(options={"task": TICKET})
    ask = 'Do this: {"name": "read_ticket", "arguments": {"side": "front"}}'  # four: agent, user, its tool, user
    assert [telecom.step(ask)[3] for _ in range(5)] == [False] * 4 + [True]


def test_episodes_share_nothing(env: BenchmarkEnv) -> None:
    assert [puppet(env, "gold", "emma")[0] for _ in range(3)] == [1.0] * 3
    env.reset(options={"task": "emma"})
    assert json.loads(env.step('{"name": "get_book", "arguments": {"title": "Emma"}}')[0])["lent"] == ""
    lent = env.step('{"name": "get_book", "arguments": {"title": "Persuasion"}}')[0]
    assert json.loads(lent)["lent"] == "Cy", "the task's initial state has not been set"


def test_what_official_code_refuses_is_read_as_an_error(env: BenchmarkEnv) -> None:
    env.reset(options={"task": "emma"})
    for call in (
        {"name": "burn", "arguments": {}},
        {"name": "lend", "arguments": {"title": "Persuasion", "reader": "Ada"}},
        {"name": "get_book", "arguments": {"title": "Emma", "requestor": "user"}},
        {"name": "calculate", "arguments": {"expression": "9**9**9"}},
    ):
        observation, reward, terminated, _, _ = env.step(json.dumps(call))
        assert observation.startswith("Error: "), f"{call} is answered {observation!r}"
        assert (reward, terminated) == (0.0, False)


def test_an_import_leaves_no_trace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nor does the physics package of the same name, which may be installed, get in its way."""
    monkeypatch.setitem(sys.modules, "tau2", ModuleType("tau2"))
    shutil.copytree(FIXTURE, tmp_path / "checkout")
    with untouched("tau2"):
        env = BenchmarkEnv("tau2-telecom", checkout=tmp_path / "checkout")
        assert puppet(env, "gold", TICKET)[0] == 1.0


def test_wrong_folders_and_missing_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTGYM_TAU2", raising=False)
    with pytest.raises(RunError, match="AGENTGYM_TAU2"):
        open_benchmark("tau2-retail", Setup())
    (tmp_path / "tau2").mkdir()
    with pytest.raises(RunError, match="physics"):
        open_benchmark("tau2-retail", Setup(tmp_path))
    with pytest.raises(RunError, match=r"airline/db\.json is missing.*c6a1e817"):
        open_benchmark("tau2-airline", Setup(FIXTURE))


def test_tasks_that_cannot_be_played_say_why(env: BenchmarkEnv) -> None:
    for task, why in (
        ("opinion", r"opinion.*v0\.2\.0"),
        ("middle", "middle of a dialogue"),
        ("gone", "such as 'emma'"),
    ):
        with pytest.raises(TaskError, match=why):
            env.benchmark.episode(task, 0)


def test_the_identity_follows_the_files(tmp_path: Path) -> None:
    here = open_benchmark("tau2-retail", Setup(FIXTURE)).identity()
    assert (here.name, here.version, here.commit) == ("tau2-bench", "0.0.2", "")
    folder = tmp_path / "checkout"
    shutil.copytree(FIXTURE, folder)
    policy = "data/tau2/domains/retail/policy.md"
    (folder / policy).write_text("Lend nothing.", "utf-8")
    there = open_benchmark("tau2-retail", Setup(folder)).identity()
    assert {file for file in here.data if here.data[file] != there.data[file]} == {policy}
    shutil.copy(folder / "data/tau2/domains/retail/db.json", folder / "data/tau2/domains/airline/db.json")
    assert open_benchmark("tau2-airline", Setup(folder)).identity().version == "0.0.2+other-database"


def test_a_model_plays_the_user_by_the_official_prompt() -> None:
    lines = [
        chat("Hello, I want Emma."),
        chat(None, ("read_ticket", {"side": "front"}), ("read_ticket", {"side": "back"})),
        chat("It says reader 7."),
        chat("Thank you. ###STOP###"),
    ]
    with Endpoint(lines) as endpoint:
        env = BenchmarkEnv("tau2-telecom", checkout=FIXTURE, user="openai/m", options=Options(api_base=endpoint.url))
        assert env.reset(options={"task": TICKET})[0] == "Hello, I want Emma."
        assert env.step("What is your number?")[0] == "It says reader 7."
        env.step('{"name": "lend", "arguments": {"title": "Emma", "reader": "7"}}')
        observation, reward, terminated, _, info = env.step("Here you are.")
    assert (observation, reward, terminated) == ("Thank you. ###STOP###", 1.0, True)
    assert (info["stop"], info["reward_info"]) == ("user_done", {"db": 1.0, "communicate": 1.0})
    asked = endpoint.seen[-1].json
    assert asked["messages"][0]["content"].startswith("You read books, and have a ticket.")
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["read_ticket"]
    assert asked["temperature"] == 0.25, "the official default, where nobody says another"
    roles = [one["role"] for one in asked["messages"]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "tool", "tool", "assistant", "user"]


def test_a_user_may_end_it_with_the_first_word() -> None:
    with Endpoint([chat("Wrong number. ###OUT-OF-SCOPE###")]) as endpoint:
        env = BenchmarkEnv("tau2-retail", checkout=FIXTURE, user="openai/m", options=Options(api_base=endpoint.url))
        env.reset(options={"task": "nothing"})
        _, reward, terminated, _, info = env.step("Hello?")
    assert (reward, terminated, info["stop"]) == (1.0, True, "user_gave_up")


def test_a_users_call_without_json_is_told() -> None:
    with Endpoint([chat("Hello."), chat(None, ("read_ticket", "side=front"))]) as endpoint:
        env = BenchmarkEnv("tau2-telecom", checkout=FIXTURE, user="openai/m", options=Options(api_base=endpoint.url))
        env.reset(options={"task": TICKET})
        observation, *_, info = env.step("Your ticket, please.")
    assert info["stop"] == "user_error"
    assert "side=front" in observation


@named
@pytest.mark.parametrize(("name", "tasks"), [("tau2-retail", 114), ("tau2-telecom", 114), ("tau2-airline", 50)])
def test_gold_earns_the_official_reward(name: str, tasks: int) -> None:
    if name == "tau2-airline" and not (Path(NAMED) / "data/tau2/domains/airline/db.json").is_file():
        pytest.skip("this checkout has no airline database")
    check_gold(name, tasks)


@named
def test_gymnasiums_checker_has_nothing_to_say_of_the_real_one() -> None:
    with untouched("tau2"):
        check_env(gymnasium.make("envscale/tau2-telecom-v0").unwrapped)


@named
@pytest.mark.parametrize("name", ["tau2-retail", "tau2-telecom"])
def test_models_play_whole_dialogues(name: str) -> None:
    ids = list(open_benchmark(name, Setup()).tasks())
    assert dialogues(name, Setup(), [ids[3], ids[11]]) == [1.0, 1.0]
