"""The body of one tool as AST, from its binding: a read or a write in the dialect, as a person would write it."""

from __future__ import annotations

from collections.abc import Callable

from agentgym.build.code import nodes as n
from agentgym.build.code.reads import get_body, list_body
from agentgym.build.code.scope import Scope
from agentgym.build.code.writes import change_body, create_body, delete_body

_WRITERS: dict[str, Callable[[Scope], list[n.Stmt]]] = {
    "get": get_body,
    "list": list_body,
    "count": list_body,
    "create": create_body,
    "update": change_body,
    "transition": change_body,
    "adjust": change_body,
    "delete": delete_body,
}


def body(scope: Scope) -> list[n.Stmt]:
    """The statements of the tool, without its docstring."""
    return _WRITERS[scope.binding.op](scope)
