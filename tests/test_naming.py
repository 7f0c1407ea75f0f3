"""Names from the wild become Python identifiers, and never two the same."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.world.naming import RESERVED, class_name, identifier, identifiers, snake, words

HOSTILE = st.text() | st.sampled_from(
    [
        "class",
        "match",
        "session",
        "__init__",
        "a); import os",
        "x\ny",
        "İd",
        "ﬁ",
        "1st",
        "",
        "-",
        "model_config",
        "None",
    ]
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("listOrderItems2", ["list", "order", "items2"]),
        ("HTTPServerURL", ["http", "server", "url"]),
        ("get-order.details", ["get", "order", "details"]),
        ("order_item_id", ["order", "item", "id"]),
        ("", []),
    ],
)
def test_words(name: str, expected: list[str]) -> None:
    assert words(name) == expected


@given(HOSTILE)
def test_an_identifier_is_always_usable(name: str) -> None:
    made = identifier(name)
    assert made.isidentifier() and made.isascii(), f"{name!r} became {made!r}, which is no ASCII identifier"
    assert not keyword.iskeyword(made), f"{name!r} became the keyword {made!r}"
    assert not made.startswith("_"), f"{name!r} became {made!r}, which is private"
    assert made not in RESERVED, f"{name!r} became {made!r}, a name the generated code uses itself"


@given(st.lists(HOSTILE, unique=True, max_size=12))
def test_no_two_names_share_an_identifier(names: list[str]) -> None:
    made = identifiers(names)
    assert list(made) == names, "every name must be there, in order"
    assert len(set(made.values())) == len(names), f"two names share an identifier in {made}"


@given(st.lists(HOSTILE, unique=True, max_size=12))
def test_numbered_identifiers_stay_usable(names: list[str]) -> None:
    for name, made in identifiers(names).items():
        assert made.isidentifier() and made not in RESERVED, f"{name!r} became {made!r}"


def test_collisions_are_numbered_in_order() -> None:
    assert identifiers(["orderId", "order_id", "order-id", "order_id2"]) == {
        "orderId": "order_id",
        "order_id": "order_id2",
        "order-id": "order_id3",
        "order_id2": "order_id22",
    }


@given(HOSTILE)
def test_a_class_name_is_always_usable(table: str) -> None:
    made = class_name(table)
    assert made.isidentifier() and made.isascii() and made not in RESERVED, f"{table!r} became the class {made!r}"
    assert not keyword.iskeyword(made), f"{table!r} became the keyword {made!r}"


@pytest.mark.parametrize("name", ["order_item", "OrderItem", "order-item", "order item"])
def test_one_entity_has_one_spelling(name: str) -> None:
    assert snake(name) == "order_item"
    assert class_name(name) == "OrderItem"
