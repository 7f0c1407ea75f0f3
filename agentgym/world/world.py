"""One database and the tools over it."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from agentgym.errors import AgentGymError, DomainError, TaskError, ToolError
from agentgym.files import digest
from agentgym.types import Json, RowChange, Rows, ToolResult
from agentgym.world.canonical import canonical
from agentgym.world.diff import net
from agentgym.world.load import LoadedDomain
from agentgym.world.rows import Key, RawRow, dangling
from agentgym.world.tool import Tool, nearest

INTERNAL = "internal error: "  # begins the error of a call that failed through the tool's fault, not the caller's
MAX_MESSAGE = 2000  # characters of an error


class World:
    """A domain's database in some state, and its tools.

    ``call`` never raises for what a caller passes: a refusal is a ``ToolResult`` with ``error``, and leaves the rows as
    they were. Worlds share nothing; one thread at a time may use one.
    """

    def __init__(self, loaded: LoadedDomain) -> None:
        self.loaded = loaded
        self._template = loaded.template
        self._connection, self._raw = self._template.connect()
        # No transaction of the session's own: BEGIN and COMMIT are issued around each call.
        self._session = Session(self._connection, expire_on_commit=False)
        self._start: dict[str, dict[Key, RawRow]] = self._template.rows  # what diff() compares with
        self._clean_at: int | None = self._raw.total_changes  # the change counter while the rows equal the start
        # Frees the database at close(), or when the world is forgotten.
        self._free = weakref.finalize(self, _free, self._session, self._connection)

    def call(self, name: str, arguments: dict[str, Json]) -> ToolResult:
        """Run a tool. Where it refused, ``error`` says why; it begins "internal error:" if the tool is at fault."""
        self._check_open()
        tool = self.loaded.tools.get(name) if isinstance(name, str) else None
        if tool is None:
            known = nearest(name, self.loaded.tools) if isinstance(name, str) else ""
            return ToolResult(error=f"there is no tool {str(name)[:100]!r}{known}")
        try:
            keywords = tool.bind(arguments)
        except ToolError as error:
            return _refusal(str(error))
        except Exception as error:  # a schema from the wild, such as a pattern that is no regular expression
            return _refusal(f"{INTERNAL}{type(error).__name__}: {error}")
        return self._run(tool, keywords)

    def reset(self, patch: Iterable[RowChange] = ()) -> None:
        """Go back to the seed rows, changed by ``patch``; ``diff`` then starts there.

        Raises ``TaskError`` where the patch does not fit the seed rows; the world is then at the seed.
        """
        self._check_open()
        self._session.expunge_all()
        self._raw.deserialize(self._template.data)
        self._start = self._template.rows
        changes = tuple(patch)
        try:
            if changes:
                self._patch(changes)
        finally:
            self._clean_at = self._raw.total_changes

    def fork(self) -> World:
        """An independent world in the same state, whose ``diff`` starts where this one's does."""
        self._check_open()
        other = World(self.loaded)
        other._raw.deserialize(self._raw.serialize())
        other._start = self._start
        other._clean_at = other._raw.total_changes if self._is_clean() else None
        return other

    def diff(self) -> tuple[RowChange, ...]:
        """The net change since the last ``reset``, sorted by table and key; writes that cancel out do not show."""
        self._check_open()
        if self._is_clean():
            return ()
        before: Rows = {}
        after: Rows = {}
        for name, table in self._template.tables.items():
            old, new = self._start[name], table.read(self._raw)
            before[name] = [table.decode(row) for key, row in old.items() if new.get(key) != row]
            after[name] = [table.decode(row) for key, row in new.items() if old.get(key) != row]
        return net(before, after, self.loaded.domain.tables)

    def rows(self) -> Rows:
        """Every row by table, sorted by table and key."""
        self._check_open()
        return {
            name: [table.decode(row) for _, row in sorted(table.read(self._raw).items())]
            for name, table in self._template.tables.items()
        }

    def digest(self) -> str:
        """A hash of all rows: equal states give equal digests, in every process."""
        return digest(self.rows())

    def close(self) -> None:
        """Free the database. Closing twice is harmless; using a closed world raises."""
        self._free()

    def _run(self, tool: Tool, keywords: dict[str, Any]) -> ToolResult:
        raw, session = self._raw, self._session
        raw.execute("BEGIN")
        raw.execute("PRAGMA defer_foreign_keys = ON")  # rows of one call may be written in any order
        changes = raw.total_changes
        try:
            returned = tool.function(session, **keywords)
            session.flush()
            content = canonical(returned, self.loaded.columns)
            if not tool.writes and raw.total_changes != changes:
                raise DomainError(f"{tool.spec.name} is marked @read but changed rows; mark it @write")
            raw.execute("COMMIT")
        except ToolError as error:
            return self._undo(str(error))
        except (IntegrityError, sqlite3.IntegrityError) as error:
            return self._undo(self._violation(error))
        except OverflowError:
            return self._undo("a number is out of range")
        except Exception as error:
            return self._undo(f"{INTERNAL}{type(error).__name__}: {error}")
        session.expunge_all()
        return ToolResult(content=content)

    def _undo(self, message: str) -> ToolResult:
        """Forget the call: its objects, and its rows unless a failed flush has rolled them back already."""
        self._session.close()
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")
        return _refusal(message)

    def _violation(self, error: Exception) -> str:
        """A broken constraint in plain words."""
        kind, _, column = str(getattr(error, "orig", error)).partition(" constraint failed: ")
        if kind == "UNIQUE":
            return f"{column} is already taken"
        if kind == "NOT NULL":
            return f"{column} must not be empty"
        # Foreign keys are checked at COMMIT, whose failure leaves the transaction open to look at.
        broken = dangling(self._raw, list(self._template.tables.values()))
        return broken or f"the change breaks a constraint: {kind}"

    def _patch(self, changes: tuple[RowChange, ...]) -> None:
        raw = self._raw
        raw.execute("BEGIN")
        raw.execute("PRAGMA defer_foreign_keys = ON")
        try:
            for change in changes:
                self._apply(change)
            raw.execute("COMMIT")
        except (sqlite3.Error, OverflowError, TaskError) as error:
            broken = dangling(raw, list(self._template.tables.values())) if "FOREIGN KEY" in str(error) else ""
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise TaskError(f"the task's state does not fit {self.loaded.domain.name}: {broken or error}") from error
        tables = self._template.tables
        self._start = {**self._start, **{c.table: tables[c.table].read(raw) for c in changes}}

    def _apply(self, change: RowChange) -> None:
        table = self._template.tables.get(change.table)
        if table is None:
            raise TaskError(f"there is no table {change.table!r}")
        unknown = sorted(set(change.after or ()) - set(table.columns))
        if unknown:
            raise TaskError(f"{change.table} has no columns {unknown}")
        if change.before is None and change.after is not None:
            table.insert(self._raw, [change.after])
        elif change.after is None and not table.delete(self._raw, change.key):
            raise TaskError(f"there is no {change.table} {change.key!r} to delete")
        elif change.after and not table.update(self._raw, change.key, change.after):
            raise TaskError(f"there is no {change.table} {change.key!r} to update")

    def _is_clean(self) -> bool:
        return self._raw.total_changes == self._clean_at

    def _check_open(self) -> None:
        if not self._free.alive:
            raise AgentGymError("this world is closed; make a new World(loaded)")


def _free(session: Session, connection: Connection) -> None:
    session.close()
    connection.close()


def _refusal(message: str) -> ToolResult:
    return ToolResult(error=message[:MAX_MESSAGE])
