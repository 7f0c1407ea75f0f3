"""Results that a vendor left out, inferred from sibling tools of the same service (paper 2.1).

Siblings about one thing share an object: where ``list_orders`` and ``create_order`` show an order, ``get_order``
returns one. Evidence, from the strongest: (1) tools on the same collection of the same API path, (2) tools whose
names speak of the same thing, (3) schemas with the thing's name anywhere in the service's results. How the object is
wrapped (bare, in a list, in an envelope) is what most tools of the same kind do in the service; and where most of
them answer with one fixed object whatever they are about, such as an Operation, that is the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from agentgym.build.semantics.language import read_name as read
from agentgym.build.semantics.language import singular
from agentgym.types import Json, Schema, ToolSpec
from agentgym.world.naming import words

Kind: TypeAlias = Literal["one", "many", "create", "update", "delete", "act"]

SHARE = 0.6  # of a kind's results in a service that must be one fixed object for it to be taken as such
DEPTH = 4  # levels at which named schemas are looked for
_KINDS: dict[str, Kind] = {"get": "one", "list": "many", "create": "create", "update": "update", "delete": "delete"}


read_name = lru_cache(maxsize=4096)(read)


@dataclass(frozen=True, slots=True)
class _Form:
    """How a row is wrapped: ``key`` is the property, with {one} and {many} for the thing's name; "" is bare."""

    listed: bool
    key: str


@dataclass(slots=True)
class _Service:
    """What the results of one service show."""

    rows: dict[str, Schema] = field(default_factory=dict)  # by collection path and by thing
    titled: dict[str, Schema] = field(default_factory=dict)
    fixed: dict[Kind, Counter[str]] = field(default_factory=dict)  # property names of results, joined
    forms: dict[Kind, Counter[_Form]] = field(default_factory=dict)
    examples: dict[str, Schema] = field(default_factory=dict)  # a result for each entry of ``fixed``
    envelopes: dict[tuple[Kind, _Form], Schema] = field(default_factory=dict)  # a result for each form


def infer_returns(tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    """The same tools in the same order; one without ``returns`` gets those its siblings make likely, if any.

    An inferred result is marked by "returns" in ``completed``; such a tool is never evidence for another.
    """
    known: dict[str, _Service] = {}
    for tool in sorted(tools, key=lambda tool: tool.id):
        if tool.returns and "returns" not in tool.completed:
            _learn(known.setdefault(tool.service, _Service()), tool)
    out: list[ToolSpec] = []
    for tool in tools:
        guess = _infer(known[tool.service], tool) if not tool.returns and tool.service in known else {}
        mark = {"returns": guess, "completed": (*tool.completed, "returns")}
        out.append(tool.model_copy(update=mark) if guess else tool)
    return out


# -- what a tool is about --------------------------------------------------------------------------


def kind_of(tool: ToolSpec) -> Kind:
    """What a tool does to its thing, by its name, else by its HTTP method."""
    kind = _KINDS.get(read_name(tool.name).kind, "act")
    if tool.http is None:
        return kind
    method, path = tool.http
    if method == "GET" and kind in ("act", "one", "many"):
        single = path.rstrip("/").endswith("}")
        return "one" if single or (kind == "one" and not _is_plural(path)) else "many"
    by_method: dict[str, Kind] = {"DELETE": "delete", "PUT": "update", "PATCH": "update"}
    if method in by_method:
        return by_method[method]
    return "create" if method == "POST" and kind == "act" and _is_plural(path) else kind


def _is_plural(path: str) -> bool:
    last = next(iter(words(path.rstrip("/").rsplit("/", 1)[-1])[-1:]), "")
    return singular(last) != last


def keys(tool: ToolSpec) -> Iterator[str]:
    """Names of what a tool is about, from the most telling: its collection's path, the one above, the words."""
    if tool.http:
        _, colon, verb = tool.http[1].partition(":")
        if colon and "/" not in verb:
            yield f":{verb}"  # Google's custom methods: the same one answers alike whatever it is called on
        parts = ["*" if "{" in part else part for part in tool.http[1].split(":")[0].strip("/").split("/")]
        if parts[-1] == "*":
            parts.pop()
        yield "/".join(parts)
        if "*" in parts and parts[-1] != "*":
            above = len(parts) - parts[::-1].index("*") - 1
            yield "/".join(parts[:above])
    noun = read_name(tool.name).noun
    if noun:
        yield " ".join(noun)
        yield from (noun[-1],) if len(noun) > 1 else ()


def _thing(tool: ToolSpec) -> tuple[str, ...]:
    noun = read_name(tool.name).noun
    return noun or tuple(next(keys(tool), "").split("/")[-1:])


# -- evidence --------------------------------------------------------------------------------------


def _properties(schema: Json) -> dict[str, Schema]:
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _kind(schema: Json) -> Json:
    return schema.get("type") if isinstance(schema, dict) else None


def _unwrapped(schema: Schema, thing: tuple[str, ...]) -> tuple[_Form, Schema]:
    """The row in a result, and how it is wrapped."""
    if _kind(schema) == "array":
        return _Form(True, ""), schema.get("items", {})
    inside = _properties(schema)
    lists = [name for name, part in inside.items() if _kind(part) == "array" and _properties(part.get("items"))]
    objects = [name for name, part in inside.items() if _properties(part)]
    plain = len(inside) - len(lists) - len(objects)
    if len(lists) == 1 and plain <= 6 and (len(objects) <= 1):
        return _Form(True, _pattern(lists[0], thing)), inside[lists[0]]["items"]
    bare = len(inside) < 3 and objects != ["properties"]
    if len(objects) == 1 and not lists and plain <= 3 and (bare or _names(objects[0], thing)):
        return _Form(False, _pattern(objects[0], thing)), inside[objects[0]]
    return _Form(False, ""), schema


def _names(key: str, thing: tuple[str, ...]) -> bool:
    last = words(key)[-1:]
    return bool(thing) and bool(last) and singular(last[0]) == thing[-1]


def _pattern(key: str, thing: tuple[str, ...]) -> str:
    """A property's name with the thing's own name left open, so that another thing's can be put there."""
    if not _names(key, thing):
        return key
    return "{many}" if singular(words(key)[-1]) != words(key)[-1] else "{one}"


def _learn(service: _Service, tool: ToolSpec) -> None:
    kind, thing = kind_of(tool), _thing(tool)
    form, row = _unwrapped(tool.returns, thing)
    service.forms.setdefault(kind, Counter())[form] += 1
    service.envelopes.setdefault((kind, form), tool.returns)
    signature = f"{_kind(tool.returns)} {' '.join(sorted(_properties(tool.returns)))}"
    service.fixed.setdefault(kind, Counter())[signature] += 1
    service.examples.setdefault(signature, tool.returns)
    if _properties(row) and kind != "delete":
        for key in keys(tool):
            _keep(service.rows, key, row)
    _name_schemas(service, tool.returns, DEPTH)


def _keep(table: dict[str, Schema], key: str, row: Schema) -> None:
    """The richest of several rows of one name."""
    if key not in table or len(_properties(row)) > len(_properties(table[key])):
        table[key] = row


def _name_schemas(service: _Service, schema: Json, depth: int) -> None:
    if not isinstance(schema, dict) or depth == 0:
        return
    inside = _properties(schema)
    if inside and isinstance(schema.get("title"), str):
        named = words(schema["title"])
        if named:
            _keep(service.titled, " ".join((*named[:-1], singular(named[-1]))), schema)
    for part in (*inside.values(), schema.get("items")):
        _name_schemas(service, part, depth - 1)


# -- inference -------------------------------------------------------------------------------------


def _infer(service: _Service, tool: ToolSpec) -> Schema:
    kind, thing = kind_of(tool), _thing(tool)
    fixed = service.fixed.get(kind, Counter())
    if fixed:
        signature, count = min(fixed.items(), key=lambda item: (-item[1], item[0]))
        if count > 1 and count >= SHARE * fixed.total():
            return service.examples[signature]
    row = next((found for key in keys(tool) if (found := service.rows.get(key))), None)
    row = row or next((found for key in keys(tool) if (found := service.titled.get(key))), None)
    return _wrapped(service, kind, thing, row or {})


def _wrapped(service: _Service, kind: Kind, thing: tuple[str, ...], row: Schema) -> Schema:
    """The row as most tools of its kind in the service wrap theirs."""
    forms = service.forms.get(kind, Counter())
    if not row and kind != "many":
        return {}
    if not forms:
        return _list(row) if kind == "many" and row else row
    form, count = min(forms.items(), key=lambda item: (-item[1], item[0].key, item[0].listed))
    if not form.key:
        return _list(row) if form.listed and row else row
    if not row and (count < 3 or not form.listed):
        return {}  # nothing is known of the thing, and an envelope seen once or twice is no custom
    return _filled(service.envelopes[kind, form], form, thing, row)


def _filled(example: Schema, form: _Form, thing: tuple[str, ...], row: Schema) -> Schema:
    """An envelope seen elsewhere with this row in it and its name on it."""
    properties: dict[str, Schema] = {}
    for name, part in _properties(example).items():
        holds = _kind(part) == "array" and _properties(part.get("items")) if form.listed else _properties(part)
        if holds:
            properties[_key(name, form.key, thing)] = _list(row) if form.listed else row
        else:
            properties[name] = part
    return {"type": "object", "properties": properties}


def _list(row: Schema) -> Schema:
    return {"type": "array", "items": row} if row else {"type": "array"}


def _key(name: str, pattern: str, thing: tuple[str, ...]) -> str:
    """The envelope's property for this thing, spelled in the style of the one it was seen with."""
    if pattern not in ("{one}", "{many}") or not thing:
        return name
    parts = [*thing[:-1], f"{thing[-1]}s" if pattern == "{many}" else thing[-1]]
    if name[:1].isupper():
        return "".join(part.capitalize() for part in parts)
    return "_".join(parts) if "_" in name or name.islower() else parts[0] + "".join(p.capitalize() for p in parts[1:])
