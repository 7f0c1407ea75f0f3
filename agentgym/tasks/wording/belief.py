"""What the user believes when they open, where a detail of it is wrong, and how they put that right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentgym.tasks.chart import Chart
from agentgym.tasks.phrases import quote
from agentgym.tasks.steps import RowId, Step, Wrong
from agentgym.tasks.wording import banks
from agentgym.tasks.wording.cast import ORDINALS
from agentgym.tasks.wording.facts import Facts
from agentgym.tasks.wording.manner import Voice
from agentgym.types import Claim, Json


@dataclass(frozen=True)
class Belief:
    """The steps and claims as the user has them in mind, and what the opening must therefore say."""

    steps: tuple[Step, ...]
    claims: Mapping[RowId, Claim]
    keys: Mapping[RowId, Json] = field(default_factory=dict)  # rows whose key they have wrong
    rows: frozenset[RowId] = frozenset()  # rows whose description they have wrong
    said: tuple[tuple[int, str], ...] = ()  # (step, argument) with a wrong value


def believed(chart: Chart, steps: Sequence[Step], claims: Mapping[RowId, Claim], wrong: Wrong | None) -> Belief:
    """What the user believes at first: all as it is, but for ``wrong``."""
    if wrong is None:
        return Belief(tuple(steps), claims)
    step = steps[wrong.step]
    pick = step.picks.get(wrong.path)
    if pick is not None:
        return Belief(tuple(steps), claims, keys={(pick.table, pick.key): wrong.value})
    name, *inner = wrong.path.split("/")
    arguments = {**step.call.arguments, name: _put(step.call.arguments[name], inner, wrong.value)}
    changed = replace(step, call=step.call.model_copy(update={"arguments": arguments}))
    binding = chart.bindings[step.call.name]
    use = next(use for use in binding.uses if use.parameter == name)
    right = (use.column, step.call.arguments[name])
    mistaken = {
        row: claim.model_copy(
            update={
                "conditions": tuple((use.column, wrong.value) if pair == right else pair for pair in claim.conditions)
            }
        )
        for row, claim in claims.items()
        if not binding.writes and binding.table in (claim.table, claim.of) and right in claim.conditions
    }
    return Belief(
        (*steps[: wrong.step], changed, *steps[wrong.step + 1 :]),
        {**claims, **mistaken},
        rows=frozenset(mistaken),
        said=((wrong.step, name),),
    )


def put_right(facts: Facts, steps: Sequence[Step], wrong: Wrong | None, voice: Voice) -> tuple[str, str]:
    """The label of the fact that has the right value, and the sentence that tells it; "" where nothing is wrong."""
    if wrong is None:
        return "", ""
    pick = steps[wrong.step].picks.get(wrong.path)
    label = facts.keys[pick.table, pick.key] if pick is not None else facts.labels[wrong.step, wrong.path]
    form = voice.one(banks.SLIPS if wrong.kind == "slip" else banks.CHANGES)
    said = re.sub(rf"^(?:{'|'.join(ORDINALS)}) (?:new )?| \(\d+\)$", "", label)
    text = form.format(label=said, right=quote(facts.told[label].value), wrong=quote(wrong.value))
    return label, text.replace('.".', '."')


def _put(value: Json, path: Sequence[str], new: Json) -> Json:
    """``value`` with what stands at ``path`` replaced: ("0", "quantity") of the lines of an order."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, list):
        place = int(first)
        return [*value[:place], _put(value[place], rest, new), *value[place + 1 :]]
    return {**value, first: _put(value[first], rest, new)}
