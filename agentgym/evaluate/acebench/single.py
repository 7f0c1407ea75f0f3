"""An episode of one turn: a conversation is read, and calls, or a complaint, answer it."""

from __future__ import annotations

from agentgym.evaluate.acebench.judging import judge_calls, judge_words
from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.prompts import opening_of, policy_of
from agentgym.evaluate.acebench.schemas import tools_of
from agentgym.evaluate.acebench.tasks import SPECIAL, Item
from agentgym.evaluate.acebench.written import read_calls
from agentgym.evaluate.benchmark import Answer, Outcome
from agentgym.spaces import Call

_NOTED = "The request is noted. Nothing runs it here."
_SILENT = Outcome(0.0, "turn_over", {"refused": "nothing said"})  # where something is to be pointed out


class SingleTurn:
    """The agent's first turn is its answer: all of its calls, or what it says where it calls nothing.

    Where there are no turns, as in the Gymnasium environment, calls are gathered until something is said.
    """

    def __init__(self, code: Official, item: Item, max_steps: int) -> None:
        tools = tools_of(item.functions)
        self.tools = tools.offered
        self.policy = policy_of(code, item)
        self.max_steps = max_steps
        self.spent: dict[str, float] = {}
        self._code, self._item, self._names = code, item, tools.names
        self._special = item.category.startswith(SPECIAL)
        self._calls: list[Call] = []

    def begin(self) -> str:
        return opening_of(self._code, self._item)

    def call(self, call: Call) -> Answer:
        if self._special:
            return Answer(_NOTED, _SILENT)
        self._calls.append(Call(self._names.get(call.name, call.name), call.arguments))
        return Answer(_NOTED)

    def say(self, text: str) -> Answer:
        if self._special:
            return Answer("", Outcome(float(judge_words(self._code, self._item, text)), "turn_over"))
        # The official runner reads a text without its spaces and line breaks.
        return Answer("", self._judged(self._calls or read_calls("".join(text.split())) or []))

    def turn_over(self) -> Outcome:
        return _SILENT if self._special else self._judged(self._calls)

    def cut(self) -> Outcome:
        return self.turn_over()._replace(stop="max_steps")

    def close(self) -> None:
        """It holds nothing."""

    def _judged(self, calls: list[Call]) -> Outcome:
        """``as_written`` is what the verdict were if the official runner left the spaces in values alone."""
        right, error = judge_calls(self._code, self._item, calls)
        if right:
            return Outcome(1.0, "turn_over", {"as_written": 1.0})
        forgiven, _ = judge_calls(self._code, self._item, calls, spaces=True)
        return Outcome(0.0, "turn_over", {"as_written": float(forgiven), "refused": error})
