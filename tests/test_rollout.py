"""Episodes become trajectories, whoever fails on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import gymnasium
import pytest

from agentgym.env import ToolEnv
from agentgym.errors import RunError, TaskError
from agentgym.files import read_records, write_records
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts.players import AGENTS
from agentgym.play.rollouts.rollout import rollout, rollouts
from agentgym.types import Json, Task, Trajectory
from agentgym.users import Reply, Sight
from agentgym.world.load import load
from tests.minishop import MINISHOP
from tests.players import Script

TASKS = load(MINISHOP).tasks()


class BrokenUser:
    """Opens, then raises."""

    def __init__(self, task: Task, seed: int) -> None:
        pass

    def open(self) -> str:
        return "Hello?"

    def reply(self, message: str, sight: Sight) -> Reply:
        raise OSError("the model behind this user is gone")


class OutOfReach(BrokenUser):
    """Says that it cannot answer."""

    def reply(self, message: str, sight: Sight) -> Reply:
        raise RunError("no answer within 120 seconds")


class GarbledUser(BrokenUser):
    """Says what no file can hold."""

    def reply(self, message: str, sight: Sight) -> Reply:
        return Reply("\ud800")


@pytest.fixture
def env() -> Iterator[ToolEnv]:
    with closing(ToolEnv(folder=MINISHOP)) as made:
        yield made


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_gold_plays_every_task_to_the_end(env: ToolEnv, task: Task) -> None:
    trajectory = rollout(env, task, GoldAgent(task))
    assert (trajectory.stop, trajectory.reward) == ("user_done", 1.0), f"gold failed: {trajectory.messages}"
    assert trajectory.diff == task.diff
    assert trajectory.user == "scripted"


def test_turns_follow_the_episode(env: ToolEnv) -> None:
    trajectory = rollout(env, TASKS[0], GoldAgent(TASKS[0]))
    first, opening, *rest = trajectory.messages
    assert (first.role, first.content) == ("system", env.policy)
    assert (opening.role, opening.content) == ("user", TASKS[0].intent)
    talkers = {"assistant": {"user", "tool"}, "user": {"assistant"}, "tool": {"assistant"}}
    roles = [message.role for message in rest]
    assert all(after in talkers[before] for before, after in pairwise(["user", *roles])), f"unexpected turns {roles}"
    place = next(place for place, message in enumerate(rest) if message.tool_calls)
    call, answer = rest[place : place + 2]
    assert call.tool_calls == TASKS[0].gold
    assert (answer.role, answer.name, answer.error) == ("tool", "cancel_pending_order", False)
    assert json.loads(answer.content)["status"] == "cancelled"


def test_a_wrapped_environment_is_played(env: ToolEnv) -> None:
    wrapped = gymnasium.wrappers.TimeLimit(env, max_episode_steps=1)
    trajectory = rollout(wrapped, TASKS[0], GoldAgent(TASKS[0]))
    assert trajectory.stop == "max_steps", "the wrapper cut the episode short"


def test_another_environment_is_refused() -> None:
    with pytest.raises(RunError, match="rollout plays ToolEnv"):
        rollout(gymnasium.Env(), TASKS[0], GoldAgent(TASKS[0]))


def test_a_task_of_another_domain_is_refused(env: ToolEnv) -> None:
    task = TASKS[0].model_copy(update={"domain": "airline"})
    with pytest.raises(TaskError, match="airline"):
        rollout(env, task, GoldAgent(task))


def test_an_episode_without_end_is_cut_off() -> None:
    with closing(ToolEnv(folder=MINISHOP, max_steps=3)) as env:
        call = '{"name": "count_orders", "arguments": {}}'
        trajectory = rollout(env, TASKS[0], Script(call, call, call))
    assert (trajectory.stop, trajectory.reward) == ("max_steps", 0.0)
    assert [message.role for message in trajectory.messages[-2:]] == ["assistant", "tool"]


@pytest.mark.parametrize("action", [ValueError("no tokens left"), None, 7, b"bytes"])
def test_a_broken_agent_ends_only_its_episode(env: ToolEnv, action: object, caplog: pytest.LogCaptureFixture) -> None:
    trajectory = rollout(env, TASKS[0], Script("Hello, what is the order id?", action))
    assert (trajectory.stop, trajectory.reward) == ("agent_error", 0.0)
    assert trajectory.messages[-1].role == "user", "what was said before the failure must be kept"
    assert trajectory.id in caplog.text, "the log must name the episode that broke"


@pytest.mark.parametrize("user", [BrokenUser, GarbledUser, OutOfReach])
def test_a_broken_user_ends_only_its_episode(user: type[BrokenUser], caplog: pytest.LogCaptureFixture) -> None:
    with closing(ToolEnv(folder=MINISHOP, user=user)) as env:
        trajectory = rollout(env, TASKS[0], Script("Good day."))
    assert (trajectory.stop, trajectory.reward, trajectory.fault) == ("user_error", 0.0, "user")
    assert trajectory.messages[-1].content == "Good day.", "an excuse of the environment is nothing the user said"
    assert f"{trajectory.id} stopped by user_error" in caplog.text


def test_a_user_that_cannot_open_ends_only_its_episode() -> None:
    def user(task: Task, seed: int) -> BrokenUser:
        raise OSError("no model")

    with closing(ToolEnv(folder=MINISHOP, user=user)) as env:
        trajectory = rollout(env, TASKS[0], Script("Good day."))
    assert (trajectory.stop, trajectory.user, trajectory.diff) == ("user_error", "unknown", ())
    assert [message.role for message in trajectory.messages] == ["system"]


@pytest.mark.parametrize(
    "action",
    [
        '{"name": "count_orders", ',
        '{"name": 5}',
        '{"name": "count_orders", "arguments": {"status": NaN}}',
        '{"name": "count_orders", "arguments": {"status": "\\ud800"}}',
        '{"name": "count_orders", "arguments": {"status": "\ud800"}}',
        '{"name": "count_orders", "arguments": {"status": ' + "[" * 5000 + "]" * 5000 + "}}",
    ],
    ids=["torn", "no call", "nan", "escaped surrogate", "surrogate", "deep"],
)
def test_what_is_no_call_is_kept_as_text_with_its_error(env: ToolEnv, tmp_path: Path, action: str) -> None:
    trajectory = rollout(env, TASKS[0], Script(action))
    turn, answer = trajectory.messages[2:4]
    assert turn.content and not turn.tool_calls, "an action that cannot be parsed is text"
    assert (answer.role, answer.name, answer.error) == ("tool", "", True)
    write_records(tmp_path / "t.jsonl", [trajectory])
    assert list(read_records(tmp_path / "t.jsonl", Trajectory)) == [trajectory], "it must survive a file"


@pytest.mark.parametrize("action", ["x" * 200_000, "\ud800"], ids=["long", "surrogate"])
def test_what_no_user_could_hear_is_answered_by_the_environment(env: ToolEnv, action: str) -> None:
    trajectory = rollout(env, TASKS[0], Script(action))
    turn, answer = trajectory.messages[2:4]
    assert turn.role == "assistant" and len(turn.content) <= 128 * 1024
    assert (answer.role, answer.name, answer.error) == ("tool", "", True), "the user has not said this"


def test_trials_stand_in_the_record_and_its_id(env: ToolEnv) -> None:
    trajectory = rollout(env, TASKS[0], GoldAgent(TASKS[0]), seed=9, trial=4)
    assert (trajectory.trial, trajectory.id) == (4, f"{TASKS[0].id}/gold/4")


def test_tool_errors_are_marked(env: ToolEnv) -> None:
    trajectory = rollout(env, TASKS[0], Script('{"name": "get_order_details", "arguments": {"order_id": "no"}}'))
    answer = trajectory.messages[3]
    assert answer.error and answer.name == "get_order_details", f"a refusal must be marked: {answer}"


def test_many_episodes_are_the_same_however_many_workers() -> None:
    alone = list(rollouts([MINISHOP], [GoldAgent, FallibleAgent], trials=2, seed=5))
    assert len(alone) == len(TASKS) * 2 * 2
    assert len({trajectory.id for trajectory in alone}) == len(alone), "ids must be unique"
    together = list(rollouts([MINISHOP], [GoldAgent, FallibleAgent], trials=2, seed=5, workers=2))
    assert together == alone, "the number of workers changed what was played"


def test_agents_without_a_model_have_names() -> None:
    assert {name: make(TASKS[0]).name for name, make in AGENTS.items()} == {name: name for name in AGENTS}


def test_an_agent_never_reads_gold(env: ToolEnv) -> None:
    """What reaches an agent through ``start`` and ``act`` is the env's public view alone."""
    heard: list[str] = []

    class Spy(Script):
        def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
            heard.append(json.dumps([tools, policy, seed]))

        def act(self, observations: tuple[str, ...]) -> str:
            heard.extend(observations)
            return "I cannot help."

    canary = TASKS[0].model_copy(
        update={"gold": tuple(call.model_copy(update={"name": "canary_gold"}) for call in TASKS[0].gold)}
    )
    rollout(env, canary, Spy())
    assert len(heard) > 2 and "canary_gold" not in "".join(heard), "the gold calls leaked to the agent"
