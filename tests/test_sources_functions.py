"""MCP's four shapes and the dialects of function calling: OpenAI, BFCL, ACEBench."""

import json
from pathlib import Path

import pytest

from agentgym.types import Json
from tests.importing import arguments, rejected, tools

MHZ = {"type": "object", "properties": {"mhz": {"type": "number"}}, "required": ["mhz"]}
LISTED = [{"name": "mhz", "type": "number", "desc": "How many."}, {"name": "band", "type": "string", "optional": True}]


@pytest.mark.parametrize("field", [{"inputSchema": MHZ}, {"input_schema": MHZ}, {"arguments": LISTED}, {}])
def test_mcp_in_four_shapes(tmp_path: Path, field: dict[str, Json]) -> None:
    tool = {"name": "tune", "description": "Tunes.", **field}
    for document in ([tool], {"tools": [tool]}, {"result": {"tools": [tool]}}):
        (tuned,) = tools(tmp_path, document, "radio.json").values()
        assert (tuned.id, tuned.parameters.get("required", [])) == ("radio.tune", ["mhz"] if field else [])


def test_openai_functions_flat_wrapped_and_with_requirements_inside(tmp_path: Path) -> None:
    inside = {"type": "object", "properties": {"a": {"type": "string", "required": True}, "b": {"required": False}}}
    flat = {"name": "flat", "description": "", "parameters": inside}
    wrapped = {"type": "function", "function": {**flat, "name": "wrapped"}}
    found = tools(tmp_path, [flat, wrapped])
    assert {tool.name: tool.parameters["required"] for tool in found.values()} == {"flat": ["a"], "wrapped": ["a"]}


def test_bfcl_lines_named_json_with_types_of_python(tmp_path: Path) -> None:
    properties = {
        "point": {"type": "tuple", "items": {"type": "float"}},
        "extra": {"type": "dict", "properties": {"n": {"type": "integer"}}},
        "thing": {"type": "any", "description": "Anything."},
    }
    function = {"name": "Geo.move", "description": "", "parameters": {"type": "dict", "properties": properties}}
    lines = [json.dumps({"id": f"simple_{n}", "question": [], "function": [function]}) for n in range(2)]
    (move,) = tools(tmp_path, "\n".join(lines), "bench.json").values()
    assert move.id == "bench.Geo_move"
    assert {name: part.get("type") for name, part in arguments(move).items()} == {
        "point": "array",
        "extra": "object",
        "thing": None,
    }
    assert arguments(move)["point"]["items"] == {"type": "number", "format": "float"}


@pytest.mark.parametrize("key", ["parameters", "arguments", "_arguments"])
def test_acebench_under_three_names_with_results(tmp_path: Path, key: str) -> None:
    given = {"type": "object", "properties": {"dish": {"type": "string"}}, "required": ["dish"]}
    result = {"type": "object", "properties": {"minutes": {"type": "integer"}}}
    function = {"name": "cook", "description": "Cooks.", key: given, "results": result}
    lines = [json.dumps({"id": "a_0", "question": "?", "function": [function]})] * 2
    (cook,) = tools(tmp_path, "\n".join(lines), "ace.json").values()
    assert (arguments(cook), cook.returns["properties"]) == (given["properties"], result["properties"])


def test_names_no_function_call_may_use_are_changed_and_kept(tmp_path: Path) -> None:
    names = ["page[size]", "$top", "page_size", "日本", "x" * 70, "fine.name-2"]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": ["$top"]}
    (tool,) = tools(tmp_path, [{"name": "f", "description": "", "inputSchema": schema}]).values()
    assert [part.get("x-name", name) for name, part in arguments(tool).items()] == [
        "page[size]", "$top", "page_size", "日本", "x" * 70, "fine.name-2",
    ]  # fmt: skip
    assert list(arguments(tool))[:3] == ["page_size", "top", "argument_page_size"]
    assert all(len(name) <= 64 and name.isascii() for name in arguments(tool))
    assert tool.parameters["required"] == ["top"]


def test_a_list_of_something_else_is_no_pool(tmp_path: Path) -> None:
    workflows = '{"vendor": "a", "workflow": "b", "description": "c", "steps": []}\n' * 2
    assert rejected(tmp_path, workflows, "workflows.jsonl") == {"workflows.jsonl": "unknown format"}
    assert rejected(tmp_path, "# Title\n\nSome: text: here", "README.md") == {"README.md": "unknown format"}
