"""The tool graph: eq. (1) of the paper, refined by service and entity."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from agentgym.build.graph import similarity as module
from agentgym.build.graph.similarity import SimilarityGraph, entities, similarity_graph
from agentgym.types import ToolSpec


def tool(id: str, *parameters: str, http: tuple[str, str] | None = None) -> ToolSpec:
    service, name = id.split(".")
    properties = {parameter: {"type": "string"} for parameter in parameters}
    schema = {"type": "object", "properties": properties}
    return ToolSpec(id=id, service=service, name=name, description=name, parameters=schema, http=http)


def many(count: int) -> list[ToolSpec]:
    """Tools with random parameter lists, in id order."""
    draw = random.Random("graph")
    words = ["order", "user", "city", "price", "email", "seat", "status", "flight", "room", "amount"]
    return [
        tool(f"s{number % 3}.get_{draw.choice(words)}_{number:03}", *(f"{w}_id" for w in draw.sample(words, 3)))
        for number in sorted(range(count), key=lambda n: (n % 3, n))
    ]


def edges(graph: SimilarityGraph) -> dict[tuple[str, str], float]:
    pairs = [(graph.ids[i], graph.ids[j]) for i, j in graph.pairs.tolist()]
    return {(min(pair), max(pair)): weight for pair, weight in zip(pairs, graph.weights.tolist(), strict=True)}


def test_like_parameter_lists_are_joined_within_a_service() -> None:
    tools = [tool("a.cancel_order", "order_id", "reason"), tool("a.get_order", "order_id"), tool("a.add_pet", "breed")]
    assert list(edges(similarity_graph(tools))) == [("a.cancel_order", "a.get_order")]


def test_an_edge_across_services_needs_a_shared_entity() -> None:
    tools = [
        tool("a.get_order", "code", "region"),
        tool("b.get_order", "code", "region"),
        tool("c.get_pet", "code", "region"),
    ]
    found = edges(similarity_graph(tools))
    assert list(found) == [("a.get_order", "b.get_order")], "only the two orders speak of one thing"
    within = edges(similarity_graph([tools[0], tool("a.list_orders", "code", "region")]))
    assert min(within.values()) > max(found.values()), "an edge within a service should weigh more than one across"


def test_the_order_of_tools_changes_nothing() -> None:
    tools = many(60)
    shuffled = random.Random(1).sample(tools, len(tools))
    assert edges(similarity_graph(tools)) == edges(similarity_graph(shuffled))


def test_blocks_and_pruning_on_the_way_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = similarity_graph(many(60), neighbours=2)
    monkeypatch.setattr(module, "BLOCK", 7)
    blocked = similarity_graph(many(60), neighbours=2)
    assert np.array_equal(whole.pairs, blocked.pairs) and np.array_equal(whole.weights, blocked.weights)


def test_each_edge_is_among_the_strongest_of_an_end() -> None:
    every = edges(similarity_graph(many(60), neighbours=1000))
    kept = edges(similarity_graph(many(60), neighbours=2))
    assert 0 < len(kept) <= 2 * 60 < len(every), "the cap should bound the edges"
    for pair, weight in every.items():
        stronger = [sum(end in other and heavier > weight for other, heavier in every.items()) for end in pair]
        assert pair in kept or min(stronger) + 1 > 1, f"{pair} is among the strongest but was dropped"


def test_written_and_read_back(tmp_path: Path) -> None:
    for graph in (similarity_graph(many(30)), similarity_graph([])):
        graph.write(tmp_path / "graph.json")
        again = SimilarityGraph.read(tmp_path / "graph.json")
        assert again.ids == graph.ids and edges(again) == edges(graph)


def test_schemas_from_the_wild_are_read_as_they_are() -> None:
    odd = {"type": "object", "properties": {"a": True, "": {"description": 7}, "\ud800": {}}}
    tools = [tool("a.x").model_copy(update={"parameters": odd, "returns": {"items": {"properties": []}}})]
    assert similarity_graph(tools).ids == ("a.x",)


def test_tools_without_parameters_stand_alone() -> None:
    assert len(similarity_graph([tool("a.ping"), tool("a.pong")]).pairs) == 0


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (tool("a.get_order_details", "order_id"), ("order",)),
        (tool("a.transfer_funds", "from_account_id", "to_account_id"), ("fund", "account")),
        (tool("a.fetchAll", http=("GET", "/stores/{id}/orders.json")), ("order", "store")),
    ],
)
def test_entities(spec: ToolSpec, expected: tuple[str, ...]) -> None:
    assert entities(spec) == expected
