"""What an agent can know, and from where: the user's words, a default, or the result of an earlier call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agentgym.scalars import located, scalars
from agentgym.tasks.chart import Chart, leaves, unnumbered
from agentgym.tasks.phrases import tells
from agentgym.tasks.proof.trial import Learned, Trial, key
from agentgym.types import Json, Schema, ToolCall, Use


@dataclass(frozen=True)
class Need:
    """A value that gold needs and the user does not say."""

    step: int  # of the call that takes it; len(gold) for an output
    path: str
    value: Json
    sources: frozenset[int]  # the earlier calls whose results tell it


def needs(trial: Trial) -> list[Need]:
    """Every argument and output of the task that only a result can tell. ``trial`` has been replayed."""
    task = trial.task
    said = {key(leaf) for fact in task.facts for leaf in scalars(fact.value)}
    found = []
    for step, call in enumerate(task.gold):
        for path, leaf, use in _asked(trial.chart, call):
            if key(leaf) not in said and not _in_intent(task.intent, leaf):
                names = _names(trial.chart, call, use, leaf)
                shown = _describing(trial, call, use, leaf)
                telling = (source for source in range(step) if _tells(trial.learned[source], leaf, names))
                found.append(Need(step, path, leaf, frozenset(filter(shown, telling))))
    for value in task.outputs:
        sources = frozenset(source for source, result in enumerate(trial.learned) if key(value) in result)
        found.append(Need(len(task.gold), "output", value, sources))
    return found


def vital(trial: Trial) -> frozenset[int]:
    """The gold calls without which some value could not be known: no other result tells it."""
    return frozenset(next(iter(need.sources)) for need in needs(trial) if len(need.sources) == 1)


def untold(trial: Trial, call: ToolCall) -> str | None:
    """The first argument of a call besides gold that neither the user nor any of gold's results tells."""
    for path, leaf, _ in _asked(trial.chart, call):
        if not heard(trial, leaf):
            return f"{call.name} {path} = {leaf!r}"
    return None


def heard(trial: Trial, value: Json) -> bool:
    """Whether the user says ``value``, or one of gold's results shows it."""
    return said(trial, value) or any(key(value) in result for result in trial.learned)


def said(trial: Trial, value: Json) -> bool:
    """Whether the user says ``value``, unasked or as a fact."""
    task = trial.task
    facts = (leaf for fact in task.facts for leaf in scalars(fact.value))
    return any(key(leaf) == key(value) for leaf in facts) or _in_intent(task.intent, value)


def _asked(chart: Chart, call: ToolCall) -> Iterator[tuple[str, Json, Use | None]]:
    """The scalars of a call that are no default, with their paths, and what the tool uses them for."""
    schemas = _schemas(chart, call)
    uses = dict(leaves(chart.bindings[call.name].uses)) if call.name in chart.bindings else {}
    for name, value in call.arguments.items():
        schema = schemas.get(name, {})
        if "default" in schema and schema["default"] == value:
            continue
        for path, leaf in located(value, name):
            yield path, leaf, uses.get(unnumbered(path), uses.get(name))


def _schemas(chart: Chart, call: ToolCall) -> Schema:
    spec = chart.specs.get(call.name)
    return spec.parameters.get("properties") or {} if spec is not None else {}


def _names(chart: Chart, call: ToolCall, use: Use | None, leaf: Json) -> frozenset[str] | None:
    """The properties under which a result tells ``leaf``; None: any.

    Text from the world's rows is its own evidence; a number, a truth value or one of an enum's words must stand under
    the name of what it is, or an order of 3 chairs would tell the key of customer 3.
    """
    if use is None or (isinstance(leaf, str) and "enum" not in _schemas(chart, call).get(use.parameter, {})):
        return None
    binding = chart.bindings[call.name]
    names = {use.parameter, use.column, use.into}
    table = chart.carries(binding, use)
    if table is not None:
        names.add(chart.tables[table].primary_key)
        names |= {link.column for own in chart.tables.values() for link in own.foreign_keys if link.table == table}
    return frozenset(names - {""})


def _describing(trial: Trial, call: ToolCall, use: Use | None, leaf: Json) -> Callable[[int], bool]:
    """Whether the result of gold call number n can show that ``leaf`` is the row the user describes.

    Where the user gives no description of it, any result can. Else it must show rows of its table, or of the table
    by which it is described: an order's key in a parcel does not say that the order is the one for 9.50.
    """
    chart = trial.chart
    table = chart.carries(chart.bindings[call.name], use) if use is not None else None
    claims = [claim for claim in trial.task.claims if claim.table == table and claim.key == leaf]
    if not claims:
        return lambda number: True
    tables = {claims[0].table, claims[0].of}

    def shows(number: int) -> bool:
        source = chart.bindings.get(trial.task.gold[number].name)
        return source is not None and not tables.isdisjoint({source.table, *source.children.values()})

    return shows


def _tells(result: Learned, leaf: Json, names: frozenset[str] | None) -> bool:
    """Whether a result shows ``leaf`` under one of ``names``; a list of bare values names nothing."""
    shown = result.get(key(leaf))
    return shown is not None and (names is None or "" in shown or not shown.isdisjoint(names))


def _in_intent(intent: str, leaf: Json) -> bool:
    return not isinstance(leaf, bool) and leaf is not None and tells(intent, leaf)
