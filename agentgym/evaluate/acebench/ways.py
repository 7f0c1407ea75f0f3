"""The ways to an agent's goal that ACEBench's data give, and whether they lead there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from agentgym.evaluate.acebench.judging import entries, judge_state, misspelt
from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.tasks import Item
from agentgym.evaluate.acebench.world import World
from agentgym.evaluate.acebench.written import read_stone
from agentgym.spaces import Call


def ways(item: Item) -> list[list[Call]]:
    """The calls of each way; a turn that cannot be read has none."""
    return [list(chain.from_iterable(read_stone(stone) or () for stone in way)) for way in item.stones]


def arrives(code: Official, item: Item, calls: Sequence[Call]) -> bool:
    """Whether ``calls``, made in a new world, win the task."""
    world = World(code, item)
    for call in calls:
        world.call(call)
    return judge_state(code, item, world.state())[0]


def mended(code: Official, item: Item) -> Item:
    """``item`` with the classes that its answer misspells put right, so that they are compared.

    The official evaluation takes what goes by such a name for equal, and one of its tasks is won by any call then. A
    name means the class that has its attributes. It stays as it is where no way in the data leads to what would be
    compared: some states behind such names cannot be reached by anybody.
    """
    wrong = misspelt(item)
    free = [kind for kind in item.classes if not any(kind in entry for entry in entries(item))]
    meant = {
        name: kind
        for entry in entries(item)
        for name, attributes in entry.items()
        for kind in free
        if name in wrong and set(code.saved[kind]) == set(attributes)
    }
    answer = [{meant.get(name, name): attributes for name, attributes in entry.items()} for entry in entries(item)]
    right = item._replace(answer=answer)
    return right if meant and any(arrives(code, right, calls) for calls in ways(item)) else item
