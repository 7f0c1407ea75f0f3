"""What trials come to: figures in both conventions, tables beside published rows, files that others open."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from agentgym.errors import RunError
from agentgym.evaluate import suite
from agentgym.evaluate.benchmark import History, Setup
from agentgym.evaluate.figures import Dot, Line, length_figure, pass_figure
from agentgym.evaluate.intervals import Interval, wilson
from agentgym.evaluate.published import DOMAINS, ROWS1, TABLE1
from agentgym.evaluate.report import write_report
from agentgym.evaluate.results import Result, combined, measure, read_results
from agentgym.evaluate.runner import Request, evaluate, replay
from agentgym.evaluate.store import read_trials
from agentgym.evaluate.tables import markdown, ordered, paper_table, pass_table, settings_table
from tests.toy_benchmark import Toy, away


def result(toy: Toy, agent: str, out: Path, trials: int = 1, user: str = "scripted") -> Result:
    return measure(toy, evaluate(toy, Setup(user=user), Request(agent=agent, trials=trials), out))


def tree(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


# -- figures --------------------------------------------------------------------------------------


def test_figures_of_an_agent(tmp_path: Path) -> None:
    found = result(Toy(), "one", tmp_path, trials=2)  # it makes 1 of every sum: only the first task is right
    assert (found.tasks, found.available, found.trials, found.infrastructure) == (4, 4, 8, 0)
    assert found.accuracy["failed"].value == 0.25
    assert found.pass_k["failed"] == [0.25, 0.25]
    assert {name: group.value for name, group in found.groups.items()} == {"even": 0.0, "odd": 0.5}
    assert found.summary == {"accuracy": 0.25}
    assert found.parts == {"off": 1.5}, "the mean of 0, 1, 2 and 3"
    assert found.cost == {"user_dollars": 4.0}
    assert [(one.calls, one.trials) for one in found.lengths] == [(1, 8)]
    assert found.trend is None, "all trials made one call"


def test_the_two_conventions_of_infrastructure_errors(tmp_path: Path) -> None:
    found = result(Toy(talks=away(1, 2)), "gold", tmp_path, trials=4)
    assert found.infrastructure == 8
    assert found.accuracy["failed"].value == 0.5
    assert found.accuracy["left out"].value == 1.0
    assert found.pass_k["failed"] == [0.5, pytest.approx(1 / 6), 0.0, 0.0]
    assert found.pass_k["left out"] == [1.0, 1.0], "as far as every task has trials"


def test_pass_k_has_intervals_over_tasks(tmp_path: Path) -> None:
    toy = Toy(talks=away(1))  # one trial of two is lost of each task
    found = result(toy, "gold", tmp_path, trials=2)
    assert found.pass_bounds["left out"] == [wilson(4, 4)]
    assert found.pass_bounds["failed"] == [wilson(2, 4), wilson(0, 4)], "all tasks agree"


def test_the_domains_of_tau2_are_weighted_by_their_tasks(tmp_path: Path) -> None:
    toys = [Toy(name=name, talks=away(*lost)) for name, lost in zip(DOMAINS, ((), (1,), (0, 1)), strict=True)]
    results = [result(toy, "gold", tmp_path, trials=2) for toy in toys]
    assert combined(results[:2]) == [], "all three have to be played"
    half = {name: mean.model_copy(update={"tasks": 2}) for name, mean in results[0].accuracy.items()}
    (whole,) = combined([results[0].model_copy(update={"accuracy": half}), *results[1:]])
    assert whole.pass_k["failed"] == [pytest.approx((2 * 1 + 4 * 0.5 + 4 * 0) / 10), pytest.approx(0.2)]
    assert whole.infrastructure == 12, "errors of every domain are told, not of the first alone"
    assert whole.pass_k["left out"] == [], "the last domain has no trial without an error"
    write_report(tmp_path)
    assert "AgentScaler-30B-A3B | arXiv 2509.13311 | 62.5 | 48.6 | 38.5 | 30.6" in (tmp_path / "report.md").read_text()


def test_one_trial_a_task_has_wilsons_interval(tmp_path: Path) -> None:
    found = result(Toy(), "one", tmp_path).accuracy["failed"]
    assert (found.low, found.high) == wilson(1, 4)


def test_nothing_but_errors_has_no_accuracy_without_them(tmp_path: Path) -> None:
    found = result(Toy(talks=away(0)), "gold", tmp_path)
    assert found.accuracy["failed"].value == 0.0
    assert "left out" not in found.accuracy
    assert found.pass_k == {"failed": [0.0], "left out": []}
    write_report(tmp_path)


# -- tables ---------------------------------------------------------------------------------------


def test_the_papers_table_has_its_rows_then_ours_then_the_floors(tmp_path: Path) -> None:
    toy = Toy(name="tau-airline")
    results = [result(toy, agent, tmp_path) for agent in ("null", "gold", "one", "talk")]
    lines = paper_table(TABLE1, ROWS1, results).splitlines()
    assert lines[0].startswith("| model | source | τ-bench Retail | τ-bench Airline |")
    names = [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]]
    assert names == [
        *(row.model for row in ROWS1),
        "one",
        "gold (the ceiling)",
        "floor: does nothing",
        "floor: talks only",
    ]
    assert (
        "| AgentScaler-30B-A3B | arXiv 2509.13311 | 70.4 | 54.0 | 70.2 | 60.0 | 55.3 | 76.7 | 82.7 | 60.0 | 75.7 |"
        in lines
    )
    assert "| one | measured here | - | 25.0 | - | - | - | - | - | - | - |" in lines
    assert paper_table(TABLE1, ROWS1, [result(Toy(), "one", tmp_path)]) == "", "no row of ours, no table"


def test_a_part_of_the_tasks_is_not_passed_off_as_all(tmp_path: Path) -> None:
    toy = Toy(name="tau-airline")
    found = measure(toy, evaluate(toy, Setup(), Request(agent="gold"), tmp_path, tasks=["1", "2"]))
    assert "measured here (only 2 of 4 tasks of tau-airline)" in paper_table(TABLE1, ROWS1, [found])


def test_errors_are_told_where_they_count_as_failed(tmp_path: Path) -> None:
    found = result(Toy(name="tau-airline", talks=away(0)), "gold", tmp_path)
    words = "measured here (errors in 4 of 4 trials of tau-airline count as failed)"
    assert words in paper_table(TABLE1, ROWS1, [found])


def test_a_model_that_plays_the_user_stands_beside_the_agent(tmp_path: Path) -> None:
    found = [result(Toy(), "one", tmp_path, user=user) for user in ("scripted", "openai/gpt")]
    assert [one.label for one in ordered(found)] == ["one (user: openai/gpt)", "one"]


def test_a_cell_cannot_break_its_table() -> None:
    assert markdown(("a",), [["b | c\n<img>"]]).splitlines()[2] == "| b \\| c &lt;img> |"


def test_pass_k_stands_beside_the_floors(tmp_path: Path) -> None:
    table = pass_table("toy", [result(Toy(), "one", tmp_path, trials=2), result(Toy(), "null", tmp_path)])
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == ["| one", "| floor: does nothing"]
    assert table.splitlines()[3].endswith(" | - |"), "a floor is played once"
    assert pass_table("toy", [result(Toy(), "null", tmp_path)]) == ""


def test_how_models_were_asked_is_told(tmp_path: Path) -> None:
    plain = result(Toy(), "one", tmp_path)
    asked = plain.model_copy(update={"agent": "openai/m", "settings": {**plain.settings, "temperature": 0.5}})
    assert settings_table([plain]) == ""
    assert settings_table([plain, asked]).splitlines()[2:] == [
        "| toy | openai/m | scripted | 0 | 0.5 | default | default | default |"
    ]


# -- the report -----------------------------------------------------------------------------------


@pytest.fixture
def two_agents(monkeypatch: pytest.MonkeyPatch) -> suite.Suite:
    """Two agents at the toy, three trials each, with every export."""
    monkeypatch.setattr(suite, "open_benchmark", lambda name, setup: Toy(name, setup.user, talks=away(2)))
    requests = [Request(agent="one", trials=3), Request(agent="gold", trials=3)]
    return suite.Suite(("toy",), requests, exports=("tau2", "inspect"))


def test_a_suite_plays_agents_and_floors_and_writes_everything(two_agents: suite.Suite, tmp_path: Path) -> None:
    done = suite.run(two_agents, tmp_path)
    assert [(one.agent, one.trials) for one in done.results] == [("one", 12), ("gold", 12), ("null", 4), ("talk", 4)]
    assert done.errors.most_common() == [("LLMError: the user's model is out of reach", 8)]
    text = done.report.read_text("utf-8")
    for part in ("toys | 1 | cccccccccccc | as committed", "floor: does nothing", "errors left out", "toy-pass-k.svg"):
        assert part in text
    assert read_results(tmp_path) == sorted(done.results, key=lambda one: one.agent)
    assert len(json.loads((tmp_path / "results.json").read_text())["results"]) == 4


def test_the_same_evaluation_has_the_same_bytes(two_agents: suite.Suite, tmp_path: Path) -> None:
    suite.run(two_agents, tmp_path / "a")
    suite.run(two_agents, tmp_path / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    before = tree(tmp_path / "a")
    suite.run(two_agents, tmp_path / "a")
    assert tree(tmp_path / "a") == before, "nothing is played twice"


def test_figures_are_svg_without_a_clock(tmp_path: Path) -> None:
    bounds = [Interval(0.5, 0.9), Interval(0.1, 0.4)]
    for name in ("a", "b"):
        pass_figure(tmp_path / f"{name}-k.svg", [Line("agent <1>", (1, 2), (0.7, 0.3), bounds)], "toy")
        dots = [Dot(1, 0.7, bounds[0], 9), Dot(4, 0.3, bounds[1], 2)]
        length_figure(tmp_path / f"{name}-calls.svg", [("agent", dots, (-0.1, 0.8)), ("idle", dots[:1], None)], "toy")
    for kind in ("k", "calls"):
        first, second = ((tmp_path / f"{name}-{kind}.svg").read_bytes() for name in ("a", "b"))
        assert first == second
        assert first.startswith(b"<?xml") and b"<dc:date>" not in first
    assert b"agent &lt;1&gt;" in (tmp_path / "a-k.svg").read_bytes()


def test_an_empty_folder_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing was evaluated"):
        write_report(tmp_path)


def test_an_export_that_is_not_there_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="did you mean 'tau2'"):
        suite.run(suite.Suite(("toy",), (), exports=("tau",)), tmp_path)


# -- what others have played ----------------------------------------------------------------------


class Remembering(Toy):
    """A benchmark that reads recorded trials."""

    def histories(self, path: Path) -> list[History]:
        return [
            History(task, 0, float(reward), self.puppet("one", task), self.episode(task, 0))  # type: ignore[arg-type]
            for task, reward in json.loads(path.read_text()).items()
        ]


def test_recorded_trials_are_scored_again(tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"
    path.write_text('{"1": 1, "2": 1}')
    toy = Remembering()
    folder = replay(toy, Setup(), path, tmp_path, tasks=toy.tasks())
    trials = read_trials(folder).values()
    details = [trial.score.detail for trial in trials]
    assert [trial.score.reward for trial in trials] == [1.0, 0.0]
    assert [(detail["recorded"], detail["reproduced"]) for detail in details] == [(1.0, True), (1.0, False)]
    found = measure(toy, folder)
    assert (found.agent, found.parts["reproduced"]) == ("recorded", 0.5)
    replay(Remembering(), Setup(), path, tmp_path, tasks=toy.tasks())
    path.write_text('{"1": 0}')
    with pytest.raises(RunError, match="trajectories="):
        replay(Remembering(), Setup(), path, tmp_path, tasks=toy.tasks())
    with pytest.raises(RunError, match="reads no recorded trajectories"):
        replay(Toy(), Setup(), path, tmp_path, tasks=toy.tasks())


# -- formats of others ----------------------------------------------------------------------------


def test_tau2_results_hold_every_trial(two_agents: suite.Suite, tmp_path: Path) -> None:
    suite.run(two_agents, tmp_path)
    written = json.loads((tmp_path / "toy" / "gold--scripted" / "tau2.json").read_text())
    assert [task["id"] for task in written["tasks"]] == list("1234")
    assert written["info"]["num_trials"] == 3 and written["info"]["agent_info"]["llm"] == "gold"
    one, two, lost = written["simulations"][3:6]
    assert [simulation["reward_info"]["reward"] for simulation in (one, two, lost)] == [1.0, 1.0, 0.0]
    assert [simulation["termination_reason"] for simulation in (one, lost)] == ["user_stop", "too_many_errors"]
    calls = [call for message in one["messages"] for call in message.get("tool_calls") or ()]
    answers = [message["id"] for message in one["messages"] if message["role"] == "tool"]
    assert [call["id"] for call in calls] == answers == ["call_0", "call_1"]
    assert calls[0]["arguments"] == {"number": 1}
    assert all(message["role"] != "system" for message in one["messages"])


def test_an_inspect_log_holds_every_trial(two_agents: suite.Suite, tmp_path: Path) -> None:
    suite.run(two_agents, tmp_path)
    with ZipFile(tmp_path / "toy" / "gold--scripted" / "inspect.eval") as archive:
        read = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    header = read.pop("header.json")
    assert (header["status"], header["eval"]["task"], header["eval"]["model"]) == ("success", "toy", "gold")
    assert header["results"]["total_samples"] == 12 and header["results"]["completed_samples"] == 8
    summaries = read.pop("summaries.json")
    samples = {(sample["id"], sample["epoch"]): sample for sample in read.values()}
    assert list(samples) == [(summary["id"], summary["epoch"]) for summary in summaries]
    sample = samples["2", 1]
    assert sample["scores"]["reward"]["value"] == 1.0
    assert [message["role"] for message in sample["messages"]][:2] == ["system", "user"]
    asked = [call["id"] for message in sample["messages"] for call in message.get("tool_calls", ())]
    assert asked == [message["tool_call_id"] for message in sample["messages"] if message["role"] == "tool"]
    assert "out of reach" in samples["2", 3]["error"]["message"] and "error" not in sample
