"""Each tool bound to one operation on the domain's tables, or rejected with a reason (paper 2.1).

A tool is a read or a write: ``API(func, a) = op(func)(a; D)``. The verb proposes the operation, the arguments
and the result confirm it. What cannot be bound with confidence is not faked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agentgym.build.induction.drafts import like_key
from agentgym.build.induction.effects import consumption, money_moves, restitution, stamps, totals
from agentgym.build.induction.lifecycles import flag_target, guards_of, initial, others_moved, status_target
from agentgym.build.induction.operations import Op, UnboundError, operation
from agentgym.build.induction.schema import Induced, ToolView
from agentgym.build.induction.uses import Lookup, takes_own, uses_of
from agentgym.build.semantics.shapes import column_of, is_numeric, json_type, properties, required
from agentgym.types import Binding, Column, Effect, Guard, Rejection, Table, ToolSpec, Use
from agentgym.world.naming import snake, words


@dataclass(frozen=True)
class Bound:
    """A domain's bindings, the tools as the environment will offer them, and what was dropped."""

    bindings: tuple[Binding, ...]
    tools: tuple[ToolSpec, ...]
    rejections: tuple[Rejection, ...]


def bind(induced: Induced) -> Bound:
    """Bind every tool of a domain. An optional argument that nothing can honour is taken off its tool, and recorded."""
    look = Lookup(induced)
    bindings: list[Binding] = []
    tools: list[ToolSpec] = []
    rejections: list[Rejection] = []
    for view in sorted(induced.views, key=lambda view: view.spec.name):
        try:
            binding, dropped = _bind(view, look)
        except UnboundError as why:
            rejections.append(Rejection(stage="bind", subject=view.spec.id, reason=str(why), detail=why.detail))
            continue
        bindings.append(binding)
        tools.append(_without(view.spec, dropped))
        rejections += [
            Rejection(stage="argument", subject=f"{view.spec.id}:{name}", reason="no column fits", detail=why)
            for name, why in sorted(dropped.items())
        ]
    return Bound(tuple(bindings), tuple(tools), tuple(rejections))


def _bind(view: ToolView, look: Lookup) -> tuple[Binding, dict[str, str]]:
    if not view.entity:
        raise UnboundError("no table is recognisable", f"name {view.spec.name!r}")
    op = operation(view, look)
    writes = op in ("create", "update", "delete", "transition", "adjust")
    uses, left = uses_of(view, look, writes, creates=op == "create")
    demanded = required(view.spec.parameters)
    if op == "get":
        uses, idle = _unpaged(uses, demanded)
        left |= idle
    schemas = properties(view.spec.parameters)
    missing = next((name for name in demanded if name in left and json_type(schemas.get(name, {})) != "null"), None)
    if missing is not None:
        raise UnboundError("a required argument has no column", left[missing])
    optional = next((use.parameter for use in uses if use.role == "key" and use.parameter not in demanded), None)
    if optional is not None and op not in ("list", "count"):
        if view.basis == "rules":
            raise UnboundError("the key of its row is optional", f"argument {optional}")
        role: Literal["scope", "filter"] = "scope" if writes else "filter"
        uses = [use.model_copy(update={"role": role}) if use.role == "key" else use for use in uses]
    make = {"create": _create, "get": _read, "list": _read, "count": _read, "delete": _delete}.get(op, _change)
    return make(view, op, uses, look), left


def _unpaged(uses: list[Use], demanded: Sequence[str]) -> tuple[list[Use], dict[str, str]]:
    """The uses of a tool that answers with one row: there is nothing to page through."""
    paging = [use for use in uses if use.role in ("limit", "offset")]
    idle = {use.parameter: "a single row has no pages" for use in paging if use.parameter not in demanded}
    kept = [use.model_copy(update={"role": "option"}) if use in paging else use for use in uses]
    return [use for use in kept if use.parameter not in idle], idle


# -- reads -----------------------------------------------------------------------------------------


def _read(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    own = look.tables[view.entity]
    if op == "get":
        if view.basis == "rules" and not any(use.role in ("key", "filter", "reference") for use in uses):
            raise UnboundError("a single row without an argument to find it by", view.spec.name)
        # Beside a key, an equal filter is a scope: the row must belong to it.
        scoped = takes_own(uses)
        uses = [_scope(use, own) if scoped and _is_equal(use) else use for use in uses]
    else:
        uses = [use.model_copy(update={"role": "filter"}) if use.role == "key" else use for use in uses]
    returns, fields = _returned(view, own, "count" if op == "count" else "rows" if op == "list" else "row")
    return Binding(
        tool=view.spec.name, op=op, table=own.name, uses=tuple(uses), returns=returns, fields=fields,
        envelope=view.shape.envelope if returns in ("row", "rows") else "", children=_children(view, own, look),
    )  # fmt: skip


def _is_equal(use: Use) -> bool:
    return use.role == "reference" or (use.role == "filter" and use.test == "eq")


def _scope(use: Use, own: Table) -> Use:
    """The argument as a column that the tool's own row must have."""
    return Use(parameter=use.parameter, role="scope", table=own.name, column=use.into or use.column)


def _returned(
    view: ToolView, own: Table, usual: Literal["row", "rows", "count"]
) -> tuple[Literal["row", "rows", "value", "count"], tuple[str, ...]]:
    """How the result looks: whole rows, some fields of them, one value, or a count."""
    scalar = view.shape.kind == "value" or (view.shape.kind == "count" and view.basis == "record")
    if scalar and usual == "row":
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
    held = own.column("value")
    if view.basis == "record" and held is not None:
        return held
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
    raise UnboundError("a scalar result with no column of its name", view.spec.name)


def _children(view: ToolView, own: Table, look: Lookup) -> dict[str, str]:
    return {name: child for name, child in look.nested.get(own.name, {}).items() if name in view.shape.properties}


# -- writes ----------------------------------------------------------------------------------------


def _create(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    own = look.tables[view.entity]
    if view.basis != "event" and not any(use.role in ("set", "reference", "lines") for use in uses):
        raise UnboundError("a creation without anything to store", view.spec.name)
    guards, effects = consumption(view, uses, look)
    money_guards, moves = money_moves(view, uses, look)
    stored = {use.column for use in uses if use.role == "set"} | {use.into for use in uses}
    starts = [
        Effect(of="", table=own.name, column=column.name, op="set", value=value)
        for column in own.columns
        if column.name not in stored and (value := _start(view, column)) is not None
    ]
    computed = totals(uses, own, look)
    fixed = {effect.column for effect in (*starts, *computed) if not effect.of}
    noted = stamps(view.reading.verb, own, stored | fixed, created=True)
    guards = [*guards_of(view, uses, look, None), *guards, *money_guards]
    effects = [*starts, *computed, *effects, *moves, *others_moved(view, uses, look), *noted]
    return _write(view, "create", uses, look, guards, effects)


def _start(view: ToolView, column: Column) -> str | int | float | bool | None:
    """What a column nobody sets starts with: the kind its tool's verb names, a lifecycle's first value, its default, a
    zero balance."""
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
    return 0 if slot.endswith("balance") and is_numeric(column) else None


def _delete(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    own = look.tables[view.entity]
    uses = [_scope(use, own) if use.role == "set" or (use.role == "reference" and use.into) else use for use in uses]
    uses = _singled_out(view, uses, own)
    return _write(view, "delete", uses, look, guards_of(view, uses, look, None), restitution(view, own, look))


def _change(view: ToolView, op: Op, uses: list[Use], look: Lookup) -> Binding:
    """Update, transition or adjust: whatever the arguments set, the verb's status, and money moved."""
    own = look.tables[view.entity]
    uses = _singled_out(view, [_path_scope(use, view, own) for use in uses], own)
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
        raise UnboundError("an amount without a balance to change", view.spec.name)
    stored = {use.column for use in uses if use.role == "set"} | {use.into for use in uses} - {""}
    if not effects and not stored:
        raise UnboundError("nothing to change is recognisable", f"verb {view.reading.verb!r} on table {own.name}")
    kind: Op = op if op != "update" or stored else "adjust"
    noted = stamps(view.reading.verb, own, stored, created=False)
    return _write(view, kind, uses, look, [*guards_of(view, uses, look, moved), *guards], [*effects, *noted])


def _path_scope(use: Use, view: ToolView, own: Table) -> Use:
    """A parent's id in the path of a change says where the row is, not what it becomes."""
    in_path = view.spec.http is not None and f"{{{use.parameter}}}" in view.spec.http[1]
    stored = use.role == "set" or (use.role == "reference" and use.into)
    return _scope(use, own) if in_path and stored else use


def _singled_out(view: ToolView, uses: list[Use], own: Table) -> list[Use]:
    """For a change without its row's key: what reads like a name is a scope, and the row is the first that matches."""
    if takes_own(uses):
        return uses
    needed = required(view.spec.parameters)
    named = [
        _scope(use, own) if _stores(use) and use.parameter in needed and like_key(use.parameter, own.name) else use
        for use in uses
    ]
    named = [use.model_copy(update={"role": "option"}) if _is_document(use, own) else use for use in named]
    http = view.spec.http
    single = http is not None and http[0].upper() in ("PUT", "PATCH") and "{" not in http[1]
    if not single and not any(use.role == "scope" and use.parameter in needed for use in named):
        raise UnboundError("a write without its row's key", view.spec.name)
    return named


def _stores(use: Use) -> bool:
    return use.role == "set" or (use.role == "reference" and bool(use.into))


def _is_document(use: Use, own: Table) -> bool:
    column = own.column(use.column) if use.role == "scope" else None
    return column is not None and column.type == "json"


def _list_edits(view: ToolView, uses: list[Use], own: Table) -> Iterator[Effect]:
    for use in uses:
        if use.role == "amount" and use.column:
            op: Literal["append", "remove"] = "remove" if view.reading.kind == "delete" else "append"
            yield Effect(of="", table=own.name, column=use.column, op=op, amount=use.parameter)


def _spent(use: Use, effects: Iterable[Effect]) -> bool:
    return any(use.parameter in effect.amount.split("*") for effect in effects)


def _write(
    view: ToolView, op: Op, uses: list[Use], look: Lookup, guards: list[Guard], effects: list[Effect]
) -> Binding:
    own = look.tables[view.entity]
    told = view.shape.kind == "row" or (view.shape.kind == "value" and view.basis != "event")
    returns, fields = _returned(view, own, "row") if told else ("row", ())
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
    parameters = {**spec.parameters, "properties": kept}
    needed = [name for name in required(spec.parameters) if name not in dropped]
    if "required" in parameters and needed != parameters["required"]:
        parameters = {**{key: value for key, value in parameters.items() if key != "required"}, "required": needed}
    return spec.model_copy(update={"parameters": parameters})
