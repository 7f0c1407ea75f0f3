"""The pool: cleaned, deduplicated tools in one order, whatever order the sources came in (paper 2.1)."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from agentgym.build.sources.keywords import compiles
from agentgym.files import canonical
from agentgym.types import Json, Rejection, Schema, ToolSpec
from agentgym.world.naming import words

PARAMETERS = 64  # of one tool; more is no signature an agent can be shown
PARAMETER_BYTES = 32_768
RETURN_BYTES = 65_536

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_SERVICE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SUFFIX = re.compile(r"(?:\.(?:json|jsonl|yaml|yml))+$", re.IGNORECASE)
# v2, v1.3, v1beta1; a date; 2.0; or a whole part of the path made of digits, such as 3 in acme.com/3/openapi.json
_VERSION = re.compile(
    r"(?<![A-Za-z0-9])(?:v(?P<v>\d+(?:[._]\d+)*)|(?P<date>\d{4}-\d{2}-\d{2})|(?P<dotted>\d+(?:\.\d+)+)(?:\.x)?)"
    r"(?P<pre>-?(?:alpha|beta|preview|rc)\d*)?(?![A-Za-z0-9])|(?<![^/])(?P<bare>\d+)(?![^/])",
    re.IGNORECASE,
)
_TYPES = frozenset(("string", "integer", "number", "boolean", "object", "array", "null"))


def refine(items: Iterable[ToolSpec | Rejection]) -> tuple[list[ToolSpec], list[Rejection]]:
    """Tools fit for the pool, sorted by id, and everything dropped: incoming Rejections and this stage's own.

    A tool needs a valid name, an object schema of at most PARAMETERS properties and bounded size. Of tools with one
    id the latest version of an API stays, exact duplicates go, and different ones are numbered (``name_2``).
    """
    tools: list[ToolSpec] = []
    dropped: list[Rejection] = []
    for item in items:
        if isinstance(item, Rejection):
            dropped.append(item)
        elif reason := _fault(item):
            dropped.append(_rejection(item, *reason))
        else:
            tools.append(item if item.description.strip() else _described(item))
    kept = _numbered(_unique(tools, dropped))
    return sorted(kept, key=lambda tool: tool.id), dropped


def _rejection(tool: ToolSpec, reason: str, detail: str) -> Rejection:
    return Rejection(stage="pool", subject=tool.id, reason=reason, detail=detail)


def _described(tool: ToolSpec) -> ToolSpec:
    """With a description that says no more than the specification does: method and path, else the name's words."""
    text = " ".join(tool.http) if tool.http else " ".join(words(tool.name))
    return tool.model_copy(update={"description": text})


# -- what is no tool -------------------------------------------------------------------------------


def _fault(tool: ToolSpec) -> tuple[str, str] | None:
    """Why a tool cannot be in the pool: a stable reason and the value, or None."""
    if not _NAME.fullmatch(tool.name) or keyword.iskeyword(tool.name):
        return "invalid name", f"{tool.name!r:.80} is no letter followed by up to 63 letters, digits or underscores"
    if not _SERVICE.fullmatch(tool.service) or tool.id != f"{tool.service}.{tool.name}":
        return "invalid id", f"{tool.id!r:.160} is not <service>.<name> with a lower-case service"
    properties = tool.parameters.get("properties", {})
    if tool.parameters.get("type") != "object" or not isinstance(properties, dict):
        return "invalid schema", "the parameters are no object schema"
    if len(properties) > PARAMETERS:
        return "too many parameters", f"{len(properties)}; the limit is {PARAMETERS}"
    for schema, limit in ((tool.parameters, PARAMETER_BYTES), (tool.returns, RETURN_BYTES)):
        if fault := _schema_fault(schema, limit):
            return fault
    return None


def _schema_fault(schema: Schema, limit: int) -> tuple[str, str] | None:
    try:
        size = len(canonical(schema).encode())
    except (ValueError, TypeError, RecursionError) as error:  # NaN, a lone surrogate, a foreign object, a cycle
        return "invalid schema", f"not JSON: {error!s:.160}"
    if size > limit:
        return "schema too large", f"{size} bytes; the limit is {limit}"
    if _plainly_valid(schema):
        return None
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return "invalid schema", f"{error.json_path}: {error.message:.160}"
    return None


def _plainly_valid(schema: Json, depth: int = 20) -> bool:
    """Whether a JSON value is surely a valid schema: keywords the importers emit, each in its plainest form.

    Saves the metaschema, which takes milliseconds a schema: minutes for a pool. False means only: ask it.
    """
    if not isinstance(schema, dict) or depth == 0:
        return False
    return all(_plain_keyword(key, value, depth - 1) for key, value in schema.items())


def _plain_keyword(key: str, value: Json, depth: int) -> bool:
    if key in ("title", "description", "format"):
        return isinstance(value, str)
    if key == "type":
        if isinstance(value, list):
            return bool(value) and _distinct_names(value) and _TYPES.issuperset(value)
        return isinstance(value, str) and value in _TYPES
    if key == "properties":
        return isinstance(value, dict) and all(_plainly_valid(part, depth) for part in value.values())
    if key in ("items", "additionalProperties"):
        return isinstance(value, bool) or _plainly_valid(value, depth)
    if key == "anyOf":
        return isinstance(value, list) and bool(value) and all(_plainly_valid(part, depth) for part in value)
    if key == "required":
        return isinstance(value, list) and _distinct_names(value)
    if key in ("enum", "examples"):
        return isinstance(value, list)
    if key == "pattern":
        return isinstance(value, str) and compiles(value)
    if key in ("readOnly", "uniqueItems"):
        return isinstance(value, bool)
    if key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        return type(value) in (int, float)
    if key in ("minLength", "maxLength", "minItems", "maxItems"):
        return type(value) is int and value >= 0
    return key == "default"


def _distinct_names(values: list[Json]) -> bool:
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values)


# -- one tool an id --------------------------------------------------------------------------------


def _unique(tools: list[ToolSpec], dropped: list[Rejection]) -> Iterator[ToolSpec]:
    """Without older versions and exact duplicates; in an order that depends on the tools alone."""
    for _, group in groupby(sorted(tools, key=lambda tool: tool.id), key=lambda tool: tool.id):
        same = list(group)
        if len(same) == 1:
            yield same[0]
            continue
        same.sort(key=_rank)
        seen: set[str] = set()
        for tool in _latest(same, dropped):
            signature = canonical(tool.parameters)
            if signature in seen:
                dropped.append(
                    _rejection(tool, "duplicate tool", f"{tool.source} repeats an earlier file or operation")
                )
            else:
                seen.add(signature)
                yield tool


def _rank(tool: ToolSpec) -> tuple[str, tuple[str, ...], str, str]:
    """An order of tools of one id that does not depend on the order they came in."""
    return tool.source, tool.http or (), tool.description, canonical(tool.parameters)


def _latest(tools: list[ToolSpec], dropped: list[Rejection]) -> Iterator[ToolSpec]:
    """Of files that differ in nothing but a version in their path, the tools of the latest."""
    versions = [_version(tool.source) for tool in tools]
    newest: dict[str, tuple[tuple[int, ...], ...]] = {}
    for family, version in versions:
        newest[family] = max(version, newest.get(family, ()))
    for tool, (family, version) in zip(tools, versions, strict=True):
        if version < newest[family]:
            dropped.append(_rejection(tool, "older version", f"{tool.source} is older than another file of this API"))
        else:
            yield tool


def _version(source: str) -> tuple[str, tuple[tuple[int, ...], ...]]:
    """A source without its versions, and the versions: ``chat_v2.json`` -> ("chat_", ((2, 0),)).

    A pre-release sorts below its release: v1beta1 is (1, -1, 1) and v1 is (1, 0).
    """
    path = _SUFFIX.sub("", source)
    found: list[tuple[int, ...]] = []
    for match in _VERSION.finditer(path.replace("_", "-")):
        digits = next(filter(None, match.group("v", "date", "dotted", "bare")))
        pre = match["pre"]
        after = (-1, *(int(number) for number in re.findall(r"\d+", pre))) if pre else (0,)
        found.append((*(int(number) for number in re.findall(r"\d+", digits)), *after))
    return _VERSION.sub("", path.replace("_", "-")), tuple(found)


def _numbered(tools: Iterable[ToolSpec]) -> Iterator[ToolSpec]:
    """Different tools of one id get numbers: ``name``, ``name_2``, ``name_3``."""
    tools = list(tools)
    taken = {tool.id for tool in tools}
    used: set[str] = set()
    for tool in tools:
        if tool.id not in used:
            used.add(tool.id)
            yield tool
            continue
        number = 2
        while f"{tool.service}.{_suffixed(tool.name, number)}" in taken:
            number += 1
        name = _suffixed(tool.name, number)
        taken.add(f"{tool.service}.{name}")
        yield tool.model_copy(update={"id": f"{tool.service}.{name}", "name": name})


def _suffixed(name: str, number: int) -> str:
    end = f"_{number}"
    return name[: 64 - len(end)] + end
