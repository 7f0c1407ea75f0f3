"""What makes a task hard, counted for curricula (paper 3.1 trains on tasks of growing difficulty)."""

from __future__ import annotations

from agentgym.tasks.chart import Chart
from agentgym.types import Difficulty, Rows, Task


def difficulty(chart: Chart, rows: Rows, task: Task) -> Difficulty:
    """The difficulty of ``task``, whose initial state is ``rows``.

    ``ambiguity`` is the size of the largest table in which a description must pick a row: who says "my only pending
    order" leaves the agent all orders to choose from. A tool without a binding counts as one that reads.
    """
    kinds = [call.name in chart.bindings and chart.bindings[call.name].writes for call in task.gold]
    return Difficulty(
        calls=len(task.gold),
        tools=len(chart.domain.tools),
        reads=kinds.index(True) if True in kinds else len(kinds),
        ambiguity=max((len(rows.get(claim.of or claim.table, ())) for claim in task.claims), default=1),
    )
