"""Completion: what is filled in, on which evidence, that it is marked, and that nothing the vendor says changes."""

import random

from agentgym.build.completion import complete, infer_returns
from agentgym.types import Json, Schema, ToolSpec

ORDER: Schema = {
    "type": "object",
    "title": "Order",
    "properties": {"id": {"type": "string"}, "state": {"type": "string"}, "total": {"type": "number"}},
}


def tool(name: str, properties: Schema | None = None, service: str = "shop", **fields: Json) -> ToolSpec:
    parameters = {"type": "object", "properties": properties or {}}
    given: dict[str, Json] = {"description": "Does it.", "parameters": parameters} | fields
    return ToolSpec(id=f"{service}.{name}", service=service, name=name, **given)


def types(properties: Schema, *others: ToolSpec) -> dict[str, Json]:
    (first, *_) = complete([tool("probe", properties), *others])
    return {name: part.get("type") for name, part in first.parameters["properties"].items()}


def test_types_come_from_what_the_argument_itself_says() -> None:
    given: Schema = {
        "a": {"format": "int64"},
        "b": {"format": "date-time"},
        "c": {"default": 2.5},
        "d": {"examples": ["x", "y"]},
        "e": {"default": True},
        "f": {"maxLength": 9},
        "g": {"examples": [1, "x"]},
        "h": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    }
    expected = {"a": "integer", "b": "string", "c": "number", "d": "string", "e": "boolean", "f": "string"}
    assert types(given) == expected | {"g": None, "h": None}, "disagreeing examples and unions stay as they are"


def test_types_come_from_other_tools_before_the_name() -> None:
    other = tool("other", {"page_size": {"type": "string"}, "kilnTemp": {"type": "number"}})
    assert types({"page_size": {}, "kiln_temp": {}, "is_open": {}, "mystery": {}}, other) == {
        "page_size": "string",
        "kiln_temp": "number",
        "is_open": "boolean",
        "mystery": None,
    }


def test_descriptions_come_from_siblings_else_from_the_name() -> None:
    other = tool("other", {"order_id": {"type": "string", "description": "Which order."}})
    first, _ = complete([tool("probe", {"order_id": {"type": "string"}, "maxItems": {"type": "integer"}}), other])
    notes = {name: part["description"] for name, part in first.parameters["properties"].items()}
    assert notes == {"order_id": "Which order.", "maxItems": "Max items."}
    assert first.completed == ("parameters.order_id.description", "parameters.maxItems.description")


def test_a_complete_tool_comes_back_as_it_was() -> None:
    whole = tool("get_order", {"id": {"type": "string", "description": "Which."}}, returns=ORDER)
    assert complete([whole]) == [whole]
    assert "completed" not in whole.model_dump(mode="json"), "an empty mark must not change what is on disk"
    assert "tags" not in whole.model_dump(mode="json")


def test_siblings_about_one_thing_share_an_object() -> None:
    tools = [
        tool("list_orders", returns={"type": "array", "items": ORDER}),
        tool("get_order"),
        tool("list_parcels", returns={"type": "array", "items": {"type": "object", "properties": {"kg": {}}}}),
        tool("get_parcel"),
        tool("get_order", service="other"),
    ]
    order, parcel, stranger = (infer_returns(tools)[place] for place in (1, 3, 4))
    assert list(order.returns["properties"]) == ["id", "state", "total"]
    assert list(parcel.returns["properties"]) == ["kg"]
    assert (order.completed, stranger.completed) == (("returns",), ()), "another service is no evidence"


def test_paths_tell_siblings_where_names_do_not() -> None:
    tools = [
        tool("op1", http=("GET", "/orders/{id}"), returns=ORDER),
        tool("op2", http=("PATCH", "/orders/{id}")),
        tool("op3", http=("POST", "/orders/{id}/cancel")),
    ]
    assert [item.returns.get("title") for item in infer_returns(tools)] == ["Order", "Order", "Order"]


def test_an_envelope_is_that_of_the_service_under_the_things_own_name() -> None:
    def page(key: str, row: Schema) -> Schema:
        rows = {"type": "array", "items": row}
        return {"type": "object", "properties": {key: rows, "next_token": {"type": "string"}}}

    parcel: Schema = {"type": "object", "properties": {"kg": {"type": "number"}}}
    tools = [
        tool("list_parcels", returns=page("parcels", parcel)),
        tool("get_order", returns=ORDER),
        tool("list_orders"),
    ]
    inferred = infer_returns(tools)[2].returns
    assert list(inferred["properties"]) == ["orders", "next_token"]
    assert inferred["properties"]["orders"]["items"] == ORDER


def test_a_fixed_answer_of_a_service_is_the_answer() -> None:
    operation = {"type": "object", "properties": {"done": {"type": "boolean"}}}
    tools = [tool(f"create_{name}", returns=operation) for name in ("pot", "kiln", "glaze")]
    inferred = infer_returns([*tools, tool("get_order", returns=ORDER), tool("create_order")])[-1]
    assert inferred.returns == operation, "what this service answers to every creation beats the thing's own object"


def test_an_inferred_result_is_no_evidence_and_order_does_not_matter() -> None:
    tools = [tool("list_orders", returns={"type": "array", "items": ORDER}), tool("get_order"), tool("delete_order")]
    once = infer_returns(tools)
    assert infer_returns(once) == once
    for seed in range(5):
        shuffled = random.Random(seed).sample(tools, len(tools))
        by_name = {item.name: item for item in infer_returns(shuffled)}
        assert [by_name[item.name] for item in tools] == once, "the order of the pool changed an inference"
