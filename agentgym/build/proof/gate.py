"""Prove a built domain, or reject its tools with a reason.

Every tool runs on its own seed rows under the laws of laws.py; one without a binding, such as an authored or imported
one, under those of conduct.py. A law that found no case to try is not counted as proven.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from agentgym.build.proof.conduct import Conduct, broken_by
from agentgym.build.proof.laws import BrokenLawError, Prover
from agentgym.types import Record, Rejection
from agentgym.world.load import load
from agentgym.world.world import World


class GateReport(Record):
    """What the gate found: how often each law was exercised, and which tools broke one."""

    domain: str
    passed: tuple[str, ...]  # tools that broke no law; with a binding, they succeeded at least once
    failures: tuple[Rejection, ...]
    laws: dict[str, int]  # law -> cases tried over all tools
    coverage: dict[str, int]  # law -> tools that had a case of it


def prove(folder: Path, seed: int = 0) -> GateReport:
    """Run the laws on a domain folder. Raises DomainError or DialectError where it cannot be loaded at all."""
    loaded = load(folder)
    world = World(loaded)
    laws: Counter[str] = Counter()
    coverage: Counter[str] = Counter()
    failures: list[Rejection] = []
    passed: list[str] = []
    try:
        prover = Prover(loaded, world, laws)
        for binding in loaded.domain.bindings:
            before = laws.copy()
            try:
                prover.tool(binding, Random(f"{loaded.domain.name}/{binding.tool}/{seed}"))
            except BrokenLawError as broken:
                failures.append(broken_by(loaded.tools[binding.tool].spec.id, broken))
            else:
                passed.append(binding.tool)
            coverage.update(law for law, count in laws.items() if count > before[law])
        free = sorted(set(loaded.tools) - {binding.tool for binding in loaded.domain.bindings})
        before = laws.copy()
        wrong = _behaving(Conduct(loaded, laws), free, Random(f"{loaded.domain.name}/conduct/{seed}"))
        failures += wrong
        passed = sorted({*passed, *free} - {one.subject for one in wrong})
        coverage.update({law: len(free) for law, count in laws.items() if count > before[law]})
    finally:
        world.close()
    return GateReport(
        domain=loaded.domain.name,
        passed=tuple(passed),
        failures=tuple(failures),
        laws=dict(sorted(laws.items())),
        coverage=dict(sorted(coverage.items())),
    )


def _behaving(conduct: Conduct, tools: Sequence[str], chance: Random) -> list[Rejection]:
    """The laws that tools without a binding break."""
    failures: list[Rejection] = []
    for name in tools:
        try:
            conduct.signature(conduct.loaded.tools[name])
        except BrokenLawError as broken:
            failures.append(broken_by(name, broken))
    return failures or (conduct.fuzz(chance) if tools else [])
