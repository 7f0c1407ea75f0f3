"""The parts of one draw: rows that change, who and what is chosen, what goes wrong on purpose, what is to be told."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agentgym.scalars import scalars
from agentgym.tasks.chart import Chart, technical
from agentgym.tasks.sampling.coherence import coherent
from agentgym.tasks.sampling.coverage import MAX_CALLS, Coverage
from agentgym.tasks.sampling.draft import Drafter, Plan, Revises
from agentgym.tasks.sampling.foresight import Foresight
from agentgym.tasks.sampling.ground import ground
from agentgym.tasks.sampling.initial import earlier, someone
from agentgym.tasks.sampling.outputs import Outputs
from agentgym.tasks.sampling.pruning import pruned
from agentgym.tasks.sampling.revise import misspelt
from agentgym.tasks.sampling.scene import Scene
from agentgym.tasks.sampling.values import Values
from agentgym.tasks.sampling.walk import SHAPES, Hop, Link, walk
from agentgym.tasks.saying import says
from agentgym.tasks.steps import Pick, Step
from agentgym.tasks.wording.describe import settle
from agentgym.tasks.wording.templates import Templates
from agentgym.types import Claim, Task, ToolCall
from agentgym.world.diff import patched
from agentgym.world.load import load
from agentgym.world.world import World
from tests.minishop import MINISHOP

COMMITTED = Path(__file__).parents[1] / "envs_generated"
LOADED = load(MINISHOP)
CHART = Chart(LOADED.domain)
SEEDS = st.integers(0, 5_000)
SLOW = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World(LOADED)
    yield world
    world.close()


def _scene(world: World, seed: int) -> Scene:
    world.reset()
    return Scene(CHART, random.Random(seed), world.rows())


def _made(world: World, seed: int, *hops: Hop) -> tuple[Scene, tuple[Step, ...]]:
    scene = _scene(world, seed)
    return scene, ground(scene, world, hops)


# -- rows -----------------------------------------------------------------------------------------


@SLOW
@given(seed=SEEDS)
def test_patched_rows_are_those_of_the_world(world: World, seed: int) -> None:
    scene = _scene(world, seed)
    hops = walk(CHART, scene.rng, Coverage(), writes=True, length=6)
    ground(scene, world, hops)
    assert patched(scene.start, world.diff(), CHART.tables) == world.rows(), "the sampler and the world disagree"
    assert scene.rows == world.rows(), "the scene was not refreshed after the last write"


def test_patched_leaves_what_it_was_given(world: World) -> None:
    world.reset()
    rows = world.rows()
    before = repr(rows)
    world.call("cancel_pending_order", {"order_id": "ORD-1001", "reason": "ordered by mistake"})
    patched(rows, world.diff(), CHART.tables)
    assert repr(rows) == before, "the seed rows are shared by all draws and must not change"


@SLOW
@given(seed=SEEDS)
def test_earlier_calls_leave_a_small_patch_that_fits(world: World, seed: int) -> None:
    rng = random.Random(seed)
    world.reset()
    rows = world.rows()
    person = someone(CHART, rows, rng, Coverage())
    state = earlier(CHART, world, rows, {"create_order"}, person, rng)
    assert len(state) <= 12, f"{len(state)} rows differ from the seed: a state must stay close to it"
    world.reset(state)
    assert world.rows() == patched(rows, state, CHART.tables)


def test_states_and_persons_vary(world: World) -> None:
    world.reset()
    rows, coverage = world.rows(), Coverage()
    states, people = set(), []
    for seed in range(30):
        rng = random.Random(seed)
        person = someone(CHART, rows, rng, coverage)
        assert person is not None and person[0] == "user"
        coverage.admit([], [], [person], writes=True, shape="apart")
        people.append(person)
        states.add(repr(earlier(CHART, world, rows, {"create_order"}, person, rng)))
    assert len(states) > 15, f"30 draws gave {len(states)} states"
    count = len(rows["user"])
    assert len(set(people[:count])) > count // 2, "who was not named yet should come first"


# -- what is chosen -------------------------------------------------------------------------------


def test_a_read_looks_for_what_a_later_call_can_use(world: World) -> None:
    hops = (Hop("list_orders"), Hop("cancel_pending_order", (Link("order_id", 0, "order_id"),), goal=True))
    world.reset()
    rows = world.rows()
    foresight = Foresight(CHART, hops)
    for row in rows["order"]:
        useful = foresight.useful(0, rows, row)
        assert useful == (row["status"] == "pending"), f"{row['order_id']} is {row['status']}, useful: {useful}"


@pytest.mark.parametrize("seed", range(12))
def test_so_a_guarded_call_is_hardly_ever_dropped(world: World, seed: int) -> None:
    hops = (Hop("list_orders"), Hop("cancel_pending_order", (Link("order_id", 0, "order_id"),), goal=True))
    _, steps = _made(world, seed, *hops)
    assert [step.call.name for step in steps] == ["list_orders", "cancel_pending_order"]


def test_nobody_undoes_what_they_asked_for(world: World) -> None:
    create = Hop("create_order", goal=True)
    for seed in range(10):
        scene, steps = _made(world, seed, create)
        assert steps and steps[0].about is not None
        row = scene.row("order", steps[0].about.key)
        assert row is not None
        assert not coherent(scene, CHART.bindings["cancel_pending_order"], row), "a new order is not cancelled at once"
        other = next(each for each in scene.rows["order"] if each["order_id"] != row["order_id"])
        assert coherent(scene, CHART.bindings["cancel_pending_order"], other)


@SLOW
@given(seed=SEEDS)
def test_the_same_change_is_not_asked_for_twice(world: World, seed: int) -> None:
    scene = _scene(world, seed)
    steps = ground(scene, world, walk(CHART, scene.rng, Coverage(), writes=True, length=MAX_CALLS))
    calls = [repr(step.call) for step in steps]
    assert len(set(calls)) == len(calls), f"a call is made twice: {calls}"
    for step in steps:
        assert CHART.bindings[step.call.name].writes == bool(step.rows), f"{step.call.name} changed {step.rows}"


def test_rows_that_were_named_are_chosen_less(world: World) -> None:
    world.reset()
    rows, coverage = world.rows(), Coverage()
    kept = rows["order"][3]
    named = [("order", row["order_id"]) for row in rows["order"] if row is not kept]
    for _ in range(20):
        coverage.admit([], [], named, writes=True, shape="apart")
    picked = [Scene(CHART, random.Random(seed), rows, coverage).choose("order", rows["order"]) for seed in range(30)]
    assert sum(row == kept for row in picked) > 25, "the one order that no task has named yet should come up"


@given(low=st.integers(1, 300), seed=SEEDS)
def test_an_amount_beyond_a_guard_lies_beyond_it(low: int, seed: int) -> None:
    values = Values(random.Random(seed), {})
    schema = {"type": "number", "minimum": 1, "maximum": 400}
    amount = values.draw("amount", schema, None, "", low=low)
    assert amount is None or low <= amount <= 400, f"{amount} does not lie between {low} and 400"
    assert values.draw("amount", schema, None, "", low=401) is None, "the schema allows nothing that high"


@pytest.mark.parametrize(
    "name", ["X-RateLimit-Limit", "x-apideck-service-id", "Idempotency-Key", "requestId", "If-Match"]
)
def test_headers_are_not_for_users(name: str) -> None:
    assert technical(name), f"no user speaks of {name}"


@pytest.mark.parametrize("name", ["order_id", "client_name", "accept_terms", "keyword", "clientele", "x"])
def test_ordinary_arguments_are(name: str) -> None:
    assert not technical(name), f"{name} is no header"


# -- reads that are not needed --------------------------------------------------------------------


def test_a_look_up_of_what_a_list_shows_is_dropped() -> None:
    order = {"order_id": "ORD-1", "user_id": "ana"}
    steps = (
        Step(ToolCall(name="list_orders"), [order, {"order_id": "ORD-2", "user_id": "bo"}], goal=False),
        Step(ToolCall(name="get_order_details"), order, False, {"order_id": Pick("order", "ORD-1", 0)}),
        Step(ToolCall(name="get_user_details"), {"user_id": "ana"}, True, {"user_id": Pick("user", "ana", 1)}),
    )
    of_order = Claim(table="user", key="ana", conditions=(("order_id", "ORD-1"),), of="order", column="user_id")
    claims = {("user", "ana"): of_order}
    kept = pruned(CHART, steps, claims)
    assert [step.call.name for step in kept] == ["list_orders", "get_user_details"]
    assert kept[1].picks["user_id"].step == 0, "the list tells the user"
    hidden = (replace(steps[0], result=[{"order_id": "ORD-1"}]), *steps[1:])
    assert pruned(CHART, hidden, claims) == hidden, "a list without users cannot tell whose order it is"


@SLOW
@given(seed=SEEDS)
def test_pruning_keeps_goals_and_the_order(world: World, seed: int) -> None:
    scene = _scene(world, seed)
    ground(scene, world, walk(CHART, scene.rng, Coverage(), writes=True, length=8, shape=SHAPES[1]))
    steps, claims = settle(CHART, scene.start, scene.steps, scene.rng)
    kept = pruned(CHART, steps, claims)
    assert [step.call for step in kept if step.goal] == [step.call for step in steps if step.goal]
    for place, step in enumerate(kept):
        for pick in step.picks.values():
            assert pick.step is None or pick.step < place
            assert pick.step is None or pick.key in list(scalars(kept[pick.step].result)), f"{pick} is not shown there"


# -- what is to be told ---------------------------------------------------------------------------


@SLOW
@given(seed=SEEDS, demanded=st.booleans())
def test_outputs_stand_in_the_result_and_not_in_the_request(world: World, seed: int, demanded: bool) -> None:
    scene = _scene(world, seed)
    ground(scene, world, walk(CHART, scene.rng, Coverage(), writes=demanded, length=6, shape=SHAPES[-1]))
    steps = Outputs(scene, world, demanded=demanded).choose()
    said = " | ".join(str(leaf) for step in steps for leaf in scalars(step.call.arguments))
    for step in steps:
        question = not CHART.bindings[step.call.name].writes
        assert not (demanded and question and step.goal and not step.told), f"{step.call} asks for nothing"
        for item in step.told:
            assert item.value in list(scalars(step.result)), f"{item} is not what {step.call.name} answered"
            assert not says(said, item.value), f"{item} is said by the user"
            assert not isinstance(item.value, bool) and item.value is not None


def test_a_new_balance_is_told_as_new(world: World) -> None:
    told = []
    for seed in range(40):
        hops = (Hop("cancel_pending_order", goal=True), Hop("count_orders", goal=True))
        scene, steps = _made(world, seed, *hops)
        if len(steps) == 2:
            told += Outputs(scene, world, demanded=True).choose()[1].told
    assert told and all(item.name == "count" and item.fresh for item in told), f"{told}"


# -- what goes wrong on purpose -------------------------------------------------------------------


@given(text=st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=30), seed=SEEDS)
def test_a_misspelt_text_is_another_one_of_the_same_length(text: str, seed: int) -> None:
    other = misspelt(text, random.Random(seed))
    assert len(other) == len(text)
    digits = any(sign.isdecimal() for sign in text)
    assert other != text or not digits, f"{text!r} has a digit and was not misspelt"


def _draft(world: World, seed: int, refuses: bool = False, revises: Revises = "") -> Task | None:
    chart = Chart(world.loaded.domain)
    drafter = Drafter(chart, world, Coverage(), Templates())
    plan = Plan(True, 4, SHAPES[seed % len(SHAPES)], refuses, revises)
    return drafter.draw(f"{chart.domain.name}-x", plan, random.Random(seed), seed).task


def _error(world: World, task: Task, calls: Sequence[ToolCall], then: Sequence[ToolCall] = ()) -> str | None:
    """What the last call of ``then`` answers after ``calls``, made from the task's state."""
    world.reset(task.state)
    error = None
    for call in (*calls, *then):
        error = world.call(call.name, call.arguments).error
    return error


def test_refused_calls_err_before_and_after_and_change_nothing(world: World) -> None:
    tasks = [task for seed in range(25) if (task := _draft(world, seed, refuses=True)) is not None]
    refused = [(task, call) for task in tasks for goal in task.goals for call in goal.refused]
    assert len(refused) >= 10, f"{len(refused)} of {len(tasks)} drafts have a refusal"
    for task, call in refused:
        assert task.gold, "a task that only asks for what is forbidden pays for doing nothing"
        assert _error(world, task, (), (call,)), f"{call} is done at first"
        assert _error(world, task, task.gold, (call,)), f"{call} is done after gold"
        assert world.diff() == task.diff


def test_slips_fail_and_changes_are_made_good() -> None:
    world = World(load(COMMITTED / "project-tracker"))
    for kind in ("slip", "change"):
        tasks = [task for seed in range(40) if (task := _draft(world, seed, revises=kind)) is not None]
        revised = [(task, task.revisions[0]) for task in tasks if task.revisions]
        assert len(revised) >= 5, f"{len(revised)} of {len(tasks)} drafts have a {kind}"
        for task, revision in revised:
            right = next(fact.value for fact in task.facts if fact.label == revision.label)
            assert revision.kind == kind and revision.value != right
            error = _error(world, task, (), revision.calls)
            assert (error is not None) == (kind == "slip"), f"{revision.calls} gave {error!r}"
            assert world.diff() != task.diff
            _error(world, task, revision.calls, task.gold)
            assert world.diff() == task.diff, f"gold does not make {revision.calls} good"
    world.close()


# -- the whole of a draft -------------------------------------------------------------------------


@SLOW
@given(seed=SEEDS)
def test_goals_share_out_the_calls_and_cover_the_changes(world: World, seed: int) -> None:
    task = _draft(world, seed, refuses=seed % 3 == 0)
    assume(task is not None)
    assert task is not None
    places = sorted(place for goal in task.goals for place in goal.calls)
    assert places == list(range(len(task.gold))), f"the goals have the calls {places} of {len(task.gold)}"
    covered = {place for goal in task.goals for place in goal.changes}
    assert covered == set(range(len(task.diff))), f"the goals have the changes {covered} of {len(task.diff)}"
    assert task.difficulty is not None and task.difficulty.calls == len(task.gold)
