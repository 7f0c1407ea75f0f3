"""Directed dependencies: whose result can fill whose parameter, and how surely.

Paths (``Edge.output`` and ``Edge.parameter``) are property names joined by dots. Lists are looked through and
leave no trace: in a list of orders, each with a list of items, the path of an item's product is
``items.product_id``. The path of a result that is itself the value, such as a looked-up id, is "".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from agentgym.build.graph.keys import GENERIC, STRONG, WEAK, Field, asked, is_open, is_value, yielded
from agentgym.build.semantics.entities import entities_of, path_noun
from agentgym.build.semantics.language import read_name
from agentgym.types import Edge, ToolSpec

KEY = 1.0  # a key that the source looked up or made
ECHO = 0.8  # a key that the source had to be given itself
OPEN = 0.6  # a key of the row the source is about, where the vendor does not say what it returns
UNSAID = 0.45  # the same where the vendor describes a result that holds no key of it
TYPE = 0.5  # another specific field of the same name and type, looked up
LOOSE = 0.9  # times this where only the last word of the entity agrees: ``contextId`` and a custom field context
ABOUT = 0.25  # added in ranking to a source that is about the very entity: it is where one would look
FAN_IN = 12  # sources kept for one parameter

Rank: TypeAlias = tuple[float, int, bool, str, str]

_reading = lru_cache(1 << 16)(read_name)
_ORDER = ("list", "get", "create", "count", "update", "act", "delete")  # of equals, the likelier source first


@dataclass(frozen=True)
class _Source:
    """One way to a key or a value."""

    tool: str
    field: Field
    score: float
    about: bool  # whether the tool is about the very entity


def dependencies(tools: Sequence[ToolSpec], fan_in: int = FAN_IN) -> tuple[Edge, ...]:
    """The edges among tools of different names, sorted; at most ``fan_in`` a parameter: the surest first."""
    about = dict(zip((tool.name for tool in tools), map(_whom, entities_of(tools)), strict=True))
    known = frozenset(about.values()) - {""}
    wants = {tool.name: asked(tool, about[tool.name], known) for tool in tools}
    keys, values = _sources(tools, about, wants)
    edges: list[Edge] = []
    for tool in tools:
        for parameter in wants[tool.name]:
            best: dict[str, tuple[Rank, _Source]] = {}
            for source in _candidates(parameter, keys, values):
                if source.tool == tool.name or not _assignable(source.field, parameter):
                    continue
                rank = _rank(source, parameter)
                if source.tool not in best or rank < best[source.tool][0]:
                    best[source.tool] = (rank, source)
            chosen = sorted(best.values(), key=lambda ranked: ranked[0])[:fan_in]
            edges += [_edge(source, tool.name, parameter) for _, source in chosen]
    return tuple(sorted(edges, key=lambda edge: (edge.source, edge.target, edge.parameter, edge.output)))


def _sources(
    tools: Sequence[ToolSpec], about: dict[str, str], wants: dict[str, list[Field]]
) -> tuple[dict[str, list[_Source]], dict[str, list[_Source]]]:
    """The ways to each entity's keys, and to each other specific value by its name."""
    keys: dict[str, list[_Source]] = defaultdict(list)
    values: dict[str, list[_Source]] = defaultdict(list)
    for tool in tools:
        name, own = tool.name, about[tool.name]
        given = {entity for want in wants[name] if want.needed for entity in want.entities[:1]}
        told = {want.meaning for want in wants[name]}
        fields = yielded(tool, own)
        others = _readings(tool, own)
        seen: set[tuple[str, str]] = set()
        for field in fields:
            for entity in field.entities[:1]:
                if (entity, field.word) in seen or not entity:
                    continue  # the outermost place is enough
                seen.add((entity, field.word))
                score = ECHO if entity in given else KEY
                keys[entity].append(_Source(name, field, score, entity in (own, *others)))
                for loose in others if entity == own else _last(entity) if field.own else ():
                    keys[loose].append(_Source(name, field, score * LOOSE, entity == own))
            if _tells(tool, field, told):
                values[field.meaning].append(_Source(name, field, TYPE, False))
        if own and not any(own in field.entities[:1] for field in fields) and (score := _unsaid(tool)):
            anything = Field("id", (own,), "*", "id", frozenset(("string", "number")), True)
            for entity in (own, *others):
                keys[entity].append(_Source(name, anything, score * (ECHO if own in given else 1.0), True))
    return keys, values


def _unsaid(tool: ToolSpec) -> float:
    """How sure it is that a result which shows no key of the row it is about has one all the same; 0: not at all."""
    kind = _reading(tool.name).kind
    if is_open(tool):
        return 0.0 if kind in ("delete", "count") else OPEN
    return UNSAID if kind in ("list", "get", "create") and not is_value(tool) else 0.0


def _tells(tool: ToolSpec, field: Field, told: set[str]) -> bool:
    """Whether a field that is no key can feed a parameter of its name: specific, outermost, looked up, not echoed."""
    plain = not field.word or field.word in WEAK
    specific = field.meaning not in GENERIC and field.meaning not in told
    return plain and specific and "." not in field.path and _reading(tool.name).kind in ("get", "list", "count")


def _readings(tool: ToolSpec, own: str) -> tuple[str, ...]:
    """Other names of the entity a tool is about: its last word, its name's noun, its path's."""
    noun = _reading(tool.name).noun[-1:]
    return tuple(
        dict.fromkeys(other for other in (*_last(own), *noun, *_last(path_noun(tool))) if other and other != own)
    )


def _last(entity: str) -> tuple[str, ...]:
    return (entity.split("_")[-1],) if entity else ()


def _whom(entity: str) -> str:
    return "user" if entity in ("me", "self", "myself") else entity


def _candidates(parameter: Field, keys: dict[str, list[_Source]], values: dict[str, list[_Source]]) -> list[_Source]:
    """What may fill a parameter: keys of the entities it can mean, else values of its name."""
    found = []
    for entity in parameter.entities:
        found += [source for source in keys.get(entity, ()) if _fits(source.field.word, parameter.word)]
    if not parameter.entities and parameter.meaning not in GENERIC:
        found += values.get(parameter.meaning, ())
    return found


def _fits(offered: str, wanted: str) -> bool:
    """Whether a key of one word can stand for another: any identifier for any, a name or code for its like."""
    if offered == "*" or offered == wanted:
        return True
    if wanted in WEAK:
        return False
    return offered in STRONG if wanted else offered in STRONG or offered in WEAK


def _assignable(offered: Field, wanted: Field) -> bool:
    """Whether the types agree; a number may be written out where a key is wanted as text."""
    return bool(offered.types & wanted.types) or ("string" in wanted.types and bool(wanted.entities))


def _rank(source: _Source, parameter: Field) -> Rank:
    """What sources are sorted by: the surest, of the very entity, the likelier kind of tool, the same key word."""
    kind = _ORDER.index(_reading(source.tool).kind)
    worth = source.score + ABOUT * source.about
    return -worth, kind, source.field.word != parameter.word, source.tool, source.field.path


def _edge(source: _Source, target: str, parameter: Field) -> Edge:
    known = "key" if parameter.entities else "type"
    return Edge(
        source=source.tool,
        target=target,
        output=source.field.path,
        parameter=parameter.path,
        score=round(source.score, 2),
        decided_by="similarity" if source.field.word == "*" else known,
    )
