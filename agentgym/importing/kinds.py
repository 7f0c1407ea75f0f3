"""What the values that one place of a state holds are: scalars, objects of known members, maps by data keys, lists."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Literal, TypeAlias

from agentgym.types import Json, Schema

Scalar: TypeAlias = Literal["str", "int", "float", "bool"]
Kind: TypeAlias = Literal["str", "int", "float", "bool", "object", "list", "json"]
Form: TypeAlias = Literal["record", "map", "json"]

MEMBERS_AT_MOST = 200  # an object with more different members is keyed by data
_RARE = 0.25  # how often a member must be there, on average, where there are many
_MANY = 8
_ALIKE_AT_MOST = 30  # members of the values of a map that have none in common
_ENUM_AT_MOST = 10
_ENUM_REPEATS = 3  # how often the value of a closed column comes, on average
_CLOSED = frozenset("status type kind stage phase cabin class level tier".split())  # columns that are closed anyway

_SCALARS: Mapping[type, Scalar] = {str: "str", int: "int", float: "float", bool: "bool"}
_JSON: Mapping[type, str] = {
    str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "array"
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]*")
_NUMBERED = re.compile(r"\d{3}")
_WORDS = re.compile(r"[A-Za-z][A-Za-z _-]*")


def kind_of(values: Iterable[Json]) -> tuple[Kind, bool]:
    """What kind all of ``values`` are, and whether nulls are among them. Whole and other numbers together are floats.

    An object or a list that may be null is ``json``: rows cannot tell null from an empty list.
    """
    types = {type(value) for value in values}
    nulls = type(None) in types
    types.discard(type(None))
    if not types:
        return "str", nulls
    if types == {int, float}:
        return "float", nulls
    only = next(iter(types)) if len(types) == 1 else object
    if only in _SCALARS:
        return _SCALARS[only], nulls
    if nulls or only not in (dict, list):
        return "json", nulls
    return ("object" if only is dict else "list"), False


def form_of(objects: Sequence[Mapping[str, Json]]) -> Form:
    """Whether objects have known members, or are keyed by data: then whether their values are rows of one kind."""
    counts = Counter(key for one in objects for key in one)
    values = [value for one in objects for value in one.values()]
    rows = bool(values) and all(isinstance(value, dict) for value in values) and _alike(values)
    if not counts or not _keyed_by_data(counts, len(objects), rows):
        return "record"
    return "map" if rows else "json"


def _keyed_by_data(counts: Counter[str], objects: int, rows: bool) -> bool:
    if len(counts) > MEMBERS_AT_MOST or all(count < objects for count in counts.values()):
        return True
    if len(counts) > _MANY and counts.total() < _RARE * len(counts) * objects:
        return True
    data = sum(_is_data(key) or (rows and any(map(str.isdigit, key))) for key in counts)
    return 2 * data > len(counts)


def _is_data(key: str) -> bool:
    """Whether a key looks like an id, a date or a number, not like the name of a member."""
    return not _NAME.fullmatch(key) or bool(_NUMBERED.search(key))


def _alike(values: Sequence[Mapping[str, Json]]) -> bool:
    counts = Counter(key for value in values for key in value)
    common = len(values) in counts.values()
    return len(counts) <= (MEMBERS_AT_MOST if common else _ALIKE_AT_MOST)


def closed_set(member: str, values: Sequence[Json]) -> tuple[str, ...]:
    """The values of a text column that takes few, such as a status, in the order of the alphabet; () for any other."""
    distinct = {value for value in values if value is not None}
    if not 2 <= len(distinct) <= _ENUM_AT_MOST or not all(_WORDS.fullmatch(value) for value in distinct):
        return ()
    repeated = len(values) >= _ENUM_REPEATS * len(distinct)
    return tuple(sorted(distinct)) if repeated or member in _CLOSED else ()


def stored(values: Iterable[Json]) -> Schema:
    """The JSON Schema of what a json column holds: an object, a list, or one of several."""
    types = {_JSON[type(value)] for value in values if value is not None}
    return {"type": sorted(types) if len(types) > 1 else next(iter(types), "object")}


def marker(objects: Sequence[Mapping[str, Json]]) -> str | None:
    """A member that every object has, with a scalar that is never null: it tells an object from none."""
    return next((name for name in objects[0] if all(type(one.get(name)) in _SCALARS for one in objects)), None)


def altered(kind: Kind, values: Iterable[Json]) -> int:
    """How many of a column's fractional numbers SQLite gives back as others.

    It knows no negative zero, and takes the text of a json column for a number where it looks like one: 5.0 becomes 5.
    """
    numbers = [value for value in values if type(value) is float]
    if kind == "float":
        return sum(value == 0 and math.copysign(1, value) < 0 for value in numbers)
    with closing(sqlite3.connect(":memory:")) as raw:
        raw.execute("CREATE TABLE one (value JSON)")
        raw.executemany("INSERT INTO one VALUES (?)", [(json.dumps(value),) for value in numbers])
        back = [value for (value,) in raw.execute("SELECT value FROM one ORDER BY rowid")]
    return sum(repr(value) != repr(number) for value, number in zip(back, numbers, strict=True))
