"""``ToolEnv``: a world, a task and a user as one Gymnasium environment."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import gymnasium
from gymnasium.error import ResetNeeded

from agentgym.errors import AgentGymError, DomainError, TaskError, ToolError
from agentgym.registry import locate
from agentgym.spaces import Action, Observation, parse_action
from agentgym.types import Stop, Task, ToolCall, ToolSpec
from agentgym.users import ScriptedUser, UserFactory

if TYPE_CHECKING:
    from agentgym.tasks.verify import Grade, Mode

Step = tuple[str, float, bool, bool, dict[str, Any]]

_encode = json.JSONEncoder(ensure_ascii=False).encode


class ToolEnv(gymnasium.Env[str, str]):
    """A user with a task, and tools over a database.

    An action is a tool call, ``{"name": ..., "arguments": {...}}``, or a message to the user: ``respond`` with
    ``content``, or any text that does not start with "{". An observation is a tool's result as JSON, ``Error: ...``, or
    what the user says. Nothing an agent sends raises; errors leave the database as it was. The reward, 1.0 or 0.0,
    comes when the user ends the episode; it is truncated after ``max_steps`` actions.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "human"], "render_fps": 1}  # noqa: RUF012  # Gymnasium's own

    def __init__(
        self,
        domain: str | None = None,
        *,
        folder: str | Path | None = None,
        reward: Mode = "auto",
        max_steps: int = 30,
        user: UserFactory | None = None,
        render_mode: str | None = None,
    ) -> None:
        """``domain`` names a registered domain, ``folder`` any domain folder; one of them is needed.

        ``reward``: "state" compares databases, "exact" the successful calls, "auto" takes state for tasks that write.
        ``user`` makes the user of an episode from a task and a seed; by default a scripted one.
        """
        from agentgym.tasks.verify import Mode
        from agentgym.world.load import load
        from agentgym.world.world import World

        if (domain is None) == (folder is None):
            raise DomainError("ToolEnv needs a domain's name or a folder, and not both")
        for name, value, allowed in (
            ("reward", reward, get_args(Mode)),
            ("render_mode", render_mode, (None, *self.metadata["render_modes"])),
        ):
            if value not in allowed:
                raise ValueError(f"{name}={value!r} is not one of {list(allowed)}")
        if max_steps < 2:
            raise ValueError(f"max_steps={max_steps}; an episode needs at least 2 steps")
        self._loaded = load(folder if folder is not None else locate(str(domain)))
        self._world = World(self._loaded)
        self._tasks: tuple[Task, ...] | None = None
        self._mode, self._max_steps = reward, max_steps
        self._make_user: UserFactory = user or ScriptedUser
        self._task: Task | None = None
        self._calls: list[ToolCall] = []
        self._turn = 0
        self._stop: Stop | None = None
        self._transcript: list[str] = []

        specs = [tool.spec for tool in self._loaded.tools.values()]
        self.render_mode = render_mode
        self.policy = self._loaded.policy
        self.tools = [_function(spec) for spec in specs]
        self.action_space = Action([(spec.name, copy.deepcopy(spec.parameters)) for spec in specs])
        self.observation_space = Observation()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start an episode; the observation is the user's opening message.

        ``options={"task": ...}`` takes a task's id, its index or a ``Task``; without it one is drawn. Raises
        ``TaskError`` where there is no such task.
        """
        super().reset(seed=seed)
        unknown = sorted(set(options or ()) - {"task"})
        if unknown:
            raise TaskError(f"unknown reset options {unknown}; known: 'task'")
        task = self._choose((options or {}).get("task"))
        self._world.reset(task.state)
        self._task = task
        self._user = self._make_user(task, int(self.np_random.integers(2**31)))
        self._calls, self._turn, self._stop, self._transcript = [], 0, None, []
        opening = self._user.open()
        self._note("user", opening)
        return opening, self._info()

    def step(self, action: str) -> Step:
        """One tool call or one message to the user."""
        if self._task is None:
            raise ResetNeeded("call reset() before step()")
        if self._stop is not None:
            return "Error: the episode is over; call reset()", 0.0, True, False, self._info()
        self._turn += 1
        try:
            parsed = parse_action(action)
        except ToolError as error:
            return self._next(f"Error: {error}")
        if isinstance(parsed, ToolCall):
            return self._call(parsed)
        return self._message(parsed)

    def render(self) -> str | None:
        """The episode so far as text with ``render_mode="ansi"``; "human" prints each turn as it happens."""
        return "\n".join(self._transcript) if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Free the database; closing twice is harmless."""
        self._world.close()
        super().close()

    def _choose(self, wanted: Task | str | int | None) -> Task:
        if isinstance(wanted, Task):
            if wanted.domain != self._loaded.domain.name:
                raise TaskError(f"task {wanted.id!r} is of domain {wanted.domain!r}, not {self._loaded.domain.name!r}")
            return wanted
        if self._tasks is None:
            self._tasks = self._loaded.tasks()
        tasks = self._tasks
        if not tasks:
            raise TaskError(f"{self._loaded.folder} has no tasks; sample some, or pass options={{'task': Task(...)}}")
        if wanted is None:
            return tasks[int(self.np_random.integers(len(tasks)))]
        if isinstance(wanted, int) and not isinstance(wanted, bool) and -len(tasks) <= wanted < len(tasks):
            return tasks[wanted]
        for task in tasks:
            if task.id == wanted:
                return task
        raise TaskError(
            f"{self._loaded.domain.name} has no task {wanted!r}; it has {len(tasks)}, such as {tasks[0].id!r}"
        )

    def _call(self, call: ToolCall) -> Step:
        result = self._world.call(call.name, call.arguments)
        if self.render_mode is not None:
            self._note("call", f"{call.name} {_encode(call.arguments)}")
        if result.error is not None:
            return self._next(f"Error: {result.error}")
        self._calls.append(call)
        return self._next(_encode(result.content))

    def _message(self, message: str) -> Step:
        grade = self._grade()
        self._note("agent", message)
        try:
            reply = self._user.reply(message, grade.reward == 1.0)
        except AgentGymError as error:  # a model that plays the user may be out of reach
            self._stop = "user_error"
            return (
                f"Error: the user cannot answer: {error}",
                0.0,
                False,
                True,
                self._final_info(grade._replace(reward=0.0)),
            )
        self._note("user", reply.text)
        if reply.stop is None:
            return self._truncate_or_go_on(reply.text)
        self._stop = reply.stop
        return reply.text, grade.reward, True, False, self._final_info(grade)

    def _next(self, observation: str) -> Step:
        """After a tool call or an error: the episode goes on."""
        self._note("tool", observation)
        return self._truncate_or_go_on(observation)

    def _truncate_or_go_on(self, observation: str) -> Step:
        if self._turn < self._max_steps:
            return observation, 0.0, False, False, self._info()
        self._stop = "max_steps"
        grade = self._grade()._replace(reward=0.0, reason=f"the user had not ended it after {self._max_steps} steps")
        return observation, 0.0, False, True, self._final_info(grade)

    def _grade(self) -> Grade:
        from agentgym.tasks.verify import reward

        assert self._task is not None
        return reward(self._mode, self._task, self._world.diff(), self._calls, self._loaded.domain)

    def _info(self) -> dict[str, Any]:
        return {"task": self._task.id if self._task else "", "domain": self._loaded.domain.name, "turn": self._turn}

    def _final_info(self, grade: Grade) -> dict[str, Any]:
        from agentgym.world.diff import lines

        return {**self._info(), "stop": self._stop, "reward_info": grade._asdict(), "diff": lines(self._world.diff())}

    def _note(self, speaker: str, text: str) -> None:
        if self.render_mode is None:
            return
        # Text from agents and tools may hold terminal control sequences: show, never obey.
        line = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in f"{speaker:>5} | {text}")
        self._transcript.append(line)
        if self.render_mode == "human":
            print(line)


def _function(spec: ToolSpec) -> dict[str, Any]:
    """A tool as chat APIs take it; a copy, so that nobody can edit the world's own schema."""
    function = {"name": spec.name, "description": spec.description, "parameters": copy.deepcopy(spec.parameters)}
    return {"type": "function", "function": function}
