"""Checkouts of ACEBench: broken ones, and the real one where AGENTGYM_ACEBENCH names it."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from jsonschema import Draft202012Validator

from agentgym.errors import AgentGymError, RunError
from agentgym.evaluate.acebench.adapter import AceBench
from agentgym.evaluate.acebench.judging import State, judge_calls, judge_state
from agentgym.evaluate.acebench.official import official
from agentgym.evaluate.acebench.schemas import tools_of
from agentgym.evaluate.benchmark import Setup
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.foreign import foreign
from agentgym.spaces import Call
from benchmarks.adapters import earned, summary_of
from benchmarks.dialogue import dialogues
from tests.acebench import DATA, FIXTURE, LANGUAGES, ace, broken, named
from tests.official import puppet, untouched


def test_an_import_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FIXTURE, tmp_path / "checkout")
    monkeypatch.chdir(tmp_path)
    with untouched("model_eval"), untouched("model_inference"):
        assert puppet(BenchmarkEnv(ace(checkout=Path("checkout"))), "gold", "agent_multi_turn_0")[0] == 1.0


def test_a_folder_that_is_none_is_told_from_one_that_lacks_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENTGYM_ACEBENCH", raising=False)
    with pytest.raises(RunError, match="AGENTGYM_ACEBENCH"):
        ace(checkout=None)
    with pytest.raises(RunError, match=r"no checkout of ACEBench.*model_eval/checker\.py"):
        ace(checkout=tmp_path)
    with pytest.raises(RunError, match=r"nobody.*scripted"):
        ace(user="nobody")


_TASK = '{"id": "a_0", "question": "Q", "function": [], "involved_classes": ["BaseApi"]}'


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("category.py", None, r"category\.py cannot be read"),
        ("category.py", "x = (", r"category\.py cannot be read as Python"),
        ("category.py", "ACE_DATA_CATEGORY = {'normal': ['x']}", "no categories of 'special'"),
        ("eval_main.py", "", "no function special_eval"),
        ("eval_main.py", "def special_eval(): pass", "asks for no phrase in special_incomplete"),
        ("model_eval/checker.py", "", "no normal_checker"),
        ("model_eval/checker.py", "raise KeyError('boom')", "boom"),
        ("model_eval/utils.py", None, "cannot be imported"),
        ("model_inference/prompt_en.py", "", "no text SYSTEM_PROMPT_FOR_NORMAL_DATA_EN"),
        ("model_inference/apimodel_inference.py", "SAVED_CLASS = 3", "no table SAVED_CLASS"),
        ("model_inference/multi_turn/multi_turn_utils.py", "", "no table CLASS_FILE_PATH_MAPPING_EN"),
        ("model_inference/multi_turn/APIModel_user.py", "def get_init_prompt(): pass", "does not greet"),
        (DATA, None, "cannot be read"),
        (DATA, "", r"data_agent_multi_turn\.json:1 is no JSON"),
        (DATA, "[]\n[]\n", r"json:1 is no object"),
        (DATA, _TASK, "1 tasks and its file of answers 2"),
        (DATA, f"{_TASK}\n{_TASK}\n", r"json:1 .*its answer is for 'agent_multi_turn_0'"),
        (DATA, '{"id": "agent_multi_turn_0"}\n{}', r"json:1 is no task of ACEBench: it has no 'question'"),
        (DATA.replace("data_agent", "possible_answer/data_agent"), "{}\n{}\n", "it has no 'id'"),
    ],
)
def test_what_is_wrong_with_a_checkout_is_said(tmp_path: Path, file: str, text: str | None, complaint: str) -> None:
    with pytest.raises(RunError, match=complaint):
        ace(checkout=broken(tmp_path / "broken", file, text))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('{"BaseApi": {"wifi": false, "logged_in": true}}', '{"BaseApi": 3}', "its own code raises AttributeError"),
        ('["BaseApi", "MessageApi"]', '["BaseApi", "Ghost"]', "no class 'Ghost'"),
        ('["BaseApi", "MessageApi"]', '["MessageApi"]', "users have no prompt"),
        ('"question": "', '"question": 3, "x": "', "'3' stands where a str belongs"),
    ],
)
def test_what_is_wrong_with_a_task_is_said(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text = (FIXTURE / DATA).read_text("utf-8")
    assert old in text
    with pytest.raises(RunError, match=complaint):
        ace(checkout=broken(tmp_path / "broken", DATA, text.replace(old, new)))


def test_every_file_matters_or_does_no_harm(tmp_path: Path) -> None:
    """Whatever becomes of a file, the adapter says so or plays on."""
    root = broken(tmp_path / "broken", "category.py", (FIXTURE / "category.py").read_text("utf-8"))
    files = [
        path for path in sorted(root.rglob("*.*")) if path.suffix in (".py", ".json") and "data_zh" not in path.parts
    ]
    spoilt = cycle((b"\xff\xfe", b"[" * 5000, b"null", b"{}\n" * 3))
    for path, content in ((path, next(spoilt)) for path in files for _ in range(2)):
        whole = path.read_bytes()
        path.write_bytes(content)
        official.cache_clear()
        foreign.cache_clear()
        try:
            ace(checkout=root).identity()
        except AgentGymError as error:
            assert str(root) in str(error), f"{path} is {content[:9]!r}, and the error is {error}"
        path.write_bytes(whole)


def test_the_identity_follows_the_files(tmp_path: Path) -> None:
    here = ace().identity()
    assert (here.name, here.version, here.commit) == ("ACEBench", "", "")
    prompts = "model_inference/prompt_en.py"
    text = (FIXTURE / prompts).read_text("utf-8").replace("telephone", "telegraph")
    there = ace(checkout=broken(tmp_path / "other", prompts, text)).identity()
    assert {file for file in here.data if here.data[file] != there.data[file]} == {prompts}
    assert {"eval_main.py", "model_eval/checker.py", DATA} <= set(here.data)


# -- the real one ---------------------------------------------------------------------------------


def functions(path: Path, *names: str, **known: Any) -> Callable[..., Any]:
    """The first of these functions in a checkout's file, whose own imports want what nobody has installed.

    The others, and ``known``, are what it calls.
    """
    tree = ast.parse(path.read_text("utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    exec(compile(tree, str(path), "exec"), known)
    return known[names[0]]  # type: ignore[no-any-return]


@named
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_real_one_has_its_tasks(language: str) -> None:
    bench = ace(language, None)
    kinds = [bench.group(task).partition("_")[0] for task in bench.tasks()]
    counts = {kind: kinds.count(kind) for kind in ("normal", "special", "agent")}
    assert counts == {"normal": 823 if language == "en" else 817, "special": 150, "agent": 50}
    assert all(
        re.fullmatch("[A-Za-z0-9_-]{1,64}", name) for task in bench.tasks()[::7] for name in offered(bench, task)
    )


def offered(bench: AceBench, task: str) -> list[str]:
    functions = [tool["function"] for tool in bench.episode(task, 0).tools]
    for function in functions:
        Draft202012Validator.check_schema(function["parameters"])
    return [function["name"] for function in functions]


def written(bench: AceBench, task: str) -> str:
    """Gold's calls as the official protocol writes them."""
    turn: Any = bench.puppet("gold", task).act(())  # type: ignore[union-attr]
    names = tools_of(bench._items[task].functions).names
    inside = [", ".join(f"{key}={value!r}" for key, value in call.arguments.items()) for call in turn.calls]
    calls = [f"{names[call.name]}({words})" for call, words in zip(turn.calls, inside, strict=True)]
    return f"[{', '.join(calls)}]"


@named
@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_earns_what_the_official_parser_and_checkers_give_it(language: str) -> None:
    env = BenchmarkEnv(ace(language, None))
    bench: Any = env.benchmark
    utils = bench.root / "model_inference/utils.py"
    decode = functions(utils, "ast_parse", "resolve_ast_call", "resolve_ast_by_type", ast=ast)
    rewards = {task: earned(env, "gold", task) for task in bench.tasks()}
    for task, reward in rewards.items():
        item = bench._items[task]
        if not item.category.startswith("normal"):
            assert reward == 1.0, f"gold loses {task}"
            continue
        output = decode("".join(written(bench, task).split()))
        calls = [Call(*pair) for one in output for pair in one.items()]
        assert judge_calls(bench._code, item, calls, spaces=True)[0] == (reward == 1.0), task
    assert summary_of(bench, rewards)["Special"] == summary_of(bench, rewards)["Agent"] == 1.0


@named
def test_official_checkers_compare_types_of_numbers_and_not_their_values() -> None:
    bench = ace("en", None)
    tasks = [task for task in bench.tasks() if bench.group(task) == "normal_atom_number"]
    for task in tasks:
        (call,) = bench.puppet("gold", task).act(()).calls  # type: ignore[union-attr]
        other = {key: value + 1 if type(value) is int else value for key, value in call.arguments.items()}
        assert judge_calls(bench._code, bench._items[task], [Call(call.name, other)])[0], f"{task} compares numbers"


@named
def test_bogus_classes_are_paid_for_officially_and_not_here() -> None:
    bench = ace("en", None)
    known = {
        "agent_checker": bench._code.check_state, "agent_eval_process": lambda *_: 0.0, "os": os, "OUTPUT_PATH": "",
        "save_score_as_json": lambda *_: None, "language": "en",
    }  # fmt: skip
    agent_eval = functions(bench.root / "eval_main.py", "agent_eval", **known)
    for task in ("agent_multi_step_2", "agent_multi_turn_20"):
        item = bench._items[task]
        bogus: State = [{f"Bogus{number}": {}} for number in range(len(item.answer))]
        answer = [{"ground_truth": item.answer, "mile_stone": []}]
        assert agent_eval([{"result": bogus, "process": []}], [{}], answer, item.category, "m")[0] == 1.0
        assert not judge_state(bench._code, item, bogus)[0]


@named
@pytest.mark.parametrize("language", LANGUAGES)
def test_gymnasiums_checker_has_nothing_to_say_of_the_real_one(language: str) -> None:
    with untouched("model_eval"), untouched("model_inference"):
        check_env(gymnasium.make(f"envscale/acebench-{language}-v0").unwrapped)


@named
@pytest.mark.parametrize("language", LANGUAGES)
def test_models_play_whole_dialogues(language: str) -> None:
    tasks = ["normal_atom_bool_1", "special_irrelevant_3", "agent_multi_step_12", "agent_multi_turn_22"]
    assert dialogues(f"acebench-{language}", Setup(), tasks) == [1.0] * 4
