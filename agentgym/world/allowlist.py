"""The allowlist of the tool dialect, checked on the syntax tree: what is not listed is refused."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from agentgym.errors import DialectError
from agentgym.world.syntax import Checker, Kind, is_docstring, is_name
from agentgym.world.toolbody import Body

MAX_SOURCE = 2_000_000  # characters of one module
FIELD_KEYWORDS = frozenset(
    {
        "default",
        "primary_key",
        "foreign_key",
        "sa_type",
        "sa_column_kwargs",
        "nullable",
        "index",
        "unique",
        "description",
    }
)


@dataclass(frozen=True)
class Checked:
    """A module that keeps to the dialect."""

    tree: ast.Module  # compile this, and what was checked is what runs
    numbered: frozenset[str]  # the classes ``C`` of all ``new_id(session, C)``


def check(text: str, kind: Kind, file: str, attributes: Collection[str] | None = None) -> Checked:
    """Raise ``DialectError`` at the first construct of ``text`` that the dialect does not allow.

    ``attributes`` are the names that tools may read and set on rows; None allows every public one.
    """
    if len(text) > MAX_SOURCE:
        raise DialectError(f"{file}: {len(text)} characters; a module holds at most {MAX_SOURCE}")
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DialectError(f"{file}:{getattr(error, 'lineno', None) or 1}: not Python: {error}") from error
    try:
        checker = _Schema(kind, file) if kind == "schema" else _Tools(kind, file, attributes)
        checker.module(module)
    except RecursionError as error:
        raise DialectError(f"{file}: an expression is nested too deeply") from error
    return Checked(module, frozenset(checker.numbered))


class _Schema(Checker):
    """``schema.py``: one base class and the tables."""

    def statement(self, node: ast.stmt) -> None:
        if not isinstance(node, ast.ClassDef):
            self.refuse(node, type(node).__name__)
        self.bind(node, node.name)
        base = _inherits(node, "SQLModel", "registry") and _is_registry(node.keywords[0].value)
        table = "Base" in self.defined and _inherits(node, "Base", "table") and _is_true(node.keywords[0].value)
        if node.decorator_list or not (base or table) or getattr(node, "type_params", None):
            self.refuse(node, f"class {node.name} that is neither the base nor a table")
        for number, statement in enumerate(node.body):
            if not (number == 0 and is_docstring(statement)):
                self.refuse(statement, "a base with contents") if base else self.column(statement)
        self.defined.add(node.name)

    def column(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and is_name(node.targets[0], "__tablename__") and len(node.targets) == 1:
            self.constant(node.value)
            return
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            self.refuse(node, type(node).__name__)
        self.name(node, node.target.id)
        self.annotation(node.annotation)
        if isinstance(node.value, ast.Call):
            self.field(node.value)
        elif node.value is not None:
            self.constant(node.value)

    def field(self, call: ast.Call) -> None:
        if not is_name(call.func, "Field") or call.args:
            self.refuse(call, f"{ast.unparse(call.func)[:60]}(...) as a column")
        for keyword in call.keywords:
            if keyword.arg not in FIELD_KEYWORDS:
                self.refuse(call, f"Field({keyword.arg}=...)")
            if keyword.arg == "sa_type" and is_name(keyword.value, "JSON"):
                continue
            if keyword.arg == "sa_column_kwargs" and not _only_renames(keyword.value):
                self.refuse(call, "Field(sa_column_kwargs=...) with more than a name")
            self.constant(keyword.value)


class _Tools(Checker):
    """``tools.py``: aliases of ``Literal`` and one function a tool."""

    def __init__(self, kind: Kind, file: str, attributes: Collection[str] | None) -> None:
        super().__init__(kind, file)
        self.attributes = attributes

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.bind(node, node.targets[0].id)
            if not isinstance(node.value, ast.Subscript) or not is_name(node.value.value, "Literal"):
                self.refuse(node, "a module variable that is no Literal alias")
            self.annotation(node.value)
            self.defined.add(node.targets[0].id)
        elif isinstance(node, ast.FunctionDef):
            self.bind(node, node.name)
            self.function(node)
            self.defined.add(node.name)
        else:
            self.refuse(node, type(node).__name__)

    def function(self, node: ast.FunctionDef) -> None:
        marks = [mark.id if isinstance(mark, ast.Name) else ast.unparse(mark) for mark in node.decorator_list]
        if marks not in (["read"], ["write"]) or marks[0] not in self.imported:
            self.refuse(node, f"a function marked {marks}, not by exactly one of @read and @write,")
        arguments = node.args
        if arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
            self.refuse(node, "a parameter other than plain ones")
        first = arguments.args[0] if arguments.args else ast.arg("")
        if first.arg != "session" or not is_name(first.annotation, "Session") or getattr(node, "type_params", None):
            self.refuse(node, f"{node.name}() without 'session: Session' first")
        for argument in arguments.args[1:]:
            self.bind(argument, argument.arg)
            self.annotation(argument.annotation or self.refuse(argument, f"{argument.arg} without a type"))
        for default in arguments.defaults:
            self.constant(default)
        self.annotation(node.returns)
        body = Body(self, node, self.attributes)
        body.check()
        self.numbered |= body.numbered


def _inherits(node: ast.ClassDef, base: str, keyword: str) -> bool:
    """Whether it reads ``class X(base, keyword=...)``."""
    return len(node.bases) == 1 and is_name(node.bases[0], base) and [k.arg for k in node.keywords] == [keyword]


def _is_registry(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and is_name(node.func, "registry") and not node.args and not node.keywords


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _only_renames(node: ast.expr) -> bool:
    keys = node.keys if isinstance(node, ast.Dict) else []
    return [key.value for key in keys if isinstance(key, ast.Constant)] == ["name"] and len(keys) == 1
