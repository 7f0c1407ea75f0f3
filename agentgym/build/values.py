"""One realistic value for a column, by its enum, examples, name, format and bounds.

There is no clock here, and no chance but the one that is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from agentgym.build.shapes import column_of, is_numeric, json_type, properties, required
from agentgym.types import Column, Json
from agentgym.world.naming import snake, words

if TYPE_CHECKING:
    from faker import Faker

NOW = datetime(2025, 6, 16, 9, 0, 0)  # the time of every world that does not say otherwise: a Monday morning
_SHAPED = re.compile(r"\^?([A-Za-z_-]*)(?:\[([0-9a-zA-Z-]+)\]|\\d)\{(\d+)(?:,\d*)?\}\$?")  # ^AC[0-9a-f]{32}$
_CHOICE = re.compile(r"\((?:\?:)?([^|()]*)\|[^()]*\)")  # of (SM|MM), the first
COUNTRIES = ("United States", "Canada", "Germany", "France", "Japan", "Brazil")
_STATES = "CA NY TX WA IL MA CO GA FL OR PA OH MI NC VA AZ".split()


@cache
def _faker() -> Faker:
    from faker import Faker

    return Faker("en_US")


def _fake(chance: Random, method: str) -> str:
    faker = _faker()
    faker.seed_instance(chance.getrandbits(32))
    return str(getattr(faker, method)()).replace("\n", ", ")


# What a column's last words say about its value; the first rule whose words all end the name wins.
_BY_NAME: tuple[tuple[str, Callable[[Random], Json]], ...] = (
    ("first_name given_name", lambda chance: _fake(chance, "first_name")),
    ("last_name family_name surname", lambda chance: _fake(chance, "last_name")),
    (
        "full_name contact_name customer_name display_name author assignee owner sender recipient",
        lambda chance: _fake(chance, "name"),
    ),
    ("email email_address", lambda chance: _fake(chance, "ascii_safe_email")),
    (
        "phone phone_number mobile telephone",
        lambda chance: f"+1-{chance.randrange(201, 990)}-555-{chance.randrange(100, 10000):04d}",
    ),
    ("address street street_address address_line1 line1", lambda chance: _fake(chance, "street_address")),
    ("city town", lambda chance: _fake(chance, "city")),
    ("state province region", lambda chance: chance.choice(_STATES)),
    ("postal_code zip zip_code postcode", lambda chance: f"{chance.randrange(10000, 99999)}"),
    ("country", lambda chance: chance.choice(COUNTRIES)),
    ("country_code iso_country", lambda chance: chance.choice(["US", "CA", "DE", "FR", "JP", "BR", "GB"])),
    ("currency currency_code", lambda chance: chance.choice(["USD", "EUR", "GBP", "JPY"])),
    ("language locale", lambda chance: chance.choice(["en", "de", "fr", "es", "ja"])),
    ("timezone time_zone", lambda chance: chance.choice(["America/New_York", "Europe/Berlin", "Asia/Tokyo", "UTC"])),
    (
        "url uri link href website callback",
        lambda chance: f"https://www.example.com/{_word(chance)}/{chance.randrange(100, 999)}",
    ),
    ("company organization company_name vendor supplier", lambda chance: _fake(chance, "company")),
    (
        "username login user_name handle",
        lambda chance: f"{_fake(chance, 'first_name').lower()}{chance.randrange(10, 99)}",
    ),
    ("ip ip_address", lambda chance: f"192.0.2.{chance.randrange(1, 255)}"),
    ("color colour", lambda chance: chance.choice(["black", "white", "navy", "red", "green", "silver"])),
)
_RULES = {form: make for forms, make in _BY_NAME for form in forms.split()}
_FORMATS = {
    "email": "email", "uri": "url", "url": "url", "phone": "phone", "phone-number": "phone", "ipv4": "ip",
    "hostname": "username",
}  # fmt: skip
_WORDS = (
    "harbor meadow summit cedar river copper lantern maple orbit pixel quartz ridge sable timber umber velvet willow "
    "anchor birch canyon delta ember falcon garnet hazel indigo juniper"
).split()


def _word(chance: Random) -> str:
    return chance.choice(_WORDS)


def draw(column: Column, chance: Random) -> Json:
    """A value for a column that is not a key and not a reference."""
    if column.enum:
        return chance.choice(column.enum)
    if column.type == "bool":
        return chance.random() < 0.5
    if is_numeric(column):
        return _number(column, chance)
    if column.type == "json":
        return _document(column.items, chance, depth=0)
    return _text(column, chance)


def _text(column: Column, chance: Random) -> str:
    if len(column.examples) >= 3:
        return str(chance.choice(column.examples))
    moment = _moment(column, chance)
    if moment is not None:
        return moment
    if column.examples and not _rule(column.name) and not column.format:
        return str(chance.choice(column.examples))
    found = _SHAPED.fullmatch(_CHOICE.sub(r"\1", column.pattern))
    if found:
        letters = "0123456789abcdef" if "a-" in (found[2] or "") else "0123456789"
        return found[1] + "".join(chance.choice(letters) for _ in range(int(found[3])))
    rule = _rule(column.name) or _RULES.get(_FORMATS.get(column.format, ""))
    if rule is not None:
        return str(rule(chance))
    if column.format == "uuid":
        digits = "".join(chance.choice("0123456789abcdef") for _ in range(32))
        return "-".join((digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:]))
    if column.examples:
        return str(chance.choice(column.examples))
    if column.min_length > 24:
        return "".join(chance.choice("0123456789abcdef") for _ in range(column.min_length))
    return f"{_word(chance)} {' '.join(words(column.name)[-2:])}".strip().ljust(column.min_length, "x")


def _rule(name: str) -> Callable[[Random], Json] | None:
    parts = snake(name).split("_")
    return next((_RULES[form] for start in range(len(parts)) if (form := "_".join(parts[start:])) in _RULES), None)


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
    money = any(part in slot for part in ("price", "amount", "total", "balance", "cost", "fee", "fare", "rate"))
    high = column.maximum if column.maximum is not None else max(low + 10, 500.0 if money else 40.0)
    high = min(high, low + 100_000)
    if column.examples and column.minimum is None and len(column.examples) >= 3:
        return chance.choice([value for value in column.examples if isinstance(value, (int, float))])
    if column.type == "int":
        return chance.randint(int(low), max(int(low), int(high)))
    return round(min(high, max(low, chance.uniform(low, high))), 2)


def _document(schema: dict[str, Json], chance: Random, depth: int) -> Json:
    """A small JSON value for a nested schema: arrays of one to three, objects of their first few properties."""
    kind = json_type(schema)
    if kind == "array":
        item = schema.get("items") if isinstance(schema.get("items"), dict) else {"type": "string"}
        if depth > 2:
            return []
        values = [_document(item or {"type": "string"}, chance, depth + 1) for _ in range(chance.randint(1, 3))]
        return [value for position, value in enumerate(values) if value not in values[:position]]
    if kind == "object" or not kind:
        inner = properties(schema)
        if not inner:
            return {_word(chance): chance.randint(1, 99)}
        needed = [name for name in required(schema) if name in inner]
        names = dict.fromkeys([*needed, *(list(inner)[:6] if depth <= 2 else ())])
        return {name: _document(inner[name], chance, depth + 1) for name in names}
    return draw(column_of("value" if depth else "item", schema), chance)
