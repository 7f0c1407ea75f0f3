"""JSON Schema of any dialect -> a plain one: references resolved, allOf merged, unions kept simple, size bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import unquote

from agentgym.build.sources.keywords import listed, own, tidy
from agentgym.errors import SpecError
from agentgym.types import Json, Schema

T = TypeVar("T")

DEPTHS = (8, 5, 3, 2, 1)  # levels of nesting kept; the next is tried when a schema outgrows its nodes
LEVELS = 60  # of recursion, whatever the nesting is made of
VARIANTS = 20  # of a oneOf or anyOf
UNBOUND = 1 << 30


class OverBudgetError(Exception):
    """A schema has more nodes than allowed at this depth."""


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A cached target: its schema, what it counts, and the pointers it went through."""

    schema: Schema
    nodes: int
    reached: frozenset[str]


def pointer(root: Json, ref: str) -> Json:
    """What a local reference such as ``#/components/schemas/a~1b`` points at. Raises KeyError if nothing."""
    if not ref.startswith("#"):
        raise KeyError(ref)  # another document: never fetched
    value = root
    for part in ref[1:].split("/")[1:] if ref != "#" else ():
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isascii() and key.isdigit() and int(key[:9]) < len(value):
            value = value[int(key[:9])]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            raise KeyError(ref)
    return value


class Expander:
    """Expands the schemas of one document for one side: ``in`` (arguments) drops what is read-only, ``out`` write-only.

    A reference to a schema that is being expanded becomes {} or {"type": "object"}. The result depends on the
    schema, the side and the depth only: a cached target is reused only where none of its parts is being expanded.
    """

    def __init__(self, root: Json, side: Literal["in", "out"]) -> None:
        self._root = root
        self._hidden = "readOnly" if side == "in" else "writeOnly"
        self._cache: dict[tuple[str, int], _Resolved] = {}
        self._stack: list[str] = []
        self._reached: list[set[str]] = [set()]
        self._cut = UNBOUND  # lowest index in the stack at which a cycle was cut
        self._depth = DEPTHS[0]
        self._nodes = 0
        self._limit = UNBOUND
        self._level = 0

    def within(self, build: Callable[[], T], nodes: int) -> T:
        """``build()`` with the deepest nesting where all it expands has at most ``nodes`` nodes. Raises SpecError."""
        self._limit = nodes
        for self._depth in DEPTHS:
            self._nodes = self._level = 0
            self._stack, self._reached, self._cut = [], [set()], UNBOUND
            try:
                return build()
            except OverBudgetError:
                continue
        raise SpecError(f"a schema has more than {nodes} nodes {DEPTHS[-1]} levels deep")

    def fit(self, raw: Json, nodes: int) -> Schema:
        """The plain form of one schema, as deep as ``nodes`` allow. Raises SpecError."""
        return self.within(lambda: self.expand(raw), nodes)

    def expand(self, raw: Json) -> Schema:
        """The plain form of one schema of several that ``within`` bounds together; {} says nothing about the value."""
        return self._walk(raw, self._depth)

    def _walk(self, raw: Json, depth: int) -> Schema:
        if not isinstance(raw, dict) or self._level >= LEVELS:
            return {}
        self._count(1)
        self._level += 1
        try:
            ref = raw.get("$ref")
            return self._reference(raw, ref, depth) if isinstance(ref, str) else self._inline(raw, depth)
        finally:
            self._level -= 1

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > self._limit:
            raise OverBudgetError

    # -- references --

    def _reference(self, raw: Schema, ref: str, depth: int) -> Schema:
        try:
            target = pointer(self._root, ref)
        except KeyError:
            return tidy(own({"description": raw.get("description")}))
        if ref in self._stack:
            self._cut = min(self._cut, self._stack.index(ref))
            return {"type": "object"} if isinstance(target, dict) and "properties" in target else {}
        schema = self._target(ref, target, depth)
        note = own({"description": raw.get("description")})
        return tidy(_merge(schema, note)) if note else schema

    def _target(self, ref: str, target: Json, depth: int) -> Schema:
        known = self._cache.get((ref, depth))
        if known and known.reached.isdisjoint(self._stack):
            self._count(known.nodes)
            self._reached[-1] |= known.reached
            return known.schema
        before, outer_cut = self._nodes, self._cut
        index, self._cut = len(self._stack), UNBOUND
        self._stack.append(ref)
        self._reached.append({ref})
        schema = self._walk(target, depth)
        self._stack.pop()
        reached = self._reached.pop()
        self._reached[-1] |= reached
        if "properties" in schema:
            schema = {"title": _last(ref)} | {key: schema[key] for key in schema if key != "title"}
        if self._cut >= index:  # nothing above was needed: the same wherever it is referred to
            self._cache[ref, depth] = _Resolved(schema, self._nodes - before, frozenset(reached))
            self._cut = outer_cut
        else:
            self._cut = min(self._cut, outer_cut)
        return schema

    # -- one node --

    def _inline(self, raw: Schema, depth: int) -> Schema:
        out: Schema = {}
        parts = raw.get("allOf")
        for part in parts if isinstance(parts, list) and depth > 0 else ():
            out = _merge(out, self._walk(part, depth))
        if isinstance(parts, list) and depth == 0:
            out = {"type": ["object"]}
        out = _merge(out, {**own(raw), **self._members(raw, depth)})
        nullable = raw.get("nullable") is True or raw.get("x-nullable") is True
        for key in ("oneOf", "anyOf"):
            if isinstance(raw.get(key), list):
                nullable |= any(_is_null(variant) for variant in raw[key])
                out = self._choice(out, raw[key], depth)
        named = listed(out)
        if nullable and named and "null" not in named:
            out["type"] = [*named, "null"]
        elif nullable and not named and "anyOf" in out and {"type": "null"} not in out["anyOf"]:
            out["anyOf"] = [*out["anyOf"], {"type": "null"}]
        if raw.get("readOnly") is True and self._hidden == "writeOnly":
            out["readOnly"] = True
        return tidy(out)

    def _members(self, raw: Schema, depth: int) -> Schema:
        """Properties, items and additional properties; at depth 0 only the type remains."""
        out: Schema = {}
        given = raw.get("properties")
        if isinstance(given, dict) and given:
            if depth == 0:
                return {"type": ["object"]}
            visible = {name: value for name, value in given.items() if name and not self._is_hidden(value)}
            out["properties"] = {name: self._walk(value, depth - 1) for name, value in visible.items()}
            out["required"] = list(_required(raw, visible))
            if isinstance(raw.get("title"), str) and 0 < len(raw["title"]) <= 64:
                out["title"] = raw["title"]
        more = raw.get("additionalProperties")
        if more is False:
            out["additionalProperties"] = False
        elif isinstance(more, dict) and depth > 0 and (values := self._walk(more, depth - 1)):
            out["additionalProperties"] = values
        if isinstance(raw.get("items"), dict):
            items = self._walk(raw["items"], depth - 1) if depth > 0 else {}
            out |= {"items": items} if items else {"type": ["array"]}
        return out

    def _is_hidden(self, value: Json) -> bool:
        return isinstance(value, dict) and value.get(self._hidden) is True

    def _choice(self, out: Schema, variants: list[Json], depth: int) -> Schema:
        """A union: one variant is merged, vocabularies and bare types are joined, the rest stays an anyOf."""
        given = [variant for variant in variants if not _is_null(variant)]
        if depth == 0 or not given or len(given) > VARIANTS:
            return out
        walked: list[Schema] = []
        for variant in given:
            plain = self._walk(variant, depth if len(given) == 1 else depth - 1)
            if plain not in walked:
                walked.append(plain)
        if {} in walked:
            return out  # one variant allows anything
        if len(walked) == 1:
            return _merge(walked[0], out)
        if all(plain.get("enum") and plain.get("type") == "string" for plain in walked):
            return _merge({"type": ["string"], "enum": [value for plain in walked for value in plain["enum"]]}, out)
        if all(not plain.keys() - {"type", "description", "examples"} for plain in walked):
            named = [kind for plain in walked for kind in listed(plain)]
            return _merge({"type": list(dict.fromkeys(named))}, out)
        return {**out, "anyOf": walked}


def _merge(base: Schema, over: Schema) -> Schema:
    """Both at once: properties and required names united, otherwise what ``over`` says."""
    out = {**base, **over}
    if "properties" in base and "properties" in over:
        out["properties"] = dict(base["properties"])
        for name, schema in over["properties"].items():
            old = base["properties"].get(name)
            out["properties"][name] = tidy(_merge(old, schema)) if old else schema
    if "required" in base and "required" in over:
        out["required"] = list(dict.fromkeys([*base["required"], *over["required"]]))
    if "type" in out:
        out["type"] = listed(out)
    return out


def _required(raw: Schema, visible: dict[str, Json]) -> Iterator[str]:
    """Names in ``required``, and properties that carry a boolean ``required`` themselves."""
    listed = raw.get("required")
    names = {name for name in listed if isinstance(name, str)} if isinstance(listed, list) else set()
    for name, value in visible.items():
        if name in names or (isinstance(value, dict) and value.get("required") is True):
            yield name


def _is_null(variant: Json) -> bool:
    if not isinstance(variant, dict):
        return False
    return variant.get("type") in ("null", ["null"]) or variant.get("enum") == [None]


def _last(ref: str) -> str:
    """The schema's own name in a reference: its last part, as text of at most 64 characters."""
    return unquote(ref.rsplit("/", 1)[-1]).replace("~1", "/").replace("~0", "~")[:64]
