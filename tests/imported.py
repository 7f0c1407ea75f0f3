"""What the tests of imported states share: a small state, and a domain of it with a tool a collection."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from agentgym.build.code import nodes as n
from agentgym.build.code.emit import emit_schema
from agentgym.build.code.printer import render
from agentgym.importing.documents import document, model
from agentgym.importing.induce import Induced
from agentgym.importing.shape import Collection, Shape
from agentgym.importing.state import State
from agentgym.types import Domain, ToolSpec
from agentgym.world.load import LoadedDomain, load

PETS: State = {
    "owners": {
        "ann": {
            "name": {"first": "Ann", "last": "Lee"},
            "cards": {"c1": {"brand": "x", "id": "c1"}},
            "visits": ["v2", "v1"],
        },
        "bob": {"name": {"first": "Bob", "last": "Kay"}, "cards": {}, "visits": ["v3"]},
        "cid": {"name": {"first": "Cid", "last": "Low"}, "cards": {"c2": {"cash": 5, "id": "c2"}}, "visits": []},
    },
    "visits": {
        "v1": {
            "visit_id": "v1",
            "owner": "ann",
            "status": "open",
            "bill": {"total": 9.5, "paid": False},
            "notes": ["a", "b"],
        },
        "v2": {
            "visit_id": "v2",
            "owner": "ann",
            "status": "closed",
            "lines": [{"what": "claws", "price": 9.0}],
            "notes": [],
        },
        "v3": {
            "visit_id": "v3",
            "owner": "bob",
            "status": "open",
            "lines": [{"what": "teeth", "price": 3.5}],
            "notes": [],
        },
    },
}


def get_tool(shape: Shape, collection: Collection) -> tuple[ast.stmt, ToolSpec]:
    """``get_<table>(wanted)``: the document by key."""
    found = next(one for one in shape.tables if one.name == collection.table)
    key = found.column(collection.key)
    assert key is not None
    name = f"get_{collection.table}"
    taken = {"wanted", "found", *(f"get_{one.table}" for one in shape.collections)}
    body = [
        n.assign("found", n.method("session", "get", n.name(model(collection.table)), n.name("wanted"))),
        n.when(n.is_none(n.name("found")), n.refuse("there is no ", n.name("wanted"))),
        n.back(document(shape, collection.document, n.name("found"), taken)),
    ]
    arguments = [("session", n.name("Session"), None), ("wanted", n.name(key.type), None)]
    schema = {"type": {"str": "string", "int": "integer"}[key.type]}
    parameters = {"type": "object", "properties": {"wanted": schema}, "required": ["wanted"]}
    spec = ToolSpec(id=f"test.{name}", service="test", name=name, description="Get it.", parameters=parameters)
    return n.function(name, "read", arguments, n.name("dict"), "Get it.", body), spec


def loaded(folder: Path, induced: Induced) -> LoadedDomain:
    """A domain with a tool for each collection that gets a document."""
    shape, folder = induced.shape, folder / "domain"
    folder.mkdir(parents=True, exist_ok=True)
    functions, specs = zip(*(get_tool(shape, one) for one in shape.collections), strict=True)
    head = [
        n.import_from("sqlmodel", "Session", "select"),
        n.import_from("agentgym.world.dialect", "ToolError", "read"),
        n.import_from("schema", *(model(one.name) for one in shape.tables), level=1),
    ]
    (folder / "tools.py").write_text(render(ast.Module([*head, *functions], [])), "utf-8")
    (folder / "schema.py").write_text(emit_schema("test", shape.tables, clock=False), "utf-8")
    (folder / "seed.json").write_text(json.dumps(induced.rows), "utf-8")
    (folder / "policy.md").write_text("", "utf-8")
    domain = Domain(name="test", tools=specs, tables=shape.tables)
    (folder / "domain.json").write_text(domain.model_dump_json(), "utf-8")
    return load(folder)
