"""A tool's result as plain JSON: what leaves a world holds only exact builtin types, within fixed bounds."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Row as SqlRow  # of a query for single columns

from agentgym.errors import DomainError, ToolError
from agentgym.types import Json

Columns: TypeAlias = Mapping[type, tuple[tuple[str, str], ...]]  # class of rows -> (attribute, column name) pairs

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


class Encoder:
    """``canonical`` and JSON text in one, for results that are plainly within the bounds."""

    def __init__(self, columns: Columns) -> None:
        pairs = {kind: names for kind, names in columns.items() if all(a == c for a, c in names)}
        self._rows = frozenset(pairs)  # classes whose instances' own dicts are what canonical would make of them
        self._left = 0

    def __call__(self, value: Any) -> bytes | None:
        """Compact JSON, or None where ``canonical`` must look at the value."""
        self._left = MAX_NODES
        if not self._plain((value,), 0):
            return None
        try:
            text = orjson.dumps(value, _members)
        except TypeError:  # text with a lone surrogate, a key that is no string
            return None
        return text if len(text) <= MAX_TEXT else None

    def _plain(self, values: Collection[Any], depth: int) -> bool:
        """Whether these are JSON values and rows, few and flat enough, with numbers in range."""
        self._left -= len(values)
        if self._left < 0 or depth > MAX_DEPTH:
            return False
        for value in values:
            kind = type(value)
            if kind is str or value is None or kind is bool:
                continue
            if kind is int or kind is float:
                if not -INT63 <= value < INT63:  # which floats beyond it may be, but canonical decides that
                    return False
            elif kind in self._rows:
                if not self._plain(value.__dict__.values(), depth + 1):
                    return False
            elif kind is list or kind is tuple:
                if not self._plain(value, depth + 1):
                    return False
            elif kind is not dict or not self._plain(value.values(), depth + 1):
                return False
        return True


def _members(row: Any) -> dict[str, Any]:
    members: dict[str, Any] = row.__dict__
    return members


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

    __slots__ = ("columns", "nodes", "text")

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.nodes = 1
        self.text = 0

    def value(self, value: Any, depth: int) -> Json:
        """A value that its container has counted."""
        if self.nodes > MAX_NODES:
            raise ToolError(f"the result holds more than {MAX_NODES} values; narrow the request")
        if depth > MAX_DEPTH:
            raise DomainError(f"the result is nested deeper than {MAX_DEPTH}")
        kind = type(value)
        if kind is str:
            return self.string(value)
        if value is None or kind is bool:
            return value
        if kind is int or kind is float:
            if not (-INT63 <= value < INT63 if kind is int else math.isfinite(value)):
                raise ToolError("a number is out of range")
            return value
        return self.container(value, kind, depth)

    def string(self, value: str) -> str:
        self.text += len(value)
        if self.text > MAX_TEXT:
            raise ToolError(f"the result holds more than {MAX_TEXT} characters; narrow the request")
        if not is_text(value):
            raise DomainError("the result holds a lone surrogate")
        return value

    def container(self, value: Any, kind: type, depth: int) -> Json:
        columns = self.columns.get(kind)
        if columns is not None:
            return self.members(((column, getattr(value, attribute)) for attribute, column in columns), depth + 1)
        if kind is dict:
            for key in value:
                if type(key) is not str:
                    raise DomainError(f"the result holds a dict with the key {key!r}; keys are strings")
                self.string(key)
            return self.members(value.items(), depth + 1)
        if kind is list or isinstance(value, (tuple, SqlRow)):
            self.nodes += len(value)
            return [self.value(element, depth + 1) for element in value]
        raise DomainError(f"the result holds a {kind.__name__}; return rows, dicts, lists or plain values")

    def members(self, pairs: Any, depth: int) -> Json:
        found: dict[str, Json] = {}
        for name, value in pairs:
            # Most values are short plain text: what value() would do with them, without the call.
            if type(value) is str and value.isascii():
                self.text += len(value)
                found[name] = value
            else:
                found[name] = value if value is None else self.value(value, depth)
        self.nodes += len(found)
        if found and (self.text > MAX_TEXT or self.nodes > MAX_NODES or depth > MAX_DEPTH):
            self.string("")  # these say which bound it is
            self.value(None, depth)
        return found
