"""Rows of one table on the raw SQLite connection: read, insert, update and delete by column name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import JSON, Boolean, inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from agentgym.errors import DomainError
from agentgym.types import Row, RowChange
from agentgym.world.diff import row_change

RawRow: TypeAlias = tuple[Any, ...]  # values as SQLite stores them, in column order
Key: TypeAlias = str | int


class TableRows:
    """How one mapped class is stored, and its rows without the cost of the ORM."""

    def __init__(self, model: type[SQLModel]) -> None:
        """Raises ``DomainError`` for a key of several columns."""
        mapper = inspect(model)
        if len(mapper.primary_key) != 1:
            names = [str(column.name) for column in mapper.primary_key]
            raise DomainError(f"{model.__name__} has the key {names}; a table has a key of one column")
        self.model = model
        self.table = mapper.local_table
        self.name = str(self.table.name)
        self.columns = tuple(str(column.name) for column in self.table.columns)
        self.attributes = tuple(mapper.get_property_by_column(column).key for column in self.table.columns)
        self.key = str(mapper.primary_key[0].name)
        self.key_index = self.columns.index(self.key)
        decoders = ((str(column.name), _decoder(column.type)) for column in self.table.columns)
        self._decoders = tuple((column, decode) for column, decode in decoders if decode is not None)
        self._json = frozenset(column.name for column in self.table.columns if isinstance(column.type, JSON))
        quoted = [_quote(column) for column in self.columns]
        name, where = _quote(self.name), f"WHERE {_quote(self.key)} = ?"
        self.select_all = f"SELECT {', '.join(quoted)} FROM {name}"
        self.select_one = f"{self.select_all} {where}"
        self.insert_one = f"INSERT INTO {name} ({', '.join(quoted)}) VALUES ({', '.join('?' * len(quoted))})"
        self.delete_one = f"DELETE FROM {name} {where}"
        self.all_keys = f"SELECT {_quote(self.key)} FROM {name}"
        self.highest_key = f"SELECT max({_quote(self.key)}) FROM {name}"
        self.every_place = tuple(range(len(quoted)))
        self._updates: dict[tuple[int, ...], str] = {}

    def ddl(self) -> list[str]:
        """The statements that create the table and its indexes."""
        dialect = sqlite.dialect()
        indexes = sorted(self.table.indexes, key=lambda index: str(index.name))
        statements: list[Any] = [CreateTable(self.table), *map(CreateIndex, indexes)]
        return [str(statement.compile(dialect=dialect)) for statement in statements]

    def update_one(self, places: tuple[int, ...]) -> str:
        """The UPDATE of one row that sets the columns at ``places``; its parameters are their values and the key."""
        text = self._updates.get(places)
        if text is None:
            sets = ", ".join(f"{_quote(self.columns[place])} = ?" for place in places)
            text = f"UPDATE {_quote(self.name)} SET {sets} WHERE {_quote(self.key)} = ?"
            self._updates[places] = text
        return text

    def read(self, raw: sqlite3.Connection) -> dict[Key, RawRow]:
        """All rows by key, as stored."""
        index = self.key_index
        return {row[index]: row for row in raw.execute(self.select_all)}

    def decode(self, row: RawRow) -> Row:
        """A stored row as JSON values by column name."""
        values = dict(zip(self.columns, row, strict=True))
        for column, decode in self._decoders:
            if values[column] is not None:
                values[column] = decode(values[column])
        return values

    def change(self, key: Key, before: RawRow | None, after: RawRow | None) -> RowChange | None:
        """What became of a row, given as stored; None where all its values are equal."""
        if before is None or after is None or self._json:  # of all values only JSON has many texts
            old = None if before is None else self.decode(before)
            new = None if after is None else self.decode(after)
            return row_change(self.name, key, old, new)
        places = [place for place, value in enumerate(after) if before[place] != value]
        was, now = self._some(before, places), self._some(after, places)
        return RowChange.of(self.name, key, was, now) if places else None

    def _some(self, row: RawRow, places: Iterable[int]) -> Row:
        """The values at ``places`` as JSON values by column name."""
        values = {self.columns[place]: row[place] for place in places}
        for column, decode in self._decoders:
            if values.get(column) is not None:
                values[column] = decode(values[column])
        return values

    def encode(self, row: Row) -> RawRow:
        """A row of JSON values as it is stored; a column that it lacks is NULL."""
        return tuple(self.encode_value(column, row.get(column)) for column in self.columns)

    def encode_value(self, column: str, value: Any) -> Any:
        return json.dumps(value) if column in self._json and value is not None else value

    def insert(self, raw: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Insert rows of JSON values."""
        raw.executemany(self.insert_one, [self.encode(row) for row in rows])


def dangling(raw: sqlite3.Connection, tables: Sequence[TableRows]) -> str:
    """Describe the first reference to a row that does not exist; "" if there is none. For error messages."""
    by_name = {table.name: table for table in tables}
    for name, rowid, parent, number in raw.execute("PRAGMA foreign_key_check").fetchall():
        listed = raw.execute(f"PRAGMA foreign_key_list({_quote(name)})").fetchall()
        column = next(entry[3] for entry in listed if entry[0] == number)
        select = f"SELECT {_quote(by_name[name].key)}, {_quote(column)} FROM {_quote(name)} WHERE rowid = ?"
        key, value = raw.execute(select, [rowid]).fetchone()
        return f"{name} {key!r} refers to {parent} {value!r}, which does not exist"
    return ""


def _document(stored: Any) -> Any:
    """A stored JSON value; SQLite gives JSON columns numeric affinity, so that "5" comes back as a number."""
    return json.loads(stored) if isinstance(stored, str) else stored


def python_type(kind: Any) -> type:
    """The type of a column's values; SQLModel's own string type does not say."""
    found: type = getattr(kind, "impl_instance", kind).python_type
    return found


def _decoder(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON):
        return _document
    return bool if isinstance(kind, Boolean) else None


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
