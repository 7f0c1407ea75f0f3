"""How nested JSON documents lie in tables: which member is which column, and which rows stand in which list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from agentgym.types import Table


@dataclass(frozen=True)
class Leaf:
    """A value in one column: a scalar, or any JSON value where the column is of type json."""

    column: str
    optional: bool = False  # some documents lack the member; the column is NULL exactly there
    nulls: bool = False  # some documents hold null; the column is NULL there


@dataclass(frozen=True)
class Record:
    """An object of known members, which lie in the row that it belongs to."""

    members: tuple[tuple[str, Part], ...]  # in the order in which documents hold them
    present: str = ""  # the column that is NULL exactly where the object is missing; "": it is never missing


@dataclass(frozen=True)
class Rows:
    """A list, or an object by key, whose elements are the rows of another table."""

    table: str
    parent: str  # the table's column that names the row they belong to
    position: str  # the column that orders them, from 0
    element: Part
    key: str = ""  # the column that holds the key; "": a list
    optional: bool = False  # some documents lack the member; those have no rows, and the others at least one


Part: TypeAlias = Leaf | Record | Rows


@dataclass(frozen=True)
class Collection:
    """One kind of document of the state, such as ``orders``: the rows of a table of its own."""

    name: str  # as the state names it
    table: str
    key: str  # the primary key's column
    document: Record
    keyed: bool = True  # the state holds an object by key; False: a list
    position: str = ""  # the column that holds the order of the documents


@dataclass(frozen=True)
class Shape:
    """A state's collections, and the tables they lie in."""

    collections: tuple[Collection, ...]
    tables: tuple[Table, ...]

    def of(self, table: str) -> Collection | None:
        """The collection whose documents are the rows of ``table``; None for the rows of a list in them."""
        return next((one for one in self.collections if one.table == table), None)


@dataclass(frozen=True)
class Finding:
    """Something of a state that its tables hold otherwise, or that a person should look at."""

    reason: str  # a stable, countable phrase
    place: str  # "users.payment_methods[].amount"
    count: int  # values or documents concerned
    detail: str = ""
