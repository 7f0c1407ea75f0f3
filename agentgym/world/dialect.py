"""The dialect generated and authored tools are written in: what their code imports, and what they may use.

A tool is a plain function over a ``sqlmodel.Session``, marked ``@read`` or ``@write``; it refuses with
``raise ToolError("order '#W1' not found")``. ``check_source`` is the allowlist every ``schema.py`` and
``tools.py`` passes before it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, select

from agentgym.errors import DialectError, ToolError
from agentgym.world import allowlist
from agentgym.world.numbering import next_key
from agentgym.world.syntax import Kind

__all__ = ["DialectError", "ToolError", "check_source", "nest", "new_id", "read", "write"]

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__agentgym_writes__"


def read(function: F) -> F:
    """Mark a tool that changes no row. The world undoes and reports any change it makes."""
    setattr(function, _MARK, False)
    return function


def write(function: F) -> F:
    """Mark a tool that may change rows."""
    setattr(function, _MARK, True)
    return function


def writes(function: Callable[..., Any]) -> bool | None:
    """Whether a tool is marked ``@write`` (True) or ``@read`` (False); None if it has no mark."""
    mark = getattr(function, _MARK, None)
    return mark if isinstance(mark, bool) else None


def new_id(session: Session, model: type[SQLModel]) -> Any:
    """The key of the next new row of ``model``: the same in every run, with no clock and no chance.

    Integer keys count on from the highest; for text keys see ``numbering.next_key``.
    """
    mapper = inspect(model)
    column = mapper.primary_key[0]
    keys = list(session.exec(select(getattr(model, mapper.get_property_by_column(column).key))))
    if column.type.python_type is int:
        return max(keys, default=0) + 1
    return next_key(str(mapper.local_table.name), keys)


def nest(row: SQLModel, **children: Any) -> dict[str, Any]:
    """A row as a dict by column name, with the rows that belong to it added: ``nest(order, items=[...])``."""
    columns = inspect(type(row)).columns
    return {str(column.name): getattr(row, attribute) for attribute, column in columns.items()} | children


def check_source(text: str, kind: Kind, file: str = "", attributes: Collection[str] | None = None) -> None:
    """Raise ``DialectError`` naming file, line and construct unless ``text`` keeps to the dialect.

    ``kind`` says which module it is; ``file`` is how the error names it ("<kind>.py" if empty); ``attributes`` are the
    columns tools may touch (None: any public name). This is defence in depth, not a sandbox: run untrusted authors'
    tools inside an operating-system boundary.
    """
    allowlist.check(text, kind, file or f"{kind}.py", attributes)
