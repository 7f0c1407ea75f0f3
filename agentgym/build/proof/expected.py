"""What stands in the rows and in the answer after a call that succeeded: all of it, not only what was declared.

The oracle knows which rows a call names and what amounts it moves; this module adds the whole of a new row, of its
lines, of a row that was changed, and of what the call tells about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agentgym.build.proof.oracle import Case, Oracle
from agentgym.result import ToolResult
from agentgym.types import Effect, Json, Row, RowChange, Rows, Use

CLOCK = "clock"  # the world's own table; its one row tells the time


class Expected:
    """Whole rows and whole answers of one tool."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle, self.binding = oracle, oracle.binding
        self.table = oracle.tables[self.binding.table]
        self.key = self.table.primary_key
        clock = oracle.seed.get(CLOCK) or [{}]
        self.now: Json = clock[0].get("now")

    def judge(self, arguments: Mapping[str, Json], result: ToolResult, diff: Sequence[RowChange]) -> Iterator[Case]:
        """The laws this call is a case of. ``arguments`` include the defaults of those not given."""
        if result.error is not None:
            return
        binding = self.binding
        own = self.oracle.own(arguments)
        if binding.op == "create":
            made = [change.after for change in diff if change.table == binding.table and change.before is None]
            own = made[0] if made else None
            yield from self._created(arguments, own or {}, diff)
        elif binding.writes and own is not None:
            change = next((c for c in diff if c.table == binding.table and c.key == own[self.key]), None)
            if binding.op != "delete":
                own = {**own, **((change.after if change is not None else None) or {})}
                yield from self._changed(arguments, own)
            else:
                yield "a deletion leaves no reference behind", *self._left_behind(own, diff)
        if binding.op in ("list", "count"):
            yield from self._told_rows(arguments, result)
        elif own is not None:
            rows = self._after(diff) if binding.children else {}  # of which only the child rows are looked at
            wanted, held = self.shown(own, rows), self.bare(result.content)
            yield "an answer shows the row as it is", held == wanted, _differing(held, wanted)
        elif binding.op == "get":
            found = self.oracle.rows(arguments)
            if found:
                wanted, held = self.shown(found[0], self.oracle.seed), self.bare(result.content)
                yield "an answer shows the row as it is", held == wanted, _differing(held, wanted)

    # -- answers ---------------------------------------------------------------------------------------

    def shown(self, row: Row, rows: Rows) -> Json:
        """A row as the tool's result tells it."""
        binding = self.binding
        if binding.returns == "value":
            return row.get(binding.fields[0])
        told = {name: row.get(name) for name in binding.fields} if binding.fields else dict(row)
        if binding.op == "delete" and not binding.fields:
            return told
        return told | {name: self._children(child, row, rows) for name, child in binding.children.items()}

    def bare(self, content: Json) -> Json:
        """A result without its envelope."""
        if self.binding.envelope:
            return content.get(self.binding.envelope) if isinstance(content, dict) else None
        return content

    def _children(self, child: str, row: Row, rows: Rows) -> list[Row]:
        table = self.oracle.tables[child]
        link = next(link.column for link in table.foreign_keys if link.table == self.binding.table)
        found = [inner for inner in rows.get(child, []) if inner[link] == row[self.key]]
        return sorted(found, key=lambda inner: inner[table.primary_key])

    def _told_rows(self, arguments: Mapping[str, Json], result: ToolResult) -> Iterator[Case]:
        if self.binding.op == "list":
            wanted = [self.shown(row, self.oracle.seed) for row in self.oracle.rows(arguments)]
            held = self.bare(result.content)
            yield "a list shows its rows as they are", held == wanted, _differing(held, wanted)

    def _after(self, diff: Sequence[RowChange]) -> Rows:
        """All rows after the call."""
        rows = {name: list(held) for name, held in self.oracle.seed.items()}
        for change in diff:
            key = self.oracle.keys[change.table]
            old = next((row for row in rows[change.table] if row[key] == change.key), {})
            rows[change.table] = [row for row in rows[change.table] if row[key] != change.key]
            if change.after is not None:
                rows[change.table].append({**old, **change.after})
        return rows

    # -- rows ------------------------------------------------------------------------------------------

    def _created(self, arguments: Mapping[str, Json], made: Row, diff: Sequence[RowChange]) -> Iterator[Case]:
        """The new row holds what it was given, what its effects say, and nothing else; so does each of its lines."""
        values = self._given(self.binding.uses, arguments)
        sums: dict[str, float] = {}
        for effect in self.binding.effects:
            if not effect.of and effect.op == "set":
                values[effect.column] = self._set_to(effect, arguments, {})
            elif not effect.of and effect.op == "add":
                sums[effect.column] = self._sum(effect, arguments)
        named = values.get(self.key) is not None
        wrong = [
            column.name
            for column in self.table.columns
            if (named or column.name != self.key)
            and column.name not in sums
            and not _same(made.get(column.name), values.get(column.name))
        ]
        wrong += [column for column, total in sums.items() if not _same(made.get(column), total)]
        yield "a creation stores what it is given and no more", not wrong, f"wrong in the new row: {wrong}"
        for use in self.binding.uses:
            if use.role == "lines":
                yield "a creation stores its lines", *self._lines(use, arguments, made, diff)

    def _lines(
        self, lines: Use, arguments: Mapping[str, Json], made: Row, diff: Sequence[RowChange]
    ) -> tuple[bool, str]:
        """Whether there is a child row for each line, in their order, with what the line says."""
        given: list[Mapping[str, Json]] = arguments.get(lines.parameter) or []
        table = self.oracle.tables[lines.table]
        link = next(link.column for link in table.foreign_keys if link.table == self.binding.table)
        rows = [change.after for change in diff if change.table == lines.table and change.before is None]
        if len(rows) != len(given):
            return False, f"{len(given)} lines made {len(rows)} rows"
        for line in given:
            values = self._given(lines.items, line) | {link: made.get(self.key)}
            for effect in self.binding.effects:
                if effect.of == lines.parameter:
                    values[effect.column] = self._set_to(effect, arguments, line)
            if not any(all(_same((row or {}).get(name), value) for name, value in values.items()) for row in rows):
                return False, f"no row of {lines.table} holds {values}"
        return True, ""

    def _changed(self, arguments: Mapping[str, Json], held: Row) -> Iterator[Case]:
        """What lists hold and what the world's time was written into."""
        before = self.oracle.own(arguments) or {}
        for effect in self.binding.effects:
            if effect.of or effect.op in ("add", "subtract"):
                continue
            given = self._set_to(effect, arguments, {})
            entries = before.get(effect.column) or []
            if effect.op == "append":
                wanted: Json = [*entries, given]
            elif effect.op == "remove":
                wanted = [entry for entry in entries if entry != given]
            else:
                wanted = given
            right = _same(held.get(effect.column), wanted)
            yield "effects are as declared", right, f"{effect.column} is {held.get(effect.column)!r}, not {wanted!r}"

    def _given(self, uses: Sequence[Use], arguments: Mapping[str, Json]) -> dict[str, Json]:
        """What arguments store, by column."""
        return {
            use.into or use.column: arguments.get(use.parameter)
            for use in uses
            if (use.role == "set" and (use.into or use.column)) or (use.role == "reference" and use.into)
        }

    def _set_to(self, effect: Effect, arguments: Mapping[str, Json], line: Mapping[str, Json]) -> Json:
        if effect.amount == "now":
            return self.now
        if not effect.amount:
            return effect.value
        if effect.amount in arguments:
            return arguments[effect.amount]
        return self._product(effect.amount, arguments, line)

    def _sum(self, effect: Effect, arguments: Mapping[str, Json]) -> float:
        """The total over the lines that an effect sums up."""
        lines = next((use for use in self.binding.uses if use.role == "lines"), None)
        given = arguments.get(lines.parameter) or [] if lines is not None else [{}]
        return sum(self._product(effect.amount, arguments, line) or 0.0 for line in given)

    def _product(self, text: str, arguments: Mapping[str, Json], line: Mapping[str, Json]) -> float | None:
        """``items.product_id.price*items.quantity`` for one line."""
        total = 1.0
        lines = next((use for use in self.binding.uses if use.role == "lines"), None)
        for factor in text.split("*"):
            parts = factor.split(".")
            value: Json = None
            if lines is not None and parts[0] == lines.parameter and len(parts) == 3:
                item = next((item for item in lines.items if item.parameter == parts[1]), None)
                row = self.oracle.row(item.table, line.get(parts[1])) if item is not None else None
                value = (row or {}).get(parts[2])
            else:
                value = self.oracle.amount(factor, arguments, line)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return None
            total *= value
        return total

    def _left_behind(self, own: Row, diff: Sequence[RowChange]) -> tuple[bool, str]:
        """Whether no row names the one that is gone."""
        if not any(change.after is None and change.table == self.binding.table for change in diff):
            return True, ""
        rows = self._after(diff)
        for name, table in self.oracle.tables.items():
            for link in table.foreign_keys:
                if link.table == self.binding.table:
                    left = [row for row in rows.get(name, []) if row.get(link.column) == own.get(link.key)]
                    if left:
                        return False, f"{len(left)} rows of {name} still name {own.get(link.key)!r}"
        return True, ""


def _same(held: Json, wanted: Json) -> bool:
    """Equal, amounts to the cent."""
    if isinstance(held, float) and isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        return abs(held - wanted) < 0.011
    return bool(held == wanted)


def _differing(held: Json, wanted: Json) -> str:
    """Where an answer differs from the one expected, in short."""
    if isinstance(held, dict) and isinstance(wanted, dict):
        names = sorted({name for name in {*held, *wanted} if held.get(name, _NONE) != wanted.get(name, _NONE)})
        return f"differs in {names[:5]}"
    if isinstance(held, list) and isinstance(wanted, list):
        return f"{len(held)} rows, {len(wanted)} expected, or other contents"
    return f"{str(held)[:80]} instead of {str(wanted)[:80]}"


_NONE = object()
