"""Users who are wrong at first, or think again: the value they say first, and what an agent does that believes it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from agentgym.tasks.chart import PLACE
from agentgym.tasks.sampling.foresight import meets
from agentgym.tasks.sampling.scene import Scene
from agentgym.tasks.steps import Pick, Step, Wrong
from agentgym.types import Binding, Json, Row, RowChange, ToolCall, Use
from agentgym.world.world import INTERNAL, World

_TRIES = 6  # values that are tried before a task goes without


class Revisions:
    """Finds what the user of a drawn task can get wrong, by trying it from the task's ``state`` in ``world``."""

    def __init__(
        self, scene: Scene, world: World, steps: Sequence[Step], state: Sequence[RowChange], diff: Sequence[RowChange]
    ) -> None:
        self._scene, self._world, self._steps = scene, world, steps
        self._chart, self._rng, self._state, self._diff = scene.chart, scene.rng, state, diff

    def find(self, kind: Literal["slip", "change"]) -> Wrong | None:
        """A wrong value of the ``kind``; None where the task has no place for it."""
        offers, works = (self._slips, self._fails) if kind == "slip" else (self._changes, self._mends)
        return self._first(kind, list(offers()), works)

    def _first(
        self,
        kind: Literal["slip", "change"],
        offers: list[tuple[int, str, Json]],
        works: Callable[[ToolCall], bool],
    ) -> Wrong | None:
        self._rng.shuffle(offers)
        for step, path, value in offers[:_TRIES]:
            wrong = Wrong(kind, step, path, value)
            if works(misled(self._steps, wrong)):
                return wrong
        return None

    # -- a wrong detail -------------------------------------------------------------------------

    def _slips(self) -> Iterator[tuple[int, str, Json]]:
        """(step, argument, first value): a key with a digit wrong, an email misspelt, more than there is."""
        for place, use, value in self._plain():
            step = self._steps[place]
            pick = step.picks.get(use.parameter)
            binding = self._chart.bindings[step.call.name]
            wrong: Json = None
            if pick is not None:
                wrong = self._other_key(pick.table, value) if pick.step is None else None
            elif isinstance(value, str) and binding.op == "get" and use.role == "filter" and use.test == "eq":
                wrong = misspelt(value, self._rng)
            elif isinstance(value, (int, float)) and self._limited(step, use):
                wrong = value * 10
            if wrong is not None and wrong != value:
                yield place, use.parameter, wrong

    def _other_key(self, table: str, key: Json) -> Json:
        """A key that looks like ``key`` and is no row's."""
        primary = self._chart.tables[table].primary_key
        present = {row[primary] for rows in (self._scene.start, self._scene.rows) for row in rows.get(table, ())}
        for _ in range(_TRIES):
            other = misspelt(str(key), self._rng)
            wrong = int(other) if type(key) is int and other.lstrip("-").isdigit() else other
            if type(wrong) is type(key) and wrong not in present:
                return wrong
        return None

    def _limited(self, step: Step, use: Use) -> bool:
        """Whether a guard looks at how much the argument is."""
        guards = self._chart.bindings[step.call.name].guards
        return any(
            guard.test == "at_least" and use.parameter in guard.amount.replace(".", "*").split("*") for guard in guards
        )

    def _fails(self, call: ToolCall) -> bool:
        self._world.reset(self._state)
        error = self._world.call(call.name, call.arguments).error
        return error is not None and not error.startswith(INTERNAL)

    # -- another wish ---------------------------------------------------------------------------

    def _changes(self) -> Iterator[tuple[int, str, Json]]:
        """(step, argument, first value): another value for what a goal sets."""
        for place, use, value in self._plain():
            step = self._steps[place]
            binding = self._chart.bindings[step.call.name]
            if not step.goal or not binding.writes or binding.op == "create" or isinstance(value, (bool, dict, list)):
                continue
            if use.parameter in step.picks:
                first = self._other_row(binding, use, step.picks[use.parameter]) if use.role == "reference" else None
            else:
                first = (
                    self._other_value(binding, use, value) if use.role == "set" and use.column not in PLACE else None
                )
            if first is not None and first not in (value, self._before(step).get(use.into or use.column)):
                yield place, use.parameter, first

    def _other_row(self, binding: Binding, use: Use, pick: Pick) -> Json:
        """The key of another row of the same table, if the user names this one by its key and only once."""
        again = sum(other.key == pick.key for step in self._steps for other in step.picks.values())
        if pick.step is not None or again > 1:
            return None
        guards = [guard for guard in binding.guards if guard.of == use.parameter]
        rows = self._scene.start.get(pick.table, ())
        fitting = [row for row in rows if all(meets(guard, row) for guard in guards)]
        keys = [row[self._chart.tables[pick.table].primary_key] for row in fitting]
        others = [key for key in keys if key != pick.key]
        return self._rng.choice(others) if others else None

    def _other_value(self, binding: Binding, use: Use, value: Json) -> Json:
        table = self._chart.tables[use.table or binding.table]
        schema = (self._chart.specs[binding.tool].parameters.get("properties") or {}).get(use.parameter, {})
        return self._scene.values.draw(use.parameter, schema, table.column(use.column), table.name, avoid=value)

    def _before(self, step: Step) -> Row:
        """The row that a step is about, as it is at first."""
        table = self._chart.bindings[step.call.name].table
        key = next((pick.key for pick in step.picks.values() if pick.table == table), None)
        return self._scene.initial(table, key) or {}

    def _mends(self, call: ToolCall) -> bool:
        """Whether gold leads to the same state after ``call``, and ``call`` alone does not."""
        self._world.reset(self._state)
        if self._world.call(call.name, call.arguments).error is not None or self._world.diff() == self._diff:
            return False
        writes = [step.call for step in self._steps if self._chart.bindings[step.call.name].writes]
        done = all(self._world.call(each.name, each.arguments).error is None for each in writes)
        return done and self._world.diff() == self._diff

    def _plain(self) -> Iterator[tuple[int, Use, Json]]:
        """Every argument of every step but lists of lines."""
        for place, step in enumerate(self._steps):
            for use in self._chart.bindings[step.call.name].uses:
                value = step.call.arguments.get(use.parameter)
                if value is not None and use.role not in ("lines", "limit", "offset", "option"):
                    yield place, use, value


def misled(steps: Sequence[Step], wrong: Wrong) -> ToolCall:
    """The call of an agent that takes the first value for the last word."""
    call = steps[wrong.step].call
    return call.model_copy(update={"arguments": {**call.arguments, wrong.path: wrong.value}})


def misspelt(text: str, rng: random.Random) -> str:
    """``text`` with a digit wrong, or where it has none two letters swapped; unchanged where neither can be."""
    digits = [place for place, sign in enumerate(text) if sign.isdecimal() and sign.isascii()]
    if digits:
        place = rng.choice(digits[-4:])
        sign = rng.choice([other for other in "123456789" if other != text[place]])
        return text[:place] + sign + text[place + 1 :]
    swaps = [
        place
        for place in range(1, len(text) - 1)
        if text[place] != text[place + 1] and text[place : place + 2].isalpha() and text[place].isascii()
    ]
    if not swaps:
        return text
    place = rng.choice(swaps)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
