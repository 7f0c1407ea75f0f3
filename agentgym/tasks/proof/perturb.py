"""Near misses of a call: the same call with one argument changed as a careless agent would."""

from __future__ import annotations

from collections.abc import Iterator

from agentgym.tasks.chart import Chart, unnumbered
from agentgym.tasks.proof.trial import Columns
from agentgym.types import Json, Schema, ToolCall, Use

_OTHERS = 2  # other keys or enum values tried for one argument


def perturbations(chart: Chart, columns: Columns, call: ToolCall) -> Iterator[tuple[str, dict[str, Json]]]:
    """(argument path, changed arguments): another row's key, enum value, number, text, or the argument left out.

    What makes no other call by the rules of exact match is no perturbation: a default left out or given, a number as
    1 or 1.0, the order of a list in which order is no matter. ``columns`` are those of the task's state.
    """
    spec = chart.specs.get(call.name)
    if spec is None:
        return
    schemas: Schema = spec.parameters.get("properties") or {}
    required = chart.required(call.name)
    uses = {use.parameter: use for use in chart.bindings[call.name].uses}
    for name, value in call.arguments.items():
        schema = schemas.get(name, {})
        if name not in required and value != schema.get("default"):
            yield name, {other: given for other, given in call.arguments.items() if other != name}
        present = _present(chart, columns, call, uses[name]) if name in uses else {}
        for path, other in _others(name, value, schema, present):
            yield path, {**call.arguments, name: other}


def _present(chart: Chart, columns: Columns, call: ToolCall, use: Use) -> dict[str, list[Json]]:
    """What the columns hold that the argument, or the properties inside its lines, are compared with or stored in."""
    binding = chart.bindings[call.name]
    present = {}
    for inner in (use, *use.items):
        named = chart.carries(binding, inner)
        table, column = (
            (named, chart.tables[named].primary_key) if named else (inner.table or binding.table, inner.column)
        )
        present[inner.parameter] = [value for value in columns.values(table, column) if isinstance(value, (str, int))]
    return present


def _others(path: str, value: Json, schema: Schema, present: dict[str, list[Json]]) -> Iterator[tuple[str, Json]]:
    """Other values of one argument; in lists and objects one leaf changes at a time."""
    if isinstance(value, list):
        inner = schema.get("items") if isinstance(schema.get("items"), dict) else {}
        if value:
            yield path, value[:-1]
        for number, item in enumerate(value):
            for inner_path, other in _others(f"{path}/{number}", item, inner or {}, present):
                yield inner_path, [*value[:number], other, *value[number + 1 :]]
    elif isinstance(value, dict):
        schemas = schema.get("properties") or {}
        for name, item in value.items():
            for inner_path, other in _others(f"{path}/{name}", item, schemas.get(name, {}), present):
                yield inner_path, {**value, name: other}
    else:
        for other in _scalars(value, schema, present.get(unnumbered(path).split("/")[-1], [])):
            if other != value:  # one more than 1e20 is 1e20
                yield path, other


def _scalars(value: Json, schema: Schema, present: list[Json]) -> list[Json]:
    """Other values of the same type; for text also one that is in use, since a schema may refuse what is made up."""
    enum = schema.get("enum")
    if isinstance(enum, list):
        return [other for other in enum if other != value][:_OTHERS]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, float):
        return [_beside(value, schema)]
    if value in present:
        return [other for other in dict.fromkeys(present) if other != value][:_OTHERS]
    if isinstance(value, int):
        return [_beside(value, schema)]
    used = [other for other in present if other != value][:1]
    return [*used, f"{value}x"] if isinstance(value, str) else []


def _beside(value: float, schema: Schema) -> float:
    """A number close by that the schema lets through."""
    top = schema.get("maximum")
    over = isinstance(top, (int, float)) and value + 1 > top
    return round(value - 1 if over else value + 1, 2)
