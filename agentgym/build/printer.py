"""Prints the AST of generated modules as code a person would have written and a formatter would leave alone.

``ast.unparse`` differs between Python versions and never breaks a line; the same bytes everywhere are a
promise here. Only the nodes of nodes.py are known. ``render`` checks that what it printed parses back to the
tree it was given, so no text can change the meaning of the code.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Sequence

from agentgym.errors import DialectError

WIDTH = 110
_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
            ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}  # fmt: skip
_BINARY = {ast.Add: ("+", 12), ast.Sub: ("-", 12), ast.Mult: ("*", 13), ast.BitOr: ("|", 9)}


def render(module: ast.Module) -> str:
    """The module's source. Raises DialectError where printing would not be faithful."""
    blocks: list[str] = []
    for node in module.body:
        lines = _statement(node, 0)
        if blocks:
            apart = isinstance(node, (ast.FunctionDef, ast.ClassDef)) or _block(module.body[len(blocks) - 1])
            together = type(node) is type(module.body[len(blocks) - 1]) and _near(module.body[len(blocks) - 1], node)
            blocks.append(("\n\n" if apart else "" if together else "\n") + "\n".join(lines))
        else:
            blocks.append("\n".join(lines))
    text = "\n".join(blocks) + "\n"
    if ast.dump(ast.parse(text)) != ast.dump(ast.fix_missing_locations(module)):
        raise DialectError("printed code does not parse back to its tree; a node or constant is outside the dialect")
    return text


def _block(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.ClassDef))


def _near(before: ast.stmt, node: ast.stmt) -> bool:
    """Whether two neighbours stand without a blank line: imports of one kind, assignments."""
    if isinstance(before, ast.ImportFrom) and isinstance(node, ast.ImportFrom):
        return before.level == node.level and _origin(before) == _origin(node)
    return isinstance(node, ast.Assign)


def _origin(node: ast.ImportFrom) -> str:
    head = (node.module or "").split(".")[0]
    return head if head in ("typing", "agentgym") else "library"


# -- statements --------------------------------------------------------------------------------------


def _statement(node: ast.stmt, depth: int) -> list[str]:
    pad = "    " * depth
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return [pad + _docstring(node.value.value)]
    if isinstance(node, ast.FunctionDef):
        return _function(node, depth)
    if isinstance(node, ast.ClassDef):
        return _class(node, depth)
    if isinstance(node, (ast.If, ast.For)):
        if isinstance(node, ast.If):
            head = _lines("if ", node.test, ":", depth)
        else:
            head = _lines(f"for {_expression(node.target)} in ", node.iter, ":", depth)
        return [*head, *(line for child in node.body for line in _statement(child, depth + 1))]
    if isinstance(node, ast.ImportFrom):
        return _import(node)
    if isinstance(node, ast.Return) and node.value is not None:
        return _lines("return ", node.value, "", depth)
    if isinstance(node, ast.Raise) and node.exc is not None:
        return _lines("raise ", node.exc, "", depth)
    if isinstance(node, ast.Assign):
        return _lines(f"{_expression(node.targets[0])} = ", node.value, "", depth)
    if isinstance(node, ast.AugAssign):
        return _lines(f"{_expression(node.target)} {_BINARY[type(node.op)][0]}= ", node.value, "", depth)
    if isinstance(node, ast.AnnAssign):
        head = f"{_expression(node.target)}: {_expression(node.annotation)}"
        return [pad + head] if node.value is None else _lines(f"{head} = ", node.value, "", depth)
    if isinstance(node, ast.Expr):
        return _lines("", node.value, "", depth)
    raise DialectError(f"cannot print a {type(node).__name__} statement")


def _docstring(text: str) -> str:
    """One line between triple quotes; whatever could end or escape it is escaped."""
    safe = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace('"""', '\\"\\"\\"')
    if safe.endswith('"') and not safe.endswith('\\"'):
        safe = safe[:-1] + '\\"'
    return f'"""{_python_escapes(safe)}"""'


def _function(node: ast.FunctionDef, depth: int) -> list[str]:
    pad = "    " * depth
    lines = [f"{pad}@{_expression(decorator)}" for decorator in node.decorator_list]
    first = len(node.args.args) - len(node.args.defaults)
    arguments = []
    for position, argument in enumerate(node.args.args):
        text = argument.arg + (f": {_expression(argument.annotation)}" if argument.annotation else "")
        arguments.append(
            text + (f" = {_expression(node.args.defaults[position - first])}" if position >= first else "")
        )
    tail = f") -> {_expression(node.returns)}:" if node.returns else "):"
    flat = f"{pad}def {node.name}({', '.join(arguments)}{tail}"
    if len(flat) <= WIDTH:
        lines.append(flat)
    else:
        lines += [f"{pad}def {node.name}(", *(f"{pad}    {argument}," for argument in arguments), pad + tail]
    return lines + [line for child in node.body for line in _statement(child, depth + 1)]


def _class(node: ast.ClassDef, depth: int) -> list[str]:
    pad = "    " * depth
    inside = [_expression(base) for base in node.bases]
    inside += [f"{keyword.arg}={_expression(keyword.value)}" for keyword in node.keywords]
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
    flat = f"{pad}{head}{_expression(value)}{tail}"
    if len(flat) <= WIDTH:
        return [flat]
    broken = _broken(value, depth)
    return [flat] if broken is None else [f"{pad}{head}{broken[0].lstrip()}", *broken[1:-1], broken[-1] + tail]


def _broken(node: ast.expr, depth: int) -> list[str] | None:
    """A bracketed expression with one element a line, as formatters do."""
    pad = "    " * depth
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        inner = _broken(node.func.value, depth)
        return None if inner is None else [*inner[:-1], f"{inner[-1]}.{node.func.attr}()"]
    if isinstance(node, ast.Call) and (node.args or node.keywords):
        if (
            len(node.args) == 1
            and not node.keywords
            and (inner := _broken(node.args[0], depth))
            and not _wide(node.args[0])
        ):
            return [f"{pad}{_expression(node.func)}({inner[0].lstrip()}", *inner[1:-1], inner[-1] + ")"]
        parts = [("", argument) for argument in node.args] + [
            (f"{keyword.arg}=", keyword.value) for keyword in node.keywords
        ]
        return _many(f"{_expression(node.func)}(", parts, ")", depth)
    if isinstance(node, ast.Dict):
        return _many(
            "{",
            [(f"{_expression(key)}: ", value) for key, value in zip(node.keys, node.values, strict=True) if key],
            "}",
            depth,
        )
    if isinstance(node, (ast.Tuple, ast.List)):
        opening, closing = ("(", ")") if isinstance(node, ast.Tuple) else ("[", "]")
        return _many(opening, [("", element) for element in node.elts], closing, depth)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        return _many(f"{_expression(node.value)}[", [("", element) for element in node.slice.elts], "]", depth)
    if isinstance(node, ast.ListComp):
        loop = node.generators[0]
        inside = "    " * (depth + 1)
        return [f"{pad}[", *_lines("", node.elt, "", depth + 1),
                f"{inside}for {_expression(loop.target)} in {_expression(loop.iter)}", f"{pad}]"]  # fmt: skip
    if isinstance(node, ast.BoolOp):
        word = "and" if isinstance(node.op, ast.And) else "or"
        inside = "    " * (depth + 1)
        first, *rest = [_expression(value, 5) for value in node.values]
        return [f"{pad}(", inside + first, *(f"{inside}{word} {value}" for value in rest), f"{pad})"]
    return None


def _wide(node: ast.expr) -> bool:
    return isinstance(node, ast.Call)


def _many(opening: str, parts: Sequence[tuple[str, ast.expr]], closing: str, depth: int) -> list[str]:
    pad = "    " * depth
    comma = "" if len(parts) == 1 and opening.endswith("(") and len(opening) > 1 else ","
    lines = [line for head, value in parts for line in _lines(head, value, comma, depth + 1)]
    return [pad + opening, *lines, pad + closing]


# -- expressions -------------------------------------------------------------------------------------


def _expression(node: ast.expr, strength: int = 0, quote: str = '"') -> str:
    """One line of source; parentheses where the surroundings bind tighter than ``strength``."""
    printer: Callable[..., tuple[str, int]] | None = _PRINTERS.get(type(node))
    if printer is None:
        raise DialectError(f"cannot print a {type(node).__name__} expression")
    text, own = printer(node, quote)
    return f"({text})" if own < strength else text


def _name(node: ast.Name, quote: str) -> tuple[str, int]:
    return node.id, 20


def _attribute(node: ast.Attribute, quote: str) -> tuple[str, int]:
    return f"{_expression(node.value, 18, quote)}.{node.attr}", 18


def _constant(node: ast.Constant, quote: str) -> tuple[str, int]:
    if isinstance(node.value, str):
        return _string(node.value, quote), 20
    text = repr(node.value)
    return text, 14 if text.startswith("-") else 20


def _string(text: str, quote: str) -> str:
    inner = json.dumps(text, ensure_ascii=False)[1:-1]
    if quote == "'":
        inner = inner.replace('\\"', '"').replace("'", "\\'")
    return f"{quote}{_python_escapes(inner)}{quote}"


def _python_escapes(inner: str) -> str:
    """JSON escapes are Python's too, save for what JSON leaves raw and an editor or parser would trip over."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii") for char in inner
    )


def _call(node: ast.Call, quote: str) -> tuple[str, int]:
    inside = [_expression(argument, 0, quote) for argument in node.args]
    inside += [f"{keyword.arg}={_expression(keyword.value, 0, quote)}" for keyword in node.keywords]
    return f"{_expression(node.func, 18, quote)}({', '.join(inside)})", 18


def _subscript(node: ast.Subscript, quote: str) -> tuple[str, int]:
    inner = (
        ", ".join(_expression(one, 0, quote) for one in node.slice.elts)
        if isinstance(node.slice, ast.Tuple)
        else _expression(node.slice, 0, quote)
    )
    return f"{_expression(node.value, 18, quote)}[{inner}]", 18


def _compare(node: ast.Compare, quote: str) -> tuple[str, int]:
    return (
        f"{_expression(node.left, 9, quote)} {_COMPARE[type(node.ops[0])]} {_expression(node.comparators[0], 9, quote)}",
        8,
    )


def _boolean(node: ast.BoolOp, quote: str) -> tuple[str, int]:
    word, own = ("and", 5) if isinstance(node.op, ast.And) else ("or", 4)
    return f" {word} ".join(_expression(value, own + 1, quote) for value in node.values), own


def _binary(node: ast.BinOp, quote: str) -> tuple[str, int]:
    sign, own = _BINARY[type(node.op)]
    return f"{_expression(node.left, own, quote)} {sign} {_expression(node.right, own + 1, quote)}", own


def _unary(node: ast.UnaryOp, quote: str) -> tuple[str, int]:
    return f"not {_expression(node.operand, 7, quote)}", 7


def _sequence(node: ast.Tuple | ast.List, quote: str) -> tuple[str, int]:
    inside = ", ".join(_expression(element, 0, quote) for element in node.elts)
    if isinstance(node, ast.List):
        return f"[{inside}]", 20
    return f"({inside},)" if len(node.elts) == 1 else f"({inside})", 20


def _dict(node: ast.Dict, quote: str) -> tuple[str, int]:
    pairs = zip(node.keys, node.values, strict=True)
    return "{" + ", ".join(
        f"{_expression(key, 0, quote)}: {_expression(value, 0, quote)}" for key, value in pairs if key
    ) + "}", 20


def _comprehension(node: ast.ListComp, quote: str) -> tuple[str, int]:
    loop = node.generators[0]
    return (
        f"[{_expression(node.elt, 0, quote)} for {_expression(loop.target)} in {_expression(loop.iter, 0, quote)}]",
        20,
    )


def _fstring(node: ast.JoinedStr, quote: str) -> tuple[str, int]:
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            parts.append("{" + _expression(part.value, 0, "'") + ("!r" if part.conversion == ord("r") else "") + "}")
        elif isinstance(part, ast.Constant):
            parts.append(_string(str(part.value), quote)[1:-1].replace("{", "{{").replace("}", "}}"))
    return f"f{quote}{''.join(parts)}{quote}", 20


_PRINTERS: dict[type[ast.expr], Callable[..., tuple[str, int]]] = {
    ast.Name: _name, ast.Attribute: _attribute, ast.Constant: _constant, ast.Call: _call, ast.Subscript: _subscript,
    ast.Compare: _compare, ast.BoolOp: _boolean, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.Tuple: _sequence,
    ast.List: _sequence, ast.Dict: _dict, ast.ListComp: _comprehension, ast.JoinedStr: _fstring,
}  # fmt: skip
