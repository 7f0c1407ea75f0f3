"""API zoo entries and ToolAlpaca: specifications in prose."""

import json
from pathlib import Path

from agentgym.build.sources.prose import argument_text
from agentgym.types import ToolSpec
from tests.importing import arguments, items, rejected, tools


def entry(name: str, call: str, **said: object) -> dict[str, object]:
    return {"api_name": name, "api_call": call, "api_arguments": said, "functionality": "Does it."}


def test_services_names_and_paths_are_read_from_titles_and_calls(tmp_path: Path) -> None:
    document = [
        entry("Kiln API - Firing: Start a firing", "POST /firings/{kiln}?dry=1"),
        entry("Kiln API - Firing: stopFiring", "POST /firings/stop"),
        entry("Clay - jobs.list", "service.jobs().list(size: int, opts: {a: 1}).execute()"),
        entry("Pots - GET /now/pots", "client.retrieve_pots(limit={limit})"),
    ]
    found = {item.id: item.http for item in tools(tmp_path, document, "zoo.json").values()}
    assert found == {
        "kiln_api.start_a_firing": ("POST", "/firings/{kiln}"),
        "kiln_api.stopFiring": ("POST", "/firings/stop"),
        "clay.jobs_list": None,
        "zoo.retrieve_pots": ("GET", "/now/pots"),
    }


def test_sentences_become_arguments(tmp_path: Path) -> None:
    document = [
        entry(
            "Kiln API - Start",
            "kiln.start()",
            **{
                "page[size]": "[REQUIRED] integer: How many.",
                "glaze": "string (optional)",
                "heat": "Required. How hot it gets.",
                "pots": {"description": "Which pots.", "data_type": "Array"},
                "dry": True,
            },
        )
    ]
    (tool,) = tools(tmp_path, document).values()
    assert arguments(tool)["page_size"] == {"type": "integer", "description": "How many.", "x-name": "page[size]"}
    assert arguments(tool)["heat"] == {"description": "How hot it gets."}
    assert {name: part.get("type") for name, part in arguments(tool).items()} == {
        "page_size": "integer",
        "glaze": "string",
        "heat": None,
        "pots": "array",
        "dry": "boolean",
    }
    assert tool.parameters["required"] == ["page_size", "heat"]


def test_a_word_that_is_no_type_stays_in_the_sentence() -> None:
    assert argument_text("Stock symbols: a list") == ({"description": "Stock symbols: a list"}, False)


def test_a_broken_file_and_a_broken_entry_cost_no_more_than_themselves(tmp_path: Path) -> None:
    assert rejected(tmp_path, '[{"api_name": "x",]') == {"pool.json": "broken JSON"}
    assert rejected(tmp_path, [entry("A - b", "a.b()"), 7]) == {"pool.json#2": "broken tool"}


OPENAPI = {
    "openapi": "3.0.1",
    "info": {"title": "x"},
    "paths": {"/pots": {"get": {"operationId": "listPots", "summary": "List pots.", "responses": {}}}},
}
PROSE = {
    "getPot": 'Get a pot.\nParameters: {"id": "Required. integer. Which.", "deep": "boolean. How."}\nOutput: A pot.',
    "components": "The output is {a brace",
    "broken": "Parameters: {oops",
}


def test_toolalpaca_is_read_from_its_document_else_from_its_prose(tmp_path: Path) -> None:
    api = {"Name": "Pottery", "Category": "Craft", "Function_Description": PROSE}
    document = [{**api, "Documentation": json.dumps(OPENAPI)}, {**api, "Name": "Kilns", "Documentation": "none"}]
    found = tools(tmp_path, document)
    assert sorted(found) == ["kilns.getPot", "pottery.listPots"]
    assert found["pottery.listPots"].tags == ("Craft",)
    pot = found["kilns.getPot"]
    assert arguments(pot) == {
        "id": {"type": "integer", "description": "Which."},
        "deep": {"type": "boolean", "description": "How."},
    }
    assert (pot.parameters["required"], pot.description) == (["id"], "Get a pot.")
    others = [item for item in items(tmp_path, document) if not isinstance(item, ToolSpec)]
    assert [item.reason for item in others] == ["broken tool"]
