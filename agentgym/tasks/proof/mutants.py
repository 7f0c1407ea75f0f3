"""Gold with one thing wrong: a step left out, an argument changed. A sound verifier tells each of them from gold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agentgym.tasks.proof.careless import POLICIES, pays
from agentgym.tasks.proof.kills import Kills
from agentgym.tasks.proof.knowing import vital
from agentgym.tasks.proof.perturb import perturbations
from agentgym.tasks.proof.trial import Trial


@dataclass(frozen=True)
class Mutant:
    """One change to gold, and whether it was found out."""

    step: int
    path: str  # of the argument that was changed; "" for a step left out
    killed: bool


def dropped(trial: Trial) -> Iterator[Mutant]:
    """Each gold call left out. ``trial`` has been replayed.

    A write that is missing shows in the state, and any call that is missing in the calls of a read-only task. A read of
    a writing task shows in what can be known: without it, a later argument or an output would have to be guessed.
    """
    task, gold = trial.task, trial.task.gold
    telling = vital(trial) if task.writes else frozenset()
    for step, call in enumerate(gold):
        if not task.writes:
            yield Mutant(step, "", True)  # exact match wants as many calls
        elif trial.writes(call):
            yield Mutant(step, "", not trial.aligned(trial.after(gold[step + 1 :], step)))
        else:
            yield Mutant(step, "", step in telling)


def perturbed(trial: Trial) -> Iterator[Mutant]:
    """Each argument changed that the reward looks at: of all calls of a read-only task, else of those that write.

    A changed call that errs is found out, as a call left out is. What a read of a writing task is asked by is free, as
    long as it teaches what gold needs: a wider search that finds the same order is no mistake.
    """
    gold = trial.task.gold
    for step, call in enumerate(gold):
        if trial.task.writes and not trial.writes(call):
            continue
        for path, arguments in perturbations(trial.chart, trial.start, call):
            changed = call.model_copy(update={"arguments": arguments})
            if trial.task.writes:
                same = trial.aligned(trial.after((changed, *gold[step + 1 :]), step, vital=True))
            else:
                same = trial.is_gold(changed, step)
            yield Mutant(step, path, not same)


def tried(trial: Trial) -> Kills:
    """All mutants and careless policies of one task. ``trial`` has been replayed."""
    steps, arguments = list(dropped(trial)), list(perturbed(trial))
    return Kills(
        tasks=1,
        steps=len(steps),
        steps_killed=sum(mutant.killed for mutant in steps),
        arguments=len(arguments),
        arguments_killed=sum(mutant.killed for mutant in arguments),
        policies={name: int(pays(trial, policy)) for name, policy in POLICIES.items()},
    )
