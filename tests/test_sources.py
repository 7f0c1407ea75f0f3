"""Importers: every format to the same ToolSpec, and nothing hostile or broken gets past as an exception."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from agentgym.build.sources import inputs, read
from agentgym.errors import SpecError
from agentgym.types import Rejection, ToolSpec
from tests.reading import SPECS, rejections_of, tools_of

# -- OpenAPI --------------------------------------------------------------------------------------


def test_swagger_2_puts_path_query_and_body_into_one_object() -> None:
    put = tools_of(SPECS / "florist_v2.yaml")["florist.put_bouquets_by_id"]
    assert list(put.parameters["properties"]) == ["id", "body_id", "stems", "note"], "the body's id must get a prefix"
    assert put.parameters["required"] == ["id", "body_id", "stems"]
    assert put.parameters["properties"]["note"] == {"type": ["string", "null"]}, "x-nullable must become a null type"
    assert put.returns == {}, "a default response beside a success is an error and no result"
    assert (put.http, put.licence) == (("PUT", "/bouquets/{id}"), "Apache 2.0")


def test_swagger_2_drops_credentials_and_values_of_the_wrong_type() -> None:
    properties = tools_of(SPECS / "florist_v2.yaml")["florist.listBouquets"].parameters["properties"]
    assert list(properties) == ["limit", "colour"], "credentials in query and header are no arguments"
    assert properties["limit"] == {"type": "integer", "default": 20, "minimum": 1, "maximum": 50}
    assert properties["colour"]["enum"] == ["red", "white"]


def test_swagger_2_form_fields_and_undeclared_placeholders_are_arguments() -> None:
    upload = tools_of(SPECS / "florist_v2.yaml")["florist.import_"]
    assert list(upload.parameters["properties"]) == ["id", "lens", "caption", "photo"]
    assert upload.parameters["required"] == ["id", "caption"]
    assert upload.parameters["properties"]["lens"]["default"] == 50000.0, "YAML 1.2 reads 5E+4 as a number"
    assert upload.parameters["properties"]["photo"]["format"] == "binary"
    assert upload.returns["title"] == "Bouquet", "a reference's name must survive as the title"
    assert upload.returns["properties"]["likes"]["readOnly"] is True


def test_openapi_3_resolves_escaped_references_and_merges_all_of() -> None:
    book = tools_of(SPECS / "observatory.json")["observatory_api.sessions_book"]
    assert book.description == "Book a session. Books a session & returns it. See the guide."
    assert list(book.parameters["properties"]) == ["telescope_id", "dry_run", "starts_at", "minutes"]
    assert book.parameters["properties"]["dry_run"] == {"type": "boolean"}, "a text default of a boolean must go"
    assert book.parameters["properties"]["minutes"] == {"type": "integer", "exclusiveMinimum": 5}
    state = book.returns["properties"]["state"]
    assert state == {"type": ["string", "null"], "enum": ["open", "closed", None]}
    assert "pattern" not in book.returns["properties"]["id"], "\\p{L} is no Python pattern"


def test_openapi_3_cuts_cycles_and_keeps_unions_simple() -> None:
    telescope = tools_of(SPECS / "observatory.json")["observatory_api.get_telescopes_by_id"].returns["properties"]
    assert telescope["mirror_of"] == {"type": "object"}
    assert telescope["site"] == {"type": ["string", "null"]}
    assert [variant["type"] for variant in telescope["mount"]["anyOf"]] == ["object", "string"]


def test_a_body_that_is_no_object_becomes_one_argument() -> None:
    logs = tools_of(SPECS / "observatory.json")["observatory_api.writeLogs"]
    assert logs.parameters["properties"] == {"body": {"type": "array", "items": {"type": "string"}}}
    assert logs.returns == {}, "a reference into another file is never fetched"


def test_a_broken_operation_is_rejected_and_the_rest_survives() -> None:
    where = "observatory.json#{} /telescopes/{{telescope~id}}/sessions"
    rejected = rejections_of(SPECS / "observatory.json")
    assert rejected == {where.format("GET"): "argument left out", where.format("DELETE"): "broken operation"}
    survivor = tools_of(SPECS / "observatory.json")["observatory_api.get_telescopes_sessions"]
    expected = {"telescope_id": {"type": "string", "x-name": "telescope~id"}}
    assert survivor.parameters["properties"] == expected, "a reference to nothing costs an argument, not the tool"


# -- MCP, functions, catalog ----------------------------------------------------------------------


def test_mcp_reads_four_shapes_and_names_services_after_folders() -> None:
    tools = tools_of(SPECS / "servers")
    required = {name: tool.parameters.get("required", []) for name, tool in tools.items()}
    expected = {"depot.take_stock": [], "kitchen.boil_water": ["litres"], "lamp.dim": ["level"], "radio.tune": ["mhz"]}
    assert required == expected
    assert tools["kitchen.boil_water"].parameters["properties"]["litres"] == {"type": "number", "minimum": 0.1}
    assert tools["lamp.dim"].parameters["properties"]["level"]["description"] == "From 0 to 9."
    assert tools["radio.tune"].returns["properties"] == {"station": {"type": "string"}}
    assert rejections_of(SPECS / "servers") == {"kitchen/tools.json#2": "tool without a usable name"}


def test_a_single_file_is_named_after_its_folder_but_does_not_tell_it() -> None:
    tool = tools_of(SPECS / "servers" / "lamp" / "tools.json")["lamp.dim"]
    assert tool.source == "tools.json"


def test_functions_wrapped_flat_and_in_lines() -> None:
    wrapped = tools_of(SPECS / "wrapped.json")["wrapped.find_ferry"].parameters
    properties = {"port": {"type": "string"}, "cars": {"type": "integer"}}
    assert wrapped == {"type": "object", "properties": properties, "required": ["port"]}
    lines = tools_of(SPECS / "lines.jsonl")
    assert sorted(lines) == ["lines.Harbour_open_gate", "lines.harbour_tides"]
    assert lines["lines.Harbour_open_gate"].returns["properties"] == {"opened": {"type": "boolean"}}
    assert rejections_of(SPECS / "lines.jsonl") == {"lines.jsonl#line 2": "broken JSON line"}


def test_catalog_keeps_the_entity_of_a_reference_as_title() -> None:
    tools = tools_of(SPECS / "orchard.json")
    tree = tools["orchard.get_tree"]
    assert (tree.returns["title"], tree.licence) == ("Tree", "Apache-2.0")
    assert tree.parameters["additionalProperties"] is False
    assert tree.returns["properties"]["tree_id"]["examples"] == ["TR-10423"]
    assert tools["orchard.list_trees"].returns["items"] == tree.returns


# -- inputs ---------------------------------------------------------------------------------------


def test_broken_files_are_rejected_one_by_one() -> None:
    rejected = {name: reason for name, reason in rejections_of(SPECS).items() if "#" not in name}
    assert rejected == {
        "binary.json": "not UTF-8 text",
        "broken.json": "broken JSON",
        "broken.yaml": "broken YAML",
        "empty.json": "empty file",
        "unknown.json": "unknown format",
    }


def test_a_missing_input_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"nowhere\.json does not exist; give a"):
        read(tmp_path / "nowhere.json")


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_an_archive_gives_what_its_folder_gives(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"specs.{suffix}"
    files = sorted((file for file in SPECS.rglob("*") if file.is_file()), reverse=True)
    if suffix == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(SPECS))
    else:
        with tarfile.open(path, f"w:{suffix[4:]}") as tar:  # type: ignore[call-overload]
            for file in files:
                tar.add(file, str(file.relative_to(SPECS)))
    from_folder = [item.model_dump(mode="json") for item in read(SPECS)]
    from_archive = json.loads(
        json.dumps([item.model_dump(mode="json") for item in read(path)]).replace(f"{path.name}/", "")
    )
    assert from_archive == from_folder
    inside = [item.model_dump(mode="json") for item in read(tmp_path)]
    assert len(inside) == len(from_folder), "an archive in a folder is read too"


def hostile_tar(path: Path, members: dict[str, bytes], links: tuple[str, ...] = ()) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
            tar.addfile(info)
    return path


def test_member_paths_are_only_text_and_links_are_not_followed(tmp_path: Path) -> None:
    lamp = (SPECS / "servers/lamp/tools.json").read_bytes()
    path = hostile_tar(tmp_path / "a.tgz", {"../../lamp/tools.json": lamp, "/abs/lamp.json": lamp}, ("link.json",))
    before = sorted(tmp_path.rglob("*"))
    items = list(read(path))
    assert [item.source for item in items if isinstance(item, ToolSpec)] == [
        "a.tgz/abs/lamp.json",
        "a.tgz/lamp/tools.json",
    ]
    assert [item.reason for item in items if isinstance(item, Rejection)] == ["not a regular file"]
    assert sorted(tmp_path.rglob("*")) == before, "nothing may be extracted"


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_bombs_end_in_a_rejection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(inputs, "DOCUMENT_BYTES", 100_000)
    monkeypatch.setattr(inputs, "ARCHIVE_BYTES", 250_000)
    members = {"a.json": b"[]" + b" " * 99_000, "huge.json": b" " * 200_000, "z.json": b" " * 99_000}
    path = tmp_path / f"bomb.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    else:
        hostile_tar(path, members)
    rejected = rejections_of(path)
    assert rejected[f"{path.name}/huge.json"] == "file too large"
    assert rejected[path.name] == "archive too large"


def test_damaged_and_nested_archives_keep_what_was_readable(tmp_path: Path) -> None:
    lamp = (SPECS / "servers/lamp/tools.json").read_bytes()
    whole = hostile_tar(
        tmp_path / "whole.tgz", {"a/lamp.json": lamp, "inner.zip": b"PK\x03\x04rest", "b.json": lamp * 99}
    )
    cut = tmp_path / "cut.tgz"
    cut.write_bytes(whole.read_bytes()[:-40])
    assert rejections_of(whole)["whole.tgz/inner.zip"] == "archive inside an archive"
    assert "cut.tgz/a/lamp.json" in {tool.source for tool in tools_of(cut).values()}
    assert rejections_of(cut)["cut.tgz"] == "damaged archive"
