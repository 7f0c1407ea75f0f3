"""Which columns always hold a value, and what every new row must start with.

A vendor's schema rarely says. Here it follows from the tools: a column that every creation fills, or that
arithmetic reads, holds a value; one that only a later change fills (``cancel_reason``) starts empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentgym.build.semantics.shapes import properties, required
from agentgym.types import Binding, Column, Effect, Table, ToolSpec, Use


def settle(
    tables: Sequence[Table], bindings: Sequence[Binding], tools: Sequence[ToolSpec]
) -> tuple[tuple[Table, ...], tuple[Binding, ...]]:
    """Tables with each column's nullability, and bindings whose creations start every counted column at zero."""
    by_name = {table.name: table for table in tables}
    counted = {place for binding in bindings for place in _counted(binding, by_name)}
    started = tuple(_start(binding, counted) for binding in bindings)
    given = {spec.name: _always_given(spec) for spec in tools}
    filled = {
        table.name: [
            _filled(binding, given[binding.tool], table.name) for binding in started if _creates(binding, table.name)
        ]
        for table in tables
    }
    later = {(binding.table, column) for binding in started if binding.op == "transition" for column in _sets(binding)}
    return tuple(_settled(table, filled[table.name], later, counted) for table in tables), started


def _settled(table: Table, filled: list[set[str]], later: set[tuple[str, str]], counted: set[tuple[str, str]]) -> Table:
    columns = []
    for column in table.columns:
        place = (table.name, column.name)
        if column.name == table.primary_key:
            nullable = False
        elif filled:
            nullable = place not in counted and not all(column.name in one for one in filled)
        else:
            nullable = (place not in counted and place in later) or _said_to_be_empty(column)
        columns.append(column.model_copy(update={"nullable": nullable}))
    return table.model_copy(update={"columns": tuple(columns)})


def _said_to_be_empty(column: Column) -> bool:
    """Whether the vendor says that a column need not hold a value."""
    return any(word in column.doc.lower() for word in ("if any", "optional", "null", "only when ", "empty ", "once "))


def _creates(binding: Binding, table: str) -> bool:
    return binding.op == "create" and (
        binding.table == table or any(use.role == "lines" and use.table == table for use in binding.uses)
    )


def _filled(binding: Binding, given: set[str], table: str) -> set[str]:
    """The columns of ``table`` that a creation fills every time."""
    if binding.table == table:
        by_use = {
            use.into or use.column
            for use in binding.uses
            if use.role in ("set", "reference") and use.parameter in given
        }
        return by_use | {effect.column for effect in binding.effects if not effect.of}
    lines = next(use for use in binding.uses if use.role == "lines" and use.table == table)
    by_item = {item.into or item.column for item in lines.items}
    return (
        by_item
        | {effect.column for effect in binding.effects if effect.of == lines.parameter}
        | {f"{binding.table}_id"}
    )


def _sets(binding: Binding) -> Iterable[str]:
    yield from (use.into or use.column for use in binding.uses if use.role in ("set", "reference"))
    yield from (effect.column for effect in binding.effects if not effect.of and effect.amount == "now")


def _always_given(spec: ToolSpec) -> set[str]:
    """The arguments a tool always gets: those it requires, and those with a default."""
    defaults = {name for name, schema in properties(spec.parameters).items() if schema.get("default") is not None}
    return defaults | set(required(spec.parameters))


def _counted(binding: Binding, tables: dict[str, Table]) -> Iterable[tuple[str, str]]:
    """Columns that arithmetic or a comparison reads."""
    for guard in binding.guards:
        if guard.test != "differs":
            yield guard.table, guard.column
        yield from _operands(guard.amount, binding, tables)
    for effect in binding.effects:
        if effect.op in ("add", "subtract"):
            yield effect.table, effect.column
        yield from _operands(effect.amount, binding, tables)


def _operands(amount: str, binding: Binding, tables: dict[str, Table]) -> Iterable[tuple[str, str]]:
    for factor in amount.split("*"):
        of, _, column = factor.rpartition(".")
        if of == "own":
            yield binding.table, column
        elif of in tables:
            yield of, column
        elif of:
            use = _use(binding.uses, of)
            if use is not None:
                yield use.table, column


def _use(uses: Iterable[Use], of: str) -> Use | None:
    head, _, tail = of.partition(".")
    for use in uses:
        if use.parameter == of:
            return use
        if use.parameter == head:
            return next((item for item in use.items if item.parameter == tail), None)
    return None


def _start(binding: Binding, counted: set[tuple[str, str]]) -> Binding:
    """A creation starts the counted columns nobody gives at zero."""
    if binding.op != "create":
        return binding
    set_here = {use.into or use.column for use in binding.uses} | {
        effect.column for effect in binding.effects if not effect.of
    }
    untouched = {*set_here, "status", "state"}
    zeros = [
        Effect(of="", table=table, column=column, op="set", value=0)
        for table, column in sorted(counted)
        if table == binding.table and column not in untouched
    ]
    return binding.model_copy(update={"effects": (*binding.effects, *zeros)})
