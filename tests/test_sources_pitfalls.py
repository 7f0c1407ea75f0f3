"""What real specifications get wrong, and that no document whatsoever breaks a reader."""

import bz2
import gzip
import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agentgym.build.pool import refine
from agentgym.build.sources import FORMATS, read
from agentgym.build.sources.keywords import ENUM_SAMPLE, ENUM_VALUES, coerced
from agentgym.files import canonical
from agentgym.types import Json, ToolSpec
from tests.importing import arguments, items, rejected, tools


def api(parameters: list[Json], path: str = "/pots", **operation: Json) -> Json:
    get = {"operationId": "findPots", "parameters": parameters, "responses": {}, **operation}
    return {"openapi": "3.1.0", "info": {"title": "Pottery"}, "paths": {path: {"get": get}}}


def query(name: str, **schema: Json) -> Json:
    return {"name": name, "in": "query", "schema": schema}


def found(folder: Path, document: Json) -> ToolSpec:
    return next(iter(tools(folder, document).values()))


def test_a_huge_vocabulary_becomes_marked_examples(tmp_path: Path) -> None:
    values = [f"v{n}" for n in range(2479)]
    part = arguments(found(tmp_path, api([query("v", type="string", enum=values)])))["v"]
    assert (part["x-enum"], len(part["examples"]), "enum" in part) == (2479, ENUM_SAMPLE, False)
    assert part["examples"][0] == "v0" and part["examples"][-1] > "v24", "the sample is spread over the list"
    whole = arguments(found(tmp_path, api([query("v", enum=values[:ENUM_VALUES])])))["v"]
    assert len(whole["enum"]) == ENUM_VALUES


def test_values_of_the_wrong_type_are_converted_where_they_say_the_same(tmp_path: Path) -> None:
    given = [
        query("a", type="integer", default="5"),
        query("b", type="string", enum=[1, 2]),
        query("c", type="boolean", default="yes"),
        query("d", type=["string", "null"], example=7),
        query("e", type="number", example="a lot"),
    ]
    assert arguments(found(tmp_path, api(given))) == {
        "a": {"type": "integer", "default": 5},
        "b": {"type": "string", "enum": ["1", "2"]},
        "c": {"type": "boolean"},
        "d": {"type": ["string", "null"], "examples": ["7"]},
        "e": {"type": "number"},
    }
    assert coerced("1e999", ["number"]) == "1e999", "a number beyond floats stays text"


def test_one_name_in_path_query_and_body_gets_places(tmp_path: Path) -> None:
    body = {"content": {"application/json": {"schema": {"properties": {"id": {"type": "integer"}}}}}}
    document = api([query("id", type="string")], "/pots/{id}", requestBody=body)
    parts = arguments(found(tmp_path, document))
    assert list(parts) == ["id", "query_id", "body_id"]
    assert [part.get("x-name") for part in parts.values()] == [None, "id", "id"], "the vendor's name is recorded"


def test_a_reference_to_another_file_costs_one_argument(tmp_path: Path) -> None:
    document = api([{"$ref": "./common.json#/parameters/Top"}, query("a", type="string")], "/pots/{kiln}")
    assert list(arguments(found(tmp_path, document))) == ["kiln", "a"]
    assert rejected(tmp_path, document) == {"pool.json#GET /pots/{kiln}": "argument left out"}


def test_yaml_with_integer_codes_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = (
        "\ufeffopenapi: 3.0.0\ninfo: {title: Töpferei}\npaths:\n  /pots:\n    get:\n      tags: [pots]\n"
        "      responses:\n"
        "        200: {content: {application/json: {schema: {type: [object], properties: {heat: {maximum: 5E+4}}}}}}\n"
    )
    pots = tools(tmp_path, text, "pots.yaml")["topferei.get_pots"]
    assert pots.returns == {"type": "object", "properties": {"heat": {"maximum": 50000.0}}}
    assert pots.tags == ("pots",)


@pytest.mark.parametrize(("suffix", "pack"), [("xz", lzma.compress), ("gz", gzip.compress), ("bz2", bz2.compress)])
def test_a_file_may_be_compressed_by_itself(tmp_path: Path, suffix: str, pack: object) -> None:
    path = tmp_path / f"pots.json.{suffix}"
    path.write_bytes(pack(json.dumps(api([query("a", type="string")])).encode()))  # type: ignore[operator]
    assert [item.source for item in read(path)] == [path.name]  # type: ignore[union-attr]
    path.write_bytes(path.read_bytes()[:-20])
    assert [item.reason for item in read(path)] == ["damaged archive"]  # type: ignore[union-attr]


WORDS = st.sampled_from(
    "openapi swagger paths get parameters schema type properties items enum $ref name in body query default required "
    "kind discovery#restDescription discoveryVersion resources methods schemas id request response path flatPath "
    "pattern metadata operations shapes shape members member structure input output http requestUri method min "
    "documentation api_list api_name tool_name required_parameters optional_parameters template_response message "
    "STRING str api_call api_arguments functionality Documentation Function_Description Name tools inputSchema "
    "function arguments description service integer object array #/schemas/a a {+a} [REQUIRED] Parameters:{}".split()
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)
SHAPES = st.one_of(
    VALUES,
    st.fixed_dictionaries({"openapi": WORDS, "paths": st.dictionaries(WORDS, st.dictionaries(WORDS, VALUES))}),
    st.fixed_dictionaries({"discoveryVersion": WORDS, "schemas": VALUES, "methods": st.dictionaries(WORDS, VALUES)}),
    st.fixed_dictionaries(
        {
            "metadata": st.just({}),
            "operations": st.dictionaries(WORDS, VALUES),
            "shapes": st.dictionaries(WORDS, VALUES),
        }
    ),
    st.lists(st.fixed_dictionaries({"api_name": WORDS, "required_parameters": VALUES, "template_response": VALUES})),
    st.lists(st.fixed_dictionaries({"api_name": WORDS, "api_call": VALUES, "api_arguments": VALUES})),
    st.lists(st.fixed_dictionaries({"Documentation": VALUES, "Function_Description": st.dictionaries(WORDS, VALUES)})),
    st.lists(st.fixed_dictionaries({"name": WORDS, "description": VALUES, "inputSchema": VALUES})),
    st.lists(st.fixed_dictionaries({"name": WORDS, "function": VALUES, "parameters": VALUES})),
    st.fixed_dictionaries({"service": WORDS, "tools": st.lists(VALUES)}),
)


@settings(max_examples=200, deadline=None)
@given(SHAPES)
def test_no_document_makes_a_reader_raise(document: Json) -> None:
    for reader in FORMATS:
        if reader.matches(document):
            read_items = list(reader.tools(document, "x.json", "x/x.json"))
            for item in read_items:
                canonical(item.model_dump(mode="json")).encode()
                if isinstance(item, ToolSpec):
                    Draft202012Validator.check_schema(item.parameters)
                    Draft202012Validator.check_schema(item.returns)
                    assert item.parameters["type"] == "object", f"{item.id} has no object of arguments"
            kept, dropped = refine(read_items)
            assert len(kept) + len(dropped) == len(read_items), "an item vanished between the reader and the pool"


def test_every_format_is_read_in_one_pass_over_a_folder(tmp_path: Path) -> None:
    items(tmp_path, api([query("a", type="string")]), "a.json")
    items(tmp_path, [{"name": "tune", "description": "Tunes."}], "b.json")
    assert [item.source for item in read(tmp_path) if isinstance(item, ToolSpec)] == ["a.json", "b.json"]
