"""Whether a generated function takes what its specification says: names, what is required, closed values."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator

from agentgym.build.proof.oracle import Case
from agentgym.build.semantics.shapes import properties
from agentgym.world.load import Tool


def signature_cases(tool: Tool) -> Iterator[Case]:
    """The laws of signatures, for one tool."""
    schemas = properties(tool.spec.parameters)
    needed = set(tool.spec.parameters.get("required") or ())
    found = dict(inspect.signature(tool.function).parameters)
    found.pop("session", None)
    names = {tool.arguments[name] for name in schemas}
    yield "the signature names the spec's arguments", set(found) == names, f"{sorted(found)} against {sorted(names)}"
    hints = typing.get_type_hints(tool.function)
    for name, schema in schemas.items():
        parameter = found[tool.arguments[name]]
        optional = parameter.default is not inspect.Parameter.empty
        yield "the signature requires what the spec requires", optional == (name not in needed), f"argument {name}"
        closed = set(_literals(hints[tool.arguments[name]]))
        allowed = set(schema.get("enum") or ()) if closed else closed
        yield "the signature closes what the spec closes", closed == allowed, f"argument {name}"


def _literals(hint: object) -> Iterator[object]:
    if typing.get_origin(hint) is typing.Literal:
        yield from typing.get_args(hint)
    else:
        for inner in typing.get_args(hint):
            if inner is not type(None) and typing.get_origin(hint) not in (list, dict):
                yield from _literals(inner)
