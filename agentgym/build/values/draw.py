"""One realistic value for a column, by its enum, examples, name, format and bounds.

There is no clock here, and no chance but the one that is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import ceil, floor
from random import Random
from typing import TypeAlias

from agentgym.build.semantics.shapes import column_of, is_numeric, json_type, plain, properties, required
from agentgym.build.values.patterns import matching
from agentgym.build.values.samples import COUNTRIES as COUNTRIES
from agentgym.build.values.samples import FORMATS, GUESSES, RULES, code, guess, rule, word
from agentgym.types import Column, Json
from agentgym.world.naming import snake, words

Maker: TypeAlias = Callable[[Random], Json]

NOW = datetime(2025, 6, 16, 9, 0, 0)  # the time of every world that does not say otherwise: a Monday morning
REMEMBERED = 4096  # JSON columns whose schemas are kept read
_documents: dict[int, tuple[Column, Maker]] = {}  # by the column's identity
_WIDTHS = (6, 4, 2, 0)  # properties that a nested object shows, by depth, besides those it must have
_SHAPED = re.compile(r"\^?([A-Za-z_-]*)(?:\[([0-9a-zA-Z-]+)\]|\\d)\{(\d+)(?:,\d*)?\}\$?")  # ^AC[0-9a-f]{32}$
_CHOICE = re.compile(r"\((?:\?:)?([^|()]*)\|[^()]*\)")  # of (SM|MM), the first


def draw(column: Column, chance: Random) -> Json:
    """A value for a column that is not a key and not a reference."""
    if column.enum:
        return chance.choice(column.enum)
    if column.type == "bool":
        return chance.random() < 0.5
    if is_numeric(column):
        return _number(column, chance)
    if column.type == "json":
        return _document(column)(chance)
    return _text(column, chance)


def _text(column: Column, chance: Random) -> str:
    """A text that keeps to the column's pattern and lengths."""
    text = _free_text(column, chance)
    if column.max_length and len(text) > column.max_length and snake(column.name).endswith("country"):
        text = str(RULES["country_code"](chance))
    if column.pattern and not _fits(column, text):
        text = matching(column.pattern, chance, column.min_length, column.max_length) or text
    if len(text) < column.min_length:
        text = text.ljust(column.min_length, "x")
    return text[: column.max_length].rstrip() or text[: column.max_length] if column.max_length else text


def _fits(column: Column, text: str) -> bool:
    long_enough = column.min_length <= len(text) and (column.max_length is None or len(text) <= column.max_length)
    try:
        return long_enough and re.search(column.pattern, text) is not None
    except (re.error, OverflowError, RecursionError):
        return True


def _free_text(column: Column, chance: Random) -> str:
    if len(column.examples) >= 3:
        return str(chance.choice(column.examples))
    moment = _moment(column, chance)
    if moment is not None:
        return moment
    if column.examples and not rule(column.name) and not column.format:
        return str(chance.choice(column.examples))
    found = _SHAPED.fullmatch(_CHOICE.sub(r"\1", column.pattern))
    if found:
        letters = "0123456789abcdef" if "a-" in (found[2] or "") else "0123456789"
        return found[1] + "".join(chance.choice(letters) for _ in range(int(found[3])))
    made = rule(column.name) or RULES.get(form := FORMATS.get(column.format, "")) or GUESSES.get(form)
    if made is not None:
        return str(made(chance))
    if column.format == "uuid":
        digits = "".join(chance.choice("0123456789abcdef") for _ in range(32))
        return "-".join((digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:]))
    if column.examples:
        return str(chance.choice(column.examples))
    if column.min_length > 24:
        return "".join(chance.choice("0123456789abcdef") for _ in range(column.min_length))
    guessed = guess(column.name)
    if guessed is not None:
        return str(guessed(chance))
    called = code(column.name, chance)
    return called or f"{word(chance)} {' '.join(words(column.name)[-2:])}".strip().ljust(column.min_length, "x")


def _moment(column: Column, chance: Random) -> str | None:
    """A date or time as ISO text, around the world's own time."""
    slot = snake(column.name)
    past = (
        slot.endswith(("created_at", "created", "updated_at", "date_created", "date_updated", "birth"))
        or "birth" in slot
    )
    if column.format == "date-time" or (
        not column.format and slot.endswith(("_at", "_time")) and column.type == "str" and not column.pattern
    ):
        moment = NOW + timedelta(minutes=15 * (-chance.randrange(40, 9000) if past else chance.randrange(-200, 4000)))
        return moment.isoformat(timespec="seconds") + "Z"
    if column.format == "date" or (not column.format and slot.endswith("_date")):
        if "birth" in slot:
            return date(chance.randrange(1950, 2006), chance.randrange(1, 13), chance.randrange(1, 29)).isoformat()
        return (
            NOW.date() + timedelta(days=-chance.randrange(1, 200) if past else chance.randrange(-20, 60))
        ).isoformat()
    if column.format == "time" or (
        column.pattern and slot.endswith(("_time", "_from", "_until", "time")) and ":" in column.pattern
    ):
        return f"{chance.randrange(6, 22):02d}:{chance.choice(['00', '15', '30', '45'])}"
    if column.format.startswith("date"):
        moment = NOW - timedelta(minutes=15 * chance.randrange(40, 9000))
        return moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return None


def _number(column: Column, chance: Random) -> int | float:
    slot = snake(column.name)
    low = column.minimum if column.minimum is not None else 1.0
    if low < -1_000_000 and (column.maximum is None or column.maximum > 0):
        low = 0.0  # a bound of the type, not of the thing
    money = any(part in slot for part in ("price", "amount", "total", "balance", "cost", "fee", "fare", "rate"))
    high = column.maximum if column.maximum is not None else max(low + 10, 500.0 if money else 40.0)
    high = min(high, low + 100_000)
    if column.minimum is None and column.maximum is None and len(column.examples) >= 2:
        return chance.choice([value for value in column.examples if isinstance(value, (int, float))])
    if column.type == "int":
        first = ceil(low)
        return chance.randint(first, max(first, floor(high)))
    return round(min(high, max(low, chance.uniform(low, high))), 2)


def _document(column: Column) -> Maker:
    """What draws the documents of a JSON column: its schema is read once, not once a row."""
    known = _documents.get(id(column))
    if known is None:
        if len(_documents) >= REMEMBERED:
            _documents.clear()
        known = _documents[id(column)] = (column, _maker(column.items, 0))  # held, so that no other gets its id
    return known[1]


def _maker(schema: dict[str, Json], depth: int) -> Maker:
    """Draws a small JSON value for a nested schema: arrays of one to three, objects of their first few properties."""
    schema = plain(schema)
    kind, enum = json_type(schema), schema.get("enum")
    if depth and isinstance(enum, list) and enum:
        return lambda chance: chance.choice(enum)
    if kind == "array":
        return _array(schema, depth)
    if kind == "object" or not kind:
        return _object(schema, depth)
    if kind not in ("string", "integer", "number", "boolean"):  # a type JSON does not have
        return word if depth else lambda chance: {word(chance): chance.randint(1, 99)}
    column = column_of("value" if depth else "item", schema)
    return lambda chance: draw(column, chance)


def _object(schema: dict[str, Json], depth: int) -> Maker:
    inner = properties(schema)
    if inner:
        needed = [name for name in required(schema) if name in inner]
        names = dict.fromkeys([*needed, *list(inner)[: _WIDTHS[min(depth, 3)]]])
        members = [(name, _maker(inner[name], depth + 1)) for name in names]
        return lambda chance: {name: make(chance) for name, make in members}
    other = schema.get("additionalProperties")
    if isinstance(other, dict) and json_type(other):
        value = _maker(other, depth + 1)
        return lambda chance: {word(chance): value(chance)}
    if other is False:
        return lambda chance: {}
    return lambda chance: {word(chance): chance.randint(1, 99)}


def _array(schema: dict[str, Json], depth: int) -> Maker:
    """One to three different elements, as many as the schema insists on, none where it is nested deeply."""
    item = schema.get("items") if isinstance(schema.get("items"), dict) else None
    fewest, most = (schema.get(name) for name in ("minItems", "maxItems"))
    least = fewest if isinstance(fewest, int) else 0
    if depth > 2 and not least:
        return lambda chance: []
    element = _maker(item or {"type": "string"}, depth + 1)

    def array(chance: Random) -> Json:
        count = max(chance.randint(1, 2 if depth else 3), least)
        count = min(count, most) if isinstance(most, int) else count
        values = [element(chance) for _ in range(count)]
        different = [value for position, value in enumerate(values) if value not in values[:position]]
        return different if len(different) >= least or schema.get("uniqueItems") else values

    return array
