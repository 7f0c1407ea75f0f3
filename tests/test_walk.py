"""Walks over the dependency edges: what feeds what, and never the other way round."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.tasks.chart import Chart
from agentgym.tasks.sampling.coverage import MAX_CALLS, Coverage
from agentgym.tasks.sampling.walk import SHAPES, Hop, Shape, walk
from agentgym.world.load import load
from tests.minishop import MINISHOP

CHART = Chart(load(MINISHOP).domain)
SEEDS = st.integers(0, 10_000)
LENGTHS = st.integers(1, MAX_CALLS + 4)
BY_NAME = {shape.name: shape for shape in SHAPES}


def _walk(seed: int, length: int, shape: Shape = SHAPES[0], *, writes: bool = True) -> tuple[Hop, ...]:
    return walk(CHART, random.Random(seed), Coverage(), writes=writes, length=length, shape=shape)


@given(seed=SEEDS, length=LENGTHS, writes=st.booleans(), shape=st.sampled_from(SHAPES))
def test_links_point_back_to_hops_that_show_the_value(seed: int, length: int, writes: bool, shape: Shape) -> None:
    hops = _walk(seed, length, shape, writes=writes)
    assert 1 <= len(hops) <= min(length, MAX_CALLS), f"{len(hops)} hops for a limit of {length}"
    for index, hop in enumerate(hops):
        for link in hop.links:
            feeds = {feed.tool: feed.output for feed in CHART.feeds[hop.tool][link.parameter]}
            assert link.hop < index, f"{hop.tool} takes {link.parameter} from a call after it"
            assert feeds.get(hops[link.hop].tool) == link.output, f"{link} is no edge of the domain"


@given(seed=SEEDS, length=LENGTHS, shape=st.sampled_from(SHAPES))
def test_every_hop_is_asked_for_or_feeds_a_later_one(seed: int, length: int, shape: Shape) -> None:
    hops = _walk(seed, length, shape)
    fed = {link.hop for hop in hops for link in hop.links}
    idle = [hop.tool for index, hop in enumerate(hops) if not hop.goal and index not in fed]
    assert not idle, f"nobody needs {idle}"


@given(seed=SEEDS, length=LENGTHS, shape=st.sampled_from(SHAPES))
def test_a_walk_that_writes_asks_for_a_write(seed: int, length: int, shape: Shape) -> None:
    hops = _walk(seed, length, shape)
    assert any(CHART.bindings[hop.tool].writes and hop.goal for hop in hops), f"only questions: {hops}"


@given(seed=SEEDS, shape=st.sampled_from(SHAPES))
def test_a_read_only_walk_only_reads_and_asks_for_each_call(seed: int, shape: Shape) -> None:
    hops = _walk(seed, 8, shape, writes=False)
    assert not [hop.tool for hop in hops if CHART.bindings[hop.tool].writes]
    assert all(hop.goal for hop in hops), "exact match judges every call, so the user must ask for every call"


def test_what_has_been_covered_is_drawn_less() -> None:
    coverage = Coverage()
    for tool in sorted(set(CHART.bindings) - {"register_user"}) * 9:
        coverage.admit([tool], [], [], writes=True, shape="apart")
    first = [walk(CHART, random.Random(seed), coverage, writes=True, length=1)[0].tool for seed in range(40)]
    assert first.count("register_user") > 30, (
        f"the one uncovered tool came up {first.count('register_user')} times of 40"
    )


def test_tools_that_are_not_liked_are_no_goals() -> None:
    writing = {tool for tool, binding in CHART.bindings.items() if binding.writes}
    kept = sorted(writing)[0]
    for seed in range(20):
        hops = walk(
            CHART, random.Random(seed), Coverage(), writes=True, length=1, liking=dict.fromkeys(writing - {kept}, 0.0)
        )
        assert [hop.tool for hop in hops] == [kept]


def _share(shape: str, count: int = 60) -> tuple[float, float]:
    """The shares of hops that are no goals, and of writes whose row an earlier call of the walk creates."""
    walks = [_walk(seed, 8, BY_NAME[shape]) for seed in range(count)]
    hops = [hop for hops in walks for hop in hops]
    born = [link for hops in walks for hop in hops for link in hop.links if CHART.bindings[hops[link.hop].tool].writes]
    return sum(not hop.goal for hop in hops) / len(hops), len(born) / len(hops)


def test_shapes_differ_in_what_they_are_named_for() -> None:
    assert _share("chain")[0] > _share("talk")[0], "a chain must hold more reads that nobody asks for than a talk"
    assert _share("life")[1] > 2 * _share("apart")[1], "a life must work with what it has created far more often"


def test_nothing_is_created_and_taken_back() -> None:
    for seed in range(200):
        hops = _walk(seed, 10, BY_NAME["life"])
        for hop in hops:
            for link in hop.links:
                making = hops[link.hop].tool
                assert not CHART.amends(making, hop.tool), f"{making} and {hop.tool} on one row in one walk"


@pytest.mark.parametrize(
    ("target", "parameter", "source", "output"),
    [
        ("cancel_pending_order", "order_id", "list_orders", "order_id"),
        ("delete_order_item", "item_id", "get_order_details", "item_id"),
        ("create_order", "items/product_id", "list_products", "product_id"),
        ("get_user_details", "user_id", "get_order_details", "user_id"),
    ],
)
def test_known_edges_are_there_from_both_ends(target: str, parameter: str, source: str, output: str) -> None:
    assert (source, output) in [(feed.tool, feed.output) for feed in CHART.feeds[target][parameter]]
    assert (target, parameter, output) in [(way.tool, way.parameter, way.output) for way in CHART.onward[source]]


def test_a_tool_that_needs_the_key_does_not_teach_it() -> None:
    sources = {feed.tool for feed in CHART.feeds["cancel_pending_order"]["order_id"]}
    assert "get_order_details" not in sources, "get_order_details must be told the order id it would teach"
    assert "count_orders" not in sources, "a count shows no order"


@given(seed=SEEDS, length=LENGTHS, shape=st.sampled_from(SHAPES))
def test_nobody_looks_up_what_a_list_has_shown(seed: int, length: int, shape: Shape) -> None:
    assert CHART.repeats("list_products", "get_product_details"), "a list of products shows all of each"
    assert not CHART.repeats("list_orders", "get_order_details"), "only the details show an order's items"
    hops = _walk(seed, length, shape, writes=False)
    for hop in hops:
        sources = [hops[link.hop].tool for link in hop.links]
        repeated = [source for source in sources if CHART.repeats(source, hop.tool)]
        assert not repeated, f"{hop.tool} asks for what {repeated[0]} has shown"
