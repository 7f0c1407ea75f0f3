"""Tools that people write: the form they fill in for what no rule binds, and the check of what they give back."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgym.build.code import nodes as n
from agentgym.build.code.printer import render
from agentgym.build.semantics.language import phrase
from agentgym.errors import SpecError, nearest
from agentgym.importing.documents import model
from agentgym.importing.modules import Function, heading
from agentgym.importing.saying import Said
from agentgym.importing.shape import Shape
from agentgym.importing.signature import parameters
from agentgym.types import ToolSpec
from agentgym.world.allowlist import check
from agentgym.world.tool import argument_names

_FORM = (
    "Tools that no rule binds. Write them, and give this file to `agentgym import` as --authored.\n\n"
    "tools.py beside it shows how rows become documents, and schema.py which columns there are: a member that no\n"
    "document of the state has cannot be stored.\n"
)


@dataclass(frozen=True)
class Authored:
    """What an authored file holds: functions by the tool they stand for, and its ``Literal`` aliases."""

    functions: Mapping[str, Function]
    aliases: Mapping[str, str]  # name -> the line that defines it


def form(specs: Iterable[ToolSpec], shape: Shape) -> str:
    """unbound.py: each tool with its signature and a body that refuses, to be written by a person or a model."""
    stubs = [_stub(spec) for spec in sorted(specs, key=lambda one: one.name)]
    used = [*stubs, n.statement(n.name("select"))]  # what is written in their place will need it
    head = heading(_FORM, shape, used, [model(table.name) for table in shape.tables])
    return "\n\n".join([head, *(render(ast.Module([stub], [])) for stub in stubs)])


def read_authored(path: Path, specs: Mapping[str, ToolSpec], shape: Shape) -> Authored:
    """The tools of a file; those that are still as in the form are left out.

    Raises ``DialectError`` naming the line where it leaves the dialect, ``SpecError`` where it does not fit the tools.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}; it must be a Python file in UTF-8"
        ) from error
    columns = {column.name for table in shape.tables for column in table.columns}
    tree = check(text, "tools", str(path), columns).tree
    models = {model(table.name) for table in shape.tables}
    lines = text.split("\n")
    functions: dict[str, Function] = {}
    aliases: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            _check_names(path, node, models)
        elif isinstance(node, ast.Assign):
            aliases[_alias(path, node, models | set(specs))] = _source(lines, node.lineno, node)
        elif isinstance(node, ast.FunctionDef):
            spec = _spec_of(path, node, specs)
            if ast.dump(node) != ast.dump(ast.parse(render(ast.Module([_stub(spec)], []))).body[0]):
                first = min(mark.lineno for mark in node.decorator_list)
                functions[node.name] = Function(node, _source(lines, first, node) + "\n")
    return Authored(functions, aliases)


def _stub(spec: ToolSpec) -> ast.FunctionDef:
    made = n.function(
        spec.name,
        "read" if Said(spec).looks else "write",
        parameters(spec),
        n.name("Any"),
        " ".join(spec.description.split()) or f"{phrase(spec.name).capitalize()}.",
        [n.refuse(f"{spec.name} is not written yet")],
    )
    assert isinstance(made, ast.FunctionDef)
    return made


def _source(lines: list[str], first: int, node: ast.stmt) -> str:
    """The lines of a statement, as they were written."""
    return "\n".join(line.rstrip("\r") for line in lines[first - 1 : node.end_lineno])


def _check_names(path: Path, node: ast.ImportFrom, models: set[str]) -> None:
    for alias in node.names:
        if alias.name not in models:
            hint = nearest(alias.name, models) or f"; its tables are {', '.join(sorted(models))}"
            raise SpecError(f"{path}:{node.lineno}: schema.py defines no {alias.name!r}{hint}")


def _alias(path: Path, node: ast.Assign, taken: set[str]) -> str:
    """The name that a line defines, which may mean nothing else."""
    (target,) = node.targets
    assert isinstance(target, ast.Name), "the dialect lets only names be assigned to"
    if target.id in taken:
        raise SpecError(f"{path}:{node.lineno}: {target.id!r} is the name of a table or a tool; choose another")
    return target.id


def _spec_of(path: Path, node: ast.FunctionDef, specs: Mapping[str, ToolSpec]) -> ToolSpec:
    """The specification of a function, whose arguments must be the same."""
    spec = specs.get(node.name)
    if spec is None:
        raise SpecError(f"{path}:{node.lineno}: no tool is called {node.name!r}{nearest(node.name, specs)}")
    wanted = sorted(argument_names(spec).values())
    given = sorted(argument.arg for argument in node.args.args[1:])
    if given != wanted:
        raise SpecError(f"{path}:{node.lineno}: {node.name} takes {given}, but its specification gives {wanted}")
    return spec
