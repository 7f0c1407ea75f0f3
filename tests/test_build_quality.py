"""The quality benchmark runs on any pool, hides what it judges by, and its figures mean what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.build.pipeline import catalog
from agentgym.types import ToolSpec
from benchmarks import build_quality
from benchmarks.quality import clusters, decisions, edges, results, workflows
from benchmarks.quality.pools import sampled, tools_of

HEADLINE = [
    "read_write_accuracy",
    "entity_accuracy",
    "returns_recall",
    "edge_recall",
    "edge_precision",
    "ari",
    "nmi",
    "mutant_kill_rate",
    "details",
]
STRING = {"type": "string"}


def tool(name: str, http: tuple[str, str], returns: dict[str, Any] | None = None, *parameters: str) -> ToolSpec:
    return ToolSpec(
        id=f"shop.{name}",
        service="shop",
        name=name,
        description="",
        parameters={"type": "object", "properties": dict.fromkeys(parameters, STRING), "required": [*parameters]},
        returns=returns or {},
        http=http,
    )


def row(*columns: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(columns, STRING)}


ORDERS = [
    tool("get_order", ("GET", "/v1/orders/{order_id}"), row("order_id", "status", "total"), "order_id"),
    tool("list_orders", ("GET", "/v1/orders"), {"type": "array", "items": row("order_id", "status", "total")}),
    tool("search_orders", ("POST", "/v1/orders/search"), row("order_id", "status", "total"), "query"),
    tool("cancel_order", ("POST", "/v1/orders/{order_id}/cancel"), row("order_id", "status", "total"), "order_id"),
    tool("delete_order", ("DELETE", "/v1/orders/{order_id}"), {}, "order_id"),
]


def test_the_report_on_the_bundled_catalog_has_its_keys(tmp_path: Path) -> None:
    flow = {"vendor": "retail", "steps": [step("find", "list_orders"), step("look", "get_order_details", "find")]}
    (tmp_path / "flows.jsonl").write_text(json.dumps(flow) + "\n", "utf-8")
    settings = ["--sample", "120", "--mutated", "1", "--workflows", str(tmp_path / "flows.jsonl")]
    build_quality.main([str(catalog() / "retail.json"), "--json", str(tmp_path / "quality.json"), *settings])
    report = json.loads((tmp_path / "quality.json").read_text("utf-8"))
    assert list(report) == HEADLINE, "The report's keys changed; whoever reads them must learn of it."
    assert report["read_write_accuracy"] is None, "The bundled catalog has no HTTP methods to judge by."
    assert report["edge_recall"] == 1.0, f"{report['details']['workflows']} misses the plainest of edges"
    assert report["edge_precision"] >= 0.6
    assert set(report["details"]["thresholds"]) == {"chosen", *(f"{tau:.1f}" for tau in clusters.THRESHOLDS)}
    for name, value in report.items():
        assert name == "details" or value is None or 0 <= value <= 1, f"{name} is {value!r}, which is no share"


def step(name: str, operation: str, *feeding: str) -> dict[str, Any]:
    return {"step": name, "op": operation, "from": list(feeding)}


def test_a_pool_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_quality.main(["nowhere.jsonl"])
    assert "nowhere.jsonl does not exist" in capsys.readouterr().err


def test_samples_are_whole_services_and_seeded() -> None:
    tools = tools_of([catalog()])
    drawn = sampled(tools, 100, 1)
    assert len(drawn) == 100 and drawn == sampled(tools, 100, 1) != sampled(tools, 100, 2)
    assert drawn == sorted(drawn, key=lambda tool: tool.id)


def test_the_method_is_hidden_and_posts_that_ask_are_left_out() -> None:
    judged = decisions.read_write(ORDERS)
    assert (judged["accuracy"], judged["judged"], judged["excluded"]) == (1.0, 4, 1)
    liar = tool("delete_order", ("GET", "/orders"))
    assert decisions.read_write([liar])["accuracy"] == 0.0, "the method was not hidden: the name should have decided"


def test_the_path_is_hidden_from_entities() -> None:
    assert decisions.entity(ORDERS)["accuracy"] == 1.0
    assert decisions.entity([tool("get_order", ("GET", "/pets/{id}"))])["accuracy"] == 0.0


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("/v1/users/{id}/orders/{order}/cancel", "order"),
        ("/api/v2.0/order-items.json", "order_item"),
        ("/orders/{id}:refund", "order"),
        ("/search", ""),
        ("/", ""),
    ],
)
def test_the_resource_of_a_path(path: str, noun: str) -> None:
    assert decisions.resource(path) == noun


def test_returns_are_hidden_before_they_are_inferred() -> None:
    made = results.returns(ORDERS * 1, seed=0)
    assert made["hidden"] == 1 and made["recall"] == 1.0, "the siblings of an order show its three columns"
    alone = results.returns(ORDERS[:1] * 5, seed=0)
    assert alone["hidden"] == 1


def test_workflows_are_found_by_name_and_by_path() -> None:
    feeds = [step("a", "listOrders"), step("b", "x#/paths/~1v1~1orders~1{id}/get", "a"), step("c", "nothing", "b")]
    found = workflows.edge_recall(ORDERS, [{"vendor": "shop.com", "steps": feeds}], {"shop.list_orders": "shop"})
    assert found["pairs"] == 1 and found["recall"] == 1.0
    assert found["skipped"] == {"no such operation": 1}
    assert found["inside_domains"]["pairs"] == 0, "the two tools are in no common domain"


def test_the_labelled_sample_speaks_of_tools_that_exist() -> None:
    found = edges.edge_precision()
    assert not found["gone"], "a labelled pair names a tool that the catalog no longer has"
    assert found["predicted"] >= 60, "too few labelled pairs are predicted for a precision to mean much"
    assert found["precision"] >= 0.6 and found["recall"] >= 0.6, f"{found}"


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_agreement_is_one_for_equal_groups_and_does_not_depend_on_names(labels: list[int], random: Any) -> None:
    renamed = [f"group {-label}" for label in labels]
    assert clusters.rand_index(labels, renamed) == pytest.approx(1)
    assert clusters.mutual_information(labels, renamed) == pytest.approx(1)
    other = labels[:]
    random.shuffle(other)
    assert clusters.rand_index(labels, other) <= 1 + 1e-9
    assert clusters.mutual_information(labels, other) == pytest.approx(clusters.mutual_information(other, labels))


def test_agreement_of_known_groups() -> None:
    assert clusters.rand_index([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(-0.5)
    assert clusters.rand_index([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(4 / 7)
    assert clusters.mutual_information([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(0)
