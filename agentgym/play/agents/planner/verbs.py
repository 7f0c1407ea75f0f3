"""The verbs that requests are made with, found among all the words that could be verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agentgym.play.agents.planner.text import Token
from agentgym.play.agents.planner.vocabulary import PAST, PHRASES, base

# Words that may stand right before the verb of a request.
_LEADS = frozenset(
    "to please you could can and kindly maybe perhaps quickly somehow urgently then also just : , ; - finally lastly "
    "next first second third i somebody someone instead now therefore still not do lastly afterwards would will "
    "really rather simply need want helping".split()
)
_SOFT = frozenset(
    "hope want need like love help thank thanks wish mind wonder wondering ask asking may let do does be is are have "
    "has had think guess believe try trying look looking going get getting got appreciate oblige obliged work start "
    "curious keep see know done go mean am seem sort catch catching closing covering writing board run settle "
    "bear come".split()
)  # verbs that politeness uses too: they count only with an object right behind
_NOUNS = frozenset(
    "one all detail details new issue report order book file log record request post index place rate plan "
    "schedule number read question".split()
)
_NEVER = frozenset("one all details detail new another some first last number".split())
_OBJECTS = frozenset(
    "my the a an that this me it all every another one some any each up down over for out into at "
    "these those out? how what which whether through".split()
)
_WRONG_AFTER = frozenset("to that if you".split())
_STOCK = (("to", "begin", "with"), ("let", "me", "know", "if"), ("need", "to", "run"), ("see", "to", "the"))
_LOOKS = {
    tuple(words.split()): verb
    for verb, phrases in {
        "get": "let me know|have a look|find out|look into|bring up|look at|be told|you have",
        "list": "have an overview|give me an overview|give me a list|get a list|go through|go over",
    }.items()
    for words in phrases.split("|")
}


class Said(NamedTuple):
    """A verb in a sentence: its base form, where it stands, where it ends."""

    verb: str
    at: int
    end: int
    led: bool  # a word that leads to a request stands before it


def verbs_in(said: Sequence[Token], own: frozenset[str] = frozenset()) -> list[Said]:
    """The verbs that ask for something, in order."""
    found: list[Said] = []
    place = 0
    plain = [token.text.lower() for token in said]
    while place < len(said):
        skip = next((len(stock) for stock in _STOCK if tuple(plain[place : place + len(stock)]) == stock), 0)
        if skip:
            place += skip
            continue
        one = _verb(said, plain, place, own) if said[place].kind == "word" else None
        if one is not None:
            found.append(one)
            place = one.end
        else:
            place += 1
    return found or passives(said, plain, own)


def _verb(said: Sequence[Token], plain: Sequence[str], at: int, own: frozenset[str]) -> Said | None:
    led = at == 0 or plain[at - 1] in _LEADS or said[at - 1].kind == "mark"
    led = led or (plain[at : at + 2] == ["you", "have"] and plain[max(0, at - 1) : at] == ["do"])
    led = led or plain[max(0, at - 2) : at] in (["after", "that"], ["do", "is"], ["right", "that"], ["help", "me"])
    if not led:
        return None
    if plain[at] in _NEVER:
        return None
    for size in (4, 3, 2):
        look = _LOOKS.get(tuple(plain[at : at + size]))
        if look:
            return Said(look, at, at + size, True)
    after = plain[at + 1] if at + 1 < len(plain) else ""
    verb = _phrase(plain, at) or _parted(plain, at, own) or base(plain[at], own)
    verb = "have" if plain[at] == "have" else verb
    if not verb or (plain[at] != verb.split("_")[0] and plain[at] not in own):
        return None  # a form that no request begins with: "closing", "left"
    end = at + (len(verb.split("_")) if _phrase(plain, at) else 1)
    object_ = after in _OBJECTS or (at + 1 < len(said) and said[at + 1].kind != "mark")
    if (
        verb == "have"
        and led
        and at + 1 < len(said)
        and "as" in plain[at : at + 14]
        and after not in ("a", "an", "the", "my")
    ):
        return Said(verb, at, end, led)  # "I'd like to have 25 as the price"
    if verb in _SOFT and (after not in _OBJECTS - {"at", "up", "down", "for", "out", "over", "me"} or _says(plain, at)):
        return None if verb not in own or not object_ else Said(verb, at, end, led)
    if verb in _NOUNS and at > 0 and plain[at - 1] in ("and", ",", "i") and after not in _OBJECTS:
        return None
    if after in _WRONG_AFTER and "_" not in verb and verb not in own:
        return None
    return Said(verb, at, end, led) if object_ or "_" in verb or at == len(said) - 1 else None


def _says(plain: Sequence[str], at: int) -> bool:
    """ "I know", but not "may I know"."""
    return plain[at - 1 : at] == ["i"] and plain[max(0, at - 2) : at - 1] not in (["may"], ["can"], ["could"])


def _phrase(plain: Sequence[str], at: int) -> str:
    for size in (3, 2):
        words = tuple(plain[at : at + size])
        head = base(words[0]) or words[0] if words else ""
        found = PHRASES.get((head, *words[1:])) if len(words) == size else None
        if found:
            return found
    return ""


def _parted(plain: Sequence[str], at: int, own: frozenset[str]) -> str:
    """A verb of the tools whose particle stands further on: "top my card up" is top_up."""
    heads = [verb.split("_") for verb in sorted(own) if "_" in verb]
    rest = {*plain[at + 1 :]}
    return next(("_".join(parts) for parts in heads if parts[0] == plain[at] and {*parts[1:]} <= rest), "")


def passives(said: Sequence[Token], plain: Sequence[str], own: frozenset[str]) -> list[Said]:
    """ "My order has to be cancelled", "I need the ticket reopened"."""
    for place in range(1, len(said)):
        if tuple(plain[place : place + 3]) == ("got", "rid", "of"):
            return [Said("delete", place, place + 3, True)]
        verb = PAST.get(plain[place]) or base(plain[place], own)
        inflected = verb and plain[place] != verb and plain[place].endswith(("ed", "en"))
        asked = {"need", "want", "like", "be", "has", "needs", "should", "have", "i'd"} & {*plain[:place]}
        inflected = inflected or plain[place] in PAST
        if inflected and asked and said[place].kind == "word" and place + 1 <= len(said):
            behind = plain[place + 1] if place + 1 < len(plain) else ""
            joined = f"{verb}_{behind}" if f"{verb}_{behind}" in own else PHRASES.get((verb, behind), verb)
            return [Said(joined, place, place + 1, True)]
    return []
