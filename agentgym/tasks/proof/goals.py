"""What the user may ask for besides plain work: several goals, what is forbidden, and what they put right later.

Each law returns None, or "reason: detail". The trial they take has been replayed.
"""

from __future__ import annotations

from collections import Counter

from agentgym.files import canonical
from agentgym.tasks.chart import leaves
from agentgym.tasks.phrases import tells
from agentgym.tasks.progress import all_told, told
from agentgym.tasks.proof.knowing import untold
from agentgym.tasks.proof.trial import Trial, key
from agentgym.tasks.saying import says
from agentgym.types import Json, Revision, ToolCall
from agentgym.world.diff import typed
from agentgym.world.world import INTERNAL


def changes_by(trial: Trial) -> tuple[tuple[int, ...], ...]:
    """For each goal the places in the task's diff that are not as they should be where its calls are left out."""
    found: list[tuple[int, ...]] = []
    for goal in trial.task.goals:
        gold = trial.task.gold
        mine = [place for place in goal.calls if trial.writes(gold[place])]
        if not mine:
            found.append(())
            continue
        first = min(mine)
        rest = [call for place, call in enumerate(gold) if place >= first and place not in goal.calls]
        made = trial.after(rest, first) or ()
        left = {(change.table, change.key): change for change in made}
        found.append(
            tuple(
                place for place, change in enumerate(trial.task.diff) if left.get((change.table, change.key)) != change
            )
        )
    return tuple(found)


# -- goals ----------------------------------------------------------------------------------------


def goals(trial: Trial) -> str | None:
    """Each gold call, each change and each output is the doing of the goal that says so, and none is nobody's."""
    task = trial.task
    if not task.goals:
        return "the task has no goals: nobody could tell what is still to be done"
    calls = Counter(place for goal in task.goals for place in goal.calls)
    if calls != Counter(range(len(task.gold))):
        return f"the goals do not share out the calls: {sorted(calls.elements())} of {len(task.gold)} gold calls"
    covered = {place for goal in task.goals for place in goal.changes}
    if covered != set(range(len(task.diff))):
        return f"the goals do not cover the changes: {sorted(covered)} of {len(task.diff)}"
    for number, (goal, own) in enumerate(zip(task.goals, changes_by(trial), strict=True)):
        if not set(goal.changes) <= set(own):
            return f"a goal claims a change it does not make: goal {number}, {sorted(set(goal.changes) - set(own))}"
        if not goal.text.strip() or not (goal.calls or goal.refused):
            return f"a goal asks for nothing: goal {number}, {goal.text!r}"
        if task.writes and not (goal.changes or goal.outputs or goal.refused):
            return f"nobody can tell whether a goal is met: goal {number}, {goal.text!r}"
    return None


def outputs(trial: Trial) -> str | None:
    """What is to be told can be learned from the goal's results, and only there; and gold's report tells it."""
    task = trial.task
    for goal in task.goals:
        for value in goal.outputs:
            if value is None or isinstance(value, (bool, list, dict)) or not str(value).strip():
                return f"an output is not a value that words can carry: {value!r}"
            if not any(key(value) in trial.learned[place] for place in goal.calls):
                return f"an output is in no result: {value!r}"
            if _said(trial, value):
                return f"an output is said by the user: {value!r}"
    report = "; ".join(str(value) for value in task.outputs)
    if not all_told(task, told(task, report)):
        return f"the report of gold does not tell the outputs: {report!r}"
    return None


def _said(trial: Trial, value: Json) -> bool:
    """Whether anything that the user may say tells ``value``."""
    task = trial.task
    texts = (task.intent, *(fact.text for fact in task.facts), *(one.text for one in task.revisions))
    return says(" ; ".join(texts), value)


# -- what is forbidden ----------------------------------------------------------------------------


def refusals(trial: Trial) -> str | None:
    """A call that is to be refused is well made, about rows that exist, and refused before gold and after it."""
    for goal in trial.task.goals:
        for call in goal.refused:
            fault = _unfit(trial, call) or _accepted(trial, call)
            if fault is not None:
                return fault
    return None


def _unfit(trial: Trial, call: ToolCall) -> str | None:
    """Why the refusal would teach nothing about the domain's rules: the call is malformed, or about nothing."""
    tool = trial.world.loaded.tools.get(call.name)
    binding = trial.chart.bindings.get(call.name)
    if tool is None or binding is None or not tool.writes:
        return f"a refused call is of no tool that writes: {call.name}"
    try:
        tool.bind(call.arguments)
    except Exception as error:  # whatever a schema from the wild says
        return f"a refused call does not fit its schema: {call.name}: {error}"
    unknown = untold(trial, call)
    if unknown is not None:
        return f"a refused call cannot be known: {unknown}"
    for path, use in leaves(binding.uses):
        table = trial.chart.carries(binding, use)
        value = call.arguments.get(path)
        if table is None or value is None:
            continue
        if value not in trial.start.values(table, trial.chart.tables[table].primary_key):
            return f"a refused call names no row: {call.name} {path} = {value!r}"
    return None


def _accepted(trial: Trial, call: ToolCall) -> str | None:
    """Where the call is done after all, or breaks its tool."""
    for due, when in ((0, "at first"), (len(trial.task.gold), "after gold")):
        error = trial.refusal(call, due)
        if error is None:
            return f"a call that is to be refused is done: {call.name} {when}"
        if error.startswith(INTERNAL):
            return f"a refused call breaks its tool: {call.name} {when}: {error}"
    return None


# -- what is put right ----------------------------------------------------------------------------


def revisions(trial: Trial) -> str | None:
    """A user who puts something right says one value first, then the other; and who acts on the first has not won."""
    task = trial.task
    if len(task.revisions) > 1:
        return f"the user thinks again more than once: {len(task.revisions)} revisions"
    for revision in task.revisions:
        fault = _said_first(trial, revision) or (_slip if revision.kind == "slip" else _change)(trial, revision)
        if fault is not None:
            return fault
    return None


def _said_first(trial: Trial, revision: Revision) -> str | None:
    """The opening tells the first value and not the right one; the user's later sentence and a fact tell that."""
    fact = next((fact for fact in trial.task.facts if fact.label == revision.label), None)
    if fact is None:
        return f"a revision is of no fact: {revision.label!r}"
    if canonical(typed(fact.value)) == canonical(typed(revision.value)):
        return f"a revision puts nothing right: {revision.label} is {fact.value!r}"
    if not tells(trial.task.intent, revision.value):
        return f"the first value of a revision is not said: {revision.value!r}"
    if tells(trial.task.intent, fact.value):
        return f"the opening tells the right value already: {fact.value!r}"
    if not tells(revision.text, fact.value):
        return f"a revision does not tell the right value: {fact.value!r} is not in {revision.text!r}"
    return None if revision.calls else f"a revision misleads nobody: {revision.label} has no calls"


def _slip(trial: Trial, revision: Revision) -> str | None:
    """Calls with a wrong detail are refused, all of them, at the task's state."""
    for call in revision.calls:
        error = trial.refusal(call)
        if error is None:
            return f"a wrong detail goes unnoticed: {call.name} {call.arguments}"
        if error.startswith(INTERNAL):
            return f"a wrong detail breaks a tool: {call.name}: {error}"
    return None


def _change(trial: Trial, revision: Revision) -> str | None:
    """Calls for the first wish are done, are not enough, and gold makes good what they did."""
    if not trial.task.writes:
        return "a change of mind in a read-only task: its calls cannot be undone"
    trial.after(())
    for call in revision.calls:
        error = trial.world.call(call.name, call.arguments).error
        if error is not None:
            return f"the first wish of a change is refused: {call.name}: {error}"
    if trial.aligned(trial.world.diff()):
        return f"the first wish of a change is the last: {revision.label}"
    made = trial.after((*revision.calls, *trial.task.gold))
    return None if trial.aligned(made) else f"gold does not make good the first wish: {revision.label}"
