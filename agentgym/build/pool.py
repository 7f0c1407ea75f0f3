"""The pool: cleaned, deduplicated, completed tools in one order, whatever order the sources came in (paper 2.1).

A tool is dropped, with a Rejection of the stage "pool", for exactly one of these reasons:

* "invalid name", "invalid id", "invalid schema": it is no ToolSpec that the rest can work with;
* "too many parameters": more than PARAMETERS; "schema too large": more bytes than PARAMETER_BYTES or RETURN_BYTES;
* "no specification": it takes nothing and answers nothing as far as the vendor says;
* "no description and no result": no text, no result, no method and path: nothing but a name says what it does;
* "untyped arguments": it has arguments and of none of them the type is known, even after completion;
* "older version": another file of the same API and family has a tool of this id and a later version;
* "duplicate tool": its id and arguments are those of another tool;
* "duplicate operation": its service, method, path and argument names are those of another tool.

What remains is completed, and each completion marked (see ``agentgym.build.completion``).
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from agentgym.build.completion import complete, untyped
from agentgym.build.sources.keywords import compiles
from agentgym.files import canonical
from agentgym.types import Json, Record, Rejection, Schema, ToolSpec

PARAMETERS = 64  # of one tool; more is no signature an agent can be shown
PARAMETER_BYTES = 32_768
RETURN_BYTES = 65_536

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_SERVICE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SUFFIX = re.compile(r"(?:\.(?:json|jsonl|yaml|yml))+$", re.IGNORECASE)
_STAGE = re.compile(r"(?<=[A-Za-z])[-_](?:alpha|beta|preview)(?=/)", re.IGNORECASE)  # a folder of early versions
# v2, v1.3, v1beta1; a date; 2.0; or a whole part of the path made of digits, such as 3 in acme.com/3/openapi.json
_VERSION = re.compile(
    r"(?<![A-Za-z0-9])(?:v(?P<v>\d+(?:[._]\d+)*)|(?P<date>\d{4}-\d{2}-\d{2})|(?P<dotted>\d+(?:\.\d+)+)(?:\.x)?)"
    r"(?P<pre>-?(?:alpha|beta|preview|rc)\d*)?(?![A-Za-z0-9])|(?<![^/])(?P<bare>\d+)(?![^/])",
    re.IGNORECASE,
)
_FROM = "; from "  # ends a Rejection's detail, before the tool's source
_TYPES = frozenset(("string", "integer", "number", "boolean", "object", "array", "null"))


def refine(items: Iterable[ToolSpec | Rejection]) -> tuple[list[ToolSpec], list[Rejection]]:
    """Tools fit for the pool, sorted by id, and everything dropped: incoming Rejections and this stage's own.

    The module says what is dropped. Of tools with one id the latest version of an API stays, exact duplicates go,
    and different ones are numbered (``name_2``). The result does not depend on the order of ``items``.
    """
    tools: list[ToolSpec] = []
    dropped: list[Rejection] = []
    for item in items:
        if isinstance(item, Rejection):
            dropped.append(item)
        elif reason := _fault(item):
            dropped.append(_rejection(item, *reason))
        else:
            tools.append(item)
    single = _one_operation(_said(_unique(tools, dropped), dropped), dropped)
    ordered = sorted(_numbered(single), key=lambda tool: tool.id)
    return [tool for tool in complete(ordered) if _is_typed(tool, dropped)], dropped


class SourceCount(Record):
    """What came of one source: ``read == kept`` plus the rejections of the pool stage."""

    read: int
    kept: int
    rejected: dict[str, int]  # by reason, of both stages: a broken file counts once, a left-out argument too


def counts(kept: Iterable[ToolSpec], dropped: Iterable[Rejection]) -> dict[str, SourceCount]:
    """``refine``'s two results by source: the archive, file or top-level folder under what was read, sorted."""
    read: Counter[str] = Counter()
    good: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for tool in kept:
        good[_top(tool.source)] += 1
    for item in dropped:
        source = _top(item.detail.partition(_FROM)[2] if item.stage == "pool" else item.subject)
        reasons.setdefault(source, Counter())[item.reason] += 1
        read[source] += item.stage == "pool"
    return {
        source: SourceCount(
            read=read[source] + good[source],
            kept=good[source],
            rejected=dict(sorted(reasons.get(source, Counter()).items())),
        )
        for source in sorted({*good, *reasons})
    }


def _top(source: str) -> str:
    return source.split("/")[0].split("#")[0]


def _rejection(tool: ToolSpec, reason: str, detail: str) -> Rejection:
    return Rejection(stage="pool", subject=tool.id, reason=reason, detail=f"{detail}{_FROM}{tool.source}")


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
    return key in ("default", "x-name", "x-enum")


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
                dropped.append(_rejection(tool, "duplicate tool", "it repeats an earlier file or operation"))
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
            dropped.append(_rejection(tool, "older version", "another file of this API is newer"))
        else:
            yield tool


def _version(source: str) -> tuple[str, tuple[tuple[int, ...], ...]]:
    """A source without its versions, and the versions: ``chat_v2.json`` -> ("chat_", ((2, 0),)).

    A pre-release sorts below its release: v1beta1 is (1, -1, 1) and v1 is (1, 0).
    """
    path = _STAGE.sub("", _SUFFIX.sub("", source))
    found: list[tuple[int, ...]] = []
    for match in _VERSION.finditer(path.replace("_", "-")):
        digits = next(filter(None, match.group("v", "date", "dotted", "bare")))
        pre = match["pre"]
        after = (-1, *(int(number) for number in re.findall(r"\d+", pre))) if pre else (0,)
        found.append((*(int(number) for number in re.findall(r"\d+", digits)), *after))
    return _VERSION.sub("", path.replace("_", "-")), tuple(found)


def _said(tools: Iterable[ToolSpec], dropped: list[Rejection]) -> Iterator[ToolSpec]:
    """Without tools of which the vendor says too little."""
    for tool in tools:
        if not tool.parameters.get("properties") and not tool.returns:
            dropped.append(_rejection(tool, "no specification", "neither arguments nor a result are specified"))
        elif not (tool.description.strip() or tool.returns or tool.http):
            dropped.append(_rejection(tool, "no description and no result", "nothing but its name says what it does"))
        else:
            yield tool


def _one_operation(tools: Iterable[ToolSpec], dropped: list[Rejection]) -> Iterator[ToolSpec]:
    """Of operations that a service lists under two names, with method, path and argument names the same, the better.

    That is one with a result, then one with a description, then the first by id.
    """
    tools = list(tools)
    best: dict[tuple[str, tuple[str, str], tuple[str, ...]], ToolSpec] = {}
    for tool in sorted(tools, key=lambda tool: (not tool.returns, not tool.description.strip(), tool.id)):
        if tool.http:
            best.setdefault(_operation(tool, tool.http), tool)
    for tool in tools:
        # A placeholder such as {+name} hides which resource the path is about.
        if tool.http is None or "{+" in tool.http[1] or best[_operation(tool, tool.http)] is tool:
            yield tool
        else:
            detail = f"{' '.join(tool.http):.160} stands in the pool under another name"
            dropped.append(_rejection(tool, "duplicate operation", detail))


def _operation(tool: ToolSpec, http: tuple[str, str]) -> tuple[str, tuple[str, str], tuple[str, ...]]:
    return tool.service, http, tuple(sorted(tool.parameters.get("properties", {})))


def _is_typed(tool: ToolSpec, dropped: list[Rejection]) -> bool:
    properties = tool.parameters.get("properties", {})
    if not properties or not all(untyped(schema) for schema in properties.values() if isinstance(schema, dict)):
        return True
    dropped.append(_rejection(tool, "untyped arguments", f"of {', '.join(sorted(properties)):.160}"))
    return False


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
