"""What users say: whole messages of sampled tasks, and what a wording must do with refusals, slips and outputs."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.tasks.chart import Chart
from agentgym.tasks.phrases import INSTEAD, TELL, show, tells
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.tasks.steps import Ask, Pick, Step, Told, Wrong
from agentgym.tasks.wording import banks, smalltalk
from agentgym.tasks.wording.intent import Wording, tell
from agentgym.tasks.wording.templates import Templates
from agentgym.types import Claim, Json, Rows, Task, ToolCall
from agentgym.world.load import load
from agentgym.world.world import World
from tests.minishop import MINISHOP

FOLDER = Path(__file__).parents[1] / "envs_generated"
DOMAINS = ("banking", "healthcare", "library", "parking")
QUOTED = re.compile(r'"[^"]*"')
ODD = {  # what never stands in good English, once quoted values are taken out
    "a doubled word": re.compile(r"(?<!\S)([a-z]+) \1(?!\S)", re.IGNORECASE),
    "two articles": re.compile(r"\b(?:a|an|the) (?:a|an|the)\b", re.IGNORECASE),
    "a slot left open": re.compile(r"[{}]"),
    "double punctuation": re.compile(r"[.,;:!?][.,;:!](?!\w)|\s[.,;:!?]"),
    "two spaces": re.compile(r"  "),
    '"a" before a vowel': re.compile(r"\ba (?=[aeio]\w)", re.IGNORECASE),
    '"an" before a consonant': re.compile(r"\ban (?![aeiou]|hour|honest)[a-z]", re.IGNORECASE),
    "a particle before its pronoun": re.compile(r"\b(?:send|pick|take|check|turn|put) (?:back|up|out|in|on|off) it\b"),
    "a single word as a title": re.compile(r"\bwith (?!\w+ number)[a-z]+ as the (?!new)"),
    "a small letter after a full stop": re.compile(r"(?<=[a-z]{2})[.!?] [a-z]"),
}


@pytest.fixture(scope="module")
def sampled() -> list[Task]:
    return [task for name in DOMAINS for task in sample_tasks(load(FOLDER / name), 12, seed=5)[0]]


def spoken(task: Task) -> Iterator[str]:
    """Every whole message a user of the task may send."""
    yield task.intent
    yield from (fact.text for fact in task.facts)
    yield from (revision.text for revision in task.revisions)


def test_messages_are_sentences(sampled: list[Task]) -> None:
    for task in sampled:
        for text in spoken(task):
            assert text[0].isupper(), f"{task.id}: no capital at the start of {text!r}"
            assert text.endswith((".", "!", "?", '."', '?"', '!"')), f"{task.id}: no end to {text!r}"


@pytest.mark.parametrize("fault", ODD)
def test_nothing_odd_is_said(sampled: list[Task], fault: str) -> None:
    for task in sampled:
        for text in (*spoken(task), *(goal.text for goal in task.goals)):
            plain = QUOTED.sub("VALUE", text)
            found = ODD[fault].search(plain)
            assert found is None, f"{task.id}: {fault}: {plain[max(0, found.start() - 30) : found.end() + 30]!r}"


def test_no_tool_and_no_argument_is_named(sampled: list[Task]) -> None:
    for task in sampled:
        names = {name for call in task.gold for name in (call.name, *call.arguments) if "_" in name}
        for text in (*spoken(task), *(goal.text for goal in task.goals)):
            used = [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
            assert not used, f"{task.id} speaks the tools' language: {used} in {text!r}"


def test_every_fact_tells_its_value_and_no_answer_is_given_away(sampled: list[Task]) -> None:
    for task in sampled:
        for fact in task.facts:
            assert tells(fact.text, fact.value), f"{task.id}: {fact.value!r} is lost in {fact.text!r}"
        for value in task.outputs:
            assert not tells(task.intent, value), f"{task.id} gives its answer {value!r} away: {task.intent!r}"


def test_goals_start_with_a_verb_and_stand_alone(sampled: list[Task]) -> None:
    for task in sampled:
        for goal in task.goals:
            first = goal.text.split()[0]
            assert first.islower() and first.isalpha(), f"{task.id}: {goal.text!r} does not follow 'please'"
            assert not re.search(r"\b(?:that|this|the same) [a-z]+$", goal.text), f"{goal.text!r} does not stand alone"


def test_wordings_differ(sampled: list[Task]) -> None:
    openings = {task.intent[:60] for task in sampled}
    assert len(openings) > 0.9 * len(sampled), f"only {len(openings)} of {len(sampled)} messages begin in their own way"


# -- hand-made tasks of a shop --------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop() -> tuple[Chart, Rows]:
    loaded = load(MINISHOP)
    world = World(loaded)
    try:
        return Chart(loaded.domain), world.rows()
    finally:
        world.close()


CANCEL = Step(
    ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1001", "reason": "no_longer_needed"}),
    {},
    True,
    {"order_id": Pick("order", "ORD-1001")},
)
TOP_UP = Step(
    ToolCall(name="top_up_balance", arguments={"user_id": "ana_silva_4411", "amount": 15}),
    {},
    True,
    {"user_id": Pick("user", "ana_silva_4411")},
)


def wordings(shop: tuple[Chart, Rows], steps: list[Step], **more: object) -> Iterator[Wording]:
    """Many wordings of one task."""
    for seed in range(60):
        yield tell(shop[0], shop[1], steps, {}, random.Random(seed), **more)  # type: ignore[arg-type]


def test_equal_seeds_give_equal_words(shop: tuple[Chart, Rows]) -> None:
    one, other = (tell(*shop, [CANCEL, TOP_UP], {}, random.Random(4)) for _ in range(2))
    assert one == other, "the wording depends on something besides its seed"
    assert len({wording.intent for wording in wordings(shop, [CANCEL])}) > 50, "one request is worded in few ways"


def test_a_refusal_says_what_is_accepted_instead(shop: tuple[Chart, Rows]) -> None:
    call = CANCEL.call.model_copy(update={"arguments": {"order_id": "ORD-1002"}})
    refused = Step(call, None, False, {"order_id": Pick("order", "ORD-1002")})
    for wording in wordings(shop, [TOP_UP], asks=[Ask(0, refused)]):
        wish, joint, instead = wording.goals[0].partition(INSTEAD)
        assert joint, f"no joint in {wording.goals[0]!r}"
        assert "ORD-1002" in wish and "top" in instead, f"the halves are mixed up: {wording.goals[0]!r}"
        assert any(fact.value == "ORD-1002" for fact in wording.facts), "the user cannot say which order it was"
        fallbacks = [phrase.split(",")[0] for phrase in banks.FALLBACKS]
        assert any(phrase in wording.intent for phrase in fallbacks), f"nothing instead in {wording.intent!r}"


def test_a_refusal_without_fallback_is_one_of_the_wishes(shop: tuple[Chart, Rows]) -> None:
    for wording in wordings(shop, [TOP_UP], asks=[Ask(0), Ask(None, CANCEL)]):
        assert len(wording.goals) == 2 and INSTEAD not in wording.goals[1], f"odd goals: {wording.goals}"


@pytest.mark.parametrize(
    ("step", "path", "first", "right"),
    [
        (CANCEL, "order_id", "ORD-7001", "ORD-1001"),
        (CANCEL, "reason", "ordered by mistake", "no_longer_needed"),
        (TOP_UP, "user_id", "ana_silva_9911", "ana_silva_4411"),
        (TOP_UP, "amount", 51, 15),
    ],
)
@pytest.mark.parametrize("kind", ["slip", "change"])
def test_a_wrong_value_is_said_first_and_put_right_later(
    shop: tuple[Chart, Rows], step: Step, path: str, first: Json, right: Json, kind: str
) -> None:
    for wording in wordings(shop, [step], wrong=Wrong(kind, 0, path, first)):  # type: ignore[arg-type]
        fact = next(fact for fact in wording.facts if fact.label == wording.label)
        assert fact.value == right, f"the fact {fact.label!r} has {fact.value!r}, not {right!r}"
        assert tells(wording.intent, first), f"{first!r} is not said in {wording.intent!r}"
        assert not tells(wording.intent, right), f"{right!r} is said too early: {wording.intent!r}"
        assert tells(wording.revision, right), f"{right!r} is not put right in {wording.revision!r}"
        assert not any(tells(fact.text, first) for fact in wording.facts), f"a fact still has {first!r}"


def test_a_row_is_described_as_the_user_has_it_in_mind(shop: tuple[Chart, Rows]) -> None:
    """The wrong value may be a detail by which a row is found, in a read that the user does not ask for."""
    find = Step(ToolCall(name="list_orders", arguments={"from": "Porto"}), {}, False)
    cancel = Step(CANCEL.call, {}, True, {"order_id": Pick("order", "ORD-1001", 0)})
    claims = {("order", "ORD-1001"): Claim(table="order", key="ORD-1001", conditions=(("from", "Porto"),))}
    for seed in range(40):
        wrong = Wrong("slip", 0, "from", "Protoo")
        wording = tell(*shop, [find, cancel], claims, random.Random(seed), wrong=wrong)
        assert tells(wording.intent, "Protoo"), f"the wrong detail is not said: {wording.intent!r}"
        assert not tells(wording.intent, "Porto"), f"the right one is: {wording.intent!r}"


def test_outputs_are_asked_for_and_not_told(shop: tuple[Chart, Rows]) -> None:
    step = Step(TOP_UP.call, {}, True, TOP_UP.picks, told=(Told("balance", 35.0, True),))
    for wording in wordings(shop, [step]):
        assert "balance" in wording.intent, f"the balance is not asked for: {wording.intent!r}"
        assert wording.goals[0].endswith(f"{TELL}the new balance"), f"odd goal: {wording.goals[0]!r}"
        assert not tells(wording.intent, 35.0), f"the answer is given away: {wording.intent!r}"


def test_what_was_said_before_is_said_otherwise(shop: tuple[Chart, Rows]) -> None:
    seen, values = Templates(), ["ORD-1001", "no_longer_needed", "ana_silva_4411", 15, "Ana Silva"]
    said: set[str] = set()
    for seed in range(12):
        wording = tell(*shop, [CANCEL, TOP_UP], {}, random.Random(seed), seen=seen)
        seen.add(wording.intent, values)
        said.add(wording.intent)
    assert len(said) == 12, "an opening came twice, though it had been said before"


def test_people_do_not_say_numbers_they_were_not_asked_for() -> None:
    """A word such as "two" in small talk could be taken for an answer."""
    everything = {**vars(banks), **vars(smalltalk)}
    stock = [bank for name, bank in everything.items() if name.isupper() and name not in ("MANNERS", "OPENNESS")]
    lists = [part for bank in stock for part in (bank.values() if isinstance(bank, dict) else [bank])]
    phrases = [phrase for part in lists for phrase in part]
    words = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|zero"
    counts = re.compile(rf"\d|\b(?:{words})\b", re.IGNORECASE)
    assert len(phrases) > 150
    assert [phrase for phrase in phrases if counts.search(re.sub(r"\{\d\}", "", phrase))] == []


def test_rows_are_not_described_by_what_only_machines_read(sampled: list[Task]) -> None:
    for task in sampled:
        for claim in task.claims:
            odd = [column for column, value in claim.conditions if column.endswith(("_token", "_hash", "_url", "uuid"))]
            assert not odd, f"{task.id} describes a {claim.table} by {odd}"


@settings(max_examples=60, deadline=None)
@given(reason=st.text(min_size=1, max_size=40), amount=st.integers(-(10**9), 10**9))
def test_values_are_data(shop: tuple[Chart, Rows], reason: str, amount: int) -> None:
    """Whatever a value holds, slots of the phrase banks among it, it is said as it is."""
    calls = (
        CANCEL.call.model_copy(update={"arguments": {"order_id": "ORD-1001", "reason": reason}}),
        TOP_UP.call.model_copy(update={"arguments": {"user_id": "ana_silva_4411", "amount": amount}}),
    )
    cancel, top_up = Step(calls[0], {}, True, CANCEL.picks), Step(calls[1], {}, True, TOP_UP.picks)
    wording = tell(*shop, [cancel, top_up], {}, random.Random(reason))
    said = {fact.value: fact.text for fact in wording.facts if isinstance(fact.value, (str, int))}
    assert reason in said and amount in said, f"a value has no fact: {said}"
    assert show(reason) in said[reason], f"{reason!r} is not said as it is: {said[reason]!r}"
    assert tells(said[amount], amount), f"{amount} is lost in {said[amount]!r}"


ANA = "ana_silva_4411"


@pytest.mark.parametrize("user", [ANA, ""], ids=["hers", "all"])
def test_whose_rows_are_counted_is_said(shop: tuple[Chart, Rows], user: str) -> None:
    arguments: dict[str, Json] = {"status": "pending", **({"user_id": user} if user else {})}
    picks = {"user_id": Pick("user", user)} if user else {}
    count = Step(
        ToolCall(name="count_orders", arguments=arguments), {"count": 2}, True, picks, told=(Told("count", 2),)
    )
    address = ToolCall(name="update_user_address", arguments={"user_id": ANA, "city": "Recife"})
    steps = [Step(address, {}, True, {"user_id": Pick("user", ANA)}), count]
    for wording in wordings(shop, steps):
        goal = wording.goals[-1]
        hers = re.search(r"\bmy\b|\bI have\b", goal) is not None
        assert hers == bool(user), f"{goal!r} says {'her' if hers else 'all'} orders"
        assert hers or "of all users" in goal, f"{goal!r} does not say whose orders are counted"


@pytest.mark.parametrize(
    ("domain", "wrong"),
    [
        ("insurance", r"assign the adjuster of"),
        ("human-resources", r"\bemployees? of (?:the|that|this|another|an) employee"),
        ("car-rental", r", with [^.,;?]* as the return branch for "),
        ("rail", r"departures? [^.;?]*of (?:the|a|another|one of the) stations?\b[^.;?]* of (?:the|another) station"),
    ],
)
def test_nobody_has_to_guess_who_is_what(domain: str, wrong: str) -> None:
    for task in sample_tasks(load(FOLDER / domain), 14, seed=2)[0]:
        for text in (task.intent, *(goal.text for goal in task.goals)):
            assert re.search(wrong, text) is None, f"{task.id}: {text!r}"
