"""Tools that the plain rules do not bind: widened, given a table of their own, and proven all the same."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from agentgym.build.induction.demands import demanded
from agentgym.build.induction.understanding import understand
from agentgym.build.materialise import materialise
from agentgym.build.semantics.references import referred
from agentgym.build.semantics.shapes import column_of
from agentgym.build.values.draw import draw
from agentgym.build.values.patterns import matching
from agentgym.types import Binding, Domain, Schema, ToolSpec
from agentgym.world.load import load
from agentgym.world.world import World
from tests.specs import ORDER, SHOP, STRING, key, thing, tool

LABEL = thing(name=STRING, color=STRING, repo=STRING, owner=STRING)
PLACED = thing(order_id=key("ORD"), total={"type": "number", "description": "Sum of all lines."})
WILD = (
    *SHOP,
    tool("convert_money", required=("amount", "to"), returns={"type": "number"}, amount={"type": "number"}, to=STRING),
    tool("reboot_shelf", "Reboots a shelf.", required=("shelf",), shelf=STRING),
    tool("logout", "Logs the user out."),
    tool(
        "list_orders_of_region", returns={"type": "array", "items": PLACED}, required=("region", "request_id"),
        region=STRING, request_id=STRING,
    ),
    tool("get_label", returns=LABEL, required=("owner", "repo", "tag"), owner=STRING, repo=STRING, tag=STRING),
    tool(
        "delete_label", http=("DELETE", "/{owner}/{repo}/labels"), returns=LABEL, required=("owner", "repo"),
        owner=STRING, repo=STRING,
    ),
)  # fmt: skip


def by_tool(*tools: ToolSpec) -> tuple[dict[str, Binding], dict[str, str]]:
    made = understand(tools)
    assert not [one for one in made.bound.rejections if one.stage == "bind"], made.bound.rejections
    return {binding.tool: binding for binding in made.bound.bindings}, dict(made.basis)


def test_every_wild_tool_is_bound_on_a_basis_that_is_told() -> None:
    bindings, basis = by_tool(*WILD)
    assert sorted(bindings) == sorted(spec.name for spec in WILD)
    told = {name: basis[name] for name in basis if not name.startswith("get_label")}
    assert told == {
        "convert_money": "record", "reboot_shelf": "event", "logout": "event", "list_orders_of_region": "wide",
        "delete_label": "wide",
    }, f"The tools were understood as {told}."  # fmt: skip


def test_a_computing_tool_looks_its_answer_up() -> None:
    bindings, _ = by_tool(*WILD)
    convert = bindings["convert_money"]
    assert (convert.op, convert.returns, convert.fields) == ("get", "value", ("value",))
    assert [(use.parameter, use.role) for use in convert.uses] == [("amount", "filter"), ("to", "filter")]


def test_a_write_about_nothing_known_files_what_it_was_asked() -> None:
    bindings, _ = by_tool(*WILD)
    reboot = bindings["reboot_shelf"]
    assert reboot.op == "create" and [(use.column, use.role) for use in reboot.uses] == [("shelf", "set")]
    assert [(effect.column, effect.amount) for effect in reboot.effects] == [("requested_at", "now")]


def test_a_required_argument_becomes_a_column_and_a_technical_one_an_option() -> None:
    bindings, _ = by_tool(*WILD)
    roles = {use.parameter: use.role for use in bindings["list_orders_of_region"].uses}
    assert roles == {"region": "filter", "request_id": "option"}, f"The arguments are {roles}."


def test_a_row_without_a_key_of_its_own_is_found_by_what_names_it() -> None:
    bindings, _ = by_tool(*WILD)
    roles = {use.parameter: use.role for use in bindings["delete_label"].uses}
    assert roles == {"owner": "scope", "repo": "scope"}, f"The arguments are {roles}."


def test_wild_tools_pass_the_gate_and_say_how_they_were_bound(tmp_path: Path) -> None:
    made = materialise(Domain(name="wild", tools=WILD), tmp_path / "wild")
    assert made.domain is not None and made.gated == len(WILD), f"These were lost: {made.rejections}."
    assert made.domain.provenance["convert_money"] == "record" and made.domain.provenance["get_order"] == "rules"


def test_reads_change_nothing_and_an_event_adds_one_row(tmp_path: Path) -> None:
    materialise(Domain(name="wild", tools=WILD), tmp_path / "wild")
    world = World(load(tmp_path / "wild"))
    try:
        row = world.rows()["money"][0]
        answer = world.call("convert_money", {"amount": row["amount"], "to": row["to"]})
        assert answer.content == row["value"] and not world.diff(), "A conversion is looked up, and changes nothing."
        assert world.call("convert_money", {"amount": -1.5, "to": "nowhere"}).error, "An unknown one is refused."
        world.call("reboot_shelf", {"shelf": "S-1"})
        assert [(change.before, (change.after or {})["shelf"]) for change in world.diff()] == [(None, "S-1")]
    finally:
        world.close()


def test_a_foreign_key_is_indexed(tmp_path: Path) -> None:
    materialise(Domain(name="wild", tools=WILD), tmp_path / "wild")
    assert 'foreign_key="product.product_id", index=True' in (tmp_path / "wild" / "schema.py").read_text("utf-8")


def test_an_open_column_takes_over_what_its_filter_insists_on() -> None:
    closed = tool(
        "list_orders_in", returns={"type": "array", "items": thing(order_id=key("O"), stage=STRING)},
        stage={"type": "string", "enum": ["new", "done", "all"]},
    )  # fmt: skip
    made = understand([closed])
    table = next(iter(demanded(made.induced.tables, made.bound.bindings, [closed])))
    column = table.column("stage")
    assert column is not None and column.enum == ("new", "done"), f"It holds {column}."


def test_names_that_differ_in_case_alone_are_one_column() -> None:
    row = thing(id=STRING, dataSourceType=STRING, datasourceType=STRING)
    table = understand([tool("get_gateway", returns=row, required=("id",), id=STRING)]).induced.tables[0]
    assert [column.name for column in table.columns] == ["id", "dataSourceType"]


def test_a_table_and_a_tool_never_share_a_name() -> None:
    tables = understand([tool("Register", "Registers.", name=STRING, email=STRING)]).induced.tables
    assert "register" not in [table.name for table in tables], "The class Register would hide the tool Register."


@pytest.mark.parametrize(
    "pattern",
    [r"^MG[0-9a-fA-F]{32}$", r"^[a-zA-Z0-9_\-]+$", r"^projects/[^/]+/locations/[^/]+$", r"arn:aws:iam::\d{12}:role/\w+",
     r"^(\d{4}-\d\d|now)$", r"^\S+@\S+$"],
)  # fmt: skip
def test_a_text_that_a_pattern_accepts(pattern: str) -> None:
    texts = {matching(pattern, Random(seed)) for seed in range(20)}
    assert len(texts) > 3 and all(text and re.search(pattern, text) for text in texts), f"{pattern} gave {texts}."


def test_a_pattern_of_another_language_gives_nothing() -> None:
    assert matching(r"[\p{L}]+", Random(0)) is None


def test_a_choice_of_schemas_is_its_first_and_numbers_may_be_closed() -> None:
    speed: Schema = {"type": "integer", "enum": [10, 20, 30]}
    until: Schema = {"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}, {"type": "integer"}]}
    columns = {name: column_of(name, schema) for name, schema in {"speed": speed, "until": until}.items()}
    assert (columns["until"].type, columns["until"].format) == ("str", "date")
    drawn = {draw(columns["speed"], Random(seed)) for seed in range(30)}
    assert drawn == {10, 20, 30}, f"The speeds drawn are {sorted(drawn)}."


def test_a_negative_default_survives_printing(tmp_path: Path) -> None:
    spec = tool(
        "list_orders_down", returns={"type": "array", "items": ORDER}, quantity={"type": "integer", "default": -1}
    )
    made = materialise(Domain(name="wild", tools=(*SHOP, spec)), tmp_path / "wild")
    assert made.gated == len(SHOP) + 1, f"These were lost: {made.rejections}."
    assert "quantity: int = -1" in (tmp_path / "wild" / "tools.py").read_text("utf-8")


def test_a_reference_goes_to_the_table_of_its_name() -> None:
    keys = {"mapping": ("team_id", "str"), "team": ("team_id", "str")}
    assert referred("team_id", keys, "project", "project_id") == "team", "A mapping is keyed by its team."
    assert referred("identifier", {"label": ("identifier", "str")}, "order", "order_id") == "", "It names no table."


@pytest.mark.parametrize(("name", "form"), [("subscription_id", r"SUB-\d{6}"), ("secret_arn", r"arn:aws:.+")])
def test_a_column_without_an_example_has_a_likely_value(name: str, form: str) -> None:
    text = draw(column_of(name, STRING), Random(1))
    assert re.fullmatch(form, text), f"A {name} is {text!r}."


def test_a_text_keeps_to_its_length() -> None:
    country = column_of("country", {"type": "string", "minLength": 2, "maxLength": 2})
    assert {len(draw(country, Random(seed))) for seed in range(9)} == {2}, "A country of two letters is a code."


def test_an_argument_that_can_only_be_null_is_taken_off() -> None:
    spec = tool("cancel_thing", "Cancels a thing.", required=("body", "thing"), body={"type": "null"}, thing=STRING)
    offered = understand([spec]).bound.tools[0].parameters
    assert (list(offered["properties"]), offered["required"]) == (["thing"], ["thing"]), f"It offers {offered}."


def shop_of(order: Schema, **asked: Schema) -> Domain:
    """A domain about one kind of row."""
    listed = {"type": "array", "items": order}
    tools = (
        tool("get_order", returns=order, required=tuple(asked), **asked),
        tool("list_orders", returns=listed, status=STRING),
        tool("create_order", returns=order, required=("status",), status=STRING),
    )
    return Domain(name="odd", tools=tools)


@pytest.mark.parametrize(
    ("order", "asked"),
    [
        (thing(order_id=STRING, status=STRING), {"order_id": {"type": "string", "minLength": 60}}),
        (thing(**{f"c{n}": STRING for n in range(90)}, status=STRING), {"order_id": STRING}),
        (thing(orderID=STRING, status=STRING), {"orderId": STRING}),
        (thing(order_id=STRING, status=STRING, items={
            "type": "array", "items": thing(item_id=STRING, price=STRING, quantity={"type": "integer"}),
        }), {"order_id": STRING}),
    ],
    ids=["a key of sixty letters", "a full table", "a key in another case", "prices that are text"],
)  # fmt: skip
def test_odd_rows_are_built(tmp_path: Path, order: Schema, asked: dict[str, Schema]) -> None:
    made = materialise(shop_of(order, **asked), tmp_path / "odd")
    assert made.gated == 3, f"Not every tool was proven: {[(r.subject, r.reason, r.detail) for r in made.rejections]}"
