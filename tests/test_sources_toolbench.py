"""ToolBench's lists of RapidAPI endpoints."""

from pathlib import Path

from tests.importing import arguments, rejected, tools

TRACK = {
    "category_name": "Logistics",
    "tool_name": "parcel-track",
    "api_name": "Latest State",
    "api_description": "The latest state.",
    "required_parameters": [{"name": "parcel", "type": "STRING", "description": "Which.", "default": "AB1"}],
    "optional_parameters": [
        {"name": "max", "type": "NUMBER", "description": "", "default": "10"},
        {"name": "since", "type": "DATE (YYYY-MM-DD)", "description": "", "default": ""},
        {"name": "live", "type": "BOOLEAN", "description": "", "default": "maybe"},
    ],
    "method": "GET",
}
SKELETON = {
    "id": "int",
    "place": {"lat": "float", "name": "str"},
    "stops": [{"at": "str", "_list_length": 3}],
    "tags": "list of str with length 2",
    "note": "NoneType",
    "open": "bool",
}


def test_types_in_capitals_text_defaults_and_skeletons(tmp_path: Path) -> None:
    document = {"G1.json": [{"api_list": [TRACK]}, {"api_list": [{**TRACK, "template_response": SKELETON}]}]}
    found = tools(tmp_path, document)
    assert list(found) == ["parcel_track.Latest_State"], "an endpoint of many tasks is one tool"
    track = found["parcel_track.Latest_State"]
    assert arguments(track) == {
        "parcel": {"type": "string", "description": "Which.", "default": "AB1"},
        "max": {"type": "number", "default": 10.0},
        "since": {"type": "string", "format": "date"},
        "live": {"type": "boolean"},
    }
    assert track.parameters["required"] == ["parcel"]
    kinds = {name: part.get("type") for name, part in track.returns["properties"].items()}
    assert kinds == {
        "id": "integer",
        "place": "object",
        "stops": "array",
        "tags": "array",
        "note": None,
        "open": "boolean",
    }
    assert list(track.returns["properties"]["stops"]["items"]["properties"]) == ["at"], "the list's length is no field"
    assert (track.tags, track.http) == (("Logistics",), None)


def test_an_error_message_is_no_response(tmp_path: Path) -> None:
    errors = [{"message": "str"}, {"code": "int", "type": "str", "message": "str"}, {"error": {"code": "str"}}]
    for skeleton in errors:
        document = [{"api_list": [{**TRACK, "template_response": skeleton}]}]
        assert tools(tmp_path, document)["parcel_track.Latest_State"].returns == {}, f"{skeleton} is an error message"
        assert list(rejected(tmp_path, document).values()) == ["response left out"]
    told = [{"api_list": [{**TRACK, "template_response": {"message": "str", "data": {"id": "int"}}}]}]
    assert tools(tmp_path, told)["parcel_track.Latest_State"].returns["properties"]["data"]["type"] == "object"


def test_an_endpoint_named_by_its_path_keeps_it_and_a_broken_one_is_rejected(tmp_path: Path) -> None:
    named = {**TRACK, "api_name": "/parcels/{id}"}
    document = {"api_list": [named, {"api_name": 3}]}
    assert tools(tmp_path, document)["parcel_track.parcels_id"].http == ("GET", "/parcels/{id}")
    assert rejected(tmp_path, document) == {"pool.json#2": "broken tool"}
