"""Turns of several actions: the record pairs every call with its answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.env import ToolEnv
from agentgym.episode import Terms
from agentgym.play.agents.agent import Turn
from agentgym.play.rollouts.engine import Play, played
from agentgym.play.rollouts.rollout import rollout
from agentgym.types import Task, Trajectory
from agentgym.world.load import load
from tests.minishop import MINISHOP
from tests.players import Later, Script, assert_paired, call

TASKS = load(MINISHOP).tasks()
COUNT, MISSING = call("count_orders"), call("get_order_details", order_id="no")


def test_several_calls_are_one_message_with_answers_in_order() -> None:
    agent = Script(Turn("Let me see.", (COUNT, MISSING, COUNT), "Two counts and a miss."))
    with closing(ToolEnv(folder=MINISHOP)) as env:
        made = rollout(env, TASKS[0], agent)
    turn, *answers = made.messages[2:6]
    assert (turn.content, turn.reasoning, turn.tool_calls) == (
        "Let me see.",
        "Two counts and a miss.",
        (COUNT, MISSING, COUNT),
    )
    assert [(one.role, one.name, one.error) for one in answers] == [
        ("tool", "count_orders", False), ("tool", "get_order_details", True), ("tool", "count_orders", False),
    ]  # fmt: skip
    assert agent.seen[1] == tuple(one.content for one in answers), "the agent is answered in the order of its calls"
    assert_paired(made)


@pytest.mark.parametrize("steps", [2, 3, 4, 5])
def test_a_limit_in_the_middle_of_a_turn_leaves_pairs(steps: int) -> None:
    with closing(ToolEnv(folder=MINISHOP, max_steps=steps)) as env:
        made = rollout(env, TASKS[0], Script(Turn("", (COUNT,) * 2), Turn("and", (MISSING,) * 9)))
    assert made.stop == "max_steps"
    assert sum(len(message.tool_calls) for message in made.messages) == steps, "each call counts as a step"
    assert_paired(made)


def test_words_to_the_user_among_calls_are_a_message_of_their_own() -> None:
    with closing(ToolEnv(folder=MINISHOP)) as env:
        made = rollout(
            env, TASKS[0], Script(Turn("so", (COUNT, call("respond", content="Which order?"), COUNT), "why"))
        )
    roles = [message.role for message in made.messages[2:8]]
    assert roles == ["assistant", "tool", "assistant", "user", "assistant", "tool"]
    assert [made.messages[place].content for place in (2, 4, 6)] == ["so", "Which order?", ""]
    assert [made.messages[place].reasoning for place in (2, 4, 6)] == ["why", "", ""]
    assert_paired(made)


calls = st.sampled_from([COUNT, MISSING, call("respond", content="And?"), call("count_orders", status="\ud800")])
turns = st.one_of(
    st.sampled_from(["Which order?", '{"name": ', '{"name": "count_orders"}', "\ud800"]),
    st.builds(Turn, st.text(max_size=3), st.lists(calls, max_size=4).map(tuple), st.text(max_size=3)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(turns, max_size=6), st.integers(2, 12))
def test_any_turns_make_a_record_that_pairs(script: list[object], steps: int) -> None:
    (done,) = played([Play(MINISHOP, TASKS[0], partial(Scripted, script))], Terms(max_steps=steps))
    (later,) = played([Play(MINISHOP, TASKS[0], partial(LaterScripted, script))], Terms(max_steps=steps))
    assert done.trajectory is not None and done.trajectory == later.trajectory
    assert_paired(done.trajectory)
    assert Trajectory.model_validate_json(done.trajectory.model_dump_json()) == done.trajectory


def Scripted(script: list[object], task: Task) -> Script:  # noqa: N802 - makes one
    return Script(*script)


def LaterScripted(script: list[object], task: Task) -> Script:  # noqa: N802 - makes one
    return Later(*script)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("WARNING"):
        yield
