"""Bodies of tools that write: create, change (update, transition, adjust), delete."""

from __future__ import annotations

import ast

from agentgym.build.code import nodes as n
from agentgym.build.code.rows import (
    answer,
    effect_of,
    fetch_own,
    flush,
    guard_of,
    guards,
    if_given,
    if_named,
    reference,
    references,
    save,
    some_fields,
)
from agentgym.build.code.scope import Scope
from agentgym.build.induction.uses import noun_of
from agentgym.build.semantics.language import plural
from agentgym.types import Table, Use

_NAMED_AT_MOST = 5  # arguments that a refusal lists by name

# -- create ------------------------------------------------------------------------------------------


def create_body(scope: Scope) -> list[n.Stmt]:
    """Check what the arguments name, use it up, make the row, then a child row for each line."""
    checks = references(scope)
    key = _given_key(scope)
    if key is not None:
        there = n.is_given(n.method("session", "get", scope.model(scope.table.name), scope.argument(key)))
        refusal = n.refuse(f"{noun_of(scope.table.name)} ", scope.argument(key), " already exists")
        checks += if_named(scope, key.parameter, [n.when(there, refusal)])
    lines = scope.use("lines")
    if lines is not None:
        empty = ast.UnaryOp(ast.Not(), scope.argument(lines))
        checks.append(n.when(empty, n.refuse(f"{lines.parameter} is empty; give at least one")))
    moved = [
        line
        for effect in scope.binding.effects
        if effect.of in scope.arguments and effect.of != scope.line_argument
        for line in if_named(scope, effect.of, effect_of(scope, effect))
    ]
    made = [n.assign(scope.own, _new_row(scope)), save(scope.own)]
    if lines is not None:
        made += [flush(), _each_line(scope, lines)]
    return [*checks, *moved, *made, *answer(scope)]


def _given_key(scope: Scope) -> Use | None:
    """The argument that names the new row, if its caller does."""
    key = scope.table.primary_key
    return next((use for use in scope.binding.uses if use.role == "set" and use.column == key), None)


def _new_row(scope: Scope) -> n.Expr:
    """``Order(order_id=new_id(session, Order), ...)``."""
    values: dict[str, n.Expr] = {}
    for use in scope.binding.uses:
        if (use.role == "set" and use.column) or (use.role in ("set", "reference") and use.into):
            values[use.into or use.column] = scope.argument(use)
    for effect in scope.binding.effects:
        if not effect.of:
            zero = n.const(0.0 if scope.is_float(scope.table.name, effect.column) else 0)
            values[effect.column] = zero if effect.op == "add" else scope.value(effect)
    fresh = n.call("new_id", n.name("session"), scope.model(scope.table.name))
    key, given = scope.table.primary_key, _given_key(scope)
    if given is None:
        values[key] = fresh
    elif not scope.always(given.parameter):
        values[key] = n.either(values[key], fresh)
    return _row(scope, scope.table, values)


def _row(scope: Scope, table: Table, values: dict[str, n.Expr]) -> n.Expr:
    """A new row, its columns in the table's order."""
    given = {
        scope.attribute(table.name, column.name): values[column.name]
        for column in table.columns
        if column.name in values
    }
    return n.call(scope.model(table.name), **given)


def _each_line(scope: Scope, lines: Use) -> n.Stmt:
    """One child row for each object of a list argument."""
    child, within = scope.tables[lines.table], f"{lines.parameter}."
    effects = scope.binding.effects
    inside: list[n.Stmt] = []
    for item in lines.items:
        if item.role == "reference":
            inside += reference(scope, item, lines=lines.parameter)
    inside += [guard_of(scope, guard) for guard in scope.binding.guards if guard.of.startswith(within)]
    sums = [effect for effect in effects if not effect.of and effect.op == "add"]
    for effect in [*(effect for effect in effects if effect.of.startswith(within)), *sums]:
        inside += effect_of(scope, effect)
    values = {
        child.primary_key: n.call("new_id", n.name("session"), scope.model(child.name)),
        scope.link_to_own(child.name): scope.key(),
    }
    for item in lines.items:
        values[item.into or item.column] = scope.operand(within + item.parameter)
    values |= {effect.column: scope.value(effect) for effect in effects if effect.of == lines.parameter}
    # Flushed line by line: the next new_id counts the rows that are there.
    added = n.statement(n.method("session", "add", _row(scope, child, values)))
    return n.each(scope.line, scope.argument(lines), *inside, added, flush())


# -- change ------------------------------------------------------------------------------------------


def change_body(scope: Scope) -> list[n.Stmt]:
    """Update, transition, adjust: fetch, refuse, set, save."""
    named = references(scope)
    sets = [use for use in scope.binding.uses if use.role == "set" or (use.role == "reference" and use.into)]
    stored = [if_given(scope, use, n.assign(scope.held(use.into or use.column), scope.argument(use))) for use in sets]
    effects = [
        line for effect in scope.binding.effects for line in if_named(scope, effect.of, effect_of(scope, effect))
    ]
    return [
        *fetch_own(scope),
        *guards(scope, ""),
        *named,
        *_something_given(scope, sets),
        *stored,
        *effects,
        save(scope.own),
        *answer(scope),
    ]


def _something_given(scope: Scope, sets: list[Use]) -> list[n.Stmt]:
    """Refuse a call that would change nothing: every argument optional, none given, and no effect of its own."""
    certain = any(scope.always(use.parameter) for use in sets)
    moves = any(not effect.of and effect.amount != "now" for effect in scope.binding.effects)
    if not sets or certain or moves:
        return []
    missing = n.both(*(n.is_none(scope.argument(use)) for use in sets))
    listed = " or ".join(use.parameter for use in sets) if len(sets) <= _NAMED_AT_MOST else "at least one field"
    return [n.when(missing, n.refuse(f"nothing to change; give {listed}"))]


# -- delete ------------------------------------------------------------------------------------------


def delete_body(scope: Scope) -> list[n.Stmt]:
    """Rows nested in this one go with it; other rows that refer to it keep it from going."""
    refusals: list[n.Stmt] = []
    cascades: list[n.Stmt] = []
    for other, column in scope.referring():
        test = n.compare(scope.column(other, column), ast.Eq(), scope.key())
        rows = n.method("session", "exec", n.method(n.call("select", scope.model(other)), "where", test))
        if other in scope.nested.values():
            cascades.append(n.each("child", n.method(rows, "all"), _remove("child")))
        else:
            phrase = f" still has {plural(noun_of(other))}; it cannot be deleted"
            refusal = n.refuse(f"{noun_of(scope.table.name)} ", scope.key(), phrase)
            refusals.append(n.when(n.is_given(n.method(rows, "first")), refusal))
    effects = [line for effect in scope.binding.effects for line in effect_of(scope, effect)]
    if cascades:
        cascades.append(flush())
    return [
        *fetch_own(scope),
        *guards(scope, ""),
        *refusals,
        *effects,
        *cascades,
        _remove(scope.own),
        n.back(scope.wrap(some_fields(scope))),
    ]


def _remove(row: str) -> n.Stmt:
    return n.statement(n.method("session", "delete", n.name(row)))
