"""Realistic texts and numbers by what a column is called: people, places, money, the machinery of the web.

The first rule whose words all end a column's name holds: ``billing_city`` is a city.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from agentgym.types import Json
from agentgym.world.naming import snake

if TYPE_CHECKING:
    from faker import Faker

Maker: TypeAlias = Callable[[Random], Json]
STOCK = 200  # different values of one kind that Faker is asked for
COUNTRIES = ("United States", "Canada", "Germany", "France", "Japan", "Brazil")
_STATES = "CA NY TX WA IL MA CO GA FL OR PA OH MI NC VA AZ".split()


@cache
def _faker() -> Faker:
    from faker import Faker

    return Faker("en_US")


@cache
def _stock(method: str) -> tuple[str, ...]:
    """What Faker has to offer under one name, drawn once: asking it for each value is what seeding would wait for."""
    faker = _faker()
    faker.seed_instance(method)
    return tuple(dict.fromkeys(str(getattr(faker, method)()).replace("\n", ", ") for _ in range(STOCK)))


def _fake(chance: Random, method: str) -> str:
    return chance.choice(_stock(method))


_WORDS = (
    "harbor meadow summit cedar river copper lantern maple orbit pixel quartz ridge sable timber umber velvet willow "
    "anchor birch canyon delta ember falcon garnet hazel indigo juniper"
).split()
_HEX = "0123456789abcdef"
_MEDIA = ("application/json", "text/plain", "image/png", "application/pdf", "text/csv")
_ENDINGS = ("pdf", "csv", "png", "txt", "json")
_THINGS = ("report", "review", "plan", "launch", "update", "request", "survey", "roadmap", "checklist", "meeting")
_SENTENCES = (
    "Set up for the {} team; see the {} notes.", "First draft of the {} part, to be checked against {}.",
    "The {} side works; {} is still open.", "Requested by the {} group after the {} review.",
    "Replaces the old {} entry; keep {} as it is.", "Covers {} and, where needed, {}.",
    "Agreed with {} on Monday; {} follows next week.", "Kept for reference: {} before {}.",
)  # fmt: skip
_STATUSES = ("active", "pending", "completed", "failed")
_REASONS = ("requested by the customer", "no longer needed", "duplicate entry", "wrong details")
_IDENTIFYING = frozenset("id ids sid uid guid key identifier reference number code".split())


def word(chance: Random) -> str:
    """One plain English word."""
    return chance.choice(_WORDS)


def letters(chance: Random, count: int, among: str = "abcdefghijkmnpqrstuvwxyz23456789") -> str:
    return "".join(chance.choice(among) for _ in range(count))


def digits(chance: Random, count: int) -> str:
    return letters(chance, count, "0123456789")


def rule(name: str) -> Maker | None:
    """What makes values for a column of this name, whatever its examples are; or None."""
    return _ending(name, RULES)


def guess(name: str) -> Maker | None:
    """What makes values for a column of this name that has no example; or None."""
    return _ending(name, GUESSES)


def _ending(name: str, makers: dict[str, Maker]) -> Maker | None:
    parts = snake(name).split("_")
    return next((makers[form] for start in range(len(parts)) if (form := "_".join(parts[start:])) in makers), None)


def code(name: str, chance: Random) -> str | None:
    """A value for a column that identifies something: ``subscription_id`` -> SUB-482143; None for another."""
    parts = snake(name).split("_")
    if len(parts) < 2 or parts[-1] not in _IDENTIFYING:
        return None
    return f"{parts[-2][:3].upper()}-{digits(chance, 6)}"


# What a column's last words say about its value; the first rule whose words all end the name wins.
_BY_NAME: tuple[tuple[str, Maker], ...] = (
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
        lambda chance: f"https://www.example.com/{word(chance)}/{chance.randrange(100, 999)}",
    ),
    ("company organization company_name vendor supplier", lambda chance: _fake(chance, "company")),
    (
        "username login user_name handle",
        lambda chance: f"{_fake(chance, 'first_name').lower()}{chance.randrange(10, 99)}",
    ),
    ("ip ip_address", lambda chance: f"192.0.2.{chance.randrange(1, 255)}"),
    ("color colour", lambda chance: chance.choice(["black", "white", "navy", "red", "green", "silver"])),
)
# The same, for columns whose vendor gives no example.
_GUESSED: tuple[tuple[str, Maker], ...] = (
    ("county district", lambda chance: f"{_fake(chance, 'last_name')} County"),
    (
        "arn resource_arn",
        lambda chance: f"arn:aws:service:us-east-1:{digits(chance, 12)}:{word(chance)}/{letters(chance, 8)}",
    ),
    ("password secret token api_key signature otp passcode", lambda chance: letters(chance, 20)),
    ("etag checksum hash sha digest fingerprint md5 sha1 sha256", lambda chance: letters(chance, 32, _HEX)),
    ("host hostname domain domain_name fqdn server", lambda chance: f"{word(chance)}.example.com"),
    ("version", lambda chance: f"{chance.randrange(1, 5)}.{chance.randrange(0, 20)}.{chance.randrange(0, 10)}"),
    ("path file_path directory folder_path prefix", lambda chance: f"/{word(chance)}/{word(chance)}"),
    ("file_name filename file", lambda chance: f"{word(chance)}-{chance.randrange(1, 99)}.{chance.choice(_ENDINGS)}"),
    ("mime_type content_type media_type", lambda chance: chance.choice(_MEDIA)),
    ("availability_zone zone", lambda chance: f"us-east-1{chance.choice('abcd')}"),
    ("location", lambda chance: _fake(chance, "city")),
    ("job_title position occupation profession", lambda chance: _fake(chance, "job")),
    (
        "description summary comment comments note notes message body text content details remarks bio about",
        lambda chance: chance.choice(_SENTENCES).format(word(chance), word(chance)),
    ),
    ("title subject headline caption", lambda chance: f"{word(chance).capitalize()} {chance.choice(_THINGS)}"),
    ("name label", lambda chance: f"{word(chance).capitalize()} {word(chance)}"),
    ("status lifecycle_state lifecycle_status", lambda chance: chance.choice(_STATUSES)),
    ("type kind", lambda chance: chance.choice(["standard", "basic", "custom"])),
    ("category group tier", lambda chance: chance.choice(["general", "internal", "premium", "archive"])),
    ("priority severity urgency", lambda chance: chance.choice(["low", "medium", "high"])),
    ("role access_level permission", lambda chance: chance.choice(["admin", "editor", "viewer"])),
    ("visibility", lambda chance: chance.choice(["public", "private"])),
    ("reason", lambda chance: chance.choice(_REASONS)),
    ("mac mac_address", lambda chance: ":".join(letters(chance, 2, _HEX) for _ in range(6))),
    ("symbol ticker", lambda chance: chance.choice("ACME NOVA ORBT PXL QRTZ RDGE SBLE UMBR VLVT WLLW".split())),
    ("gender sex", lambda chance: chance.choice(["female", "male", "nonbinary"])),
    ("sku part_number serial_number serial", lambda chance: f"{letters(chance, 3).upper()}-{digits(chance, 5)}"),
    ("branch ref", lambda chance: chance.choice(["main", "develop", f"feature/{word(chance)}"])),
)
GUESSES: dict[str, Maker] = {form: make for forms, make in _GUESSED for form in forms.split()}
RULES: dict[str, Maker] = {form: make for forms, make in _BY_NAME for form in forms.split()}
FORMATS = {
    "email": "email", "uri": "url", "url": "url", "phone": "phone", "phone-number": "phone", "ipv4": "ip",
    "hostname": "hostname", "password": "password", "uri-reference": "url", "iri": "url",
}  # fmt: skip
