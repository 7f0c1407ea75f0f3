"""The funnel over many trajectories: files, its counts, the command, and what the environment pays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from agentgym.errors import RunError
from agentgym.files import read_records, write_records
from agentgym.play.agents.fallible import ErrorModel, FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.funnel import Tally, funnel, judged_lines, kept, slices
from agentgym.play.rollouts.rollout import rollouts
from agentgym.types import Task, Verdict
from tests.commands import agentgym
from tests.gold import CANCEL, GOLD
from tests.minishop import MINISHOP


def test_a_file_is_judged_as_its_records_are(tmp_path: Path) -> None:
    trajectories = list(rollouts([MINISHOP], [GoldAgent, FallibleAgent], trials=40))
    path = tmp_path / "trajectories.jsonl"
    write_records(path, trajectories)
    expected = [verdicts for _, verdicts in funnel(trajectories, {"minishop": MINISHOP})]
    parts = slices(path)
    assert len(parts) > 1, "one piece would prove nothing about how pieces join"
    found = [judged for part in judged_lines(parts, {"minishop": MINISHOP}) for judged in part]
    assert [judged.verdicts for judged in found] == expected
    assert {judged.agent for judged in found} == {"gold", "fallible"}


def test_the_command_counts_what_the_funnel_kept(tmp_path: Path) -> None:
    shutil.copytree(MINISHOP, tmp_path / "domains" / "minishop")
    trajectories = list(rollouts([MINISHOP], [GoldAgent, FallibleAgent], trials=3))
    write_records(tmp_path / "trajectories.jsonl", trajectories)
    verdicts = [verdicts for _, verdicts in funnel(trajectories, {"minishop": MINISHOP})]
    shown = agentgym("filter", tmp_path, "--json", "--workers", 1)
    assert shown.exit_code == 0, shown.output
    counts = json.loads(shown.stdout)
    assert (counts["played"], counts["kept"]) == (len(trajectories), sum(map(kept, verdicts)))
    assert counts["agents"]["gold"]["kept"] == counts["agents"]["gold"]["played"] == 9
    written = list(read_records(tmp_path / "verdicts.jsonl", Verdict))
    assert written == [verdict for group in verdicts for verdict in group]
    strict = json.loads(agentgym("filter", tmp_path, "--exact", "--json").stdout)
    assert strict["stages"]["exact"]["reached"] > counts["stages"]["exact"]["reached"], (
        "tasks that write are judged too"
    )
    assert strict["agents"]["gold"]["kept"] == 9, "gold makes the gold calls"


def test_a_line_that_is_no_trajectory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "trajectories.jsonl"
    write_records(path, [GOLD[CANCEL.id]])
    path.write_text(path.read_text("utf-8") + '{"id": "torn', "utf-8")
    with pytest.raises(RunError, match=r"trajectories.jsonl:2 is not a Trajectory"):
        list(judged_lines(slices(path), {"minishop": MINISHOP}))
    with pytest.raises(RunError, match="agentgym rollout"):
        slices(tmp_path / "nowhere.jsonl")


def test_the_funnel_counts_every_trajectory_once() -> None:
    trajectories = list(rollouts([MINISHOP], [GoldAgent, FallibleAgent], trials=6))
    stray = GOLD[CANCEL.id].model_copy(update={"domain": "airline"})
    tally = Tally()
    for trajectory, verdicts in funnel([*trajectories, stray], {"minishop": MINISHOP}):
        assert {verdict.trajectory for verdict in verdicts} == {trajectory.id}
        if trajectory.agent == "gold" and trajectory is not stray:
            assert kept(verdicts), f"gold was dropped: {verdicts}"
        tally.add(trajectory.domain, trajectory.agent, verdicts, trajectory.fault)
    summary = tally.summary()
    stages = summary["stages"]
    dropped = sum(sum(stage["dropped"].values()) for stage in stages.values())
    assert summary["played"] == len(trajectories) + 1 == summary["kept"] + dropped
    assert stages["validity"]["dropped"]["unknown task"] == 1
    assert stages["validity"]["passed"] == stages["state"]["reached"] + stages["exact"]["reached"]
    for groups in (summary["domains"], summary["agents"]):
        assert sum(group["played"] for group in groups.values()) == summary["played"]
        assert sum(group["kept"] for group in groups.values()) == summary["kept"]
    assert set(summary["domains"]) == {"minishop", "airline"} and set(summary["agents"]) == {"gold", "fallible"}
    assert sum(summary["faults"].values()) == sum(trajectory.reward != 1.0 for trajectory in trajectories)


def test_what_the_funnel_keeps_is_what_the_environment_pays() -> None:
    errors = ErrorModel(wrong_value=0.2, unknown_tool=0.1, wrong_order=0.2, needless_read=0.2, early_stop=0.1)

    def fallible(task: Task) -> FallibleAgent:
        return FallibleAgent(task, errors)

    outcomes = [
        (trajectory.reward == 1.0, kept(verdicts), trajectory.id, verdicts)
        for trajectory, verdicts in funnel(rollouts([MINISHOP], [fallible], trials=25), {"minishop": MINISHOP})
    ]
    assert {paid for paid, *_ in outcomes} == {True, False}, "the errors must make some episodes fail and leave some"
    for paid, passed, name, verdicts in outcomes:
        assert paid == passed or verdicts[0].reason.startswith("repeated"), f"{name} is paid {paid}, but kept {passed}"
