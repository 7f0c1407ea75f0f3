"""Laws that need no binding to judge by: how any tool has to behave, whoever wrote it."""

from __future__ import annotations

from collections import Counter
from random import Random

from agentgym.build.proof.differential import DifferenceError, Pair
from agentgym.build.proof.fuzz import Fuzzer
from agentgym.build.proof.laws import BrokenLawError
from agentgym.build.proof.signatures import signature_cases
from agentgym.result import ToolResult
from agentgym.types import Rejection, ToolCall
from agentgym.world.load import LoadedDomain, Tool
from agentgym.world.world import INTERNAL

_FUZZED = 20  # calls a tool, on average
_TOGETHER = 20  # calls from one reset to the next
_SHOWN = 200  # characters of a call's arguments


class Conduct:
    """The laws, for one loaded domain: counted in ``laws``, and ``BrokenLawError`` where one does not hold."""

    def __init__(self, loaded: LoadedDomain, laws: Counter[str]) -> None:
        self.loaded, self.laws = loaded, laws

    def law(self, law: str, holds: bool, detail: str) -> None:
        self.laws[law] += 1
        if not holds:
            raise BrokenLawError(law, detail)

    def signature(self, tool: Tool) -> None:
        """The function takes what the specification says."""
        for law, holds, detail in signature_cases(tool):
            self.law(law, holds, detail)

    def both(self, pair: Pair, call: ToolCall, *, fresh: bool) -> ToolResult:
        """The answer of the fast world, which is that of the stock one; ``fresh``: from the seed rows."""
        law = "the fast session answers as the stock one"
        try:
            if fresh:
                pair.reset()
            result = pair.call(call)
        except DifferenceError as error:
            raise BrokenLawError(law, f"{shown(call)}: {error.args}") from error
        self.laws[law] += 1
        return result

    def judge(self, tool: Tool, call: ToolCall, result: ToolResult, changed: bool) -> None:
        """What must hold after any call."""
        error = result.error or ""
        self.law("a tool raises nothing but ToolError", not error.startswith(INTERNAL), f"{shown(call)} -> {error}")
        if result.error is not None:
            self.law("a refusal leaves no trace", not changed, shown(call))
        elif not tool.writes:
            self.law("a read changes nothing", not changed, shown(call))

    def fuzz(self, chance: Random) -> list[Rejection]:
        """Calls of every kind, one after the other in the same worlds; at most one failure: worlds differ after it."""
        fuzzer = Fuzzer(self.loaded, chance)
        pair = Pair(self.loaded)
        last = ""  # the tool that was called last: a name that is none changes nothing
        try:
            for attempt in range(_FUZZED * len(self.loaded.tools)):
                call = fuzzer.draw(self.loaded.seed)
                tool = self.loaded.tools.get(call.name)
                last = call.name if tool is not None else last
                fresh = attempt % _TOGETHER == 0
                before = () if fresh else pair.worlds[0].diff()
                result = self.both(pair, call, fresh=fresh)
                if tool is not None:
                    self.judge(tool, call, result, pair.worlds[0].diff() != before)
        except BrokenLawError as broken:
            return [broken_by(last, broken)]
        finally:
            pair.close()
        return []


def broken_by(subject: str, broken: BrokenLawError) -> Rejection:
    """The record of a law that a tool broke."""
    law, detail = broken.args
    return Rejection(stage="gate", subject=subject, reason=law, detail=detail[:500])


def shown(call: ToolCall) -> str:
    """A call's arguments, for a detail."""
    return repr(call.arguments)[:_SHOWN]
