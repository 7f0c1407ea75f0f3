"""The rows a world starts with: realistic, diverse, consistent over references, the same for the same domain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from agentgym.build.effects import capacity_column, initial, status_columns
from agentgym.build.language import participles
from agentgym.build.values import COUNTRIES, NOW, draw
from agentgym.types import Binding, Column, Guard, Json, Row, Rows, Table, Use
from agentgym.world.naming import snake

ROOT_ROWS, LEAF_ROWS = 14, 30  # rows of a table that refers to none, and of one that does
SPARED = 3  # rows of a table with a deleting tool that nothing refers to
_KEYED = re.compile(r"([^0-9]*)(\d{3,10})")


def seed_rows(name: str, tables: Sequence[Table], bindings: Sequence[Binding]) -> Rows:
    """Rows by table, sorted by key. ``name`` seeds the chance, so that two domains differ."""
    rows: Rows = {"clock": [{"id": 1, "now": NOW.isoformat(timespec="seconds") + "Z"}]}
    children = {use.table: binding.table for binding in bindings for use in binding.uses if use.role == "lines"}
    children |= {child: binding.table for binding in bindings for child in binding.children.values()}
    present = {table.name for table in tables}
    children = {child: parent for child, parent in children.items() if child in present and parent in present}
    for table in in_order(tables):
        chance = Random(f"{name}/{table.name}")
        keys = _keys(table, chance, LEAF_ROWS if table.foreign_keys else ROOT_ROWS)
        if table.name in children:
            parents = rows[children[table.name]]
            rows[table.name] = _child_rows(table, children[table.name], parents, rows, chance)
        else:
            rows[table.name] = _table_rows(table, keys, rows, chance)
    by_name = {table.name: table for table in tables}
    _spare_some(tables, rows, children, bindings)
    for binding in bindings:
        if binding.op == "create":
            _agree_with_creation(binding, rows, by_name)
    for table in tables:
        _agree_with_status(table, rows[table.name], bindings)
        _agree_in_time(rows[table.name])
    _agree_with_lines(children, rows, by_name)
    return {
        table: sorted(rows[table], key=lambda row, key=_key(by_name, table): (str(type(row[key])), row[key]))
        for table in rows
    }


def _key(tables: Mapping[str, Table], name: str) -> str:
    return tables[name].primary_key if name in tables else "id"


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
    numbers = chance.sample(range(10 ** (width - 1), 9 * 10 ** (width - 1)), count)
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
        _agree_as_person(table, row, made)
        made.append(row)
    return made


def _value(
    table: Table, column: Column, row: Row, rows: Rows, made: Sequence[Row], chance: Random, position: int
) -> Json:
    target = table.refers(column.name)
    if target == table.name:
        return (
            chance.choice(made)[table.primary_key]
            if made and column.nullable and chance.random() < 0.5
            else None
            if column.nullable
            else row[table.primary_key]
        )
    if target:
        return _reference(table, column, target, row, rows, chance, position)
    if column in status_columns(table):
        # Early values are the ones tools act on: they come up most, and every value comes up.
        weights = [4 if value == initial(column) else 2 for value in column.enum]
        return (
            column.enum[position % len(column.enum)]
            if position < len(column.enum)
            else chance.choices(column.enum, weights)[0]
        )
    if column is capacity_column(table):
        return chance.randint(0 if chance.random() < 0.1 else 3, min(int(column.maximum or 60), 60))
    if column.nullable and chance.random() < 0.25 and column.enum == ():
        return None
    return draw(column, chance)


def _reference(table: Table, column: Column, target: str, row: Row, rows: Rows, chance: Random, position: int) -> Json:
    """A row of the target; every target is used before any is used twice, and two roles of one row differ."""
    keys = [held[column_key] for held in rows[target] for column_key in [_first(held)]]
    others = {row.get(link.column) for link in table.foreign_keys if link.table == target and link.column in row}
    open_keys = [key for key in keys if key not in others] or keys
    return (
        open_keys[(position * 5 + len(open_keys) // 3) % len(open_keys)]
        if chance.random() < 0.6
        else chance.choice(open_keys)
    )


def _first(row: Row) -> str:
    return next(iter(row))


def _child_rows(table: Table, parent: str, parents: Sequence[Row], rows: Rows, chance: Random) -> list[Row]:
    """One to three child rows for each parent, each about another thing."""
    link = next(link for link in table.foreign_keys if link.table == parent)
    counts = [chance.randint(1, 3) for _ in parents]
    keys = iter(_keys(table, chance, sum(counts)))
    made: list[Row] = []
    for row, count in zip(parents, counts, strict=True):
        used: set[tuple[str, Json]] = set()
        for _ in range(count):
            child: Row = {table.primary_key: next(keys), link.column: row[link.key]}
            for column in table.columns:
                if column.name in child:
                    continue
                target = table.refers(column.name)
                if target and target != table.name:
                    free = [held for held in rows[target] if (column.name, held[_first(held)]) not in used]
                    child[column.name] = chance.choice(free or rows[target])[_first(rows[target][0])]
                    used.add((column.name, child[column.name]))
                else:
                    child[column.name] = _small(column, chance)
            made.append({column.name: child[column.name] for column in table.columns})
    return made


def _small(column: Column, chance: Random) -> Json:
    return chance.randint(1, 3) if snake(column.name) in ("quantity", "count") else draw(column, chance)


def _spare_some(tables: Sequence[Table], rows: Rows, children: Mapping[str, str], bindings: Sequence[Binding]) -> None:
    """Where rows can be deleted, the last few are referred to by none: a deletion that can succeed."""
    for name in sorted({binding.table for binding in bindings if binding.op == "delete"}):
        for table in tables:
            for link in table.foreign_keys:
                if link.table != name or table.name in children:
                    continue
                keys = [row[link.key] for row in rows[name]]
                spared = keys[-SPARED:]
                for position, row in enumerate(rows[table.name]):
                    if row[link.column] in spared and len(keys) > SPARED:
                        row[link.column] = keys[position % (len(keys) - SPARED)]


# -- agreement within and between rows ---------------------------------------------------------------


def _agree_as_person(table: Table, row: Row, made: Sequence[Row]) -> None:
    """An email and a full name that go with the person's names; no email twice in a table."""
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


def _agree_with_status(table: Table, held: list[Row], bindings: Sequence[Binding]) -> None:
    """What only a status move sets is set on the rows that made that move, and on no others."""
    for binding in bindings:
        if binding.table != table.name or binding.op != "transition":
            continue
        moved = next((effect for effect in binding.effects if not effect.of and effect.value is not None), None)
        if moved is None:
            continue
        for column in table.columns:
            if not column.nullable:
                continue
            sets = {use.into or use.column for use in binding.uses if use.role in ("set", "reference")}
            sets |= {effect.column for effect in binding.effects if effect.amount == "now" and not effect.of}
            if column.name in sets or _named_after(column, str(moved.value)):
                chance = Random(f"{table.name}/{column.name}/{moved.value}")
                for row in held:
                    there = row[moved.column] == moved.value
                    if there and row[column.name] is None and not table.refers(column.name):
                        row[column.name] = draw(column, chance)
                    elif not there and column.name in sets:
                        row[column.name] = None


def _named_after(column: Column, status: str) -> bool:
    return any(snake(column.name).startswith(f"{form}_") for form in (status, *participles(status)))


def _agree_with_creation(binding: Binding, rows: Rows, tables: Mapping[str, Table]) -> None:
    """A row looks as if its tool had made it: what it refers to met the tool's conditions, and its price was multiplied out."""
    table = tables[binding.table]
    refers = {use.parameter: use for use in binding.uses if use.role == "reference" and use.into}
    columns = {use.parameter: use.into or use.column for use in binding.uses}
    for guard in binding.guards:
        if guard.test == "in" and guard.of in refers:
            _refer_to_fitting(rows, table, refers[guard.of], guard)
    for effect in binding.effects:
        if effect.of or effect.op != "set" or not effect.amount or effect.amount == "now":
            continue
        for row in rows[table.name]:
            value = _product(effect.amount, row, refers, columns, rows)
            if value is not None:
                column = table.column(effect.column)
                row[effect.column] = round(value, 2) if column is not None and column.type == "float" else int(value)


def _refer_to_fitting(rows: Rows, table: Table, use: Use, guard: Guard) -> None:
    fitting = [held[use.column] for held in rows[use.table] if held[guard.column] in guard.values]
    for position, row in enumerate(rows[table.name]):
        if row[use.into] is not None and row[use.into] not in fitting and fitting:
            row[use.into] = fitting[position % len(fitting)]


def _product(amount: str, row: Row, refers: Mapping[str, Use], columns: Mapping[str, str], rows: Rows) -> float | None:
    value = 1.0
    for factor in amount.split("*"):
        of, _, column = factor.rpartition(".")
        if of in refers:
            held = next(
                (held for held in rows[refers[of].table] if held[refers[of].column] == row[refers[of].into]), {}
            )
            number = held.get(column)
        else:
            number = row.get(columns.get(factor, ""))
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            return None
        value *= number
    return value


_SPANS = (("start_date", "end_date"), ("check_in_date", "check_out_date"), ("start_time", "end_time"), ("pickup_date", "return_date"),
          ("created_at", "updated_at"), ("loan_date", "due_date"), ("issued_date", "due_date"))  # fmt: skip


def _agree_in_time(rows: Sequence[Row]) -> None:
    """An end is not before its start."""
    for row in rows:
        for first, second in _SPANS:
            if isinstance(row.get(first), str) and isinstance(row.get(second), str) and row[second] < row[first]:
                row[first], row[second] = row[second], row[first]


def _agree_with_lines(children: Mapping[str, str], rows: Rows, tables: Mapping[str, Table]) -> None:
    """A line has its product's price; a parent's total is the sum of its lines."""
    for child, parent in sorted(children.items()):
        table = tables[child]
        priced = next((column.name for column in table.columns if snake(column.name) in ("unit_price", "price")), "")
        counted = next((column.name for column in table.columns if snake(column.name) == "quantity"), "")
        link = next(link for link in table.foreign_keys if link.table == parent)
        sums: dict[Json, float] = {}
        for row in rows[child]:
            for other in table.foreign_keys:
                source = next(
                    (held for held in rows[other.table] if held[other.key] == row[other.column] and "price" in held),
                    None,
                )
                if source is not None and priced:
                    row[priced] = source["price"]
            if priced and counted:
                sums[row[link.column]] = round(sums.get(row[link.column], 0.0) + row[priced] * row[counted], 2)
        for row in rows[parent]:
            for name in ("total", "total_price", "total_amount"):
                if name in row and row[link.key] in sums:
                    row[name] = sums[row[link.key]]
