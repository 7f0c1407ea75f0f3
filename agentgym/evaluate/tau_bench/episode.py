"""One episode of τ-bench: the official environment steps and scores, we only speak for the user."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from agentgym.evaluate.benchmark import Answer, Ending, Outcome
from agentgym.evaluate.callers import Caller
from agentgym.evaluate.dialogue import Dialogue
from agentgym.evaluate.endless import endless
from agentgym.evaluate.garbage import uncollected
from agentgym.play.rollouts.interaction import Waits
from agentgym.spaces import REFUSED, RESPOND, Call
from agentgym.types import Json


class TauEpisode(Dialogue[Caller]):
    """Drives an official ``Env``.

    The official agent makes only the first of several calls of a turn; here all are made, in order.
    """

    def __init__(
        self,
        start: Callable[[], Any],
        action: Callable[..., Any],
        caller: Caller,
        tools: Sequence[Json],
        policy: str,
        max_steps: int,
    ) -> None:
        """``start`` makes an official ``Env`` at the start of its task; ``action`` is the official class of actions;
        after ``max_steps`` actions the episode is cut off, which scores 0.
        """
        super().__init__(caller)
        self.tools = tools
        self.policy = policy
        self.max_steps = max_steps
        self._start = start
        self._action = action
        self._official: Any = None  # a database of 5 MB: only while it is played
        self._mouth = _Mouth()

    def call(self, call: Call) -> Answer:
        refusal = endless(call)
        if refusal is None and call.name not in self._official.tools_map:
            refusal = f"{REFUSED}Unknown action {call.name}"  # the official words, as an error like others
        if refusal is not None:
            return Answer(refusal)
        return self._step(call.name, call.arguments, "transferred")

    def close(self) -> None:
        self._official = None

    def _begin(self) -> Waits[str]:
        with uncollected():
            self._official = official = self._start()
        official.task = copy.deepcopy(official.task)  # tools keep what they are given and edit it, gold's as well
        official.user = self._mouth
        return (yield from self._caller.open())

    def _say(self, text: str) -> Waits[Answer]:
        self._mouth.words = yield from self._caller.reply(text)
        return self._step(RESPOND, {"content": text}, "user_done")

    def _step(self, name: str, arguments: dict[str, Json], ending: Ending) -> Answer:
        with uncollected():
            response = self._official.step(self._action(name=name, kwargs=arguments))
        if not response.done:
            return Answer(response.observation)
        result = response.info.reward_info
        outputs = getattr(result.info, "outputs", None)  # where the task wants something told
        detail = {"outputs": sum(outputs.values()) / len(outputs)} if outputs else {}
        return Answer(response.observation, Outcome(float(result.reward), ending, detail))


class _Mouth:
    """The official environment's user: what it says has been thought out before the step."""

    words = ""

    def step(self, content: str) -> str:
        return self.words

    def get_total_cost(self) -> float:
        return 0.0  # the episode counts what the user's model has spent
