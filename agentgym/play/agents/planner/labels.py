"""The words around a value, and how well they name a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from agentgym.build.semantics.language import singular
from agentgym.play.agents.planner.text import VALUES, Token
from agentgym.play.agents.planner.toolbox import Parameter, Tool
from agentgym.play.agents.planner.vocabulary import LEAST, MOST, STOP, label

_VAGUE = frozenset("id name date time type status number code title email".split())
_BOUNDS = {
    "min": "min", "after": "min", "since": "min", "from": "min", "gte": "min", "ge": "min", "gt": "min",
    "max": "max", "before": "max", "until": "max", "lte": "max", "le": "max", "lt": "max", "to": "max",
}  # fmt: skip
ENDS = frozenset("and with whose for without but then so because please or under that which by of to from as".split())


Variants: TypeAlias = tuple[tuple[tuple[str, ...], float], ...]


def variants(one: Parameter, tool: Tool) -> Variants:
    """How people may call a parameter, and how much each tells: the whole name, without the noun, the last word."""
    return _variants(one.labels, tool.noun)


@lru_cache(maxsize=8192)
def _variants(labels: tuple[str, ...], noun: tuple[str, ...]) -> Variants:
    """``variants`` of a name; ``noun`` is what its tool is about."""
    whole = [word for word in labels if word not in STOP or word in _BOUNDS]
    if len(whole) > 1 and whole[-1] in _BOUNDS:
        whole = whole[:-1]
    if len(whole) > 1 and whole[0] in ("is", "has", "new"):
        whole = whole[1:]
    dated = [*labels[:-1], "date"] if len(labels) > 1 and labels[-1] in ("at", "on") else []
    bare = [word for word in whole if singular(word) not in noun] or whole
    unbound = [word for word in bare if word not in _BOUNDS] or bare
    found = {tuple(whole): 1.0, tuple(bare): 1.0, tuple(unbound): 0.95}
    if dated:
        plain = tuple(word for word in dated if word not in STOP)
        found.update({plain: 1.0, ("date", *plain[:-1]): 1.0})
    if len(bare) > 1:
        found.setdefault((bare[-1],), 0.45 if bare[-1] in _VAGUE else 0.6)
        if bare[-1] in ("address", "date", "number", "name"):
            found.setdefault(tuple(bare[:-1]), 0.5)
    return tuple((tuple(label(word) for word in words), weight) for words, weight in found.items() if words)


def bound(one: Parameter) -> str:
    """Whether a parameter is the lowest or the highest value of a range: "min", "max" or ""."""
    first, last = (one.labels[0], one.labels[-1]) if one.labels else ("", "")
    return _BOUNDS.get(first, "") if first in ("min", "max") else _BOUNDS.get(last, "") if len(one.labels) > 1 else ""


def before_it(said: Sequence[Token], at: int) -> list[str]:
    """The words before a value, nearest first, back to what belongs to another."""
    out: list[str] = []
    for place in range(at - 1, max(-1, at - 8), -1):
        token = said[place]
        if token.kind in VALUES or token.text in ",;()" or token.stem in ("and", "whose", "with", "but"):
            break
        if token.kind == "word":
            out.append(label(token.stem))
    return out


def behind_it(said: Sequence[Token], at: int) -> list[str]:
    """The words behind a value, as far as they may say what it counts."""
    out: list[str] = []
    for token in said[at + 1 : at + 4]:
        if token.kind != "word" or token.stem in ENDS:
            break
        out.append(label(token.stem))
    return out


def named_by(said: Sequence[Token], at: int) -> list[str]:
    """The label behind a value: "billing as the section", "5 down as my limit", "5 the limit of", "5 for the limit"."""
    place = at + 1
    while place < len(said) and place - at < 4 and said[place].text.lower() in ("down", "as", "for", "the", "my", "of"):
        place += 1
    between = {token.text.lower() for token in said[at + 1 : place]}
    made = "make" in {token.text.lower() for token in said[max(0, at - 5) : at]} and between & {"the", "my"}
    if not between & {"as", "for"} and not made:
        return []
    out: list[str] = []
    for token in said[place : place + 4]:
        if token.kind != "word" or token.stem in ("and", "of", "that", "whose", "with", "for", "to", "from"):
            break
        out.append(label(token.stem))
    return out


def labelled(one: Parameter, tool: Tool, said: Sequence[Token], at: int) -> float:
    """How well the words around a value fit a parameter's name, from 0 to 1."""
    before, after = before_it(said, at), behind_it(said, at)
    best = 0.0
    limits = bound(one)
    for words, weight in variants(one, tool):
        for near, factor in ((before, 1.0), (after, 0.9), (named_by(said, at), 1.0)):
            if all(word in near for word in words):
                far = min(near.index(word) for word in words)
                best = max(best, weight * factor * (1.0 if far < 4 else 0.8))
    low, high = bounds_of(said, at)
    if limits and best:
        fits = low if limits == "min" else high
        return best if fits else best * 0.35
    return best * 0.5 if best and (low or high) and one.kind in ("integer", "number") else best


def bounds_of(said: Sequence[Token], at: int) -> tuple[bool, bool]:
    """Whether the words around a value make it the lowest, the highest, of a range: "no earlier than", "5 or more"."""
    near = [token.text.lower() for token in said[max(0, at - 6) : at]]
    breaks = [place for place, word in enumerate(near) if word in (",", "and", "with", "whose")]
    heard = {*near[breaks[-1] if breaks else 0 :]}
    tail = tuple(token.text.lower() for token in said[at + 1 : at + 3])
    low, high = bool(heard & LEAST), bool(heard & (MOST | {"by"}))
    if "no" in heard or "not" in heard:
        low = bool(heard & {"earlier", "less", "fewer", "below", "under"})
        high = bool(heard & {"later", "more", "over", "above"})
    if tail[:1] == ("or",):
        low = low or tail[1:] in (("more",), ("later",), ("above",), ("higher",))
        high = high or tail[1:] in (("less",), ("fewer",), ("earlier",), ("below",), ("lower",))
    return low, high


def directed(one: Parameter, tool: Tool, said: Sequence[Token], at: int) -> float:
    """How surely "to" or "as" before a value gives it to a parameter that was named earlier: "change the tip to 18"."""
    near = [token.stem for token in said[max(0, at - 2) : at]]
    if not {"to", "as", "into", "be", "is"} & set(near) or "with" in near or bound(one):
        return 0.0
    heard = [label(token.stem) for token in said[:at]]
    weights = [weight for words, weight in variants(one, tool) if all(word in heard for word in words)]
    return (1.1 if near[-1] == "to" else 0.85) * max(weights, default=0.0)
