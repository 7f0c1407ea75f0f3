"""Domains: Louvain communities made fit to share a database, and named."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.build.graph.domains import LEAST, MOST, partition
from agentgym.build.graph.similarity import similarity_graph
from agentgym.build.pipeline import catalog
from agentgym.build.sources import read
from agentgym.errors import RunError
from agentgym.types import Domain, Rejection, ToolSpec

VERBS = ("get", "list", "create", "update", "delete", "cancel", "count", "search", "archive", "find")


def service(name: str, *nouns: str, verbs: int) -> list[ToolSpec]:
    return [
        ToolSpec(
            id=f"{name}.{verb}_{noun}",
            service=name,
            name=f"{verb}_{noun}",
            description="",
            parameters={"type": "object", "properties": {f"{noun}_id": {"type": "string"}, f"{noun}_colour": {}}},
        )
        for noun in nouns
        for verb in VERBS[:verbs]
    ]


def divide(*services: list[ToolSpec]) -> tuple[dict[str, Domain], list[Rejection]]:
    tools = sorted((tool for group in services for tool in group), key=lambda tool: tool.id)
    domains, rejections = partition(tools, similarity_graph(tools))
    return {domain.name: domain for domain in domains}, rejections


def test_each_service_of_the_catalog_is_one_domain_of_its_name() -> None:
    tools = sorted((item for item in read(catalog()) if isinstance(item, ToolSpec)), key=lambda tool: tool.id)
    domains, rejections = partition(tools, similarity_graph(tools))
    assert not rejections
    assert {domain.name: {tool.service for tool in domain.tools} for domain in domains} == {
        service.replace("_", "-"): {service} for service in {tool.service for tool in tools}
    }
    assert all(domain.edges for domain in domains), "a domain without dependencies has no tasks"


def test_a_large_service_is_divided_along_its_entities() -> None:
    domains, rejections = divide(
        service("shop", "pet", "ship", "song", "tree", "lamp", "boat", "coin", "drum", verbs=10)
    )
    assert not rejections and len(domains) > 1
    for name, domain in domains.items():
        assert re.fullmatch("shop-[a-z]+", name), f"{name} should be the service and a noun"
        assert any(tool.name.endswith(name[5:]) for tool in domain.tools), f"{name} should be named after what it holds"


def test_leftovers_join_their_kin_or_are_rejected() -> None:
    weather = [service(f"w{number}", "forecast", verbs=2) for number in range(3)]
    domains, rejections = divide(*weather, service("odd", "gizmo", verbs=2))
    assert [len(domain.tools) for domain in domains.values()] == [6], "three small weather services make one domain"
    assert [item.subject for item in rejections] == ["odd.get_gizmo", "odd.list_gizmo"]
    assert {item.stage for item in rejections} == {"domains"}


def test_tools_of_one_name_get_their_services_name() -> None:
    domains, _ = divide(*(service(f"w{number}", "forecast", verbs=2) for number in range(3)))
    [domain] = domains.values()
    assert [tool.name for tool in domain.tools] == sorted(
        f"w{n}_{verb}_forecast" for n in range(3) for verb in VERBS[:2]
    )


def test_services_that_differ_only_in_spelling_get_different_names() -> None:
    domains, _ = divide(service("my_shop", "pet", verbs=6), service("my-shop", "lamp", verbs=6))
    assert sorted(domains) == ["my-shop-lamp", "my-shop-pet"]


def test_a_clique_that_louvain_cannot_cut_is_cut_evenly() -> None:
    [spec] = service("s", "pet", verbs=1)
    tools = [spec.model_copy(update={"id": f"s.t{number:03}", "name": f"t{number:03}"}) for number in range(130)]
    domains, rejections = partition(tools, similarity_graph(tools, neighbours=len(tools)))
    assert [len(domain.tools) for domain in domains] == [44, 43, 43] and not rejections


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 10)), min_size=1, max_size=5), st.integers(0, 99))
def test_every_tool_is_in_one_domain_or_rejected(shapes: list[tuple[int, int]], seed: int) -> None:
    nouns = ("pet", "ship", "song", "tree", "lamp", "boat", "coin", "drum", "horn")
    draw = random.Random(seed)
    domains, rejections = divide(
        *(service(f"s{n}", *draw.sample(nouns, count), verbs=verbs) for n, (count, verbs) in enumerate(shapes))
    )
    placed = [tool.id for domain in domains.values() for tool in domain.tools] + [item.subject for item in rejections]
    assert len(placed) == len(set(placed)) == sum(count * verbs for count, verbs in shapes)
    for name, domain in domains.items():
        assert LEAST <= len(domain.tools) <= MOST and re.fullmatch("[a-z0-9-]+", name)
        assert len({tool.name for tool in domain.tools}) == len(domain.tools), f"{name} has two tools of one name"


def test_a_graph_of_other_tools_is_refused() -> None:
    tools = service("shop", "pet", verbs=6)
    with pytest.raises(RunError, match="graph stage again"):
        partition(tools[::-1], similarity_graph(tools))
