"""What an agent's message means to the user: which facts it asks for, which it has wrong, what else it wants.

Language models write lists, bold labels, several questions at once and long summaries with "Do you confirm (yes/no)?"
at the end. A message is read sentence by sentence; only those that ask are searched for what they ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from agentgym.users.knowledge import Knowledge, carries, roots
from agentgym.users.statements import misstated, mistaken

READ = 4000  # characters of a message that the user reads

_MARKS = str.maketrans({"*": " ", "`": " ", "\u2019": "'", "\u201c": '"', "\u201d": '"'})  # bold, code, curly quotes
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\b\d\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+|\s*\n\s*")
_PART = re.compile(r",|;|/|\n|\(?\b[1-9][.)]\s|\b(?:and|or|as well as|plus)\b")
_ITEM = re.compile(r"\s*(?:[-\u2022\u2013+]|\(?\w[.)]|\d+[.)])\s*")  # how an item of a list begins

_ASKS = re.compile(  # besides a question mark
    r"\b(?:(?:please|kindly) (?:also )?(?:provide|tell|give|share|confirm|specify|send|enter|supply|state|clarify"
    r"|verify|choose|select|indicate|reply|respond|let (?:me|us) know)|(?:can|could|may|would|will) you"
    r"|may i (?:have|know|ask)|(?:i|we)(?:'ll| will| would|'d)?(?: also| still| just| first)? (?:need|require)(?! to\b)"
    r"|let (?:me|us) know|provide (?:me|us)|tell (?:me|us)|(?:is|are) (?:still )?(?:missing|required|needed)"
    r"|what i (?:still )?need|(?:'d|would) like to know)\b",
    re.IGNORECASE,
)
_CONFIRMS = re.compile(
    r"\b(?:shall (?:i|we)|should (?:i|we)|(?:do|did) you (?:want|mean|wish|agree|confirm)|(?:would|do) you like"
    r"|may i (?:proceed|go|continue)|can i (?:proceed|go|continue)|proceed\?|go ahead"
    r"|confirm\b(?! your\b)(?! the (?!following|details|above|information|changes?))"
    r"|yes/no|yes or no|\(y/n\)|are you sure|correct\?|right\?|okay\?|ok\?|happy with)"
    r"|^\W{0,9}(?:so|and|then|just to check)?\W{0,9}(?:is|are|does|do) "
    r"(?:that|this|these|it|all|everything|the|your)\b[^?]{0,200}\?",
    re.IGNORECASE,
)
_OPEN = re.compile(r"(?:^|[,:;]|\b(?:and|so|but|also))\W{0,9}(?:what|which|why|when|where|who|how)\b", re.IGNORECASE)
_CLOSES = re.compile(
    r"\b(?:anything|something|any(?:thing)? more|what) else\b|\bfurther (?:help|assist)|\bany other\b"
    r"|\bhow (?:can|may|else can) (?:i|we) (?:help|assist)|\bany (?:more )?questions?\b|\blet (?:me|us) know if\b",
    re.IGNORECASE,
)
_MISSES = re.compile(
    r"(?:\bnot|n't|unable to|cannot)\b(?: be| to| seem to)* (?:find|found|locate|exist|identify|match|recogni[sz]e)"
    r"|\bno \w+(?: \w+)? (?:found|matches|matching|with)\b|\bdoes(?: not|n't) exist\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:(?:can(?:no|')t|can not|could ?n(?:o|')t|could not|unable to|not able to)"
    r"(?! (?:find|locate|identify|see|be)\b)|not (?:possible|allowed|permitted|eligible)"
    r"|isn't possible|impossible|unfortunately|against (?:the|our) (?:policy|rules?)"
    r"|(?:policy|rules?) (?:do(?:es)?(?: not|n't)|forbids?|prevents?)|must be|was refused|has been refused|declined)\b",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"\b(?:one moment|a moment|moment please|bear with me|please (?:wait|hold)|hold on|let me (?!know)\w+"
    r"|i(?:'ll| will| am going to|'m going to) (?:now |just |first |go ahead and )?(?:check|look|proceed|do|start|take"
    r"|search|process|get|find|make|update|cancel|change|continue)|working on)\b",
    re.IGNORECASE,
)
_ALL_OF_IT = re.compile(
    r"\b(?:these|those|the (?:above|following)|this information|following|details)\b", re.IGNORECASE
)
_CHOICE = re.compile(r"\bor\b(?! no\b(?! longer)| not\b)", re.IGNORECASE)
_GOES_ON = re.compile(r"proceed|go ahead|continue", re.IGNORECASE)


class Heard(NamedTuple):
    """A message, understood. Facts stand by their places in the task."""

    asks: bool = False  # it wants an answer
    confirms: bool = False  # "yes" would be one
    closes: bool = False  # "Is there anything else?"
    refuses: bool = False  # it says that something cannot be done
    waits: bool = False  # it announces what it is about to do
    chooses: bool = False  # it offers this or that
    wanted: tuple[int, ...] = ()  # the facts asked for
    wrong: tuple[int, ...] = ()  # the facts whose values it has wrong
    akin: tuple[int, ...] = ()  # where none is asked for by name: the facts the question may be about


def hear(message: str, known: Knowledge, opening: str) -> Heard:
    """Read a message of the agent. ``opening`` is what the user said first; what it tells is not asked for again."""
    text = message[:READ].translate(_MARKS)
    asking = list(_asking(text))
    confirms = any(_CONFIRMS.search(sentence) and not _OPEN.search(sentence) for sentence in asking)
    asks = bool(asking)
    wrong = (misstated(text, known) or mistaken(text, known, opening)) if confirms else []
    questions = [sentence for sentence in asking if not _CLOSES.search(sentence)]
    wanted: set[int] = set()
    for sentence in questions:
        wanted.update(_wanted(sentence, known))
    if questions and not wanted and any(_ALL_OF_IT.search(sentence) for sentence in questions):
        for sentence in _SENTENCE.split(text):
            wanted.update(_wanted(sentence, known))
    chooses = any("?" in sentence and _CHOICE.search(sentence) for sentence in questions)
    if chooses:
        wanted.update(place for place, fact in enumerate(known.facts) if carries(" ".join(questions), fact.value))
    if confirms and wanted and not chooses:  # what it states rightly needs no telling
        wanted = {place for place in wanted if not carries(text, known.facts[place].value)}
    akin = known.akin(frozenset(roots(" ".join(questions)))) if questions and not wanted else []
    return Heard(
        asks=asks,
        confirms=confirms,
        closes=asks and not questions,
        refuses=_refuses(text, known),
        waits=not asks and _WAITS.search(text) is not None,
        chooses=chooses and not any(_GOES_ON.search(sentence) for sentence in questions),
        wanted=tuple(sorted(wanted - set(wrong))),
        wrong=tuple(wrong),
        akin=tuple(akin),
    )


def _refuses(text: str, known: Knowledge) -> bool:
    """Whether the agent says that something cannot be done; a value that says so, such as a title, is not its word."""
    if not _REFUSES.search(text) or _MISSES.search(text):
        return False
    told = text.casefold()
    for fact in known.facts:
        if isinstance(fact.value, str):
            told = told.replace(fact.value.casefold(), "").replace(fact.value.replace("_", " ").casefold(), "")
    return _REFUSES.search(told) is not None


def _asking(text: str) -> Iterator[str]:
    """The sentences that ask, and the items of the lists that such a sentence leads."""
    listing = False
    for sentence in _SENTENCE.split(text):
        if not sentence:
            continue
        if "?" in sentence or _ASKS.search(sentence) or _MISSES.search(sentence):
            listing = sentence.rstrip().endswith(":")
            yield sentence
        elif listing and _ITEM.match(sentence):
            yield sentence
        else:
            listing = False


def _wanted(sentence: str, known: Knowledge) -> set[int]:
    """The facts a sentence names, as a whole and part by part: a list may name several things of one kind."""
    found = set(known.asked_for(frozenset(roots(sentence))))
    if not found:
        return found
    parts = _PART.split(sentence)
    if len(parts) > 1:
        for part in parts:
            found.update(known.asked_for(frozenset(roots(part))))
    return found
