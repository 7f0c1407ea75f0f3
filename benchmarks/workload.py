"""What is timed: the gold calls of a domain's tasks, with the answers and the SQL that they give."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from agentgym.errors import AgentGymError
from agentgym.files import canonical
from agentgym.types import Json, Task, ToolCall
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World
from benchmarks.statements import Statement, Stored, contents, copy, lifted, recorded, undo

WRITES = 5  # before a reset or a verification is timed
STEPS = 5  # tool calls of a timed episode
ANSWER = 10_000  # characters of an answer; calls that give longer ones are left out


@dataclass(frozen=True)
class Episode:
    """A task's start, and calls that all succeed from there on."""

    task: Task
    calls: tuple[ToolCall, ...]
    answers: tuple[Json, ...]
    database: bytes  # at the start
    open: bool  # whether the world keeps a transaction open between calls
    statements: tuple[Statement, ...]  # what the calls run on the connection
    fallbacks: int  # calls that the fast session left to the stock one
    undo: tuple[Statement, ...]  # takes the rows back to the start
    rows: Stored  # at the end


def episodes(
    loaded: LoadedDomain, *, only: Collection[str] | None = None, limit: int | None = None
) -> tuple[Episode, ...]:
    """An episode for each task, with its gold calls, or those of the tools in ``only``."""
    world = World(loaded)
    try:
        return tuple(_episodes(world, _tasks(loaded)[:limit], only))
    finally:
        world.close()


def _tasks(loaded: LoadedDomain) -> tuple[Task, ...]:
    tasks = loaded.tasks()
    if not tasks:
        raise AgentGymError(f"{loaded.folder} has no tasks to time; sample some first")
    return tasks


def _episodes(world: World, tasks: Sequence[Task], only: Collection[str] | None) -> Iterator[Episode]:
    for task in tasks:
        calls = _succeeding(world, task, [call for call in task.gold if only is None or call.name in only])
        if calls:
            yield episode(world, task, calls)


def episode(world: World, task: Task, calls: Sequence[ToolCall]) -> Episode:
    """What ``calls`` answer and run. Whatever they need once, such as a compiled query, is there by now."""
    world.reset(task.state)
    fallbacks = world.fallbacks
    database, start, is_open = copy(world._raw), contents(world._raw), world._raw.in_transaction
    with recorded(world._raw) as log:
        results = [world.call(call.name, call.arguments) for call in calls]
    failed = [result.error for result in results if result.error is not None]
    if failed:
        raise AgentGymError(f"a call of task {task.id} fails: {failed[0]}")
    return Episode(
        task=task,
        calls=tuple(calls),
        answers=tuple(result.content for result in results),
        database=database,
        open=is_open,
        statements=tuple(map(lifted, log)),
        fallbacks=world.fallbacks - fallbacks,
        undo=undo(world._raw, start),
        rows=contents(world._raw),
    )


def _succeeding(world: World, task: Task, calls: Sequence[ToolCall]) -> list[ToolCall]:
    """Those of ``calls`` that the world grants one after the other, with an answer of bounded length."""
    world.reset(task.state)
    kept = []
    for call in calls:
        result = world.call(call.name, call.arguments)
        short = len(canonical(result.content)) <= ANSWER
        if result.error is None and (short or world.loaded.tools[call.name].writes):
            kept.append(call)
    return kept


def verified(loaded: LoadedDomain, writes: int = WRITES) -> Task:
    """A task over the seed rows whose gold is ``writes`` writes, taken from the domain's own tasks."""
    world = World(loaded)
    try:
        gold = [call for task in _tasks(loaded) for call in task.gold if loaded.tools[call.name].writes]
        template = _tasks(loaded)[0].model_copy(update={"state": ()})
        kept = _succeeding(world, template, gold)[:writes]
        if len(kept) < writes:
            raise AgentGymError(f"the tasks of {loaded.folder} hold {len(kept)} writes that fit; {writes} are needed")
        world.reset()
        for call in kept:
            world.call(call.name, call.arguments)
        return template.model_copy(update={"id": "five-writes", "gold": tuple(kept), "diff": world.diff()})
    finally:
        world.close()


def five_steps(loaded: LoadedDomain) -> tuple[Episode, ...]:
    """The tasks that write, each as an episode of ``STEPS`` calls: its gold, after reads that change nothing."""
    world = World(loaded)
    reads = [call for task in _tasks(loaded) for call in task.gold if not loaded.tools[call.name].writes]
    try:
        made = []
        for task in _tasks(loaded):
            if task.writes and len(task.gold) <= STEPS:
                padding = _succeeding(world, task, reads)[: STEPS - len(task.gold)]
                made.append(episode(world, task, [*padding, *task.gold]))
        return tuple(one for one in made if len(one.calls) == STEPS)
    finally:
        world.close()


def restore(connection: sqlite3.Connection, one: Episode) -> None:
    """Take the rows back to the start of ``one``, after its calls or its statements ran once on ``connection``."""
    for sql, values in one.undo:
        connection.execute(sql, values)
    connection.commit()


def check_replay(connection: sqlite3.Connection, one: Episode) -> None:
    """Raise unless the statements of ``one``, which ran on ``connection``, left the rows that its calls leave."""
    if contents(connection) != one.rows:
        raise AgentGymError(f"replaying the SQL of task {one.task.id} leaves other rows than its calls did")
