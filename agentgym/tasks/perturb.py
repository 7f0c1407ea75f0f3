"""Near misses of a call: the same call with one argument changed as a careless agent would."""

from __future__ import annotations

from collections.abc import Iterator

from agentgym.tasks.walk import Chart
from agentgym.types import Json, Rows, Schema, ToolCall, Use

_OTHERS = 2  # other keys or enum values tried for one argument


def perturbations(chart: Chart, rows: Rows, call: ToolCall) -> Iterator[tuple[str, dict[str, Json]]]:
    """(argument path, changed arguments): another row's key, enum value, number, text, or the argument left out."""
    if call.name not in chart.bindings:
        return  # an authored tool: what its arguments do is not known
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
        present = _present(chart, rows, call, use)
        for path, other in _others(use.parameter, value, schema, present):
            yield path, {**call.arguments, use.parameter: other}


def _present(chart: Chart, rows: Rows, call: ToolCall, use: Use) -> dict[str, list[Json]]:
    """What the columns hold that the argument, or the properties inside its lines, are compared with or stored in."""
    binding = chart.bindings[call.name]
    present = {}
    for inner in (use, *use.items):
        named = chart.carries(binding, inner)
        table, column = (
            (named, chart.tables[named].primary_key) if named else (inner.table or binding.table, inner.column)
        )
        values = [row[column] for row in rows.get(table, ()) if row.get(column) is not None]
        present[inner.parameter] = [value for value in values if isinstance(value, (str, int))]
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
        names = [part for part in path.split("/") if not part.isdigit()]
        for other in _scalars(value, schema, present.get(names[-1], [])):
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
