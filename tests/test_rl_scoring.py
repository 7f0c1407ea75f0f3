"""The reward function for trainers in the manner of verl: a text is replayed, whatever stands in it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.errors import DomainError, TaskError
from agentgym.learn import trl_environment, trl_reward
from agentgym.learn.rl import scoring
from agentgym.learn.rl.prompts import told_in_full, verl_rows
from agentgym.learn.rl.rewards import Shaping
from agentgym.learn.rl.scoring import MAX_SOLUTION, compute_score, solution_of
from agentgym.registry import domain_folders
from agentgym.types import Json, Task, ToolCall
from tests.minishop import MINISHOP

ROWS = [row for name in ("airline", "banking") for row in verl_rows(domain_folders()[name])]
ENVIRONMENTS = {
    (domain, by): trl_environment(domain, shaping=Shaping(by, 0.5), owns_reward=False)
    for domain in ("airline", "banking")
    for by in ("auto", "state", "exact", "both")
}
Style = Callable[[list[str], str], str]  # (calls, last words) -> the text of a solution


def graded(row: Json, solution: str, **settings: Json) -> float:
    """As verl calls it."""
    return compute_score(
        data_source=row["data_source"],
        solution_str=solution,
        ground_truth=row["reward_model"]["ground_truth"],
        extra_info=row["extra_info"],
        **settings,
    )


def task_of(row: Json) -> Task:
    return Task.model_validate_json(row["reward_model"]["ground_truth"])


def written(call: ToolCall) -> str:
    return f"<tool_call>\n{json.dumps({'name': call.name, 'arguments': call.arguments})}\n</tool_call>"


def qwen(calls: list[str], words: str) -> str:
    """One call a turn, with all special tokens."""
    answer = "<|im_end|>\n<|im_start|>user\n<tool_response>\n{}\n</tool_response><|im_end|>\n<|im_start|>assistant\n"
    return "".join(f"<think>\nNext.\n</think>\n\n{call}{answer}" for call in calls) + f"<think>\n</think>\n\n{words}"


def thinking(calls: list[str], words: str) -> str:
    """The template opens the thought, and the special tokens are gone."""
    answer = "\nuser\n<tool_response>\n<tool_call>{}</tool_call>\n</tool_response>\nassistant\n"
    return "".join(f"I call <tool_call> now.\n</think>\n\n{call}{answer}" for call in calls) + f"Done.\n</think>{words}"


def at_once(calls: list[str], words: str) -> str:
    """All calls in one turn, as some models write them, and their answers."""
    answers = "<tool_response>\n{}\n</tool_response>\n" * len(calls)
    return "Let me see.\n" + "\n".join(calls) + f"<|im_end|>{answers}{words}<|im_end|>"


@pytest.mark.parametrize("style", [qwen, thinking, at_once])
def test_gold_earns_all_in_every_style(style: Style) -> None:
    for row in ROWS:
        task = task_of(row)
        words = f"It is done: {', '.join(map(str, task.outputs))}."
        assert graded(row, style([written(call) for call in task.gold], words)) == 1.0, f"{task.id}"
        short = graded(row, style([written(call) for call in task.gold[:-1]], "It is done."), partial=0.5)
        assert 0.0 <= short < 1.0, f"{task.id} is paid without its last call"


@given(st.data())
def test_it_pays_what_the_environment_pays(data: st.DataObject) -> None:
    """A replay leaves out what cannot matter; the environment makes every call."""
    row = data.draw(st.sampled_from(ROWS))
    task, domain = task_of(row), row["extra_info"]["domain"]
    others = [call for other in ROWS if other["extra_info"]["domain"] == domain for call in task_of(other).gold]
    more = data.draw(st.lists(st.sampled_from(others), max_size=4))
    calls = data.draw(st.permutations([*task.gold[: data.draw(st.integers(0, len(task.gold)))], *more]))
    by = data.draw(st.sampled_from(["auto", "state", "exact", "both"]))
    words = ", ".join(map(str, task.outputs)) if data.draw(st.booleans()) else "Done."
    environment = ENVIRONMENTS[domain, by]()
    environment.reset(task=task.id)
    for call in calls:
        getattr(environment, call.name)(**call.arguments)
    paid = trl_reward([[{"role": "assistant", "content": words}]], [environment])
    assert [graded(row, qwen([written(call) for call in calls], words), by=by, partial=0.5)] == paid


def test_what_must_be_told_must_be_said_to_the_user() -> None:
    row = next(row for row in ROWS if task_of(row).outputs)
    task = task_of(row)
    calls, words = [written(call) for call in task.gold], ", ".join(map(str, task.outputs))
    assert graded(row, qwen(calls, words)) == 1.0
    for hidden in (
        f"<think>{words}</think>",
        f"<tool_response>{words}</tool_response>",
        f"{words}<tool_call></tool_call>",
    ):
        assert graded(row, qwen(calls, hidden)) == 0.0, f"{hidden!r} is not said to the user"
    assert graded(row, qwen(calls, "")) == 0.0
    assert graded(row, qwen(calls, ""), by="state" if task.writes else "exact") == 1.0


def test_calls_in_thoughts_and_answers_are_not_made() -> None:
    row = next(row for row in ROWS if task_of(row).writes and not task_of(row).outputs)
    gold = "\n".join(written(call) for call in task_of(row).gold)
    for hidden in (f"<think>{gold}</think>Done.", f"<tool_response>{gold}</tool_response>Done.", f"<think>{gold}"):
        assert graded(row, hidden) == 0.0, f"{hidden[:40]!r} counts as calls"
    assert graded(row, gold) == 1.0


def test_partial_credit_and_limits() -> None:
    row = next(row for row in ROWS if len(task_of(row).diff) > 1 and not task_of(row).outputs)
    calls = [written(call) for call in task_of(row).gold]
    shares = [graded(row, "".join(calls[:number]), partial=0.5) for number in range(len(calls) + 1)]
    assert shares[0] == 0.0 < max(shares[:-1]) <= 0.5 < shares[-1] == 1.0
    assert graded(row, "".join(calls), max_calls=len(calls)) == 1.0
    assert graded(row, "".join(calls), max_calls=len(calls) - 1, partial=0.5) == 0.0
    bad = "<tool_call>{</tool_call>"
    assert graded(row, bad + "".join(calls), max_calls=len(calls)) == 0.0, "a call that is no JSON is a call"
    assert graded(row, "".join(calls) + " " * MAX_SOLUTION) == 0.0


# -- nonsense -------------------------------------------------------------------------------------

PIECES = [
    "<tool_call>", "</tool_call>", "<think>", "</think>", "<tool_response>", "</tool_response>", "<|im_end|>", "{", "}",
    '"name":', '"arguments":', '"cancel_reservation"', "[", "]", "null", "1e999", "NaN", '"\\ud800"', "\ud800", "\x00",
    "<function=list_flights>", "<parameter=limit>", "</parameter>", "</function>", "```json", "```", " ", "\n", ",",
    written(task_of(ROWS[0]).gold[0]), '{"name": "respond", "arguments": {"content": "x"}}',
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join), st.sampled_from(ROWS[:3]))
def test_any_text_is_scored(text: str, row: Json) -> None:
    assert 0.0 <= graded(row, text, partial=0.5) <= 1.0


@pytest.mark.parametrize(
    "piece",
    [
        "<tool_call>",
        "<tool_response>",
        "<think>",
        " ",
        "[",
        "<parameter=a>",
        '{"a":',
        "```json {",
        "}",
        "</think>",
        "\\",
    ],
)
@pytest.mark.parametrize("before", ["", "<tool_call><function=x>", '<tool_call>{"name": "x", "arguments": '])
def test_long_nonsense_ends(piece: str, before: str) -> None:
    """None of it takes time that grows with the square of its length, or a test would not end."""
    assert graded(ROWS[0], before + piece * ((MAX_SOLUTION - len(before)) // len(piece))) == 0.0


@pytest.mark.parametrize("depth", [50, 200, 900, 990, 1000, 2000, 50_000])
def test_deep_arguments_are_refused(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    text = f'<tool_call>{{"name": "list_flights", "arguments": {{"limit": {nested}}}}}</tool_call>'
    assert graded(ROWS[0], text) == 0.0


def test_what_is_no_text_earns_nothing() -> None:
    assert graded(ROWS[0], None) == graded(ROWS[0], 3) == 0.0  # type: ignore[arg-type]


def test_a_wrong_row_is_an_error() -> None:
    """The text is the model's, but the row is ours: a mistake in it must not look like a weak model."""
    row = ROWS[0]
    truth = row["reward_model"]["ground_truth"]
    with pytest.raises(DomainError, match=r"there is no domain 'airlin' .*; did you mean 'airline'"):
        compute_score("airlin", "", truth)
    with pytest.raises(TaskError, match="the ground truth is no task"):
        compute_score("airline", "", "42")
    with pytest.raises(TaskError, match="is of domain 'airline', not 'banking'"):
        compute_score("banking", "", truth)
    with pytest.raises(ValueError, match="partial"):
        graded(row, "", partial=1.0)


# -- verl -----------------------------------------------------------------------------------------


def test_verl_can_load_it_by_its_path() -> None:
    """As ``custom_reward_function.path`` and ``name`` do; ``reward_kwargs`` come after."""
    spec = importlib.util.spec_from_file_location("custom_module", scoring.__file__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    row = next(row for row in ROWS if not task_of(row).outputs)
    text = "".join(written(call) for call in task_of(row).gold)
    given = {"data_source": row["data_source"], "ground_truth": row["reward_model"]["ground_truth"], "extra_info": {}}
    assert module.compute_score(solution_str=text, **given, by="state", partial=0.2) == 1.0


def test_threads_do_not_disturb_each_other() -> None:
    texts = [
        qwen([written(call) for call in task_of(row).gold], ", ".join(map(str, task_of(row).outputs))) for row in ROWS
    ]
    jobs = [
        (row, text if place % 3 else "Done.") for place, (row, text) in enumerate(zip(ROWS, texts, strict=True))
    ] * 4
    with ThreadPoolExecutor(4) as pool:
        scores = list(pool.map(lambda job: graded(*job), jobs))
    assert scores == [graded(*job) for job in jobs] and {0.0, 1.0} == set(scores)


def test_rows_hold_all_that_verl_asks_for() -> None:
    row = verl_rows(MINISHOP, policy=False)[0]
    task = task_of(row)
    assert Path(row["data_source"]) == MINISHOP
    assert row["prompt"] == [{"role": "user", "content": told_in_full(task)}]
    assert row["reward_model"]["style"] == "rule" and row["extra_info"]["task"] == task.id
    assert json.loads(json.dumps(row)) == row


def test_a_solution_is_calls_and_words() -> None:
    call = '<tool_call>{"name": "f", "arguments": {"x": 1}}</tool_call>'
    solution = solution_of(f"Wait. {call}<tool_response>1</tool_response>Here.<tool_response>", {"f": {}})
    assert [(one.name, one.arguments) for one in solution.calls] == [("f", {"x": 1})]
    assert solution.told == ("Here.",)
    respond = solution_of('<tool_call>{"name": "respond", "arguments": {"content": "Hi."}}</tool_call>', {})
    assert respond == ((), ("Hi.",))
