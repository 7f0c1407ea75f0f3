"""What the proof keeps out: a task that breaks a law is rejected for that reason."""

from __future__ import annotations

import random
import re
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym import audit
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.kills import Kills
from agentgym.tasks.proof.prove import examine, prove
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.tasks.wording.describe import holds
from agentgym.types import Claim, Difficulty, Fact, Json, RowChange, Task, ToolCall
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World
from tests.minishop import MINISHOP
from tests.proving import CANCEL, LOOK, MOVE, PENDING, SHIPPED, altered, facts_of, goal_of, reason_of, task_of


@pytest.fixture(scope="module")
def tasks(loaded: LoadedDomain) -> list[Task]:
    return sample_tasks(loaded, 14, seed=0)[0]


# -- sound tasks ----------------------------------------------------------------------------------


def test_a_sound_task_passes(chart: Chart, world: World) -> None:
    assert prove(chart, world, task_of(world, CANCEL)) is None


def test_sampled_tasks_pass_again(chart: Chart, world: World, tasks: list[Task]) -> None:
    for task in tasks:
        assert prove(chart, world, task) is None, f"{task.id} was admitted but does not hold"


def test_what_sampled_tasks_kill_is_counted(chart: Chart, world: World, tasks: list[Task]) -> None:
    total = Kills()
    for task in tasks:
        total = total.plus(examine(chart, world, task))
    assert total.tasks == len(tasks)
    assert total.steps == sum(len(task.gold) for task in tasks) == total.steps_killed
    assert total.arguments == total.arguments_killed > len(tasks), (
        "every task has arguments, each tried in several ways"
    )
    assert set(total.policies) == {"null", "read everything", "random calls", "error spam", "every key"}
    assert not any(total.policies.values()), f"careless policies won: {total.policies}"


def test_the_count_tells_what_the_laws_reject(chart: Chart, world: World) -> None:
    twice = examine(chart, world, task_of(world, altered(MOVE, city="Oslo"), MOVE))
    assert (twice.steps, twice.steps_killed) == (2, 1), "the first of two moves is not needed"
    assert twice.arguments_killed < twice.arguments, "its city is nowhere in the end"


def test_a_check_publishes_what_was_killed(loaded: LoadedDomain) -> None:
    (proof,) = audit.prove([MINISHOP])
    tasks = loaded.tasks()
    assert proof.kills.tasks == len(tasks)
    assert proof.kills.steps == proof.kills.steps_killed == sum(len(task.gold) for task in tasks)
    assert f"{proof.kills.steps + proof.kills.arguments}" in proof.kills.shown()


@settings(max_examples=40)
@given(rng=st.randoms(use_true_random=False))
def test_another_tasks_gold_is_never_taken(loaded: LoadedDomain, tasks: list[Task], rng: random.Random) -> None:
    writes = [task for task in tasks if task.writes]
    task = rng.choice(writes)
    other = rng.choice([item for item in writes if item.diff != task.diff])
    with closing(World(loaded)) as world:
        assert reason_of(Chart(loaded.domain), world, task.model_copy(update={"gold": other.gold})), (
            f"{task.id} took it"
        )


# -- what is said ---------------------------------------------------------------------------------


def test_wording_must_not_name_tools_or_arguments(chart: Chart, world: World) -> None:
    for intent in ("Please run cancel_pending_order.", "My order_id is below."):
        reason = reason_of(chart, world, task_of(world, CANCEL, intent=intent))
        assert reason == "the wording names a tool or an argument", f"{intent!r} gave {reason!r}"


def test_facts_must_tell_their_values(chart: Chart, world: World) -> None:
    facts = (Fact(label="order id", value="ORD-1001", text="It is order ORD-10010."),)
    assert reason_of(chart, world, task_of(world, CANCEL, facts=facts)) == "a fact does not tell its value"


# -- what gold does -------------------------------------------------------------------------------


def test_gold_must_not_err(chart: Chart, world: World) -> None:
    assert reason_of(chart, world, task_of(world, MOVE, SHIPPED)) == "a gold call errs"


def test_a_task_of_another_domain_is_refused_with_a_reason(chart: Chart, world: World) -> None:
    task = task_of(world, CANCEL)
    stray = RowChange(table="planet", key=1, before=None, after={"id": 1})
    assert reason_of(chart, world, task.model_copy(update={"state": (stray,)})) == "the state does not fit the domain"
    unknown = ToolCall(name="launch_rocket", arguments={})
    assert reason_of(chart, world, task.model_copy(update={"gold": (unknown,)})) == "a gold call errs"


def test_gold_must_lead_to_the_stored_difference(chart: Chart, world: World) -> None:
    task = task_of(world, CANCEL)
    elsewhere = task.diff[0].model_copy(update={"key": "ORD-1003"})
    assert reason_of(chart, world, task.model_copy(update={"diff": (elsewhere,)})) == "gold replays to another outcome"


def test_writes_that_cancel_out_are_no_task(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    city = next(row["city"] for row in loaded.seed["user"] if row["user_id"] == "ana_silva_4411")
    there, back = altered(MOVE, city="Oslo"), altered(MOVE, city=city)
    assert reason_of(chart, world, task_of(world, there, back)) == "the writes cancel out"


def test_there_must_be_something_to_do(chart: Chart, world: World) -> None:
    assert reason_of(chart, world, task_of(world)) == "there is nothing to do"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [({}, "a guess wins"), ({"status": "pending"}, "a guess wins"), ({"user_id": "ana_silva_4411"}, "")],
)
def test_a_guess_must_not_win(chart: Chart, world: World, arguments: dict[str, Json], reason: str) -> None:
    task = task_of(world, ToolCall(name="list_orders", arguments=arguments))
    assert reason_of(chart, world, task) == reason


def test_every_write_must_be_needed(chart: Chart, world: World) -> None:
    oslo, bergen = altered(MOVE, city="Oslo"), altered(MOVE, city="Bergen")
    assert reason_of(chart, world, task_of(world, oslo, bergen)) == "a gold call is not needed"


def test_every_read_of_a_writing_task_must_teach_something(chart: Chart, world: World) -> None:
    task = task_of(world, LOOK, CANCEL)
    assert reason_of(chart, world, task) == "a gold read teaches nothing", "the order's key is said"
    task = task_of(world, PENDING, CANCEL, facts=facts_of(PENDING)[:2] + facts_of(CANCEL)[1:])
    assert reason_of(chart, world, task) == "", "the list is how the order's key is known"
    both = task_of(
        world, PENDING, altered(PENDING, limit=5), CANCEL, facts=facts_of(PENDING)[:2] + facts_of(CANCEL)[1:]
    )
    both = both.model_copy(update={"facts": (*both.facts, Fact(label="limit", value=5, text="5 are enough."))})
    assert reason_of(chart, world, both) == "a gold read teaches nothing", "one list would have done"
    told = goal_of(0, 1, changes=(0,), outputs=(58.5,))
    assert reason_of(chart, world, task_of(world, LOOK, CANCEL, goals=(told,))) == "a gold read teaches nothing", (
        "the cancelled order shows its total too"
    )
    told = goal_of(0, 1, changes=(0,), outputs=(9.75,))
    product = ToolCall(name="get_product_details", arguments={"product_id": "P-02"})
    assert reason_of(chart, world, task_of(world, product, CANCEL, goals=(told,))) == "", "nothing else tells the price"


def test_every_argument_must_matter(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    city = next(row["city"] for row in loaded.seed["user"] if row["user_id"] == "ana_silva_4411")
    rejection = prove(chart, world, task_of(world, altered(MOVE, address="Elm Court 4", city=city)))
    assert rejection is not None and rejection.reason == "an argument is inert"
    assert rejection.detail == "update_user_address city", "the rejection must name the argument"


def test_two_updates_that_one_call_makes_are_too_many(chart: Chart, world: World) -> None:
    street = ToolCall(name=MOVE.name, arguments={"user_id": "ana_silva_4411", "address": "Elm Court 4"})
    rejection = prove(chart, world, task_of(world, street, MOVE))
    assert rejection is not None and rejection.reason == "there is a shorter way", rejection
    jonas = altered(MOVE, user_id="jonas_weber_9020")
    assert reason_of(chart, world, task_of(world, street, jonas)) == "", "two rows need two updates"


def test_writes_that_undo_each_other_are_too_many(tmp_path: Path) -> None:
    """Neither can be left out alone, both can: with amounts below zero allowed, a top-up can be taken back."""
    folder = copytree(MINISHOP, tmp_path / "minishop")
    text = (folder / "domain.json").read_text("utf-8")
    (folder / "domain.json").write_text(re.sub(r'"exclusiveMinimum": 0', '"exclusiveMinimum": -100', text), "utf-8")
    loaded = load(folder)
    up = ToolCall(name="top_up_balance", arguments={"user_id": "mei_tanaka_1177", "amount": 5.0})
    with closing(World(loaded)) as world:
        reason = reason_of(Chart(loaded.domain), world, task_of(world, CANCEL, up, altered(up, amount=-5.0)))
    assert reason == "there is a shorter way"


# -- what can be known ----------------------------------------------------------------------------


def test_every_argument_must_be_knowable(chart: Chart, world: World) -> None:
    task = task_of(world, CANCEL)
    assert reason_of(chart, world, task.model_copy(update={"facts": task.facts[1:]})) == "an argument cannot be known"
    told = task.model_copy(update={"facts": task.facts[1:], "intent": "It is about ORD-1001."})
    assert reason_of(chart, world, told) == "", "a value in the opening message is known"


def test_a_number_is_learned_only_where_it_is_what_it_is(chart: Chart, world: World) -> None:
    """The first line of an order has the key 1, and the quantity 1 of another line does not tell it."""
    look = ToolCall(name="get_order_details", arguments={"order_id": "ORD-1003"})
    drop = ToolCall(name="delete_order_item", arguments={"item_id": 1})
    task = task_of(world, look, drop, facts=facts_of(look))
    assert reason_of(chart, world, task) == "an argument cannot be known"
    look = altered(look, order_id="ORD-1001")
    assert reason_of(chart, world, task_of(world, look, drop, facts=facts_of(look))) == ""


def test_a_described_row_is_learned_from_rows_of_its_table(chart: Chart, world: World) -> None:
    """Who means "the user who lives in Porto" does not learn who that is from an order."""
    order = ToolCall(name="get_order_details", arguments={"order_id": "ORD-1001"})
    lives = Claim(table="user", key="ana_silva_4411", conditions=(("city", "Porto"),))
    facts = (*facts_of(order), Fact(label="city", value="Porto", text="I live in Porto."), *facts_of(MOVE)[1:])
    task = task_of(world, order, MOVE, facts=facts)
    assert reason_of(chart, world, task) == ""
    assert reason_of(chart, world, task.model_copy(update={"claims": (lives,)})) == "an argument cannot be known"
    owns = Claim(
        table="user", key="ana_silva_4411", conditions=(("order_id", "ORD-1001"),), of="order", column="user_id"
    )
    assert reason_of(chart, world, task.model_copy(update={"claims": (owns,)})) == ""


def test_a_description_must_fit_one_row(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    loose = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"),))
    tight = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"), ("user_id", "ana_silva_4411")))
    reason = reason_of(chart, world, task_of(world, CANCEL, claims=(loose,)))
    assert reason == "the description fits several rows, or none"
    assert holds(tight, chart, loaded.seed) and not holds(loose, chart, loaded.seed)


def test_a_description_must_not_fit_another_row_later(chart: Chart, world: World) -> None:
    lives = Claim(table="user", key="jonas_weber_9020", conditions=(("city", "Leipzig"),))
    joins = altered(MOVE, city="Leipzig")
    task = task_of(world, joins)
    assert reason_of(chart, world, task) == ""
    reason = reason_of(chart, world, task.model_copy(update={"claims": (lives,)}))
    assert reason == "the description fits several rows, or none", "gold makes a second row fit the description"


def test_a_description_must_be_told(chart: Chart, world: World) -> None:
    secret = Claim(table="user", key="mei_tanaka_1177", conditions=(("balance", 105.4),))
    assert reason_of(chart, world, task_of(world, CANCEL, claims=(secret,))) == "a description is not told"


def test_the_difficulty_must_be_right(chart: Chart, world: World) -> None:
    tight = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"), ("user_id", "ana_silva_4411")))
    task = task_of(world, PENDING, CANCEL, facts=facts_of(PENDING)[:2] + facts_of(CANCEL)[1:], claims=(tight,))
    right = Difficulty(calls=2, tools=len(chart.domain.tools), reads=1, ambiguity=4)
    assert reason_of(chart, world, task.model_copy(update={"difficulty": right})) == ""
    wrong = right.model_copy(update={"ambiguity": 1})
    assert reason_of(chart, world, task.model_copy(update={"difficulty": wrong})) == "the difficulty is another"
