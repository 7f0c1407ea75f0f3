"""Tables in the making: their names and columns, each an identifier that needs no translation in code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from sqlmodel import SQLModel

from agentgym.build.semantics.language import singular
from agentgym.errors import SpecError
from agentgym.types import Column, ForeignKey, Table
from agentgym.world.naming import class_name, identifier, snake, words

COLUMNS_AT_MOST = 500  # of a table; SQLite's own limit is 2000
_LONGEST = 55  # characters of a name, before a number that sets it apart


def noun(name: str) -> str:
    """What one element of a list or a collection called ``name`` is called: payment_methods -> payment_method."""
    *head, last = words(name) or [snake(name)]
    return "_".join((*head, singular(last)))


class Draft:
    """One table: its columns in order, and which of them is what."""

    def __init__(self, name: str, doc: str, depth: int, indexes: set[str]) -> None:
        self.name = name
        self.doc = doc
        self.depth = depth  # 0 for the documents of a collection, 1 for what lists in them hold
        self.key = ""  # the primary key's column
        self.key_type: Literal["str", "int"] = "str"
        self._columns: dict[str, Column | None] = {}  # None: reserved, to be described
        self._members: dict[str, str] = {}  # member -> the column that was reserved for it
        self._links: list[ForeignKey] = []
        self._indexes = indexes  # names of all tables' indexes, which SQLite keeps in one space

    @property
    def reference(self) -> str:
        """What a column of another table that names a row of this one is called."""
        return f"{self.name}_id" if self.key == "id" else self.key

    def reserve(self, *wanted: str, avoid: Iterable[str] = (), indexed: bool = False) -> str:
        """A column of the first of these names that is free, and that no member in ``avoid`` will want."""
        members = {identifier(name) for name in avoid}
        first = next((name for name in wanted if identifier(name) not in members), wanted[0])

        def taken(name: str) -> bool:
            return name in self._columns or name in members or (indexed and f"{self.name}_{name}" in self._indexes)

        column = _name(first, taken)
        self._columns[column] = None
        return column

    def reserve_member(self, member: str) -> str:
        """The column of a member that has a part to play, such as the key."""
        self._members[member] = self.reserve(member)
        return self._members[member]

    def reserved(self, member: str) -> str:
        """The column that was reserved for a member; "" for none."""
        return self._members.get(member, "")

    def describe(self, column: Column) -> None:
        """Say what a reserved column holds."""
        self._columns[column.name] = column
        self.check_width(len(self._columns))

    def check_width(self, columns: int) -> None:
        """Raises ``SpecError`` for more columns than a table may have."""
        if columns > COLUMNS_AT_MOST:
            raise SpecError(
                f"what table {self.name!r} would hold has more than {COLUMNS_AT_MOST} different members; put what is"
                " keyed by data into an object of its own"
            )

    def link(self, column: str, parent: Draft) -> None:
        """``column`` names the row of ``parent`` that a row belongs to."""
        self.describe(Column(name=column, type=parent.key_type, nullable=False))
        self._links.append(ForeignKey(column=column, table=parent.name, key=parent.key))
        self._indexes.add(f"{self.name}_{column}")

    def table(self) -> Table:
        """The finished record."""
        return Table(
            name=self.name,
            doc=self.doc,
            columns=tuple(column for column in self._columns.values() if column is not None),
            primary_key=self.key,
            foreign_keys=tuple(self._links),
            generated=False,
        )


class Drafts:
    """The tables of a state, none of whose classes has another's name."""

    def __init__(self) -> None:
        self.all: dict[str, Draft] = {}
        self._classes = {"Base", "JSON"}  # names that schema.py has already
        self._indexes: set[str] = set()

    def new(self, wanted: str, doc: str, depth: int) -> Draft:
        """An empty table whose name is ``wanted``, or comes close."""
        wanted = f"the_{wanted}" if wanted.startswith("sqlite") else wanted  # SQLite keeps such names for itself
        name = _name(wanted, lambda one: one in self.all or class_name(one) in self._classes)
        self._classes.add(class_name(name))
        self.all[name] = Draft(name, doc, depth, self._indexes)
        return self.all[name]


def _name(wanted: str, taken: Callable[[str], bool]) -> str:
    """``wanted`` as an identifier that code, SQL and the models can use as it stands, numbered where it is taken."""
    base = identifier(wanted)[:_LONGEST].rstrip("_")
    if base.startswith("model_") and identifier(base) != base:  # pydantic keeps such names for itself
        base = f"the_{base}"
    elif hasattr(SQLModel, base):  # such as "construct", which it would hide
        base = f"{base}_value"
    base = identifier(base)
    candidate, number = base, 2
    while taken(candidate):
        candidate = identifier(f"{base}_{number}")
        number += 1
    return candidate
