"""Texts and tables that stand in ACEBench's source: read from it as data, since the modules around them want vLLM."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from agentgym.errors import RunError
from agentgym.types import Json


def constants(path: Path) -> dict[str, Json]:
    """The literals that are assigned to names at the top of a Python file. Raises ``RunError``."""
    found: dict[str, Json] = {}
    for node in _parsed(path).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue  # an expression
    return found


def phrases(path: Path, function: str) -> dict[str, str]:
    """What ``function`` misses in an output, by the part of a category's name that it asks for it in.

    Such a function says ``if "part" in category:`` and, within that, ``"phrase" not in output``.
    """
    found: dict[str, str] = {}
    for branch in ast.walk(_function(path, function)):
        part = _sought(branch.test, ast.In) if isinstance(branch, ast.If) else None
        if isinstance(branch, ast.If) and part is not None:
            missed = (_sought(node, ast.NotIn) for inner in branch.body for node in _in_order(inner))
            phrase = next((text for text in missed if text is not None), None)
            if phrase is not None:
                found[part] = phrase
    return found


def greetings(path: Path, function: str) -> dict[str, str]:
    """What ``function`` puts into the user's mouth, by the language that it compares with.

    Such a function says ``if self.language == "en":`` and, within that, ``{"role": "user", "content": "..."}``.
    """
    found: dict[str, str] = {}
    for branch in ast.walk(_function(path, function)):
        if not isinstance(branch, ast.If):
            continue
        language = _compared(branch.test)
        for node in (node for inner in branch.body for node in _in_order(inner)):
            if language is not None and isinstance(node, ast.Dict):
                message = {_text(key): _text(value) for key, value in zip(node.keys, node.values, strict=True)}
                if message.get("role") == "user" and message.get("content"):
                    found[language] = str(message["content"])
    return found


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text("utf-8"), str(path))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise RunError(f"{path} cannot be read as Python: {error}; clone ACEBench again") from error


def _function(path: Path, name: str) -> ast.FunctionDef:
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise RunError(f"{path} has no function {name}; this adapter was made for ACEBench of August 2025, e6db74b")


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """``node`` and what is in it, as it stands in the text; ``ast.walk`` goes level by level."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _sought(node: ast.AST, operator: type[ast.cmpop]) -> str | None:
    """The text on the left of ``"text" in something``."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], operator):
        return _text(node.left)
    return None


def _compared(node: ast.AST) -> str | None:
    """The text on the right of ``something == "text"``."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
        return _text(node.comparators[0])
    return None


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
