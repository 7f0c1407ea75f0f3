"""How far an episode has come: open goals, told outputs, and the share of gold's changes that are made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.tasks.progress import all_told, open_goals, present, told
from agentgym.tasks.verify import state_aligned
from agentgym.types import Column, ForeignKey, Goal, Json, RowChange, Table, Task, ToolCall

TABLES = (
    Table(
        name="trip",
        doc="",
        columns=(Column(name="id", type="int"), Column(name="to", type="str"), Column(name="seats", type="int")),
        primary_key="id",
    ),
    Table(
        name="leg",
        doc="",
        columns=(Column(name="id", type="int"), Column(name="trip", type="int")),
        primary_key="id",
        foreign_keys=(ForeignKey(column="trip", table="trip", key="id"),),
    ),
    Table(name="user", doc="", columns=(Column(name="name", type="str"),), primary_key="name", generated=False),
)


def insert(table: str, key: Any, **values: Json) -> RowChange:
    return RowChange(table=table, key=key, before=None, after={("name" if table == "user" else "id"): key, **values})


def update(table: str, key: Any, before: dict[str, Json], after: dict[str, Json]) -> RowChange:
    return RowChange(table=table, key=key, before=before, after=after)


def task(*diff: RowChange, goals: tuple[Goal, ...] = (), gold: int = 1) -> Task:
    calls = tuple(ToolCall(name="f") for _ in range(gold))
    return Task(id="t", domain="d", intent="", facts=(), gold=calls, diff=diff, goals=goals)


def goal(*changes: int, calls: tuple[int, ...] = (0,), outputs: tuple[Json, ...] = ()) -> Goal:
    return Goal(text="", calls=calls, changes=changes, outputs=outputs)


# -- outputs --------------------------------------------------------------------------------------


def test_outputs_are_told_one_by_one_and_stay_told() -> None:
    wanted = task(goals=(goal(outputs=(10, "Oslo")), goal(outputs=("2025-06-18",))))
    bits = told(wanted, "There are 100, or 10:30.")
    assert bits == 0 and not all_told(wanted, bits)
    bits = told(wanted, "There are 10.", bits)
    bits = told(wanted, "It leaves on June 18, 2025.", bits)
    assert bits == 0b101
    assert all_told(wanted, told(wanted, "for oslo", bits))


# -- goals ----------------------------------------------------------------------------------------

CITY = update("trip", 1, {"to": "Bergen"}, {"to": "Oslo"})
NEW = insert("trip", 7, to="Rome", seats=7)
LEG = insert("leg", 3, trip=7)


@pytest.mark.parametrize(
    ("diff", "still"),
    [
        ((), (0, 1)),
        ((CITY,), (1,)),
        ((update("trip", 1, {"to": "Bergen"}, {"to": "Rome"}),), (0, 1)),
        ((NEW, LEG), (0,)),
        ((insert("trip", 9, to="Rome", seats=7), insert("leg", 4, trip=9)), (0,)),
        ((insert("trip", 9, to="Rome", seats=9), insert("leg", 4, trip=9)), (0, 1)),
        ((insert("trip", 9, to="Rome", seats=7),), (0, 1)),
        ((CITY, NEW, LEG), ()),
    ],
)
def test_a_goal_is_open_until_its_changes_are_made(diff: tuple[RowChange, ...], still: tuple[int, ...]) -> None:
    """New rows count by what they hold: the world numbers them in the order of events."""
    wanted = task(CITY, NEW, LEG, goals=(goal(0), goal(1, 2)))
    assert open_goals(wanted, diff, -1, 0, TABLES) == still


def test_a_goal_is_open_until_its_outputs_are_told() -> None:
    wanted = task(CITY, goals=(goal(0, outputs=(5,)), goal(outputs=("x",))))
    assert open_goals(wanted, (CITY,), -1, 0, TABLES) == (0, 1)
    assert open_goals(wanted, (CITY,), -1, 0b01, TABLES) == (1,)
    assert open_goals(wanted, (), -1, 0b11, TABLES) == (0,)


def test_goals_of_a_read_only_task_are_done_by_their_calls() -> None:
    wanted = task(goals=(goal(calls=(0,)), goal(calls=(1, 2))), gold=3)
    assert open_goals(wanted, (), 0, 0) == (0, 1)
    assert open_goals(wanted, (), 1, 0) == (1,)
    assert open_goals(wanted, (), 2, 0) == (1,)
    assert open_goals(wanted, (), 3, 0) == ()
    assert open_goals(wanted, (), -1, 0) == (0, 1), "whoever departed from gold has done none of it"


def test_two_equal_new_rows_are_two() -> None:
    wanted = task(insert("trip", 7, to="Rome"), insert("trip", 8, to="Rome"), goals=(goal(0), goal(1)))
    assert open_goals(wanted, (insert("trip", 9, to="Rome"),), -1, 0, TABLES) == (1,)


def test_a_key_that_the_caller_names_must_be_the_one() -> None:
    wanted = task(insert("user", "ana"), goals=(goal(0),))
    assert open_goals(wanted, (insert("user", "bob"),), -1, 0, TABLES) == (0,)
    assert open_goals(wanted, (insert("user", "ana"),), -1, 0, TABLES) == ()


# -- rows -----------------------------------------------------------------------------------------


ROWS = st.builds(
    insert, st.sampled_from(["trip", "leg"]), st.integers(1, 3), to=st.sampled_from(["x", "y"]), trip=st.integers(1, 3)
) | st.builds(
    update,
    st.sampled_from(["trip", "leg"]),
    st.integers(1, 3),
    st.just({"to": "x"}),
    st.fixed_dictionaries({"to": st.sampled_from(["y", "z"])}),
)
DIFFS = st.lists(ROWS, max_size=4, unique_by=lambda change: (change.table, change.key)).map(tuple)


@given(DIFFS, DIFFS)
def test_no_change_is_taken_twice_and_gold_has_them_all(
    gold: tuple[RowChange, ...], diff: tuple[RowChange, ...]
) -> None:
    wanted = task(*gold)
    found = present(wanted, diff, TABLES)
    assert len(found) <= min(len(gold), len(diff))
    if state_aligned(diff, wanted, TABLES):
        assert len(found) == len(gold), "what the verifier takes for gold holds every change"
    assert len(present(wanted, gold, TABLES)) == len(gold)
