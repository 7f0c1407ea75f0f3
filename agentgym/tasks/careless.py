"""Agents that do not read their task. A sound verifier pays none of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from agentgym.tasks.walk import Chart
from agentgym.types import Json, Rows, Schema, Task, ToolCall, Use

Policy = Callable[[Chart, Rows, Task], list[ToolCall]]
_CALLS = 20


def read_everything(chart: Chart, rows: Rows, task: Task) -> list[ToolCall]:
    """Calls every reading tool, bare where it can be, else on the first rows there are."""
    calls = [
        call
        for tool, binding in chart.bindings.items()
        if not binding.writes
        for call in _variants(chart, rows, tool, 2)
    ]
    return calls[:_CALLS]


def at_random(chart: Chart, rows: Rows, task: Task) -> list[ToolCall]:
    """Calls any tools with plausible arguments."""
    rng = random.Random(f"careless {task.id} {task.seed}")
    tools = list(chart.bindings)
    calls = []
    for _ in range(_CALLS // 2):
        tool = rng.choice(tools)
        choices = list(_variants(chart, rows, tool, 12))
        calls += [rng.choice(choices)] if choices else []
    return calls


def error_spam(chart: Chart, rows: Rows, task: Task) -> list[ToolCall]:
    """Calls the right tools with arguments that make no sense."""
    return [
        ToolCall(name=call.name, arguments=arguments)
        for call in task.gold
        for arguments in ({}, dict.fromkeys(call.arguments, "?"), {**call.arguments, "unknown argument": 1})
    ]


def every_key(chart: Chart, rows: Rows, task: Task) -> list[ToolCall]:
    """Calls each writing tool of the gold calls on all rows it could be about."""
    calls = []
    for call in task.gold:
        binding = chart.bindings.get(call.name)
        uses = binding.uses if binding and binding.writes else ()
        use = next((use for use in uses if use.role == "key" and use.parameter in call.arguments), None)
        if binding and use is not None:
            keys = [row.get(use.column) for row in rows.get(binding.table, ())]
            calls += [ToolCall(name=call.name, arguments={**call.arguments, use.parameter: key}) for key in keys]
    return calls[:_CALLS]


POLICIES: dict[str, Policy] = {
    "read everything": read_everything,
    "random calls": at_random,
    "error spam": error_spam,
    "every key": every_key,
}


def _variants(chart: Chart, rows: Rows, tool: str, count: int) -> Iterator[ToolCall]:
    """Calls of ``tool`` with its required arguments: the n-th call takes the n-th row or value of each."""
    uses = {use.parameter: use for use in chart.bindings[tool].uses}
    schemas: Schema = chart.specs[tool].parameters.get("properties") or {}
    required = [name for name in uses if name in chart.required(tool)]
    for number in range(count if required else 1):
        yield ToolCall(
            name=tool,
            arguments={name: _guess(chart, rows, tool, uses[name], schemas.get(name, {}), number) for name in required},
        )


def _guess(chart: Chart, rows: Rows, tool: str, use: Use, schema: Schema, number: int) -> Json:
    """The ``number``-th value of the column the argument is compared with; failing that, one of its type."""
    if schema.get("enum"):
        return schema["enum"][number % len(schema["enum"])]
    if use.role == "lines":
        items = schema.get("items") or {}
        inner = items.get("properties") or {}
        return [
            {
                item.parameter: _guess(chart, rows, tool, item, inner.get(item.parameter, {}), number)
                for item in use.items
            }
        ]
    table = use.table or chart.bindings[tool].table
    present = [row[use.column] for row in rows.get(table, ()) if row.get(use.column) is not None]
    if present:
        return present[number % len(present)]
    return {"integer": 1 + number, "number": 1.0 + number, "boolean": True, "array": [], "object": {}}.get(
        str(schema.get("type")), "x"
    )
