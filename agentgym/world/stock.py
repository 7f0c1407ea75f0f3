"""Tools on the stock ``sqlmodel.Session``: the measure of what is right, and where the fast session gives up to."""

from __future__ import annotations

import sqlite3
from typing import Any, cast

from sqlalchemy import Engine, make_url
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from agentgym.errors import DomainError, ToolError
from agentgym.world.canonical import Columns, canonical
from agentgym.world.held import Held
from agentgym.world.rows import dangling
from agentgym.world.template import Template
from agentgym.world.tool import Tool

INTERNAL = "internal error: "  # begins the error of a call that failed through the tool's fault, not the caller's


class _Context(SQLiteExecutionContext):
    """An execution that remembers its cursor."""

    dialect: _Borrowed

    def create_cursor(self) -> Any:
        cursor = super().create_cursor()
        self.dialect.cursors.append(cursor)
        return cursor


class _Borrowed(SQLiteDialect_pysqlite):
    """SQLite over a connection that is the world's: SQLAlchemy may neither close it nor end its transaction."""

    supports_statement_cache = True
    execution_ctx_cls = _Context

    def __init__(self) -> None:
        super().__init__(dbapi=cast(Any, sqlite3))
        self.cursors: list[Any] = []  # of the call

    def do_close(self, dbapi_connection: Any) -> None:
        """Leave it open."""

    do_terminate = do_close

    def do_commit(self, dbapi_connection: Any) -> None:
        """Leave the transaction as it is: what a call did is kept or undone by its savepoint."""

    do_rollback = do_commit


class StockRunner:
    """Runs calls on a stock session over a world's connection, each in a savepoint."""

    def __init__(self, held: Held, template: Template, columns: Columns) -> None:
        self._held, self._raw, self._template, self._columns = held, held.raw, template, columns
        self._dialect = dialect = _Borrowed()
        engine = Engine(StaticPool(cast(Any, lambda: held.raw), dialect=dialect), dialect, make_url("sqlite://"))
        self._connection = engine.connect()
        self._session = Session(self._connection, expire_on_commit=False)

    def run(self, tool: Tool, arguments: dict[str, Any]) -> Any:
        """The tool's result. Raises ``ToolError`` where it refuses or fails, with nothing changed."""
        try:
            return self._attempt(tool, tool.bind(arguments), deferred=False)
        except ToolError as error:
            if not _misses_parent(error.__cause__):
                raise
        # One call may write its rows in any order: again, with references looked at when all is written. To defer them
        # makes SQLite compile every statement again, so it is not the rule.
        return self._attempt(tool, tool.bind(arguments), deferred=True)

    def _attempt(self, tool: Tool, keywords: dict[str, Any], *, deferred: bool) -> Any:
        raw, session, began = self._raw, self._session, False
        try:
            raw.execute("SAVEPOINT stock")
            began = True
            if deferred:
                raw.execute("PRAGMA defer_foreign_keys = ON")
            changes = raw.total_changes
            returned = tool.function(session, **keywords)
            session.flush()
            content = canonical(returned, self._columns)
            if not tool.writes and raw.total_changes != changes:
                raise DomainError(f"{tool.spec.name} is marked @read but changed rows; mark it @write")
            if deferred and (broken := dangling(raw, list(self._template.tables.values()))):
                raise ToolError(broken)
            raw.execute("RELEASE stock")
        except BaseException as error:
            message = _message(error) if isinstance(error, Exception) else ""
            session.close()
            if began:
                self._held.undo("stock")
            if not message:
                raise
            raise ToolError(message) from error
        finally:
            for cursor in self._dialect.cursors:
                cursor.close()  # of a result that was left half read
            self._dialect.cursors.clear()
            if deferred:
                raw.execute("PRAGMA defer_foreign_keys = OFF")
        session.expunge_all()
        return content

    def close(self) -> None:
        """Let go of the connection, which stays open."""
        self._session.close()
        self._connection.close()


def _message(error: Exception) -> str:
    if isinstance(error, ToolError):
        return str(error)
    if isinstance(error, (IntegrityError, sqlite3.IntegrityError)):
        return _violation(error)
    if isinstance(error, OverflowError):
        return "a number is out of range"
    return f"{INTERNAL}{type(error).__name__}: {error}"


def _violation(error: Exception) -> str:
    """A broken constraint in plain words."""
    kind, _, column = str(getattr(error, "orig", error)).partition(" constraint failed: ")
    if kind == "UNIQUE":
        return f"{column} is already taken"
    if kind == "NOT NULL":
        return f"{column} must not be empty"
    return f"the change breaks a constraint: {kind}"


def _misses_parent(error: BaseException | None) -> bool:
    """Whether a reference was broken when a statement ended, which it may not be any more when the call ends."""
    return isinstance(error, (IntegrityError, sqlite3.IntegrityError)) and "FOREIGN KEY" in str(error)
