"""A walk made concrete: arguments from the state and from earlier results, each call executed (paper 2.2)."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

from agentgym.tasks.arguments import Arguments
from agentgym.tasks.scene import Pick, Scene, Step, found
from agentgym.tasks.walk import Chart, Hop
from agentgym.types import Json, ToolCall
from agentgym.world.world import World

_TRIES = 4  # draws of one call before its hop is dropped


def ground(
    chart: Chart, world: World, hops: Sequence[Hop], rng: random.Random, shunned: Collection[tuple[str, str]] = ()
) -> tuple[Step, ...]:
    """Execute ``hops`` in ``world``, which is left changed. A call that errs is drawn again a few times, then dropped.

    ``shunned`` holds (tool, parameter) pairs that are left out where they are optional.
    """
    scene = Scene(chart, rng, world.rows())
    for number, hop in enumerate(hops):
        writes = chart.bindings[hop.tool].writes
        for _ in range(_TRIES):
            arguments = Arguments(scene, hop, shunned)
            if not arguments.fill():
                continue
            call = ToolCall(name=hop.tool, arguments=arguments.values)
            if not writes and any(step.call == call for step in scene.steps):
                continue  # nobody asks twice
            result = world.call(call.name, call.arguments)
            if result.error is None and (writes or not _nothing(result.content)):
                about = arguments.about or _created(chart, hop.tool, result.content)
                scene.add(number, Step(call, result.content, hop.goal, arguments.picks, about))
                if writes:
                    scene.refresh(world.rows())
                break
    return tuple(scene.steps)


def _nothing(content: Json) -> bool:
    """A read that found nothing teaches nothing, and a user would not ask for it."""
    inner = next(iter(content.values())) if isinstance(content, dict) and len(content) == 1 else content
    return inner is None or inner == [] or inner == {}


def _created(chart: Chart, tool: str, content: Json) -> Pick | None:
    """The row that a call has made, as far as its result shows the key."""
    binding = chart.bindings[tool]
    key = next(found(content, chart.tables[binding.table].primary_key), None) if binding.op == "create" else None
    return Pick(binding.table, key) if isinstance(key, (str, int)) else None
