"""Parsing: YAML, JSON, schemas and text, and any damage to a document."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agentgym.build.sources import read
from agentgym.build.sources.inputs import Document
from agentgym.build.sources.keywords import compiles
from agentgym.build.sources.parse import UnreadableError, parse, parse_yaml
from agentgym.build.sources.schemas import Expander
from agentgym.build.sources.text import clean, operation_name, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.files import canonical
from agentgym.types import ToolSpec
from tests.reading import SPECS, write

# -- parsing, schemas, text -----------------------------------------------------------------------


def test_yaml_is_read_as_json() -> None:
    text = "a: yes\nb: 2020-01-01\n200: &x {k: 1}\nc: {<<: *x, j: 0123}\nd: 1e999\ne: ~\nf: 'true'\ng: -7"
    expected = {"a": "yes", "b": "2020-01-01", "200": {"k": 1}, "c": {"j": "0123", "k": 1}, "d": "1e999", "e": None}
    assert parse_yaml(text) == expected | {"f": "true", "g": -7}


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000 + "a", "? " * 1000, "a: *b", "a: \x00", "'\ud800'"])
def test_hostile_yaml_is_a_clear_error(text: str) -> None:
    with pytest.raises(UnreadableError, match="broken YAML"):
        parse_yaml(text)


@pytest.mark.parametrize("text", ["NaN" * 2, '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', "[" * 100_000, "{,}"])
def test_what_is_no_strict_json_is_rejected(text: str) -> None:
    with pytest.raises(UnreadableError):
        parse(Document("a.json", "a.json", text.encode()))


def test_a_schema_that_outgrows_its_nodes_loses_depth_first() -> None:
    defs = {f"L{n}": {"properties": {f"p{i}": {"$ref": f"#/$defs/L{n + 1}"} for i in range(8)}} for n in range(30)}
    root = {"$defs": defs | {"L30": {"type": "string"}}}
    expanded = Expander(root, "out").fit({"$ref": "#/$defs/L0"}, 400)
    assert expanded["title"] == "L0"
    assert expanded["properties"]["p7"]["properties"]["p7"]["type"] == "object", "all branches keep the same depth"
    with pytest.raises(SpecError, match="more than 3 nodes"):
        Expander(root, "out").fit({"$ref": "#/$defs/L0"}, 3)


def test_an_expansion_does_not_depend_on_what_was_expanded_before() -> None:
    defs = {"A": {"properties": {"b": {"$ref": "#/$defs/B"}}}, "B": {"properties": {"a": {"$ref": "#/$defs/A"}}}}
    both = Expander({"$defs": defs}, "out")
    first = {name: both.fit({"$ref": f"#/$defs/{name}"}, 100) for name in "BA"}
    fresh = {name: Expander({"$defs": defs}, "out").fit({"$ref": f"#/$defs/{name}"}, 100) for name in "AB"}
    assert first == fresh


def test_patterns_that_python_cannot_run_safely_are_dropped() -> None:
    assert compiles("^ORD-[0-9]{6}$")
    assert not any(compiles(pattern) for pattern in (r"\p{L}", "(a+)+$", "[[a]&&b]", "(", "a" * 400))


def test_descriptions_become_plain_text_cut_at_a_sentence() -> None:
    assert (
        clean("# Make\n\n**Bold** [link](http://x.y/z) `kept` <your id> <p>new</p>")
        == "Make. Bold link `kept` <your id> new"
    )
    long = clean("One two three. " * 100)
    assert 500 < len(long) <= 600
    assert long.endswith("three.")


def test_names() -> None:
    assert tool_name("repos/list-issues") == "repos_list_issues"
    assert (tool_name("class"), tool_name("2fa"), tool_name("日本")) == ("class_", "n2fa", "")
    assert len({tool_name("x" * 70 + end) for end in "ab"}) == 2, "long names with one beginning must stay apart"
    assert operation_name("GET", "/v1/users/{user_id}/orders/{id}.json") == "get_users_orders_by_id"
    assert service_name("Twilio - Api", "x.json") == "twilio_api"
    assert service_name("API", "pool/spec/json/twilio_api_v2010.json") == "twilio_api"
    assert service_name("GitHub v3 REST API", "") == "github_rest_api"
    assert service_name(None, "apis/acme.com/main/1.0.0/openapi.json") == "acme_com"


# -- any input ------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "$ref", "name", "in", "items"]), inner)
    ),
    max_leaves=6,
)
SEEDS = [
    json.loads((SPECS / name).read_text("utf-8"))
    for name in (
        "observatory.json",
        "servers/radio/tools.json",
        "servers/lamp/tools.json",
        "wrapped.json",
        "orchard.json",
    )
] + [parse_yaml((SPECS / "florist_v2.yaml").read_text("utf-8"))]


def places(value: object) -> list[tuple[object, object]]:
    """Every (container, key) inside a document."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    found = [(value, key) for key in keys]
    return found + [place for key in keys for place in places(value[key])]  # type: ignore[index]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 10**6), JSON), min_size=1, max_size=4))
def test_any_damage_to_a_document_gives_valid_tools_or_rejections(
    tmp_path_factory: pytest.TempPathFactory, document: object, damage: list[tuple[int, object]]
) -> None:
    document = json.loads(json.dumps(document))
    for index, value in damage:
        spots = places(document)
        container, key = spots[index % len(spots)]
        container[key] = value  # type: ignore[index]
    path = write(tmp_path_factory.mktemp("damaged"), "damaged.json", document)
    for item in read(path):
        canonical(item.model_dump(mode="json")).encode()
        if isinstance(item, ToolSpec):
            for schema in (item.parameters, item.returns):
                Draft202012Validator.check_schema(schema)
            assert item.parameters["type"] == "object", f"{item.id} has no object of arguments"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    try:
        parse(Document("x", "x", data))
    except UnreadableError as error:
        assert error.reason, "a broken document must say why"
