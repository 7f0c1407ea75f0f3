"""The dialect generated and authored tools are written in: what their code imports, and what they may use.

A tool is a plain function over a ``sqlmodel.Session``, marked ``@read`` or ``@write``; it refuses with
``raise ToolError("order '#W1' not found")``. ``check_source`` is the allowlist every ``schema.py`` and
``tools.py`` passes before it is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, select

from agentgym.errors import DialectError, ToolError
from agentgym.files import digest
from agentgym.world import allowlist
from agentgym.world.syntax import Kind

__all__ = ["DialectError", "ToolError", "check_source", "nest", "new_id", "read", "write"]

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__agentgym_writes__"
_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL)


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

    Integer keys count on from the highest. Keys such as ``ORD-1042`` or ``U7730125`` keep the prefix and the
    width of the highest number. Other text keys get a hash of the table's name and its number of rows.
    """
    mapper = inspect(model)
    column = mapper.primary_key[0]
    keys = list(session.exec(select(getattr(model, mapper.get_property_by_column(column).key))))
    if column.type.python_type is int:
        return max(keys, default=0) + 1
    if not keys:
        return f"{mapper.local_table.name}-1"
    numbered = [(int(match[2]), match[1], len(match[2])) for key in keys if (match := _NUMBERED.fullmatch(key))]
    if numbered:
        number, prefix, width = max(numbered)
        return f"{prefix}{number + 1:0{width}d}"
    return _hashed(mapper.local_table.name, set(keys))


def _hashed(table: str, taken: set[str]) -> str:
    """A key for tables whose keys follow no numbering."""
    number = len(taken)
    while (key := digest([table, number])[:12]) in taken:
        number += 1
    return key


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
