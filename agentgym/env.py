"""``ToolEnv``: a world, a task and a user as one Gymnasium environment."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
from gymnasium.error import ResetNeeded

from agentgym.episode import Episode, Setting, Step, Terms
from agentgym.errors import DomainError, TaskError, ToolError
from agentgym.registry import locate
from agentgym.spaces import Action, Observation, encode, parse_action
from agentgym.types import Domain, ToolSpec
from agentgym.users import ScriptedUser, User, UserFactory

if TYPE_CHECKING:
    from agentgym.tasks.verify import Mode
    from agentgym.world.load import LoadedDomain
    from agentgym.world.world import World


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
        from agentgym.world.load import load
        from agentgym.world.world import World

        if (domain is None) == (folder is None):
            raise DomainError("ToolEnv needs a domain's name or a folder, and not both")
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode={render_mode!r} is not one of {[None, *self.metadata['render_modes']]}")
        terms = Terms(reward, max_steps, user or ScriptedUser)
        loaded = load(folder if folder is not None else locate(str(domain)))
        self._setting = Setting(loaded, terms)
        self._world = World(loaded)
        self._episode: Episode | None = None
        self._episodes = 0  # begun since the last seed
        self._transcript: list[str] = []

        self.render_mode = render_mode
        self.policy = loaded.policy
        self.tools = functions(loaded.domain)
        self.action_space = action_space(loaded)
        self.observation_space = Observation()

    @property
    def world(self) -> World:
        """The database and its tools, as the last step left them. For whoever watches or records, not for agents."""
        return self._world

    @property
    def user(self) -> str:
        """The name of the class of this episode's user. Raises ``ResetNeeded`` before ``reset``."""
        return type(self._playing().user).__name__

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start an episode; the observation is the user's opening message.

        ``options={"task": ...}`` takes a task's id, its index or a ``Task``; without it one is drawn. Raises
        ``TaskError`` where there is no such task.
        """
        super().reset(seed=seed)
        unknown = sorted(set(options or ()) - {"task"})
        if unknown:
            raise TaskError(f"unknown reset options {unknown}; known: 'task'")
        if seed is not None:
            self._episodes = 0
        task, user_seed = self._setting.choose((options or {}).get("task"), self.np_random_seed, self._episodes)
        self._episodes += 1
        self._episode = None  # whatever fails from here on, the old episode's rows are gone
        self._transcript = []
        self._episode, opening = self._setting.begin(self._world, task, user_seed)
        self._note("user", opening)
        return opening, self._episode.info()

    def step(self, action: str) -> Step:
        """One tool call or one message to the user."""
        episode = self._playing()
        if self.render_mode is None or episode.stop is not None:
            return episode.step(self._world, action)
        answers = self._note_action(action)
        step = episode.step(self._world, action)
        self._note(answers, step[0])
        return step

    def render(self) -> str | None:
        """The episode so far as text with ``render_mode="ansi"``; "human" prints each turn as it happens."""
        return "\n".join(self._transcript) if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Free the database; closing twice is harmless."""
        self._world.close()
        super().close()

    def _playing(self) -> Episode:
        if self._episode is None:
            raise ResetNeeded("call reset() before step()")
        return self._episode

    def _note_action(self, action: str) -> str:
        """Show what the agent does. Who answers it."""
        try:
            parsed = parse_action(action)
        except ToolError:
            self._note("agent", str(action))
            return "tool"
        if isinstance(parsed, str):
            self._note("agent", parsed)
            return "user"
        self._note("call", f"{parsed.name} {encode(parsed.arguments)}")
        return "tool"

    def _note(self, speaker: str, text: str) -> None:
        if self.render_mode is None:
            return
        # Text from agents and tools may hold terminal control sequences: show, never obey.
        line = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in f"{speaker:>5} | {text}")
        self._transcript.append(line)
        if self.render_mode == "human":
            print(line)


def user_of(env: ToolEnv) -> User | None:
    """The user of the episode, None before the first. For whoever records it, not for agents: it knows the task."""
    return None if env._episode is None else env._episode.user


def functions(domain: Domain) -> list[dict[str, Any]]:
    """The tools of a domain as chat APIs take them, A to Z; copies, so that nobody can edit the world's own schemas."""
    return [_function(spec) for spec in sorted(domain.tools, key=lambda spec: spec.name)]


def action_space(loaded: LoadedDomain) -> Action:
    """The actions that make sense in a domain."""
    return Action([(tool.spec.name, copy.deepcopy(tool.spec.parameters)) for tool in loaded.tools.values()])


def _function(spec: ToolSpec) -> dict[str, Any]:
    function = {"name": spec.name, "description": spec.description, "parameters": copy.deepcopy(spec.parameters)}
    return {"type": "function", "function": function}
