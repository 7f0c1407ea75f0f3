"""Directed edges: a result that fills a parameter."""

from __future__ import annotations

from typing import Any

from agentgym.build.dependencies import dependencies
from agentgym.types import Schema, ToolSpec

STRING = {"type": "string"}


def tool(name: str, parameters: dict[str, Any], returns: Schema | None = None) -> ToolSpec:
    schema = {"type": "object", "properties": parameters}
    return ToolSpec(id=f"s.{name}", service="s", name=name, description="", parameters=schema, returns=returns or {})


def record(**properties: Any) -> Schema:
    return {"type": "object", "properties": properties}


def found(*tools: ToolSpec) -> set[tuple[str, str, str, str, float, str]]:
    edges = dependencies(tools)
    return {(e.source, e.output, e.target, e.parameter, e.score, e.decided_by) for e in edges}


LOOKUP = tool("find_user_id_by_email", {"email": STRING}, STRING)
LIST = tool(
    "list_orders",
    {"user_id": STRING, "limit": {"type": "integer"}},
    {"type": "array", "items": record(id=STRING, items={"type": "array", "items": record(product_id=STRING)})},
)


def test_a_looked_up_id_fills_the_parameter_of_its_name() -> None:
    assert found(LOOKUP, LIST) == {("find_user_id_by_email", "", "list_orders", "user_id", 1.0, "key")}


def test_the_id_of_an_order_is_an_order_id_and_lists_leave_no_trace() -> None:
    cancel, product = tool("cancel_order", {"orderId": STRING}), tool("get_product", {"id": STRING})
    assert found(LIST, cancel, product) == {
        ("list_orders", "id", "cancel_order", "orderId", 1.0, "key"),
        ("list_orders", "items.product_id", "get_product", "id", 1.0, "key"),
    }


def test_a_role_takes_the_key_but_the_key_does_not_take_a_role() -> None:
    transfer = tool("transfer_funds", {"from_account_id": STRING}, record(to_account_id=STRING))
    accounts = tool("get_account", {"account_id": STRING}, record(account_id=STRING))
    assert found(accounts, transfer) == {
        ("get_account", "account_id", "transfer_funds", "from_account_id", 0.8, "key"),
    }, "an id that the source was given itself is an echo, worth 0.8"


def test_keys_inside_a_list_of_lines_are_filled() -> None:
    place = tool("place_order", {"items": {"type": "array", "items": record(product_id=STRING, quantity=STRING)}})
    search = tool("search_products", {}, {"type": "array", "items": record(product_id=STRING)})
    assert found(search, place) == {("search_products", "product_id", "place_order", "items.product_id", 1.0, "key")}


def test_types_must_agree_and_generic_names_say_nothing() -> None:
    source = tool("get_order", {}, record(order_id={"type": "integer"}, status=STRING, name=STRING, coupon_code=STRING))
    target = tool("apply", {"order_id": STRING, "status": STRING, "name": STRING, "coupon_code": STRING})
    assert found(source, target) == {("get_order", "coupon_code", "apply", "coupon_code", 0.5, "type")}
    number = tool("pay", {"order_id": {"type": ["number", "null"]}})
    assert found(source, number) == {("get_order", "order_id", "pay", "order_id", 1.0, "key")}


def test_plain_fields_come_from_look_ups_only() -> None:
    write = tool("update_user", {}, record(email=STRING))
    assert found(write, LOOKUP) == set()


def test_fan_in_is_bounded_and_prefers_look_ups_of_the_entity() -> None:
    makers = [tool(f"create_thing_{number}", {}, record(user_id=STRING)) for number in range(9)]
    lookups = [tool("get_ticket", {}, record(user_id=STRING)), tool("get_user", {}, record(user_id=STRING))]
    sources = [edge.source for edge in dependencies([*makers, *lookups, tool("ban", {"user_id": STRING})], fan_in=2)]
    assert sources == ["get_ticket", "get_user"]
    assert [edge.source for edge in dependencies([*lookups, tool("ban", {"user_id": STRING})], fan_in=1)] == [
        "get_user"
    ]
