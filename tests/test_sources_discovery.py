"""Google's discovery documents."""

from pathlib import Path

from tests.importing import arguments, rejected, tools

LOAF = {
    "id": "Loaf",
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Required. What it is called."},
        "baked": {"type": "string", "format": "google-datetime", "description": "Output only. When it was baked."},
        "grams": {"type": "string", "format": "int64"},
        "slices": {"type": "array", "items": {"$ref": "Slice"}},
    },
}
SLICE = {"id": "Slice", "type": "object", "properties": {"of": {"$ref": "Loaf"}}}
DOCUMENT = {
    "kind": "discovery#restDescription",
    "name": "bakery",
    "title": "Bakery API",
    "parameters": {"alt": {"type": "string", "location": "query"}},
    "schemas": {"Loaf": LOAF, "Slice": SLICE},
    "resources": {
        "shops": {
            "resources": {
                "loaves": {
                    "methods": {
                        "create": {
                            "id": "bakery.shops.loaves.create",
                            "httpMethod": "POST",
                            "path": "v1/{+parent}/loaves",
                            "flatPath": "v1/shops/{shopsId}/loaves",
                            "description": "Bakes a loaf.",
                            "parameters": {
                                "dryRun": {"type": "boolean", "location": "query", "default": "false"},
                                "parent": {"type": "string", "location": "path", "required": True},
                                "tags": {"type": "string", "location": "query", "repeated": True},
                                "heat": {"type": "integer", "location": "query", "minimum": "1", "maximum": "9"},
                            },
                            "request": {"$ref": "Loaf"},
                            "response": {"$ref": "Loaf"},
                        },
                        "patch": {
                            "id": "bakery.shops.loaves.patch",
                            "httpMethod": "PATCH",
                            "path": "v1/{+name}",
                            "parameters": {
                                "name": {"type": "string", "location": "path", "required": True,
                                         "pattern": "^shops/[^/]+/loaves/[^/]+$"}
                            },
                            "request": {"$ref": "Loaf"},
                        },
                        "burn": "soon",
                    }
                }
            }
        }
    },
}  # fmt: skip


def test_methods_become_tools_with_typed_arguments(tmp_path: Path) -> None:
    create = tools(tmp_path, DOCUMENT)["bakery_api.shops_loaves_create"]
    assert list(arguments(create)) == ["parent", "dryRun", "tags", "heat", "name", "grams", "slices"]
    assert arguments(create)["dryRun"] == {"type": "boolean", "default": False}, "defaults are written as text"
    assert arguments(create)["heat"] == {"type": "integer", "minimum": 1.0, "maximum": 9.0}
    assert arguments(create)["tags"] == {"type": "array", "items": {"type": "string"}}
    assert create.parameters["required"] == ["parent", "name"], "requirements stand in prose"
    assert (create.http, create.tags) == (("POST", "/v1/shops/{shopsId}/loaves"), ("shops.loaves",))


def test_references_by_bare_id_read_only_prose_and_cycles(tmp_path: Path) -> None:
    returns = tools(tmp_path, DOCUMENT)["bakery_api.shops_loaves_create"].returns
    assert returns["title"] == "Loaf"
    assert returns["properties"]["baked"]["readOnly"] is True
    assert returns["properties"]["slices"]["items"]["properties"]["of"] == {"type": "object"}, "a cycle must be cut"


def test_a_patch_requires_no_field_and_its_path_is_read_from_the_pattern(tmp_path: Path) -> None:
    patch = tools(tmp_path, DOCUMENT)["bakery_api.shops_loaves_patch"]
    assert patch.parameters["required"] == ["name"], "only the path's name is needed"
    assert arguments(patch)["body_name"]["x-name"] == "name", "the body's field of the same name is renamed"
    assert patch.http == ("PATCH", "/v1/shops/{shopsId}/loaves/{loavesId}")


def test_a_broken_method_is_rejected_by_itself(tmp_path: Path) -> None:
    assert rejected(tmp_path, DOCUMENT) == {"pool.json#shops.loaves.burn": "broken operation"}
