"""ACEBench's adapter on a small checkout of our own: agents, figures, single turns, worlds, users, the protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from jsonschema import Draft202012Validator

from agentgym.errors import TaskError
from agentgym.evaluate import suite
from agentgym.evaluate.acebench.adapter import AceBench
from agentgym.evaluate.acebench.judging import State, judge_state
from agentgym.evaluate.acebench.schemas import schema, tools_of
from agentgym.evaluate.acebench.ways import arrives, ways
from agentgym.evaluate.acebench.world import World
from agentgym.evaluate.acebench.written import read_calls, read_stone
from agentgym.evaluate.benchmark import Setup, Trial
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.playing import Wanted, play_trial
from agentgym.evaluate.puppets import Puppet
from agentgym.evaluate.runner import Request, floors
from agentgym.evaluate.wholes import grouped
from agentgym.llm import Options
from agentgym.play.agents.agent import Turn
from agentgym.spaces import Call
from agentgym.types import Json, Score, ToolCall
from benchmarks.adapters import earned, summary_of
from benchmarks.dialogue import dialogues
from tests.acebench import FIXTURE, LANGUAGES, ace, act, evaluated, last
from tests.endpoint import Endpoint, chat
from tests.official import play, puppet


@pytest.fixture
def bench() -> AceBench:
    return ace()


@pytest.fixture
def env(bench: AceBench) -> Iterator[BenchmarkEnv]:
    env = BenchmarkEnv(bench)
    yield env
    env.close()


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


def test_tasks_go_by_the_ids_of_the_data(bench: AceBench) -> None:
    assert bench.tasks()[0] == "normal_single_0"
    with pytest.raises(TaskError, match="did you mean 'normal_single_2'"):
        bench.episode("normal_single_22", 0)
