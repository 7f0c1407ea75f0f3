"""What a JSON value holds at any depth: its scalars, which are neither objects nor lists, and its objects."""

from __future__ import annotations

from collections.abc import Iterator

from agentgym.types import Json


def scalars(value: Json) -> Iterator[Json]:
    """Each scalar inside ``value``, in order."""
    return (leaf for _, leaf in located(value))


def located(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """The scalars with their paths: "/orders/0/id"."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from located(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from located(inner, f"{path}/{number}")
    else:
        yield path, value


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """Every object inside ``value``, itself included, outer ones first."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)
