"""A walk made concrete: arguments from the state and from earlier results, each call executed (paper 2.2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from agentgym.tasks.chart import Chart
from agentgym.tasks.sampling.arguments import Arguments
from agentgym.tasks.sampling.foresight import Foresight
from agentgym.tasks.sampling.scene import Scene, found
from agentgym.tasks.sampling.walk import Hop
from agentgym.tasks.steps import Pick, Step
from agentgym.types import Binding, Json, ToolCall
from agentgym.world.world import World

_TRIES = 4  # draws of one call before its hop is dropped


def ground(
    scene: Scene, world: World, hops: Sequence[Hop], shunned: Collection[tuple[str, str]] = ()
) -> tuple[Step, ...]:
    """Execute ``hops`` in ``world``, which is where ``scene`` is, and leave both changed.

    A call that errs is drawn again a few times, then dropped. ``shunned`` holds (tool, parameter) pairs that are left
    out where they are optional.
    """
    foresight = Foresight(scene.chart, hops)
    for number, hop in enumerate(hops):
        for _ in range(_TRIES):
            arguments = Arguments(scene, hop, shunned, useful=partial(foresight.useful, number, scene.rows))
            step = _made(scene, world, hop, arguments) if arguments.fill() else None
            if step is not None:
                scene.add(number, step)
                break
    return tuple(scene.steps)


def _made(scene: Scene, world: World, hop: Hop, arguments: Arguments) -> Step | None:
    """One call of ``hop``, or the earlier step that was the same question; None where nobody would ask for it."""
    call = ToolCall(name=hop.tool, arguments=arguments.values)
    binding = scene.chart.bindings[hop.tool]
    for step in scene.steps:
        if _again(binding, call, step.call):
            return None if binding.writes else step
    result = world.call(call.name, call.arguments)
    if result.error is not None or (not binding.writes and _nothing(result.content)):
        return None
    rows = scene.refresh(world.diff()) if binding.writes else ()
    if binding.writes and not rows:
        return None
    about = arguments.about or _created(scene.chart, hop.tool, result.content)
    return Step(call, result.content, hop.goal, arguments.picks, about, rows=rows)


def _again(binding: Binding, call: ToolCall, earlier: ToolCall) -> bool:
    """Whether the call asks twice: the same question, the same change to the same row, or a second row like the first.

    Nobody follows an artist twice, once with notifications and once without: what is true or false makes no new row.
    """
    if call.name != earlier.name or not binding.writes:
        return call == earlier
    keys = [use.parameter for use in binding.uses if use.role == "key"]
    if keys:
        return all(earlier.arguments.get(name) == call.arguments.get(name) for name in keys)
    return _told_apart(call) == _told_apart(earlier)


def _told_apart(call: ToolCall) -> dict[str, Json]:
    return {name: value for name, value in call.arguments.items() if not isinstance(value, bool)}


def _nothing(content: Json) -> bool:
    """A read that found nothing teaches nothing, and a user would not ask for it."""
    inner = next(iter(content.values())) if isinstance(content, dict) and len(content) == 1 else content
    return inner is None or inner == [] or inner == {}


def _created(chart: Chart, tool: str, content: Json) -> Pick | None:
    """The row that a call has made, as far as its result shows the key."""
    binding = chart.bindings[tool]
    key = next(found(content, chart.tables[binding.table].primary_key), None) if binding.op == "create" else None
    return Pick(binding.table, key) if isinstance(key, (str, int)) else None
