"""Requests that a rule of the domain forbids: a right agent tells the user so, and changes nothing for them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from agentgym.tasks.sampling.arguments import Arguments
from agentgym.tasks.sampling.coverage import Coverage
from agentgym.tasks.sampling.foresight import asks_how_much, meets
from agentgym.tasks.sampling.scene import Scene
from agentgym.tasks.sampling.walk import Hop
from agentgym.tasks.steps import Pick, Step
from agentgym.types import Binding, Guard, Json, RowChange, ToolCall
from agentgym.world.world import INTERNAL, World

_TRIES = 8  # calls that are tried before a task goes without
_INSTEAD = 0.65  # how often the user is asked to accept one of the other goals instead, where it is about the same row


def refusal(
    scene: Scene,
    world: World,
    steps: Sequence[Step],
    state: Sequence[RowChange],
    rng: random.Random,
    coverage: Coverage,
) -> tuple[int | None, Step] | None:
    """A call that a guard forbids at the task's ``state`` and after ``steps``, and the goal that is accepted instead.

    ``scene`` and ``world`` are where the steps lead to; the world is then reset to ``state``. The place is None where
    nothing is accepted instead; the whole is None where no tool of the domain has a guard that a row breaks.
    """
    found = []
    for place, tool, guard, about in _candidates(scene, steps, rng, coverage):
        arguments = Arguments(scene, Hop(tool), breaking=guard, about=about)
        if arguments.fill() and _old(scene, arguments.picks):
            call = ToolCall(name=tool, arguments=arguments.values)
            if _forbids(world, call):
                found.append((place, Step(call, None, True, _known(steps, arguments.picks), about)))
    world.reset(state)
    return next(((place, step) for place, step in found if _forbids(world, step.call)), None)


def _candidates(
    scene: Scene, steps: Sequence[Step], rng: random.Random, coverage: Coverage
) -> Iterator[tuple[int | None, str, Guard, Pick | None]]:
    """(goal accepted instead, tool, the guard it is to run into, the row): about the rows of the goals if possible."""
    chart = scene.chart
    used = {step.call.name for step in steps}
    beside: list[tuple[int | None, str, Guard, Pick | None]] = [
        (None, tool, guard, None)
        for tool, binding in chart.bindings.items()
        for guard in binding.guards
        if tool not in used and _reachable(binding, guard)
    ]
    instead = [
        (place, tool, guard, subject)
        for place, subject in _subjects(scene, steps)
        for _, tool, guard, _ in beside
        if chart.bindings[tool].table == subject.table and _breaks(scene, guard, subject)
    ]
    for _ in range(_TRIES if beside else 0):
        pool = instead if instead and rng.random() < _INSTEAD else beside
        weights = [coverage.tool(tool) * chart.trust[tool] for _, tool, _, _ in pool]
        yield rng.choices(pool, weights)[0]


def _reachable(binding: Binding, guard: Guard) -> bool:
    """Whether a draw of arguments can run into the guard."""
    return guard.of == "" or guard.of.startswith("own.") or guard.of in {use.parameter for use in binding.uses}


def _breaks(scene: Scene, guard: Guard, subject: Pick) -> bool:
    """Whether the row does, or whether an amount can be chosen so that it does."""
    row = scene.initial(subject.table, subject.key) or {}
    return guard.of != "" or not meets(guard, row, row) or asks_how_much(guard)


def _subjects(scene: Scene, steps: Sequence[Step]) -> Iterator[tuple[int, Pick]]:
    """(place, row) of every goal that changes a row which was there before the task."""
    for place, step in enumerate(steps):
        binding = scene.chart.bindings[step.call.name]
        keys = [use.parameter for use in binding.uses if use.role == "key"] if step.goal and binding.writes else []
        subject = next((step.picks[name] for name in keys if name in step.picks), None)
        if subject is not None and scene.initial(subject.table, subject.key) is not None:
            yield place, subject


def _old(scene: Scene, picks: dict[str, Pick]) -> bool:
    """Whether all rows are there before the task begins."""
    return all(scene.initial(pick.table, pick.key) is not None for pick in picks.values())


def _known(steps: Sequence[Step], picks: dict[str, Pick]) -> dict[str, Pick]:
    """``picks``, each row learned where the other steps learn it."""
    learned: dict[tuple[str, Json], int | None] = {}
    for step in steps:
        for pick in step.picks.values():
            learned.setdefault((pick.table, pick.key), pick.step)
    return {path: Pick(pick.table, pick.key, learned.get((pick.table, pick.key))) for path, pick in picks.items()}


def _forbids(world: World, call: ToolCall) -> bool:
    error = world.call(call.name, call.arguments).error
    return error is not None and not error.startswith(INTERNAL)
