"""One episode of τ²-bench: the official environment answers calls, the official evaluator scores the trajectory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentgym.evaluate.benchmark import Answer, Ending, Outcome
from agentgym.evaluate.dialogue import CUT, Dialogue
from agentgym.evaluate.endless import endless
from agentgym.evaluate.garbage import uncollected
from agentgym.evaluate.tau2.official import Official
from agentgym.evaluate.tau2.users import Caller
from agentgym.play.rollouts.interaction import Waits
from agentgym.spaces import REFUSED, Call
from agentgym.types import Json

_CUT = Answer(f"{REFUSED}the conversation has been cut off, it was too long", CUT)


class Tau2Episode(Dialogue[Caller]):
    """Keeps the trajectory that the official orchestrator would, in its order, without its threads and clocks.

    ``max_steps`` are counted as it counts them: whatever agent, user or environment does is one.
    """

    def __init__(self, code: Official, task: Any, environment: Any, caller: Caller, max_steps: int) -> None:
        """``environment`` stands where ``task`` starts, and belongs to this episode, as does ``task``."""
        super().__init__(caller)
        self.tools: Sequence[Json] = [tool.openai_schema for tool in environment.get_tools()]
        self.policy: str = code.agent(llm="", tools=[], domain_policy=environment.get_policy()).system_prompt
        self.max_steps = max_steps
        self._code = code
        self._task = task
        self._environment = environment
        self._trajectory = [code.greeting.model_copy(deep=True)]
        self._steps = 0
        self._calls = 0
        self._over: Answer | None = None  # the user ended it with the opening already

    def call(self, call: Call) -> Answer:
        refusal = endless(call)
        if self._over or refusal is not None:
            return self._over or Answer(str(refusal))
        self._calls += 1
        asked = self._code.message.ToolCall(id=f"call_{self._calls}", name=call.name, arguments=call.arguments)
        self._trajectory.append(self._code.message.AssistantMessage(role="assistant", tool_calls=[asked]))
        if self._tired():
            return _CUT
        (answer,) = self._run([asked])
        return Answer(answer.content, CUT if self._tired() else None)

    def close(self) -> None:
        self._environment = None  # a database

    def _begin(self) -> Waits[str]:
        answer = yield from self._user(self._trajectory[:])
        if answer.outcome is not None:
            self._over = answer
        return answer.text

    def _say(self, text: str) -> Waits[Answer]:
        if self._over:
            return self._over
        said = self._code.message.AssistantMessage(role="assistant", content=text)
        self._trajectory.append(said)
        if self._tired():
            return _CUT
        return (yield from self._user([said]))

    def _user(self, heard: Sequence[Any]) -> Waits[Answer]:
        """The user's turn: calls of its own tools, until it says something."""
        while True:
            said = yield from self._caller.hear(heard)
            self._trajectory.append(said)
            if self._tired():
                return _CUT
            if not said.is_tool_call():
                break
            heard = self._run(said.tool_calls)
            if self._tired():
                return _CUT
        text = str(said.content)
        for sign, ending in self._code.endings.items():
            if sign in text:
                return Answer(text, self._scored(ending))
        return Answer(text)

    def _run(self, calls: Sequence[Any]) -> list[Any]:
        """The environment's answers."""
        answers = [self._environment.get_response(call) for call in calls]
        self._environment.sync_tools()
        self._trajectory.extend(answers)
        return answers

    def _tired(self) -> bool:
        """Count a step; whether it was the last one."""
        self._steps += 1
        return self._steps >= self.max_steps

    def _scored(self, ending: Ending) -> Outcome:
        """What the official evaluator makes of the trajectory; parts of the reward by their names."""
        code = self._code
        run = code.simulation.SimulationRun(
            id="", task_id=self._task.id, start_time="", end_time="", duration=0.0,
            termination_reason=code.simulation.TerminationReason.USER_STOP, messages=self._trajectory,
        )  # fmt: skip
        kind, domain = code.evaluator.EvaluationType.ALL, self._environment.get_domain_name()
        with uncollected():
            info = code.evaluator.evaluate_simulation(run, self._task, kind, solo_mode=False, domain=domain)
        parts = {part.value.lower(): float(reward) for part, reward in (info.reward_breakdown or {}).items()}
        return Outcome(float(info.reward), ending, parts)
