"""What agents without a model say: questions, excuses and reports in plain English, worded by their dice."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence

from agentgym.tasks.phrases import be, join, label, participle, show
from agentgym.types import Json
from agentgym.world.naming import words

ASK = (
    "Could you tell me {0}?",
    "I can help with that. Could you give me {0}?",
    "To go on I need {0}. Could you tell me?",
    "Before I continue, may I have {0}?",
    "Sure. What I still need from you is {0}.",
    "Happy to help. Please tell me {0}.",
    "Please provide {0}.",
    "In order to do that I'll need {0}.",
)
CONFIRM = (
    "So I am going to {0}. Shall I go ahead?",
    "Let me make sure I have it right: you want me to {0}. Is that correct?",
    "I will now {0}. Do you confirm (yes/no)?",
    "Just to confirm before I change anything: I should {0}. Shall I proceed?",
)
CHECK = (
    "Just to check before I start: the {0} {2} {1}, is that right?",
    "Before I do anything, let me make sure: the {0} {2} {1}, correct?",
    "I have noted {1} as the {0}. Is that right?",
    "May I confirm that the {0} {2} {1}?",
)
PUZZLED = (
    "That did not work: {1}. Could you check the {0} for me?",
    "I'm afraid I got an error: {1}. Is the {0} right?",
    "The system tells me: {1}. Could you look at the {0} again, please?",
)
SORRY = (
    "I'm sorry, but I can't {0}: {1}.",
    "Unfortunately I am not able to {0}, because {1}.",
    "I am afraid it is not possible to {0}: {1}.",
    "I'm unable to {0}. The reason: {1}.",
)
INSTEAD = (" Shall I {0} instead?", " What I could do is this: {0}. Would you like that?", "", "")
DONE = (
    "I have {0}.",
    "All done: I have {0}.",
    "That is taken care of. I have {0}.",
    "Good news: I've {0}.",
    "As you asked, I have {0}.",
    "Done! I have {0}.",
)
BARE = ("All done.", "That is taken care of.", "I have finished what you asked for.", "Everything is settled.")
FOUND = (
    "Here is what I found: {0}.",
    "I looked it up: {0}.",
    "I have checked that for you: {0}.",
    "This is what the records say: {0}.",
)
CLOSING = (
    "",
    "",
    " Is there anything else I can do for you?",
    " Anything else?",
    " Please let me know if you need more.",
)
LATE = ("Sorry, I left that out. ", "You are right, I should have told you. ", "My apologies. ", "Of course. ")

_MINE = {
    "my": "your",
    "me": "you",
    "i": "you",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you're",
    "i've": "you've",
}
_FIRST_PERSON = re.compile(r"\b(?:my|me|mine|myself|I'm|I've|I)\b")
_QUOTES = re.compile(r"(?<!\w)'([^']*)'(?!\w)")
_ROWS = 3  # rows named in a report
_FEW = 3  # properties told of one row


def asked(labels: Sequence[str], rng: random.Random) -> str:
    """A question for facts by their labels."""
    return rng.choice(ASK).format(join([f"the {name}" for name in labels]))


def yours(text: str) -> str:
    """What a user wants, as an agent says it: "cancel my order" -> "cancel your order"."""
    return _FIRST_PERSON.sub(lambda match: _MINE[match[0].lower()], text)


def perfect(text: str) -> str:
    """A wish as a deed: "cancel your order" -> "cancelled your order"."""
    verb, _, rest = text.partition(" ")
    return f"{participle(verb)} {rest}".rstrip() if verb.isalpha() and verb.islower() else f"done this: {text}"


def reason(error: str) -> str:
    """A tool's refusal as the middle of a sentence: without its quotes and its full stop."""
    return _QUOTES.sub(r"\1", error).rstrip(". ")


def named(value: Json, results: Iterable[Json]) -> str:
    """``value`` with what tool results call it: "the balance is 20.5"; alone where they do not show it by name."""
    for result in results:
        for name, other in properties(result):
            if type(other) is type(value) and other == value and not isinstance(value, bool):
                return told(name, value)
    return show(value)


def number(goal: str, value: Json) -> str:
    """A count, with the words in which the user has asked for it: "the number of open orders is 6"."""
    counted = re.search(r"\bthe number of .+", yours(goal))
    return f"{counted[0]} is {show(value)}" if counted else f"the number is {show(value)}"


def told(name: str, value: Json) -> str:
    """A property and its value: "the seats available are 4"."""
    return f"the {label(name)} {be(label(name))} {show(value)}"


def found(result: Json) -> str:
    """A look-up's result in a few words: the first details of one row, or how many rows and which."""
    rows = listed(result)
    if rows is None:
        details = [
            (name, value) for name, value in properties(result) if value not in (None, "") and "id" not in words(name)
        ]
        return join([told(name, value) for name, value in details[:_FEW]])
    if not rows:
        return "there is nothing of the kind"
    names = [show(next(iter(row.values()))) if isinstance(row, dict) and row else show(row) for row in rows[:_ROWS]]
    more = " among others" if len(rows) > _ROWS else ""
    return f"there {'is 1 entry' if len(rows) == 1 else f'are {len(rows)} entries'}, {join(names)}{more}"


def listed(result: Json) -> list[Json] | None:
    """The rows of a list, or of the one list inside an envelope; None for a result about one row."""
    if isinstance(result, dict) and len(result) == 1:
        (result,) = result.values()
    return result if isinstance(result, list) else None


def properties(value: Json) -> Iterator[tuple[str, Json]]:
    """Every (property, scalar) pair in a JSON value, outer ones first in their order."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, (dict, list)):
                yield from properties(inner)
            else:
                yield name, inner
    elif isinstance(value, list):
        for inner in value:
            yield from properties(inner)
