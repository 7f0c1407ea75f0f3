"""AWS service descriptions."""

from pathlib import Path

from tests.importing import arguments, rejected, tools

DOCUMENT = {
    "metadata": {"apiVersion": "2020-01-01", "serviceId": "Tea House", "protocol": "json"},
    "operations": {
        "BrewTea": {
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "BrewTeaRequest"},
            "output": {"shape": "Pot"},
            "documentation": "<p>Brews <b>tea</b> &amp; pours it.</p>",
        },
        "GetPot": {"http": {"method": "GET", "requestUri": "/pots/{potId}"}, "output": {"shape": "Pot"}},
        "SpillTea": None,
    },
    "shapes": {
        "BrewTeaRequest": {
            "type": "structure",
            "required": ["Leaves", "Token"],
            "members": {
                "Leaves": {"shape": "Leaves", "documentation": "<p>Which leaves.</p>"},
                "Token": {"shape": "Text", "idempotencyToken": True},
                "Heat": {"shape": "Heat"},
                "Notes": {"shape": "Notes"},
                "At": {"shape": "Time"},
            },
        },
        "Leaves": {"type": "list", "member": {"shape": "Leaf"}, "min": 1, "max": 3},
        "Leaf": {"type": "string", "enum": ["green", "black"]},
        "Text": {"type": "string", "min": 2, "max": 9, "pattern": "\\p{L}+"},
        "Heat": {"type": "integer", "min": 60, "max": 100},
        "Notes": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        "Time": {"type": "timestamp"},
        "Pot": {"type": "structure", "members": {"Id": {"shape": "Text"}, "Lid": {"shape": "Lid"}}},
        "Lid": {"type": "structure", "union": True, "members": {"On": {"shape": "Pot"}, "Off": {"shape": "Nothing"}}},
        "Nothing": {"type": "mystery"},
    },
}


def test_shapes_become_schemas(tmp_path: Path) -> None:
    brew = tools(tmp_path, DOCUMENT)["aws_tea_house.BrewTea"]
    assert brew.description == "Brews tea & pours it."
    assert brew.parameters["required"] == ["Leaves"], "the client fills an idempotency token in"
    assert arguments(brew)["Leaves"]["description"] == "Which leaves."
    leaf = {"type": "string", "enum": ["green", "black"]}
    assert (arguments(brew)["Leaves"]["items"], arguments(brew)["Leaves"]["maxItems"]) == (leaf, 3)
    assert arguments(brew)["Token"] == {"type": "string", "minLength": 2, "maxLength": 9}, "a foreign regex must go"
    assert arguments(brew)["Heat"] == {"type": "integer", "minimum": 60, "maximum": 100}
    assert arguments(brew)["Notes"]["additionalProperties"]["type"] == "string"
    assert arguments(brew)["At"] == {"type": "string", "format": "date-time"}


def test_results_keep_their_name_and_cycles_are_cut(tmp_path: Path) -> None:
    pot = tools(tmp_path, DOCUMENT)["aws_tea_house.GetPot"]
    assert pot.returns["title"] == "Pot"
    assert pot.returns["properties"]["Lid"]["properties"] == {"On": {"type": "object"}, "Off": {}}


def test_a_path_that_all_share_says_nothing(tmp_path: Path) -> None:
    found = tools(tmp_path, DOCUMENT)
    assert {name: tool.http for name, tool in found.items()} == {
        "aws_tea_house.BrewTea": None,
        "aws_tea_house.GetPot": ("GET", "/pots/{potId}"),
    }
    assert rejected(tmp_path, DOCUMENT) == {"pool.json#SpillTea": "broken operation"}
