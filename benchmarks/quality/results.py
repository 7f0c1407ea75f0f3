"""Returned columns: what is inferred for tools whose response schemas were taken away."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from agentgym.build.completion import infer_returns
from agentgym.build.semantics.shapes import shape_of
from agentgym.types import ToolSpec
from agentgym.world.naming import snake

HIDDEN = 0.2  # of the tools whose vendors describe the result


def returns(tools: Sequence[ToolSpec], seed: int) -> dict[str, Any]:
    """Recall and precision of the columns of hidden results, over all hidden columns.

    Results that the pool itself had completed are no evidence: they are taken away first.
    """
    bare = [tool.model_copy(update={"returns": {}}) if "returns" in tool.completed else tool for tool in tools]
    told = [place for place, tool in enumerate(bare) if columns(tool)]
    hidden = sorted(random.Random(f"returns/{seed}").sample(told, round(HIDDEN * len(told))))
    given = list(bare)
    for place in hidden:
        given[place] = bare[place].model_copy(update={"returns": {}})
    inferred = infer_returns(given)
    true = found = shared = answered = 0
    shares: list[float] = []
    for place in hidden:
        truth, guess = columns(bare[place]), columns(inferred[place])
        true += len(truth)
        found += len(guess)
        shared += len(truth & guess)
        answered += bool(guess)
        shares.append(len(truth & guess) / len(truth))
    return {
        "answered": round(answered / len(hidden), 4) if hidden else None,
        "columns": true,
        "hidden": len(hidden),
        "precision": round(shared / found, 4) if found else None,
        "recall": round(shared / true, 4) if true else None,
        "recall_by_tool": round(sum(shares) / len(shares), 4) if shares else None,
    }


def columns(tool: ToolSpec) -> frozenset[str]:
    """The columns of the row, or of the rows, that a tool returns."""
    shape = shape_of(tool)
    return frozenset(map(snake, shape.properties)) if shape.kind in ("row", "rows") else frozenset()
