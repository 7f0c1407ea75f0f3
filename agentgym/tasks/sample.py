"""Sample tasks of a domain: walk, ground, word, prove, until enough are admitted (paper 2.2)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

from agentgym.files import digest
from agentgym.tasks.describe import settle
from agentgym.tasks.ground import ground
from agentgym.tasks.intent import tell, wanted
from agentgym.tasks.prove import INERT, prove
from agentgym.tasks.walk import MAX_CALLS, Chart, Hop, walk
from agentgym.types import Goal, Rejection, RowChange, Task
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World

WRITES = 0.7  # share of tasks that change the database
_ATTEMPTS = 6  # per wanted task, before a domain is given up
_PATIENCE = 40  # attempts in a row without a task, before a domain is given up
_LENGTHS = (2, 3, 4, 4, 3, 2, 1, 1)  # how often users want 1, 2, ... calls; what the tasks have least of is drawn more
_HISTORY = 3  # calls by others before a task begins


def sample_tasks(loaded: LoadedDomain, count: int, seed: int) -> tuple[list[Task], list[Rejection]]:
    """Up to ``count`` proven tasks, sorted by id ("retail-0007"), and a rejection for every draw that failed.

    Equal arguments give equal tasks. Where the domain yields fewer, the last rejection says so.
    """
    sampler = _Sampler(loaded, seed)
    try:
        sampler.run(count)
    finally:
        sampler.world.close()
    return sampler.tasks, sampler.rejections


class _Sampler:
    """The tasks so far, and what they have and have not covered yet."""

    def __init__(self, loaded: LoadedDomain, seed: int) -> None:
        self.chart = Chart(loaded.domain)
        self.world = World(loaded)
        self.tasks: list[Task] = []
        self.rejections: list[Rejection] = []
        self._name, self._seed = loaded.domain.name, seed
        self._counts: dict[str, float] = {}  # tool -> times admitted, and a little for each failure
        self._lengths: Counter[tuple[bool, int]] = Counter()  # (writes, calls) -> tasks
        kinds = {binding.writes for binding in self.chart.bindings.values()}
        self._idle = dict.fromkeys(sorted(kinds), 0)  # draws in a row without a task: of tasks that write, and not
        self._kind = True  # whether the draw at hand is to write
        self._shunned: set[tuple[str, str]] = set()  # (tool, parameter) that changes nothing
        self._inert: Counter[tuple[str, str]] = Counter()
        self._seen: set[str] = set()

    def run(self, count: int) -> None:
        attempts = 0
        most = count * _ATTEMPTS + _PATIENCE
        while len(self.tasks) < count and attempts < most and min(self._idle.values(), default=_PATIENCE) < _PATIENCE:
            outcome = self._attempt(attempts)
            attempts += 1
            if isinstance(outcome, Task):
                self._idle[self._kind] = 0
                self.tasks.append(outcome)
            else:
                self._idle[self._kind] += 1
                self.rejections.append(outcome)
        if len(self.tasks) < count:
            detail = f"{len(self.tasks)} of {count} tasks in {attempts} draws; the rejections before this one say why"
            self.rejections.append(
                Rejection(stage="tasks", subject=self._name, reason="the domain yields too few tasks", detail=detail)
            )

    def _attempt(self, attempt: int) -> Task | Rejection:
        """One draw, from its own generator: what an earlier draw used up does not shift a later one."""
        rng = random.Random(f"{self._name}/{self._seed}/{attempt}")
        subject = f"{self._name}-draw-{attempt:04d}"
        state = self._history(rng)
        hops = self._walk(rng)
        self.world.reset(state)
        before = self.world.rows()
        made = ground(self.chart, self.world, hops, rng, self._shunned)
        steps, claims = settle(self.chart, before, made, rng)
        if not steps:
            self._count([hop.tool for hop in hops], 0.25)
            return Rejection(
                stage="tasks", subject=subject, reason="no call of the walk could be made", detail=_path(hops)
            )
        intent, facts, clauses = tell(self.chart, before, steps, claims, rng)
        asked = [(place, step) for place, step in enumerate(steps) if step.goal]
        task = Task(
            id=subject,
            domain=self._name,
            intent=intent,
            facts=facts,
            state=state,
            gold=tuple(step.call for step in steps),
            goals=tuple(
                Goal(text=text, calls=(place,), outputs=wanted(self.chart, step) if not self._kind else ())
                for text, (place, step) in zip(clauses, asked, strict=True)
            ),
            claims=tuple(claims.values()),
            diff=self.world.diff(),
            seed=self._seed,
        )
        return self._admit(task)

    def _history(self, rng: random.Random) -> tuple[RowChange, ...]:
        """A fresh initial state that can come about: the seed rows after up to three calls by somebody else."""
        tools = [tool for tool, binding in self.chart.bindings.items() if binding.writes and binding.op != "delete"]
        hops = [Hop(rng.choice(tools), goal=True) for _ in range(rng.randint(0, _HISTORY))] if tools else []
        self.world.reset()
        ground(self.chart, self.world, hops, rng)
        return self.world.diff()

    def _walk(self, rng: random.Random) -> tuple[Hop, ...]:
        """The kind and length that the tasks so far have least of."""
        done = sum(task.writes for task in self.tasks)
        writes = done <= WRITES * len(self.tasks)
        if self._idle.get(writes, _PATIENCE) >= _PATIENCE // 2 and self._idle.get(not writes, _PATIENCE) < _PATIENCE:
            writes = not writes
        self._kind = writes
        rare = {
            length: _LENGTHS[length - 1] / (self._lengths[writes, length] + 1) ** 2
            for length in range(1, MAX_CALLS + 1)
        }
        length = rng.choices(list(rare), list(rare.values()))[0]
        return walk(self.chart, rng, self._counts, writes=writes, length=length)

    def _admit(self, task: Task) -> Task | Rejection:
        key = digest([call.model_dump(mode="json") for call in task.gold])
        if key in self._seen:
            return Rejection(stage="tasks", subject=task.id, reason="the same calls as an earlier task")
        rejection = prove(self.chart, self.world, task)
        if rejection is not None:
            self._learn(task, rejection)
            return rejection
        self._seen.add(key)
        self._count([call.name for call in task.gold], 1.0)
        self._lengths[task.writes, len(task.gold)] += 1
        return task.model_copy(update={"id": f"{self._name}-{len(self.tasks):04d}"})

    def _learn(self, task: Task, rejection: Rejection) -> None:
        """Draw less of what failed; an argument that changes nothing is left out from now on."""
        calls = [call.name for call in task.gold if self.chart.bindings[call.name].writes == task.writes]
        self._count(calls, 0.25)
        if rejection.reason == INERT:
            tool, _, path = rejection.detail.partition(" ")
            argument = (tool, path.split("/")[0])
            self._inert[argument] += 1
            if len(calls) == 1 or self._inert[argument] > 1:  # once among several, a later call may have undone it
                self._shunned.add(argument)

    def _count(self, tools: Iterable[str], amount: float) -> None:
        for tool in tools:
            self._counts[tool] = self._counts.get(tool, 0.0) + amount


def _path(hops: Iterable[Hop]) -> str:
    return " -> ".join(hop.tool for hop in hops)
