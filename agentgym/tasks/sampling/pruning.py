"""Gold without reads that teach nothing new: what another result shows as well need not be looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agentgym.scalars import objects
from agentgym.tasks.chart import Chart
from agentgym.tasks.steps import Pick, RowId, Step
from agentgym.types import Claim


def pruned(chart: Chart, steps: Sequence[Step], claims: Mapping[RowId, Claim]) -> tuple[Step, ...]:
    """``steps`` without the reads whose rows an earlier call shows with all that the user says of them.

    ``get_order`` is not needed for the product of an order when the list of orders has told it.
    """
    kept = list(steps)
    for place in reversed(range(len(kept))):
        if kept[place].goal:
            continue
        moved = _without(chart, kept, place, claims)
        kept = moved if moved is not None else kept
    return tuple(kept)


def _without(chart: Chart, steps: list[Step], place: int, claims: Mapping[RowId, Claim]) -> list[Step] | None:
    """``steps`` without the one at ``place``, its rows learned elsewhere; None where one of them cannot be."""
    rest: list[Step] = []
    for number, step in enumerate(steps):
        if number == place:
            continue
        picks = {}
        for path, pick in step.picks.items():
            source = pick.step
            if source == place:
                shown = [
                    other for other in range(number) if other != place and _shows(chart, steps[other], pick, claims)
                ]
                if not shown:
                    return None
                source = shown[0]
            picks[path] = replace(pick, step=source - (source > place) if source is not None else None)
        rest.append(replace(step, picks=picks))
    return rest


def _shows(chart: Chart, step: Step, pick: Pick, claims: Mapping[RowId, Claim]) -> bool:
    """Whether a result shows the row that the user describes, its details with its key."""
    claim = claims.get((pick.table, pick.key))
    if claim is None:
        return False
    column = claim.column or chart.tables[pick.table].primary_key
    wanted = (*claim.conditions, (column, pick.key))
    return any(all(row.get(name) == value for name, value in wanted) for row in objects(step.result))
