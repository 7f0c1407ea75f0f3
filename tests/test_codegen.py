"""Generated code is what its tree says, whatever text the specification holds."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.build.code import nodes as n
from agentgym.build.code.emit import emit_schema, emit_tools
from agentgym.build.code.printer import render
from agentgym.build.induction.binding import bind
from agentgym.build.induction.schema import induce
from agentgym.build.induction.settle import settle
from agentgym.errors import DialectError
from agentgym.types import ToolSpec
from agentgym.world.dialect import check_source
from tests.specs import BANK, SHOP, thing, tool


def sources(tools: tuple[ToolSpec, ...]) -> tuple[str, str]:
    induced = induce(tools)
    bound = bind(induced)
    tables, bindings = settle(induced.tables, bound.bindings, bound.tools)
    return emit_schema("test", tables), emit_tools("test", tables, bindings, bound.tools, induced.nested)


@pytest.mark.parametrize("tools", [SHOP, BANK], ids=["shop", "bank"])
def test_emitted_code_is_in_the_dialect(tools: tuple[ToolSpec, ...]) -> None:
    schema, code = sources(tools)
    check_source(schema, "schema")
    check_source(code, "tools")


def test_a_tool_reads_as_a_person_would_write_it() -> None:
    code = sources(SHOP)[1]
    start = code.index("def cancel_order")
    assert (
        code[start : code.index("@", start)].rstrip()
        == '''\
def cancel_order(session: Session, order_id: str, reason: CancelReason) -> Order:
    """Cancel an order."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "pending":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'pending'")
    order.cancel_reason = reason
    order.status = "cancelled"
    product = session.get_one(Product, order.product_id)
    product.stock += order.quantity
    session.add(product)
    session.add(order)
    return order'''
    )


HOSTILE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40) | st.sampled_from(
    [
        '"""',
        "'''",
        '\\"""',
        "{}",
        "{__import__('os')}",
        "\n    import os",
        "\\",
        "a\x00b",
        "\u2028",
        "'); DROP TABLE x; --",
        '"',
        "\\N{DASH}",
    ]
)


@settings(max_examples=300, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_hostile_text_stays_data(value: str, description: str, message: str) -> None:
    body = [
        n.when(n.compare(n.name("x"), ast.Eq(), n.const(value)), n.refuse(message, n.name("x"), value)),
        n.back(n.const(value)),
    ]
    function = n.function("f", "read", [("x", n.name("str"), n.const(value))], n.name("str"), description, body)
    text = render(ast.Module([n.statement(n.const(description)), function], []))
    found = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    assert value in found and description in found, f"{value!r} did not survive in {text!r}."
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))]


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_hostile_names_and_enums_emit_loadable_code(column: str, value: str, description: str) -> None:
    row = thing(
        **{"note_id": {"type": "string"}, column: {"type": "string", "enum": [value], "description": description}}
    )
    spec = tool("get_note", description, returns=row, required=("note_id",), note_id={"type": "string"})
    other = tool("update_note", description, returns=row, required=("note_id", column),
                 **{"note_id": {"type": "string"}, column: {"type": "string", "enum": [value]}})  # fmt: skip
    schema, code = sources((spec, other))
    check_source(schema, "schema")
    check_source(code, "tools")


def test_a_node_the_printer_does_not_know_is_refused() -> None:
    with pytest.raises(DialectError, match="Lambda"):
        render(ast.parse("x = lambda: 1"))


def test_long_lines_are_broken_like_a_formatter_does() -> None:
    names = [n.const("word" * 6) for _ in range(9)]
    text = render(ast.Module([n.assign("Words", n.generic("Literal", *names))], []))
    assert text.startswith('Words = Literal[\n    "wordwordword') and text.endswith(",\n]\n"), text
    assert max(len(line) for line in text.splitlines()) <= 120
