"""One database and the tools over it."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any, NamedTuple

from agentgym.errors import AgentGymError, TaskError, ToolError
from agentgym.files import digest
from agentgym.result import ToolResult
from agentgym.types import Json, RowChange, Rows
from agentgym.world.canonical import canonical
from agentgym.world.diff import net
from agentgym.world.held import Held
from agentgym.world.journal import Journal, Write
from agentgym.world.load import LoadedDomain
from agentgym.world.session import FastSession
from agentgym.world.stock import INTERNAL, StockRunner
from agentgym.world.tool import Tool, suggestion

__all__ = ["INTERNAL", "Parked", "World"]

MAX_MESSAGE = 2000  # characters of an error


class Parked(NamedTuple):
    """A world's state at rest, for any world of the same domain."""

    patch: tuple[Write, ...]
    log: tuple[Write, ...]
    data: bytes | None  # the database, where the log does not hold all that was written


class World:
    """A domain's database in some state, and its tools.

    ``call`` never raises for what a caller passes: a refusal is a ``ToolResult`` with ``error``, and leaves the rows as
    they were. Worlds share nothing; one thread at a time may use one.
    """

    def __init__(self, loaded: LoadedDomain, *, stock: bool = False) -> None:
        """``stock`` runs every tool on the stock ``Session``; results are the same, only slower."""
        self.loaded = loaded
        self.stock = stock
        self.fallbacks = 0  # calls that the fast session left to the stock one
        self._template = loaded.template
        self._journal = Journal(self._template)
        # The latest difference: the log it is of, and how long that was.
        self._differed: tuple[list[Write], int, tuple[RowChange, ...]] = [], 0, ()
        self._open = True
        self._connect()

    def call(self, name: str, arguments: dict[str, Json]) -> ToolResult:
        """Run a tool. Where it refused, ``error`` says why; it begins "internal error:" if the tool is at fault."""
        if not self._open:
            self._check()
        tool = self.loaded.tools.get(name) if isinstance(name, str) else None
        if tool is None:
            known = suggestion(name, self.loaded.tools) if isinstance(name, str) else ""
            return _refusal(f"there is no tool {str(name)[:100]!r}{known}")
        try:
            keywords = tool.bind(arguments)
        except ToolError as error:
            return _refusal(str(error))
        except Exception as error:  # a schema from the wild, such as a pattern that is no regular expression
            return _refusal(f"{INTERNAL}{type(error).__name__}: {error}")
        if not self.stock:
            result = self._quick(tool, keywords)
            if result is not None:
                return result
            self.fallbacks += 1
        return self._slow(tool, arguments)

    def reset(self, patch: Iterable[RowChange] = ()) -> None:
        """Go back to the seed rows, changed by ``patch``; ``diff`` then starts there.

        Raises ``TaskError`` where the patch does not fit the seed rows; the world is then at the seed.
        """
        try:
            writes = self.loaded.patches.writes(tuple(patch))
        except TaskError:
            self._restore(Parked((), (), None))
            raise
        self._restore(Parked(writes, (), None))

    def park(self) -> Parked:
        """The state as a small value, to ``resume`` in this world or another one of the same domain."""
        self._check()
        journal = self._journal
        data = None if journal.whole else self._held.data()
        return Parked(journal.patch, tuple(journal.log), data)

    def resume(self, parked: Parked) -> None:
        """Go on from where ``park`` was called."""
        self._restore(parked)

    def fork(self) -> World:
        """An independent world in the same state, whose ``diff`` starts where this one's does."""
        other = World(self.loaded, stock=self.stock)
        other._restore(self.park())
        return other

    def diff(self) -> tuple[RowChange, ...]:
        """The net change since the last ``reset``, sorted by table and key; writes that cancel out do not show."""
        self._check()
        journal, tables = self._journal, self._template.tables
        if not journal.whole:
            return self._compared()
        log, length, known = self._differed
        if log is journal.log and length == len(log):  # a log only grows; a reset begins another one
            return known
        found = []
        for (name, key), after in sorted(journal.changed.items()):
            before = journal.start(name, key)
            if before != after:
                found.append(tables[name].change(key, before, after))
        changes = tuple(change for change in found if change is not None)
        self._differed = journal.log, len(journal.log), changes
        return changes

    def rows(self) -> Rows:
        """Every row by table, sorted by table and key."""
        self._check()
        return {
            name: [table.decode(row) for _, row in sorted(table.read(self._raw).items())]
            for name, table in self._template.tables.items()
        }

    def digest(self) -> str:
        """A hash of all rows: equal states give equal digests, in every process."""
        return digest(self.rows())

    def close(self) -> None:
        """Free the database. Closing twice is harmless; using a closed world raises."""
        self._open = False
        self._free()

    def _connect(self) -> None:
        self._held = Held(self._template)
        self._raw = self._held.raw
        self._seen = self._raw.total_changes  # the connection's change counter after the last write we know of
        self._session = FastSession(self._held, self.loaded.quick.models, self._journal)
        self._runners: list[StockRunner] = []  # one, made when it is first needed
        # Frees the database at close(), or when the world is forgotten.
        self._free = weakref.finalize(self, _free, self._runners, self._held)

    def _quick(self, tool: Tool, keywords: dict[str, Any]) -> ToolResult | None:
        """Run a tool on the fast session; None where that gave up, with nothing changed."""
        session, quick = self._session, self.loaded.quick
        self._check()
        session.begin(reading=not tool.writes)
        try:
            returned = quick.functions[tool.spec.name](session, **keywords)
            text = quick.encode(returned)
            content = None if text is not None else canonical(returned, quick.columns)
            written = session.finish()
        except BaseException as error:
            self._abandon()
            if isinstance(error, ToolError):
                return _refusal(str(error))
            if isinstance(error, Exception):
                return None
            raise
        if written:
            self._journal.extend(written)
            self._seen = self._raw.total_changes
        return ToolResult(content, text=text)

    def _abandon(self) -> None:
        """Undo a call of the fast session."""
        began = self._session.abandon()
        if not began and self._raw.total_changes != self._seen:
            self._rebuild()  # an interrupt came between the call's only write and its return
        self._undone()

    def _undone(self) -> None:
        """What a failed call wrote has been undone; where SQLite undid all there was, make it anew."""
        if not self._raw.in_transaction:  # it may end one by itself, as when memory runs out
            self._rebuild()
        self._seen = self._raw.total_changes

    def _rebuild(self) -> None:
        """Make the state anew from what is known to have been written."""
        journal = self._journal
        if not journal.whole:
            raise AgentGymError(
                "SQLite gave up the world's transaction, and not all of it can be repeated; call reset()"
            )
        self._restore(Parked(journal.patch, tuple(journal.log), None))

    def _slow(self, tool: Tool, arguments: dict[str, Json]) -> ToolResult:
        """Run a tool on the stock session."""
        self._check()
        if not self._runners:
            self._runners.append(StockRunner(self._held, self._template, self.loaded.columns))
        before = self._raw.total_changes
        try:
            content = self._runners[0].run(tool, arguments)
        except ToolError as error:
            self._undone()
            return _refusal(str(error))
        except BaseException:  # an interrupt: SQLAlchemy may have left a statement open, which no fresh copy survives
            self._undone()
            parked = self.park()
            self._free()
            self._connect()
            self._restore(parked)
            raise
        if self._raw.total_changes != before:
            self._journal.whole = False
        self._seen = self._raw.total_changes
        return ToolResult(content=content)

    def _restore(self, parked: Parked) -> None:
        """Put the database into a state."""
        self._check()
        if parked.data is None:
            self._held.start(parked.patch)
            self._held.write(parked.log)
        else:
            self._held.load(parked.data)
        journal = self._journal
        journal.restart(parked.patch, parked.log)
        journal.whole = parked.data is None
        self._seen = self._raw.total_changes

    def _compared(self) -> tuple[RowChange, ...]:
        """The difference by a look at every row, for what was not written through the fast session."""
        before: Rows = {}
        after: Rows = {}
        for name, table in self._template.tables.items():
            old, new = self._journal.start_rows(name), table.read(self._raw)
            before[name] = [table.decode(row) for key, row in old.items() if new.get(key) != row]
            after[name] = [table.decode(row) for key, row in new.items() if old.get(key) != row]
        return net(before, after, self.loaded.domain.tables)

    def _check(self) -> None:
        """The world must be open; and what was written past it is noted: the journal is not whole then."""
        if not self._open:
            raise AgentGymError("this world is closed; make a new World(loaded)")
        if self._raw.total_changes != self._seen:
            self._journal.whole = False
            self._seen = self._raw.total_changes


def _free(runners: list[StockRunner], held: Held) -> None:
    for runner in runners:
        runner.close()
    held.close()


def _refusal(message: str) -> ToolResult:
    return ToolResult(error=message[:MAX_MESSAGE])
