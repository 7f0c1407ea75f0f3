"""What a task must prove before it is admitted, so that its reward means what it says (reward integrity).

The gold calls replay to one outcome; nothing less than all of them, and no careless agent, earns the reward; and every
value they need can be known by somebody who only reads what the user says and what the tools answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agentgym.errors import TaskError
from agentgym.tasks.answered import answered, columns, rival
from agentgym.tasks.chart import Chart
from agentgym.tasks.phrases import tells
from agentgym.tasks.proof import goals
from agentgym.tasks.proof.careless import POLICIES, pays
from agentgym.tasks.proof.difficulty import difficulty
from agentgym.tasks.proof.kills import Kills
from agentgym.tasks.proof.knowing import heard, needs
from agentgym.tasks.proof.mutants import dropped, perturbed, tried
from agentgym.tasks.proof.shortest import shorter
from agentgym.tasks.proof.trial import Trial
from agentgym.tasks.saying import says
from agentgym.tasks.wording.describe import fitting, holds
from agentgym.types import Claim, Rejection, Schema, Task
from agentgym.world.world import World

INERT = "an argument is inert"

Law = Callable[[Trial], str | None]  # None where the task keeps it, else "reason: detail"


def prove(chart: Chart, world: World, task: Task) -> Rejection | None:
    """None where the task holds, else the first law it breaks. ``world`` is reset to the task's state on the way."""
    try:
        trial = Trial(chart, world, task)
        broken = next((fault for law in LAWS if (fault := law(trial)) is not None), None)
    except TaskError as error:
        broken = f"the state does not fit the domain: {error}"
    if broken is None:
        return None
    reason, _, detail = broken.partition(": ")
    return Rejection(stage="tasks", subject=task.id, reason=reason, detail=detail)


def examine(chart: Chart, world: World, task: Task) -> Kills:
    """How many mutants of a task's gold are found out, and which careless policies win: counts, and no judgement.

    Raises ``TaskError`` where the task cannot be played at all.
    """
    trial = Trial(chart, world, task)
    error = trial.replay()
    if error is not None:
        raise TaskError(f"{task.id} cannot be examined: a gold call errs: {error}")
    return tried(trial)


# -- what is said ---------------------------------------------------------------------------------


def wording(trial: Trial) -> str | None:
    """No tool's name and no argument's key stands in what the user says."""
    task = trial.task
    text = " ".join((task.intent, *(fact.text for fact in task.facts), *(one.text for one in task.revisions)))
    refused = (call for goal in task.goals for call in goal.refused)
    arguments = (name for call in (*task.gold, *refused) for name in call.arguments)
    for name in (*trial.world.loaded.tools, *arguments):
        technical = "_" in name or name != name.lower()  # one plain word may be what people say
        if technical and name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            return f"the wording names a tool or an argument: {name!r} in {text!r}"
    return None


def facts(trial: Trial) -> str | None:
    """Every fact's sentence tells its value."""
    for fact in trial.task.facts:
        if not tells(fact.text, fact.value) and not says(fact.text, fact.value):
            return f"a fact does not tell its value: {fact.value!r} is not in {fact.text!r}"
    return None


# -- what gold does -------------------------------------------------------------------------------


def replays(trial: Trial) -> str | None:
    """Gold runs twice without an error, to the same answers and the stored difference."""
    task, outcomes = trial.task, []
    for _ in range(2):
        error = trial.replay()
        if error is not None:
            return f"a gold call errs: {error}"
        outcomes.append((trial.results, trial.world.diff()))
    if outcomes[0] != outcomes[1] or outcomes[0][1] != task.diff:
        return "gold replays to another outcome: the tools of this domain are not deterministic"
    return None if trial.aligned(task.diff) else "gold itself scores 0: the verifier rejects it"


def worth(trial: Trial) -> str | None:
    """There is something to do that no single guess does."""
    task = trial.task
    if not task.gold:
        return "there is nothing to do: no call was left"
    if task.writes:
        return "doing nothing scores 1: the null agent" if trial.aligned(()) else None
    if any(map(trial.writes, task.gold)):
        return "the writes cancel out: the gold state equals the initial one"
    if len(task.gold) == 1 and _guessed(trial):
        return f"a guess wins: the only call is {task.gold[0].name} {task.gold[0].arguments}"
    return None


def _guessed(trial: Trial) -> bool:
    """Whether the arguments of the first call can be guessed: none, or such as its schema lists."""
    (call, *_) = trial.task.gold
    tool = trial.world.loaded.tools[call.name]
    schemas: Schema = tool.spec.parameters.get("properties") or {}
    return all(
        isinstance(value, bool) or "enum" in schemas.get(name, {}) or schemas.get(name, {}).get("default") == value
        for name, value in call.arguments.items()
    )


def needed(trial: Trial) -> str | None:
    """No gold call can be left out."""
    gone = next((mutant for mutant in dropped(trial) if not mutant.killed), None)
    if gone is None:
        return None
    call = trial.task.gold[gone.step]
    reason = "a gold call is not needed" if trial.writes(call) else "a gold read teaches nothing"
    return f"{reason}: {call.name}, number {gone.step + 1}"


def led_to(trial: Trial) -> str | None:
    """Each call of a read-only task is one that its words lead to: no earlier result answers it, nor another tool."""
    task, chart = trial.task, trial.chart
    if task.writes:
        return None
    made = list(zip(task.gold, trial.results, strict=True))
    told = {goal.calls[-1]: goal.outputs for goal in task.goals if goal.calls}
    for number, (call, result) in enumerate(made):
        if call.name not in chart.bindings:
            continue
        values = told.get(number, ())
        if answered(chart, (call, result), values, made[:number]):
            return f"a question is answered already: {call.name}, number {number + 1}"
        other = rival(chart, call, columns(chart, (call, result), values))
        if other:
            return f"another tool answers as well: {other}, not {call.name}, number {number + 1}"
    return None


def exact(trial: Trial) -> str | None:
    """No argument that the reward looks at can be another one."""
    inert = next((mutant for mutant in perturbed(trial) if not mutant.killed), None)
    return f"{INERT}: {trial.task.gold[inert.step].name} {inert.path}" if inert is not None else None


def shortest(trial: Trial) -> str | None:
    """No shorter sequence of writes leads to the same state, as far as a bounded search finds."""
    if not trial.task.writes:
        return None  # exact match wants as many calls as gold has
    found = shorter(trial)
    return f"there is a shorter way: {' -> '.join(call.name for call in found)}" if found is not None else None


# -- what can be known ----------------------------------------------------------------------------


def knowable(trial: Trial) -> str | None:
    """Every gold argument stands in what the user says, in a default, or in an earlier result."""
    for need in needs(trial):
        if not need.sources:
            tool = trial.task.gold[need.step].name if need.step < len(trial.task.gold) else "the report"
            return f"an argument cannot be known: {tool} {need.path} = {need.value!r}"
    return None


def unique(trial: Trial) -> str | None:
    """What is said of a row fits it alone at first, and no other row once gold has changed the state."""
    if not trial.task.claims:
        return None
    tables = {claim.of or claim.table for claim in trial.task.claims}
    first, last = trial.start.all(tables), trial.final.all(tables)
    for claim in trial.task.claims:
        late = [other for other in fitting(claim, trial.chart, last) if other != claim.key]
        if late or not holds(claim, trial.chart, first):
            return f"the description fits several rows, or none: {claim.table} {claim.key!r} {claim.conditions!r}"
        unsaid = _unsaid(trial, claim)
        if unsaid is not None:
            return f"a description is not told: {claim.table} {claim.key!r}, {unsaid}"
    return None


def _unsaid(trial: Trial, claim: Claim) -> str | None:
    """The first condition of a claim that nobody tells: neither the user nor, for another row's key, a result."""
    for column, value in claim.conditions:
        if not heard(trial, value):
            return f"{column} = {value!r}"
    return None


def measured(trial: Trial) -> str | None:
    """The difficulty is what it says, where it is given."""
    task = trial.task
    rows = trial.start.all({claim.of or claim.table for claim in task.claims})
    right = difficulty(trial.chart, rows, task)
    wrong = task.difficulty is not None and task.difficulty != right
    return f"the difficulty is another: {right!r}, not {task.difficulty!r}" if wrong else None


# -- who must not win -----------------------------------------------------------------------------


def careless(trial: Trial) -> str | None:
    """Agents that do not read the task earn nothing."""
    winner = next((name for name, policy in POLICIES.items() if pays(trial, policy)), None)
    return f"a careless policy scores 1: {winner}" if winner is not None else None


LAWS: tuple[Law, ...] = (  # in the order of what they cost
    wording,
    facts,
    replays,
    worth,
    goals.goals,
    goals.outputs,
    knowable,
    measured,
    unique,
    needed,
    led_to,
    goals.refusals,
    goals.revisions,
    exact,
    shortest,
    careless,
)
