"""Names from the wild -> Python identifiers, the same way for the code that is written and the code that loads it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from functools import lru_cache

# Names the generated modules use themselves; an argument or column of that name gets an underscore.
RESERVED = frozenset(
    (
        "session query row rows result clock select read write new_id nest ToolError Session Clock Base Any Literal "
        "Field SQLModel registry metadata len list dict str int float bool round sum min max sorted range any all "
        "copy json schema validate set tuple abs reversed enumerate zip isinstance"
    ).split()
)

_PYDANTIC = re.compile(
    r"model_(config|fields|computed|construct|copy|dump|extra|json|parametrized|post|rebuild|validate)"
)


def words(name: str) -> list[str]:
    """Lower-case words of a camel, snake, kebab or dotted name: ``listOrderItems2`` -> list order items2."""
    return list(_words(name))


@lru_cache(maxsize=65_536)
def _words(name: str) -> tuple[str, ...]:
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name)
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", spaced)
    return tuple(word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word)


@lru_cache(maxsize=65_536)
def snake(name: str) -> str:
    """``OrderItemId`` -> ``order_item_id``; "x" where nothing ASCII is left."""
    return "_".join(_words(name)) or "x"


def identifier(name: str) -> str:
    """A Python identifier for ``name``: snake_case, never a keyword, a reserved name or underscore-led."""
    base = snake(name)[:60]
    if base[0].isdigit():
        base = f"n{base}"
    if keyword.iskeyword(base) or keyword.issoftkeyword(base) or base in RESERVED or _PYDANTIC.match(base):
        base = f"{base}_"
    return base


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Map each name to an identifier, none twice: a later name that collides gets a number."""
    taken: set[str] = set()
    out: dict[str, str] = {}
    for name in names:
        base = candidate = identifier(name)
        number = 2
        while candidate in taken:
            candidate = f"{base}{number}"
            number += 1
        taken.add(candidate)
        out[name] = candidate
    return out


def class_name(table: str) -> str:
    """``order_item`` -> ``OrderItem``."""
    name = "".join(word.capitalize() for word in words(table)) or "X"
    if name[0].isdigit():
        name = f"N{name}"
    return f"{name}_" if name in RESERVED or keyword.iskeyword(name) else name
