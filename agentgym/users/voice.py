"""How scripted users talk: a few manners, each with its stock phrases and its readiness to say more than was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Bank = Sequence[str]  # ways to say one thing; {0} is what it is about


@dataclass(frozen=True, slots=True)
class Manner:
    """One kind of user."""

    extra: int  # facts told unasked beside an answer, and when the agent gets nowhere
    untold: int  # facts told on a question that names none
    goals: int  # open goals named at once
    thanks: Bank  # all is done
    yes: Bank
    no: Bank  # the agent has a detail wrong; the right one follows
    todo: Bank  # {0} is not done
    unsaid: Bank  # {0} is not told
    amiss: Bank  # nothing is missing, and yet it is not as wanted
    unknown: Bank  # the agent asks what the user does not know
    waiting: Bank  # the agent is about to do something
    accepted: Bank  # the agent says it cannot be done
    rest: Bank  # after that, there is more to be done
    instead: Bank  # {0} is what they accept instead
    insisting: Bank  # the agent says that {0} cannot be done, and the user does not believe it
    leaving: Bank  # it gives up


_SHARED_NO = ("No. {0}", "No, that's not right. {0}", "Not quite. {0}", "That's wrong. {0}")

BRISK = Manner(
    extra=0,
    untold=1,
    goals=1,
    thanks=("Thanks.", "Great, thanks.", "Good. That's all.", "Done, thanks. Bye.", "Perfect.", "That's it, thanks."),
    yes=("Yes.", "Yes, do it.", "Right.", "Correct.", "Go ahead.", "Yes, go on."),
    no=(*_SHARED_NO, "Wrong. {0}"),
    todo=(
        "Not done yet: {0}.",
        "You still have to {0}.",
        "Please {0}.",
        "I asked you to {0}.",
    ),
    unsaid=("You haven't told me yet: {0}.", "And the answer? Please {0}.", "Still waiting: {0}, please."),
    amiss=("That is not what I asked for.", "Something is wrong there. Please check.", "That's not how I wanted it."),
    unknown=("No idea.", "I don't know.", "I've told you all I know.", "Can't tell you that."),
    waiting=("OK.", "Fine.", "Sure.", "Go on."),
    accepted=("OK, then not.", "Fine.", "All right.", "Too bad. OK."),
    rest=("And the rest?", "Then do the rest.", "Please do the rest.", "Go on with the others."),
    instead=("Then {0}.", "OK, then {0}.", "In that case {0}.", "Fine, {0} then."),
    insisting=("It should work. Please {0}.", "Try again: {0}.", "I don't see why not. Please {0}."),
    leaving=("Never mind.", "Forget it, I'll try elsewhere.", "This is not working. Bye."),
)
PLAIN = Manner(
    extra=1,
    untold=2,
    goals=2,
    thanks=(
        "Thank you, that is all.",
        "Great, thanks for your help!",
        "Perfect, thank you.",
        "That's everything, thank you.",
        "Thanks, that is what I needed.",
        "Wonderful, thanks. Goodbye!",
    ),
    yes=(
        "Yes, please.",
        "Yes, go ahead.",
        "Yes, that is right.",
        "Yes, please do.",
        "That's correct.",
        "Sounds right.",
    ),
    no=(*_SHARED_NO, "Sorry, no. {0}", "No, I said something else. {0}"),
    todo=(
        "I still need you to {0}.",
        "It is not all done yet: I asked you to {0}.",
        "Could you still {0}?",
        "There is one thing left: please {0}.",
        "I can't see that it is done yet. Please {0}.",
        "I don't think you managed to {0}.",
    ),
    unsaid=(
        "You haven't told me what I wanted to know. Could you {0}?",
        "I am still waiting for an answer: please {0}.",
        "You did not answer my question yet. Please {0}.",
        "That leaves my question. Can you {0}?",
    ),
    amiss=(
        "I think something was changed that I did not ask for.",
        "Something is not as I asked. Could you look again?",
        "That does not look as I wanted it.",
    ),
    unknown=("I don't know that, sorry.", "I have told you everything I know.", "I'm afraid I don't have that."),
    waiting=("Sure, thank you.", "All right, please do.", "Okay, I'll wait.", "Fine, go ahead."),
    accepted=("All right, I understand.", "I see. Then leave it.", "Okay, then we leave that.", "I understand."),
    rest=("Please go on with the rest.", "Could you do the rest, please?", "The rest still stands."),
    instead=("I see. In that case, please {0}.", "All right, then please {0}.", "Then I would like you to {0}."),
    insisting=(
        "Are you sure? I would still like you to {0}.",
        "I think that should be possible. Please {0}.",
        "Could you try once more? Please {0}.",
    ),
    leaving=("Never mind, I will try elsewhere.", "This is not working, I'll stop here.", "Let's leave it. Goodbye."),
)
CHATTY = Manner(
    extra=2,
    untold=3,
    goals=3,
    thanks=(
        "Wonderful, thank you so much for your help! That was all.",
        "That's great news, thanks a lot. Have a nice day!",
        "Excellent, that is all I wanted. Thank you very much!",
        "Oh, that was quick. Thanks, I have everything I need.",
    ),
    yes=(
        "Yes, that would be great, please go ahead.",
        "Yes, exactly as you say.",
        "Yes, that's right, thank you for asking.",
        "Sure, please do that.",
        "Yes, I am happy with that.",
    ),
    no=("Oh no, there is a mistake. {0}", "Hmm, that is not quite right. {0}", "No, sorry, let me put it right. {0}"),
    todo=(
        "Thanks so far, but I would still like you to {0}.",
        "Hmm, when I look at it there is something left: could you {0}?",
        "I'm sorry to insist, but please {0}.",
        "We are not quite there yet, I also asked you to {0}.",
    ),
    unsaid=(
        "Thanks, but I still don't have my answer. Could you please {0}?",
        "I am curious what came out: please {0}.",
        "One thing you haven't told me yet. Would you {0}?",
    ),
    amiss=(
        "Hmm, when I look at it now, something is different from what I asked for.",
        "I'm sorry, but this is not how I wanted it. Could you check what was changed?",
    ),
    unknown=(
        "I'm sorry, I really don't know that.",
        "I have told you everything I know, I'm afraid.",
        "I wish I could tell you, but I don't have that.",
    ),
    waiting=("Of course, take your time.", "Thank you, I'm here.", "Sure, that's very kind of you."),
    accepted=(
        "Oh, that's a pity, but I understand.",
        "All right, thank you for explaining that.",
        "I see, rules are rules. Thanks for checking.",
    ),
    rest=("Would you please go on with the rest?", "I hope the rest is no problem.", "Let's see to the rest, then."),
    instead=(
        "That's a pity. In that case, would you please {0}?",
        "I see, thanks for explaining. Then please {0}.",
        "Oh, all right. What I would like then: {0}.",
    ),
    insisting=(
        "That surprises me. Could you please check again? I'd like you to {0}.",
        "I was sure that this works. Please {0}, if you can.",
    ),
    leaving=(
        "I'm sorry, this leads nowhere. I will try again another day.",
        "Thank you for trying, but I'll ask somebody else.",
    ),
)
MANNERS = (BRISK, PLAIN, CHATTY, PLAIN)
