"""ACEBench's adapter: on a small checkout of our own, and on the real one where AGENTGYM_ACEBENCH names it."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from jsonschema import Draft202012Validator

from agentgym.errors import AgentGymError, RunError, TaskError
from agentgym.evaluate import suite
from agentgym.evaluate.acebench.adapter import AceBench
from agentgym.evaluate.acebench.judging import State, judge_calls, judge_state
from agentgym.evaluate.acebench.official import official
from agentgym.evaluate.acebench.schemas import schema, tools_of
from agentgym.evaluate.acebench.ways import arrives, ways
from agentgym.evaluate.acebench.world import World
from agentgym.evaluate.acebench.written import read_calls, read_stone
from agentgym.evaluate.benchmark import Setup, Trial
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.foreign import foreign
from agentgym.evaluate.playing import Wanted, play_trial
from agentgym.evaluate.puppets import Puppet
from agentgym.evaluate.results import Result, measure
from agentgym.evaluate.runner import Request, evaluate, floors
from agentgym.evaluate.wholes import grouped
from agentgym.llm import Options
from agentgym.play.agents.agent import Turn
from agentgym.spaces import Call
from agentgym.types import Json, Score, ToolCall
from benchmarks.adapters import earned, summary_of
from benchmarks.dialogue import dialogues
from tests.endpoint import Endpoint, chat
from tests.official import play, puppet, untouched

FIXTURE = Path(__file__).parent / "fixtures" / "acebench_checkout"
LANGUAGES = ("en", "zh")
NAMED = os.environ.get("AGENTGYM_ACEBENCH", "")
named = pytest.mark.skipif(not NAMED, reason="AGENTGYM_ACEBENCH names no checkout of ACEBench")
DATA = "data_all/data_en/data_agent_multi_turn.json"


@pytest.fixture
def bench() -> AceBench:
    return ace()


@pytest.fixture
def env(bench: AceBench) -> Iterator[BenchmarkEnv]:
    env = BenchmarkEnv(bench)
    yield env
    env.close()


def ace(language: str = "en", checkout: Path | None = FIXTURE, **settings: Any) -> AceBench:
    made = open_benchmark(f"acebench-{language}", Setup(checkout, **settings))
    assert isinstance(made, AceBench)
    return made


def act(name: str, **arguments: Json) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def last(env: BenchmarkEnv, task: str, *actions: str) -> tuple[float, dict[str, Any]]:
    """The reward and the reasons at the end of an episode of these actions, of which the last one ends it."""
    env.reset(options={"task": task})
    for action in actions[:-1]:
        assert not env.step(action)[2], f"{action} ends {task} already"
    _, reward, terminated, _, info = env.step(actions[-1])
    assert terminated, f"{actions[-1]} does not end {task}"
    return float(reward), info["reward_info"]


def broken(folder: Path, file: str, text: str | None) -> Path:
    """A copy of the fixture in which one file is another, or missing."""
    shutil.copytree(FIXTURE, folder)
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text, "utf-8")
    return folder


def evaluated(bench: AceBench, agent: str, out: Path) -> Result:
    return measure(bench, evaluate(bench, Setup(FIXTURE), Request(agent=agent), out))


# -- agents and figures ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_gymnasiums_checker_has_nothing_to_say(language: str) -> None:
    check_env(gymnasium.make(f"envscale/acebench-{language}-v0", checkout=str(FIXTURE)).unwrapped)


@pytest.mark.parametrize("language", LANGUAGES)
def test_agents_get_what_they_should(language: str) -> None:
    env = BenchmarkEnv(ace(language))
    tasks = env.benchmark.tasks()
    assert len(tasks) == 14
    lost = [task for task in tasks if earned(env, "gold", task) != 1.0]
    assert lost == ["normal_single_2"], "this answer has spaces in a list within an object"
    assert [task for task in tasks if earned(env, "null", task)] == []
    assert [task for task in tasks if earned(env, "refuse", task)] == ["special_irrelevant_0"]
    assert floors(env.benchmark) == ["null", "refuse"]


def test_figures_are_means_of_categories_in_which_a_conversation_counts_once(bench: AceBench, tmp_path: Path) -> None:
    gold = evaluated(bench, "gold", tmp_path)
    assert gold.groups["normal_multi_turn_shelf"].tasks == 2, "of three tasks, two are turns of one conversation"
    assert gold.summary["Normal"] == pytest.approx((2 / 3 + 1 + 1) / 3)
    assert gold.summary["Overall"] == pytest.approx(0.578 * gold.summary["Normal"] + 0.2676 + 0.1545)
    assert gold.parts["as_written"] == 1.0
    assert gold.parts["process.agent_multi_step"] == gold.parts["process.agent_multi_turn"] == 1.0
    assert {agent: evaluated(bench, agent, tmp_path).summary["Overall"] for agent in ("null", "refuse")} == {
        "null": 0.0, "refuse": pytest.approx(0.2676 / 3),
    }  # fmt: skip


def test_a_conversation_is_won_where_all_its_turns_are(bench: AceBench) -> None:
    rewards = dict.fromkeys(bench.tasks(), 1.0)
    assert summary_of(bench, rewards)["Normal"] == 1.0
    assert summary_of(bench, rewards | {"normal_multi_turn_shelf_0_1": 0.0})["Normal"] == round(2.5 / 3, 4)


def test_parts_of_a_conversation_are_joined_trial_by_trial(bench: AceBench) -> None:
    def trials(task: str, *rewards: float) -> list[Trial]:
        scores = [Score(benchmark="a", task=task, trial=number, reward=reward) for number, reward in enumerate(rewards)]
        return [Trial(score=score, seed=0, stop="turn_over", infrastructure=not score.reward) for score in scores]

    first, second = "normal_multi_turn_shelf_0_0", "normal_multi_turn_shelf_0_1"
    (whole,) = grouped(bench, {first: trials(first, 1.0, 1.0, 0.0), second: trials(second, 1.0, 0.0)})[
        bench.group(first)
    ]
    assert [(trial.score.trial, trial.score.reward) for trial in whole] == [(0, 1.0), (1, 0.0), (2, 0.0)]
    assert [trial.infrastructure for trial in whole] == [False, True, True]


def test_what_cannot_be_computed_is_left_out(bench: AceBench) -> None:
    assert bench.summary({}) == {}
    assert bench.summary({"special_incomplete": 1.0}) == {}
    assert bench.summary({"agent_multi_step": 1.0, "agent_multi_turn": 0.5}) == {"Agent": 0.75}


def test_the_report_has_the_papers_tables(tmp_path: Path) -> None:
    names = [f"acebench-{language}" for language in LANGUAGES]
    done = suite.run(suite.Suite(names, [Request(agent="gold")], Setup(FIXTURE)), tmp_path)
    text = done.report.read_text("utf-8")
    assert not done.errors
    for row in (
        "| AgentScaler-30B-A3B | arXiv 2509.13311 | 85.3 | 83.3 | 64.1 | 81.5 |",
        "| gold (the ceiling) | measured here | 88.9 | 100.0 | 100.0 | 93.6 |",
        "| floor: always refuses | measured here | 0.0 | 33.3 | 0.0 | 8.9 |",
    ):
        assert row in text, f"the report lacks {row}"


# -- single turns ---------------------------------------------------------------------------------


def test_all_calls_of_a_turn_are_the_answer(env: BenchmarkEnv) -> None:
    emma, other = act("lend_book", title="Emma"), act("lend_book_2", title="Persuasion")
    assert last(env, "normal_single_1", other, emma, "")[0] == 1.0
    assert last(env, "normal_single_1", emma, "")[0] == 0.0
    assert last(env, "normal_single_1", emma, other, other, "")[0] == 0.0
    assert last(env, "normal_single_0", emma, "done")[0] == 1.0, "the second of two answers, and words after it"


def test_spaces_in_values_count_as_they_do_officially(env: BenchmarkEnv) -> None:
    written = act("lend_book", title="E m m a", notes={"topics": ["love letters"]})
    without = act("lend_book", title="Emma", notes={"topics": ["loveletters"]})
    assert last(env, "normal_single_2", written, "") == (0.0, {"as_written": 1.0, "refused": "wrong value"})
    assert last(env, "normal_single_2", without, "")[0] == 0.0


def test_what_the_official_checker_trips_over_is_wrong(env: BenchmarkEnv) -> None:
    reward, detail = last(env, "normal_multi_turn_shelf_0_0", act("lend_book", title=7), "")
    assert (reward, detail["refused"]) == (0.0, "checker:AttributeError")


def test_the_official_protocol_is_understood(env: BenchmarkEnv) -> None:
    for text, reward in (
        ("[lend_book(title='Emma')]", 1.0),
        (" [lend_book(title='Emma', days=7)]\n", 1.0),
        ("[lend_book(title='Em' + 'ma')]", 0.0),
        ("[lend_book(title='Emma')", 0.0),
        ("Emma is lent.", 0.0),
        ("", 0.0),
    ):
        assert last(env, "normal_single_0", text)[0] == reward, f"{text!r} is worth {reward}"


def test_complaints_need_the_phrase_and_what_is_wrong(env: BenchmarkEnv) -> None:
    for task, text, reward in (
        ("special_incomplete_0", "Something is missing: title, days of lend_book.", 1.0),
        ("special_incomplete_0", "Something is missing: title of lend_book.", 0.0),
        ("special_incomplete_0", "Something is missing: title, days.", 0.0),
        ("special_incomplete_0", "I lack the title and the days for lend_book.", 0.0),
        ("special_error_param_0", '["Something is wrong with -1"]', 1.0),
        ("special_error_param_0", "Something is wrong.", 0.0),
        ("special_irrelevant_0", "Sorry. This cannot be done.", 1.0),
        ("special_irrelevant_0", act("lend_book", title="This cannot be done"), 0.0),
    ):
        assert last(env, task, text)[0] == reward, f"{text!r} is worth {reward} at {task}"


def test_prompts_come_from_the_checkout(env: BenchmarkEnv) -> None:
    opening, _ = env.reset(options={"task": "normal_single_0"})
    assert opening == "So far:\nuser: Lend me Emma."
    assert env.policy.startswith("Make calls. Today is Monday.\nFunctions: They are given as tools.")
    env.reset(options={"task": "normal_preference_0"})
    assert "this reader: {'reads': 'novels'}" in env.policy
    env.reset(options={"task": "special_incomplete_0"})
    assert '["Something is missing (argument)"]' in env.policy
    env.reset(options={"task": "agent_multi_turn_0"})
    assert env.policy.startswith('Act in multi_turn. Say "finish conversation" in the end.\nYou are a telephone.')


def test_functions_become_tools_that_every_api_takes(env: BenchmarkEnv) -> None:
    env.reset(options={"task": "normal_single_0"})
    functions = [tool["function"] for tool in env.tools]
    assert [one["name"] for one in functions] == ["shelf_weigh", "function_2", "lend_book"]
    for one in functions:
        Draft202012Validator.check_schema(one["parameters"])
    weigh, bare, lend = (one["parameters"] for one in functions)
    assert weigh == {"type": "object", "properties": {"shelf": {"type": "string"}}, "required": ["shelf"]}
    assert bare == {"type": "object", "properties": {}}
    assert lend["properties"]["days"] == {"type": "number", "minimum": 1}
    assert lend["properties"]["notes"]["properties"]["topics"] == {"type": "array", "items": {"type": "string"}}
    for name in ("shelf_weigh", "shelf.weigh"):
        assert last(env, "normal_multi_turn_shelf_1_0", act(name, shelf="A 1"), "")[0] == 1.0


def test_names_are_short_and_differ() -> None:
    tools = tools_of([{"name": "a" * 90}, {"name": "a" * 80}, {"name": "书"}, {"name": "b"}, {"name": "b"}])
    offered = [tool["function"]["name"] for tool in tools.offered]
    assert offered == ["a" * 64, "a" * 60 + "_2", "function_3", "b", "b_2"]
    assert [tools.names[name] for name in offered] == ["a" * 90, "a" * 80, "书", "b", "b"]


@pytest.mark.parametrize("given", [None, 3, {"type": ["string"]}, {"type": "any"}, {"required": "x", "items": [1]}])
def test_what_is_no_schema_allows_anything(given: Json) -> None:
    assert schema(given) == {}


# -- worlds ---------------------------------------------------------------------------------------


def test_episodes_share_no_world(bench: AceBench) -> None:
    one, other = bench.episode("agent_multi_turn_0", 0), bench.episode("agent_multi_turn_0", 0)
    send = Call("send_message", {"sender_name": "Ada", "receiver_name": "Bo", "message": "Hello."})
    one.call(Call("turn_on_wifi", {}))
    assert json.loads(one.call(send).text) == {"status": True}  # type: ignore[union-attr]
    assert json.loads(other.call(send).text) == {"status": False, "message": "no wifi"}  # type: ignore[union-attr]
    assert len(json.loads(other.call(Call("read_messages", {})).text)) == 1  # type: ignore[union-attr]


def test_what_a_world_refuses_is_read_as_an_error(env: BenchmarkEnv, capsys: pytest.CaptureFixture[str]) -> None:
    env.reset(options={"task": "agent_multi_turn_0"})
    for call in (
        act("burn"),
        act("_load_scenario", scenario={"wifi": True}),
        act("__init__"),
        act("inbox"),
        act("delete_message", message_id=[]),
        act("delete_message", number=1),
    ):
        observation, reward, terminated, _, _ = env.step(call)
        assert observation.startswith("Error: "), f"{call} is answered {observation!r}"
        assert (reward, terminated) == (0.0, False)
    assert env.step(act("delete_message", message_id=1))[0] == "deleted"
    assert capsys.readouterr().out == "", "what official code prints is no output of ours"


def test_without_any_call_there_is_no_state(bench: AceBench) -> None:
    """So it is in the official runner: doing nothing earns nothing, wherever a task wants nothing changed."""
    item = bench._items["agent_multi_turn_0"]
    world = World(bench._code, item)
    assert world.state() == []
    world.call(Call("nothing", {}))
    unchanged = item._replace(answer=world.state())
    assert judge_state(bench._code, unchanged, world.state())[0]
    assert not judge_state(bench._code, unchanged, [])[0]


def test_a_state_needs_its_own_classes_and_attributes(bench: AceBench) -> None:
    item = bench._items["agent_multi_turn_0"]
    right: State = item.answer
    assert judge_state(bench._code, item, right)[0]
    wrongs: list[State] = [
        [{"Bogus": {}}, {"Nonsense": {}}],
        [right[0], {"Nonsense": right[1]["MessageApi"]}],
        [right[0], {"MessageApi": {}}],
        [right[0], {"MessageApi": {"inbox": {}}}],
        [right[0]],
        [*right, {"FoodPlatform": {}}],
        [],
    ]
    for wrong in wrongs:
        assert not judge_state(bench._code, item, wrong)[0], f"{wrong} is paid for"


def test_a_class_that_an_answer_misspells_is_compared_where_that_can_be(env: BenchmarkEnv, bench: AceBench) -> None:
    assert [list(entry) for entry in bench._items["agent_multi_turn_0"].answer] == [["BaseApi"], ["MessageApi"]]
    assert last(env, "agent_multi_turn_0", act("turn_on_wifi"), "finish conversation")[0] == 0.0
    _, detail = last(env, "agent_multi_step_1", act("turn_on_wifi"), "finish conversation")
    assert detail["not compared"] == ["ReminderAPI"], "no way leads to what is behind this name"


def test_gold_finds_a_way_where_the_data_have_none(bench: AceBench) -> None:
    item = bench._items["agent_multi_turn_1"]
    assert not any(arrives(bench._code, item, calls) for calls in ways(item))
    assert puppet(BenchmarkEnv(bench), "gold", item.id)[0] == 1.0


def test_process_is_the_share_of_turns_that_were_made_in_order(env: BenchmarkEnv) -> None:
    login = act("login_food_platform", username="Ada", password="p")
    items: Json = [{"product": "pen", "quantity": 2}]
    order = act("add_food_delivery_order", username="Ada", merchant_name="Joe's", items=items)
    remind = act("add_reminder", title="pens", description="4.0", time="now")
    task = "agent_multi_step_0"
    for actions, process, reward in (
        ((login, order, remind), 1.0, 1.0),
        ((remind, login, order), 1.0, 1.0),
        ((login, act("read_messages"), order), 2 / 3, 0.0),
        ((order, remind), 1 / 3, 0.0),  # the second way begins with the reminder
        ((act("read_messages"),), 0.0, 0.0),
    ):
        earned, detail = last(env, task, *actions, "finish conversation")
        assert (earned, detail["process"]) == (reward, {"agent_multi_step": pytest.approx(process)}), actions
    half = last(env, "agent_multi_turn_0", act("turn_on_wifi"), act("read_messages"), "finish conversation")
    assert half[1]["process"] == {"agent_multi_turn": 0.5}, "two calls of one turn"


def test_an_episode_that_is_cut_is_judged_as_it_stands(bench: AceBench) -> None:
    env = BenchmarkEnv(ace(max_steps=4))
    gold: Any = bench.puppet("gold", "agent_multi_step_0")
    turns = [gold.act(()) for _ in range(3)]
    reward, info = play(env, "agent_multi_step_0", Puppet("no end", [*turns, Turn("What else?")]))
    assert (reward, info["stop"], info["turn"]) == (1.0, "max_steps", 4)
    reward, info = play(BenchmarkEnv(bench), "agent_multi_step_0", Puppet("chatty", [Turn("What else?")]))
    assert (reward, info["stop"], info["turn"]) == (0.0, "max_steps", 20)


def test_turns_are_limited_as_they_are_officially_however_many_calls_they_hold(bench: AceBench) -> None:
    thrice = Turn(calls=(ToolCall(name="turn_on_wifi", arguments={}),) * 3)

    def played(*turns: Turn) -> Trial:
        begin, make = partial(bench.episode, "agent_multi_turn_0", 0), partial(Puppet, "thrice", turns)
        return asyncio.run(play_trial(bench.name, Wanted("agent_multi_turn_0", 0, 0), begin, make))

    ended, endless = played(*[thrice] * 19, Turn("finish conversation")), played(thrice)
    assert (ended.stop, ended.calls) == ("user_done", 57)
    assert (endless.stop, endless.calls) == ("max_steps", 60)
    _, info = play(BenchmarkEnv(bench), "agent_multi_turn_0", Puppet("thrice", [thrice]))
    assert (info["stop"], info["turn"]) == ("max_steps", 100), "an environment does not know where turns end"


def test_an_agent_may_write_its_calls(env: BenchmarkEnv) -> None:
    env.reset(options={"task": "agent_multi_turn_0"})
    assert json.loads(env.step("[turn_on_wifi(), nothing(x=1)]")[0]) == [
        '{"status": true}', "Error: there is no function 'nothing'",
    ]  # fmt: skip


# -- users ----------------------------------------------------------------------------------------


def test_nobody_answers_in_tasks_of_several_steps(env: BenchmarkEnv) -> None:
    opening, _ = env.reset(options={"task": "agent_multi_step_0"})
    assert opening == "Buy two pens at Joe's, and remember it."
    assert env.step("Which ones?")[0] == "Nobody answers. Go on with what you know, until all is done."


@pytest.mark.parametrize(("language", "done"), [("en", "All is done."), ("zh", "已经全部完成。")])
def test_a_scripted_user_ends_when_it_hears_that_it_is_done(language: str, done: str) -> None:
    env = BenchmarkEnv(ace(language))
    env.reset(options={"task": "agent_multi_turn_0"})
    assert not env.step("?")[2]
    observation, _, terminated, _, info = env.step(done)
    assert (observation, terminated, info["stop"]) == ("finish conversation", True, "user_done")


def test_a_model_plays_the_user_by_the_official_prompt() -> None:
    with Endpoint([chat("Tell Bo yes."), chat("Go on."), chat("finish conversation")]) as endpoint:
        env = BenchmarkEnv(ace(user="openai/m", options=Options(api_base=endpoint.url)))
        assert env.reset(options={"task": "agent_multi_turn_0"})[0] == "Tell Bo yes."
        assert env.step("agent: What exactly?")[0] == "Go on."
        env.step(act("turn_on_wifi"))
        env.step(act("send_message", sender_name="Ada", receiver_name="Bo", message="Yes, I've read it."))
        observation, reward, terminated, _, info = env.step("Sent.")
    assert (observation, reward, terminated, info["stop"]) == ("finish conversation", 1.0, True, "user_done")
    asked = endpoint.seen[-1].json
    assert [one["role"] for one in asked["messages"]] == ["system", "user", "assistant", "user", "assistant", "user"]
    contents = [one["content"] for one in asked["messages"]]
    assert contents[:4] == [
        "You want this: Tell Bo: Yes, I've read it.", "What is it?", "Tell Bo yes.", " What exactly?",
    ]  # fmt: skip
    assert asked["temperature"] == 0.001
    assert env._course is not None
    assert env._course.episode.spent["user_completion_tokens"] == 21


def test_models_play_whole_dialogues_here() -> None:
    tasks = ["normal_single_1", "special_error_param_0", "agent_multi_step_0", "agent_multi_turn_1"]
    assert dialogues("acebench-en", Setup(FIXTURE), tasks) == [1.0] * 4


# -- checkouts ------------------------------------------------------------------------------------


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


def test_tasks_go_by_the_ids_of_the_data(bench: AceBench) -> None:
    assert bench.tasks()[0] == "normal_single_0"
    with pytest.raises(TaskError, match="did you mean 'normal_single_2'"):
        bench.episode("normal_single_22", 0)


# -- the official protocol ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("[f()]", [Call("f", {})]),
        ("[a.f(x=-1.5, y=[True, None])]", [Call("a.f", {"x": -1.5, "y": [True, None]})]),
        ("[f(x=word), f(x={'k': (1, 'a')})]", [Call("f", {"x": "word"}), Call("f", {"x": {"k": [1, "a"]}})]),
        ("[f(x=g(y=1))]", [Call("f", {"x": {"g": {"y": 1}}})]),
        (r"[f(x='\d')]", [Call("f", {"x": r"\d"})]),
        ("[]", []),
    ],
)
def test_written_calls_are_read(text: str, calls: list[Call]) -> None:
    assert read_calls(text) == calls


@pytest.mark.parametrize(
    "text",
    [
        "", "f()", "[f(]", "[1]", "[f()()]", "[f(x=9**9**9)]", "[f(x=lambda: 1)]", "[f(x=b'x')]", "[f(x=1j)]",
        "[(f)]", "[f(x=" + "[" * 3000 + "]" * 3000 + ")]", "[f(x=" + "-" * 3000 + "1)]", "[f(x='\x00')]",
        "[f(x=__import__('os'))", "[" + "f()," * 40_000 + "]",
    ],
)  # fmt: skip
def test_all_other_text_is_no_call(text: str) -> None:
    assert read_calls(text) is None


def test_ways_with_quotes_within_quotes_are_read() -> None:
    stone = "[order(shop='Joe's', items=[{'n': 'pen', 'k': 2}], note='a, b')] "
    assert read_stone(stone) == [Call("order", {"shop": "Joe's", "items": [{"n": "pen", "k": 2}], "note": "a, b"})]
    assert read_stone("Please wait.") is None


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
