"""Prints the expressions of generated code on one line, with parentheses only where Python needs them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable

from agentgym.errors import DialectError

# How tightly a form binds, after Python's table of precedence: a weaker one inside a stronger gets parentheses.
_ATOM, _POSTFIX, _NEGATIVE, _COMPARISON, _NOT, _AND, _OR, _CHOICE = 20, 18, 14, 8, 7, 5, 4, 3
_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_BINARY = {ast.Add: ("+", 12), ast.Sub: ("-", 12), ast.Mult: ("*", 13), ast.BitOr: ("|", 9)}
_PLAIN = re.compile(r"[ !#-&(-\[\]-~]*")  # ASCII that needs no escape between either quotes


def expression(node: ast.expr, strength: int = 0, quote: str = '"') -> str:
    """One line of source; parentheses where it binds weaker than ``strength``. Raises DialectError on other nodes."""
    printer: Callable[..., tuple[str, int]] | None = _PRINTERS.get(type(node))
    if printer is None:
        raise DialectError(f"cannot print a {type(node).__name__} expression")
    text, own = printer(node, quote)
    return f"({text})" if own < strength else text


def operands(node: ast.BoolOp, quote: str = '"') -> tuple[str, list[str]]:
    """The word between the operands of ``and`` or ``or``, and the operands."""
    word, own = ("and", _AND) if isinstance(node.op, ast.And) else ("or", _OR)
    return word, [expression(value, own + 1, quote) for value in node.values]


def sign(operator: ast.operator) -> str:
    """``+``, ``-``, ``*`` or ``|``."""
    return _BINARY[type(operator)][0]


def docstring(text: str) -> str:
    """One line between triple quotes; whatever could end or escape it is escaped."""
    safe = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace('"""', '\\"\\"\\"')
    if safe.endswith('"') and not safe.endswith('\\"'):
        safe = safe[:-1] + '\\"'
    return f'"""{_python_escapes(safe)}"""'


def _string(text: str, quote: str) -> str:
    if _PLAIN.fullmatch(text):
        return f"{quote}{text}{quote}"
    inner = json.dumps(text, ensure_ascii=False)[1:-1]
    if quote == "'":
        inner = inner.replace('\\"', '"').replace("'", "\\'")
    return f"{quote}{_python_escapes(inner)}{quote}"


def _python_escapes(inner: str) -> str:
    """JSON escapes are Python's too, save for what JSON leaves raw and an editor or parser would trip over."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii") for char in inner
    )


# -- one printer a node: (source, how tightly it binds) ----------------------------------------------


def _name(node: ast.Name, quote: str) -> tuple[str, int]:
    return node.id, _ATOM


def _attribute(node: ast.Attribute, quote: str) -> tuple[str, int]:
    return f"{expression(node.value, _POSTFIX, quote)}.{node.attr}", _POSTFIX


def _constant(node: ast.Constant, quote: str) -> tuple[str, int]:
    if isinstance(node.value, str):
        return _string(node.value, quote), _ATOM
    text = repr(node.value)
    return text, _NEGATIVE if text.startswith("-") else _ATOM


def _call(node: ast.Call, quote: str) -> tuple[str, int]:
    inside = [expression(argument, 0, quote) for argument in node.args]
    inside += [f"{keyword.arg}={expression(keyword.value, 0, quote)}" for keyword in node.keywords]
    return f"{expression(node.func, _POSTFIX, quote)}({', '.join(inside)})", _POSTFIX


def _subscript(node: ast.Subscript, quote: str) -> tuple[str, int]:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    inner = ", ".join(expression(part, 0, quote) for part in parts)
    return f"{expression(node.value, _POSTFIX, quote)}[{inner}]", _POSTFIX


def _compare(node: ast.Compare, quote: str) -> tuple[str, int]:
    left, right = (expression(side, _COMPARISON + 1, quote) for side in (node.left, node.comparators[0]))
    return f"{left} {_COMPARE[type(node.ops[0])]} {right}", _COMPARISON


def _boolean(node: ast.BoolOp, quote: str) -> tuple[str, int]:
    word, values = operands(node, quote)
    return f" {word} ".join(values), _AND if word == "and" else _OR


def _binary(node: ast.BinOp, quote: str) -> tuple[str, int]:
    symbol, own = _BINARY[type(node.op)]
    return f"{expression(node.left, own, quote)} {symbol} {expression(node.right, own + 1, quote)}", own


def _unary(node: ast.UnaryOp, quote: str) -> tuple[str, int]:
    if isinstance(node.op, ast.USub):
        return f"-{expression(node.operand, _NEGATIVE, quote)}", _NEGATIVE
    return f"not {expression(node.operand, _NOT, quote)}", _NOT


def _sequence(node: ast.Tuple | ast.List, quote: str) -> tuple[str, int]:
    inside = ", ".join(expression(element, 0, quote) for element in node.elts)
    if isinstance(node, ast.List):
        return f"[{inside}]", _ATOM
    return f"({inside},)" if len(node.elts) == 1 else f"({inside})", _ATOM


def _dict(node: ast.Dict, quote: str) -> tuple[str, int]:
    pairs = zip(node.keys, node.values, strict=True)
    inside = [f"{expression(key, 0, quote)}: {expression(value, 0, quote)}" for key, value in pairs if key]
    return f"{{{', '.join(inside)}}}", _ATOM


def _choice(node: ast.IfExp, quote: str) -> tuple[str, int]:
    then, test = expression(node.body, _OR, quote), expression(node.test, _OR, quote)
    return f"{then} if {test} else {expression(node.orelse, _CHOICE, quote)}", _CHOICE


def element(node: ast.ListComp | ast.DictComp, quote: str = '"') -> str:
    """What a comprehension makes of each value: ``row.id: row`` for a dict."""
    if isinstance(node, ast.ListComp):
        return expression(node.elt, 0, quote)
    return f"{expression(node.key, 0, quote)}: {expression(node.value, 0, quote)}"


def loop(node: ast.comprehension | ast.For) -> str:
    """``for key, value in ``."""
    names = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
    return f"for {', '.join(map(expression, names))} in "


def _comprehension(node: ast.ListComp | ast.DictComp, quote: str) -> tuple[str, int]:
    values = node.generators[0]
    condition = "".join(f" if {expression(test, _OR, quote)}" for test in values.ifs)
    text = f"{element(node, quote)} {loop(values)}{expression(values.iter, _OR, quote)}{condition}"
    return f"[{text}]" if isinstance(node, ast.ListComp) else f"{{{text}}}", _ATOM


def _fstring(node: ast.JoinedStr, quote: str) -> tuple[str, int]:
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            parts.append("{" + expression(part.value, 0, "'") + ("!r" if part.conversion == ord("r") else "") + "}")
        elif isinstance(part, ast.Constant):
            parts.append(_string(str(part.value), quote)[1:-1].replace("{", "{{").replace("}", "}}"))
    return f"f{quote}{''.join(parts)}{quote}", _ATOM


_PRINTERS: dict[type[ast.expr], Callable[..., tuple[str, int]]] = {
    ast.Name: _name, ast.Attribute: _attribute, ast.Constant: _constant, ast.Call: _call, ast.Subscript: _subscript,
    ast.Compare: _compare, ast.BoolOp: _boolean, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.Tuple: _sequence,
    ast.List: _sequence, ast.Dict: _dict, ast.ListComp: _comprehension, ast.DictComp: _comprehension,
    ast.IfExp: _choice, ast.JoinedStr: _fstring,
}  # fmt: skip
