"""Directed walks over a domain's dependency edges (paper 2.2): which tools a task calls, and what feeds what."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentgym.tasks.chart import Chart, Feed
from agentgym.tasks.sampling.coverage import MAX_CALLS, Coverage

_ALIKE: Mapping[str, float] = {}
_SHORT = 5  # calls
_AGAIN = 3  # calls of one tool in a walk
_FOLLOW_OPTIONAL = 0.5  # of how often a required argument is learned by a read


@dataclass(frozen=True)
class Shape:
    """What a walk looks like; each number is a probability."""

    name: str
    follow: float  # a required argument is learned by a read, and not said by the user
    reuse: float  # what an earlier call has shown is taken from there, where there is such a call
    onward: float  # the next goal is one that an earlier call leads to
    born: float  # a row comes from a call that creates it
    asks: float  # a goal of a task that writes is a question
    ends: float  # that is all, after any goal of a short walk


SHAPES = (
    Shape("apart", follow=0.85, reuse=0.5, onward=0.0, born=0.1, asks=0.15, ends=0.2),  # little in common
    Shape("chain", follow=1.0, reuse=0.2, onward=0.35, born=0.1, asks=0.1, ends=0.8),  # a long way
    Shape("fan", follow=0.95, reuse=0.95, onward=0.6, born=0.1, asks=0.15, ends=0.0),  # around one row
    Shape("life", follow=0.8, reuse=0.8, onward=0.7, born=0.7, asks=0.15, ends=0.05),  # create and work on
    Shape("talk", follow=0.85, reuse=0.7, onward=0.3, born=0.15, asks=0.5, ends=0.05),  # question by question
)


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


def walk(
    chart: Chart,
    rng: random.Random,
    coverage: Coverage,
    *,
    writes: bool,
    length: int,
    shape: Shape = SHAPES[0],
    liking: Mapping[str, float] = _ALIKE,
) -> tuple[Hop, ...]:
    """Draw a walk of at most ``length`` calls; () where the domain has no tool of the kind.

    It starts at a random goal that ``coverage`` has seen little of, and goes on, forward along an edge from a call it
    holds or to another goal, until the steps are spent or nothing is left to ask for. Each goal is reached through the
    reads that teach its arguments, so no call is there that nobody needs. A walk that writes may ask questions as
    well; in one that does not, every call is asked for, since its verifier compares the whole sequence. ``liking``
    says how much more a tool is wanted as a goal than others; 0: not at all.
    """
    steps = _Steps(chart, rng, coverage, min(length, MAX_CALLS), shape, liking, writes=writes)
    while len(steps.hops) < steps.limit and steps.go_on():
        if length <= _SHORT and steps.fulfilled and rng.random() < shape.ends:
            break
    return tuple(steps.hops)


class _Steps:
    """The hops so far, and the ways to add more within ``limit``."""

    def __init__(
        self,
        chart: Chart,
        rng: random.Random,
        coverage: Coverage,
        limit: int,
        shape: Shape,
        liking: Mapping[str, float],
        *,
        writes: bool,
    ) -> None:
        self.hops: list[Hop] = []
        self.limit = limit
        self._chart, self._rng, self._coverage, self._shape, self._writes = chart, rng, coverage, shape, writes
        self._liking = liking
        bindings = {tool: binding for tool, binding in chart.bindings.items() if liking.get(tool, 1.0) > 0}
        self._wishes = [tool for tool, binding in bindings.items() if binding.writes == writes]
        self._questions = [tool for tool, binding in bindings.items() if writes and binding.op in ("get", "count")]
        self._wish: int | None = None  # the first hop that does what the walk is for

    @property
    def fulfilled(self) -> bool:
        """Whether the walk holds what it is for."""
        return self._wish is not None

    def go_on(self) -> bool:
        """Add a goal with the way to it; False where there is none to add."""
        room = self.limit - len(self.hops)
        asks = self._rng.random() < self._shape.asks and (self._wish is not None or room > 2)
        goals = [tool for tool in (asks and self._questions) or self._wishes if not self._enough(tool)]
        onward = [way for way in self._ways() if way[0] in goals] if self._rng.random() < self._shape.onward else []
        if onward:
            weights = [self._weight(tool) * self._coverage.edge(source, tool, path) for tool, path, source, _ in onward]
            tool, path, _, link = self._rng.choices(onward, weights)[0]
            self._reach(tool, room - (asks and self._wish is None), given={path: link})
        elif goals:
            tool = self._rng.choices(goals, [self._weight(tool) for tool in goals])[0]
            self._reach(tool, room - (asks and self._wish is None))  # a question leaves room for the wish
        else:
            return False
        if self._wish is None and tool in self._wishes:
            self._wish = len(self.hops) - 1
        return True

    def _ways(self) -> list[tuple[str, str, str, Link]]:
        """(target, parameter, source, link) for every edge that leads on from a hop."""
        return [
            (way.tool, way.parameter, hop.tool, Link(way.parameter, index, way.output))
            for index, hop in enumerate(self.hops)
            for way in self._chart.onward.get(hop.tool, ())
            if not self._chart.amends(hop.tool, way.tool) and not self._chart.repeats(hop.tool, way.tool)
        ]

    def _enough(self, tool: str) -> bool:
        """Whether nobody would ask for the same thing once more."""
        return sum(hop.tool == tool for hop in self.hops) >= _AGAIN

    def _weight(self, tool: str) -> float:
        """How much a goal is wanted: little used, well understood, and not in this walk yet."""
        again = sum(hop.tool == tool for hop in self.hops)
        return self._coverage.tool(tool) * self._chart.trust[tool] * self._liking.get(tool, 1.0) * 0.3**again

    def _reach(self, target: str, room: int, above: tuple[str, ...] = (), given: dict[str, Link] | None = None) -> int:
        """Append ``target`` after the reads that teach its arguments; the index of its hop. ``room`` counts both.

        ``given`` holds links that are settled, by parameter.
        """
        required = self._chart.required(target)
        links = list((given or {}).values())
        for path, feeds in self._chart.feeds[target].items():
            follow = self._shape.follow * (1.0 if path.split("/")[0] in required else _FOLLOW_OPTIONAL)
            if path in (given or {}) or self._rng.random() >= follow:
                continue
            # One row is pointed at by another, not two: nobody says "for the dentist of the plan of the patient".
            if self._indirect(target, links):
                feeds = tuple(feed for feed in feeds if feed.direct)
            if not above or not self._writes:  # nobody looks up what the result that teaches its key has shown
                feeds = tuple(feed for feed in feeds if not self._chart.repeats(feed.tool, target))
            start = len(self.hops)
            link = self._learn(target, path, feeds, (*above, target), room - 1)
            if link is not None:
                links.append(link)
                room -= len(self.hops) - start
        goal = not above or not self._writes or self._chart.bindings[target].writes
        self.hops.append(Hop(target, tuple(links), goal))
        return len(self.hops) - 1

    def _indirect(self, target: str, links: Sequence[Link]) -> bool:
        """Whether one of the links names a row by another one that references it."""
        return any(
            not feed.direct
            for link in links
            for feed in self._chart.feeds[target][link.parameter]
            if feed.tool == self.hops[link.hop].tool
        )

    def _learn(self, target: str, path: str, feeds: Sequence[Feed], above: tuple[str, ...], room: int) -> Link | None:
        """A link from an earlier hop, or from a new one where there is room for it."""
        outputs = {feed.tool: feed.output for feed in feeds}
        earlier = [
            index
            for index, hop in enumerate(self.hops)
            if hop.tool in outputs and not self._chart.amends(hop.tool, target)
        ]
        if earlier and self._rng.random() < self._shape.reuse:
            index = self._rng.choice(earlier)
            return Link(path, index, outputs[self.hops[index].tool])
        creating = self._writes and self._rng.random() < self._shape.born
        fresh = [
            feed
            for feed in feeds
            if feed.tool not in above
            and (creating or not self._chart.bindings[feed.tool].writes)
            and not self._chart.amends(feed.tool, target)
        ]
        if not fresh or room < 1:
            return None
        weights = [
            feed.weight * self._coverage.tool(feed.tool) ** 0.5 * self._coverage.edge(feed.tool, target, path)
            for feed in fresh
        ]
        feed = self._rng.choices(fresh, weights)[0]
        return Link(path, self._reach(feed.tool, room, above), feed.output)
