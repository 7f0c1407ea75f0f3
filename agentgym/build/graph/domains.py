"""Domains (paper 2.1): communities of the tool graph, found by Louvain, fit to share a database, and named.

Louvain knows parameters, not vendors, so it works inside territories (territories.py):

1. A service of 5 to 60 tools is one domain: its tools share one database.
2. A larger service is cut along its communities, and those above 60 tools again; the tools about one entity stay
   together unless they alone are more than 60.
3. Services of fewer than 5 tools share domains, community by community, each service kept whole.
4. A group still below 5 tools joins the most related group of its territory that has room, or is rejected.

Names of a service's domains come from its own tools. They hold mostly, not always, when the pool changes: how rare a
parameter is, and so what an edge weighs, depends on the whole pool. Without a tenth of the services of a pool of 64,064
tools, 96% of the domains that lost no service kept their name, and 84% their name and tools.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log1p
from typing import TypeAlias

from agentgym.build.graph.dependencies import dependencies
from agentgym.build.graph.similarity import SimilarityGraph, entities
from agentgym.build.graph.territories import LEAST, MOST, Territory, groups, small_enough, territory
from agentgym.build.semantics.entities import entities_of
from agentgym.errors import RunError
from agentgym.files import digest
from agentgym.types import Domain, Rejection, ToolSpec
from agentgym.world.naming import snake, words

__all__ = ["LEAST", "MOST", "partition"]

_SERVICE_WORDS = frozenset("api apis rest service services com org net io local app v1 v2 v3 public the client".split())

Group: TypeAlias = list[int]  # positions of tools, ascending


@dataclass(frozen=True)
class _Pool:
    """The tools in id order."""

    tools: Sequence[ToolSpec]
    nouns: Sequence[tuple[str, ...]]  # what each tool speaks of
    subjects: Sequence[str]  # the entity each tool is about, as decided among those of its service

    def services(self, group: Iterable[int]) -> Counter[str]:
        return Counter(self.tools[position].service for position in group)


def partition(tools: Sequence[ToolSpec], graph: SimilarityGraph, seed: int = 0) -> tuple[list[Domain], list[Rejection]]:
    """Divide ``tools``, given in id order, into domains, A to Z; and the tools that fit nowhere, with the reason."""
    if graph.ids != tuple(tool.id for tool in tools):
        raise RunError("the graph was made from other tools, or in another order: run the graph stage again")
    pool = _Pool(tools, [entities(tool) for tool in tools], _subjects(tools))
    found = [group for land in _territories(pool, graph, seed) for group in groups(land)]
    kept = [group for group in found if len(group) >= LEAST]
    lost = sorted(position for group in found if len(group) < LEAST for position in group)
    domains = [_domain(name, [tools[p] for p in group]) for name, group in zip(_names(pool, kept), kept, strict=True)]
    return sorted(domains, key=lambda domain: domain.name), [_rejection(tools[position]) for position in lost]


# -- territories ---------------------------------------------------------------------------------


def _by_service(tools: Sequence[ToolSpec]) -> dict[str, Group]:
    services: dict[str, Group] = defaultdict(list)
    for position, tool in enumerate(tools):
        services[tool.service].append(position)
    return services


def _subjects(tools: Sequence[ToolSpec]) -> list[str]:
    out = [""] * len(tools)
    for group in _by_service(tools).values():
        for position, entity in zip(group, entities_of([tools[position] for position in group]), strict=True):
            out[position] = entity
    return out


def _territories(pool: _Pool, graph: SimilarityGraph, seed: int) -> Iterator[Territory]:
    """Each service of at least ``LEAST`` tools, then all smaller ones together."""
    services = _by_service(pool.tools)
    lands = [_atoms(pool, group) for group in services.values() if len(group) >= LEAST]
    small = [tuple(group) for group in services.values() if len(group) < LEAST]
    if small:
        lands.append(small)
    place = {
        position: (land, atom)
        for land, atoms in enumerate(lands)
        for atom, held in enumerate(atoms)
        for position in held
    }
    links: list[dict[tuple[int, int], float]] = [defaultdict(float) for _ in lands]
    for (i, j), weight in zip(graph.pairs.tolist(), graph.weights.tolist(), strict=True):
        (land, first), (other, second) = place[i], place[j]
        if land == other:
            links[land][min(first, second), max(first, second)] += weight
    for number, atoms in enumerate(lands):
        one = not small or number < len(lands) - 1
        yield territory(atoms, [_words(pool, atom, one) for atom in atoms], links[number], one, seed)


def _atoms(pool: _Pool, service: Group) -> list[tuple[int, ...]]:
    """The tools of a service about one entity, in the order of their first; more than ``MOST`` of them in parts."""
    about: dict[str, Group] = defaultdict(list)
    for position in service:
        about[pool.subjects[position]].append(position)
    return [part for atom in about.values() for part in small_enough(atom)]


def _words(pool: _Pool, atom: Iterable[int], one_service: bool) -> frozenset[str]:
    """What an atom speaks of: its tools' nouns; of a small service also the words of its name."""
    said = {noun for position in atom for noun in pool.nouns[position]}
    if not one_service:
        said.update(word for position in atom for word in words(pool.tools[position].service))
    return frozenset(said - _SERVICE_WORDS)


# -- names ---------------------------------------------------------------------------------------


def _names(pool: _Pool, found: list[Group]) -> list[str]:
    """A name for each group: its service's, with a typical noun where the service has several; else two nouns."""
    homes = [_home(pool, group) for group in found]
    spread: dict[str, Counter[str]] = defaultdict(Counter)
    for home, group in zip(homes, found, strict=True):
        spread[home].update({noun for position in group for noun in pool.nouns[position]})
    siblings = Counter(homes)
    wishes: list[tuple[str, list[str]]] = []
    for home, group in zip(homes, found, strict=True):
        count: dict[str, float] = defaultdict(float)
        for position in group:
            for rank, noun in enumerate(pool.nouns[position]):
                count[noun] += 0.5**rank  # the surest first
        typical = sorted(count, key=lambda noun: (-count[noun] * log1p(siblings[home] / spread[home][noun]), noun))
        base = home or " ".join(typical[:2])
        wishes.append((_slug(base), [noun for noun in typical if noun not in words(base)]))
    shared = Counter(base for base, _ in wishes)
    names: dict[int, str] = {}
    for index in sorted(range(len(found)), key=lambda i: (shared[wishes[i][0]] > 1, -len(found[i]), found[i])):
        base, nouns = wishes[index]
        alone = [base] if shared[base] == 1 else []
        names[index] = _free([*alone, *(_slug(f"{base} {noun}") for noun in nouns)] or [base], set(names.values()))
    return [names[index] for index in range(len(found))]


def _home(pool: _Pool, group: Group) -> str:
    """The service that holds most of a group's tools; "" where none does."""
    service, tools = pool.services(group).most_common(1)[0]
    return service if 2 * tools > len(group) else ""


def _slug(text: str) -> str:
    return "-".join(words(text))[:64].strip("-") or "tools"


def _free(wishes: Sequence[str], taken: set[str], joint: str = "-") -> str:
    """The first wish that is not taken, or the first of all with a number."""
    numbered = (f"{wishes[0]}{joint}{number}" for number in range(2, len(taken) + 3))
    return next(name for name in [*wishes, *numbered] if name not in taken)


def _domain(name: str, tools: list[ToolSpec]) -> Domain:
    """A domain of ``tools``, A to Z, with names made unique by their service's where two tools share one."""
    count = Counter(tool.name for tool in tools)
    taken = {name for name, uses in count.items() if uses == 1}
    unique = []
    for tool in tools:
        if count[tool.name] > 1:
            tool = tool.model_copy(update={"name": _free([f"{snake(tool.service)}_{tool.name}"[:60]], taken, "_")})
            taken.add(tool.name)
        unique.append(tool)
    unique.sort(key=lambda tool: tool.name)
    specs = digest([tool.model_dump(mode="json") for tool in unique])
    return Domain(name=name, tools=tuple(unique), edges=dependencies(unique), provenance={"specs": specs})


def _rejection(tool: ToolSpec) -> Rejection:
    detail = f"fewer than {LEAST} tools of {tool.service!r} and its neighbours belong together; add more of that API"
    return Rejection(stage="domains", subject=tool.id, reason="too few related tools", detail=detail)
