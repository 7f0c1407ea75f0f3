"""A benchmark as a Gymnasium environment, such as ``envscale/tau-retail-v0``, with our actions and observations."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.error import ResetNeeded

from agentgym.episode import Step
from agentgym.errors import LLMError, TaskError
from agentgym.evaluate.benchmark import Answer, Benchmark, Episode, Outcome, Setup, T
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.course import Course, driven
from agentgym.files import digest
from agentgym.llm import Options
from agentgym.play.rollouts.interaction import Waits
from agentgym.play.rollouts.waiting import Waiter
from agentgym.spaces import REFUSED, Action, Observation
from agentgym.types import Json


class BenchmarkEnv(gymnasium.Env[str, str]):
    """Episodes of a benchmark over its official code, one action a step.

    An action is a tool call, ``{"name": ..., "arguments": {...}}``, or a message to the user: ``respond`` with
    ``content``, or any text that does not start with "{". An observation is a tool's result, ``Error: ...``, or what
    the user says. The reward is the official scorer's and comes when the episode is over; the last ``info`` says why
    it is, ``stop``, and how the reward came about, ``reward_info``. Nothing an agent sends raises.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012  # Gymnasium's own

    def __init__(
        self,
        benchmark: str | Benchmark,
        *,
        checkout: str | Path | None = None,
        user: str = "scripted",
        options: Options | None = None,
        max_steps: int | None = None,
        render_mode: None = None,
    ) -> None:
        """``benchmark``: its name, or one that is made already; ``checkout``: of the official repository, else as the
        benchmark's environment variable says; ``user``: scripted, or a model as ``provider/model``, which blocks.
        """
        if isinstance(benchmark, str):
            place = Path(checkout) if checkout is not None else None
            benchmark = open_benchmark(benchmark, Setup(place, user, options or Options(), max_steps=max_steps))
        self.benchmark = benchmark
        self.render_mode = render_mode
        self.action_space = Action()
        self.observation_space = Observation()
        self._tasks = tuple(benchmark.tasks())
        self._course: Course | None = None
        self._task = ""
        self._episodes = 0  # begun since the last seed
        example = benchmark.episode(self._tasks[0], 0)
        self._look(example)
        example.close()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start an episode; the observation is the user's opening message.

        ``options={"task": ...}`` takes a task's id or its index; without it one is drawn. Raises ``TaskError`` where
        there is no such task, and ``LLMError`` where a model that plays the user cannot be had.
        """
        super().reset(seed=seed)
        unknown = sorted(set(options or ()) - {"task"})
        if unknown:
            raise TaskError(f"unknown reset options {unknown}; known: 'task'")
        if seed is not None:
            self._episodes = 0
        high, low = divmod(int(digest([self.np_random_seed, self._episodes]), 16), 2**31)
        self._task = self._chosen((options or {}).get("task"), high)
        self._episodes += 1
        self._end()
        course = Course(self.benchmark.episode(self._task, low))
        self._look(course.episode)
        opening = _blocking(course.begin())
        self._course = course
        return opening, self._info()

    def step(self, action: str) -> Step:
        """One tool call or one message to the user."""
        course = self._course
        if course is None:
            raise ResetNeeded("call reset() before step()")
        if course.outcome is not None:
            return f"{REFUSED}the episode is over; call reset()", 0.0, True, False, self._info()
        try:
            said: Answer = _blocking(course.step(action))
        except LLMError as error:
            course.outcome = Outcome(0.0, "user_error")
            said = Answer(f"{REFUSED}the user cannot answer: {error}", course.outcome)
        if said.outcome is None:
            return said.text, 0.0, False, False, self._info()
        reward, stop, detail = said.outcome
        cut = stop in ("max_steps", "user_error")
        return said.text, reward, not cut, cut, {**self._info(), "stop": stop, "reward_info": dict(detail)}

    def close(self) -> None:
        """Free the episode; closing twice is harmless."""
        self._end()
        super().close()

    def _look(self, episode: Episode) -> None:
        """Show what this episode offers: in some benchmarks each task has tools of its own."""
        self.tools: Sequence[Json] = episode.tools
        self.policy: str = episode.policy
        functions = [tool["function"] for tool in episode.tools]
        self.action_space.tools = tuple((one["name"], one["parameters"]) for one in functions)  # type: ignore[attr-defined]

    def _end(self) -> None:
        if self._course is not None:
            course, self._course = self._course, None
            course.episode.close()

    def _chosen(self, wanted: object, chance: int) -> str:
        tasks = self._tasks
        if wanted is None:
            return tasks[chance % len(tasks)]
        if isinstance(wanted, int) and not isinstance(wanted, bool) and -len(tasks) <= wanted < len(tasks):
            return tasks[wanted]
        if wanted in tasks:
            return str(wanted)
        raise TaskError(f"{self.benchmark.name} has no task {wanted!r}; it has {len(tasks)}, such as {tasks[0]!r}")

    def _info(self) -> dict[str, Any]:
        return {"task": self._task, "benchmark": self.benchmark.name, "turn": self._course.steps if self._course else 0}


def _blocking(waits: Waits[T]) -> T:
    """What comes of a generator that yields what has to be awaited; an event loop is made where it yields at all."""
    try:
        first = next(waits)
    except StopIteration as done:
        result: T = done.value
        return result
    with closing(Waiter()) as wait:
        return wait(driven(waits, first))
