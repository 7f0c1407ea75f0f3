"""Wrong versions of a right tool: one small mistake each, made in the syntax tree of its function.

The operators are the mistakes that generated code could hold: a filter that is gone, another column, a guard or a
write left out, the wrong row, a condition turned round, the wrong order, a lost effect, an edit nobody asked for.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

Columns: TypeAlias = Mapping[str, Mapping[str, str]]  # class name -> attribute -> type

_TURNED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq(), ast.Lt: ast.GtE(), ast.GtE: ast.Lt(), ast.Gt: ast.LtE(),
    ast.LtE: ast.Gt(), ast.In: ast.NotIn(), ast.NotIn: ast.In(), ast.Is: ast.IsNot(), ast.IsNot: ast.Is(),
}  # fmt: skip
_NEARLY: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(), ast.LtE: ast.Lt(), ast.Gt: ast.GtE(), ast.GtE: ast.Gt(),
}  # fmt: skip
_SIGNS: dict[type[ast.operator], ast.operator] = {ast.Add: ast.Sub(), ast.Sub: ast.Add(), ast.Mult: ast.Add()}
_CHAINED = {
    "where": "dropped filter", "order_by": "wrong order", "limit": "ignored page", "offset": "ignored page",
}  # fmt: skip


class Mutation(NamedTuple):
    """One mistake: the operator's name, the node it is made at, and what stands there instead (None: nothing)."""

    operator: str
    node: ast.AST
    instead: ast.AST | None


def mutations(function: ast.FunctionDef, columns: Columns) -> Iterator[Mutation]:
    """Every mistake the operators can make in ``function``, in the order of its text."""
    rows = _rows(function)
    alike = _alike(function)
    for node in ast.walk(ast.Module(_body(function), [])):
        if isinstance(node, ast.stmt):
            yield from _statement(node, rows, columns)
        elif isinstance(node, ast.Call):
            yield from _call(node, columns)
        elif isinstance(node, ast.Compare):
            yield from _compare(node)
        elif isinstance(node, ast.Attribute):
            yield from _column(node, rows, columns)
        elif isinstance(node, ast.BinOp) and type(node.op) in _SIGNS and not isinstance(node.left, ast.List):
            yield Mutation("wrong sign", node, ast.BinOp(node.left, _SIGNS[type(node.op)], node.right))
        elif isinstance(node, ast.Name) and node.id in alike:
            yield Mutation("wrong argument", node, ast.Name(alike[node.id], ast.Load()))
        elif isinstance(node, ast.Dict):
            for place in range(len(node.keys)):
                yield Mutation("dropped result", node, _without(node, place))


def mutated(function: ast.FunctionDef, mutation: Mutation) -> ast.FunctionDef:
    """A copy of ``function`` with the mistake in it."""
    memo: dict[int, object] = {}
    made = copy.deepcopy(function, memo)
    changed = _Replace(memo[id(mutation.node)], copy.deepcopy(mutation.instead)).visit(made)
    assert isinstance(changed, ast.FunctionDef)
    return ast.fix_missing_locations(changed)


class _Replace(ast.NodeTransformer):
    """Puts one node, or nothing, in the place of another."""

    def __init__(self, old: object, new: ast.AST | None) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST | None:
        if node is self.old:
            return ast.Pass() if self.new is None and isinstance(node, ast.stmt) else self.new
        self.generic_visit(node)
        return node


# -- what is known of a function -------------------------------------------------------------------


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    first = function.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return function.body[1:] if told else function.body


def _rows(function: ast.FunctionDef) -> dict[str, str]:
    """Local name -> class of the row it holds."""
    held: dict[str, str] = {}
    for node in ast.walk(function):
        pair = (node.targets[0], node.value) if isinstance(node, ast.Assign) else None
        pair = (node.target, node.iter) if isinstance(node, ast.For) else pair
        if pair is not None and isinstance(pair[0], ast.Name):
            models = [name.id for name in ast.walk(pair[1]) if isinstance(name, ast.Name) and name.id[:1].isupper()]
            if models and (isinstance(node, ast.For) or _called(pair[1]) in ("get", "get_one", "first", *models[:1])):
                held[pair[0].id] = models[0]
    return held


def _alike(function: ast.FunctionDef) -> dict[str, str]:
    """Each parameter with another of the same type, which a mistake could take for it."""
    kinds: dict[str, list[str]] = {}
    for argument in function.args.args[1:]:
        if argument.annotation is not None:
            kinds.setdefault(ast.unparse(argument.annotation).removesuffix(" | None"), []).append(argument.arg)
    return {
        name: names[(place + 1) % len(names)]
        for names in kinds.values()
        if len(names) > 1
        for place, name in enumerate(names)
    }


def _called(node: ast.expr) -> str:
    """The name of what is called, "" where it is no call."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


# -- operators -------------------------------------------------------------------------------------


def _statement(node: ast.stmt, rows: Mapping[str, str], columns: Columns) -> Iterator[Mutation]:
    if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise):
        yield Mutation("missing guard", node, None)
    elif isinstance(node, ast.If):
        yield Mutation("inverted condition", node, ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse))
    elif isinstance(node, ast.AugAssign):
        yield Mutation("missing effect", node, None)
        if type(node.op) in _SIGNS:
            yield Mutation("wrong sign", node, ast.AugAssign(node.target, _SIGNS[type(node.op)], node.value))
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        held = ast.unparse(node.targets[0])
        itself = any(ast.unparse(part) == held for part in ast.walk(node.value) if isinstance(part, ast.Attribute))
        yield Mutation("missing effect" if itself else "dropped write", node, None)
        yield from _constant(node)
    elif isinstance(node, ast.Expr) and _called(node.value) in ("add", "delete"):
        yield Mutation("dropped write", node, None)
    elif isinstance(node, ast.For):
        yield Mutation("missing effect", node, None)
    elif isinstance(node, ast.Return):
        yield from _unwanted(node, rows, columns)


def _constant(node: ast.Assign) -> Iterator[Mutation]:
    """Another value than the one that a write sets."""
    if isinstance(node.value, ast.Constant):
        value = node.value.value
        other = not value if isinstance(value, bool) else f"{value}x" if isinstance(value, str) else None
        yield Mutation("wrong value", node.value, ast.Constant(other))


def _unwanted(node: ast.Return, rows: Mapping[str, str], columns: Columns) -> Iterator[Mutation]:
    """An edit of a row that nobody asked for, just before the answer."""
    for row, model in rows.items():
        texts = [name for name, kind in columns.get(model, {}).items() if kind == "str"]
        if texts and node.value is not None and any(isinstance(n, ast.Name) and n.id == row for n in ast.walk(node)):
            target = ast.Attribute(ast.Name(row, ast.Load()), texts[-1], ast.Store())
            edits = [ast.Assign([target], ast.Constant("unwanted"), lineno=node.lineno)]
            yield Mutation("unwanted write", node, ast.If(ast.Constant(True), [*edits, _saved(row), node], []))


def _saved(row: str) -> ast.stmt:
    add = ast.Attribute(ast.Name("session", ast.Load()), "add", ast.Load())
    return ast.Expr(ast.Call(add, [ast.Name(row, ast.Load())], []))


def _call(node: ast.Call, columns: Columns) -> Iterator[Mutation]:
    method, base = _called(node), node.func.value if isinstance(node.func, ast.Attribute) else None
    if base is not None and method in _CHAINED:
        yield Mutation(_CHAINED[method], node, base)
        if method == "order_by":
            turned = ast.Call(ast.Attribute(node.args[0], "desc", ast.Load()), [], [])
            yield Mutation("wrong order", node, ast.Call(node.func, [turned, *node.args[1:]], []))
        if method in ("limit", "offset"):
            more = ast.BinOp(node.args[0], ast.Add(), ast.Constant(1))
            yield Mutation("wrong page", node, ast.Call(node.func, [more], []))
    elif method in ("get", "get_one") and len(node.args) == 2 and isinstance(node.args[0], ast.Name):
        query = ast.Call(ast.Name("select", ast.Load()), [node.args[0]], [])
        found = ast.Call(ast.Attribute(ast.Name("session", ast.Load()), "exec", ast.Load()), [query], [])
        yield Mutation("wrong row", node, ast.Call(ast.Attribute(found, "first", ast.Load()), [], []))
    elif isinstance(node.func, ast.Name) and node.func.id in columns:
        for place, keyword in enumerate(node.keywords):
            rest = [*node.keywords[:place], *node.keywords[place + 1 :]]
            yield Mutation("dropped field", node, ast.Call(node.func, node.args, rest))
            if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
                yield Mutation("wrong value", keyword.value, ast.Constant(f"{keyword.value.value}x"))
    elif method == "nest":
        for place in range(len(node.keywords)):
            rest = [*node.keywords[:place], *node.keywords[place + 1 :]]
            yield Mutation("dropped result", node, ast.Call(node.func, node.args, rest))


def _compare(node: ast.Compare) -> Iterator[Mutation]:
    kind = type(node.ops[0])
    if kind in _TURNED:
        yield Mutation("inverted condition", node, ast.Compare(node.left, [_TURNED[kind]], node.comparators))
    if kind in _NEARLY:
        yield Mutation("shifted bound", node, ast.Compare(node.left, [_NEARLY[kind]], node.comparators))


def _column(node: ast.Attribute, rows: Mapping[str, str], columns: Columns) -> Iterator[Mutation]:
    """Another column of the same type, for one that is read, compared or written."""
    base = node.value.id if isinstance(node.value, ast.Name) else ""
    held = columns.get(rows.get(base, base), {})
    names = [name for name, kind in held.items() if kind == held.get(node.attr)]
    if len(names) > 1:
        other = names[(names.index(node.attr) + 1) % len(names)]
        yield Mutation("swapped column", node, ast.Attribute(node.value, other, node.ctx))


def _without(node: ast.Dict, place: int) -> ast.Dict:
    return ast.Dict(
        [key for at, key in enumerate(node.keys) if at != place],
        [value for at, value in enumerate(node.values) if at != place],
    )
