"""Explicit input and output specifications (paper 2.1): what a vendor left out is filled in, and marked as filled.

Each place that was filled stands in the tool's ``completed``: "description", "parameters.<argument>.type",
"parameters.<argument>.description" or "returns". Evidence, from the strongest:

* a type: the argument's own format, limits, default and examples; what other tools of the service, then of the whole
  pool, say about an argument of that name (where at least SHARE of them agree); the name's last word;
* a description of an argument: that of the same argument of another tool of the service, else the words of its name;
* a description of a tool: its method and path, else the words of its name;
* ``returns``: see ``agentgym.build.returns``.

Nothing the vendor says is ever changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from agentgym.build.returns import infer_returns as infer_returns
from agentgym.build.sources.keywords import is_a
from agentgym.types import Json, Schema, ToolSpec
from agentgym.world.naming import snake, words

SHARE = 0.8  # of the tools that type an argument of one name
SEEN = 3  # of them are needed to speak for the whole pool

_FORMATS = {
    **dict.fromkeys(("int32", "int64", "integer", "uint32", "uint64"), "integer"),
    **dict.fromkeys(("float", "double", "decimal", "number"), "number"),
    **dict.fromkeys(
        "date date-time time email uri url uuid hostname ipv4 ipv6 byte binary password string duration".split(),
        "string",
    ),
}
_LIMITS = {
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems"), "array"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
}
_FIRST_WORDS = dict.fromkeys(
    "is has should can allow enable enabled include includes exclude disable with".split(), "boolean"
)
_LAST_WORDS = {
    **dict.fromkeys(
        "limit offset count page size skip top number num quantity amount total index year month day hour minutes "
        "seconds hours days weeks months years age rank port priority level timeout duration width height".split(),
        "integer",
    ),
    **dict.fromkeys(
        "price cost latitude longitude lat lon lng rate ratio percent percentage score radius".split(), "number"
    ),
    **dict.fromkeys("enabled disabled active verbose force recursive".split(), "boolean"),
    **dict.fromkeys("ids list items tags names".split(), "array"),
}


def complete(tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    """The same tools in the same order with what could be filled in, as the module describes."""
    types, notes = _Votes(), _Votes()
    for tool in tools:
        for name, schema in _arguments(tool).items():
            if isinstance(schema.get("type"), str):
                types.add(tool.service, snake(name), schema["type"])
            if isinstance(schema.get("description"), str):
                notes.add(tool.service, snake(name), schema["description"], everywhere=False)
    return infer_returns([_completed(tool, types, notes) for tool in tools])


class _Votes:
    """What tools say about arguments of one name, in each service and everywhere."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], Counter[str]] = {}

    def add(self, service: str, name: str, said: str, everywhere: bool = True) -> None:
        for where in (service, "") if everywhere else (service,):
            self._of.setdefault((where, name), Counter())[said] += 1

    def agreed(self, service: str, name: str) -> str:
        """What at least SHARE of the service's tools say, else of all tools where there are SEEN; "" if none."""
        for where, least in ((service, 1), ("", SEEN)):
            votes = self._of.get((where, name), Counter())
            if votes and votes.total() >= least:
                said, count = min(votes.items(), key=lambda item: (-item[1], item[0]))
                if count >= SHARE * votes.total():
                    return said
        return ""

    def most(self, service: str, name: str) -> str:
        """What most of the service's tools say; "" if none says anything."""
        votes = self._of.get((service, name), Counter())
        return min(votes.items(), key=lambda item: (-item[1], item[0]))[0] if votes else ""


def _arguments(tool: ToolSpec) -> dict[str, Schema]:
    found = tool.parameters.get("properties")
    return {name: part for name, part in found.items() if isinstance(part, dict)} if isinstance(found, dict) else {}


def _completed(tool: ToolSpec, types: _Votes, notes: _Votes) -> ToolSpec:
    changed: dict[str, Schema] = {}
    places: list[str] = []
    for name, schema in _arguments(tool).items():
        new = dict(schema)
        if untyped(schema) and (kind := _type(schema, tool.service, name, types)):
            new["type"] = kind
            places.append(f"parameters.{name}.type")
        if not schema.get("description") and (note := notes.most(tool.service, snake(name)) or _sentence(name)):
            new["description"] = note
            places.append(f"parameters.{name}.description")
        if new != schema:
            changed[name] = new
    update: dict[str, Json] = {}
    if changed:
        update["parameters"] = {**tool.parameters, "properties": {**tool.parameters["properties"], **changed}}
    if not tool.description.strip():
        update["description"] = described(tool)
        places.append("description")
    if not places:
        return tool
    return tool.model_copy(update={**update, "completed": tuple(dict.fromkeys((*tool.completed, *places)))})


def described(tool: ToolSpec) -> str:
    """A description that says no more than the specification does: method and path, else the name's words."""
    return " ".join(tool.http) if tool.http else " ".join(words(tool.name))


def untyped(schema: Schema) -> bool:
    """Whether a schema says nothing about the type of its value."""
    return not any(key in schema for key in ("type", "enum", "anyOf", "oneOf", "allOf", "$ref", "const"))


def _sentence(name: str) -> str:
    text = " ".join(words(name))
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _type(schema: Schema, service: str, name: str, types: _Votes) -> str:
    return _own_type(schema) or types.agreed(service, snake(name)) or _named_type(words(name))


def _own_type(schema: Schema) -> str:
    """The type that format, limits, default and examples allow; "" if they say nothing or disagree."""
    if (kind := _FORMATS.get(str(schema.get("format", "")))) is not None:
        return kind
    examples = schema.get("examples")
    values = [schema.get("default"), *(examples if isinstance(examples, list) else ())]
    kinds = _types_of(value for value in values if value is not None)
    if kinds:
        return kinds[0] if len(kinds) == 1 else ""
    limits = {_LIMITS[key] for key in schema if key in _LIMITS}
    return limits.pop() if len(limits) == 1 else ""


def _types_of(values: Iterable[Json]) -> list[str]:
    order = ("boolean", "integer", "number", "string", "array", "object")
    return list(dict.fromkeys(next(kind for kind in order if is_a(value, kind)) for value in values))


def _named_type(parts: list[str]) -> str:
    """What a name's words suggest: ``is_open`` -> boolean, ``page_size`` -> integer, ``user_id`` -> string."""
    if not parts:
        return ""
    if parts[0] in _FIRST_WORDS and len(parts) > 1:
        return _FIRST_WORDS[parts[0]]
    return _LAST_WORDS.get(parts[-1], "string" if parts[-1] in _TEXTS else "")


_TEXTS = frozenset(
    "id name title description text email phone url uri link path code key token query keyword country city state "
    "address date time status type sort order format language locale currency symbol message comment note user "
    "username slug category filter expression version region zone timezone search domain host label content".split()
)
