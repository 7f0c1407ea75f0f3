"""Stock phrases around what a user wants: greetings, names, why they write, closings, by manner of speaking.

None of them holds a number or a word that an agent would act on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentgym.tasks.wording.banks import Manner

GREETINGS: Mapping[Manner, Sequence[str]] = {
    "plain": ("Hi", "Hello", "Hi there", "Good morning", "Hello there", "Good afternoon", ""),
    "terse": ("", "", "", "Hi", "Hey"),
    "chatty": (
        "Hi there",
        "Hey there",
        "Hello",
        "Hiya",
        "Hi, how are you today?",
        "Hey, I hope your day is going well!",
    ),
    "formal": ("Good morning", "Good afternoon", "Good day", "Good evening", "Hello", "Dear team,"),
    "hurried": ("Hi", "Hey", "", "Hello, a quick one:"),
    "unsure": ("Hi", "Hello", "Um, hi", "Hello there", "Hi, I hope this is the right place."),
}
NAMED: Mapping[Manner, Sequence[str]] = {
    "plain": ("This is {0}.", "I'm {0}.", "My name is {0}.", "{0} here."),
    "terse": ("{0} here.", "This is {0}."),
    "chatty": ("I'm {0}, nice to meet you.", "It's {0} here.", "My name's {0}, by the way."),
    "formal": ("My name is {0}.", "This is {0} speaking.", "I am {0}."),
    "hurried": ("{0} here.", "It's {0}."),
    "unsure": ("My name is {0}, if that helps.", "I'm {0}.", "I'm {0}, I should be in your system."),
}
# Why they write. It is small talk: an agent needs none of it.
PRIVATE: Mapping[Manner, Sequence[str]] = {
    "plain": (
        "I'm sorting out my affairs today.",
        "I'm getting ready for a busy month.",
        "A few things have piled up on my side.",
        "I'm back from a trip and catching up.",
    ),
    "terse": (),
    "chatty": (
        "I finally sat down with a coffee to get this off my plate.",
        "My sister told me you folks are quick, so here I am.",
        "It's been one of those weeks, and this has been on my list for ages.",
        "We're in the middle of a move and everything is upside down.",
        "I was going through my papers last night and noticed I should get in touch.",
        "I've been meaning to write for a while now.",
        "The kids are asleep, so I finally have a minute for this.",
    ),
    "formal": (
        "I am writing on my own behalf.",
        "I am putting my records in order.",
        "I would appreciate your help with the following.",
        "Allow me to turn to you with a request.",
    ),
    "hurried": (
        "I'm about to board, so I'll keep it short.",
        "I only have a minute.",
        "I've got a meeting in a moment.",
        "My battery is nearly dead.",
    ),
    "unsure": (
        "My partner usually takes care of this, so bear with me.",
        "I've never done this over chat before.",
        "I couldn't work it out on the website.",
        "I'm not very good with these things.",
    ),
}
STAFF: Mapping[Manner, Sequence[str]] = {
    "plain": (
        "I'm going through today's queue.",
        "I'm closing out the week.",
        "I'm covering for a colleague.",
        "I'm tidying up our records.",
    ),
    "terse": (),
    "chatty": (
        "It's been a long shift, so let's get through this together.",
        "My colleague left me a pile of sticky notes, so here goes.",
        "We're short of hands today and I'm catching up on what was left.",
        "I've just come out of a meeting with a list of things to do.",
    ),
    "formal": (
        "I am writing on behalf of the team.",
        "I am completing our records ahead of an audit.",
        "I have been asked to see to the following.",
    ),
    "hurried": (
        "People are waiting, so I'll be brief.",
        "I've got a meeting in a moment.",
        "I need this before my break.",
    ),
    "unsure": (
        "I'm new here, so tell me if I'm asking the wrong way.",
        "I'm standing in for somebody and don't know the system well.",
        "I'm not sure I have everything you need.",
    ),
}
# Said where details are left out.
ON_REQUEST: Mapping[Manner, Sequence[str]] = {
    "plain": ("Ask me for whatever is missing.", "I have the details here.", "Tell me what else you need."),
    "terse": ("Details on request.", "Ask if anything is missing."),
    "chatty": ("I've got all the papers right here, so just ask!", "Fire away if you need to know more!"),
    "formal": ("I shall gladly supply any further details.", "Please ask should anything be missing."),
    "hurried": ("Ask for the rest.", "Tell me what you need."),
    "unsure": ("I can look things up if you need them.", "What else do you need from me?"),
}
CLOSINGS: Mapping[Manner, Sequence[str]] = {
    "plain": ("", "", "Thanks!", "Thank you.", "Thanks in advance.", "That's all for now."),
    "terse": ("", "", "", "Thanks."),
    "chatty": ("Thanks a bunch!", "You're a lifesaver!", "Thanks so much, really.", "Cheers!", ""),
    "formal": (
        "Thank you for your assistance.",
        "With kind regards.",
        "I look forward to your reply.",
        "Thank you.",
        "",
    ),
    "hurried": ("Thanks!", "Need to run.", "", "Thanks, I'm in a rush."),
    "unsure": (
        "I hope that makes sense.",
        "Let me know if you need anything else from me.",
        "Sorry for the trouble.",
        "",
    ),
}
