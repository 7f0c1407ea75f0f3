"""How a user points at a row whose key they do not know: details that fit that row and no other."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from agentgym.tasks.chart import Chart, technical
from agentgym.tasks.steps import Pick, Step
from agentgym.types import Claim, Column, Json, Row, Rows
from agentgym.world.naming import words

_NAMES = frozenset(words("name title subject email username headline label"))
_PLAIN = frozenset(
    words(
        "status type kind category genre color size brand model make date city country origin destination author "
        "artist total price amount subject reason language level priority address location species"
    )
)
# Columns, formats and values that only machines read.
_INTERNAL = frozenset(
    words(
        "id ids uid uuid guid token hash etag digest checksum arn secret password nonce cursor href self url uri link"
    )
)
_OPAQUE_FORMATS = frozenset(("uuid", "uri", "url", "byte", "binary", "password"))
_OPAQUE = re.compile(r"(?=.*\d)[0-9a-f-]{16,}|(?=.*\d)[A-Za-z0-9_-]{20,}")
_DETAILS = 3  # nobody lists more of them to say which order they mean
_NESTING = 2  # and nobody says "the seat of the flight of the booking of the guest"
_LONG = 60  # characters; longer texts are not quoted to point at something


def fitting(claim: Claim, chart: Chart, rows: Rows) -> list[Json]:
    """The keys of the rows that ``claim`` could mean in ``rows``."""
    column = claim.column or chart.tables[claim.table].primary_key
    return [row[column] for row in rows.get(claim.of or claim.table, ()) if _meets(row, claim.conditions)]


def holds(claim: Claim, chart: Chart, rows: Rows) -> bool:
    """Whether ``claim`` picks out its row, and only that one, in ``rows``."""
    return fitting(claim, chart, rows) == [claim.key]


def settle(
    chart: Chart, rows: Rows, steps: Sequence[Step], rng: random.Random
) -> tuple[tuple[Step, ...], dict[tuple[str, Json], Claim]]:
    """Find a claim for each row the agent is to look up, and drop the reads that then teach nothing.

    ``rows`` is the initial state. A row that cannot be told from others is named by its key instead.
    """
    claims: dict[tuple[str, Json], Claim] = {}
    known: dict[tuple[str, Json], int | None] = {}  # where a row was first learned; None: said
    settled: list[Step] = []
    for step in steps:
        picks = {}
        for path, pick in step.picks.items():
            row = (pick.table, pick.key)
            if row not in known:
                source = pick.step if pick.step is not None else _found_by(settled, row)
                claim = _claim(chart, rows, settled[source], pick, rng) if source is not None else None
                if claim is not None and _sayable(chart, claim, claims):
                    claims[row] = claim
                known[row] = source if row in claims or not _present(chart, rows, pick) else None
            picks[path] = replace(pick, step=known[row])
        settled.append(replace(step, picks=picks))
    kept = _prune(settled)
    used = {(pick.table, pick.key) for step in kept for pick in step.picks.values() if pick.step is not None}
    return kept, {key: claim for key, claim in claims.items() if key in used}


def _found_by(steps: Sequence[Step], row: tuple[str, Json]) -> int | None:
    """The look-up, if any, that has found ``row`` already."""
    found = [index for index, step in enumerate(steps) if step.about and (step.about.table, step.about.key) == row]
    return found[0] if found else None


def _sayable(chart: Chart, claim: Claim, claims: Mapping[tuple[str, Json], Claim]) -> bool:
    """Whether people would say it: not too nested, and nobody is "the customer of the order with the total 9.50"."""
    anchored = claim.of and any(value == row[1] for _, value in claim.conditions for row in claims)
    return _depth(claim, claims) <= _NESTING and not (anchored and claim.table in chart.people)


def _depth(claim: Claim, claims: Mapping[tuple[str, Json], Claim]) -> int:
    """How many rows are pointed at to point at this one: "the doctor of the visit of the patient" is 3."""
    others = [claims[row] for row in claims if any(value == row[1] for _, value in claim.conditions)]
    return 1 + max((_depth(other, claims) for other in others), default=1 if claim.of else 0)


def _prune(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The goals and what they learn from, with picks renumbered."""
    needed: set[int] = set()
    for index in reversed(range(len(steps))):
        if steps[index].goal or index in needed:
            needed |= {index} | {pick.step for pick in steps[index].picks.values() if pick.step is not None}
    place = {index: number for number, index in enumerate(sorted(needed))}
    return tuple(
        replace(
            steps[index],
            picks={
                path: replace(pick, step=None if pick.step is None else place[pick.step])
                for path, pick in steps[index].picks.items()
            },
        )
        for index in sorted(needed)
    )


def _present(chart: Chart, rows: Rows, pick: Pick) -> bool:
    primary = chart.tables[pick.table].primary_key
    return any(row[primary] == pick.key for row in rows.get(pick.table, ()))


def _claim(chart: Chart, rows: Rows, source: Step, pick: Pick, rng: random.Random) -> Claim | None:
    """Details that single out ``pick`` among all rows, of those that ``source`` shows or was asked by."""
    binding = chart.bindings[source.call.name]
    table = chart.tables[pick.table]
    nested = pick.table in binding.children.values()
    if binding.table != pick.table and not nested:
        return _by_reference(chart, rows, source, pick)
    target = next((row for row in rows.get(pick.table, ()) if row[table.primary_key] == pick.key), None)
    if target is None:
        return None
    if nested:
        asked = _under(chart, source, pick.table)
        shown = [column.name for column in table.columns]
    else:
        asked = _asked(chart, source, target)
        shown = list(chart.returned(binding))
    fitting = [row for row in rows[pick.table] if _meets(row, asked)]
    telling = [column.name for column in table.columns if column.name in shown and _telling(column, target)]
    telling = [
        name for name in telling if name not in dict(asked) and name != table.primary_key and not table.refers(name)
    ]
    telling.sort(key=lambda name: (_rank(name), rng.random()))
    for size in range(_DETAILS + 1):
        for details in combinations(telling, size):
            conditions = tuple((name, target[name]) for name in details)
            if sum(_meets(row, conditions) for row in fitting) == 1:
                return Claim(table=pick.table, key=pick.key, conditions=asked + conditions)
    return None


def _asked(chart: Chart, source: Step, target: Row) -> tuple[tuple[str, Json], ...]:
    """What the read that shows ``target`` was asked by, as far as it says what ``target`` is like."""
    binding = chart.bindings[source.call.name]
    columns = [
        use.into if use.role == "reference" else use.column
        for use in binding.uses
        if use.parameter in source.call.arguments and use.test in ("eq", "contains", "in")
    ]
    own = chart.tables[binding.table].primary_key
    return tuple((name, target[name]) for name in columns if target.get(name) is not None and name != own)


def _under(chart: Chart, source: Step, child: str) -> tuple[tuple[str, Json], ...]:
    """The parent of a nested row: the row that ``source`` got."""
    parent = chart.bindings[source.call.name].table
    key = next((pick.key for pick in source.picks.values() if pick.table == parent), None)
    return tuple(
        (link.column, key) for link in chart.tables[child].foreign_keys if link.table == parent and key is not None
    )


def _by_reference(chart: Chart, rows: Rows, source: Step, pick: Pick) -> Claim | None:
    """The row that what ``source`` got references, itself or by its only nested row."""
    binding = chart.bindings[source.call.name]
    own = chart.tables[binding.table]
    key = next((other.key for other in source.picks.values() if other.table == binding.table), None)
    ways = [(own.name, ((own.primary_key, key),))] + [
        (child, _under(chart, source, child)) for child in binding.children.values()
    ]
    for table, conditions in ways:
        column = next((link.column for link in chart.tables[table].foreign_keys if link.table == pick.table), None)
        claim = (
            Claim(table=pick.table, key=pick.key, conditions=conditions, of=table, column=column)
            if column and conditions and key is not None
            else None
        )
        if claim is not None and holds(claim, chart, rows):
            return claim
    return None


def _meets(row: Row, conditions: Sequence[tuple[str, Json]]) -> bool:
    return all(row.get(column) == value for column, value in conditions)


def _telling(column: Column, row: Row) -> bool:
    """Whether people would name this column to say which row they mean: nothing that only machines read."""
    value = row.get(column.name)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
        return False
    internal = (
        technical(column.name) or column.format in _OPAQUE_FORMATS or not _INTERNAL.isdisjoint(words(column.name))
    )
    return not internal and len(str(value)) <= _LONG and _OPAQUE.fullmatch(str(value)) is None


def _rank(name: str) -> int:
    """How likely people are to say a column, the best first: a name, then what everybody sees of the row."""
    parts = words(name)
    if parts[-1:] and parts[-1] in _NAMES:
        return 0
    if parts[-1:] and parts[-1] in _PLAIN:
        return 1
    return 3 if parts[-1:] in (["at"], ["count"]) or "phone" in parts else 2
