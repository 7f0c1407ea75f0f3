"""The database fails, or the user interrupts, at every operation of a call: the call happened whole, or not at all."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym import registry
from agentgym.errors import AgentGymError
from agentgym.result import ToolResult
from agentgym.types import RowChange, Rows, Task
from agentgym.world.load import load
from agentgym.world.world import World

# Of each domain, gold calls of these tools: one that reads, one that writes a row, one that writes several.
TOOLS = {
    "retail": ("list_orders", "update_user_address", "cancel_pending_order"),
    "banking": ("list_transactions", "freeze_card", "transfer_funds"),
    "hotel": ("list_bookings", "register_guest", "check_out_booking"),
}


class Fault:
    """Counts the operations on all databases, and makes the one numbered ``at`` fail."""

    def __init__(self) -> None:
        self.error: BaseException | None = None  # none: only count
        self.at = 0
        self.lasting = False  # whether what comes after it fails too
        self.ending = False  # whether the failure ends the transaction, as SQLite does when memory runs out
        self.seen = 0

    def arm(self, error: BaseException | None, at: int = 0, lasting: bool = False) -> None:
        self.error, self.at, self.lasting, self.seen = error, at, lasting, 0

    def strike(self, statement: str = "") -> None:
        if statement.lstrip().upper().startswith("ROLLBACK"):
            return  # SQLite keeps in memory what it takes
        self.seen += 1
        if self.error is not None and (self.seen == self.at or (self.lasting and self.seen > self.at)):
            raise type(self.error)(*self.error.args)  # one of its own, which keeps no earlier call's frames alive


class FaultyCursor(sqlite3.Cursor):
    """A cursor each of whose operations may fail."""

    fault: Fault

    def execute(self, sql: str, *parameters: Any) -> Any:
        try:
            self.fault.strike(sql)
        except sqlite3.Error:
            if self.fault.ending and self.connection.in_transaction:
                super().execute("ROLLBACK")
            raise
        return super().execute(sql, *parameters)

    def executemany(self, sql: str, *parameters: Any) -> Any:
        self.fault.strike(sql)
        return super().executemany(sql, *parameters)

    def fetchone(self) -> Any:
        self.fault.strike()
        return super().fetchone()

    def fetchmany(self, *size: Any) -> Any:
        self.fault.strike()
        return super().fetchmany(*size)

    def fetchall(self) -> Any:
        self.fault.strike()
        return super().fetchall()

    def __next__(self) -> Any:
        self.fault.strike()
        return super().__next__()


class FaultyConnection(sqlite3.Connection):
    """A connection that hands out faulty cursors only."""

    fault: Fault

    def cursor(self, *_: Any) -> Any:
        cursor = super().cursor(FaultyCursor)
        cursor.fault = self.fault
        return cursor

    def execute(self, *arguments: Any) -> Any:
        return self.cursor().execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        return self.cursor().executemany(*arguments)

    def commit(self) -> None:
        self.fault.strike("COMMIT")
        super().commit()


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Fault:
    """The fault of every connection made from here on."""
    fault, connect = Fault(), sqlite3.connect

    def faulty(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: FaultyConnection = connect(*arguments, **{**options, "factory": FaultyConnection})
        connection.fault = fault
        return connection

    monkeypatch.setattr(sqlite3, "connect", faulty)
    return fault


class Scene:
    """A world just before a gold call, and what that call does when nothing fails."""

    def __init__(self, world: World, task: Task, position: int, fault: Fault) -> None:
        self.world, self.fault, self.call = world, fault, task.gold[position]
        world.reset(task.state)
        for call in task.gold[:position]:
            world.call(call.name, call.arguments)
        self.parked, self.before = world.park(), self.state()
        self.result, self.after = self.run(), self.state()
        world.resume(self.parked)
        fault.arm(None)
        self.run()  # without what only a first call does
        self.operations = fault.seen

    def run(self) -> ToolResult:
        return self.world.call(self.call.name, self.call.arguments)

    def state(self) -> tuple[Rows, tuple[RowChange, ...], str]:
        return self.world.rows(), self.world.diff(), self.world.digest()

    def strike(self, error: BaseException, at: int, lasting: bool = False) -> ToolResult | None:
        """The call's result with an operation failing, None where it was interrupted."""
        self.world.resume(self.parked)
        self.fault.arm(error, at, lasting)
        try:
            return self.run()
        except KeyboardInterrupt:
            return None
        finally:
            self.fault.arm(None)

    def check_untouched(self, shown: str) -> None:
        """The world is as before the call, and can make it now."""
        assert self.state() == self.before, f"{shown}: rows changed"
        assert self.run() == self.result, f"{shown}: the call does not work afterwards"
        assert self.state() == self.after, f"{shown}: the call does something else afterwards"


@pytest.fixture(params=[False, True], ids=["fast", "stock"])
def stock(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=sorted(TOOLS))
def scenes(request: pytest.FixtureRequest, tmp_path: Path, fault: Fault, stock: bool) -> Iterator[list[Scene]]:
    """One scene for each of a domain's tools, each in its own world."""
    folder = tmp_path / request.param  # a copy: a domain loaded before would hold connections that never fail
    shutil.copytree(registry.bundled() / request.param, folder)
    loaded = load(folder)
    worlds: list[World] = []
    found = []
    for name in TOOLS[request.param]:
        places = ((task, n) for task in loaded.tasks() for n, call in enumerate(task.gold) if call.name == name)
        worlds.append(World(loaded, stock=stock))
        found.append(Scene(worlds[-1], *next(places), fault))
    yield found
    for world in worlds:
        world.close()


def test_the_calls_are_worth_failing(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert scene.result.error is None, f"{scene.call} answered {scene.result.error}"
        assert scene.operations >= 1, f"{scene.call} used no database, so nothing can fail"
    assert scenes[0].after == scenes[0].before
    assert all(scene.after != scene.before for scene in scenes[1:])
    assert len(scenes[2].after[1]) > len(scenes[2].before[1]) + 1, "the third tool must write several rows"


def test_a_database_that_stays_broken_changes_nothing(scenes: list[Scene]) -> None:
    for scene in scenes:
        for at in range(1, scene.operations + 1):
            shown = f"{scene.call}, from operation {at} on"
            result = scene.strike(sqlite3.OperationalError("disk I/O error"), at, lasting=True)
            assert result is not None and result.error is not None, f"{shown}: no error, but {result}"
            assert "disk I/O error" in result.error, f"{shown}: the error does not say why: {result.error}"
            scene.check_untouched(shown)


def test_a_passing_fault_is_told_or_gone(scenes: list[Scene]) -> None:
    for scene in scenes:
        for at in range(1, scene.operations + 1):
            shown = f"{scene.call}, operation {at}"
            result = scene.strike(sqlite3.OperationalError("disk I/O error"), at)
            assert result is not None
            if result.error is None:
                assert result == scene.result, f"{shown}: the second attempt gave something else"
                assert scene.state() == scene.after, f"{shown}: the second attempt did something else"
            else:
                scene.check_untouched(shown)


def test_a_transaction_that_sqlite_ends_is_made_anew(scenes: list[Scene]) -> None:
    known = [scene for scene in scenes if scene.parked.data is None]  # what came before can be repeated
    assert known, "no scene begins in a state that can be made anew"
    for scene in known:
        scene.fault.ending = True
        for at in range(1, scene.operations + 1):
            shown = f"{scene.call}, whose operation {at} ends the transaction"
            result = scene.strike(sqlite3.OperationalError("out of memory"), at)
            assert result is not None
            if result.error is None:
                assert scene.state() == scene.after, f"{shown}: the second attempt did something else"
            else:
                scene.check_untouched(shown)
        scene.fault.ending = False


@pytest.mark.parametrize("stock", [True], ids=["stock"])
def test_what_cannot_be_made_anew_is_told(scenes: list[Scene], fault: Fault) -> None:
    scene = scenes[2]
    assert scene.world.diff(), "the world must hold what only a stock session wrote"
    fault.arm(sqlite3.OperationalError("out of memory"), at=2)
    fault.ending = True
    with pytest.raises(AgentGymError, match=r"call reset\(\)"):
        scene.run()
    fault.arm(None)
    scene.world.reset()
    assert scene.world.diff() == () and scene.world.rows() == World(scene.world.loaded).rows()


def test_an_interrupt_leaves_the_world_as_it_was(scenes: list[Scene]) -> None:
    for scene in scenes:
        for at in range(1, scene.operations + 1):
            shown = f"{scene.call}, interrupted at operation {at}"
            assert scene.strike(KeyboardInterrupt(), at) is None, f"{shown}: the interrupt was swallowed"
            scene.check_untouched(shown)


def test_the_fault_strikes_when_told(tmp_path: Path, fault: Fault) -> None:
    raw = sqlite3.connect(":memory:")
    raw.execute("CREATE TABLE t (a)")
    fault.arm(sqlite3.OperationalError("disk I/O error"), at=2)
    raw.execute("SELECT 1")
    with pytest.raises(sqlite3.OperationalError):
        raw.execute("SELECT 2")
    assert raw.execute("SELECT 3").fetchall() == [(3,)]
    fault.arm(sqlite3.OperationalError("disk I/O error"), at=1, lasting=True)
    raw.execute("ROLLBACK") if raw.in_transaction else None
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError):
            raw.execute("SELECT 4")
    raw.close()
