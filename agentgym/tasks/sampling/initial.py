"""The state a task begins in: the seed rows after what others have done, near to what the task is about."""

from __future__ import annotations

import random
from collections.abc import Collection

from agentgym.tasks.chart import Chart
from agentgym.tasks.phrases import can_speak
from agentgym.tasks.sampling.coverage import Coverage
from agentgym.tasks.sampling.foresight import meets
from agentgym.tasks.sampling.ground import ground
from agentgym.tasks.sampling.scene import Scene
from agentgym.tasks.sampling.walk import Hop
from agentgym.types import Json, RowChange, Rows
from agentgym.world.world import World

_CALLS = (1, 2, 3, 3, 3, 2, 2, 1, 1)  # how often 0, 1, ... calls by others came before
_NEAR = 4.0  # how much more often a call is about a table of the task than about another one
_RARE = 0.2  # and how much less often it deletes something
_PREPARING = 10.0  # and how much more often it brings about what the task needs and hardly any row has
_ENOUGH = 2
_SAME = 0.5  # how often such a call is about the person that the task is about
_ROWS = 12  # a state stays this close to the seed rows


def someone(chart: Chart, rows: Rows, rng: random.Random, coverage: Coverage) -> tuple[str, Json] | None:
    """A person for the task to be about, rather one that earlier tasks did not name; None where there is nobody."""
    tables = [name for name in chart.tables if name in chart.people and can_speak(name) and rows.get(name)]
    if not tables:
        return None
    table = rng.choice(tables)
    keys = [row[chart.tables[table].primary_key] for row in rows[table]]
    return table, rng.choices(keys, [coverage.row(table, key) for key in keys])[0]


def earlier(
    chart: Chart,
    world: World,
    rows: Rows,
    tools: Collection[str],
    person: tuple[str, Json] | None,
    rng: random.Random,
) -> tuple[RowChange, ...]:
    """A patch over the seed rows that can come about: up to eight calls, by the person of the task and by others.

    ``rows`` are the seed rows, ``tools`` those of the task: what they are about, earlier calls are about as well.
    """
    world.reset()
    near = {chart.bindings[tool].table for tool in tools}
    short = _short(chart, rows, tools)
    writing = [tool for tool, binding in chart.bindings.items() if binding.writes]
    count = rng.choices(range(len(_CALLS)), _CALLS)[0] if writing else 0
    weights = [_weight(chart, tool, near, short) for tool in writing]
    before: tuple[RowChange, ...] = ()
    for tool in rng.choices(writing, weights, k=count) if count else ():
        scene = Scene(chart, rng, rows, person=person if rng.random() < _SAME else None)
        scene.refresh(before)
        ground(scene, world, [Hop(tool, goal=True)])
        after = world.diff()
        if len(after) > _ROWS:
            break
        before = after
    return before


def _short(chart: Chart, rows: Rows, tools: Collection[str]) -> set[tuple[str, str, Json]]:
    """(table, column, value) that a guard of the tools asks for and hardly any row has: suspended, to be resumed."""
    return {
        (guard.table, guard.column, value)
        for tool in tools
        for guard in chart.bindings[tool].guards
        if guard.test == "in" and sum(meets(guard, row) for row in rows.get(guard.table, ())) < _ENOUGH
        for value in guard.values
    }


def _weight(chart: Chart, tool: str, near: Collection[str], short: Collection[tuple[str, str, Json]]) -> float:
    binding = chart.bindings[tool]
    prepares = any(
        effect.op == "set" and (effect.table, effect.column, effect.value) in short for effect in binding.effects
    )
    weight = _NEAR if binding.table in near else 1.0
    weight *= _RARE if binding.op == "delete" else 1.0
    return weight * chart.trust[tool] * (_PREPARING if prepares else 1.0)
