"""The same calls through each layer: the whole environment, a world, its session, stock SQLModel, bare SQL, dicts.

What a layer opens is closed with ``held``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from typing import Any

import gymnasium
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from agentgym.errors import AgentGymError
from agentgym.files import canonical
from agentgym.tasks.verify import state_aligned
from agentgym.types import Json, Task, ToolCall
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World
from benchmarks import dicts
from benchmarks.statements import bare
from benchmarks.timing import Section
from benchmarks.workload import Episode, check_replay, restore

TEN = 10


def report(task: Task) -> str:
    """The action that ends an episode: all is done, and what the user wanted to know."""
    told = ", ".join(str(value) for value in task.outputs)
    return json.dumps({"name": "respond", "arguments": {"content": f"Done. {told}"}})


def gym(loaded: LoadedDomain) -> gymnasium.Env[str, str]:
    """The environment as users make it, over the folder of ``loaded``."""
    return gymnasium.make(loaded.domain.id, domain=None, folder=str(loaded.folder))


def action(call: ToolCall) -> str:
    """A call as an agent writes it."""
    return json.dumps({"name": call.name, "arguments": call.arguments})


def whole(held: ExitStack, loaded: LoadedDomain, episodes: Sequence[Episode]) -> list[Section]:
    """``env.step``: JSON text in, JSON text out."""
    env = held.enter_context(closing(gym(loaded)))

    def section(one: Episode) -> Section:
        actions, step = [action(call) for call in one.calls], env.step
        return _checked(
            one,
            lambda: env.reset(options={"task": one.task}),
            lambda: [step(text)[0] for text in actions],
            lambda texts: [json.loads(text) for text in texts],
        )

    return [section(one) for one in episodes]


def world(held: ExitStack, loaded: LoadedDomain, episodes: Sequence[Episode], *, stock: bool = False) -> list[Section]:
    """``World.call``; ``stock`` is the tuned stock session: one held connection, a savepoint a call."""
    ours = held.enter_context(closing(World(loaded, stock=stock)))

    def section(one: Episode) -> Section:
        calls, run = [(call.name, call.arguments) for call in one.calls], ours.call
        return _checked(
            one,
            lambda: ours.reset(one.task.state),
            lambda: [run(name, arguments) for name, arguments in calls],
            _contents,
        )

    return [section(one) for one in episodes]


def session(held: ExitStack, loaded: LoadedDomain, episodes: Sequence[Episode]) -> list[Section]:
    """The fast session below ``World.call``: arguments are bound already."""
    ours = held.enter_context(closing(World(loaded)))
    run: Callable[..., Any] = ours._quick

    def section(one: Episode) -> Section:
        tools = [(loaded.tools[call.name], loaded.tools[call.name].bind(call.arguments)) for call in one.calls]
        return _checked(
            one,
            lambda: ours.reset(one.task.state),
            lambda: [run(tool, keywords) for tool, keywords in tools],
            _contents,
        )

    return [section(one) for one in episodes]


def naive(held: ExitStack, loaded: LoadedDomain, episodes: Sequence[Episode]) -> list[Section]:
    """A new stock ``Session`` for each call, committed, its rows dumped: SQLModel as its tutorial writes it."""

    def call(engine: Engine, function: Callable[..., Any], keywords: dict[str, Any]) -> Any:
        with Session(engine) as session:
            answer = _dumped(function(session, **keywords))
            session.commit()
        return answer

    def section(one: Episode) -> Section:
        engine = create_engine("sqlite://", poolclass=StaticPool)
        held.callback(engine.dispose)
        connection: Any = engine.raw_connection().driver_connection
        connection.deserialize(one.database)
        tools = [loaded.tools[call.name] for call in one.calls]
        calls = [
            (tool.function, {tool.arguments[name]: value for name, value in call.arguments.items()})
            for tool, call in zip(tools, one.calls, strict=True)
        ]
        return _checked(
            one,
            _again(lambda: restore(connection, one)),
            lambda: [call(engine, function, keywords) for function, keywords in calls],
            list,
        )

    return [section(one) for one in episodes]


def sql(held: ExitStack, loaded: LoadedDomain, episodes: Sequence[Episode]) -> list[Section]:
    """The SQL that ``World.call`` runs for these calls, on a bare connection with one cursor."""
    ours = held.enter_context(closing(World(loaded)))

    def section(one: Episode) -> Section:
        raw = held.enter_context(closing(bare(ours._raw)))
        raw.deserialize(one.database)
        cursor = raw.cursor()

        def run() -> None:
            execute, fetch = cursor.execute, cursor.fetchall
            for text, values in one.statements:
                execute(text, values)
                fetch()

        start = _again(lambda: raw.execute("ROLLBACK") if one.open else restore(raw, one))

        def prepare() -> None:
            start()
            if one.open:
                raw.execute("BEGIN")

        prepare()
        run()
        check_replay(raw, one)
        return Section(prepare, run, len(one.calls))

    return [section(one) for one in episodes]


def plain(held: ExitStack, loaded: LoadedDomain, episodes: Sequence[Episode]) -> list[Section]:
    """Hand-written retail tools over nested dicts."""
    data: dicts.Store = {}

    def start(one: Episode) -> None:
        ours.reset(one.task.state)
        data.clear()
        data.update(dicts.store(ours.rows()))

    def section(one: Episode) -> Section:
        calls = [(dicts.TOOLS[call.name], call.arguments) for call in one.calls]
        return _checked(
            one,
            lambda: start(one),
            lambda: [function(data, **arguments) for function, arguments in calls],
            list,
        )

    ours = held.enter_context(closing(World(loaded)))
    return [section(one) for one in episodes]


def resets(held: ExitStack, loaded: LoadedDomain, tasks: Sequence[Task], writing: Task) -> list[Section]:
    """``World.reset`` with a task's state, after the calls of ``writing``."""
    ours = held.enter_context(closing(World(loaded)))

    def write() -> None:
        ours.reset()
        for call in writing.gold:
            ours.call(call.name, call.arguments)

    return [Section(write, lambda patch=task.state: ours.reset(patch)) for task in tasks]  # type: ignore[misc]


def verification(held: ExitStack, loaded: LoadedDomain, writing: Task) -> list[Section]:
    """``World.diff`` and ``state_aligned``, after the calls of ``writing``, ten times: one is too short to time."""
    ours = held.enter_context(closing(World(loaded)))
    tables = loaded.domain.tables

    def write() -> None:
        ours.reset()
        for call in writing.gold:
            ours.call(call.name, call.arguments)

    write()
    if not state_aligned(ours.diff(), writing, tables) or len(ours.diff()) < 2:
        raise AgentGymError(f"the writes on {loaded.folder} do not verify")
    return [Section(write, lambda: [state_aligned(ours.diff(), writing, tables) for _ in range(TEN)], TEN)]


def played(held: ExitStack, loaded: LoadedDomain, episodes: Sequence[Episode]) -> list[Section]:
    """Reset, the calls, and the message that ends the episode: the world is compared with the gold, the user leaves."""
    env = held.enter_context(closing(gym(loaded)))

    def run(one: Episode, actions: Sequence[str]) -> float:
        env.reset(options={"task": one.task})
        for text in actions:
            env.step(text)
        return float(env.step(report(one.task))[1])

    def section(one: Episode) -> Section:
        actions = [action(call) for call in one.calls]
        if run(one, actions) != 1.0:
            raise AgentGymError(f"the gold calls of task {one.task.id} earn no reward on {loaded.folder}")
        return Section(lambda: None, lambda: run(one, actions))

    return [section(one) for one in episodes]


def _checked(
    one: Episode,
    prepare: Callable[[], object],
    run: Callable[[], list[Any]],
    read: Callable[[list[Any]], list[Json]],
) -> Section:
    """A section whose answers are those of the episode, call by call."""
    prepare()
    for call, expected, got in zip(one.calls, one.answers, read(run()), strict=True):
        if canonical(got) != canonical(expected):
            raise AgentGymError(f"{call.name} of task {one.task.id} answers {got!r} here, and {expected!r} in a world")
    return Section(prepare, run, len(one.calls))


def _again(restore: Callable[[], object]) -> Callable[[], None]:
    """``restore``, except for the first time: there is nothing to restore yet."""
    fresh = True

    def prepare() -> None:
        nonlocal fresh
        if not fresh:
            restore()
        fresh = False

    return prepare


def _contents(results: list[Any]) -> list[Json]:
    return [result.content if result.error is None else f"Error: {result.error}" for result in results]


def _dumped(value: Any) -> Any:
    if isinstance(value, SQLModel):
        return value.model_dump()
    if isinstance(value, dict):
        return {key: _dumped(element) for key, element in value.items()}
    return [_dumped(element) for element in value] if isinstance(value, list) else value
