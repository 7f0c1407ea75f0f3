"""What the bodies of tools are put together from: rows fetched or refused, guards, effects, answers."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from agentgym.build.code import nodes as n
from agentgym.build.code.scope import Scope
from agentgym.build.induction.uses import noun_of
from agentgym.types import Effect, Guard, Use

# -- rows --------------------------------------------------------------------------------------------


def fetch_own(scope: Scope) -> list[n.Stmt]:
    """Fetch the tool's own row by its key; a row outside the given scope counts as missing."""
    key = scope.use("key")
    if key is None:
        return _fetch_first(scope)
    given = scope.argument(key)
    missing = [n.is_none(n.name(scope.own))]
    for use in scope.binding.uses:
        if use.role == "scope":
            differs = n.compare(scope.held(use.column), ast.NotEq(), scope.argument(use))
            missing.append(differs if scope.always(use.parameter) else n.both(n.is_given(scope.argument(use)), differs))
    fetch = n.assign(scope.own, n.method("session", "get", scope.model(scope.table.name), given))
    return [fetch, n.when(n.either(*missing), n.refuse(f"{noun_of(scope.table.name)} ", given, " not found"))]


def _fetch_first(scope: Scope) -> list[n.Stmt]:
    """Fetch the first row, by key, that the given scope matches."""
    query = n.call("select", scope.model(scope.table.name))
    narrowing: list[n.Stmt] = []
    parts: list[str | n.Expr] = [f"no {noun_of(scope.table.name)} matches"]
    for use in scope.binding.uses:
        if use.role != "scope":
            continue
        test = n.compare(scope.column(scope.table.name, use.column), ast.Eq(), scope.argument(use))
        parts += [f"{',' if len(parts) > 1 else ''} {use.parameter} ", scope.argument(use)]
        if scope.always(use.parameter):
            query = n.method(query, "where", test)
        else:
            narrowing.append(if_given(scope, use, n.assign("query", n.method("query", "where", test))))
    query = n.method(query, "order_by", scope.key_column())
    found = n.method(n.method("session", "exec", n.name("query")), "first")
    refusal = n.when(n.is_none(n.name(scope.own)), n.refuse(*parts))
    return [n.assign("query", query), *narrowing, n.assign(scope.own, found), refusal]


def reference(scope: Scope, use: Use, lines: str = "") -> list[n.Stmt]:
    """The row an argument names must exist; it is fetched where a guard or an effect needs it."""
    of = f"{lines}.{use.parameter}" if lines else use.parameter
    given = scope.operand(of)
    fetch = n.method("session", "get", scope.model(use.table), given)
    refusal = n.refuse(f"{noun_of(use.table)} ", given, " not found")
    if scope.needs(of):
        return [n.assign(scope.row(of), fetch), n.when(n.is_none(n.name(scope.row(of))), refusal)]
    there = n.is_none(fetch)
    return [n.when(there if lines or scope.always(use.parameter) else n.both(n.is_given(given), there), refusal)]


def references(scope: Scope) -> list[n.Stmt]:
    """Every row an argument names: it exists, and what the tool insists on holds for it."""
    lines = [guard_of(scope, guard) for guard in scope.binding.guards if guard.test == "differs"]
    for use in scope.binding.uses:
        if use.role != "reference":
            continue
        checks = [*reference(scope, use), *guards(scope, use.parameter)]
        lines += if_named(scope, use.parameter, checks) if scope.needs(use.parameter) else checks
    return lines


def if_given(scope: Scope, use: Use, statement: n.Stmt) -> n.Stmt:
    """A statement about an argument, run only where an optional argument was given."""
    return statement if scope.always(use.parameter) else n.when(n.is_given(scope.argument(use)), statement)


def if_named(scope: Scope, of: str, statements: list[n.Stmt]) -> list[n.Stmt]:
    """Statements about the row that ``of`` names, run only where an optional argument named one."""
    if of not in scope.arguments or scope.always(of):
        return statements
    return [n.when(n.is_given(n.name(scope.arguments[of])), *statements)]


def save(row: str) -> n.Stmt:
    """``session.add(order)``."""
    return n.statement(n.method("session", "add", n.name(row)))


def flush() -> n.Stmt:
    """``session.flush()``."""
    return n.statement(n.method("session", "flush"))


# -- guards ------------------------------------------------------------------------------------------


def guards(scope: Scope, of: str) -> list[n.Stmt]:
    """What the tool insists on of the row that ``of`` names."""
    return [guard_of(scope, guard) for guard in scope.binding.guards if guard.of == of and guard.test != "differs"]


def guard_of(scope: Scope, guard: Guard) -> n.Stmt:
    """One refusal, in words that say what is there and what is needed."""
    if guard.test == "differs":
        same = n.compare(scope.operand(guard.of), ast.Eq(), scope.operand(guard.amount))
        return n.when(same, n.refuse(f"{guard.amount} and {guard.of} must differ"))
    held = scope.of(guard.of, guard.column)
    who: list[str | n.Expr] = [f"{noun_of(guard.table)} ", scope.key_of(guard.of)]
    if guard.test == "at_least":
        wanted = scope.operand(guard.amount) if guard.amount else n.const(1)
        what = guard.column.replace("_", " ")
        refusal = n.refuse(*who, f": {what} is ", held, ", ", wanted, " needed")
        return n.when(n.compare(held, ast.Lt(), wanted), refusal)
    values, inside = guard.values, guard.test == "in"
    if len(values) == 1:
        test = n.compare(held, ast.NotEq() if inside else ast.Eq(), n.const(values[0]))
    else:
        test = n.compare(held, ast.NotIn() if inside else ast.In(), n.const(tuple(values)))
    wish = f"; it must be {_either(values)}" if inside else " already"
    return n.when(test, n.refuse(*who, " is ", held, wish))


def _either(values: Sequence[object]) -> str:
    """'open', 'in_progress' or 'resolved'."""
    *first, last = (repr(value) for value in values)
    return f"{', '.join(first)} or {last}" if first else last


# -- effects -----------------------------------------------------------------------------------------


def effect_of(scope: Scope, effect: Effect) -> list[n.Stmt]:
    """Change one row: the tool's own, one that was fetched, one an own column names, or each child's."""
    holder, _, column = effect.of.partition(".")
    if holder == "own":
        row = scope.row(effect.of)
        fetch = n.assign(row, n.method("session", "get_one", scope.model(effect.table), scope.held(column)))
        lines = [fetch, _apply(scope, effect, row), save(row)]
        return [n.when(n.is_given(scope.held(column)), *lines)] if scope.nullable(scope.table.name, column) else lines
    if holder in scope.nested.values():
        return [_each_child(scope, effect, holder, column)]
    if not effect.of:
        return [_apply(scope, effect, scope.own)]
    row = scope.row(effect.of)
    return [_apply(scope, effect, row), save(row)]


def _each_child(scope: Scope, effect: Effect, child: str, column: str) -> n.Stmt:
    children = n.method(n.method("session", "exec", scope.child_query(child)), "all")
    row = scope.row(effect.of)
    named = n.attr(scope.child(child), scope.attribute(child, column))
    fetch = n.assign(row, n.method("session", "get_one", scope.model(effect.table), named))
    return n.each(scope.child(child), children, fetch, _apply(scope, effect, row), save(row))


def _apply(scope: Scope, effect: Effect, row: str) -> n.Stmt:
    target = n.attr(row, scope.attribute(effect.table, effect.column))
    value = scope.value(effect)
    entries = n.either(target, n.const([]))
    if effect.op == "set":
        return n.assign(target, value)
    if effect.op == "append":
        return n.assign(target, n.binary(entries, ast.Add(), ast.List([value], ast.Load())))
    if effect.op == "remove":
        other = n.compare(n.name("entry"), ast.NotEq(), value)
        return n.assign(target, n.listed(n.name("entry"), "entry", entries, other))
    operator: ast.operator = ast.Add() if effect.op == "add" else ast.Sub()
    if scope.is_float(effect.table, effect.column):
        exact = n.binary(target, operator, scope.value(effect, rounded=False))
        return n.assign(target, n.call("round", exact, n.const(2)))
    return ast.AugAssign(ast.Attribute(target.value, target.attr, ast.Store()), operator, value)


# -- answers -----------------------------------------------------------------------------------------


def answer(scope: Scope) -> list[n.Stmt]:
    """Return the tool's row; child rows that the tool changed are flushed first, so that the query sees them."""
    binding = scope.binding
    changed = binding.writes and binding.children and binding.op != "create"
    return [*([flush()] if changed else []), n.back(scope.wrap(shown(scope)))]


def shown(scope: Scope) -> n.Expr:
    """The tool's row as its result shows it: whole, some fields, one value, or with its child rows nested."""
    binding = scope.binding
    if binding.returns == "value":
        return scope.held(binding.fields[0])
    if binding.fields or not binding.children:
        return some_fields(scope)
    nested = {name: _children(scope, child) for name, child in binding.children.items()}
    return n.call("nest", n.name(scope.own), **nested)


def some_fields(scope: Scope) -> n.Expr:
    """The fields the vendor shows, child rows among them; the whole row where it does not say."""
    if not scope.binding.fields:
        return n.name(scope.own)
    pairs: list[tuple[str, n.Expr]] = [(field, scope.held(field)) for field in scope.binding.fields]
    return n.mapping([*pairs, *((name, _children(scope, child)) for name, child in scope.binding.children.items())])


def _children(scope: Scope, child: str) -> n.Expr:
    ordered = n.method(scope.child_query(child), "order_by", scope.column(child, scope.tables[child].primary_key))
    return n.method(n.method("session", "exec", ordered), "all")
