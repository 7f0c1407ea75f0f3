"""Worlds: calls that never raise, refusals that change nothing, resets, forks and differences."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.errors import AgentGymError, DialectError, DomainError, TaskError, ToolError
from agentgym.types import RowChange
from agentgym.world.canonical import canonical
from agentgym.world.load import load
from agentgym.world.world import INTERNAL, World

MINISHOP = Path(__file__).parent / "fixtures" / "minishop"
ANA = "ana_silva_4411"


@pytest.fixture
def world() -> Iterator[World]:
    world = World(load(MINISHOP))
    yield world
    world.close()


def edited(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of minishop with one text replaced."""
    folder = tmp_path / "minishop"
    shutil.copytree(MINISHOP, folder)
    text = (folder / file).read_text()
    assert old in text, f"the test's anchor {old!r} is not in {file}"
    (folder / file).write_text(text.replace(old, new))
    return folder


# -- calls ---------------------------------------------------------------------------------------


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


# -- reset, fork, diff ---------------------------------------------------------------------------


def test_reset_returns_to_the_seed_and_patches_move_the_start(world: World) -> None:
    seed = world.digest()
    patch = (
        RowChange(
            table="order", key="ORD-1001", before={"status": "pending"}, after={"status": "shipped", "from": None}
        ),
        RowChange(table="order_item", key=5, before={}, after=None),
        RowChange(table="product", key="P-9", before=None, after={"product_id": "P-9", "name": "Pen", "tags": ["a"]}),
    )
    world.reset(patch)
    assert world.diff() == ()
    assert world.call("get_product_details", {"product_id": "P-9"}).content["tags"] == ["a"]
    assert "must be 'pending'" in str(
        world.call("cancel_pending_order", {"order_id": "ORD-1001", "reason": "no longer needed"}).error
    )
    world.call("update_user_address", {"user_id": ANA, "city": "Faro"})
    assert [change.table for change in world.diff()] == ["user"]
    world.reset()
    assert world.digest() == seed
    assert world.diff() == ()


@pytest.mark.parametrize(
    "change",
    [
        RowChange(table="nothing", key=1, before=None, after={"id": 1}),
        RowChange(table="order", key="ORD-1", before={"status": "a"}, after={"status": "b"}),
        RowChange(table="order", key="ORD-1", before={}, after=None),
        RowChange(table="order", key="ORD-1001", before={"x": 1}, after={"x": 2}),
        RowChange(table="order", key="ORD-1001", before={"user_id": ANA}, after={"user_id": "nobody"}),
        RowChange(
            table="order", key="ORD-1001", before=None, after={"order_id": "ORD-1001", "user_id": ANA, "status": "x"}
        ),
    ],
)
def test_a_patch_that_does_not_fit_is_a_task_error(world: World, change: RowChange) -> None:
    seed = world.digest()
    with pytest.raises(TaskError, match="minishop"):
        world.reset([change])
    assert world.digest() == seed
    assert world.diff() == ()


def test_forks_share_nothing_but_the_start(world: World) -> None:
    world.call("update_user_address", {"user_id": ANA, "city": "Faro"})
    fork = world.fork()
    assert (fork.diff(), fork.digest()) == (world.diff(), world.digest())
    fork.call("top_up_balance", {"user_id": ANA, "amount": 5})
    assert fork.digest() != world.digest()
    world.reset()
    assert [change.after for change in fork.diff()] == [{"city": "Faro", "balance": 25.0}]
    fork.close()


def test_writes_that_cancel_out_leave_no_difference(world: World) -> None:
    world.call("update_user_address", {"user_id": ANA, "city": "Faro"})
    world.call("update_user_address", {"user_id": ANA, "city": "Porto"})
    assert world.diff() == ()


def test_the_same_calls_lead_to_the_same_state(world: World) -> None:
    def play() -> str:
        world.reset()
        world.call("create_order", {"user_id": ANA, "items": [{"product_id": "P-02", "quantity": 1}]})
        world.call("cancel_pending_order", {"order_id": "ORD-1005", "reason": "no longer needed"})
        return world.digest()

    assert play() == play()


def test_a_closed_world_says_so(world: World) -> None:
    world.close()
    world.close()
    with pytest.raises(AgentGymError, match="closed"):
        world.call("get_user_details", {"user_id": ANA})


# -- loading -------------------------------------------------------------------------------------


def test_loading_twice_gives_the_same_object_and_an_edit_a_new_one(tmp_path: Path) -> None:
    folder = edited(tmp_path, "policy.md", "small shop", "tiny shop")
    first = load(folder)
    assert load(str(folder)) is first
    (folder / "policy.md").write_text("Be kind.")
    assert load(folder).policy == "Be kind."


def test_generated_keys_are_told_from_callers_keys() -> None:
    generated = {table.name: table.generated for table in load(MINISHOP).domain.tables}
    assert generated == {"clock": False, "order": True, "order_item": True, "product": False, "user": False}


@pytest.mark.parametrize(
    ("file", "old", "new", "error", "message"),
    [
        ("tools.py", "@read\ndef get_user_details", "def get_user_details", DialectError, r"tools\.py:\d+"),
        ("tools.py", "    return user\n", "    return user.metadata\n", DialectError, "no column"),
        (
            "tools.py",
            "details(session: Session, user_id: str",
            "details(session: Session, user_id: str, x: str",
            DomainError,
            "takes",
        ),
        ("tools.py", "def get_user_details", "def get_user", DomainError, "differ in"),
        ("tools.py", "import Clock, ", "import Clock, Watch, ", DomainError, "tools.py does not load"),
        ("schema.py", "user.user_id", "customer.user_id", DomainError, "customer"),
        ("schema.py", "JSON", "JSONB", DialectError, r"schema\.py:\d+"),
        (
            "schema.py",
            "    email: str | None = None",
            "    email: str = Field(primary_key=True)",
            DomainError,
            "one column",
        ),
        ("seed.json", '"item_id": 2,', '"item_id": 1,', DomainError, "order_item"),
        ("seed.json", '"item_id": 2,', '"item_id": "two",', DomainError, "order_item 'two', column item_id"),
        ("seed.json", '"item_id": 2,', '"item_id": 2, "x": 1,', DomainError, "unknown columns"),
        (
            "seed.json",
            '"product_id": "P-03", "q',
            '"product_id": "P-33", "q',
            DomainError,
            "order_item 3 refers to product 'P-33'",
        ),
        ("seed.json", '"balance": 20.0', '"balance": NaN', DomainError, "NaN is not JSON"),
        ("seed.json", '"clock"', '"watch"', DomainError, "unknown tables"),
        ("seed.json", "{\n", "[\n", DomainError, "seed.json is not valid"),
        ("domain.json", '"minishop"', "3", DomainError, "domain.json is not valid"),
        ("domain.json", '"name": "user"', '"name": "person"', DomainError, "does not define"),
    ],
)
def test_broken_folders_are_named_with_what_to_do(
    tmp_path: Path, file: str, old: str, new: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        load(edited(tmp_path, file, old, new))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match=r"has no domain\.json; a domain folder holds"):
        load(tmp_path)


def test_broken_tasks_are_named(tmp_path: Path) -> None:
    folder = edited(tmp_path, "tasks.jsonl", '"domain"', '"realm"')
    with pytest.raises(DomainError, match=r"tasks\.jsonl:1"):
        load(folder).tasks()
    (folder / "tasks.jsonl").unlink()
    assert load(folder).tasks() == ()


def test_loading_leaves_nothing_importable() -> None:
    import sys

    load(MINISHOP)
    assert not [name for name in sys.modules if name.startswith("agentgym_domain_")]


# -- results -------------------------------------------------------------------------------------


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
