"""Documents -> the rows of a shape's tables, and rows -> documents, each the inverse of the other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

from agentgym.importing.shape import Collection, Leaf, Part, Record, Rows, Shape
from agentgym.importing.state import State
from agentgym.types import Json, Row, Table
from agentgym.types import Rows as TableRows


def to_rows(shape: Shape, state: State) -> TableRows:
    """The rows of every table, each with all its columns; those of a list in the order of the list."""
    filling = _Filling(shape)
    for collection in shape.collections:
        for number, (key, document) in enumerate(_documents(state[collection.name])):
            row = filling.new(collection.table)
            if collection.position:
                row[collection.position] = number
            row[collection.key] = key
            filling.fill(collection.document, document, row, filling.tables[collection.table])
    return filling.rows


def _documents(whole: Json) -> Iterator[tuple[str | int, Json]]:
    yield from whole.items() if isinstance(whole, dict) else enumerate(whole)


class _Filling:
    """Rows in the making."""

    def __init__(self, shape: Shape) -> None:
        self.tables = {table.name: table for table in shape.tables}
        self.rows: TableRows = {table.name: [] for table in shape.tables}
        self._made = made(shape)
        self._blank = {table.name: {column.name: None for column in table.columns} for table in shape.tables}
        self._floats = {t.name: frozenset(c.name for c in t.columns if c.type == "float") for t in shape.tables}

    def new(self, table: str) -> Row:
        row: Row = dict(self._blank[table])
        self.rows[table].append(row)
        return row

    def fill(self, part: Part, value: Json, row: Row, table: Table) -> None:
        """Put a value into its row, then what its lists hold into theirs, since those name its key."""
        lists: list[tuple[Rows, Json]] = []
        self._scalars(part, value, row, table, lists)
        for rows, elements in lists:
            child = self.tables[rows.table]
            for number, (key, element) in enumerate(_documents(elements)):
                below = self.new(rows.table)
                below[rows.parent] = row[table.primary_key]
                below[rows.position] = number
                if rows.key:
                    below[rows.key] = key
                if child.name in self._made:
                    owner = str(row[table.primary_key])
                    path = owner if table.name in self._made else _escaped(owner)
                    below[child.primary_key] = f"{path}/{_escaped(str(key))}"
                self.fill(rows.element, element, below, child)

    def _scalars(self, part: Part, value: Json, row: Row, table: Table, lists: list[tuple[Rows, Json]]) -> None:
        if isinstance(part, Leaf):
            whole = type(value) is int and part.column in self._floats[table.name]
            row[part.column] = float(value) if whole else value
        elif isinstance(part, Rows):
            lists.append((part, value))
        else:
            for name, inner in part.members:
                if name in value:
                    self._scalars(inner, value[name], row, table, lists)


def to_state(shape: Shape, rows: Mapping[str, list[Row]]) -> State:
    """The documents that rows hold, those of a world too, whose order is that of their keys."""
    reading = _Reading(shape, rows)
    return {collection.name: reading.collection(collection, rows[collection.table]) for collection in shape.collections}


def read_back(shape: Shape, state: State, rows: Mapping[str, list[Row]]) -> tuple[int, int]:
    """How many documents ``rows`` hold exactly, as JSON text with the order of members, and how many there are."""
    found = to_state(shape, rows)
    equal = total = 0
    for name, documents in state.items():
        whole = dict(_documents(found[name]))
        for key, document in _documents(documents):
            total += 1
            equal += key in whole and json.dumps(whole[key]) == json.dumps(document)
    return equal, total


class _Reading:
    """The rows of lists by the row they belong to."""

    def __init__(self, shape: Shape, rows: Mapping[str, list[Row]]) -> None:
        self._keys = {table.name: table.primary_key for table in shape.tables}
        self._rows = rows
        self._lists: dict[str, dict[Json, list[Row]]] = {}

    def collection(self, collection: Collection, rows: list[Row]) -> Json:
        ordered = sorted(rows, key=lambda row: row[collection.position or collection.key])
        documents = [(row[collection.key], self._object(collection.document, row, collection.table)) for row in ordered]
        return dict(documents) if collection.keyed else [document for _, document in documents]

    def _object(self, record: Record, row: Row, table: str) -> dict[str, Json]:
        found = {}
        for name, part in record.members:
            if not self._lacks(part, row, table):
                found[name] = self._value(part, row, table)
        return found

    def _value(self, part: Part, row: Row, table: str) -> Json:
        if isinstance(part, Leaf):
            return row[part.column]
        if isinstance(part, Record):
            return self._object(part, row, table)
        elements = [(one, self._value(part.element, one, part.table)) for one in self._below(part, row, table)]
        return {one[part.key]: value for one, value in elements} if part.key else [value for _, value in elements]

    def _lacks(self, part: Part, row: Row, table: str) -> bool:
        """Whether the document lacks the member."""
        if isinstance(part, Leaf):
            return part.optional and row[part.column] is None
        if isinstance(part, Record):
            return bool(part.present) and row[part.present] is None
        return part.optional and not self._below(part, row, table)

    def _below(self, part: Rows, row: Row, table: str) -> list[Row]:
        if part.table not in self._lists:
            grouped: dict[Json, list[Row]] = defaultdict(list)
            for one in sorted(self._rows[part.table], key=lambda one: one[part.position]):
                grouped[one[part.parent]].append(one)
            self._lists[part.table] = grouped
        return self._lists[part.table].get(row[self._keys[table]], [])


def made(shape: Shape) -> frozenset[str]:
    """The tables whose key no document names: it is made of the parent's key and the place in the list."""
    found = {one.table for one in shape.collections if not one.keyed and one.key not in _own_columns(one.document)}
    tables = {table.name: table for table in shape.tables}
    for rows in lists(shape):
        if tables[rows.table].primary_key not in {rows.key, *_own_columns(rows.element)} - {rows.parent}:
            found.add(rows.table)
    return frozenset(found)


def lists(shape: Shape) -> Iterator[Rows]:
    """Every list and map of a shape that has a table of its own."""
    waiting: list[Part] = [one.document for one in shape.collections]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Rows):
            yield part
            waiting.append(part.element)
        elif isinstance(part, Record):
            waiting += [inner for _, inner in part.members]


def _own_columns(element: Part) -> set[str]:
    """The columns of an element's own scalar members."""
    if isinstance(element, Leaf):
        return {element.column}
    parts = [part for _, part in element.members] if isinstance(element, Record) else []
    return {part.column for part in parts if isinstance(part, Leaf)}


def _escaped(text: str) -> str:
    """As a step of a JSON pointer, so that no two paths are the same text."""
    return text.replace("~", "~0").replace("/", "~1")
