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

from agentgym.types import Row

RawRow: TypeAlias = tuple[Any, ...]  # values as SQLite stores them, in column order
Key: TypeAlias = str | int


class TableRows:
    """How one mapped class is stored, and its rows without the cost of the ORM."""

    def __init__(self, model: type[SQLModel]) -> None:
        mapper = inspect(model)
        self.model = model
        self.table = mapper.local_table
        self.name = str(self.table.name)
        self.columns = tuple(str(column.name) for column in self.table.columns)
        self.attributes = tuple(mapper.get_property_by_column(column).key for column in self.table.columns)
        self.key = str(mapper.primary_key[0].name)
        self.key_index = self.columns.index(self.key)
        self._decoders = tuple(_decoder(column.type) for column in self.table.columns)
        self._json = frozenset(column.name for column in self.table.columns if isinstance(column.type, JSON))
        quoted = [_quote(column) for column in self.columns]
        self._name = _quote(self.name)
        self._select = f"SELECT {', '.join(quoted)} FROM {self._name}"
        self._insert = f"INSERT INTO {self._name} ({', '.join(quoted)}) VALUES ({', '.join('?' * len(quoted))})"
        self._where = f"WHERE {_quote(self.key)} = ?"

    def ddl(self) -> list[str]:
        """The statements that create the table and its indexes."""
        dialect = sqlite.dialect()
        indexes = sorted(self.table.indexes, key=lambda index: str(index.name))
        statements: list[Any] = [CreateTable(self.table), *map(CreateIndex, indexes)]
        return [str(statement.compile(dialect=dialect)) for statement in statements]

    def read(self, raw: sqlite3.Connection) -> dict[Key, RawRow]:
        """All rows by key, as stored."""
        index = self.key_index
        return {row[index]: row for row in raw.execute(self._select)}

    def decode(self, row: RawRow) -> Row:
        """A stored row as JSON values by column name."""
        return {
            column: value if decoder is None or value is None else decoder(value)
            for column, value, decoder in zip(self.columns, row, self._decoders, strict=True)
        }

    def insert(self, raw: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Insert complete rows; a column that a row lacks is NULL."""
        raw.executemany(self._insert, [[self._encode(c, row.get(c)) for c in self.columns] for row in rows])

    def update(self, raw: sqlite3.Connection, key: Key, values: Row) -> int:
        """Set some columns of the row with ``key``. Returns how many rows that was."""
        sets = ", ".join(f"{_quote(column)} = ?" for column in values)
        stored = [self._encode(column, value) for column, value in values.items()]
        return raw.execute(f"UPDATE {self._name} SET {sets} {self._where}", [*stored, key]).rowcount

    def delete(self, raw: sqlite3.Connection, key: Key) -> int:
        """Delete the row with ``key``. Returns how many rows that was."""
        return raw.execute(f"DELETE FROM {self._name} {self._where}", [key]).rowcount

    def _encode(self, column: str, value: Any) -> Any:
        return json.dumps(value) if column in self._json and value is not None else value


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


def _decoder(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON):
        return json.loads
    return bool if isinstance(kind, Boolean) else None


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
