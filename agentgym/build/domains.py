"""Domains (paper 2.1): communities of the tool graph, found by Louvain and made fit to share a database.

Louvain knows parameters, not vendors, so rules finish its work, in this order:

1. A service of 5 to 60 tools is one domain: its tools share one database.
2. A larger service keeps its Louvain communities; one above 60 tools is divided again.
3. Services of fewer than 5 tools share domains, community by community, each service kept whole.
4. A group still below 5 tools joins the most related group of its territory that has room, or is rejected.

A territory is what may share a domain: one service of at least 5 tools, or all smaller services together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any, TypeAlias

from agentgym.build.dependencies import dependencies
from agentgym.build.graph import SimilarityGraph, entities
from agentgym.errors import RunError
from agentgym.files import digest
from agentgym.types import Domain, Rejection, ToolSpec
from agentgym.world.naming import snake, words

LEAST, MOST = 5, 60  # tools of a domain
HINT = 0.01  # what a shared entity counts beside the edges' weights, within a service

Group: TypeAlias = list[int]  # positions of tools, ascending


@dataclass(frozen=True)
class _Pool:
    """The tools in id order, with their graph."""

    tools: Sequence[ToolSpec]
    nouns: Sequence[tuple[str, ...]]  # entities of each tool
    net: Any  # networkx.Graph over positions
    seed: int

    def services(self, group: Iterable[int]) -> Counter[str]:
        return Counter(self.tools[position].service for position in group)


def partition(tools: Sequence[ToolSpec], graph: SimilarityGraph, seed: int = 0) -> tuple[list[Domain], list[Rejection]]:
    """Divide ``tools``, given in id order, into domains, A to Z; and the tools that fit nowhere, with the reason."""
    if graph.ids != tuple(tool.id for tool in tools):
        raise RunError("the graph was made from other tools, or in another order: run the graph stage again")
    pool = _Pool(tools, [entities(tool) for tool in tools], graph.networkx(), seed)
    communities = _louvain(pool, range(len(tools)))
    groups = [group for territory in _territories(pool) for group in _groups(pool, territory, communities)]
    kept = [group for group in groups if len(group) >= LEAST]
    lost = sorted(position for group in groups if len(group) < LEAST for position in group)
    domains = [_domain(name, [tools[p] for p in group]) for name, group in zip(_names(pool, kept), kept, strict=True)]
    return sorted(domains, key=lambda domain: domain.name), [_rejection(tools[position]) for position in lost]


# -- groups --------------------------------------------------------------------------------------


def _territories(pool: _Pool) -> list[Group]:
    services: dict[str, Group] = defaultdict(list)
    for position, tool in enumerate(pool.tools):
        services[tool.service].append(position)
    large = [group for group in services.values() if len(group) >= LEAST]
    small = sorted(position for group in services.values() if len(group) < LEAST for position in group)
    return [*large, small] if small else large


def _groups(pool: _Pool, territory: Group, communities: list[Group]) -> list[Group]:
    """The groups of one territory, by rules 1 to 4."""
    one_service = len(pool.services(territory)) == 1
    if one_service and len(territory) <= MOST:
        return [territory]
    inside = set(territory)
    parts = [[position for position in community if position in inside] for community in communities]
    parts = [part for part in parts if part]
    whole = parts if one_service else _reunite(pool, parts)
    return _absorb(pool, [group for part in whole for group in _divide(pool, part)], one_service)


def _reunite(pool: _Pool, parts: list[Group]) -> list[Group]:
    """Move the tools of each service to the part that holds most of them; of equals, the first."""
    counts = [pool.services(part) for part in parts]
    homes: dict[str, int] = {}
    for index, count in enumerate(counts):
        for service, tools in count.items():
            if service not in homes or tools > counts[homes[service]][service]:
                homes[service] = index
    united: dict[int, Group] = defaultdict(list)
    for position in sorted(position for part in parts for position in part):
        united[homes[pool.tools[position].service]].append(position)
    return [united[index] for index in sorted(united)]


def _divide(pool: _Pool, group: Group) -> list[Group]:
    """Cut a group above ``MOST`` along its communities, finer ones as needed; at last into even runs by entity."""
    if len(group) <= MOST:
        return [group]
    for resolution in (1.0, 2.0, 4.0):
        parts = _louvain(pool, group, resolution)
        ground = resolution > 1 and len(parts) * LEAST > len(group)  # ground to dust: it has no communities
        if not ground and max(map(len, parts)) <= 0.75 * len(group):  # anything less is no progress
            return [small for part in parts for small in _divide(pool, part)]
    runs = -(-len(group) // MOST)
    ordered = sorted(group, key=lambda position: (pool.nouns[position][:1], position))
    return [sorted(ordered[run * len(group) // runs : (run + 1) * len(group) // runs]) for run in range(runs)]


def _absorb(pool: _Pool, groups: list[Group], one_service: bool) -> list[Group]:
    """Let each group below ``LEAST``, the smallest first, join the most related one that has room."""
    owner = {position: index for index, group in enumerate(groups) for position in group}
    pending = sorted((index for index, group in enumerate(groups) if len(group) < LEAST), key=lambda i: len(groups[i]))
    while pending:
        index = pending.pop(0)
        group = groups[index]
        if not 0 < len(group) < LEAST:
            continue
        scores = _relations(pool, group, owner, one_service)
        room = [other for other in scores if other != index and 0 < len(groups[other]) <= MOST - len(group)]
        if room:
            home = max(room, key=lambda other: (scores[other], -other))
            groups[home] = sorted(groups[home] + group)
            groups[index] = []
            owner.update(dict.fromkeys(group, home))
            pending.append(home)  # it may still be small
    return [group for group in groups if group]


def _relations(pool: _Pool, group: Group, owner: dict[int, int], one_service: bool) -> dict[int, float]:
    """How related the groups are to ``group``: the weight of edges and, within a service, shared entities."""
    scores: dict[int, float] = defaultdict(float)
    for position in group:
        for neighbour, data in pool.net[position].items():
            if neighbour in owner:
                scores[owner[neighbour]] += data["weight"]
    if one_service:
        nouns = {noun for position in group for noun in pool.nouns[position]}
        for position, other in owner.items():
            shared = len(nouns.intersection(pool.nouns[position]))
            if shared:
                scores[other] += HINT * shared
    return scores


def _louvain(pool: _Pool, positions: Iterable[int], resolution: float = 1.0) -> list[Group]:
    """Communities of the graph on ``positions``; a higher resolution gives smaller ones."""
    import community
    import networkx

    net: networkx.Graph[int] = (
        networkx.Graph()
    )  # built anew: python-louvain's result depends on the order of nodes and neighbours
    net.add_nodes_from(sorted(positions))
    for position in list(net):
        edges = sorted((other, data["weight"]) for other, data in pool.net[position].items() if other in net)
        net.add_weighted_edges_from((position, other, weight) for other, weight in edges if other > position)
    found: dict[int, Group] = defaultdict(list)
    for position, label in sorted(community.best_partition(net, resolution=resolution, random_state=pool.seed).items()):
        found[label].append(position)
    return sorted(found.values())


# -- names ---------------------------------------------------------------------------------------


def _names(pool: _Pool, groups: list[Group]) -> list[str]:
    """A name for each group: its service's, with a typical noun where the service has several; else two nouns."""
    spread = Counter(noun for group in groups for noun in {noun for p in group for noun in pool.nouns[p]})
    wishes: list[tuple[str, list[str]]] = []
    for group in groups:
        count: dict[str, float] = defaultdict(float)
        for position in group:
            for rank, noun in enumerate(pool.nouns[position]):
                count[noun] += 0.5**rank  # the surest first
        typical = sorted(count, key=lambda noun: (-count[noun] * log1p(len(groups) / spread[noun]), noun))
        service, tools = pool.services(group).most_common(1)[0]
        base = service if 2 * tools > len(group) else " ".join(typical[:2])
        wishes.append((_slug(base), [noun for noun in typical if noun not in words(base)]))
    shared = Counter(base for base, _ in wishes)
    names: dict[int, str] = {}
    for index in sorted(range(len(groups)), key=lambda i: (shared[wishes[i][0]] > 1, -len(groups[i]), groups[i])):
        base, nouns = wishes[index]
        alone = [base] if shared[base] == 1 else []
        names[index] = _free([*alone, *(_slug(f"{base} {noun}") for noun in nouns)] or [base], set(names.values()))
    return [names[index] for index in range(len(groups))]


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
