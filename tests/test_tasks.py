"""Sampled tasks: what every one of them must hold, and what the proof keeps out."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentgym.env import ToolEnv
from agentgym.tasks.describe import holds
from agentgym.tasks.prove import prove
from agentgym.tasks.sample import sample_tasks
from agentgym.tasks.walk import Chart
from agentgym.types import Claim, Fact, Json, Rejection, RowChange, Task, ToolCall
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World

MINISHOP = Path(__file__).parent / "fixtures" / "minishop"
COUNT = 14


@pytest.fixture(scope="module")
def loaded() -> LoadedDomain:
    return load(MINISHOP)


@pytest.fixture(scope="module")
def sampled(loaded: LoadedDomain) -> tuple[list[Task], list[Rejection]]:
    return sample_tasks(loaded, COUNT, seed=0)


@pytest.fixture(scope="module")
def tasks(sampled: tuple[list[Task], list[Rejection]]) -> list[Task]:
    return sampled[0]


@pytest.fixture(scope="module")
def chart(loaded: LoadedDomain) -> Chart:
    return Chart(loaded.domain)


@pytest.fixture
def world(loaded: LoadedDomain) -> Iterator[World]:
    world = World(loaded)
    yield world
    world.close()


# -- what is sampled ------------------------------------------------------------------------------


def test_as_many_as_wanted_with_ids_in_order(tasks: list[Task]) -> None:
    assert [task.id for task in tasks] == [f"minishop-{number:04d}" for number in range(COUNT)]


def test_equal_seeds_give_equal_tasks_and_others_do_not(loaded: LoadedDomain, tasks: list[Task]) -> None:
    again, _ = sample_tasks(loaded, 4, seed=0)
    other, _ = sample_tasks(loaded, 4, seed=1)
    assert again == tasks[:4], "the first tasks of a larger sample must be those of a smaller one"
    assert [task.gold for task in other] != [task.gold for task in again], "another seed must draw other tasks"


def test_tasks_are_pure_json(tasks: list[Task]) -> None:
    for task in tasks:
        text = json.dumps(task.model_dump(mode="json"), allow_nan=False)
        assert Task.model_validate_json(text) == task, f"{task.id} does not survive JSON"


def test_both_kinds_many_lengths_and_all_tools(tasks: list[Task], chart: Chart) -> None:
    share = sum(task.writes for task in tasks) / len(tasks)
    lengths = Counter(len(task.gold) for task in tasks)
    used = {call.name for task in tasks for call in task.gold}
    assert 0.6 <= share <= 0.8, f"about 70% of tasks should write, not {share:.0%}"
    assert len(lengths) >= 4 and max(lengths) <= 8, f"lengths should vary within 8: {sorted(lengths)}"
    assert len(used) >= len(chart.bindings) - 2, f"these tools are never used: {sorted(set(chart.bindings) - used)}"


def test_intents_differ(tasks: list[Task]) -> None:
    openings = {task.intent[:12] for task in tasks}
    assert len({task.intent for task in tasks}) == len(tasks), "two tasks open with the same message"
    assert len(openings) > len(tasks) // 2, f"openings hardly vary: {sorted(openings)}"


def test_initial_states_differ(tasks: list[Task]) -> None:
    assert len({repr(task.state) for task in tasks}) >= 3, "the tasks all start from the same rows"
    assert all(len(task.state) <= 12 for task in tasks), "a task's state should stay close to the seed rows"


def test_every_task_can_be_won_and_not_by_doing_nothing(loaded: LoadedDomain, tasks: list[Task]) -> None:
    env = ToolEnv(folder=loaded.folder)
    for task in tasks:
        done = json.dumps({"name": "respond", "arguments": {"content": "Done."}})
        told = f"Done. {', '.join(map(str, task.outputs))}"
        gold = [json.dumps({"name": call.name, "arguments": call.arguments}) for call in task.gold]
        assert _play(env, task, [*gold, told]) == 1.0, f"gold does not win {task.id}"
        assert _play(env, task, [done] * 6) == 0.0, f"doing nothing wins {task.id}"
    env.close()


def _play(env: ToolEnv, task: Task, actions: list[str]) -> float:
    env.reset(seed=0, options={"task": task})
    for action in actions:
        _, reward, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            return reward
    return 0.0


def test_a_domain_without_tools_yields_no_task_but_a_reason(loaded: LoadedDomain) -> None:
    empty = replace(loaded, domain=loaded.domain.model_copy(update={"bindings": ()}))
    made, rejections = sample_tasks(empty, 3, seed=0)
    assert made == []
    assert [item.reason for item in rejections] == ["the domain yields too few tasks"]


def test_a_domain_that_only_reads_yields_read_only_tasks(loaded: LoadedDomain) -> None:
    reads = tuple(binding for binding in loaded.domain.bindings if not binding.writes)
    quiet = replace(loaded, domain=loaded.domain.model_copy(update={"bindings": reads}))
    made, _ = sample_tasks(quiet, 5, seed=0)
    assert len(made) == 5 and not any(task.writes for task in made)


# -- what the proof keeps out ---------------------------------------------------------------------

CANCEL = ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1001", "reason": "ordered by mistake"})
MOVE = ToolCall(name="update_user_address", arguments={"user_id": "ana_silva_4411", "city": "Porto"})


def _task(world: World, *gold: ToolCall, state: tuple[RowChange, ...] = (), **fields: Json) -> Task:
    """A task around ``gold`` in which every argument is said, with the difference that gold makes."""
    world.reset(state)
    for call in gold:
        world.call(call.name, call.arguments)
    facts = [
        Fact(label=f"detail {number}", value=value, text=f"It is {value}.")
        for number, value in enumerate(value for call in gold for value in call.arguments.values())
    ]
    given = {"intent": "Hello, I need some help.", "facts": tuple(facts), "diff": world.diff(), **fields}
    return Task(id="minishop-x", domain="minishop", gold=gold, state=state, **given)


def _reason(chart: Chart, world: World, task: Task) -> str:
    rejection = prove(chart, world, task)
    return rejection.reason if rejection else ""


def test_a_sound_task_passes(chart: Chart, world: World) -> None:
    assert prove(chart, world, _task(world, CANCEL)) is None


def test_sampled_tasks_pass_again(chart: Chart, world: World, tasks: list[Task]) -> None:
    for task in tasks:
        assert prove(chart, world, task) is None, f"{task.id} was admitted but does not hold"


def test_wording_must_not_name_tools_or_arguments(chart: Chart, world: World) -> None:
    for intent in ("Please run cancel_pending_order.", "My order_id is below."):
        reason = _reason(chart, world, _task(world, CANCEL, intent=intent))
        assert reason == "the wording names a tool or an argument", f"{intent!r} gave {reason!r}"


def test_facts_must_tell_their_values(chart: Chart, world: World) -> None:
    facts = (Fact(label="order id", value="ORD-1001", text="It is order ORD-10010."),)
    assert _reason(chart, world, _task(world, CANCEL, facts=facts)) == "a fact does not tell its value"


def test_gold_must_not_err(chart: Chart, world: World) -> None:
    shipped = CANCEL.model_copy(update={"arguments": {**CANCEL.arguments, "order_id": "ORD-1004"}})
    assert _reason(chart, world, _task(world, MOVE, shipped)) == "a gold call errs"


def test_a_task_of_another_domain_is_refused_with_a_reason(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL)
    stray = RowChange(table="planet", key=1, before=None, after={"id": 1})
    assert _reason(chart, world, task.model_copy(update={"state": (stray,)})) == "the state does not fit the domain"
    unknown = ToolCall(name="launch_rocket", arguments={})
    assert _reason(chart, world, task.model_copy(update={"gold": (unknown,)})) == "a gold call errs"


def test_gold_must_lead_to_the_stored_difference(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL)
    elsewhere = task.diff[0].model_copy(update={"key": "ORD-1003"})
    assert _reason(chart, world, task.model_copy(update={"diff": (elsewhere,)})) == "gold replays to another outcome"


def test_writes_that_cancel_out_are_no_task(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    city = next(row["city"] for row in loaded.seed["user"] if row["user_id"] == "ana_silva_4411")
    there = MOVE.model_copy(update={"arguments": {**MOVE.arguments, "city": "Oslo"}})
    back = MOVE.model_copy(update={"arguments": {**MOVE.arguments, "city": city}})
    assert _reason(chart, world, _task(world, there, back)) == "the writes cancel out"


def test_every_write_must_be_needed(chart: Chart, world: World) -> None:
    oslo, bergen = (
        MOVE.model_copy(update={"arguments": {**MOVE.arguments, "city": city}}) for city in ("Oslo", "Bergen")
    )
    assert _reason(chart, world, _task(world, oslo, bergen)) == "a gold call is not needed"


def test_every_argument_must_matter(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    city = next(row["city"] for row in loaded.seed["user"] if row["user_id"] == "ana_silva_4411")
    call = MOVE.model_copy(update={"arguments": {**MOVE.arguments, "address": "Elm Court 4", "city": city}})
    rejection = prove(chart, world, _task(world, call))
    assert rejection is not None and rejection.reason == "an argument is inert"
    assert rejection.detail == "update_user_address city", "the rejection must name the argument"


def test_every_argument_must_be_knowable(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL)
    assert _reason(chart, world, task.model_copy(update={"facts": task.facts[1:]})) == "an argument cannot be known"
    told = task.model_copy(update={"facts": task.facts[1:], "intent": "It is about ORD-1001."})
    assert _reason(chart, world, told) == "", "a value in the opening message is known"
    look = ToolCall(name="list_orders", arguments={"status": "pending"})
    learned = _task(
        world, look, CANCEL, facts=(*task.facts[1:], Fact(label="status", value="pending", text="Pending."))
    )
    assert _reason(chart, world, learned) == "", "a value in an earlier result is known"


def test_a_description_must_fit_one_row(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    loose = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"),))
    tight = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"), ("user_id", "ana_silva_4411")))
    reason = _reason(chart, world, _task(world, CANCEL, claims=(loose,)))
    assert reason == "the description fits several rows, or none"
    assert holds(tight, chart, loaded.seed) and not holds(loose, chart, loaded.seed)


def test_a_description_must_not_fit_another_row_later(chart: Chart, world: World) -> None:
    lives = Claim(table="user", key="jonas_weber_9020", conditions=(("city", "Leipzig"),))
    joins = MOVE.model_copy(update={"arguments": {**MOVE.arguments, "city": "Leipzig"}})
    task = _task(world, joins)
    assert _reason(chart, world, task) == ""
    reason = _reason(chart, world, task.model_copy(update={"claims": (lives,)}))
    assert reason == "the description fits several rows, or none", "gold makes a second row fit the description"


def test_brute_force_must_not_pay(chart: Chart, world: World) -> None:
    before, after = {"status": "pending"}, {"status": "shipped"}
    only = (RowChange(table="order", key="ORD-1003", before=before, after=after),)
    assert _reason(chart, world, _task(world, CANCEL, state=only)) == "a careless policy scores 1"


def test_random_calls_prove_nothing(chart: Chart, world: World, tasks: list[Task]) -> None:
    """Gold with one argument taken from another task's gold must not pass as the first task."""
    rng = random.Random(0)
    writes = [task for task in tasks if task.writes and task.facts]
    for task in writes[:6]:
        other = rng.choice([item for item in writes if item.gold != task.gold])
        assert _reason(chart, world, task.model_copy(update={"gold": other.gold})), f"{task.id} took another's gold"
