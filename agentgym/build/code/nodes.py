"""Short names for the AST nodes that generated code is made of. Spec text enters only as constants."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

Expr = ast.expr
Stmt = ast.stmt


def name(identifier: str) -> Expr:
    """``order``."""
    return ast.Name(identifier, ast.Load())


def attr(value: Expr | str, attribute: str) -> ast.Attribute:
    """``order.status``."""
    return ast.Attribute(name(value) if isinstance(value, str) else value, attribute, ast.Load())


def const(value: object) -> Expr:
    """A constant; tuples and lists of them too."""
    if isinstance(value, tuple):
        return ast.Tuple([const(item) for item in value], ast.Load())
    if isinstance(value, list):
        return ast.List([const(item) for item in value], ast.Load())
    if isinstance(value, (int, float)) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)  # type: ignore[arg-type]


def call(function: Expr | str, /, *args: Expr, **keywords: Expr) -> Expr:
    """``len(rows)``."""
    target = name(function) if isinstance(function, str) else function
    return ast.Call(target, list(args), [ast.keyword(key, value) for key, value in keywords.items()])


def method(value: Expr | str, attribute: str, /, *args: Expr, **keywords: Expr) -> Expr:
    """``query.where(test)``."""
    return call(attr(value, attribute), *args, **keywords)


def compare(left: Expr, operator: ast.cmpop, right: Expr) -> Expr:
    """``left == right``."""
    return ast.Compare(left, [operator], [right])


def is_none(value: Expr) -> Expr:
    """``value is None``."""
    return compare(value, ast.Is(), const(None))


def is_given(value: Expr) -> Expr:
    """``value is not None``."""
    return compare(value, ast.IsNot(), const(None))


def either(*tests: Expr) -> Expr:
    """``a or b``; one test stands alone."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))


def both(*tests: Expr) -> Expr:
    """``a and b``; one test stands alone."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def binary(left: Expr, operator: ast.operator, right: Expr) -> Expr:
    """``left + right``."""
    return ast.BinOp(left, operator, right)


def item(value: Expr | str, key: str) -> Expr:
    """``line["quantity"]``."""
    return ast.Subscript(name(value) if isinstance(value, str) else value, const(key), ast.Load())


def generic(base: str, *args: Expr) -> Expr:
    """``list[Order]``, ``dict[str, Any]``."""
    inner = args[0] if len(args) == 1 else ast.Tuple(list(args), ast.Load())
    return ast.Subscript(name(base), inner, ast.Load())


def mapping(pairs: Sequence[tuple[str, Expr]]) -> Expr:
    """``{"order_id": order.order_id}``."""
    return ast.Dict([const(key) for key, _ in pairs], [value for _, value in pairs])


def assign(target: str | ast.Attribute, value: Expr) -> Stmt:
    """``target = value``."""
    if isinstance(target, str):
        return ast.Assign([ast.Name(target, ast.Store())], value, lineno=0)
    return ast.Assign([ast.Attribute(target.value, target.attr, ast.Store())], value, lineno=0)


def when(test: Expr, *body: Stmt) -> Stmt:
    """``if test: ...``."""
    return ast.If(test, list(body), [])


def each(variable: str | tuple[str, str], values: Expr, *body: Stmt) -> Stmt:
    """``for variable in values: ...``; two variables take pairs apart."""
    return ast.For(_variables(variable), values, list(body), [], lineno=0)


def listed(element: Expr, variable: str, values: Expr, *tests: Expr) -> Expr:
    """``[element for variable in values if test]``."""
    return ast.ListComp(element, [ast.comprehension(ast.Name(variable, ast.Store()), values, list(tests), 0)])


def mapped(key: Expr, element: Expr, variable: str | tuple[str, str], values: Expr, *tests: Expr) -> Expr:
    """``{key: element for variable in values if test}``; two variables take pairs apart."""
    return ast.DictComp(key, element, [ast.comprehension(_variables(variable), values, list(tests), 0)])


def choice(then: Expr, test: Expr, otherwise: Expr) -> Expr:
    """``then if test else otherwise``."""
    return ast.IfExp(test, then, otherwise)


def refuse(*parts: str | Expr) -> Stmt:
    """``raise ToolError(f"...")``: strings stand as they are, expressions are shown by repr."""
    values: list[Expr] = []
    for part in parts:
        if not isinstance(part, str):
            values.append(ast.FormattedValue(part, ord("r"), None))
        elif values and isinstance(values[-1], ast.Constant):
            values[-1] = ast.Constant(str(values[-1].value) + part)
        else:
            values.append(ast.Constant(part))
    message = values[0] if len(values) == 1 and isinstance(values[0], ast.Constant) else ast.JoinedStr(values)
    return ast.Raise(call("ToolError", message), None)


def statement(value: Expr) -> Stmt:
    """An expression that stands alone."""
    return ast.Expr(value)


def back(value: Expr) -> Stmt:
    """``return value``."""
    return ast.Return(value)


def function(
    identifier: str,
    decorator: str,
    arguments: Sequence[tuple[str, Expr, Expr | None]],
    returns: Expr,
    doc: str,
    body: Sequence[Stmt],
) -> Stmt:
    """A decorated function whose arguments are (name, annotation, default or None)."""
    defaults = [default for _, _, default in arguments if default is not None]
    args = ast.arguments(
        [], [ast.arg(one, annotation) for one, annotation, _ in arguments], None, [], [], None, defaults
    )
    return ast.FunctionDef(
        identifier, args, [statement(const(doc)), *body], [name(decorator)], returns, lineno=0, **_type_params()
    )


def klass(identifier: str, base: str, keywords: dict[str, Expr], doc: str, body: Sequence[Stmt]) -> Stmt:
    """A class with a docstring; ``keywords`` stand beside its base."""
    fields = [ast.keyword(key, value) for key, value in keywords.items()]
    return ast.ClassDef(identifier, [name(base)], fields, [statement(const(doc)), *body], [], **_type_params())


def annotated(target: str, annotation: Expr, value: Expr | None) -> Stmt:
    """``target: annotation = value``."""
    return ast.AnnAssign(ast.Name(target, ast.Store()), annotation, value, 1)


def import_from(module: str, *names: str, level: int = 0) -> Stmt:
    """``from module import a, b``."""
    return ast.ImportFrom(module, [ast.alias(one) for one in names], level)


def _variables(variable: str | tuple[str, str]) -> Expr:
    if isinstance(variable, str):
        return ast.Name(variable, ast.Store())
    return ast.Tuple([ast.Name(one, ast.Store()) for one in variable], ast.Store())


def _type_params() -> dict[str, Any]:
    """The field that functions and classes have from Python 3.12 on."""
    return {"type_params": []} if "type_params" in ast.FunctionDef._fields else {}
