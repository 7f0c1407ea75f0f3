"""Each tool bound to one operation on the domain's tables, or rejected with a reason (paper 2.1).

A tool is a read or a write: ``API(func, a) = op(func)(a; D)``. The verb proposes the operation, the arguments
and the result confirm it. What cannot be bound with confidence is not faked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agentgym.build.effects import (
    consumption,
    flag_target,
    guards_of,
    initial,
    money_moves,
    others_moved,
    restitution,
    stamps,
    status_target,
    totals,
)
from agentgym.build.schema import Induced, ToolView
from agentgym.build.shapes import column_of, properties
from agentgym.build.uses import Lookup, own_key_use, uses_of
from agentgym.types import Binding, Column, Effect, Guard, Rejection, Table, ToolSpec, Use
from agentgym.world.naming import snake, words

_HTTP_KIND = {"GET": "read", "HEAD": "read", "POST": "write", "PUT": "write", "PATCH": "write", "DELETE": "write"}
_COMPUTES = frozenset(
    "convert calculate compute estimate translate validate predict simulate render parse encode decode sign execute run".split()
)

Op = Literal["get", "list", "count", "create", "update", "delete", "transition", "adjust"]


class Unbound(Exception):
    """A tool that the rules cannot bind; the message is the countable reason, ``detail`` the place."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.detail = detail


@dataclass(frozen=True)
class Bound:
    """A domain's bindings, the tools as the environment will offer them, and what was dropped."""

    bindings: tuple[Binding, ...]
    tools: tuple[ToolSpec, ...]
    rejections: tuple[Rejection, ...]


def bind(induced: Induced) -> Bound:
    """Bind every tool of a domain. Optional arguments that nothing can honour are taken off the tool, and recorded."""
    look = Lookup(induced)
    bindings: list[Binding] = []
    tools: list[ToolSpec] = []
    rejections: list[Rejection] = []
    for view in sorted(induced.views, key=lambda view: view.spec.name):
        try:
            binding, dropped = _bind(view, look)
        except Unbound as why:
            rejections.append(Rejection(stage="bind", subject=view.spec.id, reason=str(why), detail=why.detail))
            continue
        bindings.append(binding)
        tools.append(_without(view.spec, dropped))
        rejections += [Rejection(stage="argument", subject=f"{view.spec.id}:{name}", reason="no column fits", detail=why)
                       for name, why in sorted(dropped.items())]  # fmt: skip
    return Bound(tuple(bindings), tuple(tools), tuple(rejections))


def _bind(view: ToolView, look: Lookup) -> tuple[Binding, dict[str, str]]:
    if not view.entity:
        raise Unbound("no table is recognisable", f"name {view.spec.name!r}")
    if view.reading.verb in _COMPUTES:
        raise Unbound("computes something outside the database", f"verb {view.reading.verb!r}")
    op = _operation(view, look)
    writes = op in ("create", "update", "delete", "transition", "adjust")
    uses, left = uses_of(view, look, writes, creates=op == "create")
    required = [str(name) for name in view.spec.parameters.get("required") or ()]
    missing = next((name for name in required if name in left), None)
    if missing is not None:
        raise Unbound("a required argument has no column", left[missing])
    optional = next((use.parameter for use in uses if use.role == "key" and use.parameter not in required), None)
    if optional is not None and op not in ("list", "count"):
        raise Unbound("the key of its row is optional", f"argument {optional}")
    make = {"create": _create, "get": _read, "list": _read, "count": _read, "delete": _delete}.get(op, _change)
    return make(view, op, uses, look), left


def _operation(view: ToolView, look: Lookup) -> Op:
    """The operation a tool performs: by verb, then by HTTP method, confirmed by whether it takes its own row's key."""
    own = look.tables[view.entity]
    kind, verb = view.reading.kind, view.reading.verb
    keyed = any(own_key_use(name, schema, own) for name, schema in properties(view.spec.parameters).items())
    direction = _HTTP_KIND.get(view.spec.http[0].upper(), "") if view.spec.http else ""
    if kind in ("get", "list", "count") and direction != "write":
        return _reading_op(view, keyed)
    if direction == "read":
        return _reading_op(view, keyed)
    if kind == "delete" and keyed and not _edits_list(view, own, look):
        return "delete"
    if not keyed:
        if view.shape.kind == "rows" or kind in ("get", "list", "count"):
            raise Unbound("a write without its row's key", f"{view.spec.name} returns rows")
        if kind == "create" or view.spec.http is None or view.spec.http[0].upper() in ("POST", "PUT"):
            return "create"
        raise Unbound("a write without its row's key", view.spec.name)
    if kind == "create" and _names_its_key(view, own):
        return "create"
    if kind == "update" and not _mentions_status(view):
        return "update"
    return "transition" if status_target(view, own) or flag_target(view, own) else "update"


def _reading_op(view: ToolView, keyed: bool) -> Op:
    if view.shape.kind == "count":
        return "count"
    if view.reading.kind == "count" and view.shape.kind == "unknown":
        return "count"
    if keyed and view.shape.kind != "rows" and (view.reading.kind != "list" or view.shape.kind != "unknown"):
        return "get"
    listing = view.shape.kind == "rows" or (view.shape.kind == "unknown" and view.reading.kind == "list")
    return "list" if listing else "get"


def _names_its_key(view: ToolView, own: Table) -> bool:
    """Whether a creating tool is given the key of the row it makes, as ``create_user(username, ...)``: POST with no key in the path."""
    if view.spec.http is not None:
        return "{" not in view.spec.http[1].rstrip("/").rsplit("/", 1)[-1]
    return view.reading.verb in ("create", "register") and view.reading.noun[-1:] == (own.name.split("_")[-1],)


def _mentions_status(view: ToolView) -> bool:
    return "its status to" in view.spec.description.lower() or view.reading.verb == "mark"


def _edits_list(view: ToolView, own: Table, look: Lookup) -> bool:
    uses, _ = uses_of(view, look, writes=True, creates=False)
    return any(use.role == "amount" and use.column for use in uses)


# -- reads -----------------------------------------------------------------------------------------


def _read(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    own = look.tables[view.entity]
    if op == "get":
        if not any(use.role in ("key", "filter", "reference") for use in uses):
            raise Unbound("a single row without an argument to find it by", view.spec.name)
        uses = [_scoped(use, own) for use in uses] if any(use.role == "key" for use in uses) else uses
    else:
        uses = [use.model_copy(update={"role": "filter"}) if use.role == "key" else use for use in uses]
    returns, fields = _returned(view, own, "count" if op == "count" else "rows" if op == "list" else "row")
    return Binding(tool=view.spec.name, op=op, table=own.name, uses=tuple(uses), returns=returns, fields=fields,
                   envelope=view.shape.envelope if returns in ("row", "rows") else "", children=_children(view, own, look))  # fmt: skip


def _scoped(use: Use, own: Table) -> Use:
    """Beside a key, an equal filter is a scope: the row must belong to it."""
    if use.role == "reference":
        return use.model_copy(update={"role": "scope", "table": own.name, "column": use.into, "into": ""})
    return use.model_copy(update={"role": "scope"}) if use.role == "filter" and use.test == "eq" else use


def _returned(
    view: ToolView, own: Table, usual: Literal["row", "rows", "count"]
) -> tuple[Literal["row", "rows", "value", "count"], tuple[str, ...]]:
    """How the result looks: whole rows, some fields of them, one value, or a count."""
    if view.shape.kind == "value" and usual == "row":
        return "value", (_value_column(view, own).name,)
    if not view.shape.properties or usual == "count":
        return usual, ()
    shown = {snake(name) for name in view.shape.properties}
    fields = tuple(column.name for column in own.columns if snake(column.name) in shown)
    partial = fields and len(fields) < 0.7 * len(own.columns)
    return usual, fields if partial else ()


def _value_column(view: ToolView, own: Table) -> Column:
    """The column a scalar result holds: the one the tool's name asks for, else the key where it asks for an id."""
    asked = words(view.spec.name)
    kind = column_of("value", view.spec.returns).type
    for column in own.columns:
        parts = snake(column.name).split("_")
        if (
            column.type == kind
            and column.name != own.primary_key
            and all(part in asked for part in parts)
            and column.name not in view.reading.by
        ):
            return column
    if "id" in asked and kind == "str":
        key = own.column(own.primary_key)
        if key is not None:
            return key
    raise Unbound("a scalar result with no column of its name", view.spec.name)


def _children(view: ToolView, own: Table, look: Lookup) -> dict[str, str]:
    return {name: child for name, child in look.nested.get(own.name, {}).items() if name in view.shape.properties}


# -- writes ----------------------------------------------------------------------------------------


def _create(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    own = look.tables[view.entity]
    if not any(use.role in ("set", "reference", "lines") for use in uses):
        raise Unbound("a creation without anything to store", view.spec.name)
    guards, effects = consumption(view, uses, look)
    money_guards, moves = money_moves(view, uses, look)
    stored = {use.column for use in uses if use.role == "set"} | {use.into for use in uses}
    starts = [Effect(of="", table=own.name, column=column.name, op="set", value=_start(view, column))
              for column in own.columns if column.name not in stored and _start(view, column) is not None]  # fmt: skip
    computed = totals(uses, own, look)
    fixed = {effect.column for effect in (*starts, *computed) if not effect.of}
    noted = [effect for effect in stamps(view.reading.verb, own, stored | fixed, created=True)]
    return _write(view, "create", uses, look, [*guards_of(view, uses, look, None), *guards, *money_guards],
                  [*starts, *computed, *effects, *moves, *others_moved(view, uses, look), *noted])  # fmt: skip


def _start(view: ToolView, column: Column) -> str | int | float | bool | None:
    """What a column nobody sets starts with: its default, a lifecycle's first value, the kind its tool's verb names, a zero balance."""
    slot = snake(column.name)
    if column.enum and slot.split("_")[-1] in ("type", "kind"):
        stem = view.reading.verb[:5]
        named = next((value for value in column.enum if value.lower().startswith(stem)), None)
        if named is not None:
            return named
    said = [value for value in column.enum if f"starts as `{value}`" in view.spec.description]
    if said:
        return said[0]
    if slot.split("_")[-1] in ("status", "state") and column.enum:
        return initial(column)
    if isinstance(column.default, (str, int, float, bool)):
        return column.default
    return 0 if slot.endswith("balance") and column.type in ("int", "float") else None


def _delete(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    own = look.tables[view.entity]
    uses = [use.model_copy(update={"role": "scope"}) if use.role == "set" else use for use in uses]
    uses = [_as_scope(use, own) for use in uses]
    return _write(view, "delete", uses, look, guards_of(view, uses, look, None), restitution(view, own, look))


def _as_scope(use: Use, own: Table) -> Use:
    if use.role == "reference" and use.into:
        return use.model_copy(update={"role": "scope", "table": own.name, "column": use.into, "into": ""})
    return use


def _change(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    """Update, transition or adjust: whatever the arguments set, the verb's status, and money moved."""
    own = look.tables[view.entity]
    uses = [_path_scope(use, view, own) for use in uses]
    moved = status_target(view, own) if op == "transition" else None
    flag = flag_target(view, own) if op == "transition" and moved is None else None
    guards, effects = money_moves(view, uses, look)
    effects = [*effects, *_list_edits(view, uses, own)]
    if moved is not None:
        effects.append(Effect(of="", table=own.name, column=moved[0].name, op="set", value=moved[1]))
    if flag is not None:
        effects.append(Effect(of="", table=own.name, column=flag[0].name, op="set", value=flag[1]))
    effects += [*others_moved(view, uses, look), *restitution(view, own, look)]
    if any(use.role == "amount" and not use.column and not _spent(use, effects) for use in uses):
        raise Unbound("an amount without a balance to change", view.spec.name)
    stored = {use.column for use in uses if use.role == "set"} | {use.into for use in uses} - {""}
    if not effects and not stored:
        raise Unbound("nothing to change is recognisable", f"verb {view.reading.verb!r} on table {own.name}")
    kind: Op = op if op != "update" or stored else "adjust"
    noted = stamps(view.reading.verb, own, stored, created=False)
    return _write(view, kind, uses, look, [*guards_of(view, uses, look, moved), *guards], [*effects, *noted])


def _path_scope(use: Use, view: ToolView, own: Table) -> Use:
    """A parent's id in the path of a change says where the row is, not what it becomes."""
    in_path = view.spec.http is not None and f"{{{use.parameter}}}" in view.spec.http[1]
    if in_path and use.role in ("set", "reference") and (use.into or use.role == "set"):
        return Use(parameter=use.parameter, role="scope", table=own.name, column=use.into or use.column)
    return use


def _list_edits(view: ToolView, uses: list[Use], own: Table) -> Iterator[Effect]:
    for use in uses:
        if use.role == "amount" and use.column:
            op: Literal["append", "remove"] = "remove" if view.reading.kind == "delete" else "append"
            yield Effect(of="", table=own.name, column=use.column, op=op, amount=use.parameter)


def _spent(use: Use, effects: list[Effect]) -> bool:
    return any(use.parameter in effect.amount.split("*") for effect in effects)


def _write(
    view: ToolView, op: Op, uses: list[Use], look: Lookup, guards: list[Guard], effects: list[Effect]
) -> Binding:
    own = look.tables[view.entity]
    returns, fields = _returned(view, own, "row") if view.shape.kind in ("row", "value") else ("row", ())
    return Binding(
        tool=view.spec.name, op=op, table=own.name, uses=tuple(uses), guards=tuple(guards),
        effects=tuple(effects), returns=returns, fields=fields,
        envelope=view.shape.envelope if view.shape.kind == "row" else "", children=_children(view, own, look),
    )  # fmt: skip


def _without(spec: ToolSpec, dropped: dict[str, str]) -> ToolSpec:
    """The tool without the optional arguments that nothing honours."""
    if not dropped:
        return spec
    kept = {name: schema for name, schema in properties(spec.parameters).items() if name not in dropped}
    return spec.model_copy(update={"parameters": {**spec.parameters, "properties": kept}})
