"""The tool graph (paper 2.1, eq. 1): two tools are joined where their parameter lists mean alike.

    E = {(i, j) : cos(phi(P_i), phi(P_j)) > tau, i < j}

The paper then lets an LLM examine the edges. Here two facts stand for it: whether both tools come from one
service, and whether they speak of one entity. An edge that neither fact supports is dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import log1p
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from agentgym.build.graph.embed import Embed, hashed_ngrams, unit_rows
from agentgym.build.semantics.language import first_sentence, phrase, read_name, singular
from agentgym.files import canonical, read_json, write_text
from agentgym.types import Schema, ToolSpec
from agentgym.world.naming import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints: TypeAlias = NDArray[np.int64]
    Floats: TypeAlias = NDArray[np.float32]

# tau, by the sweep of benchmarks.build_quality: Louvain on the bare graph, vendors hidden, against the services and
# tags of the vendors (adjusted Rand index at tau 0.2, 0.3 ... 0.8). 2,000 tools of real pools: services 0.61 0.65
# 0.71 0.63 0.43 0.24 0.12, tags 0.38 0.42 0.50 0.41 0.42 0.28 0.22. 6,000: services 0.46 0.48 0.54 0.54 0.42 0.23
# 0.11, tags 0.18 0.18 0.22 0.24 0.22 0.22 0.15. At 0.4, 97% of the 6,000 have an edge; at 0.5, 93%.
THRESHOLD = 0.4
NEIGHBOURS = 32  # an edge stays if it is among this many strongest of either end: bounds memory and Louvain's time
RESULT = 0.5  # the share of the returned properties in phi, against 1 for the parameters
BLOCK = 1024  # rows a matrix block
LENGTH = 4000.0  # rows are rounded to integers of this length: their float32 products are exact, on every machine
ENTITIES = 4  # entity words kept for a tool

_PLAIN = "id item result response object entity resource list info detail value type name status batch by me all json"
_VAGUE = frozenset(_PLAIN.split())


@dataclass(frozen=True)
class SimilarityGraph:
    """An undirected weighted graph over tool ids."""

    ids: tuple[str, ...]
    pairs: Ints  # (m, 2) positions in ids, first < second, ascending
    weights: Floats  # (m,)

    def networkx(self) -> Any:
        """The graph as networkx knows it, nodes in order: 0 to n - 1."""
        import networkx

        graph: networkx.Graph[int] = networkx.Graph()
        graph.add_nodes_from(range(len(self.ids)))
        edges = zip(self.pairs.tolist(), self.weights.tolist(), strict=True)
        graph.add_weighted_edges_from((i, j, weight) for (i, j), weight in edges)
        return graph

    def write(self, path: Path) -> None:
        """Write ``{"tools": [id], "edges": [[position, position, weight]]}``, an edge a line."""
        edges = zip(self.pairs.tolist(), self.weights.tolist(), strict=True)
        lines = ",\n".join(f"[{i},{j},{weight:.4f}]" for (i, j), weight in edges)
        write_text(path, f'{{"tools":{canonical(self.ids)},\n"edges":[\n{lines}\n]}}\n')

    @staticmethod
    def read(path: Path) -> SimilarityGraph:
        import numpy as np

        value = read_json(path)
        edges = np.array(value["edges"], np.float64).reshape(-1, 3)
        return SimilarityGraph(tuple(value["tools"]), edges[:, :2].astype(np.int64), edges[:, 2].astype(np.float32))


def similarity_graph(
    tools: Sequence[ToolSpec], embed: Embed | None = None, threshold: float = THRESHOLD, neighbours: int = NEIGHBOURS
) -> SimilarityGraph:
    """The refined graph of ``tools``; an edge weighs its cosine times the evidence for it (0.5, 1 or 1.5)."""
    import numpy as np

    vectors = np.rint(unit_rows(tool_vectors(tools, embed or hashed_ngrams())) * LENGTH).astype(np.float32)
    services = np.unique(np.array([tool.service for tool in tools] or [""]), return_inverse=True)[1]
    codes = _entity_codes(tools)
    found = [(np.zeros((0, 2), np.int64), np.zeros(0, np.float32))]
    held = 0
    for pairs, cosine in _similar(vectors, threshold):
        i, j = pairs.T
        evidence = (services[i] == services[j]) + 0.5 * _shares(codes[i], codes[j])
        supported = evidence > 0
        found.append((pairs[supported], (cosine * evidence)[supported].astype(np.float32)))
        held += len(found[-1][1])
        if held > 4 * neighbours * max(len(tools), BLOCK):
            found = [_strongest(*_joined(found), neighbours)]
            held = len(found[0][1])
    edges, weights = _strongest(*_joined(found), neighbours)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    return SimilarityGraph(tuple(tool.id for tool in tools), edges[order], np.round(weights[order], 4))


def _joined(parts: Sequence[tuple[Ints, Floats]]) -> tuple[Ints, Floats]:
    """Edges and weights found block by block, in one piece."""
    import numpy as np

    return np.concatenate([edges for edges, _ in parts]), np.concatenate([weights for _, weights in parts])


def tool_vectors(tools: Sequence[ToolSpec], embed: Embed) -> Floats:
    """phi(P): the mean of a tool's parameters, rare names weighing more, plus ``RESULT`` of that of its results."""
    import numpy as np

    lists = [(_strings(tool.parameters, described=True), _strings(tool.returns, described=False)) for tool in tools]
    spread = Counter(name for both in lists for name in {name for side in both for name in side})
    texts = sorted({text for both in lists for side in both for text in side.values()})
    position = {text: row for row, text in enumerate(texts)}
    rows = embed(texts)
    vectors = np.zeros((len(tools), rows.shape[1] if texts else 1), np.float32)
    for vector, both in zip(vectors, lists, strict=True):
        for side, share in zip(both, (1.0, RESULT), strict=True):
            if side:
                rarity = np.array([log1p(len(tools) / spread[name]) for name in side], np.float32)
                vector += share * unit_rows((rarity @ rows[[position[text] for text in side.values()]])[None])[0]
    return vectors


def entities(tool: ToolSpec) -> tuple[str, ...]:
    """What a tool speaks of, the surest first: its name's noun, the path's collections, ``<entity>_id`` parameters."""
    noun = read_name(tool.name).noun
    found = [noun[-1]] if noun else []
    path = re.sub(r"\.(json|xml)\b", "", tool.http[1]) if tool.http else ""
    segments = [segment for segment in path.split("/") if "{" not in segment]
    found += [singular(words(segment)[-1]) for segment in reversed(segments[-2:]) if words(segment)]
    for name in tool.parameters.get("properties", {}):
        parts = words(name)
        if len(parts) > 1 and parts[-1] in ("id", "ids", "sid", "uuid", "key", "arn"):
            found.append(singular(parts[-2]))
    telling = (word for word in found if word not in _VAGUE and len(word) > 2 and not word.isdigit())
    return tuple(dict.fromkeys(telling))[:ENTITIES]


def _strings(schema: Schema, described: bool) -> dict[str, str]:
    """Text to embed by property name, for at most 64 properties of an object (or of an array's objects)."""
    while isinstance(schema.get("items"), dict):
        schema = schema["items"]
    properties = schema.get("properties")
    out: dict[str, str] = {}
    for name, value in islice(properties.items() if isinstance(properties, dict) else (), 64):
        words_of = phrase(name) or name
        about = value.get("description") if described and isinstance(value, dict) else None
        out[words_of] = f"{words_of}: {first_sentence(about, 80)}" if isinstance(about, str) else words_of
    return out


def _similar(vectors: Floats, threshold: float) -> Iterator[tuple[Ints, Floats]]:
    """Pairs i < j with a cosine above ``threshold`` and that cosine, block by block of the upper triangle."""
    import numpy as np

    lengths = np.sqrt(np.square(vectors).sum(axis=1))
    lengths[lengths == 0] = 1
    surely = threshold * lengths.min(initial=LENGTH) ** 2 * 0.999  # no pair below it can pass
    for top in range(0, len(vectors), BLOCK):
        for left in range(top, len(vectors), BLOCK):
            product = vectors[top : top + BLOCK] @ vectors[left : left + BLOCK].T
            i, j = np.nonzero(product > surely)
            cosine = product[i, j] / lengths[top + i] / lengths[left + j]
            kept = (cosine > threshold) & (i + top < j + left)
            yield np.stack([i[kept] + top, j[kept] + left], axis=1), cosine[kept]


def _entity_codes(tools: Sequence[ToolSpec]) -> Ints:
    """Each tool's entity words as numbers, padded with -1: (n, ENTITIES)."""
    import numpy as np

    numbers: dict[str, int] = {}
    codes = np.full((len(tools), ENTITIES), -1, np.int64)
    for row, tool in zip(codes, tools, strict=True):
        for place, word in enumerate(entities(tool)):
            row[place] = numbers.setdefault(word, len(numbers))
    return codes


def _shares(left: Ints, right: Ints) -> Any:
    """Whether the rows of ``left`` and ``right`` have a code in common: (m,) bool."""
    import numpy as np

    shared = np.zeros(len(left), bool)
    for place in range(left.shape[1]):
        code = left[:, place, None]
        shared |= ((code == right) & (code >= 0)).any(axis=1)
    return shared


def _strongest(edges: Ints, weights: Floats, neighbours: int) -> tuple[Ints, Floats]:
    """The edges among the ``neighbours`` strongest of either end; of equals, those to earlier tools."""
    import numpy as np

    ends = np.concatenate([edges[:, 0], edges[:, 1]])
    others = np.concatenate([edges[:, 1], edges[:, 0]])
    order = np.lexsort((others, -np.concatenate([weights, weights]), ends))
    ranked = ends[order]
    rank = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    kept = np.unique(order[rank < neighbours] % max(len(edges), 1))
    return edges[kept], weights[kept]
