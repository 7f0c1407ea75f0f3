"""The scripted user: tells what it is asked, thanks when served, gives up when led nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.types import Fact, Task
from agentgym.users import PATIENCE, ScriptedUser, Sight

FACTS = {
    "user id": "My user id is ana_1.",
    "email": "My email is a@example.com.",
    "shipping address": "Ship it to Rua 1.",
    "billing address": "Bill it to Rua 2.",
    "reason": "I ordered it by mistake.",
    "order id": "The order is ORD-1.",
}
TASK = Task(
    id="t",
    domain="d",
    intent="Hi, please cancel my order.",
    facts=tuple(Fact(label=label, value=text, text=text) for label, text in FACTS.items()),
    gold=(),
)


def user(seed: int = 0) -> ScriptedUser:
    return ScriptedUser(TASK, seed)


@pytest.mark.parametrize(
    ("question", "labels"),
    [
        ("What is your email?", ["email"]),
        ("Could you give me your e-mail address?", ["email", "shipping address", "billing address"]),
        ("Please provide your user ID and the order ID.", ["user id", "order id"]),
        ("Which order number is it?", ["order id"]),
        ("What is the shipping address?", ["shipping address"]),
        ("I need the reason", ["reason"]),
        ("Why do you want to cancel?", ["reason"]),
    ],
)
def test_it_tells_the_facts_it_is_asked_for(question: str, labels: list[str]) -> None:
    reply = user().reply(question, Sight(False))
    assert reply.text == " ".join(FACTS[label] for label in labels)
    assert reply.stop is None


def test_it_opens_with_its_intent() -> None:
    assert user().open() == TASK.intent


def test_a_vague_question_brings_out_the_next_facts_until_all_are_told() -> None:
    talk = user()
    said = " ".join(talk.reply("How can I help you?", Sight(False)).text for _ in range(3))
    assert all(text in said for text in FACTS.values())
    assert "know" in talk.reply("Anything more to add?", Sight(False)).text


def test_it_agrees_to_what_it_is_asked_to_confirm() -> None:
    talk = user()
    assert talk.reply("Shall I proceed?", Sight(False)).text.startswith("Yes")
    question = "Your order id is ORD-1, do you confirm?"
    assert talk.reply(question, Sight(False)).text == FACTS["order id"], "what it has not said yet, it says"
    assert talk.reply(question, Sight(False)).text.startswith("Yes")


def test_it_thanks_when_its_account_shows_what_it_wanted() -> None:
    for message in ("Done.", "It is cancelled. Is there anything else I can do?", ""):
        assert user().reply(message, Sight(True)).stop == "user_done"
    asked = user().reply("It is cancelled, and your email stays as it was. Anything else?", Sight(True))
    assert asked.stop == "user_done", "a closing question that names a fact must not keep it talking"


def test_it_gives_up_on_an_agent_that_only_claims() -> None:
    talk = user()
    replies = [talk.reply("It is done.", Sight(False)) for _ in range(PATIENCE)]
    assert [reply.stop for reply in replies] == [None] * (PATIENCE - 1) + ["user_gave_up"]
    assert FACTS["user id"] in replies[0].text, "it says what is missing"


@given(st.lists(st.tuples(st.text(), st.booleans()), max_size=6), st.integers(0, 5))
def test_it_repeats_itself_from_its_seed_and_never_fails(talk: list[tuple[str, bool]], seed: int) -> None:
    one, two = user(seed), user(seed)
    for message, met in talk:
        reply = one.reply(message, Sight(met))
        assert reply == two.reply(message, Sight(met))
        assert reply.text
