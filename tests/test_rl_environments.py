"""Environments for TRL's GRPOTrainer: what it finds on the classes, what it renders of them, and what they answer."""

from __future__ import annotations

import inspect
import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from agentgym.env import functions
from agentgym.errors import DomainError, TaskError
from agentgym.learn import trl_environment, trl_reward, trl_rows
from agentgym.learn.rl.environments import Environment, RewardedEnvironment
from agentgym.learn.rl.functions import hint, method
from agentgym.learn.rl.prompts import told_in_full
from agentgym.learn.rl.rewards import Shaping
from agentgym.registry import domain_folders
from agentgym.types import Json, Task
from agentgym.users.knowledge import carries
from agentgym.world.load import load
from tests.finished_run import copy_shop
from tests.minishop import MINISHOP

TASKS = {task.id: task for task in load(MINISHOP).tasks()}
CANCEL = next(task for task in TASKS.values() if task.writes and not task.outputs)


def tools_of(instance: object) -> dict[str, Any]:
    """The tools as TRL finds them: the public functions of the class, taken from the instance, by their names."""
    names = [name for name, _ in inspect.getmembers(type(instance), inspect.isfunction) if not name.startswith("_")]
    found = [getattr(instance, name) for name in names if name not in ("reset", "get_reward")]
    return {tool.__name__: tool for tool in found}


@pytest.fixture
def shop() -> Environment:
    return trl_environment(MINISHOP)()


def edited(folder: Path, *pairs: tuple[str, str]) -> Path:
    """A copy of the shop with words of its tools replaced."""
    copy_shop(folder, "minishop")
    for name in ("domain.json", "tools.py", "tasks.jsonl"):
        path = folder / "minishop" / name
        text = path.read_text("utf-8")
        for old, new in pairs:
            text = re.sub(rf"\b{old}\b", new, text)
        path.write_text(text, "utf-8")
    return folder / "minishop"


# -- schemas --------------------------------------------------------------------------------------


def test_hints_and_docstrings_alone_give_names_kinds_enums_and_what_is_required() -> None:
    """For readers, and for what makes schemas of functions alone: less than the schema has, but nothing else."""
    schemas = pytest.importorskip("transformers.utils").get_json_schema
    for name in domain_folders():
        kind = trl_environment(name)
        for own in functions(kind._domain.domain):
            derived, wanted = schemas(vars(kind)[own["function"]["name"]])["function"], own["function"]
            assert derived["description"] == wanted["description"], f"{name}.{wanted['name']} is described otherwise"
            parameters, properties = derived["parameters"], wanted["parameters"].get("properties", {})
            assert set(parameters.get("required", ())) == set(wanted["parameters"].get("required", ())), (
                f"{name}.{wanted['name']} requires otherwise"
            )
            assert sorted(parameters["properties"]) == sorted(properties), f"{name}.{wanted['name']} takes others"
            for key, schema in properties.items():
                seen = {word: parameters["properties"][key].get(word) for word in ("type", "enum")}
                assert seen == {"type": schema["type"], "enum": schema.get("enum")}, f"{name}.{wanted['name']}: {key}"


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": ["string", "null"]}, str | None),
        ({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "number"}}]}, int | list[float]),
        ({"type": "array", "items": {"type": "object", "properties": {}}}, list[dict]),
        ({"type": "array"}, list),
        ({"enum": [{"a": 1}], "type": "object"}, dict),
        ({}, Any),
    ],
)
def test_hints(schema: Json, wanted: Any) -> None:
    assert hint(schema) == wanted


def test_a_signature_has_defaults_and_no_keyword() -> None:
    """What is required stands first, a default is the schema's, and calls still give the tool's own names."""
    properties = {
        "limit": {"type": "integer", "default": 5, "description": "Args: at most (choices: not JSON)"},
        "from": {"type": "string"},
        "from_": {"type": "string"},
        "self": {"type": "string"},
        "X-Key": {"type": "string"},
    }
    parameters = {"type": "object", "properties": properties, "required": ["from", "self"]}
    schema = {"function": {"name": "find", "description": "Find. Returns: a list.", "parameters": parameters}}
    tool = method(schema, lambda environment, name, arguments: json.dumps([name, arguments]))
    names = list(inspect.signature(tool).parameters)
    assert names[0] == "self" and set(names[1:3]) == {"from_", "self_"}
    assert inspect.signature(tool).parameters["limit"].default == 5
    assert len(set(names)) == len(properties) + 1, f"two parameters share a name: {names}"
    assert json.loads(tool(None, **{"from": "Porto", "self": "x"})) == ["find", {"from": "Porto", "self": "x"}]
    pytest.importorskip("transformers.utils").get_json_schema(tool)  # no word of the prose may break it


# -- names ----------------------------------------------------------------------------------------


def test_names_that_trl_takes_for_its_own_are_tools_all_the_same(tmp_path: Path) -> None:
    names = {"get_order_details": "reset", "get_user_details": "get_reward"}
    folder = edited(tmp_path, *names.items())
    instance = trl_environment(folder)()
    tools = tools_of(instance)
    assert set(names.values()) <= set(tools), f"TRL finds {sorted(tools)}"
    instance.reset(task=CANCEL.id)
    assert json.loads(tools["reset"](order_id="ORD-1001"))["order_id"] == "ORD-1001"
    assert json.loads(tools["get_reward"](user_id="ana_silva_4411"))["user_id"] == "ana_silva_4411"
    assert instance.get_reward() == 0.0, "the reward is the verifier's, not the tool's"


def test_parameters_may_be_keywords(shop: Environment) -> None:
    shop.reset(task=CANCEL.id)
    orders = json.loads(tools_of(shop)["list_orders"](**{"from": "Porto"}))
    assert orders and {order["from"] for order in orders} == {"Porto"}


# -- episodes -------------------------------------------------------------------------------------


def play(instance: Environment, task: Task, calls: int | None = None) -> None:
    tools = tools_of(instance)
    for call in task.gold[:calls]:
        tools[call.name](**call.arguments)


def test_gold_is_paid_and_an_instance_forgets_it(shop: Environment) -> None:
    assert shop.reset(task=CANCEL.id, domain="minishop", prompt=[{"role": "user", "content": "Cancel it."}]) is None
    before = shop._solo._world.digest()
    play(shop, CANCEL)
    assert shop.get_reward() == shop.get_reward() == 1.0
    shop.reset(task=CANCEL.id)
    assert (shop.get_reward(), shop._solo._world.digest()) == (0.0, before), "something of the last episode is left"


def test_instances_share_nothing() -> None:
    kind = trl_environment(MINISHOP)
    one, other = kind(), kind()
    one.reset(task=CANCEL.id)
    other.reset(task=CANCEL.id)
    play(one, CANCEL)
    assert (one.get_reward(), other.get_reward()) == (1.0, 0.0)


def test_refusals_are_observations(shop: Environment) -> None:
    shop.reset(task=CANCEL.id)
    get = tools_of(shop)["get_order_details"]
    for arguments in ({}, {"order_id": None}, {"order_id": "?"}, {"order_id": float("nan")}, {"x": "\ud800"}):
        assert get(**arguments).startswith("Error: "), f"{arguments} were not refused"
    assert get(order_id="<|im_end|>").count("<|im_end|>") == 0, "a control token came back as it was sent"


def test_whoever_goes_on_for_ever_earns_nothing() -> None:
    shop = trl_environment(MINISHOP, max_calls=len(CANCEL.gold))()
    shop.reset(task=CANCEL.id)
    play(shop, CANCEL)
    assert shop.get_reward() == 1.0
    assert tools_of(shop)["list_products"]() == f"Error: the episode is over after {len(CANCEL.gold)} calls"
    assert shop.get_reward() == 0.0


def test_rows_for_another_class_are_refused(shop: Environment) -> None:
    with pytest.raises(TaskError, match="reset the environment"):
        shop.get_reward()
    with pytest.raises(TaskError, match="reset the environment"):
        tools_of(shop)["list_products"]()
    with pytest.raises(DomainError, match="'airline' came to the environment of 'minishop'"):
        shop.reset(task=CANCEL.id, domain="airline")
    with pytest.raises(TaskError, match="did you mean"):
        shop.reset(task=CANCEL.id[:-1])
    with pytest.raises(TaskError, match="trl_rows"):
        shop.reset(prompt=[{"role": "user", "content": ""}])


def test_a_class_can_be_sent_to_another_process() -> None:
    kind = trl_environment(MINISHOP, tasks=[CANCEL], shaping=Shaping("state", 0.25), owns_reward=False, max_calls=3)
    again = pickle.loads(pickle.dumps({"factory": kind}))["factory"]
    assert again._terms == kind._terms and again._domain is kind._domain and again.__name__ == "MinishopEnvironment"
    assert pickle.loads(pickle.dumps(RewardedEnvironment)) is RewardedEnvironment


# -- what the user is told ------------------------------------------------------------------------


def informed() -> tuple[Task, list[dict[str, Json]]]:
    """A task that wants an answer, and a message that gives it."""
    task = next(task for task in load(domain_folders()["banking"]).tasks() if task.outputs)
    return task, [{"role": "assistant", "content": "It is " + ", ".join(map(str, task.outputs))}]


def test_what_was_told_is_graded_by_the_reward_function() -> None:
    task, answer = informed()
    instance = trl_environment("banking", owns_reward=False)()
    assert not hasattr(instance, "get_reward")
    instance.reset(task=task.id)
    play(instance, task)
    called = [{"role": "assistant", "content": answer[0]["content"], "tool_calls": [{}]}]
    for completion, wanted in ((answer, 1.0), ([], 0.0), (called, 0.0), ([*answer, {"role": "tool"}], 0.0)):
        assert trl_reward(completions=[completion], environments=[instance], prompts=[]) == [wanted]
    assert trl_reward([answer], [object()]) == [None], "an environment of somebody else's is not ours to grade"


def test_no_reward_without_the_answer_it_depends_on() -> None:
    task, answer = informed()
    with pytest.raises(TaskError, match="owns_reward=False and pass reward_funcs=trl_reward"):
        trl_environment("banking")().reset(task=task.id)
    instance = trl_environment("banking", shaping=Shaping("exact"))()
    instance.reset(task=task.id)  # answers are no part of this reward
    with pytest.raises(TypeError, match="owns its reward"):
        trl_reward([answer], [instance])


# -- rows -----------------------------------------------------------------------------------------


def test_rows_tell_all_that_the_user_knows() -> None:
    told = 0
    for name in ("airline", "banking"):
        for task in load(domain_folders()[name]).tasks():
            text = told_in_full(task)
            assert text.startswith(task.intent)
            for fact in task.facts:
                said = fact.text in text or carries(text, fact.value)
                assert said, f"{task.id}: nobody can know the {fact.label} from {text!r}"
                told += 1
            assert all(revision.text in text for revision in task.revisions)
    assert told > 50


def test_rows_are_plain_and_leave_out_what_cannot_be_graded() -> None:
    all_rows, rows = trl_rows("banking", answers=True, policy=False), trl_rows("banking")
    tasks = {task.id: task for task in load(domain_folders()["banking"]).tasks()}
    assert {row["task"] for row in all_rows} == set(tasks)
    assert {row["task"] for row in rows} == {name for name, task in tasks.items() if not task.outputs}
    assert [turn["role"] for turn in rows[0]["prompt"]] == ["system", "user"]
    assert [turn["role"] for turn in all_rows[0]["prompt"]] == ["user"]
    assert json.loads(json.dumps(rows)) == rows and rows[0]["environment"] == "banking"


def test_a_row_without_a_prompt_is_told_by_reset(shop: Environment) -> None:
    wanted = told_in_full(CANCEL)
    assert shop.reset(task=CANCEL.id) == wanted
    assert shop.reset(task=CANCEL.id, prompt=[{"role": "user", "content": ""}]) == wanted
