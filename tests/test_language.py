"""A tool's name is read the way its author meant it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.build.semantics.language import first_sentence, participles, plural, read_name, singular


@pytest.mark.parametrize(
    ("name", "verb", "kind", "noun"),
    [
        ("cancel_pending_order", "cancel", "act", ("pending", "order")),
        ("find_user_id_by_email", "find", "list", ("user",)),
        ("companiesAll", "all", "list", ("company",)),
        ("FetchMessage", "fetch", "get", ("message",)),
        ("check_in_guest", "check_in", "act", ("guest",)),
        ("get_order_details", "get", "get", ("order",)),
        ("ListAvailablePhoneNumbers", "list", "list", ("available", "phone", "number")),
        ("transfer_funds", "transfer", "act", ("fund",)),
    ],
)
def test_names_are_read(name: str, verb: str, kind: str, noun: tuple[str, ...]) -> None:
    reading = read_name(name)
    assert (reading.verb, reading.kind, reading.noun) == (verb, kind, noun), f"{name} was read as {reading}."


@pytest.mark.parametrize(
    "noun", ["order", "policy", "address", "branch", "box", "fine", "warehouse", "invoice", "leave"]
)
def test_a_plural_has_its_singular(noun: str) -> None:
    assert singular(plural(noun)) == noun, f"{plural(noun)} became {singular(plural(noun))}."


@pytest.mark.parametrize(
    ("verb", "form"),
    [("cancel", "cancelled"), ("cancel", "canceled"), ("check_in", "checked_in"), ("pay", "paid"), ("freeze", "frozen"),
     ("approve", "approved"), ("ship", "shipped"), ("deny", "denied")],
)  # fmt: skip
def test_participles_hold_the_status(verb: str, form: str) -> None:
    assert form in participles(verb), f"{form} is missing from {sorted(participles(verb))}."


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(name: str) -> None:
    reading = read_name(name)
    assert reading.kind in ("get", "list", "count", "create", "update", "delete", "act"), (
        f"{name!r} has kind {reading.kind}."
    )


def test_a_long_sentence_is_cut_at_a_word() -> None:
    line = first_sentence("word " * 100, limit=42)
    assert len(line) <= 45 and line.endswith("word..."), f"The sentence was cut to {line!r}."
