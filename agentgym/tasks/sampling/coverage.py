"""What the tasks of a domain have used so far, so that the next draw goes where they have not been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from agentgym.types import Json

MAX_CALLS = 14
# How often users want 1, 2, ... calls; of these, what the tasks have least of is drawn more. Nobody asks six questions
# that have nothing to do with one another, and all the calls for them are judged.
_WISHES = (10, 11, 11, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
_QUESTIONS = (12, 12, 9, 5)
_FAILURE = 0.1  # of a use: what failed is drawn less, yet far more than what succeeded
_LATE = 8  # tasks, after which a tool that none of them uses
_OVERDUE = 5.0  # is wanted so much more


class Coverage:
    """Counts of what admitted tasks hold. A weight is high for what is rare, and falls as it is used."""

    def __init__(self) -> None:
        self._tools: dict[str, float] = {}
        self._admitted: set[str] = set()  # tools that some task uses
        self._edges: Counter[tuple[str, str, str]] = Counter()
        self._lengths: Counter[tuple[bool, int]] = Counter()
        self._shapes: Counter[str] = Counter()
        self._rows: Counter[tuple[str, Json]] = Counter()

    def tool(self, name: str) -> float:
        used = self._tools.get(name, 0.0)
        overdue = name not in self._admitted and self._shapes.total() >= _LATE
        return (_OVERDUE if overdue else 1.0) / (1.0 + used) ** 2

    def edge(self, source: str, target: str, parameter: str) -> float:
        return 1.0 / (1.0 + self._edges[source, target, parameter])

    def row(self, table: str, key: Json) -> float:
        return 1.0 / (1.0 + self._rows[table, key]) ** 2

    def shape(self, name: str) -> float:
        return 1.0 / (1.0 + self._shapes[name])

    def lengths(self, writes: bool, longest: int = MAX_CALLS) -> dict[int, float]:
        """The weight of each length up to ``longest`` of a task that writes, or does not."""
        usual = (_WISHES if writes else _QUESTIONS)[:longest]
        return {length: often / (self._lengths[writes, length] + 1) ** 2 for length, often in enumerate(usual, start=1)}

    def admit(
        self,
        tools: Iterable[str],
        edges: Iterable[tuple[str, str, str]],
        rows: Iterable[tuple[str, Json]],
        *,
        writes: bool,
        shape: str,
    ) -> None:
        """Count what an admitted task uses: its calls' tools, (source, target, parameter) edges and named rows."""
        tools = list(tools)
        self._admitted.update(tools)
        for tool in tools:
            self._tools[tool] = self._tools.get(tool, 0.0) + 1.0
        self._edges.update(edges)
        self._rows.update(set(rows))
        self._lengths[writes, min(len(tools), MAX_CALLS)] += 1
        self._shapes[shape] += 1

    def fail(self, tools: Iterable[str]) -> None:
        """Count a draw that came to nothing."""
        for tool in tools:
            self._tools[tool] = self._tools.get(tool, 0.0) + _FAILURE
