"""Which tool does what a request asks for: verbs, nouns, parameters and identifiers weighed against each other."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from agentgym.build.semantics.language import participles
from agentgym.play.agents.planner.mentions import Mention
from agentgym.play.agents.planner.requests import Request
from agentgym.play.agents.planner.slots import QUERIES as _QUERIES
from agentgym.play.agents.planner.slots import Slot, fill
from agentgym.play.agents.planner.text import stem
from agentgym.play.agents.planner.toolbox import Parameter, Tool, Toolbox
from agentgym.play.agents.planner.vocabulary import LOOKING, SPEAKERS, STOP, alike, base

_GENERIC = frozenset("set make put do give get want have bring add create change update mark place new".split())


class Choice(NamedTuple):
    """A tool, how well it fits, and what the request gives its plain parameters."""

    tool: Tool
    score: float
    slots: dict[str, Slot]
    why: dict[str, float]


def rank(request: Request, toolbox: Toolbox) -> list[Choice]:
    """The tools of a domain, the best for ``request`` first."""
    found = [weigh(request, tool, toolbox) for tool in toolbox.tools]
    return sorted(found, key=lambda choice: (-choice.score, choice.tool.name))


def weigh(request: Request, tool: Tool, toolbox: Toolbox) -> Choice:
    """How well one tool fits."""
    slots = fill(tool, request.tokens, verb=request.at, sure=0.45)
    why = {
        "verb": _verb(request, tool, toolbox),
        "noun": _noun(request, tool),
        "words": _words(request, tool, toolbox),
        "slots": _slots(request, tool, slots),
        "ids": _ids(request, tool),
        "kind": _kind(request, tool),
    }
    return Choice(tool, sum(why.values()), slots, why)


def _verb(request: Request, tool: Tool, toolbox: Toolbox) -> float:
    """The verb, also where its particle stands elsewhere, or where "mark as" carries it."""
    said, named = request.verb, tool.verb
    parts = named.split("_")
    if (
        len(parts) > 1
        and said.split("_")[0] == parts[0]
        and all(part in request.stems or part == said for part in parts)
    ):
        return 3.0
    if said == named:
        return 3.0 if said not in _GENERIC else 2.0
    if said in ("mark", "set", "change", "put", "move", "record"):
        forms = {form.split("_")[0] for form in participles(named)}
        heard = {
            token.text.lower()
            for before, token in pairwise(request.tokens)
            if before.stem == "as" or (before.stem == "to" and token.kind == "word")
        }
        if named in ("mark", "put", "set", "record") and {*tool.names[-1:]} & heard:
            return 2.6
        if forms & heard or any(base(word, frozenset((named,))) == named for word in heard):
            return 2.4
    if said in LOOKING or request.counts:
        return 1.0 * alike(said, named) if tool.reads else -4.0
    if tool.reads:
        return -4.0
    if alike(said, named):
        return 2.0 * alike(said, named)
    return (-0.8 if named not in _GENERIC else -0.3) - 0.8 * (said in toolbox.verbs and said not in _GENERIC)


def _noun(request: Request, tool: Tool) -> float:
    """Whether what the request is about first is what the tool is about."""
    first = object_of(request)
    if first is None:
        return 0.0
    entity = first.entity
    if not entity:  # the speaker's account
        own = tool.noun and tool.noun[-1] in SPEAKERS
        if not tool.reads and _person(tool) and any(_named(one, request) for one in tool.parameters if not one.entity):
            return 2.2
        return 2.0 if own else 0.5 if _person(tool) else -0.5
    if tool.noun == entity:
        return 2.5
    if any(one.entity == entity and not one.role for one in tool.parameters):
        return 1.2
    return 0.6 if set(entity) & set(tool.names) else -0.6


def object_of(request: Request) -> Mention | None:
    """The thing that the verb acts on."""
    behind = [one for one in request.mentions if one.noun > request.at] or list(request.mentions)
    return behind[0] if behind else None


def _one_of(request: Request, mention: Mention) -> bool:
    """Whether one of several is meant: "one of my orders"."""
    before = [token.stem for token in request.tokens[max(0, mention.start - 2) : mention.start]]
    return "one" in before


def _person(tool: Tool) -> bool:
    return any(one.entity and one.entity[-1] in SPEAKERS for one in tool.parameters)


def _words(request: Request, tool: Tool, toolbox: Toolbox) -> float:
    """The words of the tool's name that the request says, rare ones above all; those of its description for less."""
    heard = request.stems | {base(word) for word in request.stems}
    score = 0.0
    for word in tool.names:
        weight = min(2.0, toolbox.rarity.get(word, 1.0))
        if word in heard or stem(word) in heard or _close(word, heard):
            score += 0.8 * weight
        elif word not in ("detail", "info", "id", "by", "information", "all"):
            score -= 0.45 * weight
    told = {word for word in tool.prose & heard if word not in STOP and word not in tool.names}
    return score + 0.12 * min(6, len(told))


def _close(word: str, heard: frozenset[str] | set[str]) -> bool:
    """Whether a form of ``word`` is said: refund, refunded."""
    return len(word) > 5 and any(other[:6] == word[:6] for other in heard if len(other) > 5)


def _slots(request: Request, tool: Tool, slots: dict[str, Slot]) -> float:
    """Values of the request that the tool has a place for; places that it must fill and cannot."""
    score = sum(0.9 * slot.score for slot in slots.values())
    if request.stems & {"match", "matching", "containing"} and tool.reads:
        score += 1.0 if any(set(one.labels) & _QUERIES for one in tool.parameters) else -1.0
    for one in tool.parameters:
        if one.required and not one.entity and one.name not in slots:
            score -= 0.15
            if _named(one, request):
                score += 0.9
        elif not one.required and not one.entity and one.name not in slots and _named(one, request):
            score += 0.2 if tool.reads else 0.8
    return min(score, 4.0)


def _named(one: Parameter, request: Request) -> bool:
    """Whether the request names a parameter without its value: "change the address"."""
    said = {*request.stems}
    plain = [word for word in one.labels if word not in ("new", "id") and word not in STOP]
    return bool(plain) and all(word in said for word in plain)


def _ids(request: Request, tool: Tool) -> float:
    """Identifiers that the tool takes, and those it has no place for."""
    score = 0.0
    places = [one for one in tool.parameters if one.entity]
    for mention in request.mentions:
        fits = [one for one in places if one.entity == mention.entity]
        shaped = [one for one in places if mention.id and one.shape and one.shape.fullmatch(mention.id)]
        if mention.id and (fits or shaped):
            score += 1.2
        elif fits:
            score += 0.6
        elif mention.id and mention.link != "of":
            score -= 0.8
    for one in places:
        if one.required and not any(mention.entity == one.entity for mention in request.mentions):
            person = one.entity[-1] in SPEAKERS
            score -= 0.1 if person else 0.7
    return score


def _kind(request: Request, tool: Tool) -> float:
    """Counting, listing or looking up one."""
    if request.counts:
        return 3.0 if tool.kind == "count" else -1.5
    if tool.kind == "count":
        return -2.0
    if not tool.reads:
        return 0.0
    first = object_of(request)
    if first is None:
        return 0.0
    lists = tool.kind == "list" and not tool.by
    if first.many and "one" not in first.before and not _one_of(request, first):
        return 1.2 if lists else -1.0
    if tool.by and tool.kind in ("list", "get"):
        by = [word for word in tool.by if word != "id"]
        return 0.8 if by and all(word in request.stems for word in by) else -0.8
    return -1.0 if lists else 0.8
