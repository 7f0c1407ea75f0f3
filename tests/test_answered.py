"""Questions of read-only tasks: none that an earlier result answers, and none that two tools answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.tasks.answered import answered, rival
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.prove import led_to
from agentgym.tasks.proof.trial import Trial
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.types import Domain, Json, ToolCall
from agentgym.world.load import load
from agentgym.world.world import World
from tests.minishop import MINISHOP
from tests.players import call

FOLDER = Path(__file__).parents[1] / "envs_generated"
LOADED = load(MINISHOP)
CHART = Chart(LOADED.domain)
ANA = "ana_silva_4411"
USER = ToolCall(name="get_user_details", arguments={"user_id": ANA})
ORDERS = ToolCall(name="list_orders", arguments={"user_id": ANA})


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World(LOADED)
    yield world
    world.close()


def _made(world: World, one: ToolCall) -> tuple[ToolCall, Json]:
    return one, world.call(one.name, one.arguments).content


PENDING = call("list_orders", user_id=ANA, status="pending")
MANY = call("count_orders", user_id=ANA, status="pending")


@pytest.mark.parametrize(
    ("asked", "earlier", "expected"),
    [
        (PENDING, ORDERS, True),
        (ORDERS, PENDING, False),
        (MANY, ORDERS, True),
        (MANY, call("list_orders", user_id=ANA, limit=1), False),
        (MANY, call("list_products"), False),
        (USER, ORDERS, False),
        (USER, USER, True),
    ],
    ids=["narrower list", "wider list", "count", "first page", "another table", "only its key", "the same"],
)
def test_a_question_is_answered_by_what_holds_its_rows(
    world: World, asked: ToolCall, earlier: ToolCall, expected: bool
) -> None:
    found = answered(CHART, _made(world, asked), (), [_made(world, earlier)])
    assert found is expected, f"{asked.name} {asked.arguments} after {earlier.name} {earlier.arguments}: {found}"


@given(
    shown=st.lists(st.sampled_from(("name", "email", "city")), unique=True), wanted=st.sampled_from(("name", "city"))
)
def test_a_value_is_told_by_a_result_that_shows_it_of_that_row(shown: list[str], wanted: str) -> None:
    row: dict[str, Json] = {"user_id": ANA, "name": "Ana", "email": "ana@example.com", "city": "Recife"}
    part = {"users": [{"user_id": ANA, **{name: row[name] for name in shown}}]}
    other = {"users": [{**row, "user_id": "somebody_else"}]}
    orders = [{"order_id": "ORD-1", "user_id": ANA, "city": "Recife"}]  # which name the user, and are none
    earlier: list[tuple[ToolCall, Json]] = [(USER, part), (USER, other), (ORDERS, orders)]
    assert answered(CHART, (USER, row), (row[wanted],), earlier) is (wanted in shown), f"{shown} against {wanted}"


def _with_city_tool() -> Chart:
    """The domain with a second tool that takes a user's key and shows two columns."""
    domain = LOADED.domain
    spec = next(tool for tool in domain.tools if tool.name == USER.name)
    binding = next(one for one in domain.bindings if one.tool == USER.name)
    name = "get_user_city"
    more = {
        "tools": (*domain.tools, spec.model_copy(update={"name": name})),
        "bindings": (*domain.bindings, binding.model_copy(update={"tool": name, "fields": ("user_id", "city")})),
    }
    return Chart(Domain.model_validate(domain.model_copy(update=more).model_dump()))


def test_two_tools_that_tell_the_same_are_rivals() -> None:
    chart = _with_city_tool()
    assert rival(chart, USER, ["city"]) == "get_user_city", "both tools show the city"
    assert rival(chart, call("get_user_city", user_id=ANA), ["city"]) == USER.name, "both tools show the city"
    assert rival(chart, USER, ["email"]) == "", "only one tool shows the email"
    assert rival(chart, USER, []) == "", "only one tool shows all there is"
    assert rival(CHART, USER, ["city"]) == "", "there is no second tool"


@pytest.mark.parametrize("name", ["airline", "hotel", "retail", "warehouse"])
def test_the_words_of_sampled_tasks_lead_to_their_calls(name: str) -> None:
    loaded = load(FOLDER / name)
    chart, world = Chart(loaded.domain), World(loaded)
    reading = [task for task in sample_tasks(loaded, 14, seed=3)[0] if not task.writes]
    assert reading, f"{name} has no read-only task in 14"
    for task in reading:
        trial = Trial(chart, world, task)
        assert trial.replay() is None, f"{task.id} does not replay"
        assert led_to(trial) is None, f"{task.id}: {led_to(trial)} in {task.intent!r}"
    world.close()
