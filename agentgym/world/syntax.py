"""What both modules of a domain may contain: fixed imports, plain names, constants and type annotations."""

from __future__ import annotations

import abc
import ast
import math
import re
from typing import Literal, NoReturn, TypeAlias

from agentgym.errors import DialectError

Kind: TypeAlias = Literal["schema", "tools"]

_TYPES = "bool int float str list dict set tuple"
_FUNCTIONS = "len round sum min max abs sorted reversed any all enumerate zip isinstance"
BUILTINS = frozenset(f"{_TYPES} {_FUNCTIONS}".split())
QUERY = frozenset({"select", "col", "or_", "and_", "not_"})
IMPORTS: dict[Kind, dict[str, frozenset[str]]] = {
    "schema": {
        "typing": frozenset({"Any", "Literal"}),
        "sqlalchemy": frozenset({"JSON"}),
        "sqlalchemy.orm": frozenset({"registry"}),
        "sqlmodel": frozenset({"Field", "SQLModel"}),
    },
    "tools": {
        "typing": frozenset({"Any", "Literal"}),
        "sqlmodel": QUERY | {"Session"},
        "agentgym.world.dialect": frozenset({"ToolError", "nest", "new_id", "read", "write"}),
    },
}

_PLAIN_TYPES = frozenset({"str", "int", "float", "bool", "list", "dict"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


class Checker(abc.ABC):
    """What both kinds of module share: imports, names, annotations, constants."""

    def __init__(self, kind: Kind, file: str) -> None:
        self.kind = kind
        self.file = file
        self.imported: set[str] = set()  # from the fixed modules
        self.defined: set[str] = set()  # model classes, aliases and tools of this module
        self.numbered: set[str] = set()  # model classes that ``new_id`` makes keys for

    def refuse(self, node: ast.AST, what: str) -> NoReturn:
        raise DialectError(f"{self.file}:{getattr(node, 'lineno', 1)}: {what} is not in the dialect")

    def module(self, module: ast.Module) -> None:
        for number, node in enumerate(module.body):
            if isinstance(node, ast.ImportFrom):
                self.imports(node)
            elif not (number == 0 and is_docstring(node)):
                self.statement(node)

    @abc.abstractmethod
    def statement(self, node: ast.stmt) -> None:
        """Check one statement of the module that is no import."""

    def imports(self, node: ast.ImportFrom) -> None:
        if self.kind == "tools" and (node.module, node.level) == ("schema", 1):
            allowed: frozenset[str] | None = None  # whatever the checked schema.py defines
        elif node.level == 0 and node.module in IMPORTS[self.kind]:
            allowed = IMPORTS[self.kind][node.module]
        else:
            self.refuse(node, f"importing from {'.' * node.level}{node.module or ''}")
        for alias in node.names:
            if alias.asname or alias.name == "*" or (allowed is not None and alias.name not in allowed):
                self.refuse(node, f"importing {alias.name!r} from {node.module}")
            self.name(node, alias.name)
            (self.defined if allowed is None else self.imported).add(alias.name)

    def name(self, node: ast.AST, name: str) -> None:
        if not _NAME.fullmatch(name):
            self.refuse(node, f"the name {name!r}")

    def bind(self, node: ast.AST, name: str) -> None:
        """A new name of the module or a function: it may not hide what the code relies on."""
        self.name(node, name)
        if name in BUILTINS or name in self.imported or name in self.defined:
            self.refuse(node, f"hiding the name {name!r}")

    def constant(self, node: ast.expr) -> None:
        """None, a bool, text, a finite number, or a list or dict of those."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            node = node.operand
        if isinstance(node, (ast.List, ast.Tuple)):
            for element in node.elts:
                self.constant(element)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                self.constant(key if key is not None else self.refuse(node, "'**' in a dict"))
                self.constant(value)
        elif not isinstance(node, ast.Constant):
            self.refuse(node, f"{type(node).__name__} where a constant is needed")
        elif not _is_plain(node.value):
            self.refuse(node, f"the constant {str(node.value)[:40]}")

    def annotation(self, node: ast.expr | None) -> None:
        """``str | None``, ``list[dict[str, Any]]``, ``Literal["a", "b"]``, a model or an alias."""
        if node is None:
            return
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            self.annotation(node.left)
            self.annotation(node.right)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            check_one = self.constant if node.value.id == "Literal" else self.annotation
            if node.value.id not in ("list", "dict") and not self._imports(node.value, "Literal"):
                self.refuse(node, f"the annotation {node.value.id}[...]")
            for element in elements:
                check_one(element)
        elif not (_is_none(node) or self._is_type(node)):
            self.refuse(node, f"the annotation {ast.unparse(node)[:60]}")

    def _is_type(self, node: ast.expr) -> bool:
        known = isinstance(node, ast.Name) and (node.id in _PLAIN_TYPES or node.id in self.defined)
        return known or self._imports(node, "Any") or self._imports(node, "Session")

    def _imports(self, node: ast.expr, name: str) -> bool:
        return is_name(node, name) and name in self.imported


def is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and is_text(node.value)


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < 2**63
    return value is None or isinstance(value, str)
