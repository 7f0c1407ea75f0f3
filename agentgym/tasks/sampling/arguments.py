"""The arguments of one call: which optional ones to give, the rows they name, the values they carry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from agentgym.tasks.chart import PLACE, technical, unnumbered
from agentgym.tasks.sampling.coherence import coherent
from agentgym.tasks.sampling.foresight import asks_how_much, meets, referenced
from agentgym.tasks.sampling.scene import Scene
from agentgym.tasks.sampling.values import round_bound
from agentgym.tasks.sampling.walk import Hop
from agentgym.tasks.steps import Pick
from agentgym.types import Guard, Json, Row, Schema, Use
from agentgym.world.naming import snake

_ROWS = ("key", "scope", "reference", "filter")  # roles whose rows are chosen before anything else is drawn
_CHANGES = ("set", "reference", "lines", "amount")  # roles that give an update something to do
_OPTIONAL = 0.4
_EXTRAS = 3  # optional arguments that one writing call is given
_KEPT = ("created_at", "updated_at", "create_time", "update_time", "date_created", "date_updated", "etag", "kind")


class Arguments:
    """One draw of one call's arguments. ``fill`` returns False where the state offers no row or value for it.

    ``useful`` tells rows that later calls can go on with. ``breaking`` is the one guard of the tool that the call is to
    run into; ``about``, the row it is to be about.
    """

    def __init__(
        self,
        scene: Scene,
        hop: Hop,
        shunned: Collection[tuple[str, str]] = (),
        *,
        useful: Callable[[Row], bool] = lambda row: True,
        breaking: Guard | None = None,
        about: Pick | None = None,
    ) -> None:
        chart = scene.chart
        self.values: dict[str, Json] = {}
        self.picks: dict[str, Pick] = {}
        self._scene, self._hop, self._rng, self._chart = scene, hop, scene.rng, chart
        self._binding = chart.bindings[hop.tool]
        self._schemas: dict[str, Schema] = chart.specs[hop.tool].parameters.get("properties") or {}
        self._required = chart.required(hop.tool)
        self._uses = [
            use
            for use in self._binding.uses
            if use.parameter in self._required or (hop.tool, use.parameter) not in shunned
        ]
        self._linked = {link.parameter.split("/")[0] for link in hop.links}
        self._useful, self._breaking, self._about = useful, breaking, about
        self._own: Row | None = None
        self._high: dict[str, float] = {}  # argument -> the most that a guard lets through
        self._low: dict[str, float] = {}  # argument -> the least that the guard to run into does not let through
        self._place: dict[str, Json] = {}  # argument -> its part of the place drawn for the whole call

    @property
    def about(self) -> Pick | None:
        """The row that a look-up finds, whatever it is found by."""
        if self._own is None or self._binding.op != "get":
            return None
        table = self._chart.tables[self._binding.table]
        return Pick(table.name, self._own[table.primary_key])

    def fill(self) -> bool:
        if self._binding.op != "create":
            self._own = self._own_row()
            if self._own is None:
                return False
            self._bound("", self._own)
        chosen = sorted(self._chosen(), key=lambda use: use.role not in _ROWS)
        for use in chosen:
            value = self._places(use, chosen)
            if value is None:
                value = self._value(use, use.parameter, self._schemas.get(use.parameter, {}))
            if value is not None:
                self.values[use.parameter] = value
            elif use.parameter in self._required or use.role in _ROWS[:3]:
                return False
        self.values = {use.parameter: self.values[use.parameter] for use in self._uses if use.parameter in self.values}
        self._drop_unchanged()
        given = {use.role for use in chosen if use.parameter in self.values}
        return self._binding.op != "update" or not given.isdisjoint(_CHANGES)

    def _drop_unchanged(self) -> None:
        """An optional value that is there already asks for nothing."""
        for use in self._uses:
            same = self._own is not None and self.values.get(use.parameter) == self._own.get(use.column)
            if same and use.role == "set" and use.parameter not in self._required:
                self.values.pop(use.parameter, None)

    # -- which arguments ------------------------------------------------------------------------

    def _chosen(self) -> list[Use]:
        """The uses to fill: what is required or linked, and a few of the others."""
        needed = self._required | self._linked
        sure = [use for use in self._uses if use.parameter in needed or use.role in _ROWS[:3]]
        rest = [use for use in self._uses if use not in sure]
        if not self._binding.writes:
            return sure + self._filters(rest, bool(sure))
        rest = [use for use in rest if not self._unasked(use)] or rest
        extra = [use for use in rest if self._rng.random() < _OPTIONAL]
        extra = self._rng.sample(extra, min(len(extra), _EXTRAS))
        if self._binding.op == "update" and not any(use.role in _CHANGES for use in (*sure, *extra)):
            changes = [use for use in rest if use.role in _CHANGES]
            extra += [self._rng.choice(changes)] if changes else []
        if any(use.column in PLACE for use in extra):  # nobody moves house by changing only the city
            extra += [use for use in rest if use.column in PLACE and use not in extra]
        return sure + extra

    def _unasked(self, use: Use) -> bool:
        """What no user gives of their own accord: nested documents, and what a server keeps for itself."""
        kind = self._schemas.get(use.parameter, {}).get("type")
        return kind == "object" or technical(use.parameter) or (use.role == "set" and snake(use.column) in _KEPT)

    def _filters(self, rest: Sequence[Use], narrowed: bool) -> list[Use]:
        """Optional filters of a read: one or two where it is what the user asks for, as few as do the job otherwise."""
        filters = [use for use in rest if use.role in ("filter", "reference") and not technical(use.parameter)]
        if not self._hop.goal:
            named = [use for use in filters if use.test in ("eq", "contains")]
            return [] if narrowed or not named else [self._rng.choice(named)]
        count = self._rng.choices((0, 1, 2), (3, 4, 1) if narrowed else (1, 5, 3))[0]
        extra = list({use.column: use for use in self._rng.sample(filters, min(count, len(filters)))}.values())
        if self._rng.random() < 0.12:
            extra += [use for use in rest if use.role == "limit"][:1]
        return extra

    # -- which rows -----------------------------------------------------------------------------

    def _own_row(self) -> Row | None:
        """The row the tool is about; for a list, one that its filters must let through."""
        rows = list(self._scene.rows.get(self._binding.table, ()))
        for use in self._uses:
            column = use.into if use.role == "reference" and not self._binding.writes else use.column
            step, offered = self._scene.linked(self._hop, use.parameter)
            own = use.role in ("key", "scope", "filter") or (use.role == "reference" and not self._binding.writes)
            if step is not None and own:
                rows = [row for row in rows if row.get(column) in offered]
            elif use.role == "scope" or (use.parameter in self._required and use.role == "filter"):
                rows = [row for row in rows if row.get(column) is not None]
        if self._about is not None:
            primary = self._chart.tables[self._binding.table].primary_key
            rows = [row for row in rows if row[primary] == self._about.key]
        rows = [
            row for row in rows if all(self._passes(guard, row) for guard in self._binding.guards if guard.of == "")
        ]
        rows = [row for row in rows if self._own_references_pass(row)]
        rows = [row for row in rows if not self._binding.writes or coherent(self._scene, self._binding, row)]
        if self._binding.op == "delete":
            rows = [row for row in rows if not self._is_referenced(row)] or rows
        rows = [row for row in rows if self._useful(row)] or rows
        return self._scene.choose(self._binding.table, rows) if rows else None

    def _is_referenced(self, row: Row) -> bool:
        table = self._chart.tables[self._binding.table]
        return referenced(self._chart, self._scene.rows, table.name, row[table.primary_key])

    def _own_references_pass(self, row: Row) -> bool:
        for guard in self._binding.guards:
            if guard.of.startswith("own."):
                other = self._scene.row(guard.table, row.get(guard.of.removeprefix("own.")))
                if other is None or not self._passes(guard, other, row):
                    return False
        return True

    def _passes(self, guard: Guard, row: Row, own: Row | None = None) -> bool:
        """Whether ``row`` meets the guard, as far as can be told before the arguments are drawn.

        For the guard to run into, whether it does not. ``own`` is the tool's own row, where that is not chosen yet.
        """
        met = meets(guard, row, self._own if own is None else own)
        if guard is not self._breaking:
            return met
        return not met or asks_how_much(guard)

    def _bound(self, of: str, row: Row) -> None:
        """Let what a chosen row has left limit the amounts still to be drawn, or be exceeded by them."""
        for guard in self._binding.guards:
            left = row.get(guard.column)
            if guard.of == of and guard.test == "at_least" and isinstance(left, (int, float)):
                for factor in guard.amount.split("*"):
                    name = factor.split(".")[-1]
                    if guard is self._breaking:
                        self._low[name] = max(self._low.get(name, left + 1), left + 1)
                    else:
                        self._high[name] = min(self._high.get(name, left), left)

    def _reference(self, path: str, table: str, avoid: Json) -> Json:
        """The key of a row of ``table``: from an earlier result where the argument is linked to one."""
        primary = self._chart.tables[table].primary_key
        step, offered = self._scene.linked(self._hop, unnumbered(path))
        rows = [row for row in self._scene.rows.get(table, ()) if step is None or row[primary] in offered]
        taken = [avoid, *(pick.key for pick in self.picks.values() if pick.table == table)]
        rows = [row for row in rows if row[primary] not in taken]
        guards = [guard for guard in self._binding.guards if guard.of == unnumbered(path).replace("/", ".")]
        rows = [row for row in rows if all(self._passes(guard, row) for guard in guards)]
        if not rows:
            return None
        row = self._scene.choose(table, rows, list(self.picks.values()))
        self._bound(unnumbered(path).replace("/", "."), row)
        self.picks[path] = Pick(table, row[primary], step)
        return row[primary]

    # -- which values ---------------------------------------------------------------------------

    def _value(self, use: Use, path: str, schema: Schema) -> Json:
        if use.role == "lines":
            return self._lines(use, path, schema)
        if use.role == "limit":
            return self._rng.randint(2, 5)
        if use.role == "offset":
            return self._rng.randint(1, 2)
        table = self._chart.carries(self._binding, use)
        column = use.into if use.role == "reference" else use.column
        if self._own is not None and (use.role in ("key", "scope", "filter") or not self._binding.writes):
            return self._from_own(use, path, column, table, schema)
        current = self._own.get(column) if self._own is not None else None
        if table:
            return self._reference(path, table, current)
        return self._new(use, path, schema, current)

    def _from_own(self, use: Use, path: str, column: str, table: str | None, schema: Schema) -> Json:
        """What an argument must be for the tool to reach the row it is about."""
        value = (self._own or {}).get(column)
        if table and value is not None and use.test == "eq":
            step, offered = self._scene.linked(self._hop, path)
            self.picks[path] = Pick(table, value, step if value in offered else None)
            return value
        if use.test == "contains":
            return self._part(value)
        if use.test == "in":
            return [value] if value is not None else None
        if use.test in ("ge", "le") and isinstance(value, (int, float)):
            return round_bound(value, use.test, schema)
        return value

    def _part(self, value: Json) -> Json:
        """Something to search for that finds ``value``: a telling word, or all of it where one row is wanted."""
        if isinstance(value, list):
            return self._rng.choice(value) if value else None
        if not isinstance(value, str) or not self._hop.goal:
            return value
        telling = [word for word in value.split() if len(word) > 3 and word.isalnum()]
        return self._rng.choice(telling or [value])

    def _new(self, use: Use, path: str, schema: Schema, current: Json) -> Json:
        name = unnumbered(path).split("/")[-1]
        table = self._chart.tables[use.table or self._binding.table]
        column = table.column(use.column)
        if column is not None and column.name == table.primary_key:
            return self._scene.values.key(table.name, column)
        if use.role == "amount" and column is not None and column.type == "json":
            removes = any(effect.op == "remove" for effect in self._binding.effects)
            return self._scene.values.element(table.name, column, current if isinstance(current, list) else [], removes)
        low, high = self._low.get(name), self._high.get(name)
        return self._scene.values.draw(name, schema, column, table.name, avoid=current, low=low, high=high)

    def _places(self, use: Use, chosen: Iterable[Use]) -> Json:
        """Place columns are drawn together, so that the city lies in its country."""
        if use.role != "set" or use.column not in PLACE:
            return None
        group = [other for other in chosen if other.role == "set" and other.column in PLACE]
        if group[0] is use:
            drawn = self._scene.values.place([other.column for other in group], self._own or {})
            self._place.update({other.parameter: drawn[other.column] for other in group if other.column in drawn})
        return self._place.get(use.parameter)

    def _lines(self, use: Use, path: str, schema: Schema) -> Json:
        """A list of one to three objects, each naming different rows."""
        inner = schema.get("items") or {}
        schemas = inner.get("properties") or {}
        required = inner.get("required") or ()
        lines: list[Json] = []
        for number in range(self._rng.choices((1, 2, 3), (5, 3, 1))[0]):
            line: dict[str, Json] = {}
            for item in use.items:
                if item.parameter not in required and item.role != "reference" and self._rng.random() >= _OPTIONAL:
                    continue
                value = self._value(item, f"{path}/{number}/{item.parameter}", schemas.get(item.parameter, {}))
                if value is not None:
                    line[item.parameter] = value
                elif item.parameter in required:
                    return lines or None
            lines.append(line)
        return lines
