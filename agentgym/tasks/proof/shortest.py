"""Whether fewer writes reach the state that gold reaches: a bounded search around gold.

Tried are gold without two or three of its writes, and with two of them replaced by one: an update that makes the
changes of both, or another tool that writes the same tables, its arguments put together from gold's values. (That no
single write can be left out is a law of its own.) Not tried are sequences that share nothing with gold or need a value
that gold does not have; nor shorter ways of reading, which change nothing that is rewarded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.trial import Trial
from agentgym.types import Binding, Json, ToolCall

_TRIED = 64  # sequences a task, at most
_DROPPED = (2, 3)  # writes left out together
_MARKS = frozenset({"option", "limit", "offset"})  # roles of arguments that say nothing of the rows


def shorter(trial: Trial) -> tuple[ToolCall, ...] | None:
    """A sequence of fewer writes than gold's that leads to the task's state; None where the search finds none."""
    gold = trial.task.gold
    places = [place for place, call in enumerate(gold) if trial.writes(call) and call.name in trial.chart.bindings]
    for first, calls in islice(_candidates(trial, places), _TRIED):
        if trial.aligned(trial.after(calls, first)):
            return (*(gold[place] for place in places if place < first), *calls)
    return None


def _candidates(trial: Trial, places: list[int]) -> Iterator[tuple[int, list[ToolCall]]]:
    """(the gold call from which on it differs, the writes made instead from there on)."""
    gold, chart = trial.task.gold, trial.chart
    for left, right in combinations(places, 2):
        after = [place for place in places if place > left and place != right]
        for call in _instead(chart, gold[left], gold[right]):
            yield left, [call, *(gold[place] for place in after)]
            if any(place < right for place in after):
                between, later = ([gold[p] for p in after if p < right], [gold[p] for p in after if p > right])
                yield left, [*between, call, *later]
    for size in _DROPPED:
        for missing in combinations(places, size) if size < len(places) else ():
            if _related([chart.bindings[gold[place].name] for place in missing]):
                yield missing[0], [gold[place] for place in places if place > missing[0] and place not in missing]


def _related(bindings: list[Binding]) -> bool:
    """Whether each of the tools writes a table that another one writes: else they cannot undo each other."""
    tables = [_tables(binding) for binding in bindings]
    return all(any(own & other for other in tables[:n] + tables[n + 1 :]) for n, own in enumerate(tables))


def _instead(chart: Chart, left: ToolCall, right: ToolCall) -> Iterator[ToolCall]:
    """Single calls that might do what both do, with values of theirs; of two for one thing, the later one's."""
    one, two = chart.bindings[left.name], chart.bindings[right.name]
    wanted = _tables(one) | _tables(two)
    apart = one.table == two.table and not _one_row(chart, left, right)
    named = {**left.arguments, **right.arguments}
    stored = {**_stored(one, left), **_stored(two, right)}
    for tool, binding in chart.bindings.items():
        if not binding.writes or not wanted <= _tables(binding) or (apart and not _many(binding)):
            continue
        arguments: dict[str, Json] = {}
        for use in binding.uses:
            same_name = use.parameter in named and (tool in (left.name, right.name) or use.role in _MARKS)
            place = (use.table or binding.table, use.into or use.column)
            if same_name:
                arguments[use.parameter] = named[use.parameter]
            elif place in stored:
                arguments[use.parameter] = stored[place]
        call = ToolCall(name=tool, arguments=arguments)
        if chart.required(tool) <= arguments.keys() and call not in (left, right):
            yield call


def _stored(binding: Binding, call: ToolCall) -> dict[tuple[str, str], Json]:
    """The arguments by the (table, column) that they are about."""
    return {
        (use.table or binding.table, use.into or use.column): call.arguments[use.parameter]
        for use in binding.uses
        if use.parameter in call.arguments
    }


def _one_row(chart: Chart, left: ToolCall, right: ToolCall) -> bool:
    """Whether two calls on one table may be about one row: they name the same, or one of them has made it."""
    keys = [_key(chart.bindings[call.name], call) for call in (left, right)]
    creates = [chart.bindings[call.name].op == "create" for call in (left, right)]
    return keys[0] == keys[1] if not any(creates) else creates == [True, False]


def _key(binding: Binding, call: ToolCall) -> list[Json]:
    return [call.arguments.get(use.parameter) for use in binding.uses if use.role in ("key", "scope")]


def _many(binding: Binding) -> bool:
    """Whether one call of the tool can write several rows of a table."""
    return any(use.role == "lines" for use in binding.uses)


def _tables(binding: Binding) -> frozenset[str]:
    """The tables that a writing tool writes."""
    lines = (item.table for use in binding.uses if use.role == "lines" for item in use.items)
    return frozenset({binding.table, *(effect.table for effect in binding.effects), *lines} - {""})
