"""What is held out is decided by what a thing is, never by what stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.errors import RunError
from agentgym.learn.splits import HELD_OUT, TRAIN, Split, clusters, draw, gold_key
from agentgym.types import Task, ToolCall
from tests.finished_run import copy_shop

NAMES = st.text("abcdefgh-", min_size=1, max_size=6)


def task(domain: str, *gold: ToolCall, name: str = "t") -> Task:
    return Task(id=name, domain=domain, intent="Hi", facts=(), gold=gold)


def get(order: str) -> ToolCall:
    return ToolCall(name="get_order", arguments={"order_id": order})


@given(NAMES, st.integers(0, 2**32 - 1))
def test_a_draw_is_a_share(name: str, seed: int) -> None:
    assert 0 <= draw(seed, name) < 1
    assert draw(seed, name) == draw(seed, name)


def test_about_the_share_that_was_asked_for_is_held_out() -> None:
    split = Split(fraction=0.2)
    held = sum(split.side(task(f"domain-{number}")) == HELD_OUT for number in range(2000))
    assert 340 < held < 460, f"of 2000 domains {held} were held out, not about 400"
    assert sum(Split().side(task(f"domain-{number}")) == HELD_OUT for number in range(100)) == 0


@given(st.sets(NAMES, min_size=1, max_size=12), NAMES, st.sampled_from([0.1, 0.5]))
def test_another_domain_moves_none(names: set[str], new: str, fraction: float) -> None:
    """A stranger changes no cluster but its own."""
    before = Split(fraction=fraction, clusters={name: frozenset({name}) for name in names})
    after = Split(fraction=fraction, clusters={name: frozenset({name}) for name in names | {new}})
    moved = [name for name in names if before.side(task(name)) != after.side(task(name))]
    assert not moved, f"{new} moved {moved}"


@given(st.sets(NAMES, min_size=2, max_size=6), st.integers(0, 99))
def test_twins_are_on_one_side(names: set[str], seed: int) -> None:
    split = Split(fraction=0.5, seed=seed, clusters=dict.fromkeys(names, frozenset(names)))
    assert len({split.side(task(name)) for name in names}) == 1


def test_domains_of_the_same_tools_are_twins(tmp_path: Path) -> None:
    for name, tools in (("shop", ""), ("mart", ""), ("clinic", "_x")):
        copy_shop(tmp_path, name, tools=tools)
    found = clusters(sorted(tmp_path.iterdir()))
    assert found == {
        "shop": frozenset({"shop", "mart"}),
        "mart": frozenset({"shop", "mart"}),
        "clinic": frozenset({"clinic"}),
    }
    named = Split(names=frozenset({"mart"}), clusters=found)
    held = [name for name in sorted(found) if named.side(task(name)) == HELD_OUT]
    assert held == ["mart", "shop"], "a named domain takes its twin along"


def test_a_broken_domain_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "domain.json").write_text('{"tools": [{}], "tables": []}')
    with pytest.raises(RunError, match=r"odd/domain\.json"):
        clusters([tmp_path / "odd"])


@given(st.permutations(["1", "2", "3"]), st.integers(0, 50))
def test_tasks_of_the_same_gold_are_on_one_side(order: list[str], seed: int) -> None:
    split = Split(by="task", fraction=0.5, seed=seed)
    one = task("shop", *(get(item) for item in ("1", "2", "3")), name="one")
    other = task("mart", *(get(item) for item in order), name="other")
    assert gold_key(one) == gold_key(other)
    assert split.side(one) == split.side(other), "one would be a test of what the other trained"


def test_tasks_of_other_gold_are_told_apart() -> None:
    assert gold_key(task("shop", get("1"))) != gold_key(task("shop", get("2")))
    assert gold_key(task("shop", get("1"))) != gold_key(task("shop", get("1"), get("1")))
    sides = {Split(by="task", fraction=0.5).side(task("shop", get(str(number)))) for number in range(40)}
    assert sides == {TRAIN, HELD_OUT}


def test_a_named_task_takes_those_of_the_same_gold_along() -> None:
    one, other = task("shop", get("1"), name="one"), task("shop", get("1"), name="other")
    split = Split(by="task", names=frozenset({gold_key(one)}))
    assert split.side(one) == split.side(other) == HELD_OUT
    assert split.side(task("shop", get("2"), name="third")) == TRAIN


@pytest.mark.parametrize("fraction", [-0.1, 1.0, float("nan")])
def test_an_impossible_share_is_refused(fraction: float) -> None:
    with pytest.raises(RunError, match="from 0 to below 1"):
        Split(fraction=fraction)
