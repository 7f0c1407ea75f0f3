"""Values that come as one phrase and fill several parameters: addresses, and the lines of an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agentgym.play.agents.planner.mentions import Mention
from agentgym.play.agents.planner.requests import Request
from agentgym.play.agents.planner.slots import Slot, fill
from agentgym.play.agents.planner.text import Token, number, written
from agentgym.play.agents.planner.toolbox import Parameter, Tool
from agentgym.play.agents.planner.vocabulary import ADDRESS, COPULAS
from agentgym.types import Json

_ENDS = frozenset("and with whose for because please the my without but then so down from as now instead".split())
_BEFORE = frozenset("address to be is put make have live at move with".split())
_COUNTS = frozenset("quantity qty count number units copies amount".split())


class Line(NamedTuple):
    """One object of a list: its plain values, and the thing it names, still to be identified."""

    values: dict[str, Json]
    place: Parameter | None
    mention: Mention | None


def address(tool: Tool, said: Sequence[Token]) -> dict[str, Slot]:
    """The parts of an address, told on one line: "16718 Monica Bridge, North Antonio, NY, 51647"."""
    places = [
        one for one in tool.parameters if one.kind == "string" and not one.entity and set(one.labels) & {*ADDRESS}
    ]
    if len(places) < 2:
        return {}
    best: list[tuple[int, int]] = []
    for at, token in enumerate(said):
        if token.text.lower() in _BEFORE or token.text in (":", "="):
            parts = _parts(said, at + 1)
            if parts and len(parts) >= len(best):
                best = parts
    if len(best) < 2:
        return {}
    names = _assign([written(said[start:end]) for start, end in best], places)
    return {
        name: Slot(name, written(said[start:end]), 0.95, start, end)
        for name, (start, end) in zip(names, best, strict=False)
        if name
    }


def _parts(said: Sequence[Token], at: int) -> list[tuple[int, int]]:
    """The pieces between commas, from ``at`` to the end of the phrase; none where it does not begin like an address."""
    while at < len(said) and (said[at].stem in COPULAS or said[at].text in (":", "=", "should")):
        at += 1
    if at >= len(said) or said[at].text.lower() in _ENDS | {"of"}:
        return []
    parts, start = [], at
    for place in range(at, len(said) + 1):
        ends = place == len(said) or said[place].text in "();!?:" or said[place].text.lower() in _ENDS
        if ends or said[place].text == ",":
            if place > start:
                parts.append((start, place))
            start = place + 1
        if ends:
            break
    numbered = parts and any(any(sign.isdigit() for sign in token.text) for token in said[slice(*parts[0])])
    return parts if numbered else []


def _assign(parts: Sequence[str], places: Sequence[Parameter]) -> list[str]:
    """Which parameter each piece is for, in order; "" where none fits."""
    if len(parts) == len(places):
        return [one.name for one in places]
    out, rest = [], list(places)
    for number_, part in enumerate(parts):
        one = next((one for one in rest if _fits(part, one, number_ == 0)), None)
        out.append(one.name if one else "")
        if one:
            rest = rest[rest.index(one) + 1 :]
    return out


def _fits(part: str, one: Parameter, first: bool) -> bool:
    digits = any(letter.isdigit() for letter in part)
    labels = set(one.labels)
    if labels & {"postal", "zip", "postcode"}:
        return digits and not first
    if labels & {"state", "province", "region"}:
        return len(part) <= 3 and part.isupper()
    return (first or not digits) if labels & {"address", "street"} else not digits


def names(tool: Tool, said: Sequence[Token]) -> dict[str, Slot]:
    """A first and a last name, told as one: "the name Ada Lovelace"."""
    first = next((one.name for one in tool.parameters if one.labels == ("first", "name")), "")
    last = next((one.name for one in tool.parameters if one.labels == ("last", "name")), "")
    for at in range(len(said) - 2) if first and last else ():
        alone = said[at].stem == "name" and (not at or said[at - 1].stem not in ("first", "last", "my"))
        pair = said[at + 1 : at + 3]
        if alone and all(token.kind == "word" and token.text[:1].isupper() for token in pair):
            return {
                first: Slot(first, pair[0].text, 0.95, at + 1, at + 2),
                last: Slot(last, pair[1].text, 0.95, at + 2, at + 3),
            }
        if alone and pair[0].kind == "quoted" and " " in pair[0].text:
            given, _, family = pair[0].text.partition(" ")
            return {
                first: Slot(first, given, 0.95, at + 1, at + 2),
                last: Slot(last, family, 0.95, at + 1, at + 2),
            }
    return {}


def lines(one: Parameter, request: Request) -> list[Line]:
    """The objects of a list: "2 of the product PRD-1 and 1 of the product PRD-7 (size L)"."""
    keys = [inner for inner in one.items if inner.entity]
    plain = Tool("", "", "act", (), (), (), frozenset(), False, False, tuple(i for i in one.items if not i.entity))
    named = [
        (mention, key)
        for mention in request.mentions
        for key in keys
        if key.entity == mention.entity and mention.noun > request.at
    ]
    out = []
    for place, (mention, key) in enumerate(named):
        stop = named[place + 1][0].start if place + 1 < len(named) else len(request.tokens)
        tail = request.tokens[mention.end : stop]
        values = {name: slot.value for name, slot in fill(plain, tail, sure=0.5).items()}
        count = next((inner for inner in plain.parameters if set(inner.labels) & _COUNTS), None)
        before = [number(token) for token in request.tokens[max(0, mention.start - 2) : mention.start]]
        counted = next((found for found in before if found is not None), None)
        if count is not None and counted is not None:
            values[count.name] = counted
        out.append(Line(values, key, mention))
    return out
