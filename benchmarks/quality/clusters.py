"""Domains against the vendors' own groups: adjusted Rand index and normalised mutual information.

Two things are compared. The domains the pipeline makes, with the tags hidden. And the communities of the bare graph,
with services hidden as well, so that the figure speaks of the embedding and the threshold alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from math import comb, log
from typing import Any

from agentgym.build.graph.domains import partition
from agentgym.build.graph.embed import Embed
from agentgym.build.graph.similarity import SimilarityGraph, similarity_graph
from agentgym.types import ToolSpec

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def rand_index(left: Sequence[Hashable], right: Sequence[Hashable]) -> float:
    """The adjusted Rand index of two labellings of the same things: 1 for equal ones, about 0 for unrelated ones."""
    together = sum(comb(count, 2) for count in Counter(zip(left, right, strict=True)).values())
    in_left = sum(comb(count, 2) for count in Counter(left).values())
    in_right = sum(comb(count, 2) for count in Counter(right).values())
    chance = in_left * in_right / max(comb(len(left), 2), 1)
    most = (in_left + in_right) / 2
    return (together - chance) / (most - chance) if most != chance else 1.0


def mutual_information(left: Sequence[Hashable], right: Sequence[Hashable]) -> float:
    """Normalised mutual information (arithmetic mean of the entropies): 1 for equal labellings, 0 for independent."""
    size = len(left)
    lefts, rights = Counter(left), Counter(right)
    shared = sum(
        count / size * log(count * size / (lefts[a] * rights[b]))
        for (a, b), count in Counter(zip(left, right, strict=True)).items()
    )
    mean = (_entropy(lefts, size) + _entropy(rights, size)) / 2
    return shared / mean if mean else 1.0


def _entropy(counts: Counter[Any], size: int) -> float:
    return -sum(count / size * log(count / size) for count in counts.values())


def tagged(tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    """The tools whose vendor puts them into a group of the service."""
    return [tool for tool in tools if tool.tags]


def domains(tools: Sequence[ToolSpec], seed: int) -> dict[str, Any]:
    """The pipeline's domains on ``tools``: against tags where there are any, and against services."""
    bare = [tool.model_copy(update={"tags": ()}) for tool in tools]
    found, rejected = partition(bare, similarity_graph(bare), seed)
    place = {tool.id: domain.name for domain in found for tool in domain.tools}
    placed = [tool for tool in tools if tool.id in place]
    return {
        "domains": len(found),
        "rejected": len(rejected),
        "services": _agreement([place[tool.id] for tool in placed], [tool.service for tool in placed]),
        "tags": _agreement([place[tool.id] for tool in tagged(placed)], _tags(tagged(placed))),
    }


def communities(tools: Sequence[ToolSpec], seed: int, threshold: float, embed: Embed | None = None) -> dict[str, Any]:
    """Louvain on the bare graph, services and tags hidden. A tool without edges is a community of its own."""
    bare = [tool.model_copy(update={"service": "s", "tags": ()}) for tool in tools]
    graph = similarity_graph(bare, embed, threshold)
    labels = _louvain(graph, seed)
    everyone = range(len(tools))
    of_tags = [position for position in everyone if tools[position].tags]
    return {
        "communities": len(set(labels.values())),
        "edges": len(graph.pairs),
        "linked": round(len(set(graph.pairs.flatten().tolist())) / max(len(tools), 1), 4),
        "services": _agreement([labels[position] for position in everyone], [tool.service for tool in tools]),
        "tags": _agreement([labels[position] for position in of_tags], _tags([tools[p] for p in of_tags])),
    }


def sweep(tools: Sequence[ToolSpec], seed: int, thresholds: Sequence[float] = THRESHOLDS) -> dict[str, Any]:
    """The same at each threshold."""
    return {f"{threshold:.1f}": communities(tools, seed, threshold) for threshold in thresholds}


def _louvain(graph: SimilarityGraph, seed: int) -> dict[int, int]:
    import community

    if not len(graph.pairs):
        return dict(enumerate(range(len(graph.ids))))
    found: dict[int, int] = community.best_partition(graph.networkx(), random_state=seed)
    return found


def _tags(tools: Sequence[ToolSpec]) -> list[tuple[str, str]]:
    return [(tool.service, tool.tags[0]) for tool in tools]


def _agreement(found: Sequence[Hashable], truth: Sequence[Hashable]) -> dict[str, float | int] | None:
    if not truth:
        return None
    return {
        "ari": round(rand_index(found, truth), 4),
        "nmi": round(mutual_information(found, truth), 4),
        "tools": len(truth),
    }
