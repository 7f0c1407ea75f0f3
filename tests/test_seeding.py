"""Seed rows are realistic, consistent, and the same for the same domain."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.build.induction.binding import bind
from agentgym.build.induction.schema import induce
from agentgym.build.induction.settle import settle
from agentgym.build.seeding import seed_rows
from agentgym.build.values.draw import draw
from agentgym.types import Column, Rows, Table
from tests.specs import SHOP


@pytest.fixture(scope="module")
def shop() -> tuple[tuple[Table, ...], Rows]:
    bound = bind(induced := induce(SHOP))
    tables, bindings = settle(induced.tables, bound.bindings, bound.tools)
    assert seed_rows("shop", tables, bindings) == seed_rows("shop", tables, bindings), "Two seedings differ."
    return tables, seed_rows("shop", tables, bindings)


def test_every_reference_holds_and_every_key_is_unique(shop: tuple[tuple[Table, ...], Rows]) -> None:
    tables, rows = shop
    for table in tables:
        keys = [row[table.primary_key] for row in rows[table.name]]
        assert len(set(keys)) == len(keys) > 5, f"The keys of {table.name} are {keys}."
        for link in table.foreign_keys:
            targets = {row[link.key] for row in rows[link.table]}
            lost = {row[link.column] for row in rows[table.name]} - targets - {None}
            assert not lost, f"{table.name}.{link.column} names rows that are not there: {lost}."


def test_a_total_is_price_times_quantity(shop: tuple[tuple[Table, ...], Rows]) -> None:
    rows = shop[1]
    prices = {row["product_id"]: row["price"] for row in rows["product"]}
    for row in rows["order"]:
        assert row["total"] == round(prices[row["product_id"]] * row["quantity"], 2), f"The total of {row} is wrong."


def test_what_a_cancellation_sets_stands_only_on_cancelled_rows(shop: tuple[tuple[Table, ...], Rows]) -> None:
    for row in shop[1]["order"]:
        assert (row["cancel_reason"] is not None) == (row["status"] == "cancelled"), f"{row} has the wrong reason."


def test_every_status_occurs(shop: tuple[tuple[Table, ...], Rows]) -> None:
    assert {row["status"] for row in shop[1]["order"]} == {"pending", "shipped", "cancelled"}


def test_some_deletable_rows_are_referred_to_by_none(shop: tuple[tuple[Table, ...], Rows]) -> None:
    rows = shop[1]
    free = {row["product_id"] for row in rows["product"]} - {row["product_id"] for row in rows["order"]}
    assert free, "No product can be deleted: every one has orders."


def test_keys_follow_the_example(shop: tuple[tuple[Table, ...], Rows]) -> None:
    wrong = [
        row["order_id"]
        for row in shop[1]["order"]
        if not (row["order_id"].startswith("ORD-") and len(row["order_id"]) == 9)
    ]
    assert not wrong, f"These keys do not look like ORD-10423: {wrong}."


COLUMNS = st.builds(
    Column,
    name=st.sampled_from(["email", "start_time", "city", "price", "notes", "id", "ünïcode", "created_at", "x"]),
    type=st.sampled_from(["str", "int", "float", "bool", "json"]),
    format=st.sampled_from(["", "date", "date-time", "time", "uuid", "uri", "email", "weird"]),
    pattern=st.sampled_from(["", "^AC[0-9a-fA-F]{32}$", "^(SM|MM)[0-9a-f]{4}$", "(", "^[0-9]{3,5}$"]),
    min_length=st.integers(0, 40),
    minimum=st.none() | st.floats(-100, 100),
    maximum=st.none() | st.floats(200, 1000),
)


@given(COLUMNS, st.integers())
def test_a_value_has_its_columns_type(column: Column, seed: int) -> None:
    value = draw(column, Random(seed))
    kinds = {"str": str, "int": int, "float": (int, float), "bool": bool, "json": (dict, list, str, int, float, bool)}
    assert isinstance(value, kinds[column.type]), f"{column.name} of type {column.type} got {value!r}."
    assert value == draw(column, Random(seed)), "The same seed gave another value."
