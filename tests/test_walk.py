"""Walks over the dependency edges: what feeds what, and never the other way round."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.tasks.walk import MAX_CALLS, Chart, walk
from agentgym.world.load import load

CHART = Chart(load(Path(__file__).parent / "fixtures" / "minishop").domain)
SEEDS = st.integers(0, 10_000)


@given(seed=SEEDS, length=st.integers(1, 12), writes=st.booleans())
def test_links_point_back_to_hops_that_show_the_value(seed: int, length: int, writes: bool) -> None:
    hops = walk(CHART, random.Random(seed), {}, writes=writes, length=length)
    assert 1 <= len(hops) <= min(length, MAX_CALLS), f"{len(hops)} hops for a limit of {length}"
    for index, hop in enumerate(hops):
        for link in hop.links:
            feeds = {feed.tool: feed.output for feed in CHART.feeds[hop.tool][link.parameter]}
            assert link.hop < index, f"{hop.tool} takes {link.parameter} from a call after it"
            assert feeds.get(hops[link.hop].tool) == link.output, f"{link} is no edge of the domain"


@given(seed=SEEDS, length=st.integers(1, 8))
def test_every_hop_is_asked_for_or_feeds_a_later_one(seed: int, length: int) -> None:
    hops = walk(CHART, random.Random(seed), {}, writes=True, length=length)
    fed = {link.hop for hop in hops for link in hop.links}
    idle = [hop.tool for index, hop in enumerate(hops) if not hop.goal and index not in fed]
    assert not idle, f"nobody needs {idle}"


@given(seed=SEEDS)
def test_a_read_only_walk_only_reads_and_asks_for_each_call(seed: int) -> None:
    hops = walk(CHART, random.Random(seed), {}, writes=False, length=8)
    assert not [hop.tool for hop in hops if CHART.bindings[hop.tool].writes]
    assert all(hop.goal for hop in hops), "exact match judges every call, so the user must ask for every call"


def test_what_has_been_covered_is_drawn_less() -> None:
    counts = dict.fromkeys(CHART.bindings, 9.0) | {"register_user": 0.0}
    first = [walk(CHART, random.Random(seed), counts, writes=True, length=1)[0].tool for seed in range(40)]
    assert first.count("register_user") > 30, (
        f"the one uncovered tool came up {first.count('register_user')} times of 40"
    )


@pytest.mark.parametrize(
    ("target", "parameter", "source", "output"),
    [
        ("cancel_pending_order", "order_id", "list_orders", "order_id"),
        ("delete_order_item", "item_id", "get_order_details", "item_id"),
        ("create_order", "items/product_id", "list_products", "product_id"),
        ("get_user_details", "user_id", "get_order_details", "user_id"),
    ],
)
def test_known_edges_are_there(target: str, parameter: str, source: str, output: str) -> None:
    assert (source, output) in [(feed.tool, feed.output) for feed in CHART.feeds[target][parameter]]


def test_a_tool_that_needs_the_key_does_not_teach_it() -> None:
    sources = {feed.tool for feed in CHART.feeds["cancel_pending_order"]["order_id"]}
    assert "get_order_details" not in sources, "get_order_details must be told the order id it would teach"
    assert "count_orders" not in sources, "a count shows no order"
