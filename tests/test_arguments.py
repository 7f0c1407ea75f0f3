"""The quick check of arguments: its yes is the full check's yes, and every result and message stays the same."""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agentgym.build.proof.calls import Caller
from agentgym.errors import ToolError
from agentgym.types import Domain, Schema, ToolSpec
from agentgym.world.arguments import MAX_ARGUMENT_SIZE
from agentgym.world.tool import Tool, argument_names

DOMAINS = sorted((Path(__file__).parent.parent / "envs_generated").glob("*/domain.json"))


class Text(str):
    """A string that is not an exact ``str``."""


def tool(parameters: Schema) -> Tool:
    spec = ToolSpec(id="shop.act", service="shop", name="act", description="", parameters=parameters)
    return Tool(spec=spec, function=dict, writes=False, arguments=argument_names(spec))


def taking(schema: Any) -> Tool:
    """A tool with the one parameter ``x``."""
    return tool({"type": "object", "properties": {"x": schema}})


def outcome(bind: Any, arguments: Any) -> str:
    """The result with its types (1, 1.0 and True differ), or the error with its message."""
    try:
        return repr(bind(arguments))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def is_quick(subject: Tool, arguments: Any) -> bool:
    return type(arguments) is dict and bool(subject.measure(arguments))


# -- any schema, any value -------------------------------------------------------------------------

ODD = [Text("a"), "\ud800", math.nan, math.inf, 2**63, -(2**63) - 1, 10**400, b"a", {1, 2}, ("a",), {1: "a"}]
PLAIN = [None, True, False, 0, 1, 2, -1, 1.0, -0.0, 0.5, 2.5, 2**63 - 1, "", "a", "a\n", "ab", "é", "😀😀", "2024-01"]
COUNTS = st.integers(0, 3)
BOUNDS = st.sampled_from([-1, 0, 1, 2, 0.5, -0.0, 1.0, 2**64])
NAMES = ["x", "y", "from", "y\ud800"]

scalars = st.sampled_from(PLAIN)
values = st.recursive(
    scalars | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, Text("x")]), inner),
    max_leaves=6,
)
KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "enum": st.lists(scalars | values, min_size=1, max_size=4),
    "const": scalars,
    "minimum": BOUNDS,
    "maximum": BOUNDS,
    "exclusiveMinimum": BOUNDS,
    "exclusiveMaximum": BOUNDS,
    "multipleOf": st.sampled_from([1, 2, 3, 0.5]),
    "minLength": COUNTS,
    "maxLength": COUNTS,
    "pattern": st.sampled_from(["^a$", "a", r"^\w\Z", "^[0-9]{4}-(0[1-9]|1[0-2])$", r"\S"]),
    "minItems": COUNTS,
    "maxItems": COUNTS,
    "uniqueItems": st.booleans(),
    "default": scalars,
    "format": st.just("email"),
    "nullable": st.just(True),
}
MALFORMED = [
    {"minimum": "1"},
    {"maximum": math.nan},
    {"pattern": "("},
    {"type": "text"},
    {"type": []},
    {"required": "x"},
    {"items": True},
    {"minLength": 1.0},
    {"multipleOf": 0},
    {"exclusiveMinimum": True},
    {"enum": "ab"},
    {"$ref": "#/nowhere"},
    {"not": {"type": "string"}},
    {"oneOf": [{}, {}]},
    {"prefixItems": [{"type": "string"}]},
    {"minProperties": 2},
    {"patternProperties": {"x": {"type": "string"}}},
    {"dependentRequired": {"x": ["y"]}},
]
TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"]
types = st.fixed_dictionaries({}, optional={"type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES))})
rules = st.lists(st.sampled_from(sorted(KEYWORDS)), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: KEYWORDS[name] for name in names})
)
leaves = st.builds(lambda kind, rest: {**kind, **rest}, types, rules)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)},
        optional={
            "required": st.lists(st.sampled_from(["x", "y", "z"]), max_size=2),
            "additionalProperties": st.booleans() | st.just({"type": "string"}),
        },
    )


schemas = st.recursive(
    leaves,
    lambda inner: (
        objects(inner)
        | st.builds(lambda items, rest: {"type": "array", **rest, "items": items}, inner, rules)
        | st.builds(lambda parts, rest: {"anyOf": parts, **rest}, st.lists(inner, min_size=1, max_size=3), rules)
        | st.builds(lambda schema, odd: {**schema, **odd}, inner, st.sampled_from(MALFORMED))
    ),
    max_leaves=4,
)


@given(objects(schemas), st.dictionaries(st.sampled_from([*NAMES, "z", Text("x")]), values, max_size=3) | values)
def test_the_quick_check_never_changes_what_bind_does(parameters: Schema, arguments: Any) -> None:
    subject = tool(parameters)
    if is_quick(subject, arguments):
        assert Draft202012Validator(parameters).is_valid(arguments), "the quick check let an invalid call pass"
    assert outcome(subject.bind, arguments) == outcome(subject.bind_in_full, arguments)


@given(leaves | schemas, scalars | values)
def test_one_argument_binds_as_in_the_full_check(schema: Schema, value: Any) -> None:
    subject = taking(schema)
    assert outcome(subject.bind, {"x": value}) == outcome(subject.bind_in_full, {"x": value})


# -- what is quick, and what must not be -----------------------------------------------------------

PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, ""),
        ({"type": "string", "minLength": 2, "maxLength": 2}, "😀😀"),
        ({"type": "string", "pattern": "^a$"}, "a\n"),  # as re.search has it
        ({"type": "string", "pattern": "b"}, "abc"),
        ({"type": "string", "format": "date", "title": "Day", "nullable": True, "x-order": 3}, "no date"),
        ({"type": "string", "enum": ["a", 1]}, "a"),
        ({"enum": ["a", 1, True, None, 2.5]}, 1),
        ({"enum": ["a", 1, True, None, 2.5]}, None),
        ({"const": "a"}, "a"),
        ({"type": "integer", "minimum": 1, "exclusiveMaximum": 3.5}, 3),
        ({"type": "integer", "multipleOf": 5}, -10),
        ({"type": "integer"}, -(2**63)),
        ({"type": "number"}, 1.0),
        ({"type": "number", "exclusiveMinimum": 0}, 5e-324),
        ({"type": "number", "maximum": 10**400}, 1e308),
        ({"type": ["boolean", "null"]}, None),
        ({}, True),
        ({"type": "array"}, ["a", 1, [None]]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}, ["a", "b"]),
        ({"type": "array", "items": PERSON}, [{"name": "Ana"}, {"age": 3, "name": "Rui"}]),
        ({"anyOf": [{"type": "array", "items": PERSON}, {"type": "null"}], "default": None}, [{"age": 1}]),
        ({"anyOf": [{"type": "string", "maxLength": 1}, {"type": "string", "pattern": "^b"}]}, "bc"),
    ],
)
def test_plainly_valid_values_are_quick(schema: Schema, value: Any) -> None:
    subject = taking(schema)
    assert is_quick(subject, {"x": value}), f"{value!r} needs the full check of {schema}"
    assert outcome(subject.bind, {"x": value}) == outcome(subject.bind_in_full, {"x": value}) == repr({"x": value})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, True),
        ({"type": "integer"}, 1.0),
        ({"type": "integer"}, -0.0),
        ({"type": "integer"}, 2**63),
        ({"type": "number"}, math.nan),
        ({"type": "number"}, -math.inf),
        ({"type": "number"}, 10**400),
        ({"type": "number", "exclusiveMinimum": 0}, -0.0),
        ({"type": "integer", "multipleOf": 2, "minimum": 5}, 4),
        ({"type": "number", "multipleOf": 2, "exclusiveMaximum": 4}, 4.0),
        ({"type": "integer", "multipleOf": 2}, 2**64),
        ({"type": "number", "multipleOf": 0.5}, 1.5),
        ({"enum": [1]}, True),
        ({"enum": [True]}, 1),
        ({"enum": [0]}, False),
        ({"enum": [[1]]}, [1]),
        ({"const": 1}, 1.0),
        ({"enum": ["\ud800"]}, "\ud800"),
        ({"enum": [math.nan]}, math.nan),
        ({"type": "integer", "enum": ["a", 1]}, "a"),
        ({"type": "string"}, Text("a")),
        ({"type": "string"}, "é\ud800"),
        ({"type": "string"}, b"a"),
        ({"type": "string", "maxLength": 1}, "e\u0301"),  # one letter, two code points
        ({"type": "string", "pattern": r"^a\Z"}, "a\n"),
        ({"type": "boolean"}, 1),
        ({"type": "null"}, False),
        ({"type": "array", "uniqueItems": True}, [1, 1.0]),
        ({"type": "array", "items": {"type": "integer"}}, [1, 2.0]),
        ({"type": "array"}, ("a",)),
        (PERSON, {"name": 3}),
        (PERSON, {"nickname": "Ana"}),
        (PERSON, {Text("name"): "Ana"}),
        ({"type": "object", "properties": {"name": True}}, {"name": "Ana"}),
        ({"type": "string", "$schema": "http://json-schema.org/draft-04/schema#"}, "a"),  # another dialect
        ({"type": "string", "anyOf": [{"minLength": 1}]}, "a"),
        ({"anyOf": [{"properties": {"a": {"minimum": "1"}}}, {"type": "integer"}]}, 1),
        *[({"type": "string", **odd}, "a") for odd in MALFORMED if "type" not in odd],
    ],
)
def test_what_is_odd_takes_the_full_check(schema: Schema, value: Any) -> None:
    subject = taking(schema)
    assert not is_quick(subject, {"x": value}), f"{value!r} is not plainly valid under {schema}"
    assert outcome(subject.bind, {"x": value}) == outcome(subject.bind_in_full, {"x": value})


def test_arguments_may_be_just_as_large_as_in_the_full_check() -> None:
    subject = tool({"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "array"}}})
    largest = MAX_ARGUMENT_SIZE - len(["{}", "x", "len", "y", "len", "[]", "len of text"])
    assert is_quick(subject, {"x": "é" * largest, "y": []}), "arguments of the largest size are refused"
    for arguments in ({"x": "é" * (largest + 1), "y": []}, {"x": "", "y": [0] * MAX_ARGUMENT_SIZE}):
        assert not is_quick(subject, arguments)
        with pytest.raises(ToolError, match="larger than 65536 characters"):
            subject.bind(arguments)


def test_nesting_is_bounded_where_the_full_check_bounds_it() -> None:
    subject = taking({})
    value: Any = "x"
    for _ in range(11):
        value = [value]
    assert is_quick(subject, {"x": value}) and subject.bind({"x": value}) == {"x": value}
    with pytest.raises(ToolError, match="nested deeper than 12"):
        subject.bind({"x": [value]})


def test_lists_that_hold_each_other_many_times_end_soon() -> None:
    value: Any = ["x"] * 1000
    for _ in range(8):
        value = [value] * 1000
    with pytest.raises(ToolError, match="larger than"):
        taking({}).bind({"x": value})


def test_lists_and_objects_are_the_tools_own() -> None:
    subject = taking({"type": "array", "items": {"type": "object", "properties": {"tags": {"type": "array"}}}})
    given_value = [{"tags": ["a"]}]
    assert is_quick(subject, {"x": given_value})
    bound = subject.bind({"x": given_value})["x"]
    bound[0]["tags"].append("b")
    bound.append({})
    assert given_value == [{"tags": ["a"]}], "a tool that changes its argument changes its caller's value"


def test_names_are_checked_and_become_identifiers() -> None:
    properties = {"from": {"type": "string"}, "to": {"type": "string"}}
    subject = tool({"type": "object", "properties": properties, "required": ["from"], "additionalProperties": False})
    assert is_quick(subject, {"from": "Faro"}) and subject.bind({"from": "Faro"}) == {"from_": "Faro"}
    for arguments in ({}, {"to": "Faro"}, {"from": "Faro", "too": "Porto"}, ["from"], {Text("from"): "Faro"}):
        assert not is_quick(subject, arguments)
        with pytest.raises(ToolError):
            subject.bind(arguments)


@pytest.mark.parametrize("odd", [{"minProperties": 1}, {"anyOf": [{"required": ["x"]}]}, {"$ref": "#/$defs/a"}])
def test_rules_between_arguments_take_the_full_check(odd: Schema) -> None:
    assert not is_quick(tool({"type": "object", "properties": {"x": {"type": "string"}}, **odd}), {"x": "a"})


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: path.parent.name)
def test_every_committed_tool_is_quick(path: Path) -> None:
    domain = Domain.model_validate_json(path.read_text("utf-8"))
    rows = json.loads((path.parent / "seed.json").read_text("utf-8"))
    tables = {table.name: table for table in domain.tables}
    specs = {spec.name: spec for spec in domain.tools}
    for binding in domain.bindings:
        spec = specs[binding.tool]
        arguments = Caller(spec, binding, tables).draw(rows, Random(f"{domain.name} {spec.name}"), full=True)
        assert is_quick(tool(spec.parameters), arguments), f"{spec.id} needs the full check for {arguments}"
