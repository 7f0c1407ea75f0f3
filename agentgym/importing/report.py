"""What an import found: import.json, and what the command shows."""

from __future__ import annotations

from typing import Literal, TypeAlias

from agentgym.types import Record

How: TypeAlias = Literal["rules", "examples", "authored", ""]


class ImportedTool(Record):
    """What became of one tool."""

    name: str
    how: How  # who says what it does; "": nobody, and it is left out
    does: str = ""  # "the document of users under user_id"
    calls: int = 0  # recorded calls that show it
    reason: str = ""  # why it is left out: a stable, countable phrase
    detail: str = ""


class ImportedTable(Record):
    """One table of the domain."""

    name: str
    rows: int
    collection: str = ""  # of the state, where its rows are documents of one; "" for the elements of a list
    refers: tuple[str, ...] = ()  # "user_id -> user": foreign keys, which the rows keep


class ImportedFinding(Record):
    """Something about the documents that tables hold in another way, or that is odd."""

    reason: str
    place: str
    count: int
    detail: str = ""


class Imported(Record):
    """The whole of an import."""

    name: str
    tools: tuple[ImportedTool, ...]
    tables: tuple[ImportedTable, ...]
    findings: tuple[ImportedFinding, ...]
    documents: int
    read_back: int  # documents that the rows give back with every value, and every member in its place
    recordings: int  # sequences of recorded calls that were given
    laws: dict[str, int]  # law -> cases that were tried

    @property
    def bound(self) -> tuple[ImportedTool, ...]:
        return tuple(tool for tool in self.tools if tool.how)

    @property
    def unbound(self) -> tuple[ImportedTool, ...]:
        return tuple(tool for tool in self.tools if not tool.how)
