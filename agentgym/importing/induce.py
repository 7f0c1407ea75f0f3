"""Nested documents -> tables: what lies in which column, decided from the documents alone."""

from __future__ import annotations

from dataclasses import dataclass

from agentgym.importing.parts import Induction
from agentgym.importing.references import references
from agentgym.importing.rows import to_rows
from agentgym.importing.shape import Finding, Shape
from agentgym.importing.state import State
from agentgym.types import Rows


@dataclass(frozen=True)
class Induced:
    """A state as tables."""

    shape: Shape
    rows: Rows  # for seed.json
    findings: tuple[Finding, ...]


def induce(state: State) -> Induced:
    """The tables of a state and its rows. The same state gives the same on every machine.

    Raises ``SpecError`` for documents with more members than a table may have columns.
    """
    induction = Induction(state)
    collections = tuple(map(induction.collection, state))
    shape = Shape(collections, tuple(draft.table() for draft in induction.drafts.all.values()))
    rows = to_rows(shape, state)
    tables, found = references(shape, rows)
    return Induced(Shape(collections, tables), rows, (*induction.findings, *found))
