"""A state of nested JSON becomes tables, and every document reads back as it was, by tools of both sessions too."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.errors import SpecError
from agentgym.importing.induce import Induced, induce
from agentgym.importing.rows import read_back, to_state
from agentgym.importing.shape import Leaf, Record, Rows
from agentgym.importing.state import MAX_DEPTH, State, read_state
from agentgym.types import Json, Table
from agentgym.world.load import LoadedDomain
from agentgym.world.naming import identifier
from agentgym.world.world import World
from tests.imported import PETS, loaded


def written(folder: Path, state: Json, name: str = "db.json") -> Path:
    path = folder / name
    path.write_text(state if isinstance(state, str) else json.dumps(state), encoding="utf-8")
    return path


def table(induced: Induced, name: str) -> Table:
    return next(one for one in induced.shape.tables if one.name == name)


def member(induced: Induced, collection: str, *path: str) -> Leaf | Record | Rows:
    part = next(one.document for one in induced.shape.collections if one.name == collection)
    for name in path:
        inside = part.element if isinstance(part, Rows) else part
        part = dict(inside.members)[name]
    return part


def reads_back(state: State) -> Induced:
    induced = induce(state)
    equal, total = read_back(induced.shape, state, induced.rows)
    assert equal == total, f"{total - equal} of {total} documents do not read back; found was {induced.findings}."
    return induced


# -- what lies where ----------------------------------------------------------------------------------


def test_nested_documents_become_tables_with_keys() -> None:
    induced = reads_back(PETS)
    keys = {one.name: one.primary_key for one in induced.shape.tables}
    assert keys == {
        "owner": "owner_id",  # no member holds the key
        "visit": "visit_id",
        "owner_card": "id",  # no two cards of the state have the same
        "owner_visit": "owner_visit_id",
        "visit_line": "visit_line_id",
    }, f"The tables and their keys are {keys}."
    links = {(one.name, key.column, key.table) for one in induced.shape.tables for key in one.foreign_keys}
    assert links == {
        ("visit", "owner", "owner"),
        ("owner_card", "owner_id", "owner"),
        ("owner_visit", "owner_id", "owner"),
        ("owner_visit", "visit_id", "visit"),
        ("visit_line", "visit_id", "visit"),
    }, f"The foreign keys are {links}."


def test_members_lie_where_the_documents_say() -> None:
    induced = induce(PETS)
    assert member(induced, "owners", "name", "first") == Leaf("name_first"), "A fixed object lies in its own row."
    bill = member(induced, "visits", "bill")
    assert isinstance(bill, Record) and bill.present == "bill_total", f"A bill is told from none by a column: {bill}."
    lines = member(induced, "visits", "lines")
    assert isinstance(lines, Rows) and lines.optional, f"Lines are rows that some visits lack: {lines}."
    cards = member(induced, "owners", "cards")
    assert isinstance(cards, Rows) and cards.key == "id", f"Cards are rows by key: {cards}."
    notes = table(induced, "visit").column("notes")
    assert notes is not None and notes.type == "json", f"A list of scalars that name nothing is JSON: {notes}."
    status = table(induced, "visit").column("status")
    assert status is not None and status.enum == ("closed", "open"), f"A status is closed: {status}."


def test_a_member_without_a_name_has_a_column() -> None:
    reads_back({"pets": [{"id": "a", "": {"id": "b"}}, {"id": "c", "": {"id": "d"}}]})
    reads_back({"pets": {"a": {"": "a", "value": "x"}, "b": {"": "b", "value": "y"}}})


def test_a_map_of_scalars_by_data_is_json() -> None:
    options = [{"colour": "red"}, {"size": "7", "colour": "blue"}, {"height": "5 ft"}]
    induced = reads_back({"items": [{"id": number, "options": one} for number, one in enumerate(options)]})
    column = table(induced, "item").column("options")
    assert column is not None and column.type == "json", f"Options have no members in common: {column}."


def test_the_same_dates_in_every_document_are_still_data() -> None:
    days = {"2024-05-01": {"seats": 3}, "2024-05-02": {"seats": 0}}
    dates = member(reads_back({"flights": {"F1": {"dates": days}, "F2": {"dates": days}}}), "flights", "dates")
    assert isinstance(dates, Rows) and dates.key == "date", f"Dates are keys, not members: {dates}."


def test_an_element_that_names_a_document_has_a_key_of_its_own() -> None:
    state = {"goods": {"g1": {}, "g2": {}}, "orders": {"o1": {"lines": [{"line_id": "g1"}, {"line_id": "g2"}]}}}
    lines = table(reads_back(state), "order_line")
    assert lines.primary_key == "order_line_id", f"line_id refers to goods, so another line may repeat it: {lines}."


def test_keys_made_of_paths_are_never_the_same() -> None:
    inner = {"x": {"n1/2": {"v": 1}, "n1": {"v": 2}}}
    state = {"boxes": {"a": inner, "a/x": {"x": {"n1": {"v": 3}, "2": {"v": 4}}}, "a~1x": inner}}
    rows = reads_back(state).rows
    keys = [row["box_x_id"] for row in rows["box_x"]]
    assert len(set(keys)) == len(keys) == 6, f"Two rows share a key: {keys}."


# -- what is found --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("documents", "reason", "count"),
    [
        ([{"id": 1, "p": 2}, {"id": 2, "p": 2.5}], "whole numbers among others", 1),
        ([{"id": 1, "p": None}, {"id": 2}, {"id": 3, "p": "x"}], "null where others lack the member", 1),
        ([{"id": 1, "p": 2}, {"id": 2, "p": 2}, {"p": 2, "id": 3}], "members in another order", 1),
        ([{"id": 1, "p": -0.0}, {"id": 2, "p": 2.5}], "numbers that SQLite alters", 1),
        ([{"id": 1, "p": "x"}, {"id": 2, "p": 5.0}, {"id": 3, "p": 5.5}], "numbers that SQLite alters", 1),
    ],
)
def test_what_does_not_read_back_is_counted(tmp_path: Path, documents: list[Json], reason: str, count: int) -> None:
    induced = induce({"things": documents})
    found = [(one.reason, one.count) for one in induced.findings]
    assert found == [(reason, count)], f"It was found that {found}."
    world = World(loaded(tmp_path, induced))
    equal, total = read_back(induced.shape, {"things": documents}, world.rows())
    assert equal == total - count, f"{equal} of {total} documents read back."
    world.close()


def test_a_reference_to_nothing_is_found_and_no_foreign_key() -> None:
    owners = {f"o{number}": {} for number in range(20)}
    dogs = {f"d{number}": {"owner_id": f"o{number}" if number else "nobody"} for number in range(20)}
    induced = induce({"owners": owners, "dogs": dogs})
    assert table(induced, "dog").refers("owner_id") is None, "A foreign key must hold for every row."
    found = [(one.reason, one.place, one.count) for one in induced.findings]
    assert found == [("dangling reference", "dog.owner_id", 1)], f"It was found that {found}."


def test_small_numbers_are_no_references_without_a_name() -> None:
    people = [{"id": number, "age": number % 5, "boss_person_id": max(number - 1, 0)} for number in range(9)]
    links = {link.column: link.table for link in table(induce({"people": people}), "person").foreign_keys}
    assert links == {"boss_person_id": "person"}, f"Only a name makes a number a reference: {links}."


def test_two_indexes_of_one_name_are_not_made(tmp_path: Path) -> None:
    state = {"t": {"k1": {}, "k2": {}}, "a": {"x": {"b_t_id": "k1"}}, "a_b": {"y": {"t_id": "k2"}}}
    induced = reads_back(state)  # ix_a_b_t_id would be the name of both
    linked = [one.name for one in induced.shape.tables if one.foreign_keys]
    assert linked == ["a"], f"One of two references has to do without: {linked}."
    assert_tools_read_it_back(induced, loaded(tmp_path, induced), state)


# -- states that mean no good ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be JSON"),
        ("[]", "not an object of collections"),
        ("{}", "no collection"),
        ('{"a": 3}', "'a' is a number"),
        ('{"a": {"k": [1]}}', "'a/k' is a list"),
        ('{"a": [null]}', "'a/0' is null"),
        ('{"a": {"k": {}, "k": {}}}', "the key 'k' twice"),
        ('{"a": {"k": {"x": NaN}}}', "NaN is not JSON"),
        ('{"a": {"k": {"x": 1e999}}}', "1e999 is too large"),
        ('{"a": {"k": {"x": 9223372036854775808}}}', "more than 64 bits"),
        ('{"a": {"k": {"x": %s}}}' % ("9" * 6000), "more than 64 bits"),
        ('{"a": {"k": {"x": "\\ud800"}}}', "half a surrogate pair"),
        ('{"a": {"\\udfff": {}}}', "half a surrogate pair"),
        ('{"a": {"k": ' + '{"x":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1) + "}}", "nested deeper"),
        ('{"a": {"k": ' + "[" * 100_000 + "]" * 100_000 + "}}", "nested too deeply"),
    ],
)
def test_a_state_that_cannot_be_kept_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SpecError, match=said) as error:
        read_state(path)
    assert str(path) in str(error.value), f"The error does not name the file: {error.value}"
    assert len(str(error.value)) < 1000, "The error repeats the state."


def test_a_folder_holds_a_file_a_collection(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="neither a file nor a folder"):
        read_state(tmp_path / "missing")
    with pytest.raises(SpecError, match=r"no \.json file"):
        read_state(tmp_path)
    for name, documents in PETS.items():
        written(tmp_path, documents, f"{name}.json")
    (tmp_path / "readme.md").write_text("not JSON")
    assert read_state(tmp_path) == PETS, "A folder must read as one object of its files."


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "db.json"
    path.write_bytes(b'{"a": {"k": {"x": "\xff"}}}')
    with pytest.raises(SpecError, match="UTF-8"):
        read_state(path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="more than 500 different members"):
        induce({"logs": [{f"m{number}": number} for number in range(5_000)]})
    with pytest.raises(SpecError, match="holds 600 collections"):
        read_state(written(tmp_path, {f"u{number}": {} for number in range(600)}))


WILD = [
    *"id key from select class construct copy model_dump schema metadata registry session query zip items".split(),
    *"values None __class__ x_id sqlite_master ix_order a.b A-B order ORDER".split(),
    *("", "Überschrift", "日本", "a b", 'q"uote', "new\nline", "9 lives", "x" * 90, "x" * 91, "{x}"),
]


def test_any_names_become_distinct_identifiers(tmp_path: Path) -> None:
    state = {
        name: {
            "k1": {"one": dict.fromkeys(WILD[:6], 1), **dict.fromkeys(WILD, "v")},
            "k2": {"one": dict.fromkeys(WILD[:6], 2), **dict.fromkeys(WILD, "w")},
        }
        for name in WILD
    }
    induced = reads_back(read_state(written(tmp_path, state)))
    for one in induced.shape.tables:
        names = [column.name for column in one.columns]
        odd = [name for name in names if identifier(name) != name]
        assert not odd and len(set(names)) == len(names), f"Columns of {one.name} are no attributes: {odd or names}."
    assert_tools_read_it_back(induced, loaded(tmp_path, induced), state)


# -- in a world -----------------------------------------------------------------------------------------


def assert_tools_read_it_back(induced: Induced, domain: LoadedDomain, state: State) -> None:
    """Documents are what they were, as JSON text: in the rows of a world, and from tools on both its sessions."""
    fast, stock = World(domain), World(domain, stock=True)
    kept = to_state(induced.shape, fast.rows())
    if not induced.findings:
        assert json.dumps(kept) == json.dumps(state), "SQLite stores something else."
    for collection in induced.shape.collections:
        documents = kept[collection.name]
        rows = sorted(fast.rows()[collection.table], key=lambda row: row[collection.position or collection.key])
        expected = list(documents.values()) if collection.keyed else documents
        for row, wanted in zip(rows, expected, strict=True):
            for world in (fast, stock):
                result = world.call(f"get_{collection.table}", {"wanted": row[collection.key]})
                assert result.error is None, f"{collection.name} {row[collection.key]!r}: {result.error}"
                assert json.dumps(result.content) == json.dumps(wanted), f"{collection.name} {row[collection.key]!r}"
    assert fast.fallbacks == 0, f"The fast session left {fast.fallbacks} documents to the stock one."
    fast.close()
    stock.close()


def test_documents_are_read_by_tools_of_both_sessions(tmp_path: Path) -> None:
    induced = reads_back(PETS)
    domain = loaded(tmp_path, induced)
    assert_tools_read_it_back(induced, domain, PETS)
    source = (tmp_path / "domain" / "tools.py").read_text("utf-8")
    assert '"first": found.name_first' in source, f"The code does not read like the document:\n{source}"
    assert max(map(len, source.splitlines())) <= 120, "A line of the code is too long."


def test_null_and_absent_stay_apart(tmp_path: Path) -> None:
    state = {
        "things": {
            "a": {"x": None, "y": 1, "z": {"w": None, "v": 1}, "l": [1, None]},
            "b": {"x": 2, "z": {"w": "s", "v": 2}, "m": [{"n": None}], "l": []},
            "c": {"x": None, "l": []},
        }
    }
    induced = reads_back(state)
    assert not induced.findings, f"Nothing here is vague: {induced.findings}"
    assert_tools_read_it_back(induced, loaded(tmp_path, induced), state)


TAU_BENCH = os.environ.get("AGENTGYM_TAU_BENCH", "")


@pytest.mark.skipif(not TAU_BENCH, reason="AGENTGYM_TAU_BENCH names no checkout of τ-bench")
@pytest.mark.parametrize("domain", ["retail", "airline"])
def test_the_documents_of_tau_bench_read_back(tmp_path: Path, domain: str) -> None:
    state = read_state(Path(TAU_BENCH) / "tau_bench" / "envs" / domain / "data")
    induced = reads_back(state)
    assert not induced.findings, f"Something of it is lost or odd: {induced.findings}"
    few = {name: dict(list(documents.items())[:40]) for name, documents in state.items()}
    sample = reads_back(few)
    assert_tools_read_it_back(sample, loaded(tmp_path, sample), few)


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=4)
NAMES = st.sampled_from(["id", "name", "user_id", "position", "key", "from", "items", "x", "X", "a b", "", "日本"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.sampled_from(["a", "b"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)
COLLECTIONS = st.dictionaries(st.sampled_from(["a", "b", "c/d", ""]) | TEXT, DOCUMENTS, max_size=4) | st.lists(
    DOCUMENTS, max_size=4
)
STATES = st.dictionaries(NAMES, COLLECTIONS, min_size=1, max_size=3)


@given(STATES)
@settings(max_examples=120)
def test_any_state_reads_back_or_says_why(state: State) -> None:
    induced = induce(state)
    equal, total = read_back(induced.shape, state, induced.rows)
    assert equal == total or induced.findings, f"{total - equal} of {total} documents are lost without a word."


@given(STATES)
@settings(max_examples=20)
def test_any_state_is_read_by_tools(tmp_path_factory: pytest.TempPathFactory, state: State) -> None:
    induced = induce(state)
    assert_tools_read_it_back(induced, loaded(tmp_path_factory.mktemp("any"), induced), state)
