"""Agents without a model and the scripted user, in dialogue over a real domain: who wins, and whose fault it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest

from agentgym.env import ToolEnv
from agentgym.play.agents.fallible import FLAWS, NEVER, ErrorModel, FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.funnel import judge, kept
from agentgym.play.rollouts.attribution import blame
from agentgym.play.rollouts.rollout import rollout, rollouts
from agentgym.tasks.phrases import INSTEAD, TELL
from agentgym.types import Fact, Goal, Revision, RowChange, Task, Trajectory
from agentgym.world.load import load
from agentgym.world.world import World
from tests.minishop import MINISHOP
from tests.players import call

SEEDS = range(24)


def fact(label: str, value: object, text: str) -> Fact:
    return Fact(label=label, value=value, text=text)


ORDER = fact("order ID", "ORD-1001", "It's the order ORD-1001.")
USER = fact("user ID", "mei_tanaka_1177", "My user ID is mei_tanaka_1177.")
WHY = fact("reason", "ordered by mistake", "I ordered it by mistake.")
CITY = fact("city", "Porto", "The city should be Porto.")
CANCEL = call("cancel_pending_order", order_id="ORD-1001", reason="ordered by mistake")
MOVE = call("update_user_address", user_id="mei_tanaka_1177", address="Cais 5", city="Porto")
FORBIDDEN = call("cancel_pending_order", order_id="ORD-1002", reason="ordered by mistake")
CANCELLED = RowChange(
    table="order",
    key="ORD-1001",
    before={"cancel_reason": None, "status": "pending"},
    after={"cancel_reason": "ordered by mistake", "status": "cancelled"},
)
MOVED = RowChange(
    table="user",
    key="mei_tanaka_1177",
    before={"address": None, "city": None},
    after={"address": "Cais 5", "city": "Porto"},
)
PLAIN = Task(
    id="minishop-plain",
    domain="minishop",
    intent="Hello, I need to cancel an order and to know its total.",
    facts=(ORDER, WHY),
    gold=(CANCEL,),
    goals=(Goal(text=f"cancel the order ORD-1001{TELL}its total", calls=(0,), changes=(0,), outputs=(58.5,)),),
    diff=(CANCELLED,),
)
SLIP = PLAIN.model_copy(
    update={
        "id": "minishop-slip",
        "intent": "Please cancel order ORD-1081, ordered by mistake, and tell me its total.",
        "revisions": (
            Revision(
                kind="slip",
                label="order ID",
                value="ORD-1081",
                text="Oh, I misread that: the order ID is ORD-1001, not ORD-1081.",
                calls=(call("cancel_pending_order", order_id="ORD-1081", reason="ordered by mistake"),),
            ),
        ),
    }
)
CHANGE = Task(
    id="minishop-change",
    domain="minishop",
    intent="I am mei_tanaka_1177. Please change my address to Cais 5, Leipzig.",
    facts=(USER, CITY, fact("street", "Cais 5", "The street is Cais 5.")),
    gold=(MOVE,),
    goals=(Goal(text="change my address", calls=(0,), changes=(0,)),),
    revisions=(
        Revision(
            kind="change",
            label="city",
            value="Leipzig",
            text="I've thought again: make it Porto instead of Leipzig.",
            calls=(MOVE.model_copy(update={"arguments": {**MOVE.arguments, "city": "Leipzig"}}),),
        ),
    ),
    diff=(MOVED,),
)
FALLBACK = Task(
    id="minishop-fallback",
    domain="minishop",
    intent="Please cancel order ORD-1002, ordered by mistake; if you can't, cancel order ORD-1001 for the same reason.",
    facts=(ORDER, WHY),
    gold=(CANCEL,),
    goals=(
        Goal(
            text=f"cancel the order ORD-1002{INSTEAD}cancel the order ORD-1001",
            calls=(0,), changes=(0,), refused=(FORBIDDEN,),
        ),
    ),
    diff=(CANCELLED,),
)  # fmt: skip
REFUSAL = CHANGE.model_copy(
    update={
        "id": "minishop-refusal",
        "intent": "I am mei_tanaka_1177. Cancel order ORD-1002, ordered by mistake, and change my address to Cais 5.",
        "goals": (Goal(text="cancel the order ORD-1002", refused=(FORBIDDEN,)), *CHANGE.goals),
        "revisions": (),
    }
)
TASKS = {task.id.removeprefix("minishop-"): task for task in (PLAIN, SLIP, CHANGE, FALLBACK, REFUSAL)}


@pytest.fixture(scope="module")
def env() -> Iterator[ToolEnv]:
    with closing(ToolEnv(folder=MINISHOP)) as made:
        yield made


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with closing(World(load(MINISHOP))) as made:
        yield made


def spoken(trajectory: Trajectory, role: str) -> str:
    return "\n".join(message.content for message in trajectory.messages if message.role == role)


def played(env: ToolEnv, task: Task) -> list[Trajectory]:
    return [rollout(env, task, GoldAgent(task), seed=seed) for seed in SEEDS]


@pytest.mark.parametrize("name", TASKS)
def test_gold_wins_every_dialogue(name: str, env: ToolEnv, world: World) -> None:
    task = TASKS[name]
    for trajectory in played(env, task):
        talk = "\n".join(f"{m.role}: {m.content or m.tool_calls}" for m in trajectory.messages[1:])
        assert (trajectory.stop, trajectory.reward, trajectory.fault) == ("user_done", 1.0, ""), talk
        assert kept(judge(trajectory, task, world)), talk
        assert not any(call.name in spoken(trajectory, "assistant") for call in task.gold), f"a tool is named:\n{talk}"


@pytest.mark.parametrize("name", ["slip", "change"])
def test_a_wrong_detail_is_tried_or_made_sure_of(name: str, env: ToolEnv) -> None:
    task = TASKS[name]
    revision = task.revisions[0]
    tried = set()
    for trajectory in played(env, task):
        assert spoken(trajectory, "user").count(revision.text) == 1, "the user puts it right once"
        made = [call for message in trajectory.messages for call in message.tool_calls]
        tried.add(made[0] == revision.calls[0])
    assert tried == {True, False}, "some agents act on the first value, some ask; only one kind was seen"


@pytest.mark.parametrize("name", ["fallback", "refusal"])
def test_a_forbidden_wish_is_tried_or_known_to_be_forbidden(name: str, env: ToolEnv) -> None:
    tried = set()
    for trajectory in played(env, TASKS[name]):
        made = [call for message in trajectory.messages for call in message.tool_calls]
        tried.add(FORBIDDEN in made)
        told = spoken(trajectory, "assistant")
        assert "cancel the order ORD-1002" in told and "pending" in told, f"the user was not told why not: {told!r}"
    assert True in tried
    if "cancel_pending_order`" in load(MINISHOP).policy:
        assert False in tried, "the policy names the rule, so some agents need not try"


def test_the_user_says_what_it_accepts_instead(env: ToolEnv) -> None:
    assert any(
        "cancel the order ORD-1001" in spoken(trajectory, "user").partition("\n")[2]
        for trajectory in played(env, FALLBACK)
    )


def test_gold_talks_in_many_ways(env: ToolEnv) -> None:
    for name, task in TASKS.items():
        said = {spoken(trajectory, "assistant") for trajectory in played(env, task)}
        assert len(said) > len(SEEDS) // 2, f"{name}: {len(said)} different ways in {len(SEEDS)} episodes"


COMMITTED = sorted(path.parent for path in (Path(__file__).parent.parent / "envs_generated").glob("*/tasks.jsonl"))


@pytest.mark.parametrize("folder", COMMITTED[::5], ids=lambda folder: folder.name)
def test_gold_wins_the_tasks_of_committed_domains(folder: Path) -> None:
    lost = [
        (trajectory.id, trajectory.stop, trajectory.fault)
        for trajectory in rollouts([folder], [GoldAgent], trials=2)
        if trajectory.reward != 1.0 or trajectory.stop != "user_done"
    ]
    assert not lost, f"gold must win every dialogue: {lost}"


# -- the fallible agent ---------------------------------------------------------------------------


def erring(env: ToolEnv, task: Task, flaw: str, recover: float) -> list[tuple[FallibleAgent, Trajectory]]:
    """Episodes in which one flaw, and no other, struck."""
    found = []
    for seed in range(30):
        agent = FallibleAgent(task, replace(NEVER, **{flaw: 0.7, "recover": recover}))
        trajectory = rollout(env, task, agent, seed=seed)
        if flaw in agent.flaws:
            found.append((agent, trajectory))
    assert found, f"{flaw} never struck"
    return found


@pytest.mark.parametrize(
    ("flaw", "task"),
    [("silent", PLAIN), ("deaf", SLIP), ("deaf", CHANGE), ("early_stop", PLAIN), ("wrong_value", PLAIN)],
)
def test_a_flaw_costs_the_reward_unless_it_recovers(flaw: str, task: Task, env: ToolEnv) -> None:
    lost = [trajectory.reward for _, trajectory in erring(env, task, flaw, 0.0)]
    won = [trajectory.reward for _, trajectory in erring(env, task, flaw, 1.0)]
    assert sum(lost) == 0, f"{flaw}: {sum(lost)} of {len(lost)} episodes were paid without recovery"
    assert sum(won) > 0, f"{flaw}: no episode of {len(won)} recovered"


@pytest.mark.parametrize("name", TASKS)
def test_the_user_is_at_fault_in_no_failure_of_a_fallible_agent(name: str, env: ToolEnv) -> None:
    task, rates = TASKS[name], {field.name: 0.12 for field in fields(ErrorModel)}
    faults = []
    for seed in range(40):
        trajectory = rollout(env, task, FallibleAgent(task, ErrorModel(**rates)), seed=seed)
        found = blame(task, trajectory.messages, trajectory.stop, trajectory.reward)
        assert found.fault == trajectory.fault
        faults.append(found)
    assert {blamed.fault for blamed in faults} == {"", "agent"}, f"expected wins and the agent's failures: {faults}"


def test_every_flaw_has_a_rate() -> None:
    named = {field.name for field in fields(ErrorModel)}
    assert set(FLAWS) | {"silent", "deaf", "workaround", "recover"} == named
