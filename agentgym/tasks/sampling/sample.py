"""Sample tasks of a domain: walk, ground, word, prove, until enough are admitted (paper 2.2)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

from agentgym.files import digest
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.prove import INERT, prove
from agentgym.tasks.sampling.coverage import MAX_CALLS, Coverage
from agentgym.tasks.sampling.draft import Draft, Drafter, Plan
from agentgym.tasks.sampling.walk import SHAPES, Hop
from agentgym.tasks.wording.templates import Templates, values_of
from agentgym.types import Rejection, Task
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World

WRITES = 0.7  # share of tasks that change the database
REFUSALS = 0.1  # in which a rule forbids one request
SLIPS = 0.08  # in which the user gives a wrong detail first
CHANGES = 0.08  # in which they think again
_SPARE = 0.3  # how much less often these are drawn once there are enough
_LOST = 5  # one call in so many finds no row or turns out to teach nothing, and is dropped
_ATTEMPTS = 6  # per wanted task, before a domain is given up
_PATIENCE = 40  # attempts in a row without a task, before a domain is given up


def sample_tasks(
    loaded: LoadedDomain, count: int, seed: int, *, longest: int = MAX_CALLS, plain: bool = False
) -> tuple[list[Task], list[Rejection]]:
    """Up to ``count`` proven tasks, sorted by id ("retail-0007"), and a rejection for every draw that failed.

    No task has more than ``longest`` gold calls, of 1 to 14. With ``plain`` the user says all at once and in few words,
    and neither is wrong nor thinks again. Equal arguments give equal tasks. Where the domain yields fewer, the last
    rejection says so.

    Raises:
        ValueError: ``longest`` is not from 1 to 14.
    """
    if not 1 <= longest <= MAX_CALLS:
        raise ValueError(f"longest is {longest}; a task has from 1 to {MAX_CALLS} gold calls")
    sampler = _Sampler(loaded, seed, longest, plain)
    try:
        sampler.run(count)
    finally:
        sampler.world.close()
    return sampler.tasks, sampler.rejections


class _Sampler:
    """The tasks so far, and what they have and have not covered yet."""

    def __init__(self, loaded: LoadedDomain, seed: int, longest: int, plain: bool) -> None:
        self.chart = Chart(loaded.domain)
        self.world = World(loaded)
        self.tasks: list[Task] = []
        self.rejections: list[Rejection] = []
        self._name, self._seed, self._longest, self._plain = loaded.domain.name, seed, longest, plain
        self._coverage, self._templates = Coverage(), Templates()
        self._drafter = Drafter(self.chart, self.world, self._coverage, self._templates)
        self._kinds: Counter[str] = Counter()  # of the tasks: writes, refuses, slip, change
        self._drawn: Counter[str] = Counter()  # of the draws
        writes = {binding.writes for binding in self.chart.bindings.values()}
        self._idle = dict.fromkeys(sorted(writes), 0)  # draws in a row without a task: of tasks that write, and not
        self._shunned: set[tuple[str, str]] = set()  # (tool, parameter) that changes nothing
        self._useless: set[str] = set()  # tools with such a parameter that cannot be left out
        self._inert: Counter[tuple[str, str]] = Counter()
        self._seen: set[str] = set()

    def run(self, count: int) -> None:
        attempts = 0
        most = count * _ATTEMPTS + _PATIENCE
        while len(self.tasks) < count and attempts < most and min(self._idle.values(), default=_PATIENCE) < _PATIENCE:
            plan, outcome = self._attempt(attempts)
            attempts += 1
            if isinstance(outcome, Task):
                self._idle[plan.writes] = 0
                self.tasks.append(outcome)
            else:
                self._idle[plan.writes] += 1
                self.rejections.append(outcome)
        if len(self.tasks) < count:
            detail = f"{len(self.tasks)} of {count} tasks in {attempts} draws; the rejections before this one say why"
            self.rejections.append(
                Rejection(stage="tasks", subject=self._name, reason="the domain yields too few tasks", detail=detail)
            )

    def _attempt(self, attempt: int) -> tuple[Plan, Task | Rejection]:
        """One draw, from its own generator: what an earlier draw used up does not shift a later one."""
        rng = random.Random(f"{self._name}/{self._seed}/{attempt}")
        subject = f"{self._name}-draw-{attempt:04d}"
        plan = self._plan(rng)
        draft = self._drafter.draw(subject, plan, rng, self._seed, self._shunned, self._useless)
        return plan, self._admit(subject, plan, draft)

    def _plan(self, rng: random.Random) -> Plan:
        """The kind, length and shape that the tasks so far have least of."""
        writes = self._kinds["writes"] <= WRITES * len(self.tasks)
        if self._idle.get(writes, _PATIENCE) >= _PATIENCE // 2 and self._idle.get(not writes, _PATIENCE) < _PATIENCE:
            writes = not writes
        lengths = self._coverage.lengths(writes, self._longest)
        length = rng.choices(list(lengths), list(lengths.values()))[0]
        length = min(length + int(length / _LOST + rng.random()), self._longest)
        shape = rng.choices(SHAPES, [self._coverage.shape(shape.name) for shape in SHAPES])[0]
        refuses = self._wanted("refuses", REFUSALS, rng)
        steady = refuses or self._plain
        changes = not steady and writes and self._wanted("change", CHANGES, rng)
        slips = not steady and not changes and self._wanted("slip", SLIPS, rng)
        return Plan(writes, length, shape, refuses, "change" if changes else "slip" if slips else "", self._plain)

    def _wanted(self, kind: str, share: float, rng: random.Random) -> bool:
        """Whether the draw is to be of a ``kind``: the more often, the more of such draws have no place for it."""
        success = (self._kinds[kind] + 1) / (self._drawn[kind] + 3)
        few = self._kinds[kind] <= share * len(self.tasks)
        wanted = rng.random() < share / success * (1.0 if few else _SPARE)
        self._drawn[kind] += wanted
        return wanted

    def _admit(self, subject: str, plan: Plan, draft: Draft) -> Task | Rejection:
        task = draft.task
        if task is None:
            self._coverage.fail(hop.tool for hop in draft.hops)
            return Rejection(
                stage="tasks", subject=subject, reason="no call of the walk could be made", detail=_path(draft.hops)
            )
        key = digest([call.model_dump(mode="json") for call in task.gold])
        if key in self._seen:
            return Rejection(stage="tasks", subject=subject, reason="the same calls as an earlier task")
        rejection = prove(self.chart, self.world, task)
        if rejection is not None:
            self._learn(task, rejection)
            return rejection
        self._seen.add(key)
        self._cover(task, plan, draft)
        return task.model_copy(update={"id": f"{self._name}-{len(self.tasks):04d}"})

    def _cover(self, task: Task, plan: Plan, draft: Draft) -> None:
        steps = draft.steps
        edges = [
            (steps[pick.step].call.name, step.call.name, path)
            for step in steps
            for path, pick in step.picks.items()
            if pick.step is not None
        ]
        rows = [(pick.table, pick.key) for step in steps for pick in step.picks.values()]
        tools = [call.name for call in task.gold]
        self._templates.add(task.intent, values_of(task))
        self._coverage.admit(tools, edges, rows, writes=task.writes, shape=plan.shape.name)
        self._kinds["writes"] += task.writes
        self._kinds["refuses"] += any(goal.refused for goal in task.goals)
        self._kinds.update(revision.kind for revision in task.revisions)

    def _learn(self, task: Task, rejection: Rejection) -> None:
        """Draw less of what failed; an argument that changes nothing is left out from now on, or the tool is."""
        calls = [call.name for call in task.gold if self.chart.bindings[call.name].writes == task.writes]
        self._coverage.fail(calls)
        if rejection.reason != INERT:
            return
        tool, _, path = rejection.detail.partition(" ")
        argument = (tool, path.split("/")[0])
        self._inert[argument] += 1
        if len(calls) == 1 or self._inert[argument] > 1:  # once among several, a later call may have undone it
            required = argument[1] in self.chart.required(tool)
            self._useless.update({tool} if required else ())
            self._shunned.update(() if required else {argument})


def _path(hops: Iterable[Hop]) -> str:
    return " -> ".join(hop.tool for hop in hops)
