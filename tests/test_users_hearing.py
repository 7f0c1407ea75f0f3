"""What the scripted user hears in any text, and values that a text carries."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.tasks.phrases import TELL
from agentgym.types import Json
from agentgym.users import ScriptedUser, Sight
from agentgym.users.hearing import hear
from agentgym.users.knowledge import carries, knowledge
from agentgym.users.voice import BRISK, CHATTY, MANNERS, PLAIN, Manner
from tests.customers import FACTS, LONG, NO, OPEN, QUESTIONS, SLIP, TASK, THOUGHT, user

# -- any text -------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [*(question for question, _ in QUESTIONS), LONG, NO, "Done.", "- **Email**:", "?", "or", "yes/no", "\n\n", "1)"]
)
TALK = st.lists(PIECES | st.text(max_size=80), max_size=6).map(" ".join)
SIGHTS = st.sampled_from([Sight(False), OPEN, Sight(False, (0,)), Sight(False, (1,), (1,)), Sight(False, (2,))])
OWN = [
    *(text for _, text in FACTS.values()), TASK.intent, THOUGHT, "return it", "tell me the balance",
    *(goal.text for goal in TASK.goals), f"close my account{TELL}the balance",
]  # fmt: skip
STOCK = {
    word
    for manner in MANNERS
    for name in Manner.__slots__
    if isinstance(bank := getattr(manner, name), tuple)
    for phrase in bank
    for word in phrase.replace("{0}", " ").split()
}


def leftover(text: str) -> set[str]:
    """The words of a reply that are neither its own sentences nor stock phrases."""
    for sentence in sorted(OWN, key=len, reverse=True):
        text = text.replace(sentence, " ")
    return {word for word in text.split() if word not in STOCK and word.strip(".,:?! ") not in ("", "and")}


@settings(max_examples=300)
@given(st.lists(st.tuples(TALK, SIGHTS), max_size=12), st.integers(0, 40), st.booleans())
def test_whatever_is_said_it_answers_in_its_own_words_and_ends(
    talk: list[tuple[str, Sight]], seed: int, slips: bool
) -> None:
    """From equal seeds equal replies; nothing of the agent's text comes back; an answer is never given away."""
    task = SLIP if slips else TASK
    one, two = ScriptedUser(task, seed), ScriptedUser(task, seed)
    for message, sight in talk:
        reply = one.reply(message, sight)
        assert reply == two.reply(message, sight)
        assert reply.text and not leftover(reply.text), f"{message!r} brought out {reply.text!r}"
        assert reply.stop != "user_done", "it is not met"
        if reply.stop:
            break
    assert one.reply("Here you are.", Sight(True)).stop == "user_done"


@given(TALK, st.integers(0, 40))
def test_no_message_keeps_it_talking_for_ever(message: str, seed: int) -> None:
    talk = ScriptedUser(TASK, seed)
    stops = [talk.reply(message, OPEN).stop for _ in range(30)]
    assert "user_gave_up" in stops, f"{message!r} again and again brings it nowhere"


@given(st.text(max_size=200))
def test_hearing_never_fails(message: str) -> None:
    heard = hear(message, knowledge(TASK), TASK.intent)
    assert set(heard.wanted).isdisjoint(heard.wrong)


@pytest.mark.parametrize("message", ["?" * 5000, "a: " * 2000, "confirm " * 1000, "- item\n" * 1000, "1) " * 3000])
def test_a_long_message_is_read_in_part(message: str) -> None:
    assert user().reply(message, OPEN).text


def test_a_parked_user_is_small() -> None:
    one = ScriptedUser(TASK, 1)
    one.reply("What is your email?", OPEN)
    own = sum(sys.getsizeof(getattr(one, name)) for name in ScriptedUser.__slots__ if name != "_task")
    assert not hasattr(one, "__dict__") and sys.getsizeof(one) + own < 500
    assert knowledge(TASK) is knowledge(TASK), "what a task's user knows is made once"


# -- values in a text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (10, "It is 100.", False),
        (10, "It is 10.", True),
        (10, "It is at 10:30 on 2024-10-10.", False),
        (1.5, "That makes 11.5", False),
        (1.5, "That makes $1.5.", True),
        (1299, "That makes $1,299.00.", True),
        (35138, "the card CRD-35138", False),
        ("#W1", "order #W1, then", True),
        ("#W1", "order #W12", False),
        (200.0, "I claim 200.", True),
        (200.0, "I claim 2000.", False),
        ("by_mistake", "It was by mistake.", True),
        ("Ada", "I am ada.", True),
        ("Ada", "I am in Adana.", False),
        (True, "It is so.", False),
        ({"a": "x", "b": 2}, "x and 2", True),
        ({"a": "x", "b": 2}, "x", False),
        ([], "nothing", False),
    ],
)
def test_a_text_carries_a_value_on_word_bounds(value: Json, text: str, expected: bool) -> None:
    assert carries(text, value) is expected, f"{value!r} in {text!r} should be {expected}"


def test_manners_have_something_to_say_of_each_kind() -> None:
    for manner in (BRISK, PLAIN, CHATTY):
        banks = {name: bank for name in Manner.__slots__ if isinstance(bank := getattr(manner, name), tuple)}
        short = [name for name, bank in banks.items() if len(set(bank)) < 2]
        assert not short, f"always the same words for {short}"
        with_goal = {"no", "todo", "unsaid", "instead", "insisting"}
        for name, bank in banks.items():
            assert all(("{0}" in phrase) is (name in with_goal) for phrase in bank), f"{name} needs its place: {bank}"
