"""What counts as telling a value: however people write it, and never a part of something else."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.tasks.saying import says
from agentgym.types import Json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10, "You have 10 left."),
        (10, "There are ten."),
        (10, "It is 10%."),
        (10, "(10)"),
        (1299.0, "That makes $1,299.00."),
        (1299.0, "1299"),
        (5, "It costs $5.00, as I said."),
        (-20.5, "Your balance is -20.50 now"),
        (-20.5, "Your balance is -$20.50 now"),
        (385.28571, "about 385.29 euros"),
        (0, "Zero of them are open."),
        ("10", "Room 10, please."),
        ("2025-06-18", "It is due on 2025-06-18."),
        ("2025-06-18", "on June 18, 2025"),
        ("2025-06-18", "on Wednesday, 18 June 2025"),
        ("2025-06-18", "by the 18th of June, 2025"),
        ("2025-06-08", "by Jun 8th, 2025"),
        ("09:30", "at 9:30"),
        ("09:30", "at 09:30 a.m."),
        ("21:30:00", "at 9:30 PM"),
        ("21:30", "at 21:30"),
        ("12:00", "at 12 pm sharp"),
        ("00:15", "at 12:15 AM"),
        ("2025-06-18T21:30:00Z", "2025-06-18T21:30:00Z"),
        ("2025-06-18T21:30:00Z", "June 18, 2025 at 9:30 PM"),
        ("2025-06-18T09:30:00Z", "at 9:30 am on Wednesday, June 18, 2025"),
        ("2025-06-18T00:00:00Z", "June 18, 2025"),
        ("checked_in", "You are Checked in."),
        ("checked_in", "status: checked-in"),
        ("ORD-10", "It is ord-10."),
        ("ana@example.com", "Write to ana@example.com."),
        ("Ana Silva", "for ana  silva!"),
        (["Oslo", 3], "3 to Oslo"),
        ({"city": "Oslo"}, "in Oslo"),
    ],
)
def test_people_write_values_in_many_ways(value: Json, text: str) -> None:
    assert says(text, value), f"{text!r} tells {value!r}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10, "100"),
        (10, "10:30"),
        (10, "10.5"),
        (10, "1,210"),
        (10, "10,000"),
        (10, "ORD-10"),
        (10, "2025-10-10"),
        (10, "10th"),
        (10, "-10"),
        (-10, "10"),
        (1, "the one you want"),
        (3, "3-5 days"),
        (385.28571, "385.3"),
        ("10", "10:30"),
        ("10", "10.5"),
        ("ORD-10", "ORD-100"),
        ("ORD-10", "ORD-10-2"),
        ("ORD-10", "ORD-1"),
        ("2025-06-18", "June 18"),
        ("2025-06-18", "June 18, 2026"),
        ("2025-06-18", "July 18, 2025"),
        ("2025-06-08", "June 18, 2025"),
        ("2025-99-18", "June 18, 2025"),
        ("09:30", "9:30 PM"),
        ("09:30", "09:30 p.m."),
        ("21:30", "9:30"),
        ("09:30:15", "9:30"),
        ("2025-06-18T09:30:00Z", "June 18, 2025"),
        ("2025-06-18T09:30:00Z", "from June 18, 2025 to June 20, 2025 at 9:30"),
        ("ana@example.com", "ana@example.com.au"),
        ("art", "The party starts."),
        ("checked_in", "checked out"),
        (" ", "anything"),
        ("", "anything"),
        (True, "yes, it is true"),
        (None, "none"),
        ([3, "Oslo"], "3 to Bergen"),
    ],
)
def test_a_part_of_something_else_tells_nothing(value: Json, text: str) -> None:
    assert not says(text, value), f"{text!r} does not tell {value!r}"


NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 2))


@given(NUMBERS)
def test_a_number_is_told_by_its_digits_grouped_or_not(number: float) -> None:
    assert says(f"It is {number:,}.", number) and says(f"It is {number}.", number)
    assert says(f"It is ${abs(number):,.2f}.", abs(number))


@given(NUMBERS, NUMBERS)
def test_no_number_tells_another(number: float, other: float) -> None:
    assert says(f"It is {other:,} now.", number) == (number == other)


@given(
    st.integers(1, 10**6), st.sampled_from(["{}0", "1{}", "{}:30", "A-{}", "{}.5", "{}st", "x{}", "{}/7", "1,{:03}"])
)
def test_a_number_inside_a_longer_token_is_not_told(number: int, frame: str) -> None:
    text = frame.format(number)
    assert says(text, number) == (text == str(number))


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1))


@given(MOMENTS, st.sampled_from(["%B %d, %Y", "%d %B %Y", "%Y-%m-%d", "%b %d, %Y"]))
def test_a_day_is_told_however_it_is_written(moment: datetime, form: str) -> None:
    assert says(f"on {moment:{form}}.", f"{moment:%Y-%m-%d}")


@given(MOMENTS, MOMENTS)
def test_a_time_of_day_is_told_on_both_clocks_and_tells_no_other(moment: datetime, other: datetime) -> None:
    value = f"{moment:%H:%M}"
    for form in ("%H:%M", "%I:%M %p"):
        assert says(f"at {moment:{form}}.", value)
        assert says(f"at {other:{form}}.", value) == (f"{other:%H:%M}" == value)


@given(st.text(max_size=40), st.text(max_size=12))
def test_no_text_breaks_it(text: str, value: str) -> None:
    assert isinstance(says(text, value), bool)
    if value.strip("_ \t\n").isalnum():
        assert says(f"It is {value} .", value), "a word between spaces is told"
