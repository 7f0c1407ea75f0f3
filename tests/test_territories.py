"""Territories: atoms stay whole, groups have a workable size, and others' tools change nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.build.graph.domains import partition
from agentgym.build.graph.similarity import similarity_graph
from agentgym.build.graph.territories import COMFORT, LEAST, MOST, Territory, groups, small_enough, territory
from agentgym.types import ToolSpec


def land(sizes: list[int], links: dict[tuple[int, int], float], one_service: bool = True) -> Territory:
    atoms, start = [], 0
    for size in sizes:
        atoms.append(tuple(range(start, start + size)))
        start += size
    return territory(atoms, [frozenset({f"noun{number}"}) for number in range(len(sizes))], links, one_service, 0)


def crud(service: str, *nouns: str) -> list[ToolSpec]:
    return [
        ToolSpec(
            id=f"{service}.{verb}_{noun}",
            service=service,
            name=f"{verb}_{noun}",
            description="",
            parameters={"type": "object", "properties": {f"{noun}_id": {"type": "string"}, f"{noun}_size": {}}},
        )
        for noun in nouns
        for verb in ("get", "list", "create", "update", "delete", "cancel", "count", "search")
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, MOST), min_size=1, max_size=25), st.booleans(), st.randoms(use_true_random=False))
def test_groups_are_whole_atoms_of_a_workable_size(sizes: list[int], one_service: bool, random: object) -> None:
    pairs = [(i, j) for i in range(len(sizes)) for j in range(i, len(sizes))]
    links = {pair: random.random() for pair in pairs if random.random() < 0.3}  # type: ignore[attr-defined]
    given_land = land(sizes, links, one_service)
    found = groups(given_land)
    assert sorted(position for group in found for position in group) == list(range(sum(sizes)))
    for atom in given_land.atoms:
        assert any(set(atom) <= set(group) for group in found), f"{atom} was cut"
    assert all(len(group) <= MOST for group in found), f"too large: {sorted(map(len, found))}"
    if one_service and sum(sizes) >= LEAST:
        assert all(len(group) >= LEAST for group in found), f"too small: {sorted(map(len, found))}"


def test_small_groups_of_a_service_join_the_most_related() -> None:
    found = groups(land([30, 30, 4], {(1, 2): 1.0, (0, 1): 0.1}))
    assert [len(group) for group in found] == [30, 34] and COMFORT > 4


def test_small_services_without_relation_stay_apart() -> None:
    assert [len(group) for group in groups(land([3, 3, 2], {(0, 1): 1.0}, one_service=False))] == [6, 2]


def test_an_entity_of_too_many_tools_is_cut_evenly() -> None:
    assert sorted(len(part) for part in small_enough(range(130))) == [43, 43, 44]


def test_domains_of_a_service_do_not_change_with_the_rest_of_the_pool() -> None:
    shop = crud("shop", "pet", "ship", "song", "tree", "lamp", "boat", "coin", "drum", "horn", "bell")
    rest = crud("bank", "pet", "loan", "card", "note", "bond", "fund", "rate", "fee", "gift") + crud("zoo", "pet")
    alone, _ = partition(sorted(shop, key=lambda tool: tool.id), similarity_graph(sorted(shop, key=lambda t: t.id)))
    tools = sorted([*shop, *rest], key=lambda tool: tool.id)
    among, _ = partition(tools, similarity_graph(tools))
    before = {domain.name: domain.tools for domain in alone}
    after = {domain.name: domain.tools for domain in among if domain.name.startswith("shop")}
    assert len(before) > 1 and before == after
