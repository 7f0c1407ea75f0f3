"""Duplicates are found, near and exact, and nothing else is."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agentgym.learn import dedupe
from agentgym.learn.dedupe import COMPARED, SHINGLE, Duplicate, Duplicates
from agentgym.types import Json

WORDS = "please cancel my order and send the refund to card number four two one today thanks a lot for all help".split()


def row(user: str, *, tool: str = "cancel_order", system: str = "Be kind.", result: str = "{}") -> list[Json]:
    call = {"id": "call00000", "type": "function", "function": {"name": tool, "arguments": {"order_id": "ORD-1"}}}
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": user},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call00000", "name": tool, "content": result},
        {"role": "assistant", "content": "Done."},
    ]


def numbered(count: int) -> str:
    """So many words, no two alike."""
    return " ".join(f"{WORDS[place % len(WORDS)]}{place}" for place in range(count))


def shingle_set(messages: list[Json]) -> set[str]:
    """The shingles in plain Python, from the same definition."""
    words = dedupe._WORD.findall("\n".join(dedupe._said([m for m in messages if m["role"] != "system"])).lower())
    return {" ".join(words[place : place + SHINGLE]) for place in range(max(1, len(words) - SHINGLE + 1))}


def jaccard(one: list[Json], other: list[Json]) -> float:
    first, second = shingle_set(one), shingle_set(other)
    return len(first & second) / len(first | second)


def test_the_system_prompt_does_not_make_a_row_new() -> None:
    seen = Duplicates(0.8)
    assert seen.of("a", "shop", row("Hello")) is None
    found = seen.of("b", "mart", row("Hello", system="Be brief."))
    assert found == Duplicate("a", 1.0, exact=True), "twins of two domains are one row"


def test_a_near_duplicate_names_the_row_it_is_like() -> None:
    seen = Duplicates(0.8)
    said = numbered(100)
    assert seen.of("a", "shop", row(said)) is None
    found = seen.of("b", "shop", row(said + " Bye."))
    assert found and found.of == "a" and 0.8 <= found.similarity < 1 and not found.exact


def test_what_is_named_was_kept() -> None:
    """A copy of a row that was itself dropped names the row that is there."""
    seen = Duplicates(0.8)
    said = numbered(100)
    seen.of("a", "shop", row(said))
    near = seen.of("b", "shop", row(said + " Bye."))
    assert near and seen.of("c", "shop", row(said + " Bye.")) == near


def test_two_rows_of_one_name_are_two_rows() -> None:
    seen = Duplicates(0.8)
    assert seen.of("a", "shop", row("Hello")) is None
    assert seen.of("a", "shop", row("Hello")) == Duplicate("a", 1.0, exact=True)


def test_other_tools_or_another_domain_make_it_another_row() -> None:
    seen = Duplicates(0.8)
    said = numbered(100)
    assert seen.of("a", "shop", row(said)) is None
    assert seen.of("b", "shop", row(said + " Bye.", tool="return_order")) is None
    assert seen.of("c", "mart", row(said + " Bye.")) is None


def test_a_result_alone_makes_no_new_row_but_says_near() -> None:
    seen = Duplicates(0.8)
    assert seen.of("a", "shop", row("Hello")) is None
    found = seen.of("b", "shop", row("Hello", result='{"x":1}'))
    assert found == Duplicate("a", 1.0, exact=False), "the same words and calls, whatever the tool answered"


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join), max_size=8), st.floats(0.3, 1))
def test_what_is_removed_is_a_duplicate(texts: list[str], threshold: float) -> None:
    """No false alarms: the row that is named is at least as similar as asked, by the definition in plain sets."""
    seen = Duplicates(threshold)
    for number, text in enumerate(texts):
        found = seen.of(str(number), "shop", row(text))
        if found:
            exact = jaccard(row(text), row(texts[int(found.of)]))
            assert exact >= threshold - 1e-9, f"{text!r} was removed for a row of similarity {exact}"
            assert abs(exact - found.similarity) < 1e-9


def test_near_duplicates_are_found() -> None:
    """Misses are as rare as the docstring says: of 300 pairs above 0.85 none or one."""
    missed = above = 0
    for number in range(300):
        words = [f"{word}{(number * 31 + place) % 997}" for place, word in enumerate(WORDS * 6)]
        changed = [*words[:-3], "other", "words", "here"]
        one, other = row(" ".join(words)), row(" ".join(changed))
        if jaccard(one, other) >= 0.85:
            above += 1
            seen = Duplicates(0.8)
            seen.of("a", "shop", one)
            missed += seen.of("b", "shop", other) is None
    assert above == 300 and missed <= 1, f"{missed} of {above} near duplicates were missed"


def test_a_crowded_band_is_not_searched_to_its_end() -> None:
    """Rows that share much, but not enough, are compared with a bounded number of others."""
    seen = Duplicates(1.0)
    compared: list[int] = []
    nearest = seen._nearest

    def counted(shingles: dedupe.Shingles, bands: list[bytes]) -> Duplicate | None:
        compared.append(len({number for band in bands for number in seen._bands.get(band, [])[-COMPARED:]}))
        return nearest(shingles, bands)

    seen._nearest = counted  # type: ignore[method-assign]
    for number in range(400):
        seen.of(str(number), "shop", row(" ".join(WORDS * 4) + f" number {number}"))
    assert max(compared) <= dedupe.BANDS * COMPARED
    assert max(compared) > COMPARED, "the rows of this test do not crowd a band, so it shows nothing"


def test_the_bands_catch_what_they_promise() -> None:
    """The chance to miss a pair, from the formula, falls with similarity and is what the module says."""
    missed = [(1 - similarity**dedupe.ROWS) ** dedupe.BANDS for similarity in (0.8, 0.85, 0.9)]
    assert all(one > other for one, other in pairwise(missed))
    assert 1 / missed[0] > 540 and 1 / missed[1] > 7_000 and 1 / missed[2] > 360_000
