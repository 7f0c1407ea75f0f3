"""Verification's short cuts: they must never decide otherwise than the full comparison."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.tasks import verify
from agentgym.tasks.verify import exact_match, is_gold, state_aligned
from agentgym.types import Binding, Column, Domain, ForeignKey, Row, RowChange, Table, Task, ToolCall, ToolSpec, Use
from agentgym.world.diff import same

TABLES = (
    Table(
        name="trip", doc="", columns=(Column(name="id", type="int"), Column(name="to", type="json")), primary_key="id"
    ),
    Table(
        name="leg",
        doc="",
        columns=(Column(name="id", type="int"), Column(name="trip", type="int")),
        primary_key="id",
        foreign_keys=(ForeignKey(column="trip", table="trip", key="id"),),
    ),
)
SPEC = ToolSpec(
    id="s.f",
    service="s",
    name="f",
    description="",
    parameters={"type": "object", "properties": {"x": {}, "limit": {"type": "integer", "default": 10}}},
)
DOMAIN = Domain(name="d", tools=(SPEC,), tables=TABLES)


def task(*gold: ToolCall, diff: tuple[RowChange, ...] = ()) -> Task:
    return Task(id="t", domain="d", intent="", facts=(), gold=gold, diff=diff)


def insert(table: str, key: int, **values: Any) -> RowChange:
    return RowChange(table=table, key=key, before=None, after={"id": key, **values})


VALUES = st.sampled_from([0, 1, 1.0, True, False, None, "1", -0.0, float("inf"), [1], [True], {"a": 1}, {"a": 1.0}])
ROWS = st.none() | st.fixed_dictionaries({"id": st.integers(1, 3), "to": VALUES})


@st.composite
def differences(draw: st.DrawFn) -> tuple[RowChange, ...]:
    """Few tables, keys and values, so that near misses are common."""
    rows: dict[tuple[str, int], tuple[Row | None, Row | None]] = draw(
        st.dictionaries(st.tuples(st.sampled_from(["trip", "leg"]), st.integers(1, 3)), st.tuples(ROWS, ROWS))
    )
    return tuple(RowChange(table=t, key=k, before=b, after=a) for (t, k), (b, a) in sorted(rows.items()) if a or b)


def finite(diff: tuple[RowChange, ...]) -> bool:
    return "inf" not in repr(diff)


@given(differences(), differences())
def test_short_cuts_decide_as_the_full_comparison_does(
    left: tuple[RowChange, ...], right: tuple[RowChange, ...]
) -> None:
    for diff in (left, tuple(change.model_copy(deep=True) for change in right), right[::-1]):
        if finite(diff) and finite(right):
            assert state_aligned(diff, task(diff=right), TABLES) is same(diff, right, TABLES)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (0.0, -0.0, True),
        (1, True, False),
        (0, False, False),
        (None, False, False),
        (10**30, 10**30, True),
    ],
)
def test_types_count_as_in_json(left: Any, right: Any, equal: bool) -> None:
    wanted = task(ToolCall(name="f", arguments={"x": [right]}), diff=(insert("trip", 1, to=[right]),))
    assert state_aligned((insert("trip", 1, to=[left]),), wanted, TABLES) is equal
    assert exact_match([ToolCall(name="f", arguments={"x": [left]})], wanted, DOMAIN) is equal


def test_rows_in_another_order_or_under_other_numbers_are_the_same() -> None:
    gold = (insert("trip", 1, to="x"), insert("leg", 1, trip=1), insert("leg", 2, trip=None))
    swapped = (insert("leg", 2, trip=7), insert("leg", 1, trip=None), insert("trip", 7, to="x"))
    wanted = task(diff=gold)
    assert state_aligned(gold[::-1], wanted, TABLES)
    assert state_aligned(swapped, wanted, TABLES)
    assert not state_aligned((*swapped[:2], insert("trip", 7, to="y")), wanted, TABLES)


def test_an_unequal_shape_is_refused_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "same", lambda *_: pytest.fail("the full comparison ran"))
    changed = RowChange(table="trip", key=1, before={"to": "x"}, after={"to": "y"})
    wanted = task(diff=(changed, insert("leg", 1, trip=1)))
    for diff in ((), (changed,), (changed, changed), (insert("trip", 1, to="y"), insert("leg", 1, trip=1))):
        assert not state_aligned(diff, wanted, TABLES)
    assert not state_aligned((changed.model_copy(update={"key": 2}), insert("leg", 1, trip=1)), wanted, TABLES)
    assert state_aligned((changed, insert("leg", 1, trip=1)), wanted, TABLES)


def test_a_new_row_that_gold_does_not_make_is_refused_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "same", lambda *_: pytest.fail("the full comparison ran"))
    wanted = task(diff=(insert("trip", 1, to="x"), insert("leg", 1, trip=1)))
    assert not state_aligned((insert("trip", 7, to="y"), insert("leg", 1, trip=7)), wanted, TABLES)


def test_defaults_and_key_order_make_no_difference() -> None:
    wanted = task(ToolCall(name="f", arguments={"x": {"a": 1, "b": 2}, "limit": 10}))
    for arguments in ({"x": {"b": 2, "a": 1}}, {"limit": 10.0, "x": {"a": 1, "b": 2}}):
        assert is_gold("f", arguments, 0, wanted, DOMAIN)
    assert not is_gold("f", {"x": {"a": 1, "b": 2}, "limit": True}, 0, wanted, DOMAIN)
    assert not is_gold("g", {"x": {"a": 1, "b": 2}}, 0, wanted, DOMAIN)
    assert not is_gold("f", {"x": {"a": 1, "b": 2}}, 1, wanted, DOMAIN), "there is no second gold call"


CITIES = Binding(
    tool="f",
    op="list",
    table="trip",
    uses=(
        Use(parameter="x", role="filter", table="trip", column="to", test="in"),
        Use(parameter="route", role="filter", table="trip", column="to"),
    ),
)


@pytest.mark.parametrize(
    ("name", "given", "gold", "equal"),
    [
        ("x", ["Rome", "Oslo"], ["Oslo", "Rome"], True),
        ("x", ["Oslo", "Rome", "Oslo"], ["Oslo", "Rome"], True),
        ("x", [1.0, 2], [2, 1], True),
        ("x", [1, True], [True, 1], True),
        ("x", [1], [True], False),
        ("x", ["Oslo"], ["Oslo", "Rome"], False),
        ("x", "Oslo", ["Oslo"], False),
        ("route", ["Rome", "Oslo"], ["Oslo", "Rome"], False),
        ("route", ["Oslo", "Rome"], ["Oslo", "Rome"], True),
    ],
)
def test_order_is_no_matter_only_where_a_list_is_a_set(name: str, given: Any, gold: Any, equal: bool) -> None:
    domain = DOMAIN.model_copy(update={"bindings": (CITIES,)})
    wanted = task(ToolCall(name="f", arguments={name: gold}))
    assert is_gold("f", {name: given}, 0, wanted, domain) is equal


@given(st.lists(st.integers(0, 3) | st.sampled_from(["a", None, True])), st.randoms(use_true_random=False))
def test_a_set_is_equal_in_every_order(values: list[Any], rng: Any) -> None:
    domain = DOMAIN.model_copy(update={"bindings": (CITIES,)})
    mixed = rng.sample(values, len(values))
    assert is_gold("f", {"x": mixed}, 0, task(ToolCall(name="f", arguments={"x": values})), domain)


def test_what_is_kept_of_a_domain_goes_with_it() -> None:
    domain = DOMAIN.model_copy()
    before = len(verify._manners)
    assert is_gold("f", {"x": 1.0}, 0, task(ToolCall(name="f", arguments={"x": 1})), domain)
    assert len(verify._manners) == before + 1
    del domain
    gc.collect()
    assert len(verify._manners) == before


def test_what_is_kept_of_a_task_goes_with_it() -> None:
    before = len(verify._gold)
    wanted = task(diff=(insert("trip", 1, to="x"),))
    assert state_aligned(wanted.diff, wanted, TABLES)
    assert len(verify._gold) == before + 1
    del wanted
    gc.collect()
    assert len(verify._gold) == before
