"""What a tool was found to do to the documents of a state, and what rules look at to find it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agentgym.importing.places import Place, column, holds, names_key
from agentgym.importing.saying import Said
from agentgym.importing.shape import Collection, Shape
from agentgym.types import Json, Rows, ToolSpec

Op: TypeAlias = Literal["get", "find", "list", "update", "constant"]
Shows: TypeAlias = Literal["document", "given", "member", "object", "key", "label", "sorted label", "value"]
MISSING, STATUS, LENGTH, EMPTY = "missing", "status", "length", "empty"  # why a bound tool refuses


@dataclass(frozen=True)
class Bound:
    """What a tool does to the documents of one collection."""

    spec: ToolSpec
    op: Op
    collection: Collection | None = None  # None: a constant, which looks at no document
    key: str = ""  # the parameter that is the key of the document
    fields: tuple[tuple[str, Place], ...] = ()  # parameters and the members they are compared with, or stored in
    sets: tuple[tuple[str, str], ...] = ()  # columns, and the status that the tool's verb moves them to
    guard: tuple[str, str] | None = None  # a column, and the status that it must have
    as_long: bool = False  # a list that is replaced must stay as long as it was
    shows: Shows = "document"  # given: the document, with the changed object's members in the order of the parameters
    place: Place | None = None  # the member, or the label, that is shown
    folded: tuple[str, ...] = ()  # parameters that are compared without case
    value: Json = None  # what a constant is, or a write answers
    sure: bool = True  # False: only where recorded calls show it
    refusals: tuple[tuple[str, str], ...] = ()  # why it refuses, and the words for it that recorded calls show

    @property
    def writes(self) -> bool:
        return self.op == "update"


class UnboundError(Exception):
    """No rule binds a tool: ``args`` are a stable phrase and what it was said of."""


@dataclass(frozen=True)
class Ground:
    """What rules look at beside the tool itself."""

    shape: Shape
    rows: Rows

    def cased(self, table: str, name: str) -> bool:
        """Whether the texts of a column can be written in another case."""
        texts = [row[name] for row in self.rows[table] if isinstance(row[name], str)]
        return any(text.lower() != text.upper() for text in texts)

    def plain_keys(self, own: Collection) -> bool:
        """Whether the keys of new rows in a list can be made of a document's key and a place, with a slash between."""
        return not any(set("/~") & set(str(row[own.key])) for row in self.rows[own.table])

    def told_apart(self, table: str, columns: Sequence[tuple[str, bool]]) -> bool:
        """Whether no two rows of a table hold the same in ``columns``, each a name and whether case is left out."""
        held: set[tuple[Json, ...]] = set()
        for row in self.rows[table]:
            values = tuple(_folded(row[name]) if folded else row[name] for name, folded in columns)
            if values in held:
                return False
            if None not in values:
                held.add(values)
        return True

    def unique(self, table: str, name: str) -> bool:
        """Whether the rows of a table all differ in a column."""
        values = [row[name] for row in self.rows[table]]
        return bool(values) and None not in values and len(set(values)) == len(values)


def _folded(value: Json) -> Json:
    return value.lower() if isinstance(value, str) else value


def keyed(said: Said, ground: Ground) -> list[tuple[str, Collection]]:
    """The parameters that are keys of collections, by name and type."""
    return [
        (name, one)
        for name, schema in said.parameters.items()
        for one in ground.shape.collections
        if names_key(name, one, said.name) and holds(column(ground.shape, one.table, one.key), schema)
    ]
