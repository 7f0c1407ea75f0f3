"""What the body of a tool may contain: the statements and expressions of the dialect."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from agentgym.world.syntax import BUILTINS, QUERY, Checker, is_docstring, is_name, is_text

_SESSION_METHODS = "get get_one exec add delete flush where order_by limit offset distinct first one one_or_none all"
_COLUMN_METHODS = "contains icontains startswith endswith in_ not_in is_ is_not asc desc between"
_VALUE_METHODS = "lower upper strip split join replace append extend remove index count items keys values"
METHODS = frozenset(f"{_SESSION_METHODS} {_COLUMN_METHODS} {_VALUE_METHODS}".split())

_FORMAT = re.compile(r",?(\.[0-9]f)?|0?[0-9]d")  # "", ",", ".2f", "05d": never a width that fills memory
# fmt: off
_STATEMENTS = (
    ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.For, ast.Return, ast.Raise, ast.Pass, ast.Continue,
    ast.Break,
)
_EXPRESSIONS = (
    ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.keyword, ast.Subscript, ast.Slice, ast.IfExp, ast.Compare,
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.JoinedStr, ast.FormattedValue, ast.List, ast.Tuple, ast.Dict, ast.Set,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension,
)
_OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.BitAnd, ast.BitOr, ast.Not, ast.USub, ast.Invert, ast.And,
    ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn, ast.Load,
    ast.Store,
)
# fmt: on
_SEQUENCES = (ast.JoinedStr, ast.List, ast.Tuple, ast.ListComp)


class Body:
    """One tool's statements and expressions."""

    def __init__(self, tools: Checker, function: ast.FunctionDef, attributes: Collection[str] | None) -> None:
        self.tools = tools
        self.function = function
        self.attributes = attributes
        self.numbered: set[str] = set()
        self.locals = _assigned(function.body)
        models = {name for name in tools.defined if name[0].isupper()}
        self.names = self.locals | models | BUILTINS | {argument.arg for argument in function.args.args}
        self.callables = models | BUILTINS | (tools.imported & (QUERY | {"nest", "new_id"}))

    def check(self) -> None:
        body = self.function.body
        for statement in body[1:] if is_docstring(body[0]) else body:
            self.visit(statement)

    def visit(self, node: ast.AST) -> None:
        """Check ``node`` by its kind, then what is inside it."""
        kind = type(node)
        if kind not in _SPECIAL:
            self.tools.refuse(node, kind.__name__)
        special = _SPECIAL[kind]
        inner = special(self, node) if special is not None else None
        for child in _children(node) if inner is None else inner:
            self.visit(child)

    # Each ``on_<node type>`` refuses what is not allowed; it may return which children remain to be visited.

    def on_name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.tools.bind(node, node.id)
            if node.id == "session":
                self.tools.refuse(node, "assigning to session")
        elif node.id not in self.names:
            self.tools.refuse(node, f"the name {node.id!r}")

    def on_attribute(self, node: ast.Attribute) -> None:
        self.tools.name(node, node.attr)
        base = node.value
        if isinstance(base, ast.Name) and base.id == "session":
            self.tools.refuse(node, f"session.{node.attr} without a call")
        if self.attributes is not None and node.attr not in self.attributes:
            self.tools.refuse(node, f".{node.attr}, which is no column,")
        if not isinstance(node.ctx, ast.Load) and not (isinstance(base, ast.Name) and base.id in self.locals):
            self.tools.refuse(node, f"assigning to {ast.unparse(node)[:60]}")

    def on_subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load) and not isinstance(node.value, (ast.Name, ast.Subscript, ast.Attribute)):
            self.tools.refuse(node, f"assigning to {ast.unparse(node)[:60]}")

    def on_call(self, node: ast.Call) -> Iterable[ast.AST]:
        function = node.func
        rest: list[ast.AST] = [*node.args, *node.keywords]
        if isinstance(function, ast.Attribute) and function.attr in METHODS:
            return [function.value, *rest]
        if isinstance(function, ast.Name) and function.id in self.callables:
            if function.id == "new_id" and len(node.args) == 2 and isinstance(node.args[1], ast.Name):
                self.numbered.add(node.args[1].id)
            return rest
        self.tools.refuse(node, f"calling {ast.unparse(function)[:60]}")

    def on_keyword(self, node: ast.keyword) -> None:
        if node.arg is None:
            self.tools.refuse(node.value, "'**' in a call")
        self.tools.name(node.value, node.arg)

    def on_raise(self, node: ast.Raise) -> Iterable[ast.AST]:
        call = node.exc
        if not (isinstance(call, ast.Call) and is_name(call.func, "ToolError")) or node.cause or call.keywords:
            self.tools.refuse(node, "raising anything but ToolError(message)")
        return call.args

    def on_annassign(self, node: ast.AnnAssign) -> Iterable[ast.AST]:
        self.tools.annotation(node.annotation)
        return [node.target] if node.value is None else [node.target, node.value]

    def on_constant(self, node: ast.Constant) -> None:
        self.tools.constant(node)

    def on_dict(self, node: ast.Dict) -> None:
        if None in node.keys:
            self.tools.refuse(node, "'**' in a dict")

    def on_binop(self, node: ast.BinOp) -> None:
        sides = (node.left, node.right)
        if isinstance(node.op, ast.Mult) and any(isinstance(s, _SEQUENCES) or is_text(s) for s in sides):
            self.tools.refuse(node, "repeating text or lists with '*'")

    def on_comprehension(self, node: ast.comprehension) -> None:
        if node.is_async:
            self.tools.refuse(node.iter, "an async comprehension")

    def on_formattedvalue(self, node: ast.FormattedValue) -> Iterable[ast.AST]:
        spec = node.format_spec
        if spec is not None:
            parts = spec.values if isinstance(spec, ast.JoinedStr) else [spec]
            text = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
            if not all(isinstance(part, ast.Constant) for part in parts) or not _FORMAT.fullmatch(text):
                self.tools.refuse(node, "this format specification")
        return [node.value]


def _assigned(body: list[ast.stmt]) -> set[str]:
    """The names that statements bind, at any depth."""
    names: set[str] = set()
    nodes: list[ast.AST] = [*body]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        nodes += _children(node)
    return names


def _children(node: ast.AST) -> list[ast.AST]:
    """What ``ast.iter_child_nodes`` gives, in a third of the time."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
    return found


# Every kind of node that is allowed, and the method that looks closer at it.
_SPECIAL: dict[type[ast.AST], Callable[[Body, Any], Iterable[ast.AST] | None] | None] = {
    kind: getattr(Body, f"on_{kind.__name__.lower()}", None) for kind in (*_STATEMENTS, *_EXPRESSIONS, *_OPERATORS)
}
