"""Directed walks over a domain's dependency edges (paper 2.2): which tools a task calls, and what feeds what."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentgym.tasks.phrases import is_people
from agentgym.types import Binding, Domain, Use

MAX_CALLS = 8
_FOLLOW_REQUIRED = 0.85  # how often a required argument is learned by a read instead of said by the user
_FOLLOW_OPTIONAL = 0.5
_FOLLOW_WRITE = 0.2  # how often a row may come from a call that creates it


@dataclass(frozen=True)
class Feed:
    """``output`` of ``tool``'s result can fill some parameter of another tool."""

    tool: str
    output: str
    weight: float


@dataclass(frozen=True)
class Link:
    """``parameter`` takes ``output`` of the earlier hop number ``hop``."""

    parameter: str
    hop: int
    output: str


@dataclass(frozen=True)
class Hop:
    """One call of a walk. ``goal``: the user asks for it; otherwise it only learns an argument of a later one."""

    tool: str
    links: tuple[Link, ...] = ()
    goal: bool = False


class Chart:
    """What a sampler asks of a domain again and again, looked up once."""

    def __init__(self, domain: Domain) -> None:
        specs = {spec.name: spec for spec in domain.tools}
        self.domain = domain
        self.tables = {table.name: table for table in domain.tables}
        self.bindings = {
            binding.tool: binding
            for binding in sorted(domain.bindings, key=lambda binding: binding.tool)
            if binding.tool in specs and binding.table in self.tables
        }
        self.specs = {name: specs[name] for name in self.bindings}
        self.people = frozenset(name for name, table in self.tables.items() if is_people(table))
        self._scores = {
            (edge.source, edge.target, edge.parameter): edge.score
            for edge in domain.edges
            if edge.source in self.bindings and edge.target in self.bindings
        }
        self.feeds = {
            tool: {path: feeds for path, use in leaves(binding.uses) if (feeds := self._feeds(binding, path, use))}
            for tool, binding in self.bindings.items()
        }

    def carries(self, binding: Binding, use: Use) -> str | None:
        """The table whose primary key the argument holds, if it names a row."""
        name = use.table or binding.table
        table = self.tables.get(name)
        if table is None or use.test != "eq" or use.role in ("amount", "lines", "limit", "offset"):
            return None
        if use.column in ("", table.primary_key):
            return None if use.role == "set" else name  # a new row's own key names nothing yet
        return table.refers(use.column)

    def required(self, tool: str) -> frozenset[str]:
        """Names of the parameters a call must have."""
        return frozenset(self.specs[tool].parameters.get("required", ()))

    def returned(self, binding: Binding) -> tuple[str, ...]:
        """Columns of the binding's table that its result shows."""
        columns = tuple(column.name for column in self.tables[binding.table].columns)
        return tuple(field for field in binding.fields if field in columns) or columns

    def _feeds(self, target: Binding, path: str, use: Use) -> tuple[Feed, ...]:
        wanted = self.carries(target, use)
        if wanted is None:
            return ()
        found = []
        for tool, source in self.bindings.items():
            output = self._output(source, wanted)
            if output and tool != target.tool and not self._echoes(source, wanted):
                score = self._scores.get((tool, target.tool, path.split("/")[0]), 0.0)
                found.append(Feed(tool, output, 0.25 + score))
        return tuple(found)

    def _output(self, source: Binding, wanted: str) -> str:
        """The column of ``source``'s result that names a row of ``wanted``; "" where none does for certain."""
        if source.op not in ("get", "list", "create") or source.returns == "count":
            return ""
        shown = self.returned(source)
        table = self.tables[source.table]
        if source.table == wanted:
            return table.primary_key if table.primary_key in shown else ""
        if source.op != "get":  # in a list, a reference does not say which of its rows is meant
            return ""
        if wanted in source.children.values():
            return self.tables[wanted].primary_key
        nested = [link for child in source.children.values() for link in self.tables[child].foreign_keys]
        links = [link for link in table.foreign_keys if link.column in shown] + nested
        return next((link.column for link in links if link.table == wanted), "")

    def _echoes(self, source: Binding, wanted: str) -> bool:
        """Whether ``source`` must be told the very key it would teach."""
        return source.op == "get" and any(self.carries(source, use) == wanted for use in source.uses)


def leaves(uses: Sequence[Use], prefix: str = "") -> Iterator[tuple[str, Use]]:
    """Every use with its path, such as "items/product_id" for one inside ``lines``."""
    for use in uses:
        path = f"{prefix}{use.parameter}"
        if use.items:
            yield from leaves(use.items, f"{path}/")
        else:
            yield path, use


def walk(
    chart: Chart, rng: random.Random, counts: Mapping[str, float], *, writes: bool, length: int
) -> tuple[Hop, ...]:
    """Draw a walk of at most ``length`` calls; () where the domain has no tool of the kind.

    Goals are drawn by how rarely ``counts`` has seen them. From each goal the walk goes against the edges, through the
    reads that teach its arguments, until nothing is left to learn or the steps are spent: so it starts at a random
    place, follows edges forward to its goals, and holds no call that nobody needs. In a read-only walk every call is
    asked for, since its verifier compares the whole sequence.
    """
    goals = [tool for tool, binding in chart.bindings.items() if binding.writes == writes]
    steps = _Steps(chart, rng, counts, min(length, MAX_CALLS), every=not writes)
    while goals and len(steps.hops) < steps.limit:
        weights = [_weight(counts, tool) * 0.3 ** steps.uses(tool) for tool in goals]
        steps.reach(rng.choices(goals, weights)[0])
    return tuple(steps.hops)


def _weight(counts: Mapping[str, float], tool: str) -> float:
    return 1.0 / (1.0 + counts.get(tool, 0.0)) ** 2


class _Steps:
    """The hops so far, and the ways to add more within ``limit``."""

    def __init__(
        self, chart: Chart, rng: random.Random, counts: Mapping[str, float], limit: int, *, every: bool
    ) -> None:
        self.hops: list[Hop] = []
        self.limit = limit
        self._chart, self._rng, self._counts, self._every = chart, rng, counts, every

    def uses(self, tool: str) -> int:
        return sum(hop.tool == tool for hop in self.hops)

    def reach(self, target: str, above: tuple[str, ...] = (), room: int | None = None) -> int:
        """Append ``target`` after the reads that teach its arguments; the index of its hop. ``room`` counts both."""
        room = self.limit - len(self.hops) if room is None else room
        required = self._chart.required(target)
        links = []
        for path, feeds in self._chart.feeds[target].items():
            wanted = _FOLLOW_REQUIRED if path.split("/")[0] in required else _FOLLOW_OPTIONAL
            if self._rng.random() >= wanted:
                continue
            start = len(self.hops)
            link = self._learn(path, feeds, (*above, target), room - 1)
            if link is not None:
                links.append(link)
                room -= len(self.hops) - start
        goal = not above or self._every or self._chart.bindings[target].writes
        self.hops.append(Hop(target, tuple(links), goal))
        return len(self.hops) - 1

    def _learn(self, path: str, feeds: Sequence[Feed], above: tuple[str, ...], room: int) -> Link | None:
        """A link from an earlier hop, or from a new one where there is room for it."""
        outputs = {feed.tool: feed.output for feed in feeds}
        earlier = [index for index, hop in enumerate(self.hops) if hop.tool in outputs]
        if earlier and self._rng.random() < 0.8:
            index = self._rng.choice(earlier)
            return Link(path, index, outputs[self.hops[index].tool])
        creating = not self._every and self._rng.random() < _FOLLOW_WRITE
        fresh = [
            feed
            for feed in feeds
            if feed.tool not in above and (creating or not self._chart.bindings[feed.tool].writes)
        ]
        if not fresh or room < 1:
            return None
        weights = [feed.weight * _weight(self._counts, feed.tool) ** 0.5 for feed in fresh]
        feed = self._rng.choices(fresh, weights)[0]
        return Link(path, self.reach(feed.tool, above, room), feed.output)
