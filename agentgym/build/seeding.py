"""The rows a world starts with: realistic, diverse, consistent over references, the same for the same domain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from agentgym.build.induction.agreement import (
    agree_as_person,
    agree_in_time,
    agree_with_creation,
    agree_with_lines,
    agree_with_status,
    spare_some,
)
from agentgym.build.induction.effects import capacity_column
from agentgym.build.induction.lifecycles import initial, status_columns
from agentgym.build.values.draw import NOW, draw
from agentgym.types import Binding, Column, ForeignKey, Json, Row, Rows, Table
from agentgym.world.naming import snake

ROOT_ROWS, LEAF_ROWS = 14, 30  # rows of a table that refers to none, and of one that does
LEAST_ROWS, CELLS = 10, 800  # tables stay below so many cells, but have so many rows at least
WIDE = 24  # columns above which a parent has one child row
SPARED = 3  # rows of a table with a deleting tool that nothing refers to
DIGITS = 15  # that a numbered key varies in, however long it must be
_KEYED = re.compile(r"([^0-9]*)(\d{3,10})")


def seed_rows(name: str, tables: Sequence[Table], bindings: Sequence[Binding]) -> Rows:
    """Rows by table, sorted by key. ``name`` seeds the chance, so that two domains differ."""
    rows: Rows = {"clock": [{"id": 1, "now": NOW.isoformat(timespec="seconds") + "Z"}]}
    by_name = {table.name: table for table in tables}
    children = _children(bindings, by_name)
    for table in in_order(tables):
        chance = Random(f"{name}/{table.name}")
        keys = _keys(table, chance, _count(table))
        if table.name in children:
            parents = rows[children[table.name]]
            rows[table.name] = _child_rows(table, children[table.name], parents, rows, chance)
        else:
            rows[table.name] = _table_rows(table, keys, rows, chance)
    spare_some(tables, rows, children, bindings, SPARED)
    for binding in bindings:
        if binding.op == "create":
            agree_with_creation(binding, rows, by_name)
    for table in tables:
        agree_with_status(table, rows[table.name], bindings)
        agree_in_time(rows[table.name])
    agree_with_lines(children, rows, by_name)
    key_of = {table.name: table.primary_key for table in tables} | {"clock": "id"}
    return {table: _by_key(held, key_of[table]) for table, held in rows.items()}


def _count(table: Table) -> int:
    """How many rows a table starts with: fewer where a row is wide."""
    usual = LEAF_ROWS if table.foreign_keys else ROOT_ROWS
    return min(usual, max(LEAST_ROWS, CELLS // len(table.columns)))


def _by_key(rows: Sequence[Row], key: str) -> list[Row]:
    return sorted(rows, key=lambda row: (str(type(row[key])), row[key]))


def _children(bindings: Sequence[Binding], tables: Mapping[str, Table]) -> dict[str, str]:
    """The parent of each table whose rows are lines of another's, or nested in its results."""
    children = {use.table: binding.table for binding in bindings for use in binding.uses if use.role == "lines"}
    children |= {child: binding.table for binding in bindings for child in binding.children.values()}
    return {child: parent for child, parent in children.items() if child in tables and parent in tables}


def in_order(tables: Sequence[Table]) -> list[Table]:
    """Tables such that each comes after those it refers to; names decide where it does not matter."""
    left = {table.name: table for table in sorted(tables, key=lambda table: table.name)}
    done: list[Table] = []
    while left:
        placed = {table.name for table in done}
        ready = next(
            table
            for table in left.values()
            if all(link.table in placed or link.table == table.name for link in table.foreign_keys)
        )
        done.append(left.pop(ready.name))
    return done


def _keys(table: Table, chance: Random, count: int) -> list[Json]:
    """Distinct keys in the vendor's style: ORD-104233, AC + 32 hex digits, 1..n, or an example's pattern."""
    column = table.column(table.primary_key)
    if column is None or column.type == "int":
        return [10_000 + number for number in sorted(chance.sample(range(1, 9000), count))]
    if column.enum:
        return list(column.enum)[:count]
    patterned = next((found for example in column.examples if (found := _KEYED.fullmatch(str(example)))), None)
    if patterned:
        prefix, width = patterned[1], len(patterned[2])
    elif column.pattern or column.format == "uuid" or len(column.examples) >= 3:
        return _distinct(column, chance, count)
    else:
        prefix = "".join(part[0] for part in table.name.split("_")).upper()[:3] + "-"
        width = max(6, column.min_length - len(prefix))
    least = 10 ** (min(width, DIGITS) - 1)
    numbers = chance.sample(range(least, 9 * least), count)
    return [f"{prefix}{number:0{width}d}" for number in sorted(numbers)]


def _distinct(column: Column, chance: Random, count: int) -> list[Json]:
    values: list[Json] = []
    for _ in range(count * 20):
        value = draw(column, chance)
        if value not in values:
            values.append(value)
        if len(values) == count:
            break
    return values


def _table_rows(table: Table, keys: Sequence[Json], rows: Rows, chance: Random) -> list[Row]:
    made: list[Row] = []
    for position, key in enumerate(keys):
        row: Row = {table.primary_key: key}
        for column in table.columns:
            if column.name != table.primary_key:
                row[column.name] = _value(table, column, row, rows, made, chance, position)
        agree_as_person(table, row, made)
        made.append(row)
    return made


def _value(
    table: Table, column: Column, row: Row, rows: Rows, made: Sequence[Row], chance: Random, position: int
) -> Json:
    link = next((link for link in table.foreign_keys if link.column == column.name), None)
    if link is not None and link.table == table.name:
        if not column.nullable:
            return row[table.primary_key]
        return chance.choice(made)[table.primary_key] if made and chance.random() < 0.5 else None
    if link is not None:
        return _reference(table, link, row, rows[link.table], chance, position)
    if column in status_columns(table):
        # Early values are the ones tools act on: they come up most, and every value comes up.
        weights = [4 if value == initial(column) else 2 for value in column.enum]
        return column.enum[position] if position < len(column.enum) else chance.choices(column.enum, weights)[0]
    if column is capacity_column(table):
        return chance.randint(0 if chance.random() < 0.1 else 3, min(int(column.maximum or 60), 60))
    if column.nullable and chance.random() < 0.25 and column.enum == ():
        return None
    return draw(column, chance)


def _reference(table: Table, link: ForeignKey, row: Row, there: Sequence[Row], chance: Random, position: int) -> Json:
    """The key of a row that is ``there``: the references spread over them, and two roles of one row differ."""
    keys = [held[link.key] for held in there]
    others = {row.get(other.column) for other in table.foreign_keys if other.table == link.table}
    open_keys = [key for key in keys if key not in others] or keys
    if chance.random() < 0.6:
        return open_keys[(position * 5 + len(open_keys) // 3) % len(open_keys)]
    return chance.choice(open_keys)


def _child_rows(table: Table, parent: str, parents: Sequence[Row], rows: Rows, chance: Random) -> list[Row]:
    """One to three child rows for each parent, each about another thing; one where they are wide."""
    back = next(link for link in table.foreign_keys if link.table == parent)
    links = {link.column: link for link in table.foreign_keys if link.table != table.name}
    selves = {link.column for link in table.foreign_keys if link.table == table.name}
    most = 3 if len(table.columns) <= WIDE else 1
    counts = [chance.randint(1, most) for _ in parents]
    own_keys = iter(_keys(table, chance, sum(counts)))
    made: list[Row] = []
    for row, count in zip(parents, counts, strict=True):
        used: set[tuple[str, Json]] = set()
        for _ in range(count):
            child: Row = {table.primary_key: next(own_keys), back.column: row[back.key]}
            for column in table.columns:
                if column.name in child:
                    continue
                link = links.get(column.name)
                if column.name in selves:
                    child[column.name] = None if column.nullable else child[table.primary_key]
                    continue
                if link is None:
                    child[column.name] = _small(column, chance)
                    continue
                keys = [held[link.key] for held in rows[link.table]]
                child[column.name] = chance.choice([key for key in keys if (column.name, key) not in used] or keys)
                used.add((column.name, child[column.name]))
            made.append({column.name: child[column.name] for column in table.columns})
    return made


def _small(column: Column, chance: Random) -> Json:
    return chance.randint(1, 3) if snake(column.name) in ("quantity", "count") else draw(column, chance)
