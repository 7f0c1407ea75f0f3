"""Prints the AST of generated modules as code a person would have written and a formatter would leave alone.

``ast.unparse`` differs between Python versions and never breaks a line; the same bytes everywhere are a
promise here. Only the nodes of nodes.py are known. ``render`` checks that what it printed parses back to the
tree it was given, so no text can change the meaning of the code.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from agentgym.build.code.expressions import docstring, expression, loop, operands, sign
from agentgym.errors import DialectError

WIDTH = 120
_UNION = 10  # binds tighter than ``|``


def render(module: ast.Module) -> str:
    """The module's source. Raises DialectError where printing would not be faithful."""
    lines: list[str] = []
    for position, node in enumerate(module.body):
        if position:
            lines += [""] * _blank_lines(module.body[position - 1], node)
        lines += _statement(node, 0)
    text = "\n".join(lines) + "\n"
    if ast.dump(ast.parse(text)) != ast.dump(ast.fix_missing_locations(module)):
        raise DialectError("printed code does not parse back to its tree; a node or constant is outside the dialect")
    return text


def _blank_lines(before: ast.stmt, node: ast.stmt) -> int:
    """How far two neighbours stand apart: imports of one kind and assignments not at all."""
    if isinstance(before, (ast.FunctionDef, ast.ClassDef)) or isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return 2
    if isinstance(before, ast.ImportFrom) and isinstance(node, ast.ImportFrom):
        return 0 if before.level == node.level and _origin(before) == _origin(node) else 1
    return 0 if isinstance(before, ast.Assign) and isinstance(node, ast.Assign) else 1


def _origin(node: ast.ImportFrom) -> str:
    head = (node.module or "").split(".")[0]
    return head if head in ("typing", "agentgym") else "library"


# -- statements --------------------------------------------------------------------------------------


def _statement(node: ast.stmt, depth: int) -> list[str]:
    pad = "    " * depth
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return [pad + docstring(node.value.value)]
    if isinstance(node, ast.FunctionDef):
        return _function(node, depth)
    if isinstance(node, ast.ClassDef):
        return _class(node, depth)
    if isinstance(node, (ast.If, ast.For)):
        return _compound(node, depth)
    if isinstance(node, ast.ImportFrom):
        return _import(node)
    return _simple(node, depth)


def _compound(node: ast.If | ast.For, depth: int) -> list[str]:
    if isinstance(node, ast.If):
        head = _lines("if ", node.test, ":", depth)
    else:
        head = _lines(loop(node), node.iter, ":", depth)
    return head + [line for child in node.body for line in _statement(child, depth + 1)]


def _simple(node: ast.stmt, depth: int) -> list[str]:
    if isinstance(node, ast.Return) and node.value is not None:
        return _lines("return ", node.value, "", depth)
    if isinstance(node, ast.Raise) and node.exc is not None:
        return _lines("raise ", node.exc, "", depth)
    if isinstance(node, ast.Assign):
        return _lines(f"{expression(node.targets[0])} = ", node.value, "", depth)
    if isinstance(node, ast.AugAssign):
        return _lines(f"{expression(node.target)} {sign(node.op)}= ", node.value, "", depth)
    if isinstance(node, ast.AnnAssign):
        head = f"{expression(node.target)}: {expression(node.annotation)}"
        return ["    " * depth + head] if node.value is None else _lines(f"{head} = ", node.value, "", depth)
    if isinstance(node, ast.Expr):
        return _lines("", node.value, "", depth)
    raise DialectError(f"cannot print a {type(node).__name__} statement")


def _function(node: ast.FunctionDef, depth: int) -> list[str]:
    pad = "    " * depth
    lines = [f"{pad}@{expression(decorator)}" for decorator in node.decorator_list]
    first = len(node.args.args) - len(node.args.defaults)
    arguments = []
    for position, argument in enumerate(node.args.args):
        text = argument.arg + (f": {expression(argument.annotation)}" if argument.annotation else "")
        arguments.append(text + (f" = {expression(node.args.defaults[position - first])}" if position >= first else ""))
    tail = f") -> {expression(node.returns)}:" if node.returns else "):"
    flat = f"{pad}def {node.name}({', '.join(arguments)}{tail}"
    if len(flat) <= WIDTH:
        lines.append(flat)
    else:
        lines += [f"{pad}def {node.name}(", *(f"{pad}    {argument}," for argument in arguments), pad + tail]
    return lines + [line for child in node.body for line in _statement(child, depth + 1)]


def _class(node: ast.ClassDef, depth: int) -> list[str]:
    pad = "    " * depth
    inside = [expression(base) for base in node.bases]
    inside += [f"{keyword.arg}={expression(keyword.value)}" for keyword in node.keywords]
    lines = [f"{pad}class {node.name}({', '.join(inside)}):"]
    for position, child in enumerate(node.body):
        if position == 1:
            lines.append("")
        lines += _statement(child, depth + 1)
    return lines


def _import(node: ast.ImportFrom) -> list[str]:
    head = f"from {'.' * node.level}{node.module or ''} import "
    names = [alias.name for alias in node.names]
    flat = head + ", ".join(names)
    return [flat] if len(flat) <= WIDTH else [head + "(", *(f"    {name}," for name in names), ")"]


def _lines(head: str, value: ast.expr, tail: str, depth: int) -> list[str]:
    """``head value tail`` on one line, or broken where it is too long."""
    pad = "    " * depth
    flat = f"{pad}{head}{expression(value)}{tail}"
    if len(flat) <= WIDTH:
        return [flat]
    broken = _broken(value, depth)
    return [flat] if broken is None else [f"{pad}{head}{broken[0].lstrip()}", *broken[1:-1], broken[-1] + tail]


def _broken(node: ast.expr, depth: int) -> list[str] | None:
    """A bracketed expression with one element a line, as formatters do; None for what has no brackets."""
    if isinstance(node, ast.Call):
        return _broken_call(node, depth)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return _many("{", [(f"{expression(key)}: ", value) for key, value in pairs if key], "}", depth)
    if isinstance(node, (ast.Tuple, ast.List)):
        opening, closing = ("(", ")") if isinstance(node, ast.Tuple) else ("[", "]")
        return _many(opening, [("", element) for element in node.elts], closing, depth)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        return _many(f"{expression(node.value)}[", [("", element) for element in node.slice.elts], "]", depth)
    if isinstance(node, (ast.ListComp, ast.DictComp)):
        return _broken_comprehension(node, depth)
    if isinstance(node, ast.BoolOp):
        word, texts = operands(node)
        return _operands(word, node.values, texts, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        parts = _united(node)
        return _operands("|", parts, [expression(part, _UNION) for part in parts], depth)
    if isinstance(node, ast.IfExp):
        pad, inside = "    " * depth, "    " * (depth + 1)
        tail = [f"{inside}if {expression(node.test)}", f"{inside}else {expression(node.orelse)}"]
        return [f"{pad}(", *_lines("", node.body, "", depth + 1), *tail, f"{pad})"]
    return None


def _broken_comprehension(node: ast.ListComp | ast.DictComp, depth: int) -> list[str]:
    pad, inside, values = "    " * depth, "    " * (depth + 1), node.generators[0]
    opening, closing = ("[", "]") if isinstance(node, ast.ListComp) else ("{", "}")
    if isinstance(node, ast.ListComp):
        first = _lines("", node.elt, "", depth + 1)
    else:
        first = _lines(f"{expression(node.key)}: ", node.value, "", depth + 1)
    clauses = _lines(loop(values), values.iter, "", depth + 1)
    clauses += [f"{inside}if {expression(test)}" for test in values.ifs]
    return [pad + opening, *first, *clauses, pad + closing]


def _operands(word: str, values: Sequence[ast.expr], texts: Sequence[str], depth: int) -> list[str]:
    """``(a``, ``or b``, ``or c)``: an operand a line, and itself broken where it is too long for one."""
    pad, inside, lines = "    " * depth, "    " * (depth + 1), list[str]()
    for number, (value, text) in enumerate(zip(values, texts, strict=True)):
        head = f"{inside}{word} " if number else inside
        broken = None if len(head + text) <= WIDTH else _broken(value, depth + 1)
        lines += [head + text] if broken is None else [head + broken[0].lstrip(), *broken[1:]]
    return [f"{pad}(", *lines, f"{pad})"]


def _united(node: ast.expr) -> list[ast.expr]:
    """The operands of ``a | b | c``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_united(node.left), node.right]
    return [node]


def _chain(node: ast.Call) -> list[str]:
    """``select(X)``, ``.where(...)``, ``.order_by(...)``: the links of a query, or [] for any other call."""
    links: list[str] = []
    while isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        whole, inner = expression(node), expression(node.func.value)
        links.append(whole.removeprefix(inner))
        node = node.func.value
    return [expression(node), *reversed(links)] if isinstance(node.func, ast.Name) and len(links) > 1 else []


def _broken_call(node: ast.Call, depth: int) -> list[str] | None:
    pad, inside, links = "    " * depth, "    " * (depth + 1), _chain(node)
    if links:
        flat = inside + "".join(links)
        return [f"{pad}(", *([flat] if len(flat) <= WIDTH else [inside + link for link in links]), f"{pad})"]
    if not node.args and not node.keywords:
        if not isinstance(node.func, ast.Attribute):
            return None
        inner = _broken(node.func.value, depth)
        return [*inner[:-1], f"{inner[-1]}.{node.func.attr}()"] if inner else None
    opening = f"{expression(node.func)}("
    if len(node.args) == 1 and not node.keywords:
        inner = None if isinstance(node.args[0], ast.Call) else _broken(node.args[0], depth)
        if inner:  # a lone display hugs the call's brackets
            return [f"{'    ' * depth}{opening}{inner[0].lstrip()}", *inner[1:-1], inner[-1] + ")"]
        only = node.args[0]
        query = _chain(only) if isinstance(only, ast.Call) else []
        if query and len(inside + "".join(query)) > WIDTH:  # the call's brackets are enough
            return [pad + opening, *(inside + link for link in query), pad + ")"]
    parts = [("", argument) for argument in node.args]
    parts += [(f"{keyword.arg}=", keyword.value) for keyword in node.keywords]
    return _many(opening, parts, ")", depth)


def _many(opening: str, parts: Sequence[tuple[str, ast.expr]], closing: str, depth: int) -> list[str]:
    pad = "    " * depth
    comma = "" if len(parts) == 1 and opening.endswith("(") and len(opening) > 1 else ","
    lines = [line for head, value in parts for line in _lines(head, value, comma, depth + 1)]
    return [pad + opening, *lines, pad + closing]
