"""The laws a tool must keep on its domain's own rows.

A read changes nothing; a write changes something, and only its tables; what a call sets is stored; what was
created can be got and listed, what was changed shows, what was deleted is gone; a filter lets only matching rows
through; an answer shows its rows as they are; what names no row is refused; a refusal leaves no trace; the same call
gives the same result; the signature is the spec.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from random import Random

from agentgym.build.proof.calls import Caller
from agentgym.build.proof.expected import Expected
from agentgym.build.proof.oracle import Oracle, narrows
from agentgym.build.proof.signatures import signature_cases
from agentgym.build.semantics.shapes import properties, required
from agentgym.files import canonical
from agentgym.result import ToolResult
from agentgym.types import Binding, Json, Row, RowChange, Rows
from agentgym.world.load import LoadedDomain, Tool
from agentgym.world.world import World

SHARES = (1.0, 0.5, 0.15, 0.5)  # of the optional arguments, call by call; every fourth call may break a guard
MOST = 32  # calls drawn for a tool that has not done yet what it is for
FRESH = 6  # values drawn for one argument; further calls choose among them


def tries(binding: Binding) -> int:
    """How many calls are drawn for a tool: more where rows are chosen among, amounts move, or guards may refuse."""
    choosing = sum(narrows(use) for use in binding.uses if use.role != "key")
    moving = bool(binding.guards) or any(use.role == "lines" for use in binding.uses) or _moves(binding)
    scarce = any(guard.test == "at_least" for guard in binding.guards)
    many = choosing > 1 or (choosing and binding.op == "list")
    return 8 + (8 if many else 0) + (8 if moving else 0) + (8 if scarce else 0)


def _moves(binding: Binding) -> bool:
    return any(effect.op != "set" for effect in binding.effects)


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
        for law, holds, detail in signature_cases(tool):
            self._law(law, holds, detail)
        caller = Caller(tool.spec, binding, self.tables, FRESH)
        oracle = Oracle(binding, self.tables, self.seed)
        expected = Expected(oracle)
        errors: list[str] = []
        succeeded = changed = 0
        for attempt in range(MOST):
            if attempt >= tries(binding) and succeeded and (changed or not binding.writes):
                break
            share = SHARES[attempt % 4]
            arguments = caller.draw(self.seed, chance, willing=attempt % 4 != 3, full=share == 1, share=share)
            result, diff = self._once(binding, arguments, twice=attempt % 4 == 0)
            whole = {**caller.defaults, **arguments}
            for law, holds, detail in chain(oracle.judge(whole, result, diff), expected.judge(whole, result, diff)):
                self._law(law, holds, f"{canonical(arguments)[:200]}: {detail}")
            if oracle.permits(whole) and (result.error is None or _fits(tool, arguments)):
                law, answer = "a call that nothing forbids is answered", str(result.error)[:200]
                self._law(law, result.error is None, f"{canonical(arguments)[:200]} -> {answer}")
            if result.error is not None:
                errors.append(f"{canonical(arguments)[:200]} -> {result.error}")
                self._law("a refusal leaves no trace", not diff, f"{arguments} left {len(diff)} changes")
                continue
            succeeded += 1
            changed += bool(diff)
            self._after(binding, arguments, result, diff)
        self._unknown_key(binding, caller, chance)
        self._unknown_reference(binding, caller, chance)
        self._nothing_given(binding, caller, chance)
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
        held = Oracle(binding, self.tables, self.seed).own(arguments) or {}
        key = held.get(self.tables[binding.table].primary_key)
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
        if binding.op in ("list", "count", "create"):
            return
        roles = ("key", "scope", "filter")  # without a key, what finds the row
        finding = [use for use in binding.uses if use.role in roles and use.test in ("eq", "contains")]
        finding.sort(key=lambda use: roles.index(use.role))
        key = next((use for use in finding if caller.free(use.parameter)), None)
        if key is None:
            return
        arguments = caller.draw(self.seed, chance, full=True)
        if not isinstance(arguments.get(key.parameter), (str, int)) or isinstance(arguments[key.parameter], bool):
            return
        missing = _missing(arguments.get(key.parameter))
        result, diff = self._once(binding, {**arguments, key.parameter: missing})
        self._law(
            "an unknown key is refused",
            result.error is not None and not diff,
            f"{binding.tool}({missing!r}) answered {result.content!r}"[:300],
        )

    def _unknown_reference(self, binding: Binding, caller: Caller, chance: Random) -> None:
        """An argument that names no row is refused, and nothing changes; so is one in a line."""
        if binding.op == "get" and any(use.role == "key" for use in binding.uses):
            return  # the key alone decides
        for use in binding.uses:
            inner = [item for item in use.items if item.role == "reference"]
            if binding.op == "delete" or (use.role != "reference" and not inner):
                continue
            arguments = caller.draw(self.seed, chance, full=True)
            held = arguments.get(use.parameter)
            if held is None or (inner and not held):
                continue
            wrong: Json = _missing(held)
            if inner:
                name = inner[0].parameter
                wrong = [{**line, name: _missing(line.get(name))} for line in held[:1]] + held[1:]
            result, diff = self._once(binding, {**arguments, use.parameter: wrong})
            self._law(
                "a reference to nothing is refused",
                (result.error is not None and not diff) or (not binding.writes and not _rows(binding, result.content)),
                f"{binding.tool}({use.parameter}={wrong!r}) answered {result.content!r}"[:300],
            )

    def _nothing_given(self, binding: Binding, caller: Caller, chance: Random) -> None:
        """An update that is given no value to store is refused; so is a creation under a key that is taken."""
        sets = [use for use in binding.uses if use.role == "set" or (use.role == "reference" and use.into)]
        own = self.tables[binding.table].primary_key
        named = next((use.parameter for use in sets if use.role == "set" and use.column == own), "")
        if binding.op == "create" and named:
            taken = self.seed[binding.table][0][own] if self.seed[binding.table] else None
            if taken is not None:
                result, _ = self._once(binding, {**caller.draw(self.seed, chance, full=True), named: taken})
                self._law("a key that is taken is refused", result.error is not None, f"{binding.tool}({taken!r})")
        steady = any(not effect.of and effect.amount != "now" for effect in binding.effects)
        if binding.op != "update" or not sets or steady or any(use.parameter in caller.required for use in sets):
            return
        if any(use.parameter in caller.defaults for use in sets):
            return
        drawn = caller.draw(self.seed, chance)
        bare = {name: value for name, value in drawn.items() if name not in {use.parameter for use in sets}}
        result, diff = self._once(binding, bare)
        self._law(
            "a change of nothing is refused", result.error is not None and not diff, f"{binding.tool}({bare})"[:300]
        )


def _fits(tool: Tool, arguments: dict[str, Json]) -> bool:
    """Whether the tool's own schema takes the arguments."""
    try:
        tool.bind(arguments)
    except Exception:  # also what a schema from the wild may raise, such as a pattern that is no regular expression
        return False
    return True


def _only_key(binding: Binding) -> bool:
    return any(use.role == "key" for use in binding.uses) and all(use.role == "key" for use in binding.uses)


def _tables_of(binding: Binding) -> set[str]:
    lines = {use.table for use in binding.uses if use.role == "lines"}
    return {binding.table, *lines, *binding.children.values(), *(effect.table for effect in binding.effects)}


def _missing(key: Json) -> Json:
    """A key that no row has."""
    return 987_654_321 if isinstance(key, int) else _unused(key)


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
