"""Bodies of tools that only read: get, list, count."""

from __future__ import annotations

import ast

from agentgym.build.code import nodes as n
from agentgym.build.code.rows import answer, fetch_own, if_given, reference, shown
from agentgym.build.code.scope import Scope
from agentgym.build.induction.uses import noun_of
from agentgym.types import Use

_BOUNDS: dict[str, ast.cmpop] = {"eq": ast.Eq(), "ge": ast.GtE(), "le": ast.LtE()}


def get_body(scope: Scope) -> list[n.Stmt]:
    """One row, by its key or as the first that matches."""
    if scope.use("key") is not None:
        return [*fetch_own(scope), *answer(scope)]
    query, filters = _query(scope)
    row = scope.own
    parts: list[str | n.Expr] = [f"no {noun_of(scope.table.name)} matches"]
    for position, use in enumerate(use for use in scope.binding.uses if use.role in ("filter", "reference")):
        parts += [f"{',' if position else ''} {use.parameter} ", scope.argument(use)]
    found = n.method(n.method("session", "exec", n.name("query")), "first")
    return [*query, *filters, n.assign(row, found), n.when(n.is_none(n.name(row)), n.refuse(*parts)), *answer(scope)]


def list_body(scope: Scope) -> list[n.Stmt]:
    """The rows that match, in the order of their keys and a page at a time, or how many they are."""
    query, filters = _query(scope)
    rows = n.method("session", "exec", n.name("query"))
    if scope.binding.op == "count":
        return [*query, *filters, n.back(scope.wrap(n.call("len", n.method(rows, "all"))))]
    paging = [
        if_given(scope, use, _extend(clause, scope.argument(use)))
        for clause in ("limit", "offset")
        for use in scope.binding.uses
        if use.role == clause
    ]
    whole = not scope.binding.fields and not scope.binding.children
    result = n.call("list", rows) if whole else n.listed(shown(scope), scope.own, rows)
    return [*query, *filters, *paging, n.back(scope.wrap(result))]


def _query(scope: Scope) -> tuple[list[n.Stmt], list[n.Stmt]]:
    """Existence checks and the base query with what always holds; then a narrowing for each optional filter."""
    head: list[n.Stmt] = []
    filters: list[n.Stmt] = []
    query = n.call("select", scope.model(scope.table.name))
    for use in scope.binding.uses:
        if use.role not in ("reference", "filter"):
            continue
        if use.role == "reference":
            head += reference(scope, use)
        test = _test(scope, use, use.into or use.column)
        if scope.always(use.parameter):
            query = n.method(query, "where", test)
        else:
            filters.append(if_given(scope, use, _extend("where", test)))
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
