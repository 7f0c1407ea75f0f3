"""Agents without a model: what they ask, call and say."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.play.agents import GoldAgent, mentioned
from agentgym.play.fallible import FLAWS, ErrorModel, FallibleAgent, perturb
from agentgym.types import Fact, Goal, Json, RowChange, Task, ToolCall

TOOLS: list[Json] = [
    {"type": "function", "function": {"name": name, "description": "", "parameters": schema}}
    for name, schema in {
        "find_user": {"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"]},
        "list_orders": {"type": "object", "properties": {"user_id": {"type": "string"}}, "required": []},
        "cancel_order": {
            "type": "object",
            "properties": {"order_id": {"type": "string"}, "reason": {"enum": ["late", "mistake"]}},
            "required": ["order_id", "reason"],
        },
    }.items()
]
TASK = Task(
    id="shop/1",
    domain="shop",
    intent="Please cancel my order #W12.",
    facts=(
        Fact(label="email", value="ada@example.com", text="My email is ada@example.com."),
        Fact(label="reason", value="mistake", text="I ordered it by mistake."),
    ),
    gold=(
        ToolCall(name="find_user", arguments={"email": "ada@example.com"}),
        ToolCall(name="cancel_order", arguments={"order_id": "#W12", "reason": "mistake"}),
    ),
    goals=(Goal(text="cancel my order #W12", calls=(0, 1), changes=(0,), outputs=(19.5,)),),
    diff=(RowChange(table="order", key="#W12", before={"status": "pending"}, after={"status": "cancelled"}),),
)
NEVER = ErrorModel(**dict.fromkeys(FLAWS, 0.0))


def talk(agent: GoldAgent, seed: int = 0, steps: int = 12) -> list[str]:
    """Play against a user who answers every question in full and tools that answer with two orders."""
    agent.start(TOOLS, "Be kind.", seed)
    observation, actions = TASK.intent, []
    for _ in range(steps):
        actions.append(agent.act((observation,)))
        if actions[-1].startswith("{"):
            observation = '{"orders": [{"order_id": "#W12", "refund": 19.5}, {"order_id": "#W77", "refund": 3}]}'
        elif actions[-1].endswith("?"):
            told = [fact.text for fact in TASK.facts if fact.label in actions[-1]]
            observation = " ".join(told)
        else:
            return actions
    return actions


def calls(actions: list[str]) -> list[ToolCall]:
    return [ToolCall(**json.loads(action)) for action in actions if action.startswith("{")]


def test_gold_makes_the_gold_calls_and_reports_the_outputs() -> None:
    actions = talk(GoldAgent(TASK))
    assert calls(actions) == list(TASK.gold)
    assert "19.5" in actions[-1], f"the report must tell the outputs, it says {actions[-1]!r}"


def test_the_report_names_what_was_changed() -> None:
    report = talk(GoldAgent(TASK))[-1]
    assert "cancel order" in report and "find user" not in report, f"looking something up is no news: {report!r}"


def test_gold_asks_for_a_fact_just_before_it_needs_it() -> None:
    kinds = ["call" if action.startswith("{") else "text" for action in talk(GoldAgent(TASK))]
    assert kinds == ["text", "call", "text", "call", "text"], f"expected ask, call, ask, call, report; got {kinds}"


def test_gold_does_not_ask_for_what_the_opening_tells() -> None:
    task = TASK.model_copy(update={"intent": "I am ada@example.com. I ordered #W12 by mistake, please cancel it."})
    agent = GoldAgent(task)
    agent.start(TOOLS, "", 0)
    assert agent.act((task.intent,)).startswith("{"), "everything was told, so the first action is a call"
    assert agent.act(("{}",)).startswith("{")


def test_gold_goes_on_when_the_user_never_answers() -> None:
    agent = GoldAgent(TASK)
    agent.start(TOOLS, "", 0)
    actions = [agent.act(("I do not know.",)) for _ in range(8)]
    assert calls(actions) == list(TASK.gold), "an unhelpful user must not trap the agent in its question"


@pytest.mark.parametrize("agent", [GoldAgent, FallibleAgent])
def test_the_seed_decides_everything(agent: type[GoldAgent]) -> None:
    runs = {tuple(talk(agent(TASK), seed=seed)) for seed in range(40)}
    again = {tuple(talk(agent(TASK), seed=seed)) for seed in range(40)}
    assert runs == again, "equal seeds must give equal episodes"
    assert len(runs) > 1, "other seeds must give other words"


def test_without_flaws_it_is_the_gold_agent() -> None:
    assert calls(talk(FallibleAgent(TASK, NEVER))) == list(TASK.gold)


def flawed(name: str, recover: float, seed: int = 3) -> tuple[list[ToolCall], FallibleAgent]:
    agent = FallibleAgent(TASK, replace(NEVER, **{name: 0.5, "recover": recover}))
    return calls(talk(agent, seed=seed)), agent


@pytest.mark.parametrize("name", sorted(FLAWS))
def test_every_flaw_shows_in_the_calls(name: str) -> None:
    seen = [flawed(name, recover=0.0, seed=seed) for seed in range(20)]
    hit = [made for made, agent in seen if name in agent.flaws]
    assert hit, f"{name} never struck in 20 episodes at probability 0.5"
    assert all(made != list(TASK.gold) for made in hit), f"{name} struck but left the gold calls as they are"


@pytest.mark.parametrize("name", ["wrong_value", "missing_argument", "unknown_tool"])
def test_recovery_makes_the_right_call_afterwards(name: str) -> None:
    for seed in range(20):
        made, agent = flawed(name, recover=1.0, seed=seed)
        rest = iter(made)
        assert all(call in rest for call in TASK.gold), f"seed {seed}: {made} lacks a gold call after {agent.flaws}"


def test_a_confused_row_is_one_that_was_seen() -> None:
    made = [flawed("wrong_entity", recover=0.0, seed=seed)[0] for seed in range(20)]
    ids = {call.arguments.get("order_id") for run in made for call in run} - {None}
    assert ids == {"#W12", "#W77"}, f"only rows that results showed may be confused, got {ids}"


def test_an_invented_value_is_not_asked_for() -> None:
    for seed in range(20):
        agent = FallibleAgent(TASK, replace(NEVER, invented_value=1.0))
        first = talk(agent, seed=seed)[0]
        if first.startswith("{"):
            assert calls([first])[0] != TASK.gold[0], "it made up the email, yet made up the right one"
            return
    pytest.fail("the email was never made up")


def test_a_failing_agent_does_not_know_the_answer() -> None:
    agent = FallibleAgent(TASK, replace(NEVER, early_stop=1.0))
    actions = talk(agent)
    assert len(actions) == 1 and "19.5" not in actions[0], f"it saw no result, yet reports one: {actions}"


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (10, "It is 100.", False),
        (10, "It is 10.", True),
        (1.5, "That makes 11.5", False),
        (1.5, "That makes 1.5.", True),
        ("#W1", "order #W1, then", True),
        ("#W1", "order #W12", False),
        (200.0, "I claim 200.", True),
        (200.0, "I claim 2000.", False),
        ("by_mistake", "It was by mistake.", True),
        ("Ada", "I am ada.", True),
        (True, "It is so.", False),
        ({"a": "x", "b": 2}, "x and 2", True),
        ({"a": "x", "b": 2}, "x", False),
    ],
)
def test_mentioned_respects_token_bounds(value: Json, text: str, expected: bool) -> None:
    assert mentioned(value, text) is expected, f"{value!r} in {text!r} should be {expected}"


json_values = st.recursive(
    st.booleans() | st.integers() | st.floats(-1e6, 1e6) | st.text(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(json_values, st.integers(0, 99))
def test_a_perturbed_value_differs_and_keeps_its_type(value: Json, seed: int) -> None:
    other = perturb(value, {}, random.Random(seed))
    assert other != value, f"{value!r} was left as it is"
    assert isinstance(other, type(value)), f"{value!r} became a {type(other).__name__}"
