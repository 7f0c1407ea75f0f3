"""Agent and user play a task in the environment; the episode becomes a ``Trajectory`` (paper 3.1)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from gymnasium import Env

from agentgym.env import ToolEnv
from agentgym.errors import RunError, TaskError, ToolError
from agentgym.files import canonical
from agentgym.play.agents import Agent, GoldAgent, MakeAgent
from agentgym.play.fallible import FallibleAgent
from agentgym.processes import each
from agentgym.spaces import MAX_ACTION, REFUSED, parse_action
from agentgym.types import Message, Stop, Task, ToolCall, Trajectory
from agentgym.users import ScriptedUser, UserFactory
from agentgym.world.load import load
from agentgym.world.naming import snake

AGENTS: dict[str, MakeAgent] = {"gold": GoldAgent, "fallible": FallibleAgent}  # those that need no model

_log = logging.getLogger(__name__)


class _EpisodeError(Exception):
    """Somebody's code raised; ``stop`` says whose."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self.stop = stop


def rollout(env: Env[str, str], task: Task, agent: Agent, *, seed: int = 0) -> Trajectory:
    """Play one episode of a ``ToolEnv``, which may be wrapped, with the user that it makes.

    The first message is the policy; every action and observation follows as a turn. An agent or user that raises ends
    the episode with ``agent_error`` or ``user_error`` and a warning in the log, never with an exception. Raises
    ``TaskError`` where the task does not fit the domain.
    """
    inner = env.unwrapped
    if not isinstance(inner, ToolEnv):
        raise RunError(f"rollout plays ToolEnv, not {type(inner).__name__}; make one with gymnasium.make")
    identity = f"{task.id}/{agent.name}/{seed}"
    messages = [Message(role="system", content=inner.policy)]
    reward = 0.0
    try:
        stop, reward = _play(env, inner, task, agent, seed, messages)
    except _EpisodeError as broken:
        stop = broken.stop
        _log.warning("%s stopped by %s: %r", identity, stop, broken.__cause__)
    return Trajectory(
        id=identity,
        task=task.id,
        domain=task.domain,
        messages=tuple(messages),
        diff=inner.world.diff(),
        stop=stop,
        reward=reward,
        agent=agent.name,
        user=snake(inner.user.removesuffix("User")),
    )


def _play(
    env: Env[str, str], inner: ToolEnv, task: Task, agent: Agent, seed: int, messages: list[Message]
) -> tuple[Stop, float]:
    """Play to the end, adding each turn to ``messages``. Raises ``_EpisodeError``."""
    with _blame("user_error"):  # the environment itself raises for nothing that an agent sends
        observation, _ = env.reset(seed=seed, options={"task": task})
        messages.append(Message(role="user", content=observation))
    with _blame("agent_error"):
        agent.start(inner.tools, inner.policy, seed)
    while True:
        with _blame("agent_error"):
            action = agent.act((observation,))
            if not isinstance(action, str):
                raise TypeError(f"act() returned a {type(action).__name__}; an action is a string")
            turn = _turn(action)
        messages.append(turn)
        with _blame("user_error"):
            observation, reward, terminated, truncated, info = env.step(action)
            messages.append(_answer(turn, observation))
        if terminated or truncated:
            return _stop(info), float(reward)


def _stop(info: dict[str, Any]) -> Stop:
    """Why it ended; a wrapper that cuts an episode short leaves no reason."""
    stop: Stop = info.get("stop", "max_steps")
    return stop


@contextmanager
def _blame(stop: Stop) -> Iterator[None]:
    try:
        yield
    except TaskError:
        raise
    except Exception as error:  # foreign code: whatever it raises ends this episode and no other
        raise _EpisodeError(stop) from error


def _turn(action: str) -> Message:
    """The assistant's turn: a call, a message, or the raw text of an action that is neither."""
    try:
        parsed = parse_action(action)
        if isinstance(parsed, str):
            return Message(role="assistant", content=parsed)
        _check_text(canonical(parsed))
        return Message(role="assistant", tool_calls=(ToolCall(name=parsed.name, arguments=parsed.arguments),))
    except (ToolError, ValueError, RecursionError):  # no JSON, or JSON that no file can hold: NaN, lone surrogates
        return Message(role="assistant", content=action[:MAX_ACTION].encode("utf-8", "backslashreplace").decode())


def _answer(turn: Message, observation: str) -> Message:
    """The turn after the assistant's: the tool's, the environment's where it was no action, or the user's."""
    _check_text(observation)
    if turn.tool_calls:
        failed = observation.startswith(REFUSED)
        return Message(role="tool", name=turn.tool_calls[0].name, content=observation, error=failed)
    if observation.startswith(REFUSED) and turn.content.lstrip().startswith("{"):
        return Message(role="tool", content=observation, error=True)
    return Message(role="user", content=observation)


def _check_text(text: str) -> None:
    """Raises ``ValueError`` for a lone surrogate, which no file can hold."""
    text.encode("utf-8")


# -- many episodes --------------------------------------------------------------------------------


class _Job(NamedTuple):
    """One process's share: some tasks of one domain."""

    folder: Path
    agents: tuple[MakeAgent, ...]
    per_task: int
    seed: int
    user: UserFactory
    max_steps: int
    part: int = 0
    parts: int = 1


def rollouts(
    folders: Iterable[Path],
    agents: Sequence[MakeAgent],
    *,
    per_task: int = 1,
    seed: int = 0,
    workers: int = 1,
    user: UserFactory = ScriptedUser,
    max_steps: int = 30,
) -> Iterator[Trajectory]:
    """Play every task of the domain ``folders`` with each agent, ``per_task`` times: with ``seed``, ``seed + 1``, ...

    Equal arguments give equal trajectories in equal order, whatever ``workers`` is. With more than one worker, agents
    and users must be importable: classes or functions at the top of a module.
    """
    places = list(folders)
    parts = -(-workers // max(1, len(places)))
    jobs = [
        _Job(folder, tuple(agents), per_task, seed, user, max_steps, part, parts)
        for folder in places
        for part in range(parts)
    ]
    for played in each(_played, jobs, workers):
        yield from played


def _played(job: _Job) -> list[Trajectory]:
    with closing(ToolEnv(folder=job.folder, user=job.user, max_steps=job.max_steps)) as env:
        tasks = load(job.folder).tasks()
        mine = tasks[len(tasks) * job.part // job.parts : len(tasks) * (job.part + 1) // job.parts]
        return [
            rollout(env, task, make(task), seed=job.seed + number)
            for task in mine
            for make in job.agents
            for number in range(job.per_task)
        ]
