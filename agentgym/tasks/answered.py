"""Whether a question of a read-only task is one that its words lead to: not answered yet, and by no other tool.

Such a task is judged by its calls. An agent that listens makes no call for what an earlier result has told it, and of
two tools that tell the same it may choose either; a task with such a call would punish it for that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agentgym.scalars import objects
from agentgym.tasks.chart import Chart
from agentgym.types import Binding, Json, Row, ToolCall

Made = tuple[ToolCall, Json]  # a call with its result
_PAGES = frozenset({"limit", "offset"})


def answered(chart: Chart, asked: Made, told: Collection[Json], earlier: Sequence[Made]) -> bool:
    """Whether the results of the ``earlier`` calls hold what the user wants of the call ``asked``.

    Of a single row these are the values ``told``, or all that its result shows; of a list or a count, its rows.
    """
    call, result = asked
    binding = chart.bindings[call.name]
    if binding.op == "get":
        row = _row(chart, binding, result)
        shown = known(chart, binding, row, earlier)
        return bool(shown) and (
            all(any(_same(value, item) for item in shown.values()) for value in told)
            if told
            else all(name in shown and _same(shown[name], value) for name, value in row.items())
        )
    wanted = _conditions(binding, call).items()
    lists = [(chart.bindings[made.name], made) for made, _ in earlier if made.name in chart.bindings]
    return any(
        other.op == "list" and other.table == binding.table and _conditions(other, made).items() <= wanted
        for other, made in lists
        if not any(use.role in _PAGES for use in other.uses if use.parameter in made.arguments)
    )


def known(chart: Chart, binding: Binding, row: Row, earlier: Sequence[Made]) -> Row:
    """What the results of ``earlier`` calls show of a row of the binding's table; {} where they do not show it."""
    key = chart.tables[binding.table].primary_key
    shown: Row = {}
    for call, result in earlier:
        source = chart.bindings.get(call.name)
        if source is None or binding.table not in (source.table, *source.children.values()):
            continue  # its rows may name the key as well, but they are others
        nested = {chart.tables[child].primary_key for child in source.children.values()} - {key}
        for other in objects(result):
            if key in row and key in other and _same(other[key], row[key]) and nested.isdisjoint(other):
                shown.update(other)
    return shown


def columns(chart: Chart, made: Made, values: Collection[Json]) -> tuple[str, ...]:
    """The columns of the row that a call shows which hold ``values``."""
    call, result = made
    row = _row(chart, chart.bindings[call.name], result)
    return tuple(name for name, item in row.items() if any(_same(value, item) for value in values))


def rival(chart: Chart, call: ToolCall, columns: Collection[str]) -> str:
    """Another tool that takes the same key and tells ``columns`` of the row; () for all of it; "" where none does."""
    binding = chart.bindings[call.name]
    if binding.op != "get":
        return ""
    wanted = set(columns) or set(chart.returned(binding))
    ways = _conditions(binding, call).keys()
    return next(
        (
            tool
            for tool, other in chart.bindings.items()
            if tool != call.name and other.op == "get" and other.table == binding.table
            if ways == {_way(use.column, use.test) for use in other.uses if use.parameter in chart.required(tool)}
            if wanted <= set(chart.returned(other))
        ),
        "",
    )


def _row(chart: Chart, binding: Binding, result: Json) -> Row:
    """The row that a result shows; {} where it shows none."""
    key = chart.tables[binding.table].primary_key
    return next((row for row in objects(result) if key in row), {})


def _conditions(binding: Binding, call: ToolCall) -> dict[str, str]:
    """What the arguments of a call say of the rows it reads, as text that can be compared."""
    return {
        _way(use.column, use.test): repr(call.arguments[use.parameter])
        for use in binding.uses
        if use.parameter in call.arguments and use.role not in _PAGES
    }


def _way(column: str, test: str) -> str:
    return f"{column} {test}"


def _same(one: Json, other: Json) -> bool:
    """Equal, and not because true counts as 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
