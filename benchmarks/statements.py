"""The SQL a world really runs, as statements with parameters, to run again on a bare connection."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from typing import Any, TypeAlias

Statement: TypeAlias = tuple[str, tuple[Any, ...]]
Stored: TypeAlias = dict[str, list[tuple[Any, ...]]]  # table -> rows

_TOKEN = re.compile(r"""("(?:[^"]|"")*"|[A-Za-z_]\w*)|'((?:[^']|'')*)'|(\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+)|(\d+)""")
_LIFTED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@contextmanager
def recorded(raw: sqlite3.Connection) -> Iterator[list[str]]:
    """All statements that run on ``raw`` meanwhile, with their values written in, transactions included."""
    log: list[str] = []
    raw.set_trace_callback(log.append)
    try:
        yield log
    finally:
        raw.set_trace_callback(None)


def lifted(text: str) -> Statement:
    """A statement with its literals as parameters again, so that equal shapes share one compiled statement."""
    if not text.lstrip().upper().startswith(_LIFTED):
        return text, ()
    values: list[Any] = []

    def parameter(match: re.Match[str]) -> str:
        name, string, real, integer = match.groups()
        if name is not None:
            return name
        if string is not None:
            values.append(string.replace("''", "'"))
        else:
            values.append(int(integer) if integer is not None else float(real))
        return "?"

    return _TOKEN.sub(parameter, text), tuple(values)


def copy(raw: sqlite3.Connection) -> bytes:
    """The tables and indexes of ``raw`` as it sees them now, inside a transaction or not, as database bytes."""
    other = sqlite3.connect(":memory:", isolation_level=None)
    try:
        other.execute("BEGIN")
        for kind, name, sql in _schema(raw):
            other.execute(sql)
            if kind == "table":
                rows = raw.execute(f'SELECT * FROM "{name}"').fetchall()
                if rows:
                    other.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)
        other.execute("COMMIT")
        return other.serialize()
    finally:
        other.close()


def contents(raw: sqlite3.Connection) -> Stored:
    """The stored rows of every table, sorted."""
    tables = [name for kind, name, _ in _schema(raw) if kind == "table"]
    return {name: sorted(raw.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in tables}


def undo(raw: sqlite3.Connection, before: Stored) -> tuple[Statement, ...]:
    """Statements that take the rows ``raw`` holds now back to ``before``.

    They keep every compiled statement: ``deserialize`` and ``PRAGMA defer_foreign_keys`` would expire them all, so
    rows come back parents first, and go children first.
    """
    after = contents(raw)
    inserts: list[Statement] = []
    updates: list[Statement] = []
    deletes: list[Statement] = []
    for name in _parents_first(raw, list(before)):
        columns = raw.execute(f'PRAGMA table_info("{name}")').fetchall()
        at, key = next((number, column[1]) for number, column in enumerate(columns) if column[5])
        old, new = {row[at]: row for row in before[name]}, {row[at]: row for row in after[name]}
        marks, sets = ", ".join("?" * len(columns)), ", ".join(f'"{column[1]}" = ?' for column in columns)
        for value, row in old.items():
            if value not in new:
                inserts.append((f'INSERT INTO "{name}" VALUES ({marks})', row))
            elif new[value] != row:
                updates.append((f'UPDATE "{name}" SET {sets} WHERE "{key}" = ?', (*row, value)))
        deletes += [(f'DELETE FROM "{name}" WHERE "{key}" = ?', (value,)) for value in new if value not in old]
    return (*inserts, *updates, *reversed(deletes))


def _parents_first(raw: sqlite3.Connection, tables: list[str]) -> list[str]:
    parents = {name: {row[2] for row in raw.execute(f'PRAGMA foreign_key_list("{name}")')} - {name} for name in tables}
    return list(TopologicalSorter(parents).static_order())


def bare(raw: sqlite3.Connection) -> sqlite3.Connection:
    """An empty connection with the settings of ``raw`` that cost time, and room for every statement."""
    other = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
    for pragma in ("foreign_keys", "trusted_schema", "cell_size_check", "recursive_triggers"):
        other.execute(f"PRAGMA {pragma} = {raw.execute(f'PRAGMA {pragma}').fetchone()[0]}")
    return other


def _schema(raw: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Tables, then their indexes."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    return sorted((row for row in raw.execute(query).fetchall() if not row[1].startswith("sqlite_")), reverse=True)
