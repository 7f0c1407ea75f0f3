"""The Gymnasium environment: the checker's rules, hostile actions, rewards earned and not, and no gold in sight."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from agentgym import registry
from agentgym.env import ToolEnv
from agentgym.errors import AgentGymError, DomainError, TaskError
from agentgym.types import Fact, Task, ToolCall
from agentgym.users import Reply, Sight
from agentgym.world.load import load
from tests.minishop import MINISHOP

TASKS = load(MINISHOP).tasks()
DONE = '{"name": "respond", "arguments": {"content": "Done."}}'


@pytest.fixture
def env() -> Iterator[ToolEnv]:
    env = ToolEnv(folder=MINISHOP)
    yield env
    env.close()


def action(call: ToolCall) -> str:
    return json.dumps({"name": call.name, "arguments": call.arguments})


@pytest.mark.parametrize("mode", [None, "ansi", "human"])
def test_gymnasiums_checker_has_nothing_to_say(mode: str | None) -> None:
    identity = registry.register(MINISHOP)
    assert identity == "envscale/minishop-v0"
    check_env(gymnasium.make(identity, render_mode=mode).unwrapped)


def test_registered_ids_survive_as_json() -> None:
    spec = gymnasium.spec(registry.register(MINISHOP))
    again = gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())
    env = gymnasium.make(again)
    assert env.reset(seed=0)[0]
    env.close()
    env.close()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_the_gold_calls_earn_the_reward(env: ToolEnv, task: Task) -> None:
    opening, info = env.reset(options={"task": task.id})
    assert (opening, info["task"]) == (task.intent, task.id)
    for call in task.gold:
        observation, reward, terminated, truncated, _ = env.step(action(call))
        assert not observation.startswith("Error") and json.loads(observation)
        assert (reward, terminated, truncated) == (0.0, False, False)
    _, reward, terminated, truncated, info = env.step(f"Done. {', '.join(map(str, task.outputs))}")
    assert (reward, terminated, truncated, info["stop"]) == (1.0, True, False, "user_done")
    assert info["reward_info"]["reward"] == 1.0
    assert bool(info["diff"]) == task.writes


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
@pytest.mark.parametrize("mode", ["auto", "state", "exact"])
def test_talk_alone_earns_nothing(task: Task, mode: Any) -> None:
    env = ToolEnv(folder=MINISHOP, reward=mode)
    env.reset(options={"task": task})
    total, ended = 0.0, False
    while not ended:
        _, reward, terminated, truncated, info = env.step("It is done.")
        total, ended = total + reward, terminated or truncated
    assert total == 0.0
    assert info["stop"] == "user_gave_up"
    env.close()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_leaving_out_a_call_earns_nothing(env: ToolEnv, task: Task) -> None:
    for left_out in range(len(task.gold)):
        env.reset(options={"task": task})
        for number, call in enumerate(task.gold):
            if number != left_out:
                env.step(action(call))
        assert env.step(DONE)[1:3] == (0.0, False), f"without call {left_out}, {task.id} is not done"


def test_the_same_seed_gives_the_same_episode(env: ToolEnv) -> None:
    def play() -> list[Any]:
        env.action_space.seed(5)
        steps: list[Any] = [env.reset(seed=5)]
        steps += [env.step(env.action_space.sample()) for _ in range(10)]
        return steps

    assert play() == play()


def test_episodes_are_cut_at_max_steps() -> None:
    env = ToolEnv(folder=MINISHOP, max_steps=2)
    env.reset(options={"task": 0})
    assert env.step(action(TASKS[0].gold[0]))[1:4] == (0.0, False, False)
    _, reward, terminated, truncated, info = env.step("nonsense?")
    assert (reward, terminated, truncated, info["stop"]) == (1.0, True, False, "user_done"), (
        "the user may end the last step"
    )
    env.reset(options={"task": 0})
    env.step(action(TASKS[0].gold[0]))
    _, reward, terminated, truncated, info = env.step('{"name": "count_orders"}')
    assert (reward, terminated, truncated, info["stop"]) == (0.0, False, True, "max_steps")
    assert info["reward_info"]["reward"] == 0.0
    observation, reward, terminated, _, _ = env.step(DONE)
    assert (observation[:6], reward, terminated) == ("Error:", 0.0, True)
    env.close()


HOSTILE: list[Any] = [
    "{",
    '{"name": "f"',
    '{"name": "nothing", "arguments": {}}',
    '{"name": "__init__", "arguments": {}}',
    '{"name": "get_user_details", "arguments": {"__class__": 1}}',
    '{"name": "get_user_details", "arguments": {"user_id": 3}}',
    '{"name": "get_user_details", "arguments": {"user_id": "\\ud800"}}',
    '{"name": "top_up_balance", "arguments": {"user_id": "ana_silva_4411", "amount": NaN}}',
    '{"name": "top_up_balance", "arguments": {"user_id": "ana_silva_4411", "amount": 1e999}}',
    '{"name": "delete_order_item", "arguments": {"item_id": 99999999999999999999}}',
    '{"name": "delete_order_item", "arguments": {"item_id": ' + "9" * 5000 + "}}",
    '{"name": "get_user_details", "arguments": {"user_id": "' + "x" * 200_000 + '"}}',
    '{"name": "get_user_details", "arguments": {"user_id": ' + "[" * 50_000 + "]" * 50_000 + "}}",
    '{"name": "get_user_details", "arguments": {"user_id": ' + "[" * 50 + "]" * 50 + "}}",
    '{"name": "cancel_pending_order", "arguments": {"order_id": "\'; DROP TABLE user", "reason": "no longer needed"}}',
    "\ud800",
    None,
    3,
    b"{}",
    {"name": "get_user_details"},
    ["x"],
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: repr(value)[:60])
def test_hostile_actions_give_an_error_and_change_nothing(env: ToolEnv, hostile: Any) -> None:
    env.reset(options={"task": 0})
    before = env.world.digest()
    observation, reward, terminated, truncated, info = env.step(hostile)
    assert observation.startswith("Error: ") and len(observation) < 3000
    assert "internal error" not in observation
    assert (reward, terminated, truncated, info["turn"]) == (0.0, False, False, 1)
    assert env.world.digest() == before
    json.dumps([observation, info]).encode()


@given(st.lists(st.text(), max_size=5))
def test_no_text_makes_a_step_fail(texts: list[str]) -> None:
    env = ToolEnv(folder=MINISHOP)
    env.reset(seed=0)
    for text in texts:
        assert env.observation_space.contains(env.step(text)[0])
    env.close()


def test_gold_is_nowhere_an_agent_can_look() -> None:
    gold = (ToolCall(name="update_user_address", arguments={"user_id": "mei_tanaka_1177", "city": "Canary7351"}),)
    task = Task(id="t", domain="minishop", intent="Hi", facts=(Fact(label="x", value=1, text="Hello."),), gold=gold)
    env = ToolEnv(folder=MINISHOP, render_mode="ansi")
    seen: list[Any] = [env.reset(options={"task": task})]
    seen += [env.step(text) for text in ("What?", '{"name": "count_orders"}', "Done.", "Done.", "Done.")]
    seen += [env.render(), str(env), repr(env)]
    seen += [getattr(env, name) for name in dir(env) if not name.startswith("_")]
    seen += [vars(value) for value in seen if hasattr(value, "__dict__") and value is not env]
    assert "Canary7351" not in repr(seen), "gold may not be reachable from outside"
    assert env._episode is not None and "Canary7351" in repr(env._episode.task), "the canary is planted"
    env.close()


@pytest.mark.parametrize("wanted", ["nothing", 99, -99, 1.5, TASKS[0].model_copy(update={"domain": "other"})])
def test_a_task_that_is_not_there_is_named(env: ToolEnv, wanted: Any) -> None:
    with pytest.raises(TaskError, match=r"minishop"):
        env.reset(options={"task": wanted})


def test_misuse_is_explained(env: ToolEnv, tmp_path: Path) -> None:
    with pytest.raises(ResetNeeded):
        env.step("x")
    with pytest.raises(TaskError, match="known: 'task'"):
        env.reset(options={"tasks": 1})
    for wrong in ({"reward": "best"}, {"max_steps": 1}, {"render_mode": "rgb_array"}):
        with pytest.raises(ValueError, match=str(*wrong)):
            ToolEnv(folder=MINISHOP, **wrong)
    with pytest.raises(DomainError, match="not both"):
        ToolEnv("minishop", folder=MINISHOP)
    with pytest.raises(DomainError, match=r"domain\.json"):
        ToolEnv(folder=tmp_path)
    with pytest.raises(DomainError, match="is no domain folder"):
        registry.register(tmp_path)


def test_domains_are_found_under_the_path_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.PATH_VARIABLE, str(MINISHOP.parent))
    assert registry.locate("minishop") == MINISHOP
    registry.register_all()
    env = ToolEnv("minishop")
    assert env.reset(seed=1)[1]["domain"] == "minishop"
    env.close()
    with pytest.raises(DomainError, match="did you mean 'minishop'"):
        registry.locate("minishap")


def test_tools_and_policy_are_shown_as_copies(env: ToolEnv) -> None:
    assert {tool["function"]["name"] for tool in env.tools} == set(load(MINISHOP).tools)
    assert env.policy == (MINISHOP / "policy.md").read_text()
    env.tools[0]["function"]["parameters"].clear()
    assert load(MINISHOP).tools[env.tools[0]["function"]["name"]].spec.parameters


def test_rendering_shows_control_characters_instead_of_obeying_them(capsys: pytest.CaptureFixture[str]) -> None:
    env = ToolEnv(folder=MINISHOP, render_mode="human")
    env.reset(options={"task": 0})
    env.step("\x1b[2J hello\nworld")
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "\\x1b[2J hello\nworld" in shown
    assert env.render() is None
    env.close()


def test_another_user_can_take_the_scripted_ones_place() -> None:
    class Short:
        def open(self) -> str:
            return "Hi"

        def reply(self, message: str, sight: Sight) -> Reply:
            return Reply(f"{message} {sight.met}", "user_done")

    env = ToolEnv(folder=MINISHOP, user=lambda task, seed: Short())
    assert env.reset(options={"task": 0})[0] == "Hi"
    assert env.step("Bye")[:3] == ("Bye False", 0.0, True)
    env.close()


def test_a_user_that_fails_ends_the_episode() -> None:
    class Broken:
        def open(self) -> str:
            return "Hi"

        def reply(self, message: str, met: bool) -> Reply:
            raise AgentGymError("no answer from the model")

    env = ToolEnv(folder=MINISHOP, user=lambda task, seed: Broken())
    env.reset(options={"task": 0})
    observation, reward, terminated, truncated, info = env.step("Hello")
    assert (reward, terminated, truncated, info["stop"]) == (0.0, False, True, "user_error")
    assert "no answer from the model" in observation
    env.close()


def test_vectors_of_environments_work() -> None:
    vector = gymnasium.make_vec(registry.register(MINISHOP), num_envs=2, vectorization_mode="sync")
    observations, _ = vector.reset(seed=3)
    assert all(isinstance(text, str) for text in observations)
    observations, rewards, *_ = vector.step(["Hello?", '{"name": "count_orders"}'])
    assert json.loads(observations[1]) == {"count": 4}
    assert rewards.tolist() == [0.0, 0.0]
    vector.close()
