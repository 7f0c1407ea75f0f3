"""Stock phrases for what a user wants: requests, links between them, corrections, by manner of speaking.

In a request, {0} stands for a verb phrase. ``MINE`` are continued by what the speaker does ("I'd like to {0}"),
``YOURS`` by what the other side does ("Could you {0}?"). None of them holds a number or a word an agent would act on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

Manner = Literal["plain", "terse", "chatty", "formal", "hurried", "unsure"]
MANNERS: tuple[Manner, ...] = ("plain", "plain", "terse", "chatty", "formal", "hurried", "unsure")

# How likely a detail is said unasked, by manner; one is drawn for each task.
OPENNESS: Mapping[Manner, Sequence[float]] = {
    "plain": (1.0, 0.85, 0.6),
    "terse": (0.85, 0.5),
    "chatty": (1.0, 0.9),
    "formal": (1.0, 0.9),
    "hurried": (0.7, 0.5),
    "unsure": (0.85, 0.6),
}

MINE: Mapping[Manner, Sequence[str]] = {
    "plain": (
        "I'd like to {0}.",
        "I need to {0}.",
        "I want to {0}.",
        "I'm hoping to {0}.",
        "I'm looking to {0}.",
        "Is it possible to {0}?",
        "I have to {0}.",
    ),
    "terse": ("I need to {0}.", "Need to {0}.", "I want to {0}.", "Want to {0}."),
    "chatty": (
        "I was thinking it's time to {0}.",
        "What I'd love to do is {0}.",
        "I'd really like to {0}.",
        "So, I was hoping to {0}.",
        "I've decided I want to {0}.",
        "It would be great to {0}.",
    ),
    "formal": (
        "I would like to {0}.",
        "I wish to {0}.",
        "It is my intention to {0}.",
        "I should like to {0}.",
        "I am obliged to {0}.",
    ),
    "hurried": ("I need to {0} right away.", "I have to {0}.", "I've got to {0}.", "I urgently need to {0}."),
    "unsure": (
        "I think I need to {0}.",
        "I'd like to {0}, if that can be done.",
        "I guess I have to {0}.",
        "Is there a way to {0}?",
        "I'm trying to {0}.",
        "I believe I should {0}.",
    ),
}
SEEING: Mapping[Manner, Sequence[str]] = {  # as MINE, of what the speaker wants to see or know
    "plain": ("I'd like to {0}.", "I want to {0}.", "I need to {0}.", "Is it possible to {0}?", "May I {0}?"),
    "terse": ("I need to {0}.", "Need to {0}.", "I want to {0}."),
    "chatty": ("I'd love to {0}.", "I'd really like to {0}.", "I was hoping to {0}.", "It would be great to {0}."),
    "formal": ("I would like to {0}.", "I wish to {0}.", "I should like to {0}.", "May I {0}?"),
    "hurried": ("I need to {0}.", "I have to {0} right away.", "I've got to {0} now."),
    "unsure": ("I'd like to {0}, if I may.", "Can I somehow {0}?", "I'm trying to {0}.", "Is there a way to {0}?"),
}
YOURS: Mapping[Manner, Sequence[str]] = {
    "plain": (
        "Please {0}.",
        "Could you {0}?",
        "Can you {0}?",
        "Would you {0}, please?",
        "Could you please {0}?",
        "Would you mind helping me out? Please {0}.",
        "I'd like you to {0}.",
    ),
    "terse": ("Please {0}.", "{0}.", "{0}, please.", "Can you {0}?"),
    "chatty": (
        "Could you maybe {0}?",
        "Would you be so kind and {0}?",
        "Be a star and {0}, would you?",
        "I was wondering if you could {0}.",
        "Do me a favour and {0}.",
        "It'd be lovely if you could {0}.",
    ),
    "formal": (
        "Would you kindly {0}?",
        "I would ask you to {0}.",
        "Kindly {0}.",
        "I would be grateful if you could {0}.",
        "May I ask you to {0}?",
        "You would oblige me if you could {0}.",
    ),
    "hurried": ("Please {0} now.", "Can you quickly {0}?", "{0}, please.", "Please {0} as soon as you can."),
    "unsure": (
        "Could you perhaps {0}?",
        "Would it be possible for you to {0}?",
        "Can somebody please {0}?",
        "Maybe you can {0}?",
        "Am I right that you can {0}? Then please do.",
        "If it's not too much trouble, could you {0}?",
    ),
}
ASKED: Mapping[Manner, Sequence[str]] = {  # {0}: a direct question, without its mark and in lower case
    "plain": ("{0}?", "{0}, please?", "A question: {0}?"),
    "terse": ("{0}?", "{0}?"),
    "chatty": ("{0}, if you don't mind me asking?", "I'm curious, {0}?", "{0}?", "Tell me, {0}?"),
    "formal": ("May I ask: {0}?", "{0}, if I may ask?", "I have a question: {0}?"),
    "hurried": ("{0}?", "Quickly: {0}?"),
    "unsure": ("I'm not certain, so {0}?", "{0}? I can't find it.", "{0}?", "I keep wondering, {0}?"),
}
# Between one request and the next; {0} is the next one, beginning in lower case.
LINKS: Mapping[Manner, Sequence[str]] = {
    "plain": (
        "Also, {0}",
        "After that, {0}",
        "Then {0}",
        "Next, {0}",
        "Besides that, {0}",
        "Once that is done, {0}",
        "",
    ),
    "terse": ("", "", "Then: {0}", "Also: {0}"),
    "chatty": (
        "Oh, and {0}",
        "And while we're at it, {0}",
        "And another thing: {0}",
        "Oh, before I forget: {0}",
        "And then, if you can bear with me, {0}",
        "On top of that, {0}",
    ),
    "formal": ("Furthermore, {0}", "In addition, {0}", "Thereafter, {0}", "I also have this: {0}", "Subsequently, {0}"),
    "hurried": ("Then {0}", "And {0}", "Next: {0}", "Also {0}", ""),
    "unsure": ("And then {0}", "Oh, and {0}", "One more thing: {0}", "Also, {0}", "After that, {0}", "And {0}"),
}
LAST: Sequence[str] = ("Finally, {0}", "And lastly, {0}", "Last but not least, {0}", "One last thing: {0}")

# Two verb phrases in one breath.
BOTH: Sequence[str] = ("{0} and then {1}", "{0} and {1}", "{0}, and after that {1}", "{0} and also {1}")
# Announcing several requests, each of which follows as a phrase of its own.
SERIES: Sequence[str] = (
    "I have a few requests: {0}.",
    "Here is what I need: {0}.",
    "Please do the following: {0}.",
    "This is my list: {0}.",
    "There are several things to do: {0}.",
    "In this order, please: {0}.",
    "My to-do list for you: {0}.",
)
FIRST: Sequence[str] = ("first, {0}", "to begin with, {0}", "{0}")
FALLBACKS: Sequence[str] = (
    "If that's not possible, {0}",
    "If that can't be done, {0}",
    "Should that not be allowed, {0}",
    "In case you can't do that, {0}",
    "If the rules don't permit it, {0}",
    "If it turns out that this won't work, {0}",
)
FALLEN: Sequence[str] = (
    "please {0} instead",
    "I'd settle for this: {0}",
    "just {0}",
    "then {0}",
    "please {0}",
    "{0} instead",
)
RESIGNED: Sequence[str] = (
    "If that's not possible, just tell me and I'll leave it at that.",
    "If you aren't allowed to, say so and never mind.",
    "If that can't be done, forget about it.",
    "Should that not be allowed, I can live without it.",
    "Tell me if that's against the rules, and we'll skip it.",
)
# Values to be told after a change; {0} is what they are called.
TELLING: Sequence[str] = (
    "Let me know {0} then.",
    "Please tell me {0} afterwards.",
    "I'd also like to hear {0}.",
    "And what is {0} after that?",
    "What does that make {0}?",
    "Then tell me {0}, please.",
    "I'd like to know {0} once it's done.",
)
SLIPS: Sequence[str] = (
    "Sorry, I got the {label} wrong: it's {right}, not {wrong}.",
    "Correction: the {label} is {right}, and not {wrong} as I said.",
    "Wait, I misread the {label}. It should be {right} instead of {wrong}.",
    "I just noticed a mistake of mine: the {label} is {right}, not {wrong}.",
    "Apologies, I mixed something up. The right {label} is {right}; please ignore {wrong}.",
    "Hold on, {wrong} was a slip of mine. I meant {right} for the {label}.",
)
CHANGES: Sequence[str] = (
    "Actually, I've changed my mind: make the {label} {right} instead of {wrong}.",
    "On second thought, I'd rather have {right} as the {label}, not {wrong}.",
    "Sorry, I thought about it again: the {label} should be {right} after all, not {wrong}.",
    "One change, please: forget {wrong}, I want {right} as the {label}.",
    "I've reconsidered. Let's go with {right} rather than {wrong} for the {label}.",
)
# The details of something new, after the request for it; {0} is a list such as "the title X and the price 9".
DETAILS: Sequence[str] = (
    "Please use {0}.",
    "The details: {0}.",
    "Put in {0}, please.",
    "It should have {0}.",
    "It goes with {0}.",
    "Here is what I have: {0}.",
    "For the form: {0}.",
    "Take {0} for that.",
)
