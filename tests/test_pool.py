"""The pool: what is cleaned, what is dropped and why, and that the order of the sources does not matter."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from agentgym.build.pool import PARAMETERS, _plainly_valid, counts, refine
from agentgym.build.sources import read
from agentgym.types import Json, Rejection, Schema, ToolSpec

SPECS = Path(__file__).parent / "fixtures" / "specs"


def tool(name: str = "get_pot", service: str = "pottery", source: str = "a.json", **fields: Json) -> ToolSpec:
    given: dict[str, Json] = {"description": "Get a pot.", "parameters": arguments("pot_id")} | fields
    return ToolSpec(id=f"{service}.{name}", service=service, name=name, source=source, **given)


def arguments(*names: str) -> Schema:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


def reasons(items: list[ToolSpec | Rejection]) -> list[tuple[str, str]]:
    return [(dropped.subject, dropped.reason) for dropped in refine(items)[1]]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (tool(name="1pot"), "invalid name"),
        (tool(name="import"), "invalid name"),
        (tool(name="p" * 65), "invalid name"),
        (tool(service="Pottery"), "invalid id"),
        (tool().model_copy(update={"id": "other.get_pot"}), "invalid id"),
        (tool(parameters={"type": "array"}), "invalid schema"),
        (tool(parameters={"type": "object", "properties": {"a": {"type": "text"}}}), "invalid schema"),
        (tool(parameters={"type": "object", "required": ["a", "a"]}), "invalid schema"),
        (tool(returns={"minimum": float("nan")}), "invalid schema"),
        (tool(returns={"title": "\ud800"}), "invalid schema"),
        (tool(returns={"pattern": "("}), "invalid schema"),
        (tool(parameters=arguments(*(f"p{n}" for n in range(PARAMETERS + 1)))), "too many parameters"),
        (tool(parameters={**arguments("a"), "description": "x" * 40_000}), "schema too large"),
        (tool(returns={"description": "x" * 70_000}), "schema too large"),
    ],
)
def test_what_is_no_tool_is_rejected_with_a_stable_reason(broken: ToolSpec, reason: str) -> None:
    kept, dropped = refine([broken, tool("make_pot")])
    assert [item.name for item in kept] == ["make_pot"], "one bad tool must not cost another"
    assert [(item.stage, item.subject, item.reason) for item in dropped] == [("pool", broken.id, reason)]
    assert dropped[0].detail, "a rejection names the value"


def test_a_missing_description_says_no_more_than_the_specification() -> None:
    fire = tool("fire_kiln", description="", returns={"type": "integer"})
    kept, _ = refine([tool(description=" ", http=("GET", "/pots/{id}")), fire])
    assert {item.name: item.description for item in kept} == {"fire_kiln": "fire kiln", "get_pot": "GET /pots/{id}"}
    assert all("description" in item.completed for item in kept), "what was filled in must be marked"


def test_the_latest_version_of_an_api_stays() -> None:
    sources = ["v1.json", "v1beta1.json", "v2beta.json", "v10.json", "v9.1.yaml"]
    items = [tool(source=f"pots/{source}", parameters=arguments("id", source)) for source in sources]
    kept, dropped = refine(items)
    assert [item.source for item in kept] == ["pots/v10.json"]
    assert [item.reason for item in dropped] == ["older version"] * 4


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("x_v2009.json", "x_v2010.json"),
        ("x/2019-11-01-preview/o.json", "x/2019-11-01/o.json"),
        ("x/2015-12-31/s.json", "x/2016-01-01/s.json"),
        ("acme.com/main/1.9.0/o.json", "acme.com/main/1.10.0/o.yaml"),
        ("ghes-2.22/1.1.4/o.json", "ghes-3.0/1.1.4/o.json"),
    ],
)
def test_versions_are_read_from_the_path(older: str, newer: str) -> None:
    kept, dropped = refine([tool(source=newer), tool(source=older)])
    assert ([item.source for item in kept], [item.reason for item in dropped]) == ([newer], ["older version"])


def test_one_id_is_a_duplicate_if_equal_and_numbered_if_not() -> None:
    items = [
        tool(source="b.json"),
        tool(source="a.json"),
        tool(source="c.json", parameters=arguments("glaze")),
        tool("get_pot_2"),
    ]
    kept, dropped = refine(items)
    assert [(item.id, item.name, item.source) for item in kept] == [
        ("pottery.get_pot", "get_pot", "a.json"),
        ("pottery.get_pot_2", "get_pot_2", "a.json"),
        ("pottery.get_pot_3", "get_pot_3", "c.json"),
    ]
    assert [(item.reason, item.detail) for item in dropped] == [
        ("duplicate tool", "it repeats an earlier file or operation; from b.json")
    ]


def test_a_numbered_name_stays_within_the_limit() -> None:
    kept, _ = refine([tool("p" * 64, parameters=arguments(name)) for name in ("a", "b")])
    assert {item.name for item in kept} == {"p" * 64, "p" * 62 + "_2"}


def test_the_order_of_the_sources_does_not_matter() -> None:
    items = list(read(SPECS)) + [tool(source=f"{n % 3}.json", parameters=arguments(str(n % 5))) for n in range(12)]
    expected = refine(items)
    for seed in range(5):
        shuffled = random.Random(seed).sample(items, len(items))
        kept, dropped = refine(shuffled)
        assert kept == expected[0], f"shuffle {seed} gave another pool"
        assert sorted(map(repr, dropped)) == sorted(map(repr, expected[1])), f"shuffle {seed} dropped other tools"


def test_the_fixtures_become_a_sorted_pool_and_nothing_vanishes() -> None:
    items = list(read(SPECS))
    kept, dropped = refine(items)
    assert [item.id for item in kept] == sorted({item.id for item in kept}), "ids must be unique and sorted"
    assert len(kept) + len(dropped) == len(items)
    assert "clinic.listVisits" in {item.id for item in kept}
    ward = next(item for item in kept if item.id == "clinic.listVisits")
    assert (ward.source, "ward" in ward.parameters["properties"]) == ("clinic_v2.yaml", True)
    assert {(item.subject, item.reason) for item in dropped if item.stage == "pool"} == {
        ("clinic.listVisits", "older version"),
        ("clinic.createVisit", "no specification"),
        ("depot.take_stock", "no specification"),
        ("lines.harbour_tides", "no specification"),
    }


def test_what_says_too_little_is_dropped() -> None:
    empty = {"type": "object", "properties": {}}
    items = [
        tool("nothing", parameters=empty),
        tool("mute", description=""),
        tool("known_by_path", description="", http=("GET", "/pots/{pot_id}")),
        tool("known_by_result", description="", parameters=empty, returns={"type": "integer"}),
        tool("shapeless", parameters={"type": "object", "properties": {"blob": {}}}),
    ]
    kept, dropped = refine(items)
    assert [item.name for item in kept] == ["known_by_path", "known_by_result"]
    assert {item.subject: item.reason for item in dropped} == {
        "pottery.mute": "no description and no result",
        "pottery.nothing": "no specification",
        "pottery.shapeless": "untyped arguments",
    }


def test_an_operation_listed_under_two_names_stays_once() -> None:
    path = ("GET", "/pots/{pot_id}")
    hidden = ("GET", "/v1/{+pot_id}")
    kept, dropped = refine([tool("get_pot", http=path), tool("read_pot", http=path)])
    assert [item.name for item in kept] == ["get_pot"]
    assert [item.reason for item in dropped] == ["duplicate operation"]
    kept, _ = refine([tool("get_pot", http=hidden), tool("get_kiln", http=hidden)])
    assert len(kept) == 2, "a path whose placeholder hides the resource tells nothing of two operations"


def test_a_folder_of_early_versions_is_older_than_the_released_one() -> None:
    kept, dropped = refine([tool(source="apis/pots__v2.json"), tool(source="apis_beta/pots__v2beta.json")])
    assert ([item.source for item in kept], [item.reason for item in dropped]) == (
        ["apis/pots__v2.json"],
        ["older version"],
    )


def test_counts_add_up_by_source() -> None:
    items: list[ToolSpec | Rejection] = [
        tool("a", source="one.tar.xz/x.json"),
        tool("b", source="one.tar.xz/y.json", parameters={"type": "array"}),
        tool("c", source="two/z.json"),
        Rejection(stage="ingest", subject="two/broken.json", reason="broken JSON"),
    ]
    found = counts(*refine(items))
    assert {name: (count.read, count.kept, count.rejected) for name, count in found.items()} == {
        "one.tar.xz": (2, 1, {"invalid schema": 1}),
        "two": (1, 1, {"broken JSON": 1}),
    }


KEYWORDS = st.sampled_from(
    (
        "type",
        "properties",
        "required",
        "items",
        "anyOf",
        "enum",
        "default",
        "minimum",
        "minLength",
        "pattern",
        "title",
        "readOnly",
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-1, 1) | st.sampled_from(["string", "object", "(", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYWORDS, VALUES, max_size=4))
def test_the_quick_check_never_passes_what_the_metaschema_refuses(schema: Schema) -> None:
    if _plainly_valid(schema):
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            pytest.fail(f"{schema} passed the quick check, but {error.message}")


POOLED = st.builds(
    lambda name, service, source, path, names, result: tool(
        name,
        service,
        source,
        description="" if result else "Does it.",
        http=("GET", path) if path else None,
        parameters=arguments(*names),
        returns={"type": "object", "properties": {key: {} for key in result}} if result else {},
    ),
    st.sampled_from(("get_pot", "list_pots", "fire", "import")),
    st.sampled_from(("pottery", "kilns")),
    st.sampled_from(("a_v1.json", "a_v2.json", "b.json")),
    st.sampled_from(("", "/pots", "/pots/{id}", "/v1/{+id}")),
    st.lists(st.sampled_from(("id", "limit", "glaze")), max_size=2, unique=True),
    st.lists(st.sampled_from(("id", "kg")), max_size=2, unique=True),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(POOLED, max_size=9), st.randoms(use_true_random=False))
def test_any_pool_is_the_same_in_any_order_and_nothing_vanishes(tools: list[ToolSpec], chance: random.Random) -> None:
    kept, dropped = refine(tools)
    shuffled = chance.sample(tools, len(tools))
    again, others = refine(shuffled)
    assert (kept, sorted(map(repr, dropped))) == (again, sorted(map(repr, others))), "the order made another pool"
    assert len(kept) + len(dropped) == len(tools)
    assert refine(kept) == (kept, []), (
        "a refined pool is refined: names numbered, duplicates gone, nothing left to fill"
    )
