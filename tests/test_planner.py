"""The planner: how it reads messages, fills arguments, chooses tools, and solves tasks from the outside."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.env import ToolEnv, functions
from agentgym.play.agents.planner import PlannerAgent, planner
from agentgym.play.agents.planner.choosing import rank
from agentgym.play.agents.planner.corrections import amended, correction
from agentgym.play.agents.planner.requests import understand
from agentgym.play.agents.planner.slots import fill
from agentgym.play.agents.planner.text import tokens
from agentgym.play.agents.planner.toolbox import Toolbox, read
from agentgym.spaces import parse_action
from agentgym.types import Json, Task
from agentgym.world.load import load

ROOT = Path(__file__).parents[1]
COMMITTED = ROOT / "envs_generated"


def function(name: str, description: str, **properties: Json) -> Json:
    required = [key for key, schema in properties.items() if not schema.pop("optional", False)]
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def identifier(noun: str, prefix: str, **more: Json) -> Json:
    return {"type": "string", "description": f"Identifier of the {noun}, such as {prefix}-1047.", **more}


TOOLS: list[Json] = [
    function("find_user_by_email", "Find a user by email.", email={"type": "string", "format": "email"}),
    function(
        "list_orders",
        "List orders, optionally of one user or with one status.",
        user_id=identifier("user", "USR", optional=True),
        status={"type": "string", "enum": ["pending", "shipped", "delivered"], "optional": True},
        min_total={"type": "number", "optional": True},
        limit={"type": "integer", "optional": True},
    ),
    function("get_order", "Get an order.", order_id=identifier("order", "ORD")),
    function(
        "cancel_order",
        "Cancel a pending order.",
        order_id=identifier("order", "ORD"),
        reason={"type": "string", "enum": ["changed_mind", "too_slow"]},
    ),
    function("count_orders", "Count the orders of a user.", user_id=identifier("user", "USR")),
    function(
        "update_order_address",
        "Change the address of an order.",
        order_id=identifier("order", "ORD"),
        address={"type": "string"},
        city={"type": "string"},
        postal_code={"type": "string"},
    ),
    function("set_order_tip", "Set the tip of an order.", order_id=identifier("order", "ORD"), tip={"type": "number"}),
]
BOX = read(TOOLS)


def asked(message: str, toolbox: Toolbox = BOX) -> list[str]:
    """The tools that a message's requests are understood to ask for."""
    requests, _ = understand(message, toolbox)
    return [rank(request, toolbox)[0].tool.name for request in requests]


def slots(tool: str, message: str) -> dict[str, Json]:
    found = BOX.tool(tool)
    assert found is not None
    return {name: slot.value for name, slot in fill(found, tokens(message), sure=0.45).items()}


# -- what is said -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "tools"),
    [
        ("Hi! Please cancel my order ORD-5. Thanks!", ["cancel_order"]),
        ("Could you cancel order ORD-5 and then show me order ORD-6?", ["cancel_order", "get_order"]),
        ("Order ORD-5 has to be cancelled.", ["cancel_order"]),
        ("What orders do I have? I'm new here.", ["list_orders"]),
        ("How many orders do I have?", ["count_orders"]),
        ("First, pull up order ORD-5; give me a list of all orders; and finally cancel order ORD-5.",
         ["get_order", "list_orders", "cancel_order"]),
        ("Make 5 the tip of order ORD-9, please.", ["set_order_tip"]),
        ("Put 5 down as the tip of the order under ORD-9.", ["set_order_tip"]),
        ("The tip of order ORD-9 should be 5 from now on.", ["set_order_tip"]),
    ],
)  # fmt: skip
def test_a_message_is_split_into_the_tools_it_asks_for(message: str, tools: list[str]) -> None:
    assert asked(message) == tools


def test_what_is_told_is_no_request() -> None:
    requests, statements = understand("Hello. I'm Ada Lovelace. My email is ada@example.com. That's all for now.", BOX)
    assert not requests, f"nothing is asked for: {[one.text for one in requests]}"
    assert any("ada@example.com" in one.text for one in statements)


def test_a_condition_is_no_request_of_its_own() -> None:
    requests, _ = understand("Cancel order ORD-5. If that's not possible, set the tip of order ORD-5 to 3.", BOX)
    assert [one.conditional for one in requests] == [False, True]
    requests, _ = understand("Cancel order ORD-5. If that can't be done, forget about it.", BOX)
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("message", "mention"),
    [
        ("cancel my order ORD-5", ("order", "ORD-5")),
        ("cancel the order with the ID ORD-5", ("order", "ORD-5")),
        ("cancel order number ORD-5", ("order", "ORD-5")),
        ("cancel the order (ORD-5)", ("order", "ORD-5")),
        ("cancel the order under ORD-5", ("order", "ORD-5")),
        ("cancel that order", ("order", "")),
    ],
)
def test_a_thing_is_found_with_its_identifier(message: str, mention: tuple[str, str]) -> None:
    requests, _ = understand(message, BOX)
    (found,) = requests[0].mentions
    assert (" ".join(found.entity), found.id) == mention


@pytest.mark.parametrize(
    ("tool", "message", "wanted"),
    [
        ("cancel_order", "cancel order ORD-5 because I \"changed mind\"", {"reason": "changed_mind"}),
        ("cancel_order", "cancel order ORD-5, the reason being too slow", {"reason": "too_slow"}),
        ("find_user_by_email", "find me by ada@example.com", {"email": "ada@example.com"}),
        ("list_orders", "list the delivered orders, at most 3 of them", {"status": "delivered", "limit": 3}),
        ("list_orders", "list the orders with a total of at least 40", {"min_total": 40}),
        ("set_order_tip", "change the tip of order ORD-5 to 4.5", {"tip": 4.5}),
        ("set_order_tip", "have 12 as the tip of my order", {"tip": 12}),
    ],
)  # fmt: skip
def test_values_go_to_the_parameters_they_are_said_for(tool: str, message: str, wanted: dict[str, Json]) -> None:
    assert slots(tool, message) == wanted


@pytest.mark.parametrize(
    ("reply", "wrong", "right"),
    [
        ("Sorry, the email is ada@example.com, not ada@exmaple.com.", "ada@exmaple.com", "ada@example.com"),
        ("I meant ORD-7; please ignore ORD-8.", "ORD-8", "ORD-7"),
        ("Let's go with blue rather than red for the color.", "red", "blue"),
        ("Make the tip 5 instead of 8.", "8", "5"),
    ],
)
def test_a_correction_tells_what_is_wrong_and_what_is_right(reply: str, wrong: str, right: str) -> None:
    assert correction(reply) == (wrong, right)


def test_only_whole_values_are_put_right() -> None:
    assert amended("orders 8 and 18", "8", "5") == "orders 5 and 18"
    assert correction("Yes, please go ahead.") is None


# -- playing ------------------------------------------------------------------------------------------


def talk(*observations: str, tools: list[Json] = TOOLS) -> list[str]:
    """The planner's actions when it is told ``observations`` one after another."""
    agent = PlannerAgent()
    agent.start(tools, "Be kind.", 0)
    return [agent.act((observation,)) for observation in observations]


def test_a_question_comes_before_a_change_and_the_answer_is_used() -> None:
    first, second = talk("Please cancel my order ORD-5.", "Yes. The reason is too slow.")
    assert first.endswith("?") and "reason" in first
    assert second == '{"name": "cancel_order", "arguments": {"order_id": "ORD-5", "reason": "too_slow"}}'


def test_a_look_up_asks_nothing_and_tells_what_it_found() -> None:
    call, report = talk("Show me order ORD-5, please.", '{"order_id": "ORD-5", "status": "shipped", "total": 59.9}')
    assert call == '{"name": "get_order", "arguments": {"order_id": "ORD-5"}}'
    assert "shipped" in report and "59.9" in report


def test_a_described_row_is_looked_up_and_never_guessed() -> None:
    rows = '[{"order_id": "ORD-1", "total": 10.5}, {"order_id": "ORD-2", "total": 59.9}]'
    actions = talk("My user ID is USR-1. Set the tip of my order with the total 59.9 to 4.", "Yes.", rows)
    assert actions[1] == '{"name": "list_orders", "arguments": {"user_id": "USR-1"}}'
    assert actions[2] == '{"name": "set_order_tip", "arguments": {"order_id": "ORD-2", "tip": 4}}'
    alike = rows.replace("10.5", "59.9")
    actions = talk("My user ID is USR-1. Set the tip of my order with the total 59.9 to 4.", "Yes.", *[alike] * 6)
    assert not any("set_order_tip" in action for action in actions), "two orders fit: the planner must not pick one"


def test_a_correction_is_acted_on() -> None:
    actions = talk("Set the tip of order ORD-5 to 4.", "Sorry, the order is ORD-6, not ORD-5.", '{"order_id": "ORD-6"}')
    assert actions[1] == '{"name": "set_order_tip", "arguments": {"order_id": "ORD-6", "tip": 4}}'


def test_explain_is_plain_data() -> None:
    agent = PlannerAgent()
    agent.start(TOOLS, "", 0)
    agent.act(("Show me order ORD-5.",))
    steps = agent.explain()
    assert steps and steps[0]["step"] == "choose" and steps[0]["tools"][0]["tool"] == "get_order"


class Sealed:
    """A task that must not be looked at."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"the planner looked at the task's {name}")


def test_it_never_touches_its_task() -> None:
    agent = planner(Sealed())  # type: ignore[arg-type]  # that is the point
    agent.start(TOOLS, "", 0)
    assert agent.act(("Show me order ORD-5.",)).startswith("{")


# -- whatever it is given -----------------------------------------------------------------------------

ODD: list[Json] = [
    None,
    "text",
    {},
    {"type": "function"},
    {"type": "function", "function": {"name": "", "parameters": None}},
    {"type": "function", "function": {"name": "get", "description": None, "parameters": {"properties": []}}},
    {"type": "function", "function": {"name": "update_thing", "parameters": {"properties": {"": 1, "id": None}}}},
    {"type": "function", "function": {"name": "deleteX", "parameters": {"properties": {"a": {"type": ["null"]}}}}},
    {"type": "function", "function": {"name": "list_é", "parameters": {"properties": {"q": {"anyOf": [{}, 1]}}}}},
    {"type": "function", "function": {"name": "set_n", "parameters": {"properties": {"n": {"enum": [None, {}, 3]}},
                                                                      "required": "n"}}},
    {"type": "function", "function": {"name": "add_lines", "parameters": {"properties": {
        "lines": {"type": "array", "items": {"properties": {"thing_id": {"type": "integer"}}}}},
        "required": ["lines"]}}},
]  # fmt: skip
_TEXT = st.one_of(
    st.text(max_size=200),
    st.sampled_from(["[]", "{}", "null", "[[[[]]]]", "Error: ", '{"id": null}', '[{"id": 1}, {"id": []}]', "?", '"'])
    | st.lists(st.sampled_from("cancel my order ORD-5 to the , . ; not instead of \" ( ) is should 5 list".split()),
               max_size=30).map(" ".join),
)  # fmt: skip


@given(st.lists(_TEXT, min_size=1, max_size=12), st.sampled_from([TOOLS, ODD, TOOLS + ODD, []]))
def test_nothing_that_it_hears_breaks_it(observations: list[str], tools: list[Json]) -> None:
    for action in talk(*observations, tools=tools):
        parse_action(action)


def test_equal_observations_give_equal_actions() -> None:
    heard = ("List the shipped orders, at most 3.", '[{"order_id": "ORD-1"}]', "You haven't cancelled order ORD-1.")
    assert talk(*heard) == talk(*heard)


# -- real tasks ---------------------------------------------------------------------------------------


@cache
def solved(folder: Path) -> dict[bool, tuple[int, int]]:
    """Of the tasks in a folder with one goal (True) and with more (False): how many there are, how many are solved."""
    counts = {True: (0, 0), False: (0, 0)}
    with closing(ToolEnv(folder=folder)) as env:
        for task in load(folder).tasks():
            many, won = counts[len(task.goals) == 1]
            counts[len(task.goals) == 1] = (many + 1, won + (play(env, task) == 1.0))
    return counts


def play(env: ToolEnv, task: Task) -> float:
    agent = planner(task)
    observation, _ = env.reset(seed=0, options={"task": task})
    agent.start(env.tools, env.policy, 0)
    while True:
        observation, reward, terminated, truncated, _ = env.step(agent.act((observation,)))
        if terminated or truncated:
            return float(reward)


def test_it_solves_most_single_requests_of_committed_domains() -> None:
    played = [solved(COMMITTED / name)[True] for name in ("retail", "airline", "hotel", "library")]
    many, won = map(sum, zip(*played, strict=True))
    assert many >= 8, f"too few tasks with one goal to tell: {many}"
    assert won >= many / 2, f"the planner solved {won} of {many} tasks with one goal; it should solve at least half"


def test_every_committed_tool_list_is_read() -> None:
    for folder in sorted(COMMITTED.iterdir()):
        loaded = load(folder)
        toolbox = read(functions(loaded.domain))
        assert [tool.name for tool in toolbox.tools] == list(loaded.tools), f"{folder.name}: tools were lost"
        wrong = [tool.name for tool in toolbox.tools if tool.reads == loaded.tools[tool.name].writes]
        assert not wrong, f"{folder.name}: whether they write is misread from the outside: {wrong}"
