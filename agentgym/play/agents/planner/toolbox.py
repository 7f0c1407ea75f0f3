"""The tools as an agent reads them: their verbs, nouns and parameters, from names, descriptions and schemas alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import log
from typing import Any

import orjson

from agentgym.build.semantics.intents import by_description, by_verb, by_words
from agentgym.build.semantics.language import Kind, first_sentence, read_name, singular
from agentgym.play.agents.planner.text import stem, tokens
from agentgym.play.agents.planner.vocabulary import ADDRESS, LABELS, STOP
from agentgym.types import Json
from agentgym.world.naming import words

_IDS = frozenset({"id", "ids", "code", "number", "key", "uuid", "sid", "identifier", "ref", "reference", "sku", "slug"})
_PLAIN = frozenset({*ADDRESS, "phone", "currency", "language", "account_type"})  # whose codes and numbers name no row
_SUCH_AS = re.compile(r"such as ([^\s,;]+?)[.,;)]*(?:\s|$)")
_IDENTIFIES = re.compile(
    r"(?i)\b(?:identifier|id|code|key) of (?:the|an?|this) ([a-z][a-z ]{2,40}?)"
    r"(?=[,.;:]| (?:to|that|whose|who|wanted|which|being|for|in|on|of)\b|$)"
)


@dataclass(frozen=True)
class Parameter:
    """One argument of a tool, or a property of the objects in one."""

    name: str
    schema: Mapping[str, Json]
    labels: tuple[str, ...]  # the words of its name, in one form: user id, min price
    required: bool
    kind: str  # JSON type; "string" where the schema says none
    enum: tuple[Json, ...] = ()
    format: str = ""
    shape: re.Pattern[str] | None = None  # of the identifiers it takes, from an example
    entity: tuple[str, ...] = ()  # what it identifies; () for a plain value
    role: tuple[str, ...] = ()  # which of several: new, return
    items: tuple[Parameter, ...] = ()  # of a list of objects: their properties

    @property
    def said(self) -> str:
        """What to call it in a question."""
        plain = {"id": "ID", "min": "lowest", "max": "highest", "qty": "quantity"}
        return " ".join(plain.get(word, word) for word in words(self.name)) or self.name


@dataclass(frozen=True)
class Tool:
    """One function: what it does, to what, with which arguments."""

    name: str
    verb: str
    kind: Kind
    noun: tuple[str, ...]
    by: tuple[str, ...]
    names: tuple[str, ...]  # the stems of its name, without the verb
    prose: frozenset[str]  # the stems of its description
    reads: bool
    many: bool  # whether it answers with a list
    parameters: tuple[Parameter, ...]
    description: str = ""

    def parameter(self, name: str) -> Parameter | None:
        return next((one for one in self.parameters if one.name == name), None)


@dataclass(frozen=True)
class Toolbox:
    """All tools of a domain, and the things they are about."""

    tools: tuple[Tool, ...]
    nouns: tuple[tuple[str, ...], ...]  # the things, longest names first
    rarity: Mapping[str, float] = field(default_factory=dict)  # of words in names: rare ones tell tools apart

    @cached_property
    def verbs(self) -> frozenset[str]:
        """The verbs of the tools, known to English lists or not."""
        return frozenset(one.verb for one in self.tools)

    def tool(self, name: str) -> Tool | None:
        return next((one for one in self.tools if one.name == name), None)


def read(tools: Sequence[Json]) -> Toolbox:
    """Read an OpenAI function list. Entries that are none are passed over; equal lists are read once."""
    try:
        return _read(orjson.dumps(list(tools)))
    except (TypeError, ValueError):  # what no JSON holds
        return Toolbox((), ())


@lru_cache(maxsize=64)
def _read(packed: bytes) -> Toolbox:
    functions = [entry.get("function", entry) for entry in orjson.loads(packed) if isinstance(entry, dict)]
    named = [one for one in functions if isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"]]
    nouns = _nouns(named)
    found = tuple(_tool(one, nouns) for one in named)
    counts = Counter(word for tool in found for word in {*tool.names, tool.verb})
    rarity = {word: log(1 + len(found) / number) for word, number in counts.items()}
    return Toolbox(found, nouns, rarity)


def _nouns(functions: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """What the tools are about: what their parameters identify, and the nouns of tools that look up, make or delete."""
    named = dict.fromkeys(
        entity for one in functions for name, _ in _properties(one.get("parameters")) if (entity := _entity(name))
    )
    found = dict[tuple[str, ...], None]()
    for one in functions:
        reading = read_name(one["name"])
        noun = tuple(singular(word) for word in reading.noun)
        part = any(noun[:end] in named for end in range(1, len(noun)))
        whole = reading.kind == "list" or (reading.kind in ("get", "create", "delete", "count") and not part)
        if 0 < len(noun) <= 3 and (whole or noun in named):
            found[noun] = None
    found.update(dict.fromkeys(one for one in named if not any(one[start:] in found for start in range(1, len(one)))))
    return tuple(sorted(found, key=lambda noun: (-len(noun), noun)))


def _properties(schema: Json) -> list[tuple[str, Mapping[str, Json]]]:
    inner = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(inner, dict):
        return []
    return [(name, one if isinstance(one, dict) else {}) for name, one in inner.items()]


def _entity(name: str) -> tuple[str, ...]:
    """The words before "id" of an identifier's name; () where the parameter is none."""
    parts = [singular(word) for word in words(name)]
    named = len(parts) > 1 and parts[-1] in _IDS and parts[-2] not in _PLAIN
    return tuple(parts[:-1]) if named else ()


def _identified(name: str, schema: Mapping[str, Json], nouns: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """What an identifier identifies, and its role among several of that kind: a branch, as "return"."""
    whole = _entity(name)
    if not whole or whole in nouns:
        return whole, ()
    text = schema.get("description")
    said = _IDENTIFIES.search(text) if isinstance(text, str) else None
    noun = tuple(singular(word) for word in words(said[1])) if said else ()
    if noun in nouns and noun[-1] == whole[-1]:
        return noun, whole[: -len(noun)] or whole[:-1]
    for start in range(1, len(whole)):
        if whole[start:] in nouns:
            return whole[start:], whole[:start]
    return whole, ()


def _tool(function: Mapping[str, Any], nouns: Sequence[tuple[str, ...]]) -> Tool:
    name, text = function["name"], function.get("description")
    description = text if isinstance(text, str) else ""
    reading = read_name(name)
    asks = by_verb(name, reading)
    asks = by_description(description) if asks is None else asks
    asks = by_words(name) if asks is None else asks
    reads = bool(asks)
    plain = [word for word in words(name) if word not in reading.verb.split("_") and word not in STOP]
    schema = function.get("parameters")
    required = schema.get("required") if isinstance(schema, dict) else ()
    wanted = {one for one in required if isinstance(one, str)} if isinstance(required, list) else set[str]()
    many = (
        reads and reading.kind != "count" and (reading.kind == "list" or _plural(name)) and "by" not in words(name)[2:]
    )
    return Tool(
        name=name,
        verb=reading.verb,
        kind=reading.kind if reads == (reading.kind in ("get", "list", "count")) else "get" if reads else "act",
        noun=tuple(singular(word) for word in reading.noun),
        by=reading.by,
        names=tuple(dict.fromkeys(singular(word) for word in plain)),
        prose=frozenset(token.stem for token in tokens(first_sentence(description)) if token.kind == "word") - STOP,
        reads=reads,
        many=many,
        parameters=tuple(_parameter(one, of, one in wanted, nouns, reading.noun) for one, of in _properties(schema)),
        description=description,
    )


def _plural(name: str) -> bool:
    return any(singular(word) != word for word in words(name)[1:])


def _parameter(
    name: str, schema: Mapping[str, Json], required: bool, nouns: Sequence[tuple[str, ...]], noun: tuple[str, ...] = ()
) -> Parameter:
    kind, enum = _type(schema), schema.get("enum")
    items = schema.get("items") if kind == "array" else schema if kind == "object" else None
    inner = items if isinstance(items, dict) else {}
    if kind == "array" and isinstance(inner.get("enum"), list):
        enum = inner["enum"]
    entity, role = _identified(name, schema, nouns)
    if not entity and words(name) == ["id"] and noun:
        entity = noun
    needed = inner.get("required")
    return Parameter(
        name=name,
        schema=schema,
        labels=tuple(LABELS.get(stem(word), stem(word)) for word in words(name)),
        required=required,
        kind=kind,
        enum=tuple(one for one in enum if isinstance(one, (str, int, float))) if isinstance(enum, list) else (),
        format=schema["format"] if isinstance(schema.get("format"), str) else "",
        shape=_shape(schema) if entity or not enum else None,
        entity=entity,
        role=role,
        items=tuple(
            _parameter(one, of, isinstance(needed, list) and one in needed, nouns) for one, of in _properties(inner)
        ),
    )


def _type(schema: Mapping[str, Json]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if isinstance(one, str) and one != "null"), "string")
    for choice in ("anyOf", "oneOf"):
        options = schema.get(choice)
        if kind is None and isinstance(options, list):
            kinds = [one.get("type") for one in options if isinstance(one, dict)]
            kind = next((one for one in kinds if isinstance(one, str) and one != "null"), None)
    return kind if isinstance(kind, str) else "string"


def _shape(schema: Mapping[str, Json]) -> re.Pattern[str] | None:
    """What identifiers look like, from an example: EXC-47310 -> EXC-, then digits."""
    examples, text = schema.get("examples"), schema.get("description")
    given = [one for one in examples if isinstance(one, str)] if isinstance(examples, list) else []
    if isinstance(schema.get("example"), str):
        given.append(schema["example"])
    said = _SUCH_AS.search(text) if isinstance(text, str) else None
    example = given[0] if given else said[1] if said else ""
    prefix = re.fullmatch(r"([#A-Za-z]+[-_#]?)(\d+)", example)
    if prefix:
        return re.compile(rf"{re.escape(prefix[1])}\d+")
    if re.fullmatch(r"[A-Z][A-Z0-9]{2,}", example):
        return re.compile(r"[A-Z][A-Z0-9]{2,}")
    return None
