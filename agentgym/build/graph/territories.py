"""What may share a database, cut into groups of a workable size (paper 2.1, Louvain).

A territory is one service of at least ``LEAST`` tools, or all smaller services together. Its atoms stay whole: in
one service the tools about one entity, so that what creates a row and what reads it meet in one domain; among small
services, each service. Louvain runs on the graph of atoms, where an edge weighs what the tools' edges weigh
together, and again inside what is still too large. Of other services only the rarity of parameters, in the edges'
weights, has a say in a service's groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

LEAST, MOST = 5, 60  # tools of a domain
COMFORT = 20  # tools below which a group of a service joins another: some are lost on the way, and five must be left
HINT = 0.01  # what a word that two atoms share counts beside the edges' weights
SPREAD = 0.25  # a word in more than this share of the atoms says nothing
RESOLUTIONS = (1.0, 2.0, 4.0)

Atoms: TypeAlias = list[int]  # indexes of atoms, ascending


@dataclass(frozen=True)
class Territory:
    """The atoms of a territory and how they hang together."""

    atoms: Sequence[tuple[int, ...]]  # positions of tools, each ascending
    words: Sequence[frozenset[str]]  # what each atom speaks of
    net: Any  # networkx.Graph over the atoms' indexes; an atom's inner edges are its loop
    one_service: bool
    seed: int

    def size(self, group: Iterable[int]) -> int:
        """How many tools the atoms hold."""
        return sum(len(self.atoms[atom]) for atom in group)


def territory(
    atoms: Sequence[tuple[int, ...]],
    words: Sequence[frozenset[str]],
    links: Mapping[tuple[int, int], float],
    one_service: bool,
    seed: int,
) -> Territory:
    """A territory of ``atoms``; ``links`` is the weight of the tools' edges between and inside atoms."""
    import networkx

    net: networkx.Graph[int] = networkx.Graph()
    net.add_nodes_from(range(len(atoms)))
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for pair, weight in links.items():
        weights[pair] += weight
    holders: dict[str, list[int]] = defaultdict(list)
    for atom, said in enumerate(words):
        for word in said:
            holders[word].append(atom)
    for _, among in sorted(holders.items()):
        if 1 < len(among) <= max(2.0, SPREAD * len(atoms)) and len(among) <= MOST:
            for place, first in enumerate(among):
                for second in among[place + 1 :]:
                    weights[first, second] += HINT
    net.add_weighted_edges_from(
        (first, second, weight) for (first, second), weight in sorted(weights.items()) if weight > 0
    )
    return Territory(atoms, words, net, one_service, seed)


def groups(land: Territory) -> list[list[int]]:
    """Positions of tools, group by group: each of ``LEAST`` to ``MOST`` tools where any way leads there."""
    everything = list(range(len(land.atoms)))
    if land.size(everything) <= MOST and land.one_service:
        return [_positions(land, everything)]
    parts = _divide(land, everything) if land.one_service else _each_divided(land, everything)
    return [_positions(land, part) for part in _absorb(land, parts)]


def _positions(land: Territory, group: Iterable[int]) -> list[int]:
    return sorted(position for atom in group for position in land.atoms[atom])


def _each_divided(land: Territory, group: Atoms) -> list[Atoms]:
    """Small services: communities whatever the size, since nothing but relation holds them together."""
    return [part for found in _louvain(land, group, 1.0) for part in _divide(land, found)]


def _divide(land: Territory, group: Atoms) -> list[Atoms]:
    """Cut a group above ``MOST`` along its communities, finer ones as needed; at last into even runs."""
    if land.size(group) <= MOST or len(group) == 1:
        return [group]
    for resolution in RESOLUTIONS:
        parts = _louvain(land, group, resolution)
        ground = resolution > 1 and len(parts) * LEAST > land.size(group)  # ground to dust: it has no communities
        if not ground and max(map(land.size, parts)) <= 0.75 * land.size(group):  # anything less is no progress
            return [small for part in parts for small in _divide(land, part)]
    return _runs(land, group, -(-land.size(group) // MOST))


def _runs(land: Territory, group: Atoms, least: int) -> list[Atoms]:
    """``least`` or more runs of about equal size, like words beside each other, no atom cut, none above ``MOST``."""
    ordered = sorted(group, key=lambda atom: (sorted(land.words[atom])[:1], atom))
    share, runs, held = land.size(group) / least, [list[int]()], 0
    for atom in ordered:
        size = len(land.atoms[atom])
        full = held + size > MOST or held + size / 2 > share
        if runs[-1] and full:
            runs.append([])
            held = 0
        runs[-1].append(atom)
        held += size
    return [sorted(run) for run in runs]


def _absorb(land: Territory, parts: list[Atoms]) -> list[Atoms]:
    """Let each small group, the smallest first, join the most related one that has room.

    Small is below ``COMFORT`` tools within a service, below ``LEAST`` among several. Where nothing has room, a group
    below ``LEAST`` and its nearest are cut anew.
    """
    found: list[Atoms] = [*parts]
    comfort = COMFORT if land.one_service else LEAST
    owner = {atom: index for index, group in enumerate(found) for atom in group}
    pending = sorted(
        (i for i, group in enumerate(found) if land.size(group) < LEAST), key=lambda i: land.size(found[i])
    )
    while pending:
        index = pending.pop(0)
        group = found[index]
        if not 0 < land.size(group) < comfort:
            continue
        scores = _relations(land, group, owner, found)
        others = [other for other in scores if other != index and found[other]]
        room = [other for other in others if land.size(found[other]) <= MOST - land.size(group)]
        if not room and land.size(group) >= LEAST:
            continue
        home = max(room or others, key=lambda other: (scores[other], -other), default=None)
        if home is None:
            continue
        joined = sorted(found[home] + group)
        found[home], found[index] = joined, []
        if not room:  # one above the limit becomes two of about half its size
            found[home], *rest = _runs(land, joined, 2)
            found[index] = sorted(atom for run in rest for atom in run)
        owner.update((atom, place) for place in (home, index) for atom in found[place])
        if land.size(found[home]) < comfort:
            pending.append(home)
    return [group for group in found if group]


def _relations(land: Territory, group: Atoms, owner: Mapping[int, int], found: Sequence[Atoms]) -> dict[int, float]:
    """How related the groups are to ``group``: the weight between them; within a service all are, a little."""
    scores: dict[int, float] = defaultdict(float)
    if land.one_service:
        scores.update((place, -float(land.size(other))) for place, other in enumerate(found) if other)
        scores = defaultdict(float, {place: score * 1e-9 for place, score in scores.items()})
    for atom in group:
        for neighbour, data in land.net[atom].items():
            scores[owner[neighbour]] += data["weight"]
    return scores


def _louvain(land: Territory, group: Atoms, resolution: float) -> list[Atoms]:
    """Communities of the graph on ``group``; a higher resolution gives smaller ones."""
    import community
    import networkx

    net: networkx.Graph[int] = networkx.Graph()  # built anew: the result depends on the order of nodes and neighbours
    net.add_nodes_from(sorted(group))
    inside = set(group)
    for atom in sorted(group):
        edges = sorted((other, data["weight"]) for other, data in land.net[atom].items() if other in inside)
        net.add_weighted_edges_from((atom, other, weight) for other, weight in edges if other >= atom)
    labels = community.best_partition(net, resolution=resolution, random_state=land.seed)
    parts: dict[int, Atoms] = defaultdict(list)
    for atom, label in sorted(labels.items()):
        parts[label].append(atom)
    return sorted(parts.values())


def small_enough(atom: Sequence[int]) -> list[tuple[int, ...]]:
    """An atom above ``MOST`` in even runs: nothing holds sixty tools together that no smaller group does."""
    runs = -(-len(atom) // MOST)
    return [tuple(atom[run * len(atom) // runs : (run + 1) * len(atom) // runs]) for run in range(runs)]
