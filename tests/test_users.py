"""The scripted user: it tells what it is asked, notices what was not done, and knows when to leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym.tasks.phrases import show
from agentgym.types import Task
from agentgym.users import PATIENCE, ScriptedUser, Sight
from agentgym.users.voice import BRISK, CHATTY, MANNERS, Manner
from agentgym.world.load import load
from tests.customers import FACTS, LONG, NO, OPEN, QUESTIONS, SLIP, TASK, THOUGHT, told, user

ENVS = Path(__file__).parent.parent / "envs_generated"


# -- questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "labels"), QUESTIONS)
def test_it_tells_the_facts_it_is_asked_for_and_no_others(question: str, labels: list[str]) -> None:
    reply = user().reply(question, OPEN)
    assert told(reply.text) == labels, f"{question!r} was answered by {reply.text!r}"
    assert reply.text == " ".join(FACTS[label][1] for label in labels), "a brisk user says nothing else"
    assert reply.stop is None


def test_which_one_is_answered_by_what_describes_it() -> None:
    assert told(user().reply("Which card do you mean?", OPEN).text) == ["card status"]


def test_a_chatty_user_says_more_than_it_was_asked() -> None:
    brisk, chatty = (user(manner).reply("What is your email?", OPEN).text for manner in (BRISK, CHATTY))
    assert told(brisk) == ["email"] and len(told(chatty)) == 1 + CHATTY.extra


def test_it_does_not_volunteer_what_the_opening_has_said() -> None:
    task = TASK.model_copy(update={"intent": "Please change order ORD-1 for ana_1."})
    text = user(CHATTY, task).reply("What is your email?", OPEN).text
    assert told(text) == ["email", "shipping address", "billing address"], text


def test_a_vague_question_brings_out_all_that_is_untold_bit_by_bit() -> None:
    talk = user(CHATTY)
    said = " ".join(talk.reply("Could you tell me more?", OPEN).text for _ in range(2))
    assert len(told(said)) == 2 * CHATTY.untold


def committed() -> list[Task]:
    folders = sorted(path.parent for path in ENVS.glob("*/tasks.jsonl"))[::4]
    return [task for folder in folders for task in load(folder).tasks() if not task.revisions]


def test_every_fact_of_the_committed_tasks_can_be_asked_for() -> None:
    ways = ("What is the {0}?", "To go on I need the following:\n\n1. **{1}**\n", "May I have your {0}, please?")
    tasks = committed()
    assert tasks, f"there are no tasks in {ENVS}"
    for task in tasks:
        for number, fact in enumerate(task.facts):
            question = ways[number % len(ways)].format(fact.label, fact.label.capitalize())
            text = ScriptedUser(task, number).reply(question, Sight(False)).text
            assert fact.text in text, f"{task.id}: {question!r} was answered by {text!r}"


def test_a_right_summary_of_a_committed_task_is_confirmed() -> None:
    for task in committed():
        lines = "\n".join(f"- **{fact.label.capitalize()}:** {show(fact.value)}" for fact in task.facts)
        text = ScriptedUser(task, 1).reply(f"I am going to use:\n\n{lines}\n\nShall I go ahead?", Sight(False)).text
        assert any(text in manner.yes for manner in MANNERS), f"{task.id}: {lines}\nwas answered by {text!r}"


# -- confirming -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "Shall I proceed?",
        LONG.format(quantity=3),
        "Is it order ORD-1?",
        "So the quantity is 3, right?",
        "Just to confirm: your email is a@example.com. Is that correct?",
        "I'll change your shipping address to Rua 1. Would you like me to go ahead?",
    ],
)
@pytest.mark.parametrize("manner", MANNERS)
def test_it_says_yes_to_what_is_right(question: str, manner: Manner) -> None:
    text = user(manner).reply(question, OPEN).text
    assert text in manner.yes, f"{question!r} was answered by {text!r}"


@pytest.mark.parametrize(
    ("question", "label"),
    [
        (LONG.format(quantity=2), "quantity"),
        ("So the quantity is 2, right?", "quantity"),
        ("Just to confirm: your email is b@example.com. Is that correct?", "email"),
        ("Is it order ORD-9?", "order ID"),
        ("Shall I change the quantity to 12?", "quantity"),
    ],
)
@pytest.mark.parametrize("manner", MANNERS)
def test_it_puts_right_what_is_wrong(question: str, label: str, manner: Manner) -> None:
    text = user(manner).reply(question, OPEN).text
    assert text in [phrase.format(FACTS[label][1]) for phrase in manner.no], f"{question!r} was answered by {text!r}"


@pytest.mark.parametrize(
    "question",
    [
        "Your current quantity is 2. Shall I change it to 3?",
        "The order is from 2024-02-12, with 7 items at $12. Shall I go on?",
        "The delivery is at 10:45 with card CRD-2. Shall I proceed?",
    ],
)
def test_numbers_about_other_things_are_no_mistakes(question: str) -> None:
    assert user().reply(question, OPEN).text in BRISK.yes


def test_what_it_has_not_said_yet_it_says_beside_its_yes() -> None:
    text = user().reply("Shall I change the shipping address?", OPEN).text
    assert any(text == f"{yes} {FACTS['shipping address'][1]}" for yes in BRISK.yes), text


# -- what was not done ----------------------------------------------------------------------------


def test_it_notices_what_was_not_done() -> None:
    text = user().reply("All done! Is there anything else I can help you with?", Sight(False, (0,))).text
    assert "change the address of my order" in text, text


def test_it_does_not_ask_again_for_what_only_wants_telling() -> None:
    for manner in MANNERS:
        text = user(manner).reply("I have closed your account.", Sight(False, (1,), (1,))).text
        assert "tell me the balance" in text and "close my account" not in text, text
        assert "12.5" not in text, "the answer must not be given away"


def test_nothing_is_missing_and_yet_it_is_not_met() -> None:
    assert user().reply("Done.", Sight(False)).text in BRISK.amiss


def test_it_waits_for_an_agent_that_is_about_to_do_something() -> None:
    assert user().reply("One moment please, let me check that for you.", OPEN).text in BRISK.waiting


# -- refusals -------------------------------------------------------------------------------------


def test_it_takes_what_it_has_named_instead() -> None:
    for manner in MANNERS:
        reply = user(manner, TASK.model_copy(update={"goals": TASK.goals[:3]})).reply(NO, OPEN)
        assert "return it" in reply.text and "cancel" not in reply.text, reply.text
        assert reply.stop is None


def test_it_accepts_that_it_cannot_have_it() -> None:
    task = TASK.model_copy(update={"goals": TASK.goals[3:]})
    text = user(BRISK, task).reply("Unfortunately a refund is not possible.", Sight(False)).text
    assert text in BRISK.accepted
    again = user(BRISK, TASK.model_copy(update={"goals": (TASK.goals[0], TASK.goals[3])}))
    text = again.reply("Unfortunately a refund is not possible.", Sight(False, (0,))).text
    assert any(text == f"{first} {rest}" for first in BRISK.accepted for rest in BRISK.rest), text


def test_it_hears_which_wish_is_refused() -> None:
    text = user(BRISK).reply("Unfortunately I can't give you a refund.", OPEN).text
    assert any(text.startswith(phrase) for phrase in BRISK.accepted) and "return it" not in text, text
    text = user(BRISK).reply(NO, OPEN).text
    assert "return it" in text, text


def test_what_cannot_be_found_is_no_refusal() -> None:
    text = user(BRISK).reply("I'm sorry, I was unable to find that order. I can't see it.", OPEN).text
    assert FACTS["order ID"][1] in text and "return it" not in text, text


def test_it_does_not_believe_a_refusal_without_a_rule() -> None:
    task = TASK.model_copy(update={"goals": TASK.goals[:1]})
    text = user(BRISK, task).reply("I'm afraid I am unable to change the address.", Sight(False, (0,))).text
    assert "change the address of my order" in text, text


# -- thinking again -------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["How can I help?", "The quantity is 2, right?", "What is the quantity?", NO, ""])
def test_it_puts_its_own_mistake_right_in_its_first_reply(message: str) -> None:
    talk = user(BRISK, SLIP)
    first = talk.reply(message, OPEN)
    assert first.text == THOUGHT and first.stop is None
    assert THOUGHT not in talk.reply(message, OPEN).text, "it thinks again once"


def test_it_also_answers_what_it_was_asked_besides() -> None:
    text = user(BRISK, SLIP).reply("What are the quantity and the email?", OPEN).text
    assert text.startswith(THOUGHT) and FACTS["email"][1] in text


def test_it_does_not_think_again_once_it_is_served() -> None:
    assert user(BRISK, SLIP).reply("Done.", Sight(True)).text in BRISK.thanks


# -- endings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["Done.", "It is cancelled. Anything else?", "What is your email?", "Shall I?", ""])
def test_it_thanks_when_its_account_shows_what_it_wanted(message: str) -> None:
    assert user().reply(message, Sight(True)).stop == "user_done"


def test_it_gives_up_on_an_agent_that_only_claims() -> None:
    talk = user()
    replies = [talk.reply("It is done.", OPEN) for _ in range(PATIENCE)]
    assert [reply.stop for reply in replies] == [None] * (PATIENCE - 1) + ["user_gave_up"]


def test_progress_restores_its_patience() -> None:
    talk = user()
    for open_goals in ((0, 1, 2), (0, 1), (0,)):
        for _ in range(PATIENCE - 1):
            assert talk.reply("It is done.", Sight(False, open_goals)).stop is None, "a goal was closed just now"
    for label in ("email", "reason", "quantity"):
        assert talk.reply(f"What is the {label}?", Sight(False, (0,))).stop is None, "it was asked something new"
        assert talk.reply("It is done.", Sight(False, (0,))).stop is None
    assert talk.reply("It is done.", Sight(False, (0,))).stop is None
    assert talk.reply("It is done.", Sight(False, (0,))).stop == "user_gave_up"
