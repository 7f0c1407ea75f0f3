"""Values for a tool's plain parameters, found in what the user says: by label, by form, by list of choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agentgym.play.agents.planner.labels import (
    ENDS,
    before_it,
    bound,
    bounds_of,
    directed,
    labelled,
    named_by,
    variants,
)
from agentgym.play.agents.planner.text import VALUES, Token, number, place_of, written
from agentgym.play.agents.planner.toolbox import Parameter, Tool
from agentgym.play.agents.planner.vocabulary import COPULAS, MOST, STOP, label
from agentgym.types import Json

QUERIES = frozenset("query q search text keyword keywords term terms".split())
_TOWNS = frozenset("city town country location place office region state territory".split())
_SAYS = frozenset("is are : should shall would".split())
_AMOUNTS = frozenset("amount point points quantity value sum mile miles total units hours".split())
_YES = frozenset("yes true on enabled enable with wanted included active".split())
_NO = frozenset("no false off not without disabled disable excluded inactive never".split())
_FORMS = {
    "email": "email", "date": "date", "date-time": "datetime", "time": "time", "uri": "url", "url": "url",
    "phone": "phone",
}  # fmt: skip


class Slot(NamedTuple):
    """A value found for a parameter, how sure it is, and the tokens that tell it."""

    name: str
    value: Json
    score: float
    start: int
    end: int


def fill(
    tool: Tool, said: Sequence[Token], *, verb: int = -1, asked: frozenset[str] = frozenset(), sure: float = 0.3
) -> dict[str, Slot]:
    """The plain parameters of ``tool`` that ``said`` gives a value, no token used twice.

    ``verb`` is the place of the verb; what was ``asked`` for needs no label. Slots below ``sure`` are left out.
    """
    found = [
        slot
        for one in tool.parameters
        if not one.entity and not one.items
        for slot in candidates(one, tool, said, verb, one.name in asked)
        if slot.score >= sure
    ]
    out: dict[str, Slot] = {}
    taken: set[int] = set()
    for slot in sorted(found, key=lambda slot: (-slot.score, slot.start, slot.name)):
        span = set(range(slot.start, slot.end))
        if slot.name not in out and not span & taken:
            out[slot.name] = slot
            taken |= span
    return out


def candidates(one: Parameter, tool: Tool, said: Sequence[Token], verb: int, asked: bool) -> Iterator[Slot]:
    """What ``said`` may give a parameter."""
    if one.enum:
        yield from _choices(one, tool, said, verb)
    elif one.kind == "boolean":
        yield from _truths(one, tool, said)
    elif form := form_of(one):
        yield from _formed(one, tool, said, form, asked)
    elif one.kind in ("integer", "number"):
        yield from _numbers(one, tool, said, verb, asked)
    elif one.kind == "string":
        yield from _texts(one, tool, said, asked)
    elif one.kind == "array":
        yield from _lists(one, tool, said)


def form_of(one: Parameter) -> str:
    """The kind of token that a string parameter takes: an email, a date; "" where it takes any text."""
    if one.kind != "string":
        return ""
    if one.format in _FORMS:
        return _FORMS[one.format]
    last = one.labels[-1] if one.labels else ""
    return {"email": "email", "phone": "phone", "date": "date", "url": "url", "time": "time"}.get(last, "")


def is_limit(one: Parameter) -> bool:
    """Whether a parameter says how many results are wanted."""
    joined = "".join(one.labels)
    return one.kind == "integer" and (joined in ("limit", "pagesize", "maxresults", "perpage", "top", "first", "size"))


def _denied(said: Sequence[Token], at: int) -> bool:
    """Whether a value is the one that is not meant: "ORD-2, not ORD-1"."""
    near = [token.stem for token in said[max(0, at - 3) : at]]
    return near[-1:] == ["not"] or near[-2:] == ["instead", "of"] or near[-2:] == ["rather", "than"]


def _choices(one: Parameter, tool: Tool, said: Sequence[Token], verb: int) -> Iterator[Slot]:
    for value in one.enum:
        at = place_of(value, said)
        while at >= 0:
            width = 1 if said[at].kind == "quoted" else max(1, len(str(value).replace("_", " ").split()))
            score = 0.55 + 0.45 * max(labelled(one, tool, said, at), directed(one, tool, said, at))
            if said[at].kind == "quoted" or (said[at - 1].stem in ("as", "to") and at):
                score += 0.1
            after = said[at + width].text.lower() if at + width < len(said) else ""
            named = after in ("is", "are", "address", ":") and said[at].kind == "word"
            if (
                at == verb
                or named
                or _denied(said, at)
                or after in ("on", "at", "since", "after", "before", "by", "from")
            ):
                score = 0.0  # "created on or after" is no status
            yield Slot(one.name, value, score, at, at + width)
            at = place_of(value, said, at + 1)


def _truths(one: Parameter, tool: Tool, said: Sequence[Token]) -> Iterator[Slot]:
    stems = [label(token.stem) for token in said]
    for words, weight in variants(one, tool):
        for at in range(len(stems) - len(words) + 1):
            if tuple(stems[at : at + len(words)]) != words or weight < 0.6:
                continue
            end = at + len(words)
            tail = [word for word in stems[end : end + 5] if word in _YES or word in _NO][:1]
            head = [word for word in stems[max(0, at - 3) : at] if word in _NO or word in ("enable", "on")]
            if tail and said[end].text not in ".,;":
                yield Slot(one.name, tail[0] in _YES, weight, at, end)
            elif head:
                yield Slot(one.name, head[-1] not in _NO, weight * 0.95, at, end)
            else:
                yield Slot(one.name, True, weight * 0.6, at, end)


def _formed(one: Parameter, tool: Tool, said: Sequence[Token], form: str, asked: bool) -> Iterator[Slot]:
    kinds = {"date": ("date", "datetime"), "phone": ("phone", "quoted", "id", "number")}.get(form, (form, "quoted"))
    for at, token in enumerate(said):
        if token.kind not in kinds or _denied(said, at):
            continue
        named = max(labelled(one, tool, said, at), directed(one, tool, said, at))
        plain = 0.5 if token.kind == form and (not bound(one) or asked) else 0.6 if asked else 0.0
        score = plain + 0.5 * named if plain else named * 0.8
        if bound(one) and not asked and named < 0.5:
            score = 0.4 if bounds_of(said, at)[0 if bound(one) == "min" else 1] and one.kind == "string" else 0.0
        yield Slot(one.name, token.text, score, at, at + 1)


def _numbers(one: Parameter, tool: Tool, said: Sequence[Token], verb: int, asked: bool) -> Iterator[Slot]:
    for at, token in enumerate(said):
        value = number(token)
        if value is None or _denied(said, at) or (one.kind == "integer" and not float(value).is_integer()):
            continue
        value = int(value) if one.kind == "integer" else value
        near, tail = before_it(said, at), [other.stem for other in said[at + 1 : at + 4]]
        score = max(labelled(one, tool, said, at), directed(one, tool, said, at))
        if is_limit(one):
            few = {"max", "most", "first", "top", "only", "up"} & set(near[:3]) and not set(near) - STOP - MOST - {
                "first",
                "top",
                "only",
                "max",
            }
            score = 0.8 if few or tail[:2] == ["of", "them"] or "enough" in tail or "result" in tail else score
        elif any(word in _AMOUNTS for word in one.labels) and not bound(one):
            verb_stem = {said[verb].stem} if verb >= 0 else set()
            close = near[:1] == ["by"] or not set(near) - STOP - verb_stem
            close = close and tail[:1] != ["for"]
            close = close or 0 <= at - verb <= 2
            score = max(score, 0.6 if close and tail[:2] != ["of", "them"] else 0.35 if not near else 0.0)
        elif "offset" in one.labels:
            score = 0.8 if {"out", "skip", "after", "skipping"} & set(near[:5]) else 0.0
        if asked and not score:
            score = 0.5
        yield Slot(one.name, value, score, at, at + 1)


def _texts(one: Parameter, tool: Tool, said: Sequence[Token], asked: bool) -> Iterator[Slot]:
    stems = [label(token.stem) for token in said]
    for words, weight in variants(one, tool):
        for at in range(len(stems) - len(words) + 1):
            if tuple(stems[at : at + len(words)]) == words and said[at].kind == "word":
                start = _value_start(said, at + len(words))
                end = _value_end(said, start)
                if start < end and not _denied(said, start):
                    yield Slot(one.name, written(said[start:end]), weight * 0.9, start, end)
    for at, token in enumerate(said):
        named = named_by(said, at) if token.kind in VALUES or (token.kind == "word" and token.stem not in STOP) else []
        for words, weight in variants(one, tool):
            if named and tuple(named[: len(words)]) == words and weight > 0.5 and not _denied(said, at):
                start = at
                while (
                    start
                    and said[start - 1].kind == "word"
                    and said[start - 1].text[:1].isupper()
                    and token.kind == "word"
                ):
                    start -= 1
                yield Slot(one.name, written(said[start : at + 1]), weight * 0.9, start, at + 1)
    if set(one.labels) & _TOWNS:
        for at, token in enumerate(said[:-1]):
            after = said[at + 1]
            if token.text.lower() == "in" and (after.kind == "quoted" or after.text[:1].isupper()):
                end = _value_end(said, at + 1)
                yield Slot(one.name, written(said[at + 1 : end]), 0.7, at + 1, end)
    naming = ("matching", "match", "containing", "about", "mentioning") if QUERIES & set(one.labels) else ()
    if one.labels[-1:] in (("name",), ("title",)) or naming:
        naming = (*naming, "called", "named", "titled")
    for at, token in enumerate(said):
        if token.text.lower() in naming:
            end = min(_value_end(said, at + 1), at + 2)
            while end < len(said) and said[end].kind == said[end - 1].kind == "word" and said[end].text[:1].isupper():
                end += 1
            yield Slot(one.name, written(said[at + 1 : end]), 0.7 if end > at + 1 else 0.0, at + 1, end)
        elif token.kind == "quoted" and (not at or said[at - 1].stem in STOP or said[at - 1].kind == "mark"):
            if not named_by(said, at):
                yield Slot(one.name, token.text, 0.45 if asked or one.required else 0.3, at, at + 1)
        elif token.kind in ("id", "path", "url", "number") and asked:
            yield Slot(one.name, token.text, 0.4, at, at + 1)


def _value_start(said: Sequence[Token], at: int) -> int:
    """Behind a label: where its value begins; behind "of my order to", if that follows."""
    if at < len(said) and said[at].stem in ("of", "for", "on", "in"):
        to = [place for place in range(at, len(said)) if said[place].text.lower() in ("to", "as")]
        says = [place for place in range(at, len(said)) if said[place].text.lower() in _SAYS]
        if not says or (to and to[0] < says[0]):
            return to[-1] + 1 if to else len(said)
        at = says[0]
    while at < len(said) and (said[at].stem in COPULAS or said[at].text in (":", "=", "should", "be", "now", "the")):
        at += 1
    return at


def _value_end(said: Sequence[Token], start: int) -> int:
    """Where a value that begins at ``start`` ends."""
    if start >= len(said):
        return start
    if said[start].kind in VALUES:
        return start + 1
    end = start
    while end < len(said) and end - start < 12:
        token = said[end]
        if token.text in ",;()!?" or (token.kind == "word" and token.text.lower() in ENDS):
            break
        end += 1
    return end


def _lists(one: Parameter, tool: Tool, said: Sequence[Token]) -> Iterator[Slot]:
    """A list of plain values: quoted, named one by one, or behind their label."""
    for slot in _texts(one, tool, said, False):
        end = slot.end
        values = [slot.value]
        while end + 1 < len(said) and said[end].text in (",", "and") and slot.score >= 0.5:
            then = _value_end(said, end + 1)
            if then <= end + 1 or then - end > 5:
                break
            values.append(written(said[end + 1 : then]))
            end = then
        yield slot._replace(value=values, end=end)
