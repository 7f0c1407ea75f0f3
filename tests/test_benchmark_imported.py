"""The benchmark of imports: which calls are compared, and what counts as equal."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from agentgym.importing.induce import induce
from agentgym.importing.report import Imported, ImportedTool
from agentgym.importing.state import State
from agentgym.result import ToolResult
from agentgym.world.world import World
from benchmarks.imported import Gold, Official, Tally, consistent, replayed, said, stored
from tests.imported import PETS, loaded


def invoke(gold: Gold, data: State) -> Any:
    """The tools of an official world of pets: one is imported, two are not, of which one writes."""
    if gold.name == "get_owner":
        return json.dumps(data["owners"][gold.arguments["wanted"]])
    if gold.name == "close_visit":
        data["visits"][gold.arguments["visit_id"]]["status"] = "closed"
    return "done"


def get(owner: str) -> Gold:
    return Gold("get_owner", {"wanted": owner})


def played(tmp_path: Path, *calls: Gold) -> Tally:
    induced = induce(PETS)
    world = World(loaded(tmp_path, induced))
    official = Official(invoke, lambda: copy.deepcopy(PETS))
    return replayed(official, [calls, calls], world, induced)


def test_calls_are_compared_while_the_states_are_equal(tmp_path: Path) -> None:
    close = Gold("close_visit", {"visit_id": "v1"})
    tally = played(tmp_path, get("ann"), Gold("think", {}), get("bob"), close, get("cid"))
    assert tally.calls == {"get_owner": 6, "think": 2, "close_visit": 2}, f"The gold calls are {tally.calls}."
    assert tally.reached == {"get_owner": 4}, "A write of a tool that is not bound ends a sequence; a read does not."
    assert tally.equal == {"get_owner": 4}, f"The answers are the same bytes, but equal are {tally.equal}."


def test_a_write_that_changes_nothing_ends_no_sequence(tmp_path: Path) -> None:
    tally = played(tmp_path, Gold("close_visit", {"visit_id": "v2"}), get("ann"))
    assert tally.reached == {"get_owner": 2}, f"Reached were {tally.reached}."


def test_both_refuse_in_other_words(tmp_path: Path) -> None:
    tally = played(tmp_path, get("nobody"))
    assert (tally.equal, tally.refused) == ({}, {"get_owner": 2}), f"{tally.equal} equal, {tally.refused} refused."


def test_totals_are_of_bound_tools() -> None:
    tally = Tally()
    tally.calls.update({"get": 3, "pay": 4})
    tally.count("get", '{"a": 1}', ToolResult({"a": 1}))
    tally.count("get", '{"a": 1, "b": 2}', ToolResult({"b": 2, "a": 1}))
    tally.count("get", '{"a": 1}', ToolResult({"a": 2}))
    tools = (ImportedTool(name="get", how="rules"), ImportedTool(name="pay", how="", reason="no rule"))
    report = Imported(name="x", tools=tools, tables=(), findings=(), documents=0, read_back=0, recordings=0, laws={})
    found = tally.summary(report)
    figures = {name: found[name] for name in ("bound", "tools", "calls", "reached", "equal", "reordered", "gold_calls")}
    assert figures == {"bound": 1, "tools": 2, "calls": 3, "reached": 3, "equal": 1, "reordered": 1, "gold_calls": 7}
    assert found["by_tool"]["pay"]["how"] == "no rule", f"A tool that is not bound says why: {found['by_tool']}"


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (ToolResult("plain"), "plain"),
        (ToolResult({"b": 1, "a": [2.0]}), '{"b": 1, "a": [2.0]}'),
        (ToolResult(error="no such thing"), "Error: no such thing"),
        (ToolResult(error="Error: not found"), "Error: not found"),
    ],
)
def test_what_an_agent_reads(result: ToolResult, text: str) -> None:
    assert said(result) == text


def test_rows_and_references_are_counted_in_the_world(tmp_path: Path) -> None:
    induced = induce(PETS)
    world = World(loaded(tmp_path, induced))
    found = stored(induced, PETS, world)
    assert found == {"documents": 6, "read_back": 6, "rows": 13, "loaded": 13, "references": 13, "held": 13}
    rows = world.rows()
    rows["visit"][0]["owner"] = "nobody"
    assert consistent(induced.shape.tables, rows) == (13, 12), "A reference to nothing must not count as held."
