"""Agents that do not do their task. A sound verifier pays none of them.

Each is a plan of calls, made as far as they succeed. They are judged as if they told the user everything there is to
tell, and all but the last after every call, since a user who is content ends the episode at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.trial import Columns, Trial
from agentgym.types import Binding, Json, Schema, ToolCall, Use

Policy = Callable[[Trial], Iterator[ToolCall]]
_CALLS = 20


def nothing(trial: Trial) -> Iterator[ToolCall]:
    """Makes no call."""
    return iter(())


def read_everything(trial: Trial) -> Iterator[ToolCall]:
    """Calls every reading tool, bare where it can be, else on the first rows there are."""
    made = 0
    for tool, binding in trial.chart.bindings.items():
        for number in range(2 if trial.chart.required(tool) else 1):
            if not binding.writes and made < _CALLS:
                made += 1
                yield _plausible(trial.chart, trial.start, tool, number)


def at_random(trial: Trial) -> Iterator[ToolCall]:
    """Calls any tools with plausible arguments."""
    rng = random.Random(f"careless {trial.task.intent}")  # not its id, which a task is given once it is proven
    tools = list(trial.chart.bindings)
    for _ in range(_CALLS // 2):
        yield _plausible(trial.chart, trial.start, rng.choice(tools), rng.randrange(12))


def error_spam(trial: Trial) -> Iterator[ToolCall]:
    """Calls the right tools with arguments that make no sense."""
    for call in trial.task.gold:
        for arguments in ({}, dict.fromkeys(call.arguments, "?"), {**call.arguments, "unknown argument": 1}):
            yield ToolCall(name=call.name, arguments=arguments)


def every_key(trial: Trial) -> Iterator[ToolCall]:
    """Makes each writing call of gold with all the keys there are for one argument, its other arguments right."""
    for call in trial.task.gold:
        binding = trial.chart.bindings.get(call.name)
        if binding is None or not binding.writes:
            continue
        for use in binding.uses:
            table = trial.chart.carries(binding, use) if call.arguments.get(use.parameter) is not None else None
            if use.role == "key":
                yield from _every_row(trial, binding, call, use)
            elif table is not None and use.role != "scope":
                for key in trial.start.values(table, trial.chart.tables[table].primary_key):
                    yield ToolCall(name=call.name, arguments={**call.arguments, use.parameter: key})


def _every_row(trial: Trial, binding: Binding, call: ToolCall, use: Use) -> Iterator[ToolCall]:
    """``call`` about each row of its table, with the row's own scope: gold's would single out gold's row.

    Gold's row comes last: whoever has done it for another one has lost, the sooner, the cheaper.
    """
    scopes = [other for other in binding.uses if other.role == "scope" and other.parameter in call.arguments]
    for row in trial.start.rows(binding.table):
        if row.get(use.column) != call.arguments.get(use.parameter):
            scope = {other.parameter: row.get(other.column) for other in scopes}
            yield ToolCall(name=call.name, arguments={**call.arguments, **scope, use.parameter: row.get(use.column)})
    yield call


POLICIES: dict[str, Policy] = {
    "null": nothing,
    "read everything": read_everything,
    "random calls": at_random,
    "error spam": error_spam,
    "every key": every_key,
}


def pays(trial: Trial, policy: Policy) -> bool:
    """Whether ``policy`` earns the task's reward."""
    halfway = policy is not every_key  # it tries all keys blindly; one that asks after each has guessed the rest
    return _by_state(trial, policy, halfway) if trial.task.writes else _by_calls(trial, policy)


def _by_state(trial: Trial, policy: Policy, halfway: bool) -> bool:
    """Judged by the state that the calls leave, after each of them where ``halfway``.

    It is given up once it has changed what gold leaves alone: nobody careless puts that right again.
    """
    world = trial.world
    mine = {(change.table, change.key) for change in trial.task.diff}
    won = trial.aligned(trial.after(()))
    for call in policy(trial):
        if halfway and won:
            return True
        if trial.writes(call) and world.call(call.name, call.arguments).error is None:
            diff = world.diff()
            won = trial.aligned(diff)
            if not won and any((change.table, change.key) not in mine for change in diff):
                return False
    return won


def _by_calls(trial: Trial, policy: Policy) -> bool:
    """Judged by the calls that succeed, in order: they win where they begin with all of gold.

    Who reads everything wins if gold is among it at all: nothing says in which order they go about it.
    """
    gold = trial.task.gold
    calls = list(policy(trial))
    complete = all(any(trial.is_gold(call, number) for call in calls) for number in range(len(gold)))
    if not complete or not gold or policy is read_everything:
        return complete  # where it lacks a call there is no need to make them
    trial.after(())
    made = 0
    for call in calls:
        if trial.world.call(call.name, call.arguments).error is None:
            if not trial.is_gold(call, made):
                return False
            made += 1
            if made == len(gold):
                return True
    return False


def _plausible(chart: Chart, columns: Columns, tool: str, number: int) -> ToolCall:
    """A call of ``tool`` with its required arguments, each the ``number``-th row or value there is."""
    schemas: Schema = chart.specs[tool].parameters.get("properties") or {}
    required = chart.required(tool)
    arguments = {
        use.parameter: _guess(chart, columns, tool, use, schemas.get(use.parameter, {}), number)
        for use in chart.bindings[tool].uses
        if use.parameter in required
    }
    return ToolCall(name=tool, arguments=arguments)


def _guess(chart: Chart, columns: Columns, tool: str, use: Use, schema: Schema, number: int) -> Json:
    """The ``number``-th value of the column the argument is compared with; failing that, one of its type."""
    if schema.get("enum"):
        return schema["enum"][number % len(schema["enum"])]
    if use.role == "lines":
        items = schema.get("items") or {}
        inner = items.get("properties") or {}
        return [
            {
                item.parameter: _guess(chart, columns, tool, item, inner.get(item.parameter, {}), number)
                for item in use.items
            }
        ]
    present = columns.values(use.table or chart.bindings[tool].table, use.column)
    if present:
        return present[number % len(present)]
    return {"integer": 1 + number, "number": 1.0 + number, "boolean": True, "array": [], "object": {}}.get(
        str(schema.get("type")), "x"
    )
