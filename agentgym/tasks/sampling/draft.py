"""One draw of a task: a state, a walk made concrete, what may go wrong in it, and its wording (paper 2.2)."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.difficulty import difficulty
from agentgym.tasks.sampling.coverage import Coverage
from agentgym.tasks.sampling.ground import ground
from agentgym.tasks.sampling.initial import earlier, someone
from agentgym.tasks.sampling.outputs import Outputs
from agentgym.tasks.sampling.pruning import pruned
from agentgym.tasks.sampling.refuse import refusal
from agentgym.tasks.sampling.revise import Revisions, misled
from agentgym.tasks.sampling.scene import Scene
from agentgym.tasks.sampling.walk import Hop, Shape, walk
from agentgym.tasks.steps import Ask, Step, Wrong
from agentgym.tasks.wording.describe import fitting, settle
from agentgym.tasks.wording.intent import Wording, tell
from agentgym.tasks.wording.templates import Templates
from agentgym.types import Claim, Goal, Json, Revision, RowChange, Task
from agentgym.world.diff import patched
from agentgym.world.world import World

Revises: TypeAlias = Literal["", "slip", "change"]

_LIKED = 6.0  # how much more often tools that can be asked for otherwise are goals, where the user thinks again
_SETTLED = 4  # times that outputs and descriptions are chosen anew where they clash


@dataclass(frozen=True)
class Plan:
    """What kind of task a draw is for."""

    writes: bool
    length: int
    shape: Shape
    refuses: bool = False  # one request is to be forbidden, where the domain has such
    revises: Revises = ""
    plain: bool = False  # the user says all at once, in few words


@dataclass(frozen=True)
class Draft:
    """A task that is not proved yet, with the hops and steps it came from. ``task`` is None where no call was left."""

    hops: tuple[Hop, ...]
    steps: tuple[Step, ...] = ()
    task: Task | None = None


class Drafter:
    """Draws tasks of one domain in ``world``, which is reset again and again.

    ``coverage`` and ``templates`` are to be told of each task that is admitted.
    """

    def __init__(self, chart: Chart, world: World, coverage: Coverage, templates: Templates) -> None:
        self._chart, self._world, self._coverage = chart, world, coverage
        self._templates = templates
        world.reset()
        self._seed_rows = world.rows()

    def draw(
        self,
        subject: str,
        plan: Plan,
        rng: random.Random,
        seed: int,
        shunned: Collection[tuple[str, str]] = (),
        useless: Collection[str] = (),
    ) -> Draft:
        """One task as ``plan`` has it. ``shunned`` as in ``ground``, ``useless`` tools are no goals."""
        world = self._world
        hops = self._hops(plan, rng, useless)
        if not hops:
            return Draft(hops)
        state, scene = self._scene(hops, rng)
        ground(scene, world, hops, shunned)
        diff = world.diff()
        steps, claims = _settled(scene, Outputs(scene, world, demanded=plan.writes), rng)
        if not steps or bool(diff) != plan.writes:
            return Draft(hops, steps)
        asks = [Ask(place) for place, step in enumerate(steps) if step.goal]
        if plan.refuses:
            asks = _with_refusal(asks, refusal(scene, world, steps, state, rng, self._coverage), rng)
        wrong = Revisions(scene, world, steps, state, diff).find(plan.revises) if plan.revises else None
        seen = None if plan.plain else self._templates  # few words are soon said again
        wording = tell(self._chart, scene.start, steps, claims, rng, asks, wrong, seen=seen, plain=plan.plain)
        task = Task(
            id=subject,
            domain=self._chart.domain.name,
            intent=wording.intent,
            facts=wording.facts,
            state=state,
            gold=tuple(step.call for step in steps),
            goals=_goals(steps, asks, wording.goals, diff),
            revisions=(_revision(steps, wrong, wording),) if wrong is not None else (),
            claims=tuple(claims.values()),
            diff=diff,
            seed=seed,
        )
        measured = difficulty(self._chart, scene.start, task)
        return Draft(hops, steps, task.model_copy(update={"difficulty": measured}))

    def _hops(self, plan: Plan, rng: random.Random, useless: Collection[str]) -> tuple[Hop, ...]:
        liking = self._liking(plan, useless)
        writes, length = plan.writes, plan.length
        return walk(self._chart, rng, self._coverage, writes=writes, length=length, shape=plan.shape, liking=liking)

    def _scene(self, hops: Sequence[Hop], rng: random.Random) -> tuple[tuple[RowChange, ...], Scene]:
        """A fresh initial state for ``hops``, and the scene that begins in it; the world is there as well."""
        chart, seed_rows = self._chart, self._seed_rows
        person = someone(chart, seed_rows, rng, self._coverage)
        state = earlier(chart, self._world, seed_rows, {hop.tool for hop in hops}, person, rng)
        self._world.reset(state)
        return state, Scene(chart, rng, patched(seed_rows, state, chart.tables), self._coverage, person)

    def _liking(self, plan: Plan, useless: Collection[str]) -> dict[str, float]:
        """How much more each tool is wanted as a goal: only what is set can be set otherwise after a change of mind."""
        liking = dict.fromkeys(useless, 0.0)
        if plan.revises == "change":
            updates = (tool for tool, binding in self._chart.bindings.items() if binding.op == "update")
            liking = {**dict.fromkeys(updates, _LIKED), **liking}
        return liking


def _settled(
    scene: Scene, outputs: Outputs, rng: random.Random
) -> tuple[tuple[Step, ...], dict[tuple[str, Json], Claim]]:
    """The steps that are needed, with what is to be told, and how their rows are described; () where that never fits.

    What the user says to describe a row they need not be told; and no other row may fit it once all is done.
    """
    chart = scene.chart
    known: list[Json] = []
    unclear: set[tuple[str, Json]] = set()  # rows that a description no longer tells from others when all is done
    for _ in range(_SETTLED):
        steps, claims = settle(chart, scene.start, [_said(step, unclear) for step in outputs.choose(known)], rng)
        late = {row for row, claim in claims.items() if set(fitting(claim, chart, scene.rows)) - {claim.key}}
        said = [value for claim in claims.values() for _, value in claim.conditions]
        if not late and not any(item.value in said for step in steps for item in step.told):
            return pruned(chart, steps, claims), claims
        known += said
        unclear |= late
    return (), {}


def _said(step: Step, rows: Collection[tuple[str, Json]]) -> Step:
    """``step`` with the keys of ``rows`` said by the user, and not learned from an earlier call."""
    picks = {
        path: replace(pick, step=None) if (pick.table, pick.key) in rows else pick for path, pick in step.picks.items()
    }
    return replace(step, picks=picks)


def _with_refusal(asks: list[Ask], found: tuple[int | None, Step] | None, rng: random.Random) -> list[Ask]:
    """``asks`` with what is to be refused: before the goal that is accepted instead, or somewhere among the others."""
    if found is None:
        return asks
    place, step = found
    if place is not None:
        return [replace(ask, refused=step) if ask.place == place else ask for ask in asks]
    where = rng.randint(0, len(asks))
    return [*asks[:where], Ask(None, step), *asks[where:]]


def _goals(
    steps: Sequence[Step], asks: Sequence[Ask], texts: Sequence[str], diff: Sequence[RowChange]
) -> tuple[Goal, ...]:
    """A goal for each thing asked: the calls up to it that no earlier goal has needed, and the rows they change."""
    places = {(change.table, change.key): place for place, change in enumerate(diff)}
    free = set(range(len(steps)))
    goals = []
    for ask, text in zip(asks, texts, strict=True):
        calls = sorted(free & _leading_to(steps, ask.place)) if ask.place is not None else []
        free.difference_update(calls)
        rows = {row for call in calls for row in steps[call].rows}
        goals.append(
            Goal(
                text=text,
                calls=tuple(calls),
                changes=tuple(sorted(places[row] for row in rows if row in places)),
                outputs=tuple(item.value for call in calls for item in steps[call].told),
                refused=(ask.refused.call,) if ask.refused is not None else (),
            )
        )
    return tuple(goals)


def _leading_to(steps: Sequence[Step], place: int) -> set[int]:
    """The step at ``place`` and the reads that teach its arguments, but for those that are goals themselves."""
    found, due = {place}, [place]
    while due:
        sources = {pick.step for pick in steps[due.pop()].picks.values() if pick.step is not None} - found
        due += [source for source in sorted(sources) if not steps[source].goal]
        found.update(source for source in sources if not steps[source].goal)
    return found


def _revision(steps: Sequence[Step], wrong: Wrong, wording: Wording) -> Revision:
    return Revision(
        kind=wrong.kind,
        label=wording.label,
        value=wrong.value,
        text=wording.revision,
        calls=(misled(steps, wrong),),
    )
