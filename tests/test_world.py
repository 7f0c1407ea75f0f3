"""Calls that never raise, refusals that change nothing, and results in bounds."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.errors import DomainError, ToolError
from agentgym.world.canonical import canonical
from agentgym.world.load import load
from agentgym.world.world import INTERNAL, World
from tests.minishop import MINISHOP, edited

ANA = "ana_silva_4411"


# -- calls ----------------------------------------------------------------------------------------


def test_a_read_returns_plain_json_by_column_name(world: World) -> None:
    content = world.call("get_order_details", {"order_id": "ORD-1001"}).content
    assert list(content) == ["order_id", "user_id", "status", "from", "total", "cancel_reason", "created_at", "items"]
    assert content["from"] == "Porto"
    assert [item["item_id"] for item in content["items"]] == [1, 2]
    assert json.loads(json.dumps(content)) == content
    assert world.diff() == ()


def test_types_of_columns_survive_the_database(world: World) -> None:
    content = world.call("get_product_details", {"product_id": "P-01"}).content
    assert (content["available"], content["tags"], content["price"]) == (True, ["metal", "dimmable"], 39.0)
    assert world.rows()["product"][2]["tags"] is None
    assert world.rows()["product"][0]["available"] is True


def test_a_write_changes_what_it_says_and_can_be_read_back(world: World) -> None:
    made = world.call(
        "create_order", {"user_id": ANA, "items": [{"product_id": "P-02", "quantity": 3}], "from": "Porto"}
    )
    assert made.error is None
    assert (made.content["order_id"], made.content["total"]) == ("ORD-1005", 29.25)
    assert world.call("get_order_details", {"order_id": "ORD-1005"}).content == made.content
    assert [(change.table, change.key) for change in world.diff()] == [("order", "ORD-1005"), ("order_item", 6)]


def test_a_refusal_undoes_what_the_tool_had_written(world: World) -> None:
    before = world.digest()
    items = [{"product_id": "P-02", "quantity": 1}, {"product_id": "P-99", "quantity": 1}]
    assert world.call("create_order", {"user_id": ANA, "items": items}).error == "product 'P-99' not found"
    assert world.digest() == before
    assert world.diff() == ()
    assert world.call("create_order", {"user_id": ANA, "items": items[:1]}).content["order_id"] == "ORD-1005"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("get_order_detail", {}, "there is no tool 'get_order_detail'; did you mean 'get_order_details'?"),
        ("__init__", {}, "there is no tool '__init__'"),
        ("get_order_details", {}, "missing argument 'order_id'"),
        ("get_order_details", {"order": "x"}, "no argument \"order\"; did you mean 'order_id'?"),
        ("get_order_details", {"order_id": 3}, "argument 'order_id': expected string, got an integer: 3"),
        ("get_order_details", {"order_id": None}, "expected string, got null"),
        ("delete_order_item", {"item_id": True}, "expected integer, got a boolean: true"),
        ("delete_order_item", {"item_id": 1.5}, "argument 'item_id': expected integer"),
        ("delete_order_item", {"item_id": 2**63}, "an integer beyond 64 bits"),
        ("list_orders", {"limit": 0}, "argument 'limit': 0 is less than the minimum of 1"),
        (
            "cancel_pending_order",
            {"order_id": "ORD-1001", "reason": "no longer neded"},
            "did you mean 'no longer needed'?",
        ),
        (
            "create_order",
            {"user_id": ANA, "items": [{"product_id": "P-01"}]},
            "argument 'items[0]': 'quantity' missing",
        ),
        ("create_order", {"user_id": ANA, "items": [{"product_id": "P-01", "quantity": "2"}]}, "'items[0].quantity'"),
        ("top_up_balance", {"user_id": ANA, "amount": float("nan")}, "nan; JSON numbers are finite"),
        ("top_up_balance", {"user_id": ANA, "amount": float("inf")}, "inf; JSON numbers are finite"),
        ("get_user_details", {"user_id": "\ud800"}, "a lone surrogate"),
        ("get_user_details", {"user_id": "x" * 70_000}, "larger than 65536"),
        ("get_user_details", {"user_id": {1, 2}}, "a set, which is not JSON"),
        ("get_user_details", {"user_id": b"x"}, "a bytes, which is not JSON"),
        ("get_user_details", {3: "x"}, "keys are strings"),
        ("get_user_details", ["x"], "the arguments of get_user_details are a JSON object, not an array"),
        (None, {}, "there is no tool 'None'"),
        (["x"], {}, "there is no tool"),
    ],
)
def test_wrong_calls_say_what_is_wrong_and_where(world: World, name: Any, arguments: Any, message: str) -> None:
    before = world.digest()
    error = world.call(name, arguments).error
    assert error is not None and message in error, f"{error!r} does not say {message!r}"
    assert not error.startswith(INTERNAL)
    assert world.digest() == before


def test_deep_arguments_are_refused_before_anything_looks_at_them(world: World) -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    assert "nested deeper" in str(world.call("get_user_details", {"user_id": deep}).error)


def test_a_whole_float_is_an_integer(world: World) -> None:
    assert world.call("delete_order_item", {"item_id": 3.0}).content["item_id"] == 3


def test_broken_constraints_are_told_in_plain_words(tmp_path: Path) -> None:
    folder = edited(tmp_path, "tools.py", "    if session.get(User, user_id) is not None:\n", "    if False:\n")
    world = World(load(folder))
    assert world.call("register_user", {"user_id": ANA, "name": "x"}).error == "user.user_id is already taken"
    world.close()
    folder = edited(tmp_path / "b", "tools.py", "    if session.get(User, user_id) is None:\n", "    if False:\n")
    world = World(load(folder))
    error = world.call("create_order", {"user_id": "nobody", "items": [{"product_id": "P-01", "quantity": 1}]}).error
    assert error == "order 'ORD-1005' refers to user 'nobody', which does not exist"
    assert world.diff() == ()
    assert world.call("get_user_details", {"user_id": ANA}).error is None
    world.close()


@pytest.mark.parametrize(
    ("old", "new", "call", "message"),
    [
        ("    return user\n", "    user.balance.append(1)\n    return user\n", "get_user_details", "AttributeError"),
        ("    return user\n", "    return session\n", "get_user_details", "holds a Session"),
        ("    return user\n", "    return {1: user}\n", "get_user_details", "keys are strings"),
        ("    return user\n", '    user.name = "x"\n    return user\n', "get_user_details", "marked @read but changed"),
        (
            "    return user\n",
            '    user.name = ["x"]\n    session.add(user)\n    return 1\n',
            "update_user_address",
            "",
        ),
    ],
)
def test_a_tools_own_fault_is_marked_and_undone(tmp_path: Path, old: str, new: str, call: str, message: str) -> None:
    world = World(load(edited(tmp_path, "tools.py", old, new)))
    before = world.digest()
    error = world.call(call, {"user_id": ANA}).error
    assert error is not None and error.startswith(INTERNAL) and message in error, error
    assert world.digest() == before
    assert world.call("get_order_details", {"order_id": "ORD-1001"}).error is None, "the next call works"
    world.close()


def test_numbers_out_of_range_are_refused(tmp_path: Path) -> None:
    world = World(
        load(edited(tmp_path, "tools.py", "round(user.balance + amount, 2)", "user.balance + amount * 1e308 * 9"))
    )
    assert world.call("top_up_balance", {"user_id": ANA, "amount": 9999}).error == "a number is out of range"
    assert world.diff() == ()
    world.close()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_no_argument_value_makes_a_call_raise_or_change_rows(value: Any) -> None:
    world = World(load(MINISHOP))
    before = world.digest()
    for name, parameter in (("get_user_details", "user_id"), ("delete_order_item", "item_id")):
        result = world.call(name, {parameter: value})
        if result.error is not None:
            assert not result.error.startswith(INTERNAL), result.error
            assert world.digest() == before
        world.reset()
    world.close()


# -- results --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [float("inf"), 2**63, ["x"] * 60_000, "x" * 2_000_000])
def test_results_out_of_bounds_are_refused(value: Any) -> None:
    with pytest.raises(ToolError):
        canonical(value, {})


@pytest.mark.parametrize("value", ["\ud800", {1: 2}, {"x": object()}, b"x", {"a", "b"}, sqlite3])
def test_results_that_are_no_json_are_the_tools_fault(value: Any) -> None:
    with pytest.raises(DomainError):
        canonical(value, {})


def test_tuples_become_lists_and_depth_is_bounded() -> None:
    assert canonical((1, ("a", None)), {}) == [1, ["a", None]]
    deep: Any = []
    for _ in range(20):
        deep = [deep]
    with pytest.raises(DomainError, match="deeper"):
        canonical(deep, {})
