"""Directed edges: a result that fills a parameter."""

from __future__ import annotations

from typing import Any

from agentgym.build.graph.dependencies import dependencies
from agentgym.types import Schema, ToolSpec
from tests.specs import thing

STRING = {"type": "string"}


def tool(
    name: str, parameters: dict[str, Any], returns: Schema | None = None, path: str = "", optional: bool = False
) -> ToolSpec:
    schema = {"type": "object", "properties": parameters, "required": [] if optional else [*parameters]}
    http = ("GET", path) if path else None
    shown = {"type": "null"} if returns is None else returns
    return ToolSpec(id=f"s.{name}", service="s", name=name, description="", parameters=schema, returns=shown, http=http)


def found(*tools: ToolSpec) -> set[tuple[str, str, str, str, float, str]]:
    edges = dependencies(tools)
    return {(e.source, e.output, e.target, e.parameter, e.score, e.decided_by) for e in edges}


LOOKUP = tool("find_user_id_by_email", {"email": STRING}, STRING)
LIST = tool(
    "list_orders",
    {"user_id": STRING, "limit": {"type": "integer"}},
    {"type": "array", "items": thing(id=STRING, items={"type": "array", "items": thing(product_id=STRING)})},
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
    transfer = tool("transfer_funds", {"from_account_id": STRING}, thing(to_account_id=STRING))
    accounts = tool("get_account", {"account_id": STRING}, thing(account_id=STRING))
    assert found(accounts, transfer) == {
        ("get_account", "account_id", "transfer_funds", "from_account_id", 0.8, "key"),
    }, "an id that the source was given itself is an echo, worth 0.8"


def test_keys_inside_a_list_of_lines_are_filled() -> None:
    place = tool("place_order", {"items": {"type": "array", "items": thing(product_id=STRING, quantity=STRING)}})
    search = tool("search_products", {}, {"type": "array", "items": thing(product_id=STRING)})
    assert found(search, place) == {("search_products", "product_id", "place_order", "items.product_id", 1.0, "key")}


def test_types_must_agree_and_generic_names_say_nothing() -> None:
    source = tool("get_order", {}, thing(order_id={"type": "integer"}, status=STRING, name=STRING, coupon_code=STRING))
    target = tool("apply", {"order_id": STRING, "status": STRING, "name": STRING, "coupon_code": STRING})
    assert found(source, target) == {
        ("get_order", "coupon_code", "apply", "coupon_code", 0.5, "type"),
        ("get_order", "order_id", "apply", "order_id", 1.0, "key"),
    }
    number = tool("pay", {"order_id": {"type": ["number", "null"]}})
    assert found(source, number) == {("get_order", "order_id", "pay", "order_id", 1.0, "key")}


def test_plain_fields_come_from_look_ups_only() -> None:
    write = tool("update_user", {}, thing(email=STRING))
    assert found(write, LOOKUP) == set()


def test_fan_in_is_bounded_and_prefers_look_ups_of_the_entity() -> None:
    makers = [tool(f"create_thing_{number}", {}, thing(user_id=STRING)) for number in range(9)]
    lookups = [tool("get_ticket", {}, thing(user_id=STRING)), tool("get_user", {}, thing(user_id=STRING))]
    sources = [edge.source for edge in dependencies([*makers, *lookups, tool("ban", {"user_id": STRING})], fan_in=2)]
    assert sources == ["get_ticket", "get_user"]
    assert [edge.source for edge in dependencies([*lookups, tool("ban", {"user_id": STRING})], fan_in=1)] == [
        "get_user"
    ]


def test_a_list_that_may_be_filtered_by_the_key_is_no_echo() -> None:
    pets = tool("list_pets", {"pet_id": STRING}, {"type": "array", "items": thing(pet_id=STRING)}, optional=True)
    assert found(pets, tool("feed_pet", {"pet_id": STRING})) == {
        ("list_pets", "pet_id", "feed_pet", "pet_id", 1.0, "key"),
    }


def test_the_path_says_what_a_bare_id_names() -> None:
    school = tool("get_school", {"id": STRING}, thing(id=STRING, name=STRING), "/schools/{id}")
    sections = tool("get_sections", {"id": STRING}, thing(id=STRING), "/schools/{id}/sections")
    assert found(school, sections) == {("get_school", "id", "get_sections", "id", 0.8, "key")}


def test_keys_by_other_words_and_by_the_entity_alone() -> None:
    hits = thing(hits={"type": "array", "items": thing(key=STRING, title=STRING)})
    search = tool("search_podcasts", {}, hits, "/podcasts/search")
    assert found(search, tool("get_podcast", {"podcastKey": STRING}, None, "/podcasts/{podcastKey}")) == {
        ("search_podcasts", "hits.key", "get_podcast", "podcastKey", 1.0, "key"),
    }
    assert found(tool("upload_file", {}, thing(file=thing(id=STRING))), tool("share_file", {"file": STRING})) == {
        ("upload_file", "file.id", "share_file", "file", 1.0, "key"),
    }


def test_a_name_or_code_feeds_its_like_alone() -> None:
    ports = tool("list_ports", {}, {"type": "array", "items": thing(port_code=STRING, label=STRING)})
    sail = tool("find_sailings", {"from_port_code": STRING, "port_name": STRING})
    assert found(ports, sail) == {("list_ports", "port_code", "find_sailings", "from_port_code", 1.0, "key")}


def test_a_result_that_nobody_describes_may_hold_the_key() -> None:
    orders = tool("list_orders", {}, {})
    assert found(orders, tool("cancel_order", {"order_id": STRING})) == {
        ("list_orders", "id", "cancel_order", "order_id", 0.6, "similarity"),
    }
    count = tool("count_orders", {}, {"type": "integer"})
    assert found(count, tool("cancel_order", {"order_id": STRING})) == set(), "a number of orders is no order"


def test_a_number_may_be_written_out_as_a_key_but_text_is_no_number() -> None:
    made = tool("create_order", {}, thing(order_id={"type": "integer"}))
    assert found(made, tool("cancel_order", {"order_id": STRING}))
    text = tool("create_order", {}, thing(order_id=STRING))
    assert not found(text, tool("cancel_order", {"order_id": {"type": "integer"}}))
