"""Whether a row that a call finds is of use to the calls that learn from it, before they are made."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym.tasks.chart import Chart, leaves
from agentgym.tasks.sampling.walk import Hop, Link
from agentgym.types import Guard, Json, Row, Rows, Use


def meets(guard: Guard, row: Row, own: Row | None = None) -> bool:
    """Whether ``row`` meets the guard, as far as can be told before the arguments are drawn.

    ``own`` is the tool's own row, where it is known.
    """
    value = row.get(guard.column)
    if guard.test == "in":
        return value in guard.values
    if guard.test == "not_in":
        return value not in guard.values
    if guard.test == "at_least" and isinstance(value, (int, float)):
        return value >= _least(guard, own)
    if guard.test == "differs" and guard.amount.startswith("own.") and own is not None:
        return bool(value != own.get(guard.amount.removeprefix("own.")))
    return True


def asks_how_much(guard: Guard) -> bool:
    """Whether it depends on an argument, and not on rows alone, if the guard is met."""
    return guard.test == "at_least" and any(factor and not factor.startswith("own.") for factor in _factors(guard))


def _least(guard: Guard, own: Row | None) -> float:
    """What a column must at least be, as far as rows tell it; 1 where they do not."""
    if own is None or asks_how_much(guard) or not guard.amount:
        return 1.0
    needed = 1.0
    for factor in _factors(guard):
        value = own.get(factor.removeprefix("own."))
        needed *= value if isinstance(value, (int, float)) else 1.0
    return needed


def _factors(guard: Guard) -> list[str]:
    return guard.amount.split("*")


def referenced(chart: Chart, rows: Rows, table: str, key: Json) -> bool:
    """Whether another row references this one, which a tool may then refuse to delete."""
    return any(
        row.get(link.column) == key
        for other in chart.tables.values()
        for link in other.foreign_keys
        if link.table == table
        for row in rows.get(other.name, ())
    )


class Foresight:
    """Looks ahead along the links of ``hops``: who resumes a suspended line looks for a suspended one."""

    def __init__(self, chart: Chart, hops: Sequence[Hop]) -> None:
        self._chart, self._hops = chart, hops
        self._uses = [dict(leaves(chart.bindings[hop.tool].uses)) for hop in hops]
        self._after: list[list[tuple[int, Link]]] = [[] for _ in hops]
        for number, hop in enumerate(hops):
            for link in hop.links:
                self._after[link.hop].append((number, link))

    def useful(self, number: int, rows: Rows, row: Row) -> bool:
        """Whether each call that learns from hop ``number`` could go on with ``row`` as what the hop has found."""
        return all(self._goes_on(later, link, row, rows) for later, link in self._after[number])

    def _goes_on(self, later: int, link: Link, row: Row, rows: Rows) -> bool:
        value = row.get(link.output)
        use = self._uses[later].get(link.parameter)
        if value is None or use is None:
            return link.output not in row  # a nested row's key is not looked at
        binding = self._chart.bindings[self._hops[later].tool]
        if use.role == "key" or (binding.op == "get" and use.role in ("scope", "filter")):
            target = self._row(binding.table, use.column, value, rows)
            return target is not None and self._own(later, target, rows)
        if binding.op in ("list", "count") and use.role != "amount":
            return any(
                found.get(self._column(use)) == value and self.useful(later, rows, found)
                for found in rows.get(binding.table, ())
            )
        return self._named(later, link.parameter, use, value, rows)

    def _own(self, number: int, row: Row, rows: Rows) -> bool:
        """Whether ``row`` may be the one that hop ``number`` is about, and then serves those after it."""
        binding = self._chart.bindings[self._hops[number].tool]
        key = row[self._chart.tables[binding.table].primary_key]
        if binding.op == "delete" and referenced(self._chart, rows, binding.table, key):
            return False
        for guard in binding.guards:
            other: Row | None = row if guard.of == "" else None
            if guard.of.startswith("own."):
                key = row.get(guard.of.removeprefix("own."))
                other = self._row(guard.table, self._chart.tables[guard.table].primary_key, key, rows)
            if other is not None and not meets(guard, other, row):
                return False
        return self.useful(number, rows, row)

    def _named(self, number: int, path: str, use: Use, value: Json, rows: Rows) -> bool:
        """Whether the row that an argument names meets what the tool insists on for it."""
        binding = self._chart.bindings[self._hops[number].tool]
        table = self._chart.carries(binding, use)
        guards = [guard for guard in binding.guards if guard.of == path.replace("/", ".")]
        if table is None or not guards:
            return True
        row = self._row(table, self._chart.tables[table].primary_key, value, rows)
        return row is not None and all(meets(guard, row) for guard in guards)

    def _row(self, table: str, column: str, value: Json, rows: Rows) -> Row | None:
        return next((row for row in rows.get(table, ()) if row.get(column) == value), None)

    def _column(self, use: Use) -> str:
        return use.into if use.role == "reference" and use.into else use.column
