"""Calls as ACEBench's own protocol writes them, ``[Function(argument='value'), ...]``: read without running anything.

The official parser evaluates arithmetic inside arguments with ``eval``; such text is no call here. Otherwise the
values are those that it makes of the text.
"""

from __future__ import annotations

import ast
import re
import warnings

from agentgym.spaces import MAX_ACTION, Call
from agentgym.types import Json

_LONE = re.compile(r"\[\s*([A-Za-z_]\w*)\((.*)\)\s*\]", re.DOTALL)
_ARGUMENT = re.compile(r"(?:\A|,\s*)([A-Za-z_]\w*)=")


def read_calls(text: str) -> list[Call] | None:
    """The calls that ``text`` writes; None where it is anything else."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")) or len(text) > MAX_ACTION:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in the text, such as an unknown escape
            written = ast.parse(text, mode="eval").body
        if not isinstance(written, ast.List):
            return None
        return [_call(one) for one in written.elts]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def read_stone(text: str) -> list[Call] | None:
    """The same for a turn in ACEBench's data, some of which have quotes within quotes: ``[order(shop='Joe's')]``."""
    calls = read_calls(text)
    lone = _LONE.fullmatch(text.strip())
    if calls is not None or lone is None:
        return calls
    name, inside = lone.groups()
    starts = list(_ARGUMENT.finditer(inside))
    ends = [start.start() for start in starts[1:]] + [len(inside)]
    given = {start.group(1): inside[start.end() : end].strip() for start, end in zip(starts, ends, strict=True)}
    return [Call(name, {argument: _loose(value) for argument, value in given.items()})]


def _loose(text: str) -> Json:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text[1:-1]


def _call(node: ast.expr) -> Call:
    """Raises ``ValueError`` for what is none. Positions without a name are left out, as the official parser does."""
    if not isinstance(node, ast.Call):
        raise ValueError("no call")
    arguments = {word.arg: _value(word.value) for word in node.keywords if word.arg is not None}
    return Call(_name(node.func), arguments)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    raise ValueError("no name")


def _value(node: ast.expr) -> Json:
    """A literal, a bare word as text, or a call within a call as ``{name: arguments}``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(one) for one in node.elts]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(_value(key)): _value(value) for key, value in pairs if key is not None}
    if isinstance(node, ast.Call):
        call = _call(node)
        return {call.name: call.arguments}
    value = ast.literal_eval(node)
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise ValueError("no JSON")
    return value
