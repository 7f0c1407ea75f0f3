"""The scripted user: it tells what it is asked, notices what was not done, and knows when to leave."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.tasks.phrases import INSTEAD, TELL, show
from agentgym.types import Fact, Goal, Json, Revision, Task, ToolCall
from agentgym.users import PATIENCE, ScriptedUser, Sight
from agentgym.users.hearing import hear
from agentgym.users.knowledge import carries, knowledge
from agentgym.users.voice import BRISK, CHATTY, MANNERS, PLAIN, Manner
from agentgym.world.load import load

ENVS = Path(__file__).parent.parent / "envs_generated"

FACTS: dict[str, tuple[Json, str]] = {
    "user ID": ("ana_1", "My user ID is ana_1."),
    "email": ("a@example.com", "My email is a@example.com."),
    "shipping address": ("Rua 1", 'The shipping address should be "Rua 1".'),
    "billing address": ("Rua 2", 'Bill it to "Rua 2".'),
    "reason": ("by_mistake", "I ordered it by mistake."),
    "order ID": ("ORD-1", "It's the order ORD-1."),
    "quantity": (3, "For the new order, the quantity is 3."),
    "first name": ("Ana", "The first name: Ana."),
    "last name": ("Silva", "The last name is Silva."),
    "card status": ("active", "For the card, the status is active."),
    "weight in kg": (2.5, "The weight in kg is 2.5."),
    "gift wrap": (True, "The gift wrap is yes."),
}
CALL = ToolCall(name="touch")
TASK = Task(
    id="t",
    domain="d",
    intent="Hi, please change my order.",
    facts=tuple(Fact(label=label, value=value, text=text) for label, (value, text) in FACTS.items()),
    gold=(CALL, CALL, CALL, CALL),
    goals=(
        Goal(text="change the address of my order", calls=(0,)),
        Goal(text=f"close my account{TELL}the balance", calls=(1,), outputs=(12.5,)),
        Goal(text=f"cancel my order ORD-1{INSTEAD}return it", calls=(2,), refused=(CALL,)),
        Goal(text="give me a refund", refused=(CALL,)),
    ),
)
OPEN = Sight(False, (0, 1, 2))


def user(manner: Manner = BRISK, task: Task = TASK) -> ScriptedUser:
    """A user of a manner; a brisk one says no more than it must."""
    return next(one for one in (ScriptedUser(task, seed) for seed in range(100)) if one._manner is manner)


def told(text: str) -> list[str]:
    return [label for label, (_, sentence) in FACTS.items() if sentence in text]


# -- questions ------------------------------------------------------------------------------------------

QUESTIONS: list[tuple[str, list[str]]] = [
    ("What is your email?", ["email"]),
    ("Could you give me your e-mail address?", ["email", "shipping address", "billing address"]),
    ("Please provide your user ID and the order ID.", ["user ID", "order ID"]),
    ("Which order number is it?", ["order ID"]),
    ("What is the shipping address?", ["shipping address"]),
    ("I need the reason", ["reason"]),
    ("Why do you want to cancel?", ["reason"]),
    ("How many units would you like?", ["quantity"]),
    ("How much does it weigh?", ["weight in kg"]),
    ("Could you please share your surname and the order_id?", ["order ID", "last name"]),
    ("What's your full name?", ["first name", "last name"]),
    ("Could you provide: 1) your user ID 2) the reason 3) the quantity?", ["user ID", "reason", "quantity"]),
    (
        "To proceed, I need the following information:\n\n- **Order ID**\n- **Reason** for the cancellation\n\nThanks!",
        ["reason", "order ID"],
    ),
    ("1. Email:\n2. User ID:\n\nCould you send me these?", ["user ID", "email"]),
    ("Is it by mistake or no longer needed?", ["reason"]),
    ("Please confirm your email and order number.", ["email", "order ID"]),
    ("I see the status of your order is shipped. What is your email?", ["email"]),
    ("I couldn't find an order with that ID.", ["order ID"]),
]


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


# -- confirming -----------------------------------------------------------------------------------------

LONG = """Here is what I am going to do:

- **Order ID:** ORD-1
- **Quantity:** {quantity}
- **Shipping address:** Rua 1

Do you confirm (yes/no)?"""


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


# -- what was not done ----------------------------------------------------------------------------------


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


# -- refusals -------------------------------------------------------------------------------------------

NO = "I'm sorry, but I can't cancel your order: it has been shipped."


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


# -- thinking again -------------------------------------------------------------------------------------

THOUGHT = "Sorry, I meant 3 for the quantity, not 2."
SLIP = TASK.model_copy(
    update={"revisions": (Revision(kind="slip", label="quantity", value=2, text=THOUGHT, calls=(CALL,)),)}
)


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


# -- endings --------------------------------------------------------------------------------------------


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


# -- any text -------------------------------------------------------------------------------------------

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


# -- values in a text -----------------------------------------------------------------------------------


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
