"""A tool's result as plain JSON: what leaves a world holds only exact builtin types, within fixed bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from agentgym.errors import DomainError, ToolError
from agentgym.types import Json

Columns: TypeAlias = Mapping[type, tuple[tuple[str, str], ...]]  # model -> (attribute, column name) pairs

MAX_DEPTH = 12
MAX_NODES = 50_000  # values in one result
MAX_TEXT = 1_000_000  # characters in one result
INT63 = 2**63


def canonical(value: Any, columns: Columns) -> Json:
    """``value`` as JSON: rows become dicts by column name, tuples and query results become lists.

    Raises ``ToolError`` where the result is only too large or a number out of range (the agent can ask for less), and
    ``DomainError`` where it holds what no tool may return.
    """
    return _Walk(columns).value(value, 0)


def is_text(value: str) -> bool:
    """Whether a string can be stored and sent: it holds no lone surrogate."""
    if value.isascii():
        return True
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Walk:
    """One pass over a result, counting what it has seen."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.nodes = 0
        self.text = 0

    def value(self, value: Any, depth: int) -> Json:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ToolError(f"the result holds more than {MAX_NODES} values; narrow the request")
        if depth > MAX_DEPTH:
            raise DomainError(f"the result is nested deeper than {MAX_DEPTH}")
        kind = type(value)
        if kind is str:
            return self.string(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            if not -INT63 <= value < INT63:
                raise ToolError("a number is out of range")
            return value
        if kind is float:
            if not math.isfinite(value):
                raise ToolError("a number is out of range")
            return value
        return self.container(value, depth)

    def string(self, value: str) -> str:
        self.text += len(value)
        if self.text > MAX_TEXT:
            raise ToolError(f"the result holds more than {MAX_TEXT} characters; narrow the request")
        if not is_text(value):
            raise DomainError("the result holds a lone surrogate")
        return value

    def container(self, value: Any, depth: int) -> Json:
        kind = type(value)
        columns = self.columns.get(kind)
        if columns is not None:
            return {column: self.value(getattr(value, attribute), depth + 1) for attribute, column in columns}
        if kind is list or isinstance(value, tuple):  # a tuple may be a row of a query over single columns
            return [self.value(element, depth + 1) for element in value]
        if kind is dict:
            for key in value:
                if type(key) is not str:
                    raise DomainError(f"the result holds a dict with the key {key!r}; keys are strings")
            return {self.string(key): self.value(element, depth + 1) for key, element in value.items()}
        raise DomainError(f"the result holds a {kind.__name__}; return rows, dicts, lists or plain values")
