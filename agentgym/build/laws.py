"""The laws a tool must keep on its domain's own rows.

A read changes nothing; a write changes something, and only its tables; what a call sets is stored; what was
created can be got and listed, what was changed shows, what was deleted is gone; a filter lets only matching rows
through; a refusal leaves no trace; the same call gives the same result; the signature is the spec.
"""

from __future__ import annotations

import inspect
import typing
from collections import Counter
from collections.abc import Iterator
from random import Random

from agentgym.build.calls import Caller
from agentgym.build.oracle import Oracle
from agentgym.build.shapes import properties, required
from agentgym.files import canonical
from agentgym.result import ToolResult
from agentgym.types import Binding, Json, Row, RowChange, Rows
from agentgym.world.load import LoadedDomain, Tool
from agentgym.world.world import World

TRIES = 24  # calls drawn for each tool


class BrokenLawError(Exception):
    """A law does not hold; args are (law, detail)."""


class Prover:
    """The laws, for one loaded domain."""

    def __init__(self, loaded: LoadedDomain, world: World, laws: Counter[str]) -> None:
        self.loaded, self.world, self.laws = loaded, world, laws
        self.tables = {table.name: table for table in loaded.domain.tables}
        world.reset()
        self.seed: Rows = world.rows()
        self.getters = {
            binding.table: binding for binding in loaded.domain.bindings if binding.op == "get" and _only_key(binding)
        }
        self.listers = [binding for binding in loaded.domain.bindings if binding.op == "list"]

    def tool(self, binding: Binding, chance: Random) -> None:
        """Every law for one tool; raises BrokenLawError at the first that does not hold."""
        tool = self.loaded.tools[binding.tool]
        self._signature(tool)
        caller = Caller(tool.spec, binding, self.tables)
        oracle = Oracle(binding, self.tables, self.seed)
        errors: list[str] = []
        succeeded = changed = 0
        for attempt in range(TRIES):
            arguments = caller.draw(self.seed, chance, willing=attempt % 4 != 3, full=attempt % 3 == 0)
            result, diff = self._once(binding, arguments, twice=attempt % 4 == 0)
            for law, holds, detail in oracle.judge({**caller.defaults, **arguments}, result, diff):
                self._law(law, holds, f"{canonical(arguments)[:200]}: {detail}")
            if result.error is not None:
                errors.append(f"{canonical(arguments)[:200]} -> {result.error}")
                self._law("a refusal leaves no trace", not diff, f"{arguments} left {len(diff)} changes")
                continue
            succeeded += 1
            changed += bool(diff)
            self._after(binding, arguments, result, diff)
        self._unknown_key(binding, caller, chance)
        self._law("a tool succeeds on its own rows", succeeded > 0, errors[-1] if errors else "no call could be drawn")
        if binding.writes:
            self._law("a write changes something", changed > 0, f"{succeeded} calls succeeded and changed nothing")

    def _law(self, law: str, holds: bool, detail: str) -> None:
        self.laws[law] += 1
        if not holds:
            raise BrokenLawError(law, detail)

    def _once(
        self, binding: Binding, arguments: dict[str, Json], twice: bool = False
    ) -> tuple[ToolResult, tuple[RowChange, ...]]:
        """The call from the seed rows; ``twice``: two runs must agree. The world is left after the last."""
        outcomes = []
        for _ in range(2 if twice else 1):
            self.world.reset()
            result = self.world.call(binding.tool, arguments)
            if result.error is not None and result.error.startswith("internal error"):
                raise BrokenLawError(
                    "a tool raises nothing but ToolError", f"{canonical(arguments)[:200]} -> {result.error}"
                )
            outcomes.append((result, self.world.diff()))
        if twice:
            self._law("the same call gives the same result", outcomes[0] == outcomes[1], canonical(arguments)[:300])
        return outcomes[-1]

    def _after(
        self, binding: Binding, arguments: dict[str, Json], result: ToolResult, diff: tuple[RowChange, ...]
    ) -> None:
        """What must hold after one successful call."""
        if not binding.writes:
            self._law("a read changes nothing", not diff, canonical(arguments)[:300])
            return
        allowed = _tables_of(binding)
        strange = sorted({change.table for change in diff} - allowed)
        self._law("a write changes only its tables", not strange, f"{strange} beside {sorted(allowed)}")
        own = [change for change in diff if change.table == binding.table]
        self._stored(binding, arguments, own)
        if binding.op == "create":
            self._law(
                "a creation adds one row",
                sum(change.before is None for change in own) == 1,
                f"{len(own)} changes in {binding.table}",
            )
        if binding.op == "delete":
            self._law(
                "a deletion removes a row",
                any(change.after is None for change in own),
                f"{len(own)} changes in {binding.table}",
            )
        for change in own:
            self._visible(binding, change)

    def _stored(self, binding: Binding, arguments: dict[str, Json], own: list[RowChange]) -> None:
        """What a call sets is in its row afterwards: the arguments it stores, the status it moves to."""
        if binding.op == "delete":
            return
        row = self._row(binding, arguments, own)
        wanted: dict[str, Json] = {}
        for effect in binding.effects:
            if not effect.of and effect.op == "set" and not effect.amount:
                wanted[effect.column] = effect.value
        for use in binding.uses:
            if use.parameter in arguments and (use.role == "set" or (use.role == "reference" and use.into)):
                wanted[use.into or use.column] = arguments[use.parameter]
        wrong = [column for column, value in wanted.items() if row.get(column) != value]
        self._law("what a call sets is stored", not wrong, f"{canonical(arguments)[:200]} left {wrong} as they were")

    def _row(self, binding: Binding, arguments: dict[str, Json], own: list[RowChange]) -> Row:
        """The tool's own row after the call."""
        if binding.op == "create":
            return next((change.after for change in own if change.before is None and change.after), {})
        key = next((arguments.get(use.parameter) for use in binding.uses if use.role == "key"), None)
        column = self.tables[binding.table].primary_key
        held = next((row for row in self.seed[binding.table] if row[column] == key), {})
        return {**held, **next((change.after for change in own if change.key == key and change.after), {})}

    def _visible(self, binding: Binding, change: RowChange) -> None:
        """The change shows in the get and list tools of its table."""
        getter = self.getters.get(binding.table)
        if getter is not None:
            key = next(use.parameter for use in getter.uses if use.role == "key")
            seen = self.world.call(getter.tool, {key: change.key})
            if change.after is None:
                self._law(
                    "what was deleted cannot be got",
                    seen.error is not None,
                    f"{getter.tool}({change.key!r}) still answers",
                )
            else:
                shown = _unwrapped(getter, seen.content)
                wrong = [name for name, value in change.after.items() if name in shown and shown[name] != value]
                law = "what was created can be got" if change.before is None else "what was changed shows"
                self._law(
                    law, seen.error is None and not wrong, f"{getter.tool}({change.key!r}): {seen.error or wrong}"
                )
        for lister in self.listers:
            if lister.table == binding.table and change.before is None and change.after is not None:
                self._listed(lister, change.key, change.after)

    def _listed(self, lister: Binding, key: Json, row: Row) -> None:
        """A created row is in the lists whose filters it passes."""
        column = self.tables[lister.table].primary_key
        if lister.fields and column not in lister.fields:
            return
        spec = self.loaded.tools[lister.tool].spec
        schemas, needed = properties(spec.parameters), required(spec.parameters)
        arguments: dict[str, Json] = {}
        for use in lister.uses:
            value = row.get(use.into or use.column) if use.role in ("filter", "reference") else None
            if use.role == "limit":
                arguments[use.parameter] = int(schemas[use.parameter].get("maximum") or 1000)
            elif value is not None and use.test == "eq":
                arguments[use.parameter] = value
        seen = self.world.call(lister.tool, arguments)
        rows = _rows(lister, seen.content)
        cut = next((arguments[use.parameter] for use in lister.uses if use.role == "limit"), None)
        found = any(item.get(column) == key for item in rows)
        if set(needed) <= set(arguments):
            self._law(
                "what was created is listed",
                seen.error is None and (found or (cut is not None and len(rows) >= cut)),
                f"{lister.tool}({arguments}) has no {key!r}",
            )

    def _unknown_key(self, binding: Binding, caller: Caller, chance: Random) -> None:
        """A key that no row has is refused, and nothing changes."""
        key = next((use for use in binding.uses if use.role == "key"), None)
        if key is None or binding.op not in ("get", "update", "delete", "transition", "adjust"):
            return
        arguments = caller.draw(self.seed, chance)
        missing: Json = (
            987_654_321 if isinstance(arguments.get(key.parameter), int) else _unused(arguments.get(key.parameter))
        )
        result, diff = self._once(binding, {**arguments, key.parameter: missing})
        self._law(
            "an unknown key is refused",
            result.error is not None and not diff,
            f"{binding.tool}({missing!r}) answered {result.content!r}"[:300],
        )

    def _signature(self, tool: Tool) -> None:
        """The function's parameters are the spec's: names, which are required, closed values."""
        schemas = properties(tool.spec.parameters)
        required = set(tool.spec.parameters.get("required") or ())
        found = dict(inspect.signature(tool.function).parameters)
        found.pop("session", None)
        names = {tool.arguments[name] for name in schemas}
        self._law(
            "the signature names the spec's arguments", set(found) == names, f"{sorted(found)} against {sorted(names)}"
        )
        hints = typing.get_type_hints(tool.function)
        for name, schema in schemas.items():
            parameter = found[tool.arguments[name]]
            optional = parameter.default is not inspect.Parameter.empty
            self._law(
                "the signature requires what the spec requires", optional == (name not in required), f"argument {name}"
            )
            closed = set(_literals(hints[tool.arguments[name]]))
            self._law(
                "the signature closes what the spec closes",
                not closed or closed == set(schema.get("enum") or ()),
                f"argument {name}",
            )


def _literals(hint: object) -> Iterator[object]:
    if typing.get_origin(hint) is typing.Literal:
        yield from typing.get_args(hint)
    else:
        for inner in typing.get_args(hint):
            if inner is not type(None) and typing.get_origin(hint) not in (list, dict):
                yield from _literals(inner)


def _only_key(binding: Binding) -> bool:
    return any(use.role == "key" for use in binding.uses) and all(use.role == "key" for use in binding.uses)


def _tables_of(binding: Binding) -> set[str]:
    lines = {use.table for use in binding.uses if use.role == "lines"}
    return {binding.table, *lines, *binding.children.values(), *(effect.table for effect in binding.effects)}


def _unused(key: Json) -> str:
    """A key of the same look that no row has: its digits all nine, or its letters all z."""
    text = str(key)
    return (
        "".join("9" if char.isdigit() else char for char in text)
        if any(char.isdigit() for char in text)
        else "z" * max(len(text), 1)
    )


def _unwrapped(binding: Binding, content: Json) -> Row:
    inner = content.get(binding.envelope) if binding.envelope and isinstance(content, dict) else content
    return inner if isinstance(inner, dict) else {}


def _rows(binding: Binding, content: Json) -> list[Row]:
    inner = content.get(binding.envelope) if binding.envelope and isinstance(content, dict) else content
    return [row for row in inner if isinstance(row, dict)] if isinstance(inner, list) else []
