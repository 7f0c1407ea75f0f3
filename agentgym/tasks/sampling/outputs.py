"""What a user wants to be told: values of a call's result that are worth telling, short, and not the user's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from agentgym.scalars import scalars
from agentgym.tasks.answered import Made, answered, known, rival
from agentgym.tasks.chart import technical
from agentgym.tasks.sampling.scene import Scene
from agentgym.tasks.saying import says
from agentgym.tasks.steps import Step, Told
from agentgym.types import Binding, Column, Json, Row
from agentgym.world.naming import words
from agentgym.world.world import World

_FEW = 3  # columns that a look-up shows and that a user asks for together
_SHORT = 40  # characters; longer texts are shown and not told
_ASKED = 0.6  # how often a look-up of many columns is for one or two of them, where no answer is demanded
_REPORTED = 0.3  # how often a wish ends with "and tell me the new balance"
_TECHNICAL = frozenset(words("id uuid url uri hash token etag version created updated at href link slug code key kind"))
_WORTH = frozenset(words("status state balance total price amount stock quantity points cost fee seats rating limit"))


class Outputs:
    """Chooses what the user of one scene wants to be told, once all its calls are made in ``world``.

    ``demanded``: a question without a told answer is no goal, since the task is judged by the state it leaves. Else it
    is judged by its calls, and a question is no goal that earlier results answer, or another tool as well.
    """

    def __init__(self, scene: Scene, world: World, *, demanded: bool) -> None:
        self._scene, self._world, self._chart, self._rng = scene, world, scene.chart, scene.rng
        self._demanded = demanded
        self._changed = {change.table for change in world.diff()}

    def choose(self, known: Collection[Json] = ()) -> tuple[Step, ...]:
        """The scene's steps with ``told`` filled in; none of it is an argument or among the ``known`` values."""
        steps = self._scene.steps
        taken = [*known, *(leaf for step in steps for leaf in scalars(step.call.arguments))]
        taken += [" ".join(words(step.call.name)) for step in steps]  # a coupon of the type "coupon"
        shown = Counter(leaf for step in steps for leaf in set(scalars(step.result)))
        chosen: list[Step] = []
        earlier: list[Made] = []
        for step in steps:
            told = self._told(step, taken, shown, earlier) if step.goal else ()
            taken += [item.value for item in told]  # nothing is asked for twice
            question = not self._chart.bindings[step.call.name].writes
            met = bool(told) if self._demanded else self._leads(step, told, earlier)
            chosen.append(replace(step, told=told, goal=step.goal and (met or not question)))
            earlier.append((step.call, step.result))
        return tuple(chosen)

    def _leads(self, step: Step, told: Collection[Told], earlier: Sequence[Made]) -> bool:
        """Whether the question leads to this call: nothing before it answers it, and no other tool does."""
        chart, made = self._chart, (step.call, step.result)
        return not answered(chart, made, [item.value for item in told], earlier) and not rival(
            chart, step.call, [item.name for item in told if item.name != "count"]
        )

    def _told(
        self, step: Step, taken: Collection[Json], shown: Counter[Json], earlier: Sequence[Made]
    ) -> tuple[Told, ...]:
        """What the user wants to hear of one step; of a question that must be answered, what no other call shows.

        ``shown`` counts the steps whose results hold a value.
        """
        binding = self._chart.bindings[step.call.name]
        if binding.op == "count":
            offered = self._count(step)
        elif binding.op == "get":
            offered = self._offered(binding, step)
        elif binding.writes and self._rng.random() < _REPORTED:
            offered = self._effects(binding, step)
        else:
            return ()
        text = " | ".join(str(value) for value in taken)
        offered = [item for item in offered if not says(text, item.value)]
        if binding.writes:
            return self._some(offered, 1)
        if self._demanded:
            offered = [item for item in offered if shown[item.value] == 1]
        elif binding.op == "get":
            offered = self._unheard(binding, step, offered, earlier)
        few = len([name for name in binding.fields if name != self._chart.tables[binding.table].primary_key])
        if binding.op == "count" or 0 < few <= _FEW:
            return tuple(offered)
        if not self._demanded and self._rng.random() >= _ASKED:
            return ()
        return self._some(offered, self._rng.choice((1, 1, 2)))

    def _unheard(self, binding: Binding, step: Step, offered: Sequence[Told], earlier: Sequence[Made]) -> list[Told]:
        """Those of the offered values that no earlier result shows of the row, and no other tool."""
        row = _row(binding, step.result)
        heard = known(self._chart, binding, row, earlier).values()
        return [item for item in offered if item.value not in heard and not rival(self._chart, step.call, [item.name])]

    def _some(self, offered: list[Told], count: int) -> tuple[Told, ...]:
        """``count`` of the offered values, of those that people care about where there are any."""
        worth = [item for item in offered if not _WORTH.isdisjoint(words(item.name))]
        chosen = self._rng.sample(worth, min(len(worth), count))
        rest = [item for item in offered if item not in chosen]
        chosen += self._rng.sample(rest, min(len(rest), count - len(chosen)))
        return tuple(item for item in offered if item in chosen)

    def _count(self, step: Step) -> list[Told]:
        """A count, if it is still right when all is done: told then, it is as good as told at once."""
        value = next((leaf for leaf in scalars(step.result) if type(leaf) is int), None)
        again = self._world.call(step.call.name, step.call.arguments)
        if value is None or again.content != step.result:
            return []
        return [Told("count", value, self._chart.bindings[step.call.name].table in self._changed)]

    def _offered(self, binding: Binding, step: Step) -> list[Told]:
        """What a result shows of its row, as far as that is worth telling and still holds when all is done."""
        shown = _row(binding, step.result)
        table = self._chart.tables[binding.table]
        key = step.about.key if step.about else shown.get(table.primary_key)
        final = self._scene.row(table.name, key) or {}
        initial = self._scene.initial(table.name, key) or {}
        own = {table.primary_key, *(link.column for link in table.foreign_keys)}
        return [
            Told(column.name, shown[column.name], initial.get(column.name) != shown[column.name])
            for column in table.columns
            if column.name not in own
            and _tellable(column, shown.get(column.name))
            and final.get(column.name) == shown[column.name]
        ]

    def _effects(self, binding: Binding, step: Step) -> list[Told]:
        """Numbers that a writing call has worked out and not been given: a total, a new balance."""
        step = step if step.about else replace(step, about=next(iter(step.picks.values()), None))
        if step.about is None or step.about.table != binding.table:
            return []
        offered = self._offered(binding, step)
        return [item for item in offered if item.fresh and isinstance(item.value, (int, float))]


def _row(binding: Binding, result: Json) -> Row:
    """The row that a result shows; {} where it shows none, or several."""
    if isinstance(result, dict) and binding.envelope:
        result = result.get(binding.envelope)
    return result if isinstance(result, dict) else {}


def _named(column: Column) -> bool:
    """Whether people would ask for a column."""
    return (
        not technical(column.name)
        and column.type in ("str", "int", "float")
        and _TECHNICAL.isdisjoint(words(column.name))
    )


def _tellable(column: Column, value: Json) -> bool:
    """Whether a value can be told in a few words that a check finds again."""
    if not _named(column) or isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return False
    return not isinstance(value, str) or (0 < len(value.strip()) <= _SHORT and "\n" not in value)
