"""tools.py of an imported domain: functions that rules made, and those of people as they wrote them, in one file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentgym.build.code import nodes as n
from agentgym.build.code.printer import render
from agentgym.importing.documents import model
from agentgym.importing.shape import Shape
from agentgym.world.syntax import IMPORTS


@dataclass(frozen=True)
class Function:
    """One tool's code."""

    node: ast.FunctionDef
    text: str = ""  # as its author wrote it; "": it is printed


def tools_source(title: str, shape: Shape, functions: Iterable[Function], aliases: Sequence[str] = ()) -> str:
    """The source of tools.py, its functions A to Z; ``aliases``: lines of authors such as ``Size = Literal["S"]``."""
    made = sorted(functions, key=lambda one: one.node.name)
    parsed = [statement for line in aliases for statement in ast.parse(line).body]
    head = heading(f"Tools of the {title} domain, A to Z.", shape, [*parsed, *(one.node for one in made)])
    parts = [head, *(["\n".join(aliases) + "\n"] if aliases else [])]
    return "\n\n".join([*parts, *(one.text or render(ast.Module([one.node], [])) for one in made)])


def heading(doc: str, shape: Shape, statements: Iterable[ast.stmt], models: Iterable[str] = ()) -> str:
    """A module's docstring and the imports that its statements need; ``models`` are imported in any case."""
    named = {node.id for one in statements for node in ast.walk(one) if isinstance(node, ast.Name)} | {"Session"}
    tables = sorted((named & {model(table.name) for table in shape.tables}) | set(models))
    imports = [
        n.import_from(module, *sorted(names & named)) for module, names in IMPORTS["tools"].items() if names & named
    ]
    local = [n.import_from("schema", *sorted(tables, key=str.lower), level=1)] if tables else []
    return render(ast.Module([n.statement(n.const(doc)), *imports, *local], []))
