"""The keywords of one JSON Schema node: types of every dialect made standard, values of the wrong type dropped."""

from __future__ import annotations

import math
import re
import warnings
from functools import lru_cache

from agentgym.build.sources.text import NOTE, clean
from agentgym.types import Json, Schema

ENUM_VALUES = 256  # a longer vocabulary is no closed list that an agent could be shown
ENUM_READ = 20_000  # values of a list that are looked at
ENUM_SAMPLE = 64  # of a longer one this many values stay as examples; ``x-enum`` says how many there were
EXAMPLES = 16
TEXT = 1000  # characters of a default; examples and enum values are shorter

_STANDARD = {name: (name, "") for name in ("string", "integer", "number", "boolean", "object", "array", "null")}
_FOREIGN = {  # dialects' names: the standard type, and the format that keeps what the name said
    "str": ("string", ""),
    "text": ("string", ""),
    "char": ("string", ""),
    "enum": ("string", ""),
    "uuid": ("string", "uuid"),
    "uri": ("string", "uri"),
    "url": ("string", "uri"),
    "email": ("string", "email"),
    "date": ("string", "date"),
    "datetime": ("string", "date-time"),
    "date-time": ("string", "date-time"),
    "time": ("string", "time"),
    "file": ("string", "binary"),
    "int": ("integer", ""),
    "int32": ("integer", "int32"),
    "int64": ("integer", "int64"),
    "long": ("integer", "int64"),
    "float": ("number", "float"),
    "double": ("number", "double"),
    "decimal": ("number", ""),
    "numeric": ("number", ""),
    "bool": ("boolean", ""),
    "dict": ("object", ""),
    "map": ("object", ""),
    "hashmap": ("object", ""),
    "struct": ("object", ""),
    "list": ("array", ""),
    "tuple": ("array", ""),
    "set": ("array", ""),
    "none": ("null", ""),
}
_ALIASES = {**_STANDARD, **_FOREIGN}
_LENGTHS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LIMITS = frozenset((*_LENGTHS, *_BOUNDS))
_APPLIES = {  # keyword -> the types it says something about
    **dict.fromkeys(("minLength", "maxLength", "pattern"), ("string",)),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems", "items"), ("array",)),
    **dict.fromkeys(("minProperties", "maxProperties", "properties", "required", "additionalProperties"), ("object",)),
    **dict.fromkeys(_BOUNDS, ("integer", "number")),
}
ORDER = (
    *("title", "type", "description", "enum", "format", "default", *_BOUNDS, "minLength", "maxLength", "pattern"),
    *("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    *("items", "minItems", "maxItems", "uniqueItems", "anyOf", "readOnly", "examples", "x-enum", "x-name"),
)
_INTEGER = re.compile(r"-?\d{1,18}")
_DECIMAL = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?(?:[eE][-+]?\d{1,3})?")
# A group that repeats and is repeated itself, as in (a+)+: such a pattern can take exponential time on a hostile value.
_NESTED_REPEAT = re.compile(r"[+*}]\)?[^()]*\)(?:[+*]|\{\d+,)")


def types(raw: Json) -> tuple[list[str], str]:
    """The standard types a ``type`` keyword of any dialect names, and the format it implies."""
    named: list[str] = []
    implied = ""
    for item in raw if isinstance(raw, list) else [raw]:
        if isinstance(item, str):
            kind, format_ = _ALIASES.get(item.strip().lower(), ("", ""))
            implied = implied or format_
            if kind and kind not in named:
                named.append(kind)
    return named, implied


def own(raw: Schema) -> Schema:
    """The scalar keywords of ``raw``, made standard but not yet checked against each other."""
    named, implied = types(raw.get("type"))
    out: Schema = {"type": named} if named else {}
    if isinstance(raw.get("description"), str) and (note := clean(raw["description"], NOTE)):
        out["description"] = note
    if isinstance(raw.get("format"), str) and len(raw["format"]) <= 40:
        out["format"] = raw["format"]
    elif implied:
        out["format"] = implied
    if isinstance(raw.get("enum"), list):
        out["enum"] = raw["enum"]
    elif "const" in raw:
        out["enum"] = [raw["const"]]
    if raw.get("default") is not None:
        out["default"] = raw["default"]
    _limits(raw, out)
    if isinstance(raw.get("pattern"), str) and compiles(raw["pattern"]):
        out["pattern"] = raw["pattern"]
    if raw.get("uniqueItems") is True:
        out["uniqueItems"] = True
    if examples := _examples(raw):
        out["examples"] = examples
    return out


def _limits(raw: Schema, out: Schema) -> None:
    if raw.keys().isdisjoint(_LIMITS):
        return
    for key in _LENGTHS:
        if _number(raw.get(key)) and raw[key] >= 0 and raw[key] == int(raw[key]):
            out[key] = int(raw[key])
    for key in _BOUNDS:
        if _number(raw.get(key)) and (key != "multipleOf" or raw[key] > 0):
            out[key] = raw[key]
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if raw.get(key) is True and bound in out:  # draft 4 and OpenAPI 3.0
            out[key] = out.pop(bound)


def _examples(raw: Schema) -> list[Json]:
    """Scalars and short lists of scalars, as an example or among the examples."""
    given = raw.get("examples")
    values = list(given[:200]) if isinstance(given, list) else []
    values.append(raw.get("example"))
    plain = [value for value in values if value is not None and (_scalar(value) or _short_list(value))]
    return _distinct(plain)[:EXAMPLES]


def _short_list(value: Json) -> bool:
    return isinstance(value, list) and 0 < len(value) <= EXAMPLES and all(_scalar(item) for item in value)


def listed(schema: Schema) -> list[str]:
    """The types of a plain schema as a list; [] where it names none."""
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def tidy(schema: Schema) -> Schema:
    """One merged node made consistent: one type form, keywords that fit it, values that fit both; keys in ORDER."""
    named = listed(schema) or _inferred(schema)
    out = {key: value for key, value in schema.items() if key not in _APPLIES or fits(key, named)}
    _vocabulary(out, named)
    if "default" in out:
        out["default"] = coerced(out["default"], named)
        if not _admits(out["default"], named, out.get("enum")):
            del out["default"]
    if "examples" in out:
        values = [coerced(value, named) for value in out["examples"]]
        out["examples"] = _distinct([value for value in values if _admits(value, named, out.get("enum"))])
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        if low in out and high in out and out[low] > out[high]:
            del out[low], out[high]
    if "required" in out:
        properties = out.get("properties", {})
        out["required"] = [name for name in out["required"] if name in properties]
    if named:
        out["type"] = named[0] if len(named) == 1 else named
    else:
        out.pop("type", None)
    return {key: out[key] for key in ORDER if key in out and (key == "default" or out[key] != [])}


def fits(key: str, named: list[str]) -> bool:
    """Whether ``key`` says something about one of the types; without a type everything does."""
    return not named or any(kind in named for kind in _APPLIES[key])


def _inferred(schema: Schema) -> list[str]:
    if "properties" in schema or "additionalProperties" in schema:
        return ["object"]
    if "items" in schema:
        return ["array"]
    kinds: list[str] = []
    for value in schema.get("enum", ())[:ENUM_VALUES]:
        kind = next((kind for kind in ("null", "boolean", "integer", "number", "string") if is_a(value, kind)), "")
        if not kind:
            return []
        if kind not in kinds:
            kinds.append(kind)
    return sorted(kinds, key=lambda kind: kind == "null")


def _vocabulary(out: Schema, named: list[str]) -> None:
    """Keep an enum of scalars of the right type; null is in it exactly if the type allows null.

    Where no value has the type, such as numbers of a string, they are converted. A list that is too long is no enum
    but examples spread over it.
    """
    if "enum" not in out:
        return
    plain = [value for value in out.pop("enum")[:ENUM_READ] if value is not None and _scalar(value)]
    kept = [value for value in plain if _admits(value, named, None)]
    kept = _distinct(
        kept or [value for value in (coerced(value, named) for value in plain) if _admits(value, named, None)]
    )
    if len(kept) > ENUM_VALUES:
        out["examples"] = [kept[place * len(kept) // ENUM_SAMPLE] for place in range(ENUM_SAMPLE)]
        out["x-enum"] = len(kept)
    elif kept:
        out["enum"] = [*kept, None] if "null" in named else kept


def coerced(value: Json, named: list[str]) -> Json:
    """A scalar as the one type a schema names, where the text says exactly that: "5" -> 5, 5 -> "5"; else unchanged."""
    kinds = [kind for kind in named if kind != "null"]
    if len(kinds) != 1 or is_a(value, kinds[0]):
        return value
    if kinds[0] == "string" and (isinstance(value, (bool, int)) or _number(value)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str) or len(value) > 40:
        return value
    if kinds[0] == "boolean":
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    if kinds[0] == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    if kinds[0] == "number" and _DECIMAL.fullmatch(value):
        return float(value) if math.isfinite(float(value)) else value
    return value


def _admits(value: Json, named: list[str], enum: list[Json] | None) -> bool:
    if enum is not None and not any(_same(value, other) for other in enum):
        return False
    return (not named or any(is_a(value, kind) for kind in named)) and bounded(value)


def is_a(value: Json, kind: str) -> bool:
    """Whether a JSON value is of a JSON Schema type; true is no number."""
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if kind == "number":
        return _number(value)
    return isinstance(value, {"string": str, "array": list, "object": dict}[kind])


def _number(value: Json) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and math.isfinite(value)


def _scalar(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) <= 200
    return value is None or isinstance(value, (bool, int)) or _number(value)


def bounded(value: Json, nodes: int = 100, depth: int = 5) -> bool:
    """Whether a value is small; shared or cyclic YAML aliases are counted out, not up."""
    level = [value]
    for _ in range(depth):
        if not level:
            return True
        nodes -= len(level)
        if nodes < 0 or any(isinstance(item, str) and len(item) > TEXT for item in level):
            return False
        below: list[Json] = []
        for item in level:
            if isinstance(item, (dict, list)):
                if len(item) > nodes:
                    return False
                below.extend(item.values() if isinstance(item, dict) else item)
        level = below
    return not level


def _same(a: Json, b: Json) -> bool:
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _distinct(values: list[Json]) -> list[Json]:
    return list({repr(value): value for value in reversed(values)}.values())[::-1]


@lru_cache(maxsize=4096)
def compiles(pattern: str) -> bool:
    """Whether Python's ``re`` reads the pattern without complaint and cannot be driven into nested repeats."""
    if len(pattern) > 300 or _NESTED_REPEAT.search(pattern):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a set or flag that Python reads otherwise than the vendor
        try:
            re.compile(pattern)
        except (re.error, Warning, OverflowError, RecursionError):
            return False
    return True
