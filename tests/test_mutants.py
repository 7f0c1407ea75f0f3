"""The gate's own test: wrong tools are made by the dozen, and it must notice them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from agentgym.build.proof.mutants import Mutable, kill_rate
from agentgym.build.proof.mutations import Columns, mutated, mutations
from agentgym.registry import bundled
from agentgym.world.load import load

COLUMNS: Columns = {"Order": {"order_id": "str", "status": "str", "note": "str", "total": "float", "fee": "float"}}

TOOL = '''
def change(session, order_id: str, note: str, limit: int | None = None):
    """Change an order."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError("not found")
    order.total -= order.fee
    order.status = "changed"
    session.add(order)
    query = select(Order).where(Order.note == note).where(Order.total <= 9).order_by(Order.order_id)
    if limit is not None:
        query = query.limit(limit)
    return {"order": order, "rows": list(session.exec(query))}
'''

EXPECTED = {
    "missing guard": "pass\n    order.total -= order.fee",
    "wrong row": "order = session.exec(select(Order)).first()",
    "missing effect": "pass\n    order.status = 'changed'",
    "wrong sign": "order.total += order.fee",
    "dropped write": "order.status = 'changed'\n    pass",
    "wrong value": "order.status = 'changedx'",
    "dropped filter": "select(Order).where(Order.note == note).order_by(",
    "wrong order": ".order_by(Order.order_id.desc())",
    "shifted bound": "Order.total < 9",
    "inverted condition": "if not limit is not None:",
    "ignored page": "query = query\n",
    "wrong page": "query.limit(limit + 1)",
    "wrong argument": "session.get(Order, note)",
    "swapped column": "order.fee -= order.fee",
    "dropped result": "return {'order': order}",
    "unwanted write": "order.note = 'unwanted'",
}


def function() -> ast.FunctionDef:
    node = ast.parse(TOOL).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


@pytest.mark.parametrize("operator", EXPECTED)
def test_each_operator_makes_its_mistake(operator: str) -> None:
    whole = function()
    made = [ast.unparse(mutated(whole, each)) for each in mutations(whole, COLUMNS) if each.operator == operator]
    assert any(EXPECTED[operator] in text for text in made), f"{operator} made {made}"


def test_every_mutation_changes_the_tool_and_leaves_the_original() -> None:
    whole = function()
    before = ast.unparse(whole)
    for mutation in mutations(whole, COLUMNS):
        assert ast.unparse(mutated(whole, mutation)) != before, f"{mutation.operator} changed nothing"
    assert ast.unparse(whole) == before


def test_the_gate_kills_nearly_all_mutants_of_a_domain() -> None:
    found = kill_rate([bundled() / "banking"], per_tool=4)
    assert found.rate >= 0.95, f"survivors: {found.survivors}"
    assert found.mutants > 60 and found.killed + len(found.survivors) == found.mutants
    assert sum(rate.mutants for rate in found.operators.values()) == found.mutants
    assert found == kill_rate([bundled() / "banking"], per_tool=4), "the same seed must draw the same mutants"


def test_a_survivor_is_told_with_a_call_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentgym.build.proof.mutants._killed", lambda mutant, tool: False)  # a gate that sees nothing
    found = kill_rate([bundled() / "library"], per_tool=1)
    assert found.rate == 0.0 and found.equivalent > 0
    survivor = found.survivors[0]
    assert survivor.call.name and survivor.before != survivor.after and survivor.domain == "library"


def test_a_mutant_is_a_domain_of_its_own() -> None:
    loaded = load(Path(bundled() / "banking"))
    tools = Mutable(loaded)
    mutation = next(each for each in mutations(tools.functions["freeze_card"], tools.columns))
    mutant = tools.exchanged("freeze_card", mutation)
    assert mutant.tools["freeze_card"].function is not loaded.tools["freeze_card"].function
    assert mutant.tools["get_card_details"] is loaded.tools["get_card_details"]
