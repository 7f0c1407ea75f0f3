"""The words of users: values said so that they can be found again, labels people would use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.tasks.phrases import a, counted, join, label, noun, quote, show, tells

TEXT = st.text("abcdefghij ABC_0123456789-.", min_size=1, max_size=30).filter(lambda text: text.strip(" _"))
SCALARS = st.one_of(TEXT, st.integers(-(10**9), 10**9), st.decimals(-9999, 9999, places=2).map(float))


@given(value=st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=3)))
def test_what_is_said_can_be_told(value: object) -> None:
    assert tells(f"Please take {quote(value)}, thanks.", value), f"{value!r} is lost in {quote(value)!r}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It costs 100.", 10),
        ("Order ORD-10010.", "ORD-1001"),
        ("Version 1.55.", 1.5),
        ("Nothing here.", "Porto"),
        ("", "x"),
    ],
)
def test_a_part_of_a_word_or_number_tells_nothing(text: str, value: object) -> None:
    assert not tells(text, value), f"{text!r} does not carry {value!r}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It is no longer needed.", "no_longer_needed"),
        ("That makes $40.", 40.0),
        ("I LIVE IN PORTO", "Porto"),
        ("Black and 2.", ["black", 2]),
    ],
)
def test_people_say_values_in_their_own_way(text: str, value: object) -> None:
    assert tells(text, value), f"{text!r} carries {value!r}"


def test_values_are_shown_as_people_write_them() -> None:
    shown = [show(value) for value in ("on_hold", "ana_silva_4411", 60.0, 59.9, True, ["a", "b", "c"])]
    assert shown == ["on hold", "ana_silva_4411", "60", "59.9", "yes", "a, b and c"]


def test_names_become_plain_english() -> None:
    labels = [
        label(name) for name in ("userId", "min_price", "is_active", "hired_on", "created_at", "starts_on", "from")
    ]
    assert labels == ["user ID", "lowest price", "active", "date hired", "date created", "start date", "origin"]
    assert [noun(name) for name in ("order_item", "firestore_projects_databases_document")] == [
        "order item",
        "database document",
    ]
    assert [a(word) for word in ("order", "user", "hour", "card")] == ["an order", "a user", "an hour", "a card"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("filter[name]", "name"),
        ("X-Request-Id", "request ID"),
        ("shippingAddressLine", "shipping address line"),
        ("duration_minutes", "duration in minutes"),
        ("valid_until", "valid-until date"),
        ("order_no", "order number"),
        ("licence_expires_on", "licence expiry date"),
        ("opens_on", "opening date"),
        ("size_gb", "size in GB"),
        ("ID", "id"),
        ("\u540d\u524d", "value"),
    ],
)
def test_names_from_the_wild_come_out_as_words(name: str, said: str) -> None:
    assert label(name) == said


def test_numbers_go_with_what_they_count() -> None:
    said = [counted("passengers", 6), counted("checked_bags", 1), counted("duration_minutes", 90), counted("price", 5)]
    assert said == ["6 passengers", "1 checked bag", "a duration of 90 minutes", ""]


def test_lists_are_joined_as_in_speech() -> None:
    assert [join(["a"]), join(["a", "b"]), join(["a", "b", "c"]), join([])] == ["a", "a and b", "a, b and c", ""]
