"""An episode in which an agent acts on a world, and the state that it leaves behind is compared."""

from __future__ import annotations

import json
from typing import NamedTuple

from agentgym.evaluate.acebench.judging import judge_state, misspelt, progress
from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.prompts import FINISH, policy_of
from agentgym.evaluate.acebench.schemas import tools_of
from agentgym.evaluate.acebench.tasks import Item
from agentgym.evaluate.acebench.world import World
from agentgym.evaluate.acebench.written import read_calls
from agentgym.evaluate.benchmark import Answer, Ending, Outcome
from agentgym.evaluate.callers import Caller
from agentgym.evaluate.dialogue import Dialogue
from agentgym.play.rollouts.interaction import Waits
from agentgym.spaces import Call
from agentgym.types import Json

_SHOWN = 3  # differences that a record keeps
_LONG = 400  # characters of each, which may quote two states


class Limits(NamedTuple):
    """After what an episode is cut off."""

    turns: int  # of the agent: the calls of a turn count once, together
    steps: int  # calls and messages


class AgentEpisode(Dialogue[Caller]):
    """Ends when agent or user say so. What is left then is judged, and after too many turns or steps as well.

    Where nobody says where a turn ends, as in the Gymnasium environment, messages alone are counted as turns.
    """

    def __init__(self, code: Official, item: Item, caller: Caller, limits: Limits) -> None:
        super().__init__(caller)
        tools = tools_of(item.functions)
        self.tools = tools.offered
        self.policy = policy_of(code, item)
        self.max_steps = limits.steps
        self._limit = limits.turns
        self._turns = self._messages = 0
        self._code, self._item, self._names = code, item, tools.names
        self._world = World(code, item)

    def call(self, call: Call) -> Answer:
        return Answer(self._world.call(Call(self._names.get(call.name, call.name), call.arguments)))

    def turn_over(self) -> Outcome | None:
        self._turns += 1
        return self.cut() if self._turns >= self._limit else None

    def cut(self) -> Outcome:
        return self._judged("max_steps")

    def close(self) -> None:
        """It holds nothing but memory."""

    def _begin(self) -> Waits[str]:
        return (yield from self._caller.open())

    def _say(self, text: str) -> Waits[Answer]:
        self._messages += 1
        written = read_calls(text)
        if written:
            reply = json.dumps([self._world.call(call) for call in written], ensure_ascii=False)
        elif FINISH in text:
            return Answer("", self._judged("user_done"))
        else:
            reply = yield from self._caller.reply(text)
            if FINISH in reply:
                return Answer(reply, self._judged("user_done"))
        return Answer(reply, self.cut() if self._messages >= self._limit else None)

    def _judged(self, stop: Ending) -> Outcome:
        """The process counts in full where the end is right, as in the official evaluation."""
        right, differs = judge_state(self._code, self._item, self._world.state())
        made = 1.0 if right else progress(self._item, self._world.calls)
        detail: dict[str, Json] = {"process": {self._item.category: made}}
        unknown = misspelt(self._item)
        detail |= {"not compared": unknown} if unknown else {}
        detail |= {} if right else {"differs": [one[:_LONG] for one in differs[:_SHOWN]]}
        return Outcome(float(right), stop, detail)
