"""The body of one tool as AST, from its binding: a read or a write in the dialect, as a person would write it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from agentgym.build import nodes as n
from agentgym.build.language import plural
from agentgym.build.scope import Scope
from agentgym.build.uses import noun_of
from agentgym.types import Effect, Guard, Use

_BOUNDS: dict[str, ast.cmpop] = {"eq": ast.Eq(), "ge": ast.GtE(), "le": ast.LtE()}


def body(scope: Scope) -> list[n.Stmt]:
    """The statements of the tool, without its docstring."""
    writer: dict[str, Callable[[Scope], list[n.Stmt]]] = {
        "get": _get,
        "list": _list,
        "count": _list,
        "create": _create,
        "delete": _delete,
    }
    return writer.get(scope.binding.op, _change)(scope)


# -- reads -------------------------------------------------------------------------------------------


def _get(scope: Scope) -> list[n.Stmt]:
    if scope.use("key") is not None:
        return [*_fetch_own(scope), *_answer(scope)]
    query, filters = _query(scope)
    row = scope.own
    shown: list[str | n.Expr] = [f"no {noun_of(scope.table.name)} matches"]
    for position, use in enumerate(use for use in scope.binding.uses if use.role in ("filter", "reference")):
        shown += [f"{',' if position else ''} {use.parameter} ", scope.argument(use)]
    found = n.method(n.method("session", "exec", n.name("query")), "first")
    return [*query, *filters, n.assign(row, found), n.when(n.is_none(n.name(row)), n.refuse(*shown)), *_answer(scope)]


def _list(scope: Scope) -> list[n.Stmt]:
    query, filters = _query(scope)
    paging = [_if_given(scope, use, _extend("limit" if use.role == "limit" else "offset", scope.argument(use)))
              for role in ("limit", "offset") for use in scope.binding.uses if use.role == role]  # fmt: skip
    rows = n.method("session", "exec", n.name("query"))
    if scope.binding.op == "count":
        return [*query, *filters, n.back(scope.wrap(n.call("len", n.method(rows, "all"))))]
    if scope.binding.fields or scope.binding.children:
        return [*query, *filters, *paging, n.back(scope.wrap(n.listed(_shown(scope), scope.own, rows)))]
    return [*query, *filters, *paging, n.back(scope.wrap(n.call("list", rows)))]


def _query(scope: Scope) -> tuple[list[n.Stmt], list[n.Stmt]]:
    """Existence checks and the base query with what always holds; then a narrowing for each optional filter."""
    head: list[n.Stmt] = []
    filters: list[n.Stmt] = []
    query = n.call("select", scope.model(scope.table.name))
    for use in scope.binding.uses:
        if use.role not in ("reference", "filter"):
            continue
        if use.role == "reference":
            head += _reference(scope, use)
        test = _test(scope, use, use.into or use.column)
        if scope.always(use.parameter):
            query = n.method(query, "where", test)
        else:
            filters.append(_if_given(scope, use, _extend("where", test)))
    if scope.binding.op != "count":
        query = n.method(query, "order_by", scope.column(scope.table.name, scope.table.primary_key))
    return [*head, n.assign("query", query)], filters


def _test(scope: Scope, use: Use, column: str) -> n.Expr:
    held, given = scope.column(scope.table.name, column), scope.argument(use)
    if use.test == "contains":
        return n.method(held, "icontains", given, autoescape=n.const(True))
    if use.test == "in":
        return n.method(held, "in_", given)
    return n.compare(held, _BOUNDS[use.test], given)


def _extend(clause: str, value: n.Expr) -> n.Stmt:
    return n.assign("query", n.method("query", clause, value))


def _if_given(scope: Scope, use: Use, statement: n.Stmt) -> n.Stmt:
    return statement if scope.always(use.parameter) else n.when(n.is_given(scope.argument(use)), statement)


# -- writes ------------------------------------------------------------------------------------------


def _create(scope: Scope) -> list[n.Stmt]:
    rows = _references(scope)
    taken = next(
        (use for use in scope.binding.uses if use.role == "set" and use.column == scope.table.primary_key), None
    )
    if taken is not None:
        there = n.is_given(n.method("session", "get", scope.model(scope.table.name), scope.argument(taken)))
        rows += _optional(
            scope,
            taken.parameter,
            [n.when(there, n.refuse(f"{noun_of(scope.table.name)} ", scope.argument(taken), " already exists"))],
        )
    lines = scope.use("lines")
    if lines is not None:
        rows.append(
            n.when(
                ast.UnaryOp(ast.Not(), scope.argument(lines)),
                n.refuse(f"{lines.parameter} is empty; give at least one"),
            )
        )
    moved = [line for effect in scope.binding.effects if effect.of in scope.arguments and effect.of != scope.line_argument
             for line in _optional(scope, effect.of, _effect(scope, effect))]  # fmt: skip
    made = [n.assign(scope.own, _new_row(scope)), n.statement(n.method("session", "add", n.name(scope.own)))]
    if lines is not None:
        made += [n.statement(n.method("session", "flush")), *_each_line(scope, lines)]
    return [*rows, *moved, *made, *_answer(scope)]


def _new_row(scope: Scope) -> n.Expr:
    """``Order(order_id=new_id(session, Order), ...)``, columns in the table's order."""
    values: dict[str, n.Expr] = {}
    for use in scope.binding.uses:
        if use.role in ("set", "reference") and (use.into or use.column) and (use.role == "set" or use.into):
            values[use.into or use.column] = scope.argument(use)
    for effect in scope.binding.effects:
        if not effect.of:
            values[effect.column] = (
                n.const(0.0 if scope.is_float(scope.table.name, effect.column) else 0)
                if effect.op == "add"
                else scope.value(effect)
            )
    key = scope.table.primary_key
    fresh = n.call("new_id", n.name("session"), scope.model(scope.table.name))
    given = next((use for use in scope.binding.uses if use.role == "set" and use.column == key), None)
    values[key] = (
        fresh if given is None else values[key] if scope.always(given.parameter) else n.either(values[key], fresh)
    )
    ordered = {
        scope.attribute(scope.table.name, column.name): values[column.name]
        for column in scope.table.columns
        if column.name in values
    }
    return ast.Call(scope.model(scope.table.name), [], [ast.keyword(one, value) for one, value in ordered.items()])


def _each_line(scope: Scope, lines: Use) -> list[n.Stmt]:
    """One child row for each object of a list argument."""
    child = scope.tables[lines.table]
    inside: list[n.Stmt] = []
    for item in lines.items:
        if item.role == "reference":
            inside += _reference(scope, item, prefix=lines.parameter)
    inside += [
        line
        for guard in scope.binding.guards
        if guard.of.startswith(f"{lines.parameter}.")
        for line in _guard(scope, guard)
    ]
    inside += [
        line
        for effect in scope.binding.effects
        if effect.of.startswith(f"{lines.parameter}.")
        for line in _effect(scope, effect)
    ]
    inside += [
        line
        for effect in scope.binding.effects
        if not effect.of and effect.op == "add"
        for line in _effect(scope, effect)
    ]
    values = {child.primary_key: n.call("new_id", n.name("session"), scope.model(child.name))}
    back = next(link.column for link in child.foreign_keys if link.table == scope.table.name)
    values[back] = n.attr(scope.own, scope.attribute(scope.table.name, scope.table.primary_key))
    for item in lines.items:
        values[item.into or item.column] = scope.operand(f"{lines.parameter}.{item.parameter}")
    for effect in scope.binding.effects:
        if effect.of == lines.parameter:
            values[effect.column] = scope.value(effect)
    ordered = [
        ast.keyword(scope.attribute(child.name, column.name), values[column.name])
        for column in child.columns
        if column.name in values
    ]
    row = ast.Call(scope.model(child.name), [], ordered)
    inside += [n.statement(n.method("session", "add", row)), n.statement(n.method("session", "flush"))]
    return [n.each(scope.line, scope.argument(lines), *inside)]


def _change(scope: Scope) -> list[n.Stmt]:
    """Update, transition, adjust: fetch, refuse, set, save."""
    own = scope.own
    rows = _references(scope)
    sets = [use for use in scope.binding.uses if use.role == "set" or (use.role == "reference" and use.into)]
    optional = [use for use in sets if not scope.always(use.parameter)]
    guards: list[n.Stmt] = []
    if (
        optional
        and len(optional) == len(sets)
        and not any(not effect.of and effect.amount != "now" for effect in scope.binding.effects)
    ):
        missing = n.both(*(n.is_none(scope.argument(use)) for use in optional))
        names = " or ".join(use.parameter for use in optional) if len(optional) < 6 else "at least one field"
        guards.append(n.when(missing, n.refuse(f"nothing to change; give {names}")))
    stored = [_if_given(scope, use, n.assign(scope.held(use.into or use.column), scope.argument(use))) for use in sets]
    effects = [line for effect in scope.binding.effects for line in _optional(scope, effect.of, _effect(scope, effect))]
    return [
        *_fetch_own(scope),
        *_guards(scope, ""),
        *rows,
        *guards,
        *stored,
        *effects,
        n.statement(n.method("session", "add", n.name(own))),
        *_answer(scope),
    ]


def _delete(scope: Scope) -> list[n.Stmt]:
    """Rows nested in this one go with it; other rows that refer to it keep it from going."""
    key = n.attr(scope.own, scope.attribute(scope.table.name, scope.table.primary_key))
    refusals: list[n.Stmt] = []
    cascades: list[n.Stmt] = []
    for other, column in scope.referring():
        query = n.method(
            n.call("select", scope.model(other)), "where", n.compare(scope.column(other, column), ast.Eq(), key)
        )
        rows = n.method("session", "exec", query)
        if other in scope.nested.values():
            cascades.append(
                n.each("child", n.method(rows, "all"), n.statement(n.method("session", "delete", n.name("child"))))
            )
        else:
            phrase = f" still has {plural(noun_of(other))}; it cannot be deleted"
            refusals.append(
                n.when(n.is_given(n.method(rows, "first")), n.refuse(f"{noun_of(scope.table.name)} ", key, phrase))
            )
    effects = [line for effect in scope.binding.effects for line in _effect(scope, effect)]
    gone = n.statement(n.method("session", "delete", n.name(scope.own)))
    if cascades:
        cascades.append(n.statement(n.method("session", "flush")))
    return [
        *_fetch_own(scope),
        *_guards(scope, ""),
        *refusals,
        *effects,
        *cascades,
        gone,
        n.back(scope.wrap(_fields(scope) or n.name(scope.own))),
    ]


# -- rows, guards, effects ---------------------------------------------------------------------------


def _fetch_own(scope: Scope) -> list[n.Stmt]:
    """Fetch the tool's own row by its key; a row outside the given scope counts as missing."""
    key = scope.use("key")
    assert key is not None
    given = scope.argument(key)
    missing = [n.is_none(n.name(scope.own))]
    for use in scope.binding.uses:
        if use.role == "scope":
            differs = n.compare(scope.held(use.column), ast.NotEq(), scope.argument(use))
            missing.append(differs if scope.always(use.parameter) else n.both(n.is_given(scope.argument(use)), differs))
    fetch = n.assign(scope.own, n.method("session", "get", scope.model(scope.table.name), given))
    return [fetch, n.when(n.either(*missing), n.refuse(f"{noun_of(scope.table.name)} ", given, " not found"))]


def _reference(scope: Scope, use: Use, prefix: str = "") -> list[n.Stmt]:
    """The row an argument names must exist; it is fetched where a guard or an effect needs it."""
    of = f"{prefix}.{use.parameter}" if prefix else use.parameter
    given = scope.operand(of)
    fetch = n.method("session", "get", scope.model(use.table), given)
    refusal = n.refuse(f"{noun_of(use.table)} ", given, " not found")
    if not scope.needs(of):
        there = n.is_none(fetch)
        return [n.when(there if prefix or scope.always(use.parameter) else n.both(n.is_given(given), there), refusal)]
    return [n.assign(scope.row(of), fetch), n.when(n.is_none(n.name(scope.row(of))), refusal)]


def _references(scope: Scope) -> list[n.Stmt]:
    """Every row an argument names: it exists, and what the tool insists on holds for it."""
    lines: list[n.Stmt] = []
    for use in scope.binding.uses:
        if use.role != "reference":
            continue
        checks = [*_reference(scope, use), *_guards(scope, use.parameter)]
        lines += _optional(scope, use.parameter, checks) if scope.needs(use.parameter) else checks
    return lines


def _optional(scope: Scope, of: str, statements: list[n.Stmt]) -> list[n.Stmt]:
    """Statements about a row that an argument names, run only where an optional argument was given."""
    if of not in scope.arguments or scope.always(of):
        return statements
    return [n.when(n.is_given(n.name(scope.arguments[of])), *statements)]


def _guards(scope: Scope, of: str) -> list[n.Stmt]:
    return [line for guard in scope.binding.guards if guard.of == of for line in _guard(scope, guard)]


def _guard(scope: Scope, guard: Guard) -> list[n.Stmt]:
    if guard.test == "differs":
        same = n.compare(scope.operand(guard.of), ast.Eq(), scope.operand(guard.amount))
        return [n.when(same, n.refuse(f"{guard.amount} and {guard.of} must differ"))]
    held = scope.of(guard.of, guard.column)
    who: list[str | n.Expr] = [f"{noun_of(guard.table)} ", scope.key_of(guard.of)]
    if guard.test == "at_least":
        wanted = scope.operand(guard.amount) if guard.amount else n.const(1)
        what = guard.column.replace("_", " ")
        return [
            n.when(n.compare(held, ast.Lt(), wanted), n.refuse(*who, f": {what} is ", held, ", ", wanted, " needed"))
        ]
    values, inside = guard.values, guard.test == "in"
    if len(values) == 1:
        test = n.compare(held, ast.NotEq() if inside else ast.Eq(), n.const(values[0]))
    else:
        test = n.compare(held, ast.NotIn() if inside else ast.In(), n.const(tuple(values)))
    wish = f"; it must be {' or '.join(repr(value) for value in values)}" if inside else " already"
    return [n.when(test, n.refuse(*who, " is ", held, wish))]


def _effect(scope: Scope, effect: Effect) -> list[n.Stmt]:
    """Change one row: the tool's own, one that was fetched, one an own column names, or each child's."""
    holder, _, column = effect.of.partition(".")
    if holder == "own":
        row = scope.row(effect.of)
        fetch = n.assign(row, n.method("session", "get_one", scope.model(effect.table), scope.held(column)))
        lines = [fetch, _apply(scope, effect, row), n.statement(n.method("session", "add", n.name(row)))]
        return [n.when(n.is_given(scope.held(column)), *lines)] if scope.nullable(scope.table.name, column) else lines
    if holder in scope.nested.values():
        return [_each_child(scope, effect, holder, column)]
    row = scope.row(effect.of) if effect.of else scope.own
    saved = [n.statement(n.method("session", "add", n.name(row)))] if effect.of else []
    return [_apply(scope, effect, row), *saved]


def _each_child(scope: Scope, effect: Effect, child: str, column: str) -> n.Stmt:
    link = next(link.column for link in scope.tables[child].foreign_keys if link.table == scope.table.name)
    key = n.attr(scope.own, scope.attribute(scope.table.name, scope.table.primary_key))
    query = n.method(n.call("select", scope.model(child)), "where", n.compare(scope.column(child, link), ast.Eq(), key))
    row = scope.row(effect.of)
    fetch = n.assign(
        row,
        n.method(
            "session", "get_one", scope.model(effect.table), n.attr(scope.child(child), scope.attribute(child, column))
        ),
    )
    save = n.statement(n.method("session", "add", n.name(row)))
    return n.each(
        scope.child(child), n.method(n.method("session", "exec", query), "all"), fetch, _apply(scope, effect, row), save
    )


def _apply(scope: Scope, effect: Effect, row: str) -> n.Stmt:
    target = n.attr(row, scope.attribute(effect.table, effect.column))
    value = scope.value(effect)
    if effect.op == "set":
        return n.assign(target, value)
    if effect.op == "append":
        return n.assign(
            target, n.binary(ast.BoolOp(ast.Or(), [target, n.const([])]), ast.Add(), ast.List([value], ast.Load()))
        )
    if effect.op == "remove":
        kept = ast.ListComp(n.name("entry"), [ast.comprehension(ast.Name("entry", ast.Store()), ast.BoolOp(ast.Or(), [target, n.const([])]),
                                                                [n.compare(n.name("entry"), ast.NotEq(), value)], 0)])  # fmt: skip
        return n.assign(target, kept)
    operator: ast.operator = ast.Add() if effect.op == "add" else ast.Sub()
    if scope.is_float(effect.table, effect.column):
        return n.assign(
            target, n.call("round", n.binary(target, operator, scope.value(effect, rounded=False)), n.const(2))
        )
    return ast.AugAssign(ast.Attribute(target.value, target.attr, ast.Store()), operator, value)


# -- results -----------------------------------------------------------------------------------------


def _answer(scope: Scope) -> list[n.Stmt]:
    flushed = (
        [n.statement(n.method("session", "flush"))]
        if scope.binding.writes and scope.binding.children and scope.binding.op != "create"
        else []
    )
    return [*flushed, n.back(scope.wrap(_shown(scope)))]


def _shown(scope: Scope) -> n.Expr:
    """The tool's row as its result shows it: whole, some fields, one value, or with its child rows nested."""
    binding = scope.binding
    if binding.returns == "value":
        return scope.held(binding.fields[0])
    fields = _fields(scope)
    if fields is not None or not binding.children:
        return fields if fields is not None else n.name(scope.own)
    return ast.Call(
        n.name("nest"),
        [n.name(scope.own)],
        [ast.keyword(one, _children(scope, child)) for one, child in scope.children()],
    )


def _fields(scope: Scope) -> n.Expr | None:
    if not scope.binding.fields:
        return None
    pairs = [(field, scope.held(field)) for field in scope.binding.fields]
    return n.mapping([*pairs, *((name, _children(scope, child)) for name, child in scope.binding.children.items())])


def _children(scope: Scope, child: str) -> n.Expr:
    link = next(link.column for link in scope.tables[child].foreign_keys if link.table == scope.table.name)
    key = n.attr(scope.own, scope.attribute(scope.table.name, scope.table.primary_key))
    query = n.method(n.call("select", scope.model(child)), "where", n.compare(scope.column(child, link), ast.Eq(), key))
    ordered = n.method(query, "order_by", scope.column(child, scope.tables[child].primary_key))
    return n.method(n.method("session", "exec", ordered), "all")
