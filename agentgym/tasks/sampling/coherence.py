"""Whether a wish makes sense beside those before it: nobody has a thing made and unmade in one breath."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym.tasks.chart import columns_set, undoes
from agentgym.tasks.sampling.foresight import meets
from agentgym.tasks.sampling.scene import Scene
from agentgym.types import Binding, Row


def coherent(scene: Scene, binding: Binding, row: Row) -> bool:
    """Whether the user may ask for a writing tool on ``row`` after the steps made so far.

    What the task has made or changed is not undone, what a creating call could have been given is not put right by a
    second one, and a column is changed twice only where the first change is what allows the second: approved, shipped.
    """
    chart = scene.chart
    table = chart.tables[binding.table]
    key = row[table.primary_key]
    earlier = [step.call.name for step in scene.steps if (table.name, key) in step.rows]
    if not earlier:
        return True
    if undoes(binding) or binding.tool in earlier:
        return False
    first = scene.initial(table.name, key)
    if first is None:
        return not chart.amends(earlier[0], binding.tool)
    mine = columns_set(binding)
    twice = any(not mine.isdisjoint(columns_set(chart.bindings[tool])) for tool in earlier)
    return not twice or (_waits(binding, first) and not _returns(binding, first))


def _waits(binding: Binding, first: Row) -> bool:
    """Whether the tool would have refused the row as it was at first."""
    return any(guard.of == "" and not meets(guard, first) for guard in binding.guards)


def _returns(binding: Binding, first: Row) -> bool:
    """Whether the tool makes a column what it was at first."""
    values: Sequence[tuple[str, object]] = [
        (effect.column, effect.value) for effect in binding.effects if effect.of == "" and effect.op == "set"
    ]
    return any(first.get(column) == value for column, value in values)
