"""The measure of how alike a domain's openings are."""

from __future__ import annotations

import pytest

from agentgym.tasks.wording.templates import SLOT, masked, masker, runs
from benchmarks.overlap import wording_overlap

ONE = "Hi, I'm Ana Silva. Please cancel my order ORD-1 for me today, thanks."


def test_values_names_and_numbers_are_slots() -> None:
    text = masker(["no_longer_needed", 12.0])("Hi, I'm Ana Silva. It is no longer needed, pay 12 for ORD-7, ana@x.com.")
    assert masked(text) == ["hi", "i'm", SLOT, "it", "is", SLOT, "pay", SLOT, "for", SLOT]


def test_a_value_is_masked_on_word_bounds_only() -> None:
    assert masker(["Port"])("Portland, Port!") == f"Portland,  {SLOT} !"


@pytest.mark.parametrize(
    ("other", "share"),
    [
        ("Hi, I'm Ben Okoro. Please cancel my order ORD-9 for me today, thanks.", 1.0),
        ("Could you cancel an order for me?", 0.0),
    ],
)
def test_openings_that_differ_in_values_only_are_alike(other: str, share: float) -> None:
    assert wording_overlap([ONE, other]) == share


def test_the_share_is_of_pairs() -> None:
    assert wording_overlap([ONE, ONE, "Nothing of the kind is wanted here by anybody at all."]) == pytest.approx(1 / 3)
    assert wording_overlap([ONE]) == 0.0


def test_a_run_is_eight_words_long() -> None:
    assert len(runs(masked("one two three four five six seven eight nine"))) == 2
    assert runs(["too", "short"]) == frozenset()
