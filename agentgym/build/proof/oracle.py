"""What a call must answer and change, worked out from its binding and the seed rows alone, never from its code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from agentgym.result import ToolResult
from agentgym.types import Binding, Guard, Json, Row, RowChange, Rows, Table, Use

Case: TypeAlias = tuple[str, bool, str]  # a law, whether it held, and what was found
Place: TypeAlias = tuple[str, str | int, str]  # table, key of the row, column


class Oracle:
    """Expectations about one tool. Amounts are reckoned as types.Guard and types.Effect say."""

    def __init__(self, binding: Binding, tables: Mapping[str, Table], seed: Rows) -> None:
        self.binding, self.tables, self.seed = binding, tables, seed
        self.keys = {name: table.primary_key for name, table in tables.items()}
        self._by_key: dict[str, dict[Json, Row]] = {}

    def judge(self, arguments: Mapping[str, Json], result: ToolResult, diff: Sequence[RowChange]) -> Iterator[Case]:
        """The laws this call is a case of. ``arguments`` include the defaults of those not given."""
        guard = self.forbidden(arguments)
        if guard is not None:
            what = f"{guard.table}.{guard.column} {guard.test} {guard.values or guard.amount}"
            yield "what a guard forbids is refused", result.error is not None, f"{what} does not hold"
        if result.error is not None:
            return
        yield from self._changes(arguments, diff) if self.binding.writes else self._answer(arguments, result)

    def _changes(self, arguments: Mapping[str, Json], diff: Sequence[RowChange]) -> Iterator[Case]:
        changed = {
            (change.table, change.key, column): value
            for change in diff
            if change.before is not None and change.after is not None
            for column, value in change.after.items()
        }
        stray = sorted(set(changed) - self.may_change(arguments), key=str)
        yield "a change touches only what it declares", not stray, f"changed {stray[:3]}"
        own = self.own(arguments)
        gone = [change.key for change in diff if change.after is None and change.table == self.binding.table]
        wrong = [key for key in gone if own is None or key != own[self.keys[self.binding.table]]]
        yield "a change touches only what it declares", not wrong, f"deleted {wrong[:3]}"
        for place, value in self.moves(arguments).items():
            table, key, column = place
            held = changed.get(place, (self.row(table, key) or {}).get(column))
            yield "amounts move as declared", _near(held, value), f"{table} {key!r}: {column} is {held}, not {value}"
        made = next(
            (change.after for change in diff if change.before is None and change.table == self.binding.table), None
        )
        for column, value in self.computed(arguments).items() if made else ():
            held = (made or {}).get(column)
            yield "what is computed is stored", _near(held, value), f"{column} is {held}, not {value}"

    def _answer(self, arguments: Mapping[str, Json], result: ToolResult) -> Iterator[Case]:
        found, content, binding = self.rows(arguments), result.content, self.binding
        if binding.envelope and isinstance(content, dict):
            content = content.get(binding.envelope)
        key = self.keys[binding.table]
        if binding.op == "count":
            yield "a count is right", content == len(found), f"it is {content}, not {len(found)}"
        elif binding.op == "list":
            held = content if isinstance(content, list) else []
            keyed = all(isinstance(row, dict) and key in row for row in held)
            shown = [row[key] for row in held] if keyed else len(held)
            wanted = [row[key] for row in found] if keyed else len(found)
            yield "a list holds all and only matching rows", shown == wanted, f"it holds {shown}, not {wanted}"
        else:
            row = found[0] if found else {}
            told = content if isinstance(content, dict) else dict.fromkeys(binding.fields, content)
            wrong = [column for column, value in told.items() if column in row and row[column] != value]
            yield "a read answers about the row it was asked for", bool(row) and not wrong, f"wrong: {wrong}"

    # -- rows a call names ---------------------------------------------------------------------------

    def own(self, arguments: Mapping[str, Json]) -> Row | None:
        """The seed row that the call's key names; of a write without a key, the first that its scope matches."""
        key = next((use for use in self.binding.uses if use.role == "key"), None)
        if key is not None:
            return self.row(key.table, arguments.get(key.parameter))
        if not self.binding.writes or self.binding.op == "create":
            return None
        uses = [use for use in self.binding.uses if use.role == "scope" and use.parameter in arguments]
        scope = {use.column: arguments[use.parameter] for use in uses}
        held = [row for row in self.seed[self.binding.table] if all(row.get(c) == v for c, v in scope.items())]
        return min(held, key=lambda row: row[self.keys[self.binding.table]], default=None)

    def row(self, table: str, key: Json) -> Row | None:
        """The seed row of ``table`` with this key."""
        if table not in self._by_key:
            column = self.keys[table]
            self._by_key[table] = {row[column]: row for row in self.seed.get(table, [])}
        return self._by_key[table].get(key) if isinstance(key, (str, int, float)) else None

    def _named(self, of: str, arguments: Mapping[str, Json]) -> Iterable[tuple[Row, Mapping[str, Json]]]:
        """The rows ``of`` names, each with what operands beside it read: a line, a child row, or nothing."""
        head, _, tail = of.partition(".")
        own = self.own(arguments)
        use = next((use for use in self.binding.uses if use.parameter == head), None)
        found: list[tuple[Row | None, Mapping[str, Json]]] = []
        if not of:
            found = [(own, {})]
        elif head == "own":
            found = [(self.row(self._target(self.binding.table, tail), own.get(tail)), {})] if own else []
        elif use is not None and use.role == "lines":
            item = next((item for item in use.items if item.parameter == tail), None)
            if item is None:  # the new child rows themselves
                return []
            found = [(self.row(item.table, line.get(tail)), line) for line in arguments.get(head) or []]
        elif use is not None:
            found = [(self.row(use.table, arguments.get(head)), {})]
        elif own:
            link = next(link for link in self.tables[head].foreign_keys if link.table == self.binding.table)
            children = [child for child in self.seed.get(head, []) if child[link.column] == own[link.key]]
            found = [(self.row(self._target(head, tail), child.get(tail)), child) for child in children]
        return [(row, beside) for row, beside in found if row is not None]

    def _target(self, table: str, column: str) -> str:
        return self.tables[table].refers(column) or table

    def amount(self, text: str, arguments: Mapping[str, Json], beside: Mapping[str, Json]) -> float | None:
        """The number an operand stands for; None where the rows do not tell."""
        total = 1.0
        for factor in text.split("*"):
            value = self._operand(factor, arguments, beside)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return None
            total *= value
        return total

    def _operand(self, text: str, arguments: Mapping[str, Json], beside: Mapping[str, Json]) -> Json:
        head, _, tail = text.rpartition(".")
        if not head:
            return arguments.get(text, 1)  # an optional quantity counts as one
        if head == "own":
            return (self.own(arguments) or {}).get(tail)
        use = next((use for use in self.binding.uses if use.parameter == head), None)
        if use is not None and use.role != "lines":
            return (self.row(use.table, arguments.get(head)) or {}).get(tail)
        return beside.get(tail)

    # -- writes --------------------------------------------------------------------------------------

    def forbidden(self, arguments: Mapping[str, Json]) -> Guard | None:
        """A guard of the tool that the seed rows break."""
        for guard in self.binding.guards:
            for row, beside in self._named(guard.of, arguments):
                held = row.get(guard.column)
                if guard.test in ("in", "not_in") and (held in guard.values) != (guard.test == "in"):
                    return guard
                needed = self.amount(guard.amount, arguments, beside) if guard.amount else 1
                if guard.test == "at_least" and needed is not None and held is not None and held < needed:
                    return guard
                if guard.test == "differs" and arguments.get(guard.of) == arguments.get(guard.amount):
                    return guard
        return None

    def permits(self, arguments: Mapping[str, Json]) -> bool:
        """Whether nothing forbids this call: its rows are there, its guards hold, it asks for something."""
        binding, own = self.binding, self.own(arguments)
        if self.forbidden(arguments) is not None or not self._references_hold(arguments):
            return False
        if binding.op in ("list", "count"):
            return True
        if binding.op == "get":
            return bool(self.rows(arguments))
        if binding.op == "create":
            key = self.keys[binding.table]
            named = [arguments.get(use.parameter) for use in binding.uses if use.role == "set" and use.column == key]
            lines = [use for use in binding.uses if use.role == "lines"]
            return not any(self.row(binding.table, value) for value in named) and all(
                arguments.get(use.parameter) for use in lines
            )
        scopes = [use for use in binding.uses if use.role == "scope" and arguments.get(use.parameter) is not None]
        if own is None or any(own.get(use.column) != arguments[use.parameter] for use in scopes):
            return False
        if binding.op == "delete":
            return not self._referred(own)
        return any(arguments.get(use.parameter) is not None for use in binding.uses if use.role in ("set", "reference"))

    def _references_hold(self, arguments: Mapping[str, Json]) -> bool:
        """Whether every row that an argument, or a line of one, names is there."""
        given = [(use, arguments.get(use.parameter)) for use in self.binding.uses if use.role == "reference"]
        for use in self.binding.uses:
            if use.role == "lines":
                for line in arguments.get(use.parameter) or []:
                    given += [(item, line.get(item.parameter)) for item in use.items if item.role == "reference"]
        return all(value is None or self.row(use.table, value) is not None for use, value in given)

    def _referred(self, own: Row) -> bool:
        """Whether any row names this one."""
        key = own[self.keys[self.binding.table]]
        links = [
            (name, link.column)
            for name, table in self.tables.items()
            for link in table.foreign_keys
            if link.table == self.binding.table
        ]
        return any(row.get(column) == key for name, column in links for row in self.seed.get(name, []))

    def moves(self, arguments: Mapping[str, Json]) -> dict[Place, float]:
        """What each counted column must hold after the call, rows that the call makes aside."""
        after: dict[Place, float] = {}
        for effect in self.binding.effects:
            if effect.op not in ("add", "subtract") or (not effect.of and self.binding.op == "create"):
                continue
            for row, beside in self._named(effect.of, arguments):
                by = self.amount(effect.amount, arguments, beside) if effect.amount else effect.value
                place = (effect.table, row[self.keys[effect.table]], effect.column)
                before = after.get(place, row[effect.column])
                if by is not None and before is not None:
                    after[place] = before + by if effect.op == "add" else before - by
        return after

    def computed(self, arguments: Mapping[str, Json]) -> dict[str, float]:
        """Columns of a new row that are multiplied out of its arguments and what they refer to."""
        set_by = [effect for effect in self.binding.effects if not effect.of and effect.op == "set" and effect.amount]
        values = {
            effect.column: self.amount(effect.amount, arguments, {}) for effect in set_by if effect.amount != "now"
        }
        return {column: value for column, value in values.items() if value is not None}

    def may_change(self, arguments: Mapping[str, Json]) -> set[Place]:
        """The columns of present rows that the call has a say in."""
        places = set(self.moves(arguments))
        for effect in self.binding.effects:
            places |= {
                (effect.table, row[self.keys[effect.table]], effect.column)
                for row, _ in self._named(effect.of, arguments)
            }
        own = self.own(arguments)
        if own is not None:
            stored = {use.into or use.column for use in self.binding.uses if use.role in ("set", "reference", "amount")}
            places |= {(self.binding.table, own[self.keys[self.binding.table]], column) for column in stored - {""}}
        return places

    # -- reads ---------------------------------------------------------------------------------------

    def rows(self, arguments: Mapping[str, Json]) -> list[Row]:
        """The rows a read must find, sorted by key and cut as it asks."""
        found = [row for row in self.seed[self.binding.table] if self._passes(row, arguments)]
        found.sort(key=lambda row: row[self.keys[self.binding.table]])
        for use in self.binding.uses:
            if use.role == "offset":
                found = found[arguments.get(use.parameter, 0) :]
        for use in self.binding.uses:
            if use.role == "limit" and use.parameter in arguments:
                found = found[: arguments[use.parameter]]
        return found

    def _passes(self, row: Row, arguments: Mapping[str, Json]) -> bool:
        return all(
            matches(use.test, row.get(use.into or use.column), arguments[use.parameter])
            for use in self.binding.uses
            if use.parameter in arguments and narrows(use)
        )


def _near(held: Json, wanted: float) -> bool:
    """Equal to the cent."""
    return isinstance(held, (int, float)) and abs(held - wanted) < 0.006


def narrows(use: Use) -> bool:
    """Whether a read's argument chooses among rows."""
    return use.role in ("key", "scope", "filter") or (use.role == "reference" and bool(use.into))


def matches(test: str, held: Json, wanted: Json) -> bool:
    """Whether a column's value passes a filter."""
    if held is None:
        return False
    if test == "contains":
        return str(wanted).lower() in str(held).lower()
    if test == "in":
        return held in wanted
    if test == "eq":
        return bool(held == wanted)
    return bool(held >= wanted) if test == "ge" else bool(held <= wanted)
