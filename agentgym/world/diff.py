"""Net differences between two states of a database, and when two differences mean the same.

The key of a row that the world itself numbered (``Table.generated``) tells only the order of events: who books a
hotel first and a flight second must not fail for it. So ``same`` lets those keys be renamed, one to one and with every
reference to them, and asks whether some renaming makes the two differences equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from agentgym.errors import DomainError
from agentgym.files import canonical, digest
from agentgym.types import Json, Row, RowChange, Rows, Table

Node: TypeAlias = tuple[str, str | int]  # an inserted row with a generated key: (table, key)
Colours: TypeAlias = dict[Node, str]

_SCALARS = frozenset({str, int, float, bool, type(None)})


def net(before: Rows, after: Rows, tables: Iterable[Table]) -> tuple[RowChange, ...]:
    """The rows inserted, deleted and updated from ``before`` to ``after``, sorted by table and key."""
    keys = {table.name: table.primary_key for table in tables}
    unknown = sorted((set(before) | set(after)) - set(keys))
    if unknown:
        raise DomainError(f"rows of unknown tables {unknown}; known: {sorted(keys)}")
    changes = []
    for name in sorted(set(before) | set(after)):
        key = keys[name]
        old = {row[key]: row for row in before.get(name, ())}
        new = {row[key]: row for row in after.get(name, ())}
        for value in sorted(old.keys() | new.keys()):
            change = row_change(name, value, old.get(value), new.get(value))
            if change is not None:
                changes.append(change)
    return tuple(changes)


def patched(rows: Rows, diff: Iterable[RowChange], tables: Mapping[str, Table]) -> Rows:
    """``rows`` after the changes of ``diff``; what no change touches is shared."""
    touched: dict[str, dict[Json, Row]] = {}
    for change in diff:
        name = change.table
        primary = tables[name].primary_key
        if name not in touched:
            touched[name] = {row[primary]: row for row in rows.get(name, ())}
        if change.after is None:
            touched[name].pop(change.key, None)
        else:
            touched[name][change.key] = {**touched[name].get(change.key, {}), **change.after}
    return {**rows, **{name: [held[key] for key in sorted(held)] for name, held in touched.items()}}


def same(a: Sequence[RowChange], b: Sequence[RowChange], tables: Iterable[Table]) -> bool:
    """Whether two net differences are equal up to the generated keys of inserted rows.

    Inserted rows count as a multiset, references among them are followed, values are compared with their JSON types
    (1 equals 1.0, not True).
    """
    by_name = {table.name: table for table in tables}
    left, right = _Side(a, by_name), _Side(b, by_name)
    if left.fixed() != right.fixed():  # most differences that are not the same differ in plain values
        return False
    return not (left.inserted or right.inserted) or left.text({}) == right.text({}) or _match(left, right, {}, {})


def lines(diff: Iterable[RowChange]) -> list[str]:
    """The difference for people, a line a row: ``~ order 'W1': status 'pending' -> 'cancelled'``."""
    out = []
    for change in diff:
        subject = f"{change.table} {change.key!r}"
        if change.before is None:
            values = ", ".join(f"{column}={value!r}" for column, value in (change.after or {}).items())
            out.append(f"+ {subject}: {values}")
        elif change.after is None:
            out.append(f"- {subject}")
        else:
            pairs = ((column, change.before.get(column), value) for column, value in change.after.items())
            out.append(f"~ {subject}: " + ", ".join(f"{column} {old!r} -> {new!r}" for column, old, new in pairs))
    return out


def typed(value: Json) -> Json:
    """``value`` with whole floats as integers, so that canonical JSON is equal exactly where values are."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [typed(element) for element in value]
    if isinstance(value, dict):
        return {key: typed(element) for key, element in value.items()}
    return value


def row_change(table: str, key: str | int, old: Row | None, new: Row | None) -> RowChange | None:
    """What became of one row; None where all its values are equal."""
    if old is None or new is None:
        return RowChange.of(table, key, old, new)
    columns = [column for column, value in new.items() if not _equal(old.get(column), value)]
    if not columns:
        return None
    return RowChange.of(table, key, {c: old.get(c) for c in columns}, {c: new[c] for c in columns})


def _equal(old: Json, new: Json) -> bool:
    """Whether two values are one JSON value: 1 is 1.0, but not True."""
    kind = type(old)
    if kind is type(new) and kind in _SCALARS:
        return bool(old == new)
    return canonical(typed(old)) == canonical(typed(new))


class _Side:
    """One difference, with its renamable rows found."""

    def __init__(self, diff: Sequence[RowChange], tables: dict[str, Table]) -> None:
        self.diff = diff
        self.tables = tables
        self.inserted: dict[Node, Row] = {
            (change.table, change.key): change.after
            for change in diff
            if change.before is None and change.after is not None and self._generated(change.table)
        }
        self.referrers: dict[Node, list[tuple[str, Node | str]]] = {node: [] for node in self.inserted}
        for change in diff:
            origin = (change.table, change.key)
            for column, target in self._references(change.table, change.after or {}):
                fixed = canonical([change.table, change.key])  # a row that keeps its name tells its targets apart
                self.referrers[target].append((column, origin if origin in self.inserted else fixed))

    def fixed(self) -> list[str]:
        """The rows whose keys stay as they are, as sorted lines, with references to the others blank."""
        blank = dict.fromkeys(self.inserted, "")
        rows = (change for change in self.diff if (change.table, change.key) not in self.inserted)
        return sorted(self._line(change, blank) for change in rows)

    def text(self, names: dict[Node, str]) -> list[str]:
        """The whole difference with nodes renamed, as sorted lines; two sides are equal where these are."""
        return sorted(self._line(change, names) for change in self.diff)

    def colours(self, fixed: Colours) -> Colours:
        """What tells each node apart: its values, then those of its neighbours, until nothing new shows."""
        colours = {
            node: fixed.get(node) or digest([node[0], self._masked(node[0], row, {})])
            for node, row in self.inserted.items()
        }
        for _ in range(len(colours)):
            finer = {node: self._finer(node, colours) for node in colours}
            if len(set(finer.values())) == len(set(colours.values())):
                break
            colours = finer
        return colours

    def _finer(self, node: Node, colours: Colours) -> str:
        table, row = node[0], self.inserted[node]
        out = [[column, colours[target]] for column, target in self._references(table, row)]
        incoming = [[c, colours[o] if isinstance(o, tuple) else o] for c, o in self.referrers[node]]
        return digest([colours[node], sorted(out), sorted(incoming)])

    def _generated(self, table: str) -> bool:
        return table in self.tables and self.tables[table].generated

    def _references(self, table: str, row: Row) -> list[tuple[str, Node]]:
        """The foreign keys of ``row`` that point at nodes."""
        record = self.tables.get(table)
        pairs = [(key.column, (key.table, row.get(key.column))) for key in record.foreign_keys] if record else []
        return [(column, target) for column, target in pairs if _is_key(target[1]) and target in self.inserted]

    def _masked(self, table: str, row: Row, names: dict[Node, str]) -> Row:
        """A node's ``row`` without its key, and with references to nodes by their name, or blank."""
        kept = {column: typed(value) for column, value in row.items() if column != self.tables[table].primary_key}
        return kept | {column: {"node": names.get(target, "")} for column, target in self._references(table, row)}

    def _line(self, change: RowChange, names: dict[Node, str]) -> str:
        node = (change.table, change.key)
        if node not in self.inserted or node not in names:
            after = typed(change.after)
            if change.after is not None and names:
                after |= {
                    column: {"node": names[target]} for column, target in self._references(change.table, change.after)
                }
            return canonical(["row", change.table, change.key, typed(change.before), after])
        return canonical(["node", change.table, names[node], self._masked(change.table, self.inserted[node], names)])


def _match(a: _Side, b: _Side, fixed_a: Colours, fixed_b: Colours) -> bool:
    """Search a renaming: refine both sides, and where rows still look alike, try each partner of one of them."""
    colours_a, colours_b = a.colours(fixed_a), b.colours(fixed_b)
    counts = Counter(colours_a.values())
    if counts != Counter(colours_b.values()):
        return False
    alike = [colour for colour, count in sorted(counts.items()) if count > 1]
    if not alike:
        return a.text(colours_a) == b.text(colours_b)
    chosen = alike[0]
    pinned = f"pinned {len(fixed_a)}"
    first = next(node for node, colour in colours_a.items() if colour == chosen)
    partners = [node for node, colour in colours_b.items() if colour == chosen]
    return any(_match(a, b, {**fixed_a, first: pinned}, {**fixed_b, node: pinned}) for node in partners)


def _is_key(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
