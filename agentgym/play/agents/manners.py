"""How agents without a model speak: the sentences they draw from, and how careful they are before they act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Bank = Sequence[str]  # ways to say one thing; {0} is what it is about


@dataclass(frozen=True)
class Manner:
    """One way to speak and to go about things."""

    tries: float  # how often it tries what a rule forbids, or a detail that may be wrong, before it says anything
    confirms: float  # how often it asks before it changes anything
    ask: Bank  # for the facts {0}
    confirm: Bank  # before {0} is done
    check: Bank  # whether the fact {0} has the value {1}; {2} is "is" or "are"
    puzzled: Bank  # a tool has refused the fact {0}, because {1}
    sorry: Bank  # {0} cannot be done, because {1}
    instead: Bank  # {0} could be done in its place
    done: Bank  # {0} was done
    bare: Bank  # all was done, and there is nothing to say of it
    found: Bank  # {0} was found
    closing: Bank  # after a report
    late: Bank  # before a report that the user has had to ask for


FULL = Manner(
    tries=0.6,
    confirms=0.3,
    ask=(
        "Could you tell me {0}?",
        "I can help with that. Could you give me {0}?",
        "To go on I need {0}. Could you tell me?",
        "Before I continue, may I have {0}?",
        "Sure. What I still need from you is {0}.",
        "Happy to help. Please tell me {0}.",
        "Please provide {0}.",
        "In order to do that I'll need {0}.",
    ),
    confirm=(
        "So I am going to {0}. Shall I go ahead?",
        "Let me make sure I have it right: you want me to {0}. Is that correct?",
        "I will now {0}. Do you confirm (yes/no)?",
        "Just to confirm before I change anything: I should {0}. Shall I proceed?",
    ),
    check=(
        "Just to check before I start: the {0} {2} {1}, is that right?",
        "Before I do anything, let me make sure: the {0} {2} {1}, correct?",
        "I have noted {1} as the {0}. Is that right?",
        "May I confirm that the {0} {2} {1}?",
    ),
    puzzled=(
        "That did not work: {1}. Could you check the {0} for me?",
        "I'm afraid I got an error: {1}. Is the {0} right?",
        "The system tells me: {1}. Could you look at the {0} again, please?",
    ),
    sorry=(
        "I'm sorry, but I can't {0}: {1}.",
        "Unfortunately I am not able to {0}, because {1}.",
        "I am afraid it is not possible to {0}: {1}.",
        "I'm unable to {0}. The reason: {1}.",
    ),
    instead=(" Shall I {0} instead?", " What I could do is this: {0}. Would you like that?", "", ""),
    done=(
        "I have {0}.",
        "All done: I have {0}.",
        "That is taken care of. I have {0}.",
        "Good news: I've {0}.",
        "As you asked, I have {0}.",
        "Done! I have {0}.",
    ),
    bare=("All done.", "That is taken care of.", "I have finished what you asked for.", "Everything is settled."),
    found=(
        "Here is what I found: {0}.",
        "I looked it up: {0}.",
        "I have checked that for you: {0}.",
        "This is what the records say: {0}.",
    ),
    closing=(
        "",
        "",
        " Is there anything else I can do for you?",
        " Anything else?",
        " Please let me know if you need more.",
    ),
    late=("Sorry, I left that out. ", "You are right, I should have told you. ", "My apologies. ", "Of course. "),
)
BRIEF = Manner(  # for readers who can spare no word: each thing is said in one way, and as little of it as will do
    tries=1.0,
    confirms=0.0,
    ask=("What is {0}?",),
    confirm=("Shall I {0}?",),
    check=("Is the {0} {1}?",),
    puzzled=("That failed: {1}. What is the {0}?",),
    sorry=("I can't do that: {1}.",),
    instead=("",),
    done=("Done.",),
    bare=("Done.",),
    found=("I found: {0}.",),
    closing=("",),
    late=("",),
)
