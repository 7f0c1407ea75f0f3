"""Net differences, and when two of them mean the same."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.errors import DomainError
from agentgym.tasks.verify import exact_match, reward, state_aligned
from agentgym.types import Column, Domain, ForeignKey, RowChange, Table, Task, ToolCall
from agentgym.world.diff import lines, net, same


def table(name: str, *references: tuple[str, str], generated: bool = True) -> Table:
    columns = (Column(name="id", type="int"), *(Column(name=column, type="int") for column, _ in references))
    keys = tuple(ForeignKey(column=column, table=target, key="id") for column, target in references)
    return Table(name=name, doc="", columns=columns, primary_key="id", foreign_keys=keys, generated=generated)


TABLES = (
    table("trip"),
    table("leg", ("trip", "trip"), ("next", "leg")),
    table("link", ("a", "trip"), ("b", "trip")),
    table("user", ("favourite", "trip"), generated=False),
)
DOMAIN = Domain(name="test", tools=(), tables=TABLES)


def insert(name: str, key: Any, **values: Any) -> RowChange:
    return RowChange(table=name, key=key, before=None, after={"id": key, **values})


def renamed(diff: list[RowChange], chance: random.Random) -> list[RowChange]:
    """The same difference with the generated keys drawn anew and the rows in another order."""
    names: dict[tuple[str, Any], int] = {}
    for name in ("trip", "leg", "link"):
        keys = [change.key for change in diff if change.table == name and change.before is None]
        fresh = chance.sample(range(100, 200), len(keys))
        names.update({(name, key): new for key, new in zip(keys, fresh, strict=True)})
    targets = {(t.name, key.column): key.table for t in TABLES for key in t.foreign_keys}

    def row(change: RowChange) -> dict[str, Any]:
        values = {}
        for column, value in (change.after or {}).items():
            target = change.table if column == "id" else targets.get((change.table, column), "")
            values[column] = names.get((target, value), value)
        return values

    out = [
        change.model_copy(update={"key": names.get((change.table, change.key), change.key), "after": row(change)})
        for change in diff
    ]
    chance.shuffle(out)
    return out


@st.composite
def differences(draw: st.DrawFn) -> list[RowChange]:
    trips = draw(st.integers(1, 4))
    legs = draw(st.integers(0, 4))
    links = draw(st.integers(0, 4))
    trip = st.integers(1, trips)
    diff = [insert("trip", key, to=draw(st.sampled_from("xy"))) for key in range(1, trips + 1)]
    for key in range(1, legs + 1):
        following = draw(st.none() | st.integers(1, legs))
        diff.append(insert("leg", key, trip=draw(trip), next=following, seat=draw(st.integers(0, 1))))
    diff += [insert("link", key, a=draw(trip), b=draw(trip)) for key in range(1, links + 1)]
    diff.append(RowChange(table="user", key=7, before={"favourite": None}, after={"favourite": draw(trip)}))
    return diff


@given(differences(), st.integers())
def test_renaming_generated_keys_changes_nothing(diff: list[RowChange], seed: int) -> None:
    other = renamed(diff, random.Random(seed))
    assert same(diff, other, TABLES), "a renamed difference must mean the same"
    assert same(other, diff, TABLES), "and the other way round"


@given(differences(), st.integers(), st.data())
def test_any_other_value_means_something_else(diff: list[RowChange], seed: int, data: st.DataObject) -> None:
    other = renamed(diff, random.Random(seed))
    at = data.draw(st.integers(0, len(other) - 1))
    change = other[at]
    other[at] = change.model_copy(update={"after": {**(change.after or {}), "note": "changed"}})
    assert not same(diff, other, TABLES)
    assert not same(diff, [c for c in other if c is not other[at]], TABLES), "a missing row must show"
    assert not same(diff, [*other, insert("trip", 999, to="x")], TABLES), "a row too many must show"


def test_references_that_only_a_search_tells_apart() -> None:
    trips = [insert("trip", 1, to="x"), insert("trip", 2, to="x")]
    crossed = [*trips, insert("link", 1, a=1, b=2), insert("link", 2, a=2, b=1)]
    looped = [*trips, insert("link", 1, a=1, b=1), insert("link", 2, a=2, b=2)]
    assert not same(crossed, looped, TABLES)
    assert same(crossed, [*trips, insert("link", 1, a=2, b=1), insert("link", 2, a=1, b=2)], TABLES)


def test_rings_of_equal_rows_are_told_apart_by_their_length() -> None:
    def rings(*sizes: int) -> list[RowChange]:
        out: list[RowChange] = []
        for size in sizes:
            first = len(out) + 1
            out += [insert("leg", first + i, trip=None, next=first + (i + 1) % size) for i in range(size)]
        return out

    assert same(rings(3, 3), rings(3, 3), TABLES)
    assert not same(rings(3, 3), rings(6), TABLES)


def test_which_row_a_kept_row_points_at_matters() -> None:
    trips = [insert("trip", 1, to="x"), insert("trip", 2, to="y")]

    def favourite(trip: int) -> RowChange:
        return RowChange(table="user", key=7, before={"favourite": None}, after={"favourite": trip})

    swapped = [insert("trip", 1, to="y"), insert("trip", 2, to="x")]
    assert same([*trips, favourite(1)], [*swapped, favourite(2)], TABLES)
    assert not same([*trips, favourite(1)], [*swapped, favourite(1)], TABLES)


def test_keys_that_callers_choose_are_not_renamed() -> None:
    assert not same([insert("user", 1, favourite=None)], [insert("user", 2, favourite=None)], TABLES)
    assert same([insert("trip", 1, to="x")], [insert("trip", 2, to="x")], TABLES)


@pytest.mark.parametrize(
    ("left", "right", "equal"), [(1, 1.0, True), (1, True, False), (0, None, False), ("1", 1, False)]
)
def test_values_are_compared_with_their_json_types(left: Any, right: Any, equal: bool) -> None:
    assert same([insert("trip", 1, to=left)], [insert("trip", 1, to=right)], TABLES) is equal
    assert same([insert("trip", 1, to=[left])], [insert("trip", 1, to=[right])], TABLES) is equal
    assert exact_match([ToolCall(name="f", arguments={"x": left})], _task(("f", right)), DOMAIN) is equal


def test_net_reports_inserts_updates_and_deletes_sorted() -> None:
    before = {"trip": [{"id": 1, "to": "x"}, {"id": 2, "to": "y"}, {"id": 3, "to": "z"}], "user": []}
    after = {"trip": [{"id": 4, "to": "w"}, {"id": 2, "to": "v"}, {"id": 3, "to": "z"}], "user": []}
    changes = net(before, after, TABLES)
    assert [(c.table, c.key, c.before, c.after) for c in changes] == [
        ("trip", 1, {"id": 1, "to": "x"}, None),
        ("trip", 2, {"to": "y"}, {"to": "v"}),
        ("trip", 4, None, {"id": 4, "to": "w"}),
    ]
    assert lines(changes) == ["- trip 1", "~ trip 2: to 'y' -> 'v'", "+ trip 4: id=4, to='w'"]
    assert net(before, before, TABLES) == ()
    assert [change.table for change in net({}, after, TABLES)] == ["trip"] * 3
    with pytest.raises(DomainError, match="unknown tables"):
        net({"x": []}, {}, TABLES)


def _task(*gold: tuple[str, Any], diff: tuple[RowChange, ...] = ()) -> Task:
    calls = tuple(ToolCall(name=name, arguments={"x": value}) for name, value in gold)
    return Task(id="t", domain="d", intent="", facts=(), gold=calls, diff=diff)


def test_a_task_that_writes_is_judged_by_state_unless_asked_otherwise() -> None:
    task = _task(("f", 1), diff=(insert("trip", 1, to="x"),))
    reached, calls = (insert("trip", 5, to="x"),), [ToolCall(name="g")]
    assert state_aligned(reached, task, TABLES)
    assert reward("auto", task, reached, calls, DOMAIN)[:2] == (1.0, "state")
    assert reward("state", task, (), calls, DOMAIN)[:2] == (0.0, "state")
    assert reward("exact", task, reached, calls, DOMAIN)[:2] == (0.0, "exact")
    assert reward("exact", task, (), list(task.gold), DOMAIN)[:2] == (1.0, "exact")


@pytest.mark.parametrize("mode", ["auto", "state", "exact"])
def test_a_task_that_only_reads_is_judged_by_its_calls(mode: Any) -> None:
    task = _task(("f", 1), ("g", 2))
    assert reward(mode, task, (), list(task.gold), DOMAIN).reward == 1.0
    for calls in ([], list(task.gold[:1]), list(task.gold[::-1]), [*task.gold, task.gold[0]]):
        assert reward(mode, task, (), calls, DOMAIN).reward == 0.0, f"{calls} is not the gold sequence"
