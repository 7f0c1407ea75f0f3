"""The seeded database of a domain: built once, copied into every world."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import ValidationError
from sqlmodel import SQLModel

from agentgym.errors import DomainError
from agentgym.files import digest
from agentgym.types import Row, Rows
from agentgym.world.numbering import highest
from agentgym.world.rows import Key, RawRow, TableRows, dangling

_LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LENGTH: 16_000_000,  # bytes of one value or row
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
}
_PLAIN = frozenset({bool, int, float, str, list, dict, NoneType})


class Template:
    """A domain's tables, its seed rows as database bytes, and connections to fresh copies."""

    def __init__(self, models: Mapping[str, type[SQLModel]], seed: Rows) -> None:
        """Raises ``DomainError`` where the seed rows do not fit the tables."""
        self.tables = {name: TableRows(models[name]) for name in sorted(models)}
        unknown = sorted(set(seed) - set(self.tables))
        if unknown:
            raise DomainError(f"seed rows of unknown tables {unknown}; schema.py defines {sorted(self.tables)}")
        raw = _open()
        try:
            self._fill(raw, seed)
            self.data: bytes = raw.serialize()
            self.rows: dict[str, dict[Key, RawRow]] = {name: t.read(raw) for name, t in self.tables.items()}
        finally:
            raw.close()

    def connect(self) -> sqlite3.Connection:
        """A connection to an own copy of the seeded database."""
        raw = _open()
        raw.deserialize(self.data)
        return raw

    @cached_property
    def highest_keys(self) -> dict[str, str | None]:
        """By table, the seed row's key that ``new_id`` counts on from; None where that takes a look at all keys."""
        found = {name: highest(key for key in rows if isinstance(key, str)) for name, rows in self.rows.items()}
        return {name: top and top[0] for name, top in found.items()}

    def _fill(self, raw: sqlite3.Connection, seed: Rows) -> None:
        raw.execute("PRAGMA foreign_keys = OFF")  # rows come table by table, references are checked at the end
        raw.execute("BEGIN")
        for name, table in self.tables.items():
            for statement in table.ddl():
                raw.execute(statement)
            exact = _exact(table)
            rows = [row if _fits(row, exact) else _checked(table, row) for row in seed.get(name, ())]
            try:
                table.insert(raw, rows)
            except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
                raise DomainError(f"seed rows of {name} cannot be stored: {error}") from error
        broken = dangling(raw, list(self.tables.values()))
        if broken:
            raise DomainError(f"seed rows: {broken}")
        # SQLite keeps a schema it has parsed while the database has the same cookie: with the schema's own hash as
        # cookie, no connection can take the bytes of one domain for those of another.
        statements = raw.execute("SELECT type, name, rootpage, sql FROM sqlite_master ORDER BY rowid").fetchall()
        raw.execute(f"PRAGMA schema_version = {int(digest(statements)[:7], 16)}")
        raw.execute("COMMIT")


def _open() -> sqlite3.Connection:
    """An in-memory database whose transactions are begun and ended by hand (the driver's own mode breaks them)."""
    raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=256)
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA trusted_schema = OFF")
    for limit, value in _LIMITS.items():
        raw.setlimit(limit, value)
    return raw


def _exact(table: TableRows) -> dict[str, frozenset[type]]:
    """Column -> the types whose values the table class takes as they are: fields of the dialect have no constraints."""
    fields = table.model.model_fields
    return {c: _types(fields[a].annotation) for c, a in zip(table.columns, table.attributes, strict=True)}


def _types(annotation: Any) -> frozenset[type]:
    options = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return frozenset(options) if _PLAIN.issuperset(options) else frozenset()


def _fits(row: Row, exact: dict[str, frozenset[type]]) -> bool:
    """Whether validation would return ``row`` as it is, which it does for nearly every row."""
    return row.keys() == exact.keys() and all(type(value) in exact[column] for column, value in row.items())


def _checked(table: TableRows, row: Row) -> Row:
    """A seed row with every column present and of its type. Table classes check nothing on plain construction."""
    attributes = dict(zip(table.columns, table.attributes, strict=True))
    unknown = [column for column in row if column not in attributes]
    if unknown:
        raise DomainError(f"a seed row of {table.name} has unknown columns {unknown}")
    try:
        instance = table.model.model_validate({attributes[column]: value for column, value in row.items()})
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{table.name} {row.get(table.key)!r}, column {'.'.join(map(str, first['loc']))}"
        raise DomainError(f"seed row of {where}: {first['msg']}") from error
    return {column: getattr(instance, attribute) for column, attribute in attributes.items()}
