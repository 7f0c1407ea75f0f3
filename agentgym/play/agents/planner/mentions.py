"""The things of a domain that a sentence mentions: "my pending order", "the ticket under TIC-1", "that customer"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agentgym.play.agents.planner.text import Token, stem
from agentgym.play.agents.planner.toolbox import Toolbox
from agentgym.play.agents.planner.vocabulary import ORDINALS, SPEAKERS

_STARTS = frozenset("my the a an that this our their every all any each another".split())
_BREAKS = frozenset("of with for to from by in on at and or whose as is are have has do under".split())
_NAMING = frozenset(
    "id number code identifier no reference key called named whose with the under is has a an would be shall "
    "should it's ( # :".split()
)


class Mention(NamedTuple):
    """A thing of the domain in a sentence: "my pending order ORD-1"."""

    entity: tuple[str, ...]  # () for the speaker
    start: int  # of the first token that belongs to it: its determiner
    noun: int  # where the noun stands
    end: int  # behind the noun and the identifier
    id: str = ""
    many: bool = False
    mine: bool = False
    known: bool = False  # "that order"
    new: bool = False  # "the new order"
    ordinal: int = 0  # "the second order" is 2
    link: str = ""  # the word before it: of, for, to, from, as ...
    before: tuple[str, ...] = ()  # the stems between determiner and noun


def mentions(said: Sequence[Token], toolbox: Toolbox) -> list[Mention]:
    """The things of the domain that are mentioned, from left to right."""
    found: list[Mention] = []
    place = 0
    stemmed = [token.stem if token.kind == "word" else "" for token in said]
    while place < len(said):
        noun = next((noun for noun in toolbox.nouns if tuple(stemmed[place : place + len(noun)]) == noun), None)
        if noun is None:
            if stemmed[place] in ("account", "profile") and place and stemmed[place - 1] == "my":
                found.append(Mention((), place - 1, place, place + 1, mine=True, link=_link(said, place - 1)))
            elif stemmed[place] == "my" and _own(stemmed, place, toolbox):
                found.append(Mention((), place, place, place + 1, mine=True, link=_link(said, place)))
            place += 1
            continue
        found.append(_mention(said, place, noun, found[-1].end if found else 0))
        place = max(found[-1].end, place + len(noun))
    return found


def _own(stemmed: Sequence[str], place: int, toolbox: Toolbox) -> bool:
    """Whether "my" speaks of what the speaker is like, "my phone", and of no thing: "my pending order"."""
    near = stemmed[place + 1 : place + 5]
    if near[:1] in (["account"], ["profile"]):
        return False
    return not any(
        tuple(stemmed[at : at + len(noun)]) == noun for noun in toolbox.nouns for at in range(place + 1, place + 4)
    ) and bool(near and near[0])


def _mention(said: Sequence[Token], place: int, noun: tuple[str, ...], after: int) -> Mention:
    last = place + len(noun) - 1
    start = at = place
    while at > after and place - at < 4 and said[at - 1].kind in ("word", "quoted"):
        at -= 1
        if said[at].stem in _STARTS:
            start = at
            break
        if said[at].stem in _BREAKS:
            break
    before = [token.stem for token in said[start:place]]
    identifier, end = _identifier(said, last + 1)
    return Mention(
        entity=noun,
        start=start,
        noun=place,
        end=end,
        id=identifier,
        many=stem(said[last].text) != said[last].text.lower(),
        mine="my" in before[:1] or [token.stem for token in said[end : end + 2]] == ["of", "mine"],
        known=before[:1] in (["that"], ["this"]) or "same" in before,
        new=("new" in before and "the" in before[:1]) or "just" in before,
        ordinal=next((number for number, word in enumerate(ORDINALS, 1) if word in before), 0),
        link=_link(said, start),
        before=tuple(before),
    )


def _link(said: Sequence[Token], start: int) -> str:
    """The word that ties a mention to what stands before it."""
    at = start - 1
    if at >= 1 and said[at].stem == "my":
        at -= 1
    if at >= 1 and said[at].stem == "of" and said[at - 1].stem in ("one", "some", "any"):
        at -= 2
    return said[at].stem if at >= 0 and said[at].kind == "word" else ""


def _identifier(said: Sequence[Token], at: int) -> tuple[str, int]:
    """An identifier right behind a noun, and where it ends: "ORD-1", "(ORD-1)", "with the ID ORD-1"."""
    place, named = at, False
    while place < len(said) and place - at < 6:
        token = said[place]
        if token.kind in ("id", "path") or (
            token.kind == "number" and (named or place == at or said[place - 1].text == "(")
        ):
            bracket = place + 1 < len(said) and said[place + 1].text == ")" and said[place - 1].text == "("
            return token.text, place + 1 + bracket
        if token.kind == "quoted" and named:
            return token.text, place + 1
        caps = named or place == at or said[place - 1].text in ("(", "under")
        if caps and token.kind == "word" and token.text.isupper() and len(token.text) > 1 and token.stem not in _NAMING:
            return token.text, place + 1 + (place + 1 < len(said) and said[place + 1].text == ")")
        if token.stem not in _NAMING or token.stem in ("called", "named"):
            break
        named = named or token.stem in ("id", "number", "code", "identifier", "no", "reference", "key")
        place += 1
    return "", at


def speaks(entity: tuple[str, ...]) -> bool:
    """Whether a thing may be the one who speaks."""
    return bool(entity) and entity[-1] in SPEAKERS
