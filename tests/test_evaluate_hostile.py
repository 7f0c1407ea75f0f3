"""What people hand `agentgym eval` by mistake: a sentence and exit code 2, never a traceback, and nothing half-made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agentgym.cli.evaluate import TURN
from agentgym.evaluate.store import read_trials
from agentgym.play.rollouts.waiting import PATIENCE
from tests.commands import agentgym
from tests.endpoint import Endpoint, hang

FIXTURES = Path(__file__).parent / "fixtures"
TAU = FIXTURES / "tau_bench_checkout"
TAU2 = FIXTURES / "tau2_checkout"


def ran(*words: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command that did not raise."""
    done = agentgym("eval", *words)
    assert done.exception is None or isinstance(done.exception, SystemExit), f"{words} raised {done.exception!r}"
    return done.exit_code, done.stdout, done.stderr


def refused(out: Path, *words: object) -> str:
    """What is said of a command that cannot do anything, and has left no trials in ``out``."""
    code, _, said = ran(*words, "--out", out)
    assert code == 2, f"{words} ended with {code}: {said}"
    left = [path for path in out.rglob("*") if ".build" not in path.parts]
    assert not left, f"{words} has left {left}"
    return said


def spoilt(folder: Path, fixture: Path, file: str, text: str | None) -> Path:
    """A copy of a fixture in which one file is another, or missing."""
    shutil.copytree(fixture, folder)
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("tau_bench/envs/retail/tasks_test.py", "def (", "SyntaxError"),
        ("tau_bench/types.py", "1 / 0", "ZeroDivisionError"),
        ("tau_bench/types.py", "raise SystemExit(3)", "SystemExit"),
        ("tau_bench/envs/retail/data/books.json", '{"Emma": ', "JSONDecodeError"),
        ("tau_bench/envs/retail/data/books.json", None, "books.json"),
        ("setup.py", None, "setup.py"),
        ("tau_bench/envs/base.py", None, "no checkout of τ-bench"),
    ],
)
def test_a_spoilt_checkout_of_tau_bench(file: str, text: str | None, words: str, tmp_path: Path) -> None:
    checkout = spoilt(tmp_path / "checkout", TAU, file, text)
    assert words in refused(tmp_path / "out", "tau-retail", "--checkout", checkout, "-a", "gold")


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("data/tau2/domains/retail/tasks.json", "[{", "JSONDecodeError"),
        ("data/tau2/domains/retail/tasks.json", "[]", "has no tasks"),
        ("data/tau2/domains/retail/db.json", '{"a', "JSONDecodeError"),
        ("data/tau2/domains/retail/db.json", None, "db.json"),
        ("CHANGELOG.md", None, "CHANGELOG.md"),
        ("src/tau2/registry.py", None, "no checkout of τ²-bench"),
    ],
)
def test_a_spoilt_checkout_of_tau2(file: str, text: str | None, words: str, tmp_path: Path) -> None:
    checkout = spoilt(tmp_path / "checkout", TAU2, file, text)
    assert words in refused(tmp_path / "out", "tau2-retail", "--checkout", checkout, "-a", "gold")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("tau-retial", "--checkout", TAU), "did you mean 'tau-retail'"),
        (("tau-retail", "--checkout", TAU2), "no checkout of τ-bench"),
        (("tau-retail", "--checkout", "/nonexistent"), "no checkout of τ-bench"),
        (("tau-retail", "tau2-retail", "--checkout", TAU), "no checkout of τ²-bench"),
        (("tau-retail", "--checkout", TAU, "-a", "golden"), "did you mean 'gold'"),
        (("tau-retail", "--checkout", TAU, "--user", "nobody"), "there is no user 'nobody'"),
        (("tau2-retail", "--checkout", TAU2, "--user", "nobody"), "there is no user 'nobody'"),
        (("tau-retail", "--checkout", TAU, "--tasks", "99"), "no task '99'"),
        (("tau-retail", "--checkout", TAU, "--trials", "0"), "--trials"),
        (("tau-retail", "--checkout", TAU, "--deadline", "0"), "--deadline"),
        (("tau-retail", "--checkout", TAU, "--deadline", "nan"), "--deadline"),
        (("tau-retail", "--checkout", TAU, "-a", "openai/m", "--api-base", "here"), "http://127.0.0.1:8000/v1"),
        (("tau-retail", "--checkout", TAU, "-a", "openai/m", "--api-key-env", "NOT_SET"), "NOT_SET"),
        (
            ("tau-retail", "--checkout", TAU, "-a", "gold", "--user", "openai/m", "--user-api-key-env", "NOT_SET"),
            "NOT_SET",
        ),
        (("tau2-retail", "--checkout", TAU2, "--trajectories", TAU / "setup.py"), "no recorded trajectories"),
    ],
)
def test_what_there_is_not(words: tuple[object, ...], complaint: str, tmp_path: Path) -> None:
    assert complaint in refused(tmp_path / "out", *words)


# -- trajectories of others -----------------------------------------------------------------------


def recorded(tmp_path: Path, *trials: Any) -> Path:
    path = tmp_path / "trials.json"
    path.write_text(json.dumps(trials), "utf-8")
    return path


def trial(*turns: Any, **more: Any) -> dict[str, Any]:
    return {"task_id": 0, "trial": 0, "reward": 1.0, "traj": [{"role": "assistant", **turn} for turn in turns], **more}


def rescored(path: Path) -> tuple[object, ...]:
    return "tau-retail", "--checkout", TAU, "--trajectories", path, "--no-floors"


@pytest.mark.parametrize("text", ["", "no JSON", "null", "{}", "[]", "[1]", '{"a": 1}', "[" * 100_000, '"\udcff"'])
def test_a_file_that_holds_no_trajectories(text: str, tmp_path: Path) -> None:
    path = tmp_path / "trials.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert str(path) in refused(tmp_path / "out", *rescored(path))


@pytest.mark.parametrize(
    ("spoilt_trial", "words"),
    [
        (trial(), "neither turns of the agent's nor an error"),
        (trial({"content": "Hello."}, reward="nan"), "has reward nan"),
        (trial({"content": "Hello."}, task_id=77), "no task '77'"),
        (trial({"tool_calls": [{"function": {"name": "lend", "arguments": "[1]"}}]}), "valid dictionary"),
        (trial({"tool_calls": [{"function": {"name": 7, "arguments": "{}"}}]}), "valid string"),
        (trial({"tool_calls": [{}]}), "KeyError('function')"),
        (trial({"content": "Hello."}, info={"task": {"actions": [], "outputs": []}}), "wants other actions"),
    ],
)
def test_a_trial_that_cannot_be_played_again(spoilt_trial: Any, words: str, tmp_path: Path) -> None:
    path = recorded(tmp_path, trial({"content": "It is done."}), spoilt_trial)
    assert words in refused(tmp_path / "out", *rescored(path))


def test_a_trial_that_an_error_ended_is_an_error_again(tmp_path: Path) -> None:
    """τ-bench's runner keeps no turns of it, and the reward 0."""
    lost = trial(reward=0.0, info={"error": "RateLimitError: slow down", "traceback": "..."})
    code, told, _ = ran(*rescored(recorded(tmp_path, lost)), "--out", tmp_path / "out", "--json")
    (result,) = json.loads(told)["results"]
    assert (code, result["infrastructure"], result["parts"]) == (1, 1, {})
    (kept,) = read_trials(tmp_path / "out" / "tau-retail" / "recorded--trials").values()
    assert kept.error == "LLMError: recorded: RateLimitError: slow down"
    assert kept.score.detail == {"recorded": 0.0, "reproduced": True}


# -- what lies in the folder already --------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("tau-retail/gold--scripted/settings.json", "{", "settings.json"),
        ("tau-retail/gold--scripted/settings.json", "[]", "choose another folder"),
        ("tau-retail/gold--scripted/trials.jsonl", '{"some": "other file"}\n', "is no trial"),
        ("tau-retail/other--scripted/figures.json", "[]", "holds no figures"),
    ],
)
def test_a_damaged_folder_is_named(file: str, text: str, words: str, tmp_path: Path) -> None:
    asked = ("tau-retail", "--checkout", TAU, "-a", "gold", "--no-floors", "--out", tmp_path)
    assert ran(*asked)[0] == 0
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text, "utf-8")
    code, _, said = ran(*asked)
    assert (code, words in said) == (2, True), f"{code}: {said}"


def test_no_deadline_is_longer_than_a_turn_may_last() -> None:
    assert TURN == PATIENCE, "a longer deadline would be cut short without a word"


def test_a_model_that_does_not_answer_in_time_is_infrastructure(tmp_path: Path) -> None:
    with Endpoint(lambda body: hang) as endpoint:
        code, told, _ = ran(
            "tau-retail", "--checkout", TAU, "-a", "openai/m", "--api-base", endpoint.url, "--deadline", "1",
            "--limit", "1", "--no-floors", "--json", "--out", tmp_path,
        )  # fmt: skip
    (result,) = json.loads(told)["results"]
    assert (code, result["infrastructure"]) == (1, 1)
    (kept,) = read_trials(tmp_path / "tau-retail" / "openai_m--scripted").values()
    assert kept.error.startswith("TooSlow") and "within 1 s" in kept.error
