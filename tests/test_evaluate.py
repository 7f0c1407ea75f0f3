"""Any agent over any benchmark: what is played, what is kept, who is to blame, and what is not played twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from agentgym.errors import BadAnswer, ContextOverflow, LLMError, RunError, TaskError, Unreachable
from agentgym.evaluate.benchmark import Setup, Trial
from agentgym.evaluate.playing import Wanted, is_infrastructure, play_trial
from agentgym.evaluate.puppets import Puppet
from agentgym.evaluate.runner import Request, aevaluate, evaluate, floors
from agentgym.evaluate.store import TRIALS, read_trials
from agentgym.play.agents.agent import Agent
from agentgym.types import Json
from tests.killing import Killable, survives
from tests.test_resume import KILLS
from tests.toy_benchmark import Sums, Toy, away


def play(toy: Toy, agent: str, out: Path, trials: int = 1, **how: object) -> dict[tuple[str, int], Trial]:
    return read_trials(evaluate(toy, Setup(), Request(agent=agent, trials=trials), out, **how))  # type: ignore[arg-type]


def rewards(trials: dict[tuple[str, int], Trial]) -> list[float]:
    return [trial.score.reward for trial in trials.values()]


# -- playing --------------------------------------------------------------------------------------


def test_every_task_is_played_and_kept_with_all_that_happened(tmp_path: Path) -> None:
    toy = Toy()
    trials = play(toy, "gold", tmp_path, trials=2)
    assert list(trials) == [(task, trial) for task in "1234" for trial in (0, 1)]
    assert rewards(trials) == [1.0] * 8
    assert [episode.closed for episode in toy.made] == [1] * 8
    third = trials["3", 1]
    assert [message.role for message in third.messages] == [
        "system",
        "user",
        *["assistant", "tool"] * 3,
        "assistant",
        "user",
    ]
    assert (third.stop, third.calls, third.seed, third.cost) == ("user_done", 3, 1, {"user_dollars": 0.5})
    assert third.score.detail == {"off": 0}


def test_an_agent_that_does_not_end_is_cut_off(tmp_path: Path) -> None:
    trials = play(Toy(max_steps=2), "gold", tmp_path)
    assert [trial.stop for trial in trials.values()] == ["user_done", "max_steps", "max_steps", "max_steps"]
    assert [trial.score.reward for trial in trials.values()] == [1.0, 0.0, 0.0, 0.0]


def test_floors_are_those_that_the_benchmark_has() -> None:
    assert floors(Toy()) == ["null", "talk"]  # nobody can be handed over


def test_async_code_awaits_it(tmp_path: Path) -> None:
    folder = asyncio.run(aevaluate(Toy(), Setup(), Request(agent="gold"), tmp_path, concurrency=3))
    assert rewards(read_trials(folder)) == [1.0] * 4


def test_in_a_running_event_loop_the_blocking_one_says_what_to_use(tmp_path: Path) -> None:
    async def notebook() -> None:
        evaluate(Toy(), Setup(), Request(agent="gold"), tmp_path)

    with pytest.raises(RunError, match="await aevaluate"):
        asyncio.run(notebook())


@pytest.mark.parametrize(
    ("request_", "tasks", "words"),
    [
        (Request(agent="golden"), None, "did you mean 'gold'"),
        (Request(agent="gold"), ["1", "5"], "no task '5'"),
    ],
)
def test_what_is_not_there_is_named(request_: Request, tasks: Sequence[str] | None, words: str, tmp_path: Path) -> None:
    with pytest.raises((RunError, TaskError), match=words):
        evaluate(Toy(), Setup(), request_, tmp_path, tasks=tasks)


# -- errors ---------------------------------------------------------------------------------------


class Broken:
    """An agent that raises."""

    name = "broken"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """It needs to know nothing."""

    def act(self, observations: tuple[str, ...]) -> str:
        raise self._error


class Unwell(Sums):
    """An environment whose own code is broken."""

    def call(self, call: object) -> object:  # type: ignore[override]
        raise ZeroDivisionError("in the official code")


def trial_of(agent: Agent, episode: Sums | None = None) -> Trial:
    begin = partial(Toy().episode, "1", 0) if episode is None else lambda: episode
    return asyncio.run(play_trial("toy", Wanted("1", 0, 0), begin, lambda: agent))


@pytest.mark.parametrize(
    ("error", "infrastructure"),
    [
        (Unreachable("no endpoint"), True),
        (TimeoutError(), True),
        (ContextOverflow("too long"), False),  # the agent's own doing: it counts in both conventions
        (KeyError("a bug of the agent"), False),
    ],
)
def test_what_an_agent_raises_ends_its_trial_only(error: Exception, infrastructure: bool) -> None:
    trial = trial_of(Broken(error))
    assert (trial.stop, trial.score.reward, trial.infrastructure) == ("agent_error", 0.0, infrastructure)
    assert trial.error.startswith(type(error).__name__)
    assert [message.role for message in trial.messages] == ["system", "user"], "what came before is kept"


@pytest.mark.parametrize(
    ("stop", "raised", "infrastructure"),
    [
        ("user_done", None, False),
        ("max_steps", None, False),
        ("agent_error", Unreachable("no endpoint"), True),
        ("agent_error", LLMError("no key"), True),
        ("agent_error", BadAnswer("it says nothing"), False),
        ("agent_error", KeyError("LLMError: in the words alone"), False),
        ("user_error", BadAnswer("the user says nothing"), True),
        ("user_error", None, True),
        ("environment_error", KeyError("id"), True),
    ],
)
def test_infrastructure_is_what_no_agent_can_help(stop: str, raised: Exception | None, infrastructure: bool) -> None:
    assert is_infrastructure(stop, raised) is infrastructure


def test_an_environment_that_breaks_is_infrastructure() -> None:
    trial = trial_of(Toy().puppet("gold", "1"), Unwell("1", 0, 5, lambda seed: None))  # type: ignore[arg-type]
    assert (trial.stop, trial.infrastructure) == ("environment_error", True)
    assert "in the official code" in trial.error


def test_a_turn_that_is_none_is_the_agents_error() -> None:
    trial = trial_of(Puppet("odd", [7]))  # type: ignore[list-item]
    assert (trial.stop, trial.infrastructure) == ("agent_error", False)


def test_a_malformed_action_is_answered_and_the_trial_goes_on() -> None:
    trial = trial_of(Puppet("clumsy", ['{"name": "add"', '{"name": "add", "arguments": {"number": 1}}', "Done."]))  # type: ignore[list-item]
    assert trial.score.reward == 1.0
    assert [message.error for message in trial.messages if message.role == "tool"] == [True, False]


# -- what is kept ---------------------------------------------------------------------------------


def test_what_is_over_is_not_played_again(tmp_path: Path) -> None:
    play(Toy(), "gold", tmp_path)
    again = Toy()
    assert len(play(again, "gold", tmp_path, trials=2)) == 8
    assert len(again.made) == 4, "only the second trials are new"


def test_errors_are_played_again_where_that_is_asked_for(tmp_path: Path) -> None:
    first = play(Toy(talks=away(1)), "gold", tmp_path, trials=2)
    assert [trial.stop for trial in first.values()] == ["user_done", "user_error"] * 4
    assert all(trial.infrastructure for (_, number), trial in first.items() if number == 1)
    assert rewards(play(Toy(), "gold", tmp_path, trials=2)) == [1.0, 0.0] * 4, "errors count as played"
    toy = Toy()
    assert rewards(play(toy, "gold", tmp_path, trials=2, retry_errors=True)) == [1.0] * 8
    assert len(toy.made) == 4


def test_an_error_never_stands_before_a_result(tmp_path: Path) -> None:
    folder = evaluate(Toy(), Setup(), Request(agent="gold"), tmp_path)
    lines = (folder / TRIALS).read_text().splitlines()
    broken = Trial.model_validate_json(lines[0]).model_copy(update={"stop": "agent_error", "error": "gone"})
    (folder / TRIALS).write_text("\n".join([*lines, broken.model_dump_json()]) + "\n")
    assert read_trials(folder)["1", 0].stop == "user_done"


@pytest.mark.parametrize(
    ("setup", "request_", "name"),
    [
        (Setup(max_steps=9), Request(agent="gold"), "max_steps"),
        (Setup(), Request(agent="gold", seed=3), "seed"),
    ],
)
def test_other_settings_are_refused_by_name(setup: Setup, request_: Request, name: str, tmp_path: Path) -> None:
    evaluate(Toy(), Setup(), Request(agent="gold"), tmp_path)
    with pytest.raises(RunError, match=f"holds trials with {name}="):
        evaluate(Toy(), setup, request_, tmp_path)


def test_another_version_of_the_benchmark_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate(Toy(), Setup(), Request(agent="gold"), tmp_path)
    newer = Toy().identity().model_copy(update={"commit": "d" * 40})
    monkeypatch.setattr(Toy, "identity", lambda self: newer)
    with pytest.raises(RunError, match="identity"):
        evaluate(Toy(), Setup(), Request(agent="gold"), tmp_path)


def test_a_line_that_is_no_trial_is_named(tmp_path: Path) -> None:
    folder = evaluate(Toy(), Setup(), Request(agent="gold"), tmp_path)
    with open(folder / TRIALS, "a") as file:
        file.write('{"some": "other file"}\n')
    with pytest.raises(RunError, match="entry 5 is no trial"):
        read_trials(folder)


IMPORTS = """
from pathlib import Path
from agentgym.evaluate.benchmark import Setup
from agentgym.evaluate.results import measure
from agentgym.evaluate.runner import Request, evaluate
from tests.toy_benchmark import Toy
"""
EVALUATION = """
out = Path(out)
measure(Toy(), evaluate(Toy(), Setup(), Request(agent="one", trials=60), out, concurrency=4))
"""


def test_killed_at_random_moments_an_evaluation_ends_with_the_same_figures(tmp_path: Path) -> None:
    def figures(out: Path) -> str:
        return (out / "toy" / "one--scripted" / "figures.json").read_text()

    def fresh(name: str) -> Path:
        (tmp_path / name).mkdir()
        return tmp_path / name

    with Killable(tmp_path / "evaluation.py", IMPORTS, "out", EVALUATION) as evaluation:
        code, lasted = evaluation(str(fresh("whole")))
        assert code == 0
        whole = figures(tmp_path / "whole")
        assert json.loads(whole)["trials"] == 240
        survives(
            lambda out, delay: evaluation(str(out), delay=delay)[0],
            figures, fresh, whole, kills=KILLS, lasted=lasted,
        )  # fmt: skip
