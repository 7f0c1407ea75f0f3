"""Tables are induced from what tools say, and nothing else."""

from __future__ import annotations

from agentgym.build.induction.schema import induce
from tests.specs import BANK, NUMBER, SHOP, STRING, key, thing, tool


def test_entities_keys_and_references() -> None:
    tables = {table.name: table for table in induce(SHOP).tables}
    assert sorted(tables) == ["order", "product"], f"The shop's tables are {sorted(tables)}."
    assert tables["order"].primary_key == "order_id"
    assert tables["order"].refers("product_id") == "product", "An order's product_id must reference product."
    assert tables["product"].foreign_keys == (), "A product references nothing."


def test_a_role_before_the_key_still_references() -> None:
    transfer = next(table for table in induce(BANK).tables if table.name == "transfer")
    assert {link.column: link.table for link in transfer.foreign_keys} == {
        "from_account_id": "account",
        "to_account_id": "account",
    }, f"A transfer's references are {transfer.foreign_keys}."


def test_rows_in_a_row_become_a_child_table() -> None:
    line = thing(order_item_id=key("ITM"), product_id=STRING, quantity=NUMBER)
    order = thing(order_id=key("ORD"), status=STRING, items={"type": "array", "items": line})
    induced = induce([tool("get_order", returns=order, required=("order_id",), order_id=STRING)])
    assert induced.nested["order"] == {"items": "order_item"}
    child = next(table for table in induced.tables if table.name == "order_item")
    assert child.refers("order_id") == "order", "A child row must belong to its parent."


def test_envelopes_are_opened() -> None:
    page = thing(messages={"type": "array", "items": thing(sid=STRING, body=STRING)}, next_page={"type": "string"})
    spec = tool("ListMessage", returns=page, http=("GET", "/v1/Messages.json"))
    view = induce(
        [spec, tool("FetchMessage", returns=thing(sid=STRING, body=STRING), required=("Sid",), Sid=STRING)]
    ).views[0]
    assert (view.entity, view.shape.kind, view.shape.envelope) == ("message", "rows", "messages"), (
        f"It was read as {view}."
    )


def test_styles_of_one_name_are_one_column() -> None:
    camel = thing(id=STRING, userId=STRING, fullName=STRING)
    induced = induce(
        [
            tool("getMember", returns=camel, required=("id",), id=STRING),
            tool("updateMember", returns=camel, required=("id",), id=STRING, full_name=STRING),
        ]
    )
    columns = [column.name for column in induced.tables[0].columns]
    assert columns == ["id", "userId", "fullName"], f"full_name must be fullName; the columns are {columns}."


def test_a_tool_about_nothing_known_has_no_table() -> None:
    views = induce([tool("ping"), *SHOP]).views
    assert views[0].entity == "", f"ping was said to be about {views[0].entity!r}."


def test_references_never_form_a_cycle() -> None:
    left = thing(left_id=key("L"), right_id=STRING)
    right = thing(right_id=key("R"), left_id=STRING)
    tables = induce(
        [
            tool("get_left", returns=left, required=("left_id",), left_id=STRING),
            tool("get_right", returns=right, required=("right_id",), right_id=STRING),
        ]
    ).tables
    links = [(table.name, link.table) for table in tables for link in table.foreign_keys]
    assert len(links) == 1, f"One of the two references must be dropped; there are {links}."


def test_a_vendors_clock_does_not_take_the_worlds_place() -> None:
    clock = thing(clock_id=key("CLK"), label=STRING)
    induced = induce([tool("get_clock", returns=clock, required=("clock_id",), clock_id=STRING)])
    assert [table.name for table in induced.tables] == ["clock_record"]
    assert [view.entity for view in induced.views] == ["clock_record"]
