"""The whole way, on one service of the catalog: from its specification to training rows, twice the same."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import gymnasium as gym
import pytest

from agentgym import audit, stages
from agentgym.build.pipeline import build, catalog
from agentgym.files import read_records, write_records
from agentgym.play.rollouts.batches import Request
from agentgym.registry import domain_folders
from agentgym.spaces import REFUSED
from agentgym.types import Rejection, Task, Trajectory
from tests.commands import agentgym

README = Path(__file__).parents[1] / "README.md"
OUTPUTS = ("pool.jsonl", "domains.jsonl", "rejected.jsonl", "trajectories.jsonl", "verdicts.jsonl", "sft.jsonl")


def go_through(run: Path) -> None:
    """Every stage on the library's specification."""
    build([catalog() / "library.json"], run)
    stages.tasks(run, per_domain=6, seed=0)
    stages.rollout(run, Request(agents=("gold", "fallible"), trials=4))
    stages.judge(run)
    stages.export(run, run / "sft.jsonl")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    go_through(folder)
    return folder


def contents(run: Path) -> dict[str, bytes]:
    files = [run / name for name in OUTPUTS] + sorted((run / "domains").glob("*/*.*"))
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in files}


def test_something_comes_out_of_every_stage(run: Path) -> None:
    counts = dict(audit.funnel(run))
    empty = [stage for stage, count in counts.items() if count == 0]
    assert not empty, f"these stages kept nothing: {empty}"
    assert counts["training rows"] < counts["trajectories"], "the funnel dropped nothing, not even of a fallible agent"


def test_the_same_input_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    go_through(tmp_path)
    first, second = contents(run), contents(tmp_path)
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    assert not different, f"two equal runs differ in {different}"


def test_a_gold_agent_is_kept_and_rewarded(run: Path) -> None:
    kept = {trajectory.id for trajectory in stages.kept(run)}
    played = [item for item in read_records(run / "trajectories.jsonl", Trajectory) if item.agent == "gold"]
    lost = [item.id for item in played if item.reward != 1.0 or item.id not in kept]
    assert played and not lost, f"gold episodes without reward, or dropped by the funnel: {lost}"


def test_what_is_kept_was_rewarded(run: Path) -> None:
    wrong = [item.id for item in stages.kept(run) if item.reward != 1.0]
    assert not wrong, f"the funnel kept episodes that the environment did not reward: {wrong}"


def test_training_rows_are_chat_with_tools(run: Path) -> None:
    for line in (run / "sft.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        assert [row["messages"][place]["role"] for place in (0, 1, -1)] == ["system", "user", "assistant"]
        offered = {tool["function"]["name"] for tool in row["tools"]}
        calls = [call["function"]["name"] for turn in row["messages"] for call in turn.get("tool_calls", ())]
        answers = [turn["content"] for turn in row["messages"] if turn["role"] == "tool"]
        called = {name for name, answer in zip(calls, answers, strict=True) if not answer.startswith(REFUSED)}
        assert called <= offered, f"{row['task']} calls {called - offered}, which its row does not offer"


def test_proofs_hold_when_run_again(run: Path) -> None:
    (proof,) = audit.prove([run])
    assert not proof.problems, f"a built domain fails its own proof: {proof.problems}"
    assert proof.tools == proof.proven > 0 and proof.tasks > 0


def test_a_task_that_was_tampered_with_is_found(run: Path, tmp_path: Path) -> None:
    (source,) = (run / "domains").iterdir()
    folder = tmp_path / source.name
    for path in source.glob("*.*"):
        (folder / path.name).parent.mkdir(exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
    tasks = list(read_records(folder / "tasks.jsonl", Task))
    place = next(place for place, task in enumerate(tasks) if task.writes)
    tasks[place] = tasks[place].model_copy(update={"diff": tasks[place].diff[1:]})
    write_records(folder / "tasks.jsonl", tasks)
    shown = agentgym("check", folder, "--json")
    assert shown.exit_code == 1, "a task whose expected state was cut short passed the check"
    assert tasks[place].id in shown.stderr


def test_rejections_say_why(run: Path) -> None:
    for item in read_records(run / "rejected.jsonl", Rejection):
        assert item.stage and item.subject and item.reason, f"a rejection without a reason: {item}"


# -- what comes with the package ------------------------------------------------------------------


def test_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(README.parent)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 2, "the README lost its examples"
    for block in blocks:
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            exec(compile(block, str(README), "exec"), {"__name__": "readme"})
        assert "Error" not in shown.getvalue(), f"an example of the README prints an error:\n{shown.getvalue()}"


def test_every_environment_that_comes_with_the_package_is_registered() -> None:
    names = domain_folders()
    assert names, "no environment comes with the package: run `make envs`"
    assert {f"envscale/{name}-v0" for name in names} <= set(gym.registry)
