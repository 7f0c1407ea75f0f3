"""Agents without a model: what they ask, call and say."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.play.agents.fallible import FLAWS, NEVER, FallibleAgent
from agentgym.play.agents.gold import BriefAgent, GoldAgent
from agentgym.play.agents.slips import perturb
from agentgym.play.agents.speech import perfect, yours
from agentgym.tasks.phrases import participle
from agentgym.types import Fact, Goal, Json, RowChange, Task, ToolCall
from agentgym.users import ScriptedUser, Sight

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


def talk(agent: GoldAgent, seed: int = 0, steps: int = 16, task: Task = TASK) -> list[str]:
    """Play with the scripted user, and tools that answer with two orders; the user is content once gold was made."""
    agent.start(TOOLS, "Be kind.", seed)
    user = ScriptedUser(task, 1)
    observation, actions = user.open(), list[str]()
    for _ in range(steps):
        actions.append(agent.act((observation,)))
        if actions[-1].startswith("{"):
            observation = '{"orders": [{"order_id": "#W12", "refund": 19.5}, {"order_id": "#W77", "refund": 3}]}'
            continue
        met = all(call in calls(actions) for call in task.gold)
        reply = user.reply(actions[-1], Sight(met, () if met else (0,)))
        if reply.stop is not None:
            break
        observation = reply.text
    return actions


def calls(actions: list[str]) -> list[ToolCall]:
    return [ToolCall(**json.loads(action)) for action in actions if action.startswith("{")]


def test_gold_makes_the_gold_calls_and_reports_the_outputs() -> None:
    actions = talk(GoldAgent(TASK))
    assert calls(actions) == list(TASK.gold)
    assert "19.5" in actions[-1], f"the report must tell the outputs, it says {actions[-1]!r}"


def test_the_brief_agent_says_each_thing_in_one_way_and_wins_as_gold_does() -> None:
    said = {tuple(action for action in talk(BriefAgent(TASK), seed) if not action.startswith("{")) for seed in range(9)}
    assert said == {("What is the email?", "What is the reason?", "Done. I found: the refund is 19.5.")}
    assert calls(talk(BriefAgent(TASK))) == list(TASK.gold)


def test_the_report_says_what_was_changed_in_the_users_words() -> None:
    for seed in range(20):
        report = talk(GoldAgent(TASK), seed)[-1]
        assert "cancelled your order #W12" in report, f"the goal's text, done and turned round, is missing: {report!r}"
        assert "cancel_order" not in report and "find_user" not in report, f"a tool is named: {report!r}"


def test_gold_asks_for_a_fact_just_before_it_needs_it() -> None:
    seen = set()
    for seed in range(20):
        actions = talk(GoldAgent(TASK), seed)
        kinds = ["call" if action.startswith("{") else "ask" if "the " in action else "text" for action in actions]
        assert kinds[:2] == ["ask", "call"], f"the email was not told, so it must be asked for: {actions}"
        assert "reason" in actions[-3] or "reason" in actions[0] + actions[2], actions
        seen.add(len(actions))
    assert len(seen) > 1, "some episodes confirm before they change anything, some do not"


def test_gold_does_not_ask_for_what_the_opening_tells() -> None:
    task = TASK.model_copy(update={"intent": "I am ada@example.com. I ordered #W12 by mistake, please cancel it."})
    agent = GoldAgent(task)
    agent.start(TOOLS, "", 0)
    actions = [agent.act((task.intent,)), agent.act(("{}",)), agent.act(("{}",))]
    assert actions[0].startswith("{"), "everything was told, so the first action is a call"
    assert len(calls(actions)) == 2, f"at most a confirmation may stand between the calls: {actions}"


def test_gold_goes_on_when_the_user_never_answers() -> None:
    agent = GoldAgent(TASK)
    agent.start(TOOLS, "", 0)
    actions = [agent.act(("I do not know.",)) for _ in range(9)]
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


def test_a_way_round_a_rule_is_another_tool_on_the_same_row() -> None:
    remove = {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]}
    tools = [
        *TOOLS,
        {"type": "function", "function": {"name": "delete_order", "description": "", "parameters": remove}},
    ]
    refused = ToolCall(name="cancel_order", arguments={"order_id": "#W77", "reason": "late"})
    wish = Goal(text="cancel my order #W77", refused=(refused,))
    task = TASK.model_copy(update={"intent": "Cancel #W77, late, and #W12.", "goals": (wish, *TASK.goals)})
    went_round = 0
    for seed in range(20):
        agent = FallibleAgent(task, replace(NEVER, workaround=0.5))
        agent.start(tools, "", seed)
        actions = [agent.act((task.intent,))]
        for _ in range(3):
            refuses = "#W77" in actions[-1] and "cancel_order" in actions[-1]
            actions.append(agent.act(("Error: shipped" if refuses else "It is ada@example.com, by mistake.",)))
        tried = ToolCall(name="delete_order", arguments={"order_id": "#W77"}) in calls(actions)
        assert tried == ("workaround" in agent.flaws), actions
        went_round += tried
    assert 0 < went_round < 20, f"{went_round} of 20 episodes at probability 0.5"


def test_a_failing_agent_does_not_know_the_answer() -> None:
    actions = talk(FallibleAgent(TASK, replace(NEVER, early_stop=1.0)))
    assert not calls(actions) and "19.5" not in " ".join(actions), f"it saw no result, yet reports one: {actions}"


@pytest.mark.parametrize(
    ("wish", "deed"),
    [
        ("cancel my order ORD-1", "cancelled your order ORD-1"),
        ("set up a new account for me", "set up a new account for you"),
        ("get rid of the card", "got rid of the card"),
        ("apply coupon X to mine", "applied coupon X to yours"),
        ("top the gift card up by 50", "topped the gift card up by 50"),
        ("withdraw 150 from my account", "withdrawn 150 from your account"),
        ("open a ticket", "opened a ticket"),
        ("add me", "added you"),
        ("Please do something.", "done this: Please do something."),
    ],
)
def test_a_wish_becomes_a_deed(wish: str, deed: str) -> None:
    assert perfect(yours(wish)) == deed


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_every_verb_has_a_participle(verb: str) -> None:
    assert participle(verb)


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
