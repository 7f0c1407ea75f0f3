"""Each tool is bound to one operation on the tables, or rejected with a reason."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agentgym.build.induction.binding import bind
from agentgym.build.induction.schema import induce
from agentgym.types import Binding, ToolSpec
from tests.specs import BANK, ORDER, SHOP, STRING, tool


def bindings(*tools: ToolSpec) -> dict[str, Binding]:
    return {binding.tool: binding for binding in bind(induce(tools)).bindings}


def roles(binding: Binding) -> list[tuple[str, str]]:
    return [(use.parameter, use.role) for use in binding.uses]


@pytest.mark.parametrize(
    ("name", "op"),
    [("get_product", "get"), ("search_products", "list"), ("place_order", "create"), ("cancel_order", "transition"),
     ("update_product", "update"), ("delete_product", "delete")],
)  # fmt: skip
def test_operations(name: str, op: str) -> None:
    assert bindings(*SHOP)[name].op == op, f"{name} was bound to {bindings(*SHOP)[name].op}."


def test_a_cancellation_is_guarded_and_gives_back() -> None:
    cancel = bindings(*SHOP)["cancel_order"]
    assert [(guard.column, guard.test, guard.values) for guard in cancel.guards] == [("status", "in", ("pending",))]
    moves = {(effect.table, effect.column, effect.op): effect.value or effect.amount for effect in cancel.effects}
    assert moves == {("order", "status", "set"): "cancelled", ("product", "stock", "add"): "own.quantity"}, (
        f"It does {moves}."
    )
    assert ("reason", "set") in roles(cancel), "The reason must be stored in cancel_reason."


def test_an_order_uses_up_stock_and_has_a_total() -> None:
    place = bindings(*SHOP)["place_order"]
    moves = {(effect.table, effect.column): (effect.op, effect.amount) for effect in place.effects}
    assert moves[("product", "stock")] == ("subtract", "quantity")
    assert moves[("order", "total")] == ("set", "product_id.price*quantity")
    assert any(guard.test == "at_least" and guard.column == "stock" for guard in place.guards), (
        "Stock must cover an order."
    )


def test_a_transfer_moves_money_between_two_accounts() -> None:
    transfer = bindings(*BANK)["transfer_funds"]
    moves = {effect.of: effect.op for effect in transfer.effects if effect.column == "balance"}
    assert moves == {"from_account_id": "subtract", "to_account_id": "add"}, f"The balances move as {moves}."
    assert any(guard.test == "differs" for guard in transfer.guards), "An account must not pay itself."


def test_a_scalar_result_is_the_column_its_name_asks_for() -> None:
    balance = bindings(*BANK)["get_account_balance"]
    assert (balance.returns, balance.fields) == ("value", ("balance",)), f"It returns {balance.fields}."


def _reasons(tools: Sequence[ToolSpec]) -> dict[str, str]:
    return {rejection.subject: rejection.reason for rejection in bind(induce(tools)).rejections}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (tool("ping"), "no table is recognisable"),
        (tool("convert_order", required=("order_id",), order_id=STRING), "computes something outside the database"),
        (
            tool("get_order_by_mood", returns=ORDER, required=("mood",), mood={"type": "object"}),
            "a required argument has no column",
        ),
        (
            tool("polish_order", "Polish an order.", required=("order_id",), order_id=STRING),
            "nothing to change is recognisable",
        ),
    ],
)
def test_what_cannot_be_bound_is_rejected_with_a_reason(spec: ToolSpec, reason: str) -> None:
    assert _reasons([*SHOP, spec])[spec.id] == reason


def test_an_optional_argument_that_nothing_honours_is_taken_off_and_recorded() -> None:
    spec = tool("list_recent_orders", returns={"type": "array", "items": ORDER}, cursor=STRING, status=STRING)
    bound = bind(induce([*SHOP, spec]))
    offered = next(one for one in bound.tools if one.name == spec.name).parameters["properties"]
    assert sorted(offered) == ["status"], f"The tool still offers {sorted(offered)}."
    assert "shop.list_recent_orders:cursor" in {rejection.subject for rejection in bound.rejections}
