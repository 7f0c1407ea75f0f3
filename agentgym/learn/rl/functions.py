"""A tool as trainers want it: a Python function with a signature, type hints and a docstring, and its own JSON Schema.

TRL makes the schema that a model is shown from a function's hints and docstring, by ``get_json_schema`` of
transformers. Hints cannot say all that a schema can: the properties of a nested object, ``minimum``, ``pattern``,
``format``, ``default``, ``additionalProperties``. But a tool that is a ``dict`` is taken for its own schema, as it
stands, and TRL asks of a tool no more than to be callable and to have a ``__name__``. ``SchemaFunction`` is both.
"""

from __future__ import annotations

import functools
import inspect
import keyword
import re
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, Literal, TypeAlias, Union, cast

from agentgym.types import Json, Schema
from agentgym.world.naming import identifier

Hint: TypeAlias = Any  # what may stand behind the colon of a parameter
Act: TypeAlias = Callable[[str, dict[str, Json]], str]  # (tool, arguments) -> observation

_HINTS: dict[str, Hint] = {
    "string": str, "integer": int, "number": float, "boolean": bool, "null": None, "array": list, "object": dict,
}  # fmt: skip
_SCALARS = (str, int, bool, type(None))  # what Literal takes
_SECTION = re.compile(r"\b(Args|Returns|Raises):")  # in a description, it would begin a section of the docstring
_CHOICES = re.compile(r"\(choices:", re.IGNORECASE)  # transformers reads what follows as JSON


class SchemaFunction(dict[str, Json]):
    """A function of a tool that is its own JSON Schema, in the form of chat APIs."""

    __name__: str

    def __init__(self, schema: dict[str, Json], like: FunctionType, act: Act) -> None:
        """``like`` lends its name, signature, hints and docstring; ``act`` is called with the tool's own name."""
        super().__init__(schema)
        functools.update_wrapper(self, like)
        self._act = act

    def __call__(self, /, **arguments: Json) -> str:
        """Call the tool; the arguments have the names that the schema gives them, identifiers or not."""
        return self._act(self.__name__, arguments)


def method(function: Schema, body: Callable[..., str]) -> FunctionType:
    """A method that calls ``body(self, name, arguments)``, described by ``function``, an entry of an OpenAI tool list.

    A parameter whose name no signature can have stands there under another one. Calls give it its own.
    """
    spec = function["function"]
    name, parameters = spec["name"], spec["parameters"]

    def tool(self: object, /, **arguments: Json) -> str:
        return body(self, name, arguments)

    properties: dict[str, Schema] = parameters.get("properties", {})
    required = parameters.get("required", ())
    named = _identifiers(properties)
    own = [_parameter(named[key], properties[key], key in required) for key in properties]
    own.sort(key=lambda one: one.default is not one.empty)  # those without a default come first, as Python wants it
    receiver = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    tool.__name__ = tool.__qualname__ = name
    tool.__doc__ = _docstring(spec["description"], {named[key]: schema for key, schema in properties.items()})
    tool.__annotations__ = {**{one.name: one.annotation for one in own}, "return": str}
    tool.__signature__ = inspect.Signature([receiver, *own], return_annotation=str)  # type: ignore[attr-defined]
    return cast(FunctionType, tool)


def hint(schema: Schema) -> Hint:
    """The nearest type hint: enums as ``Literal``, arrays with the hint of their items, objects as ``dict``."""
    members = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if members and all(type(member) in _SCALARS for member in members):
        return Literal[tuple(members)]
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return Union[tuple(hint(choice) for choice in choices)]  # noqa: UP007  # made at run time
    kind = schema.get("type")
    if isinstance(kind, list):
        return Union[tuple(hint({**schema, "type": one}) for one in kind)]  # noqa: UP007
    if kind == "array" and isinstance(schema.get("items"), dict):
        return list[hint(schema["items"])]  # type: ignore[misc]
    return _HINTS.get(str(kind), Any)


def _parameter(name: str, schema: Schema, required: bool) -> inspect.Parameter:
    """What a call may leave out has the schema's default, or None."""
    default = inspect.Parameter.empty if required else schema.get("default")
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint(schema))


def _identifiers(names: Iterable[str]) -> dict[str, str]:
    """Each name as a signature can have it, none twice."""
    out: dict[str, str] = {}
    for name in names:
        plain = name.isidentifier() and not keyword.iskeyword(name) and name not in ("self", "return")
        own = name if plain else identifier(name)
        while own in out.values() or own == "self":
            own += "_"
        out[name] = own
    return out


def _docstring(description: str, parameters: dict[str, Schema]) -> str:
    """In Google's style, with a line for every parameter."""
    text = _prose(description) or "Call the tool."
    if not parameters:
        return text
    lines = [f"    {name}: {_line(schema.get('description', '')) or name}" for name, schema in parameters.items()]
    return "\n".join([text, "", "Args:", *lines])


def _line(text: str) -> str:
    return _CHOICES.sub("(one of:", " ".join(_prose(text).split()))


def _prose(text: str) -> str:
    return _SECTION.sub(r"\1 -", str(text)).strip()
