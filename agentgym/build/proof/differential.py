"""The fast world and the stock one, side by side: the same calls must give the same answers and the same rows.

``World(loaded)`` runs tools on a session of its own making, ``World(loaded, stock=True)`` on the one of SQLModel. The
second says what a tool means; the first is only allowed to be faster.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from agentgym.build.proof.fuzz import Fuzzer
from agentgym.errors import AgentGymError
from agentgym.result import ToolResult
from agentgym.types import Json, Record, Rejection, RowChange, Rows, Task, ToolCall
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World

ROWS_EVERY = 10  # calls between looks at the rows that arguments are drawn from
DIFF_EVERY = 10  # calls between comparisons of diff(); after a write it is compared at once
STORE_EVERY = 50  # calls between comparisons of everything that is stored
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")  # of an object, in the message of a foreign error


class Comparison(Record):
    """What came of comparing the two worlds of one domain."""

    domain: str
    calls: int  # that were made in both worlds
    refused: int  # of these, answered with an error
    writes: int  # of these, that changed rows
    fell_back: int  # calls that the fast world left to the stock session
    problems: tuple[Rejection, ...]  # at most one: after it, the worlds differ


class DifferenceError(Exception):
    """The worlds differ: ``args`` are in what, and how."""


def compare(folder: Path, *, calls: int = 2000, seed: int = 0) -> Comparison:
    """Make the same random calls, resets and forks in both worlds. Stops at the first difference.

    Raises DomainError or DialectError where the folder cannot be loaded at all.
    """
    chance = Random(f"{folder.name}/differential/{seed}")
    pair = Pair(load(folder))
    try:
        problem = _play(pair, chance, calls, seed)
    finally:
        pair.close()
    return Comparison(
        domain=pair.loaded.domain.name,
        calls=pair.calls,
        refused=pair.refused,
        writes=pair.writes,
        fell_back=pair.fell_back,
        problems=(problem,) if problem else (),
    )


class Pair:
    """A fast and a stock world of one domain that live through the same. Every method raises ``DifferenceError``."""

    def __init__(self, loaded: LoadedDomain) -> None:
        self.loaded = loaded
        self.worlds = [World(loaded), World(loaded, stock=True)]
        self.calls = self.refused = self.writes = self.fell_back = 0

    def call(self, call: ToolCall) -> ToolResult:
        """Make one call in both worlds and compare the answers, and the net change where rows changed."""
        fast = self.worlds[0]
        before, fallbacks = [world._raw.total_changes for world in self.worlds], fast.fallbacks
        result: ToolResult = self._both("result", lambda world: _answer(world, call))
        wrote = [world._raw.total_changes != count for world, count in zip(self.worlds, before, strict=True)]
        self.calls += 1
        self.refused += result.error is not None
        self.writes += result.error is None and wrote[1]
        self.fell_back += fast.fallbacks - fallbacks
        if any(wrote) or self.calls % DIFF_EVERY == 0:
            self.same_diff()
        if self.calls % STORE_EVERY == 0:
            self.same_store()
        return result

    def same_diff(self) -> None:
        self._both("diff", lambda world: [change.model_dump() for change in world.diff()])

    def same_store(self) -> None:
        """Compare all rows: their digest, and each value as SQLite keeps it, in the order of their making."""
        self._both("digest", lambda world: world.digest())
        self._both("stored rows", stored)

    def rows(self) -> Rows:
        return self.worlds[1].rows()

    def reset(self, patch: tuple[RowChange, ...] = ()) -> None:
        """``patch`` need not fit the seed rows."""
        self._both("reset", lambda world: _refusal(lambda: world.reset(patch)))
        self.same_diff()

    def fork(self) -> None:
        """Go on in forks of the two; what is done there must not reach the old ones."""
        old, self.worlds = self.worlds, [world.fork() for world in self.worlds]
        for world in old:
            world.reset()
            world.close()
        self.same_diff()
        self.same_store()

    def park(self) -> None:
        """Go on from a parked state after something else was done."""
        for world in self.worlds:
            parked = world.park()
            world.reset()
            world.resume(parked)
        self.same_diff()
        self.same_store()

    def close(self) -> None:
        for world in self.worlds:
            world.close()

    def _both(self, what: str, ask: Callable[[World], Any]) -> Any:
        try:
            fast, stock = (ask(world) for world in self.worlds)
        except DifferenceError:
            raise
        except Exception as error:  # a world answers, and raises for nothing that is asked here
            raise DifferenceError(what, f"a world raised {error!r}") from error
        found = difference(fast, stock)
        if found:
            raise DifferenceError(what, found)
        return stock


def stored(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every table's rows with their rowids. The driver's types are SQLite's storage classes."""
    select = 'SELECT rowid, * FROM "{}" ORDER BY rowid'
    return {name: world._raw.execute(select.format(name)).fetchall() for name in sorted(world.loaded.models)}


def difference(fast: Any, stock: Any, where: str = "") -> str:
    """Where and how two values first differ, "" if they do not. Types and the order of keys count: 1 is not 1.0."""
    if isinstance(fast, ToolResult) and isinstance(stock, ToolResult):
        return difference(fast.error, stock.error, "error") or difference(fast.content, stock.content, "content")
    if type(fast) is not type(stock):
        return f"{where}: {_shown(fast)} against {_shown(stock)}"
    if isinstance(fast, dict):
        return difference(list(fast), list(stock), f"keys of {where}") or _first(fast, stock, where, fast)
    if isinstance(fast, (list, tuple)):
        uneven = f"{where}: {len(fast)} elements against {len(stock)}" if len(fast) != len(stock) else ""
        return _first(fast, stock, where, range(min(len(fast), len(stock)))) or uneven
    return "" if repr(fast) == repr(stock) else f"{where}: {_shown(fast)} against {_shown(stock)}"  # -0.0 is not 0.0


def _first(fast: Any, stock: Any, where: str, places: Any) -> str:
    found = (difference(fast[place], stock[place], f"{where}[{place!r}]") for place in places)
    return next(filter(None, found), "")


def _shown(value: Any) -> str:
    return f"{repr(value)[:300]} ({type(value).__name__})"


def _answer(world: World, call: ToolCall) -> ToolResult:
    """The result of one call, which must neither touch the arguments nor hold on to them or to what it answered."""
    arguments = copy.deepcopy(call.arguments)
    result = world.call(call.name, arguments)
    touched = difference(arguments, call.arguments, "arguments")
    if touched:
        raise DifferenceError("arguments after the call", touched)
    kept = copy.deepcopy(result.content)
    _spoil(arguments)
    _spoil(result.content)
    return ToolResult(content=kept, error=result.error and _ADDRESS.sub("0x", result.error))


def _spoil(value: Json) -> None:
    """Do to a value what a caller may do to it later."""
    for inner in list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()):
        _spoil(inner)
    if isinstance(value, (dict, list)):
        value.clear()


def _refusal(act: Callable[[], None]) -> str:
    try:
        act()
    except AgentGymError as error:
        return str(error)
    return ""


def _play(pair: Pair, chance: Random, calls: int, seed: int) -> Rejection | None:
    """Up to ``calls`` calls; the first difference, if there is one."""
    fuzzer, tasks = Fuzzer(pair.loaded, chance), pair.loaded.tasks()
    rows, now = pair.rows(), "the start"
    try:
        for number in range(calls):
            turn = chance.random()
            if turn < 0.04:
                now = _turn(pair, chance, tasks)
            if turn < 0.04 or number % ROWS_EVERY == 0:
                rows = pair.rows()
            call = fuzzer.draw(rows)
            now = f"{call.name} {call.arguments!r}"
            pair.call(call)
        now = "the end"
        pair.same_diff()
        pair.same_store()
    except DifferenceError as found:
        what, how = found.args
        again = f"compare(folder, calls={pair.calls + 1}, seed={seed}) shows it again"
        return Rejection(
            stage="check",
            subject=pair.loaded.domain.name,
            reason=f"the fast world differs from the stock one in {what}",
            detail=f"{how} (fast against stock) after {pair.calls} calls, the last of them {now[:2000]}; {again}",
        )
    return None


def _turn(pair: Pair, chance: Random, tasks: tuple[Task, ...]) -> str:
    """Something between two calls: a reset to the seed or a task's state, a fork, a park."""
    way = chance.randrange(6)
    if way == 0:
        pair.fork()
        return "a fork"
    if way == 1:
        pair.park()
        return "a park and a resume"
    patch = chance.choice(tasks).state if tasks and way > 2 else ()
    if way == 5:  # one that fits no rows, after changes that do
        table = chance.choice(sorted(pair.loaded.models))
        patch = (*patch, RowChange(table=table, key="no such key", before={}, after=None))
    pair.reset(patch)
    return f"a reset to {patch!r}"
