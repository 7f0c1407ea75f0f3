"""Rows that agree: within themselves, with the tools that would have made them, and with each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from agentgym.build.semantics.language import participles
from agentgym.build.semantics.shapes import first_named, is_number
from agentgym.build.values.draw import COUNTRIES, draw
from agentgym.types import Binding, Column, Effect, Guard, Json, Row, Rows, Table, Use
from agentgym.world.naming import snake

_SPANS = (
    ("start_date", "end_date"),
    ("check_in_date", "check_out_date"),
    ("start_time", "end_time"),
    ("pickup_date", "return_date"),
    ("created_at", "updated_at"),
    ("loan_date", "due_date"),
    ("issued_date", "due_date"),
)


def agree_as_person(table: Table, row: Row, made: Sequence[Row]) -> None:
    """An email and a full name that go with the person's names; no email twice among the rows ``made`` so far."""
    by_slot = {snake(column.name): column.name for column in table.columns}
    if "state" in by_slot and "country" in by_slot and row[by_slot["country"]] in COUNTRIES:
        row[by_slot["country"]] = "United States"  # the states drawn are its
    email = by_slot.get("email") or by_slot.get("email_address")
    if "first_name" in by_slot and "last_name" in by_slot:
        first, last = str(row[by_slot["first_name"]]), str(row[by_slot["last_name"]])
        if email:
            stem = re.sub(r"[^a-z.]", "", f"{first}.{last}".lower())
            row[email] = f"{stem}@example.com"
        for slot in ("full_name", "name", "display_name"):
            if slot in by_slot and by_slot[slot] != table.primary_key:
                row[by_slot[slot]] = f"{first} {last}"
    if email and row[email] is not None:
        taken = sum(held[email] == row[email] for held in made)
        same = sum(str(held[email]).startswith(str(row[email]).split("@")[0]) for held in made)
        if taken:
            row[email] = str(row[email]).replace("@", f"{same + 1}@")


def agree_in_time(rows: Sequence[Row]) -> None:
    """An end is not before its start."""
    for row in rows:
        for first, second in _SPANS:
            if isinstance(row.get(first), str) and isinstance(row.get(second), str) and row[second] < row[first]:
                row[first], row[second] = row[second], row[first]


# -- with the tools ----------------------------------------------------------------------------------


def agree_with_status(table: Table, rows: Sequence[Row], bindings: Sequence[Binding]) -> None:
    """What only a status move sets is set on the rows that made that move, and on no others."""
    for binding in bindings:
        if binding.table != table.name or binding.op != "transition":
            continue
        moved = next((effect for effect in binding.effects if not effect.of and effect.value is not None), None)
        if moved is None:
            continue
        sets = {use.into or use.column for use in binding.uses if use.role in ("set", "reference")}
        sets |= {effect.column for effect in binding.effects if effect.amount == "now" and not effect.of}
        for column in table.columns:
            if column.nullable and (column.name in sets or _named_after(column, str(moved.value))):
                _fill_where_moved(table, column, rows, moved, only_there=column.name in sets)


def _fill_where_moved(table: Table, column: Column, rows: Sequence[Row], moved: Effect, only_there: bool) -> None:
    chance = Random(f"{table.name}/{column.name}/{moved.value}")
    for row in rows:
        there = row[moved.column] == moved.value
        if there and row[column.name] is None and not table.refers(column.name):
            row[column.name] = draw(column, chance)
        elif not there and only_there:
            row[column.name] = None


def _named_after(column: Column, status: str) -> bool:
    return any(snake(column.name).startswith(f"{form}_") for form in (status, *participles(status)))


def agree_with_creation(binding: Binding, rows: Rows, tables: Mapping[str, Table]) -> None:
    """Rows look as if their tool had made them: what they refer to meets its conditions, prices are multiplied out."""
    table = tables[binding.table]
    refers = {use.parameter: use for use in binding.uses if use.role == "reference" and use.into}
    columns = {use.parameter: use.into or use.column for use in binding.uses}
    for guard in binding.guards:
        if guard.test == "in" and guard.of in refers:
            _refer_to_fitting(rows, table, refers[guard.of], guard)
    for effect in binding.effects:
        if effect.of or effect.op != "set" or not effect.amount or effect.amount == "now":
            continue
        column = table.column(effect.column)
        for row in rows[table.name]:
            value = _product(effect.amount, row, refers, columns, rows)
            if value is not None:
                row[effect.column] = round(value, 2) if column is not None and column.type == "float" else int(value)


def _refer_to_fitting(rows: Rows, table: Table, use: Use, guard: Guard) -> None:
    fitting = [held[use.column] for held in rows[use.table] if held[guard.column] in guard.values]
    for position, row in enumerate(rows[table.name]):
        if row[use.into] is not None and row[use.into] not in fitting and fitting:
            row[use.into] = fitting[position % len(fitting)]


def _product(amount: str, row: Row, refers: Mapping[str, Use], columns: Mapping[str, str], rows: Rows) -> float | None:
    """The factors of ``amount`` multiplied, as the tool would; None where one is no number."""
    value = 1.0
    for factor in amount.split("*"):
        of, _, column = factor.rpartition(".")
        if of in refers:
            use = refers[of]
            named = (held for held in rows[use.table] if held[use.column] == row[use.into])
            number = next(named, {}).get(column)
        else:
            number = row.get(columns.get(factor, ""))
        if not is_number(number):
            return None
        value *= number
    return value


# -- with each other ---------------------------------------------------------------------------------


def agree_with_lines(children: Mapping[str, str], rows: Rows, tables: Mapping[str, Table]) -> None:
    """A line has its product's price; a parent's total is the sum of its lines. ``children`` maps child to parent."""
    for child, parent in sorted(children.items()):
        table = tables[child]
        priced = first_named(table.columns, "unit_price", "price")
        counted = first_named(table.columns, "quantity")
        link = next(link for link in table.foreign_keys if link.table == parent)
        sums: dict[Json, float] = {}
        for row in rows[child]:
            if priced is None:
                break
            for price in _prices(table, row, rows):
                row[priced.name] = price
            price, number = row[priced.name], row[counted.name] if counted is not None else None
            if is_number(price) and is_number(number):  # some vendors send numbers as text
                line = price * number
                sums[row[link.column]] = round(sums.get(row[link.column], 0.0) + line, 2)
        for row in rows[parent]:
            for name in ("total", "total_price", "total_amount"):
                if name in row and row[link.key] in sums:
                    row[name] = sums[row[link.key]]


def _prices(table: Table, row: Row, rows: Rows) -> list[Json]:
    """The prices of what a row refers to."""
    return [
        held["price"]
        for link in table.foreign_keys
        for held in rows[link.table]
        if held[link.key] == row[link.column] and "price" in held
    ]


def spare_some(
    tables: Sequence[Table], rows: Rows, children: Mapping[str, str], bindings: Sequence[Binding], spared: int
) -> None:
    """Where rows can be deleted, the last ``spared`` are referred to by none: a deletion that can succeed."""
    for name in sorted({binding.table for binding in bindings if binding.op == "delete"}):
        for table in tables:
            for link in table.foreign_keys:
                if link.table != name or table.name in children:
                    continue
                keys = [row[link.key] for row in rows[name]]
                if len(keys) <= spared:
                    continue
                for position, row in enumerate(rows[table.name]):
                    if row[link.column] in keys[-spared:]:
                        row[link.column] = keys[position % (len(keys) - spared)]
