"""Laws that every tool of an imported domain is proven by, on the domain's own rows. They need no rule to judge by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from random import Random

from agentgym.build.proof.conduct import Conduct, broken_by, shown
from agentgym.build.proof.differential import Pair
from agentgym.build.proof.laws import BrokenLawError
from agentgym.importing.drawing import Caller
from agentgym.importing.shape import Shape
from agentgym.result import ToolResult
from agentgym.types import Rejection, ToolCall
from agentgym.world.load import LoadedDomain, load

_FITTING = 12  # calls of each tool that fit the rows
_MOST = 60  # of a tool that has not succeeded yet, or not changed anything


@dataclass(frozen=True)
class Proof:
    """What the gate found: tools that broke a law, and how often each law was tried."""

    failures: tuple[Rejection, ...]
    laws: dict[str, int]


def prove(folder: Path, shape: Shape, willing: Collection[str], seed: int = 0) -> Proof:
    """Try the laws on every tool; ``willing``: those that must succeed, and change something, on rows of their own.

    Raises ``DomainError`` or ``DialectError`` where the folder cannot be loaded at all.
    """
    loaded = load(folder)
    gate = _Gate(loaded, shape, Random(f"{loaded.domain.name}/import/{seed}"))
    failures: list[Rejection] = []
    for name in loaded.tools:
        try:
            gate.fit(name, name in willing)
        except BrokenLawError as broken:
            failures.append(broken_by(name, broken))
    if not failures:
        failures += gate.fuzz(gate.chance)
    return Proof(tuple(failures), dict(sorted(gate.laws.items())))


class _Gate(Conduct):
    """The laws, tried on calls that fit the rows."""

    def __init__(self, loaded: LoadedDomain, shape: Shape, chance: Random) -> None:
        super().__init__(loaded, Counter())
        self.chance = chance
        self.caller = Caller(shape, loaded.seed, chance)

    def fit(self, name: str, willing: bool) -> None:
        """Calls that fit the rows, each from the seed."""
        tool = self.loaded.tools[name]
        self.signature(tool)
        pair = Pair(self.loaded)
        succeeded = changed = 0
        refusal = "no call could be drawn"
        try:
            for attempt in range(_MOST if willing else _FITTING):
                if attempt >= _FITTING and succeeded and (changed or not tool.writes):
                    break
                arguments = self.caller.draw(tool.spec, agreeing=attempt % 2 == 0, full=attempt % 3 == 0)
                call = ToolCall(name=name, arguments=arguments)
                result, diff = self.once(pair, call)
                if attempt % 4 == 0:
                    again = self.once(pair, call)
                    self.law("the same call gives the same result", again == (result, diff), shown(call))
                self.judge(tool, call, result, bool(diff))
                succeeded += result.error is None
                changed += bool(diff)
                refusal = result.error or refusal
        finally:
            pair.close()
        if willing:
            self.law("a tool succeeds on its own rows", succeeded > 0, refusal)
            if tool.writes:
                self.law("a write changes something", changed > 0, f"{succeeded} calls changed nothing")

    def once(self, pair: Pair, call: ToolCall) -> tuple[ToolResult, tuple[object, ...]]:
        """A call from the seed rows, in the fast and in the stock world."""
        return self.both(pair, call, fresh=True), pair.worlds[0].diff()
