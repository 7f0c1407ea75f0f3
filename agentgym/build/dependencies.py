"""Directed dependencies inside a domain: whose result can fill whose parameter.

Paths (``Edge.output`` and ``Edge.parameter``) are property names joined by dots. Lists are looked through and
leave no trace: in a list of orders, each with a list of items, the path of an item's product is
``items.product_id``. The path of a result that is itself the value, such as a looked-up id, is "".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

from agentgym.build.graph import entities
from agentgym.build.language import read_name, singular
from agentgym.types import Edge, Schema, ToolSpec
from agentgym.world.naming import words

KEY = 1.0  # an identifier that the source looked up or made
ECHO = 0.8  # an identifier that the source had to be given itself
TYPE = 0.5  # another specific field of the same name and type, looked up
FAN_IN = 8  # sources kept for one parameter
DEPTH = 4  # levels of objects and lists looked into
FIELDS = 256  # values looked at in one schema

_KEY_WORDS = frozenset(("id", "sid", "uuid", "guid", "arn", "key", "number", "slug"))
_CONTAINERS = frozenset(("data", "result", "results", "items", "records", "values", "response", "payload", "entries"))
_PLAIN = """
limit offset page page_size page_number per_page cursor next_token page_token start end sort sort_by order_by field
filter query q search name title description type status state kind value count total data date time note message text
comment url uri body format language lang currency locale version enabled active label tag metadata reason amount
quantity created_at updated_at date_created date_updated created_by updated_by success error code phone_number
"""
_GENERIC = frozenset(_PLAIN.split()) | _KEY_WORDS | {""}  # names that say too little to join two tools
_reading = lru_cache(1 << 16)(read_name)
_LOOKUPS = ("get", "list", "count")


@dataclass(frozen=True)
class Field:
    """A place in a tool's parameters or result where a scalar stands."""

    path: str
    meaning: str  # the name that results and parameters meet on: ``order_id`` for the ``id`` of an order
    types: frozenset[str]  # of string, number, boolean

    @property
    def is_key(self) -> bool:
        return self.meaning.rpartition("_")[2] in _KEY_WORDS

    @property
    def is_telling(self) -> bool:
        return bool(self.types) and self.meaning not in _GENERIC


def dependencies(tools: Sequence[ToolSpec], fan_in: int = FAN_IN) -> tuple[Edge, ...]:
    """The edges of a domain, sorted; at most ``fan_in`` a parameter: the surest, then look-ups of the very entity."""
    given = {tool.name: _fields(tool.parameters, tool) for tool in tools}
    produced: dict[str, dict[str, Field]] = defaultdict(dict)  # by meaning, then by source
    for tool in tools:
        for field in sorted(_fields(tool.returns, tool), key=lambda field: field.path.count(".")):
            produced[field.meaning].setdefault(tool.name, field)  # the outermost place is enough
    edges: list[Edge] = []
    for tool in tools:
        for parameter in given[tool.name]:
            found = []
            for meaning in _accepted(parameter):
                for source, field in produced.get(meaning, {}).items():
                    echo = any(other.meaning == meaning for other in given[source])
                    if source != tool.name and field.types & parameter.types:
                        found += _edge(source, field, tool.name, parameter, echo)
            edges += sorted(found, key=_preference)[:fan_in]
    return tuple(sorted(edges, key=lambda edge: (edge.source, edge.target, edge.parameter, edge.output)))


def _edge(source: str, field: Field, target: str, parameter: Field, echo: bool) -> list[Edge]:
    """The edge, if it tells something. Of fields that are no keys: the outermost, if a look-up did not ask for it."""
    score, decided_by = ECHO if echo else KEY, "key"
    if not parameter.is_key:
        score, decided_by = TYPE, "type"
        if echo or "." in field.path + parameter.path or _reading(source).kind not in _LOOKUPS:
            return []
    ends = {"source": source, "target": target, "output": field.path, "parameter": parameter.path}
    return [Edge(**ends, score=score, decided_by=decided_by)]


def _preference(edge: Edge) -> tuple[float, bool, bool, str, str]:
    reading = _reading(edge.source)
    about = bool(reading.noun) and reading.noun[-1] in edge.parameter
    return (-edge.score, reading.kind not in _LOOKUPS, not about, edge.source, edge.output)


def _accepted(parameter: Field) -> list[str]:
    """Meanings that fill a parameter: its own and, for a key in a role, the key's: from_account_id takes account_id."""
    parts = parameter.meaning.split("_")
    starts = range(len(parts) - 1) if parameter.is_key else range(1)
    return ["_".join(parts[start:]) for start in starts]


def _fields(schema: Schema, tool: ToolSpec) -> list[Field]:
    """The telling fields of a tool's parameters or result."""
    owner = next(iter(entities(tool)), "")
    found = islice(_walk(schema, (), owner, _id_in(tool.name), DEPTH), FIELDS)
    return [field for field in found if field.is_telling]


def _walk(schema: Schema, path: tuple[str, ...], owner: str, meaning: str, depth: int) -> Iterator[Field]:
    """Every scalar in ``schema``; ``owner`` is the entity that the object around it describes."""
    properties, elements = schema.get("properties"), schema.get("items")
    if depth and isinstance(elements, dict):
        yield from _walk(elements, path, owner, meaning, depth - 1)
    elif depth and isinstance(properties, dict):
        for name, value in properties.items():
            if isinstance(value, dict) and "." not in name:
                wraps = name in _CONTAINERS and "id" not in properties
                inner = owner if wraps else _noun(name) or owner
                yield from _walk(value, (*path, name), inner, _meaning(name, owner), depth - 1)
    else:
        yield Field(".".join(path), meaning, _types(schema))


@lru_cache(1 << 16)
def _meaning(name: str, owner: str) -> str:
    """``orderIds`` -> order_id; ``id`` of an order -> order_id."""
    parts = words(name)
    last = _noun(name)
    if len(parts) == 1 and last in _KEY_WORDS and owner:
        return f"{owner}_{last}"
    return "_".join([*parts[:-1], last])


@lru_cache(1 << 16)
def _noun(name: str) -> str:
    """The last word of a name, in the singular."""
    parts = words(name)
    return singular(parts[-1]) if parts else ""


def _id_in(name: str) -> str:
    """What a tool that answers with a bare value looks up: find_user_id_by_email -> user_id."""
    parts = [singular(word) for word in words(name)]
    parts = parts[: parts.index("by")] if "by" in parts else parts
    return next((f"{before}_{word}" for before, word in pairwise(parts) if word in _KEY_WORDS), "")


def _types(schema: Schema) -> frozenset[str]:
    """The scalar types a schema allows, integers among the numbers; all of them where it names none."""
    declared = schema.get("type", ["string", "number", "boolean"])
    names = declared if isinstance(declared, list) else [declared]
    return frozenset("number" if name == "integer" else str(name) for name in names) & {"string", "number", "boolean"}
