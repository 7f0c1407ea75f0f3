"""The fast session: what the tools use of a ``sqlmodel.Session``, as cached SQL on the raw connection.

It answers as the stock session would or raises ``GiveUp``; the world then undoes the call and runs it on the stock
session. As there, one object stands for one row within a call, changes are written before the next query, and what a
tool wrote is undone as a whole if it fails.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from agentgym.world.held import Held
from agentgym.world.journal import Journal, Write
from agentgym.world.model import GONE, Model, Row, Standin
from agentgym.world.numbering import next_key
from agentgym.world.query import GiveUp, Light, Query
from agentgym.world.rows import Key, RawRow
from agentgym.world.statement import Statement, compile_query

MAX_SHAPES = 2000  # compiled statements kept for one domain
REREAD: RawRow = ("what SQLite made of the row",)  # stands for it until the row is written


class FastSession:
    """One world's session; cleared after each call."""

    def __init__(self, held: Held, models: Mapping[str, Model], journal: Journal) -> None:
        self._held = held
        self._models = models  # by table
        self._execute = held.raw.execute
        self._cursor = held.raw.cursor()  # for statements that are read at once
        self._journal = journal
        self._reading = True  # the tool is marked @read
        self._began = False  # the savepoint "call" is set
        self._inexact = False  # some row in memory differs from what SQLite stored for it
        self._rows: dict[tuple[str, Key], Row] = {}  # the object of each row
        self._changed: dict[int, tuple[Row, dict[str, Any]]] = {}  # stored rows that were set, with their values before
        self._added: dict[int, Row] = {}
        self._deleted: dict[int, Row] = {}
        self._cursors: list[sqlite3.Cursor] = []  # of the call's results
        self._written: list[Write] = []

    # -- what tools call --------------------------------------------------------------------------

    def get(self, standin: Standin, key: Key) -> Row | None:
        """The row with ``key``, or None."""
        model = standin._model
        if type(key) is not model.key_type:
            raise GiveUp("an odd key")
        row = self._rows.get((model.name, key))
        if row is not None and not model.documents:
            if self._inexact:
                raise GiveUp("a row that SQLite converted")
            return row
        if row is None and (self._added or self._changed or self._deleted):
            self.flush()
        whole = self._journal.whole and not self._written
        raw = self._journal.now(model.name, key) if whole else None
        if raw is None:  # the journal knows most rows, SQLite all of them
            raw = self._cursor.execute(model.rows.select_one, (key,)).fetchone()
        return None if raw is None else self._object(model, raw)

    def get_one(self, standin: Standin, key: Key) -> Row:
        """The row with ``key``, which must exist."""
        row = self.get(standin, key)
        if row is None:
            raise GiveUp("no such row")
        return row

    def exec(self, query: Query) -> Result:
        """Run a query."""
        if type(query) is not Query:
            raise GiveUp("no query")
        if self._added or self._changed or self._deleted:
            self.flush()
        statements = query.model.statements
        try:
            statement = statements[query.shape]
        except KeyError:
            statement = _compiled(query, statements)
        if statement is None:
            raise GiveUp("a query beyond the fast session")
        cursor = self._execute(statement.sql, statement.bind(query.values))
        self._cursors.append(cursor)
        return Result(self, statement, cursor)

    def add(self, row: Row) -> None:
        """Keep a new row; for a stored one there is nothing to do."""
        if row._changed is None:
            self._added[id(row)] = row
        elif row._changed is not self._changed or id(row) in self._deleted:
            raise GiveUp("a row of another session")

    def delete(self, row: Row) -> None:
        """Delete a stored row."""
        if row._changed is not self._changed or self._rows.get((row._model.name, row._model.key_of(row))) is not row:
            raise GiveUp("a row that is not stored")
        self._deleted[id(row)] = row

    def flush(self) -> None:
        """Write what has changed."""
        self._write(self._operations(), more=True)

    def next_key(self, standin: Standin) -> Any:
        """The key of the next new row."""
        model = standin._model
        if self._added or self._changed or self._deleted:
            self.flush()
        if model.key_type is int:
            top = self._cursor.execute(model.rows.highest_key).fetchone()[0]
            return 1 if top is None else top + 1
        return next_key(model.name, self._keys(model))

    # -- what the world calls -----------------------------------------------------------------------

    def begin(self, reading: bool) -> None:
        """A call starts; ``reading``: by a tool that may not write."""
        self._reading = reading

    def finish(self) -> list[Write]:
        """The call succeeded: write the rest, and give all that was written."""
        if self._added or self._changed or self._deleted:
            self._write(self._operations(), more=False)
        if self._began:
            self._cursor.execute("RELEASE call")
            self._began = False
        written = self._written
        self.clear()
        return written

    def abandon(self) -> bool:
        """The call failed: undo what it wrote. False where there was no savepoint to go back to."""
        self._cursor.close()  # it may have been left between two rows
        self._cursor = self._held.raw.cursor()
        began, self._began = self._began, False
        if began:
            self._held.undo("call")
        self.clear()
        return began

    def clear(self) -> None:
        """Forget the objects of the call, and close what it has left unread: its rows may be gone at any time."""
        if self._cursors:
            for cursor in self._cursors:
                cursor.close()
            self._cursors.clear()
        self._rows.clear()
        if self._changed or self._added or self._deleted or self._written:
            self._changed, self._added, self._deleted, self._written = {}, {}, {}, []
        self._inexact = False

    # -- inside -------------------------------------------------------------------------------------

    def _object(self, model: Model, raw: RawRow) -> Row:
        """The one object for a stored row."""
        identity = (model.name, raw[model.key_index])
        row = self._rows.get(identity)
        if row is None:
            row = self._rows[identity] = model.loaded(raw, self._changed)
        elif self._inexact or (model.documents and not self._unedited(model, row, raw)):
            # The stock session keeps an object only while the tool does, and would now read it anew, or not.
            raise GiveUp("a row that may have to be read again")
        return row

    def _unedited(self, model: Model, row: Row, raw: RawRow) -> bool:
        """Whether the JSON values of a row are still what is stored: a tool may have edited them in place."""
        stored = dict(zip(model.attributes, raw, strict=True))
        values = row.__dict__
        return id(row) not in self._changed and all(
            json.dumps(values[name]) == (stored[name] or "null") for name in model.documents
        )

    def _keys(self, model: Model) -> list[str]:
        """Keys that decide what ``next_key`` gives: the highest of the start and those that came since, or all."""
        top = self._journal.highest_key(model.name)
        if top is not None:
            latest = self._journal.latest(self._written, model.name)
            if latest.get(top, True) is not None:
                return [top, *(str(key) for key, after in latest.items() if after is not None)]
        return [key for (key,) in self._cursor.execute(model.rows.all_keys)]

    def _operations(self) -> list[Write]:
        """The statements that store what has changed: new rows, changed rows, deleted rows."""
        deleted, operations = self._deleted, []
        for row in self._added.values():
            model = row._model
            raw, exact = model.encode(row)
            self._inexact |= not exact
            after = raw if exact else REREAD
            operations.append(Write(model.rows.insert_one, raw, model.name, model.key_of(row), after))
        for row, before in self._changed.values():
            update = None if id(row) in deleted else self._update(row, before)
            if update is not None:
                operations.append(update)
        for row in deleted.values():
            model = row._model
            key = model.key_of(row)
            operations.append(Write(model.rows.delete_one, (key,), model.name, key, None))
        return operations

    def _update(self, row: Row, before: dict[str, Any]) -> Write | None:
        """The statement for a changed row; None where its values are what they were."""
        model = row._model
        values = row.__dict__
        pairs = zip(before.values(), values.values(), strict=True)  # both in the order of the columns
        places = tuple([place for place, (old, new) in enumerate(pairs) if old != new])
        if not places:
            return None
        if model.key_index in places:
            raise GiveUp("a new key")
        raw, exact = model.encode(row)
        key = model.key_of(row)
        parameters = (*(raw[place] for place in places), key)
        self._inexact |= not exact
        after = raw if exact and not model.documents else REREAD  # JSON edited in place is in memory, not stored
        return Write(model.rows.update_one(places), parameters, model.name, key, after)

    def _write(self, operations: list[Write], more: bool) -> None:
        """Execute statements; after a savepoint, unless one of them, whole in itself, is all that the call writes."""
        if not operations:
            self._changed.clear()  # what was set to equal values is no change, and later edits in place are none
            return
        if self._reading:
            raise GiveUp("a @read tool that writes")
        tables = [write.table for write in operations]
        if any(row._model.unique for row in self._touched()) and len(set(tables)) < len(tables):
            raise GiveUp("the order of writes may matter")
        cursor = self._cursor
        if not self._began and (
            more or len(operations) > 1 or operations[0].after is REREAD or not self._journal.whole
        ):
            cursor.execute("SAVEPOINT call")
            self._began = True
        for write in operations:
            if cursor.execute(write.sql, write.parameters).rowcount != 1:
                raise GiveUp("a row that is gone")
            if write.after is REREAD:
                select = self._models[write.table].rows.select_one
                write = write._replace(after=cursor.execute(select, (write.key,)).fetchone())
            self._written.append(write)
        self._settle()

    def _touched(self) -> Iterator[Row]:
        yield from self._added.values()
        yield from (row for row, _ in self._changed.values())
        yield from self._deleted.values()

    def _settle(self) -> None:
        """After a flush: new rows are stored, deleted ones are gone, no change is pending."""
        for row in self._deleted.values():
            del self._rows[row._model.name, row._model.key_of(row)]
            row._model.track(row, GONE)
        for row in self._added.values():
            row._model.track(row, self._changed)
            self._rows[row._model.name, row._model.key_of(row)] = row
        self._changed.clear()
        self._added.clear()
        self._deleted.clear()


class Result(Light):
    """What a query gives, read when the tool asks for it."""

    __slots__ = ("_cursor", "_rest", "_session", "_statement")

    def __init__(self, session: FastSession, statement: Statement, cursor: sqlite3.Cursor) -> None:
        self._session, self._statement, self._cursor = session, statement, cursor
        self._rest: Iterator[Any] | None = None  # what a loop has not taken yet

    def all(self) -> list[Any]:
        """Every row that is left."""
        return list(self._rest) if self._rest is not None else self._read(self._cursor.fetchall())

    def __iter__(self) -> Iterator[Any]:
        if self._rest is None:
            self._rest = iter(self.all())
        return self._rest

    def first(self) -> Any:
        """The first row, or None."""
        found = self._some(1)
        return found[0] if found else None

    def one_or_none(self) -> Any:
        """The only row, or None where there is none."""
        found = self._some(2)
        if len(found) > 1:
            raise GiveUp("more than one row")
        return found[0] if found else None

    def one(self) -> Any:
        """The only row."""
        found = self._some(2)
        if len(found) != 1:
            raise GiveUp("not one row")
        return found[0]

    def _some(self, count: int) -> list[Any]:
        """Up to ``count`` rows; the others are given up."""
        if self._rest is not None:
            raise GiveUp("a result that a loop has begun to read")
        found = self._cursor.fetchmany(count)
        self._cursor.close()
        return self._read(found)

    def _read(self, found: list[RawRow]) -> list[Any]:
        statement = self._statement
        if statement.model is not None:
            make, model = self._session._object, statement.model
            return [make(model, raw) for raw in found]
        decode = statement.decode
        return [value if decode is None else decode(value) for (value,) in found]


def _compiled(query: Query, statements: dict[Any, Statement | None]) -> Statement | None:
    """Compile a new shape and keep it; None for one that cannot be."""
    if len(statements) >= MAX_SHAPES:
        statements.clear()
    try:
        statement: Statement | None = compile_query(query)
    except GiveUp:
        statement = None
    statements[query.shape] = statement
    return statement
