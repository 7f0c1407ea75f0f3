"""Near misses of a call: the same call with one argument changed as a careless agent would."""

from __future__ import annotations

from collections.abc import Iterator

from agentgym.tasks.walk import Chart
from agentgym.types import Json, Rows, Schema, ToolCall, Use

_OTHERS = 2  # other keys or enum values tried for one argument


def perturbations(chart: Chart, rows: Rows, call: ToolCall) -> Iterator[tuple[str, dict[str, Json]]]:
    """(argument path, changed arguments): another row's key, enum value, number, text, or the argument left out."""
    binding = chart.bindings[call.name]
    schemas: Schema = chart.specs[call.name].parameters.get("properties") or {}
    required = chart.required(call.name)
    for use in binding.uses:
        if use.parameter not in call.arguments:
            continue
        value = call.arguments[use.parameter]
        schema = schemas.get(use.parameter, {})
        if use.parameter not in required and value != schema.get("default"):
            yield use.parameter, {name: given for name, given in call.arguments.items() if name != use.parameter}
        keys = _keys(chart, rows, call, use)
        for path, other in _others(use.parameter, value, schema, keys, use):
            yield path, {**call.arguments, use.parameter: other}


def _keys(chart: Chart, rows: Rows, call: ToolCall, use: Use) -> dict[str, list[Json]]:
    """Keys of the rows that the argument, or a property inside its lines, could name instead."""
    found = {}
    for inner in (use, *use.items):
        table = chart.carries(chart.bindings[call.name], inner)
        if table is not None:
            found[inner.parameter] = [row[chart.tables[table].primary_key] for row in rows.get(table, ())]
    return found


def _others(
    path: str, value: Json, schema: Schema, keys: dict[str, list[Json]], use: Use
) -> Iterator[tuple[str, Json]]:
    """Other values of one argument; in lists and objects one leaf changes at a time."""
    if isinstance(value, list):
        inner = schema.get("items") if isinstance(schema.get("items"), dict) else {}
        if value:
            yield path, value[:-1]
        for number, item in enumerate(value):
            for inner_path, other in _others(f"{path}.{number}", item, inner or {}, keys, use):
                yield inner_path, [*value[:number], other, *value[number + 1 :]]
    elif isinstance(value, dict):
        schemas = schema.get("properties") or {}
        for name, item in value.items():
            for inner_path, other in _others(f"{path}.{name}", item, schemas.get(name, {}), keys, use):
                yield inner_path, {**value, name: other}
    else:
        names = [part for part in path.split(".") if not part.isdigit()]
        for other in _scalars(value, schema, keys.get(names[-1], [])):
            yield path, other


def _scalars(value: Json, schema: Schema, keys: list[Json]) -> list[Json]:
    if keys:
        return [key for key in keys if key != value][:_OTHERS]
    enum = schema.get("enum")
    if isinstance(enum, list):
        return [other for other in enum if other != value][:_OTHERS]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [round(value + 1, 2)]
    return [f"{value}x"] if isinstance(value, str) else []
