"""What a drawn task consists of before it is worded: executed calls, and what the user asks for and has wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from agentgym.types import Json, ToolCall

RowId: TypeAlias = tuple[str, Json]  # table and key


@dataclass(frozen=True)
class Pick:
    """A row that an argument names.

    ``step`` is the earlier step whose result shows its key; None: the user says the key.
    """

    table: str
    key: Json
    step: int | None = None


@dataclass(frozen=True)
class Told:
    """A value of a step's result that the user wants to hear.

    ``name`` is the column, or "count"; ``fresh``: the task itself brings the value about, as a new balance.
    """

    name: str
    value: Json
    fresh: bool = False


@dataclass(frozen=True)
class Step:
    """One executed call of a task. ``picks`` is keyed by argument path: "order_id", "items/0/product_id".

    ``about`` is the row that a look-up has found, or a create has made; ``rows``, those that the call has changed.
    """

    call: ToolCall
    result: Json
    goal: bool
    picks: dict[str, Pick] = field(default_factory=dict)
    about: Pick | None = None
    told: tuple[Told, ...] = ()
    rows: tuple[RowId, ...] = ()


@dataclass(frozen=True)
class Ask:
    """One thing the user asks for: the goal step at ``place``.

    With ``refused``, a step that a guard forbids, the user asks for that first and accepts ``place`` instead; None:
    they accept nothing instead.
    """

    place: int | None
    refused: Step | None = None


@dataclass(frozen=True)
class Wrong:
    """What the user says first for the argument ``path`` of a step, and puts right when the agent speaks to them."""

    kind: Literal["slip", "change"]
    step: int  # its place
    path: str
    value: Json
