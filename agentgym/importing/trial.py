"""Candidates of tools against recorded calls: the calls choose among the readings of a tool, and contradict wrong ones.

Every candidate of a tool runs on the very state that a recorded call met. A sequence is followed as long as that state
is known: up to the first write that nothing binds, or an answer that differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agentgym.importing.bound import EMPTY, LENGTH, MISSING, STATUS, Bound
from agentgym.importing.examples import RecordedCall, Recording, is_refusal, text_of, value_of
from agentgym.importing.saying import Said
from agentgym.types import Json, ToolSpec
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World

REASONS = (MISSING, STATUS, LENGTH, EMPTY)  # what the functions of a trial refuse with, in place of words
_ROUNDS = 12  # times that all sequences are run: each choice may change what another one meets
_SHOWN = 200  # characters of a value in a counterexample


@dataclass
class Standing:
    """How one candidate did on the recorded calls of one round."""

    shown: int = 0  # calls that it answered as recorded
    exact: int = 0  # of these, with the members in the same order
    early: int = 0  # of these, before anything was written
    wrong: str = ""  # the first counterexample before anything was written
    late: str = ""  # the first one after that
    blamed: tuple[str, int] | None = None  # the candidate that had written last before ``late``
    words: dict[str, set[str]] = field(default_factory=dict)  # why it refused -> how the real system says it

    @property
    def contradiction(self) -> str:
        return self.wrong or ("" if self.innocent else self.late)

    @property
    def innocent(self) -> bool:
        """Whether what differs after a write is the write's fault: until then all was right."""
        return bool(self.early) and not self.wrong


@dataclass(frozen=True)
class Choice:
    """What recorded calls make of a tool: the candidate that they leave, or why they leave none."""

    at: int | None  # its place among the candidates
    calls: int  # that show it
    words: tuple[tuple[str, str], ...]  # why it refuses, and how the real system always says it
    contradiction: str  # where ``at`` is None: what contradicts the most plausible one; "" where no call shows any


def trial_name(tool: int, candidate: int) -> str:
    """What a candidate's function is called in the domain in which all of them are tried."""
    return f"t{tool}c{candidate}"


class Trial:
    """All candidates of all tools in one world."""

    def __init__(
        self,
        loaded: LoadedDomain,
        specs: Mapping[str, ToolSpec],
        candidates: Mapping[str, Sequence[Bound]],
        recordings: Sequence[Recording],
    ) -> None:
        """``loaded`` has a tool ``trial_name(i, j)`` for candidate ``j`` of the ``i``-th tool of ``candidates``."""
        self.world = World(loaded)
        self.looks = {name for name, spec in specs.items() if Said(spec).looks}
        self.candidates, self.recordings = candidates, recordings
        self.number = {tool: at for at, tool in enumerate(candidates)}
        self.keys = {str(row[table.primary_key]) for table in loaded.domain.tables for row in loaded.seed[table.name]}
        self.refuted: dict[tuple[str, int], str] = {}  # writes, by what was read after them
        self.standings: dict[tuple[str, int], Standing] = {}

    def settle(self) -> dict[str, Choice]:
        """Choose a candidate for each tool, in rounds until nothing changes."""
        chosen: dict[str, int | None] = dict.fromkeys(self.candidates, 0)
        try:
            for _ in range(_ROUNDS):
                self.standings = {
                    (tool, at): Standing() for tool, many in self.candidates.items() for at in range(len(many))
                }
                for number, recording in enumerate(self.recordings, 1):
                    self._follow(f"line {number}", recording, chosen)
                found = self._refute(chosen)
                better = {tool: self._best(tool) for tool in self.candidates}
                if better == chosen and not found:
                    break
                chosen = better
        finally:
            self.world.close()
        return {tool: self._choice(tool, at) for tool, at in chosen.items()}

    def _follow(self, line: str, recording: Recording, chosen: Mapping[str, int | None]) -> None:
        """Run one sequence as far as its state is known."""
        self.world.reset()
        written: tuple[str, int] | None = None
        for place, call in enumerate(recording.calls, 1):
            many = self.candidates.get(call.name, ())
            at = chosen.get(call.name)
            for other in range(len(many)):
                if other != at:
                    parked = self.world.park()
                    self._try(call, other, f"{line}, call {place}", written)
                    self.world.resume(parked)
            if at is None:
                if call.name in self.looks:
                    continue
                return
            if not self._try(call, at, f"{line}, call {place}", written):
                return
            if many[at].writes:
                written = call.name, at

    def _try(self, call: RecordedCall, at: int, place: str, written: tuple[str, int] | None) -> bool:
        """Run one candidate and note how it did; whether it did as recorded."""
        standing = self.standings[call.name, at]
        result = self.world.call(trial_name(self.number[call.name], at), call.arguments)
        if result.error is not None:
            right = is_refusal(call.output, self.keys)
            if right and result.error in REASONS and isinstance(call.output, str):
                standing.words.setdefault(result.error, set()).add(call.output)
            answer: Json = f"a refusal ({result.error})"
        else:
            answer, recorded = result.content, value_of(call.output)
            right = answer == recorded
            standing.shown += right
            standing.early += right and written is None
            standing.exact += right and text_of(answer) == text_of(recorded)
        if not right:
            asked, gave, ours = (text_of(one)[:_SHOWN] for one in (call.arguments, call.output, answer))
            detail = f"{place}: {asked} gave {gave}, not {ours}"
            if written is None:
                standing.wrong = standing.wrong or detail
            elif not standing.late:
                standing.late, standing.blamed = f"{detail}, after {written[0]}", written
        return right

    def _refute(self, chosen: Mapping[str, int | None]) -> bool:
        """Reject the writes after which tools that were right until then read something else."""
        found = False
        for tool, at in chosen.items():
            standing = self.standings[tool, at] if at is not None else None
            if standing is None or not standing.late or not standing.innocent or self.candidates[tool][at or 0].writes:
                continue
            if standing.blamed is not None and standing.blamed not in self.refuted:
                self.refuted[standing.blamed] = f"{tool}, {standing.late}"
                found = True
        return found

    def _best(self, tool: str) -> int | None:
        """The candidate that the calls leave and show best; among equals the most plausible."""
        left = [
            at
            for at, one in enumerate(self.candidates[tool])
            if not self._contradiction(tool, at) and (one.sure or self.standings[tool, at].shown)
        ]
        standings = {at: self.standings[tool, at] for at in left}
        return max(left, key=lambda at: (standings[at].exact, standings[at].shown, -at), default=None)

    def _contradiction(self, tool: str, at: int) -> str:
        return self.refuted.get((tool, at), "") or self.standings[tool, at].contradiction

    def _choice(self, tool: str, at: int | None) -> Choice:
        if at is None:
            found = [self._contradiction(tool, other) for other in range(len(self.candidates[tool]))]
            return Choice(None, 0, (), next(filter(None, found), ""))
        standing = self.standings[tool, at]
        words = tuple((why, next(iter(texts))) for why, texts in sorted(standing.words.items()) if len(texts) == 1)
        return Choice(at, standing.shown, words, "")
