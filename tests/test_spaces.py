"""Text spaces: any text is inside, samples are calls that fit, and the grammar of actions."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from gymnasium.vector.utils import batch_space
from hypothesis import given
from hypothesis import strategies as st

from agentgym.errors import ToolError
from agentgym.result import ToolResult
from agentgym.spaces import MAX_ACTION, MAX_DEPTH, RESPOND, Action, Call, Observation, observe, parse_action
from agentgym.world.load import load
from tests.minishop import MINISHOP

LOADED = load(MINISHOP)
SCHEMAS = [(tool.spec.name, tool.spec.parameters) for tool in LOADED.tools.values()]


def test_samples_are_calls_the_schemas_accept() -> None:
    space = Action(SCHEMAS, seed=1)
    seen = set()
    for _ in range(300):
        call = json.loads(space.sample())
        seen.add(call["name"])
        if call["name"] != RESPOND:
            LOADED.tools[call["name"]].bind(call["arguments"])
    assert seen == {*LOADED.tools, RESPOND}, "every tool and messages turn up"


def test_samples_repeat_from_their_seed() -> None:
    one, two = Action(SCHEMAS, seed=3), Action(SCHEMAS, seed=3)
    assert [one.sample() for _ in range(20)] == [two.sample() for _ in range(20)]
    assert Observation(seed=3).sample() == Observation(seed=3).sample()


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 12, "maxLength": 13},
        {"type": "string", "format": "date"},
        {"type": ["integer", "null"], "minimum": 5, "maximum": 6},
        {"type": "integer", "exclusiveMinimum": 5, "multipleOf": 4},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2},
        {"anyOf": [{"type": "boolean"}, {"const": "x"}]},
        {"type": "object", "properties": {"x": {"type": "null"}}, "required": ["x"]},
        {"pattern": "^amber"},
        {},
    ],
)
def test_samples_follow_the_keywords_of_json_schema(schema: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    parameters = {"type": "object", "properties": {"x": schema}, "required": ["x"]}
    space = Action([("f", parameters)], seed=0)
    calls = [json.loads(space.sample()) for _ in range(40)]
    arguments = [call["arguments"] for call in calls if call["name"] == "f"]
    assert arguments
    assert all(Draft202012Validator(parameters).is_valid(value) for value in arguments)


@pytest.mark.parametrize("schema", [{"pattern": "^[0-9]{40}$"}, {"pattern": "("}, {"$ref": "https://example.com/x"}])
def test_schemas_too_hard_to_sample_give_messages(schema: dict[str, Any]) -> None:
    space = Action([("f", {"type": "object", "properties": {"x": schema}, "required": ["x"]})], seed=0)
    assert {json.loads(space.sample())["name"] for _ in range(5)} == {RESPOND}


def test_any_text_is_inside_and_nothing_else() -> None:
    for space in (Action(SCHEMAS), Observation()):
        assert space.contains("") and space.contains('{"é\u2028')
        assert not space.contains(b"x") and not space.contains(None) and not space.contains({"name": "f"})
        assert not space.is_np_flattenable
        assert len(batch_space(space, 2).sample()) == 2
    assert Action(SCHEMAS) == Action(SCHEMAS) != Action(SCHEMAS[1:])
    assert Observation() == Observation() != Action()
    assert repr(Action(SCHEMAS)) == f"Action({len(SCHEMAS)} tools)"


def test_actions_are_calls_or_messages() -> None:
    assert parse_action('{"name": "f", "arguments": {"x": 1}}') == Call("f", {"x": 1})
    assert parse_action(' {"name": "f"}') == Call("f", {})
    assert parse_action('{"name": "respond", "arguments": {"content": "Hi"}}') == "Hi"
    assert parse_action("Hi {there}") == "Hi {there}"


@pytest.mark.parametrize(
    "action",
    [
        None,
        b"{}",
        {"name": "f"},
        "{",
        "{}",
        '{"name": 3}',
        '{"name": "f", "arguments": []}',
        '{"name": "f", "arguments": "{}"}',
        '{"name": "f", "id": 1}',
        '{"name": "respond", "arguments": {}}',
        '{"name": "respond", "arguments": {"content": 3}}',
        '{"name": "respond", "arguments": {"content": "\\ud800"}}',
        "\ud800",
        '{"a":' * 100_00,
        "x" * (MAX_ACTION + 1),
        '{"name": "f", "arguments": {"x": ' + "9" * 5000 + "}}",
    ],
)
def test_what_is_neither_is_explained(action: object) -> None:
    with pytest.raises(ToolError, match=r"action|tool call|respond|message"):
        parse_action(action)


@given(st.text())
def test_text_never_fails_in_another_way(text: str) -> None:
    with contextlib.suppress(ToolError):
        parse_action(text)


@pytest.mark.parametrize("value", [2**63, 2**64, 10**19, -(10**30), [{"y": 10**25}]])
def test_long_integers_stay_exact(value: Any) -> None:
    """orjson alone would round them to floats, which a world might accept."""
    assert parse_action(json.dumps({"name": "f", "arguments": {"x": value}})) == Call("f", {"x": value})


def test_nesting_is_counted_and_not_guessed_from_brackets() -> None:
    text = "[{" * 200
    assert parse_action(json.dumps({"name": "f", "arguments": {"x": text}})) == Call("f", {"x": text})
    for depth, passes in ((MAX_DEPTH - 2, True), (MAX_DEPTH - 1, False)):
        action = '{"name": "f", "arguments": {"x": ' + "[" * depth + "]" * depth + "}}"
        if passes:
            assert isinstance(parse_action(action), Call), f"{depth} lists in an argument are allowed"
        else:
            with pytest.raises(ToolError, match=f"nested at most {MAX_DEPTH} deep"):
                parse_action(action)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_calls_are_read_as_the_standard_parser_reads_them(value: Any) -> None:
    action = json.dumps({"name": "f", "arguments": {"x": value}})
    assert repr(parse_action(action)) == repr(Call("f", json.loads(action)["arguments"]))


@given(JSON)
def test_results_are_compact_json(value: Any) -> None:
    text = observe(ToolResult(content=value))
    assert json.loads(text) == value and "\n" not in text


def test_refusals_begin_with_error() -> None:
    assert observe(ToolResult(error="order 'x' not found")) == "Error: order 'x' not found"
    assert observe(ToolResult(content={"a": [1.0, "é", None]})) == '{"a":[1.0,"é",null]}'
