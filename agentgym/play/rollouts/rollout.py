"""Episodes become trajectories (paper 3.1): one in an environment of yours, or every task of many domains."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from gymnasium import Env

from agentgym.env import ToolEnv
from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.play.agents.agent import Agent, MakeAgent
from agentgym.play.rollouts.engine import CONCURRENCY, Play, Played, aplayed, played
from agentgym.play.rollouts.interaction import Ended, Part, Waits, interact
from agentgym.play.rollouts.venues import EnvVenue
from agentgym.play.rollouts.waiting import Waiter, answer, drop
from agentgym.processes import each
from agentgym.types import Task, Trajectory
from agentgym.users import ScriptedUser, UserFactory
from agentgym.world.load import load


def rollout(env: Env[str, str], task: Task, agent: Agent, *, seed: int = 0, trial: int = 0) -> Trajectory:
    """Play one episode of a ``ToolEnv``, which may be wrapped, with the user that it makes.

    The first message is the policy; every turn follows. An agent or user that raises ends the episode with
    ``agent_error`` or ``user_error`` and a warning in the log, never with an exception. ``trial`` is which of several
    episodes of this agent at this task it is: it stands in the record, and in its id.

    Raises:
        TaskError: the task does not fit the domain.
        RunError: ``env`` is no ``ToolEnv``; or the agent asks a model and an event loop is running, see ``arollout``.
    """
    playing = _interaction(env, task, agent, seed, trial)
    try:
        first = next(playing)
    except StopIteration as done:
        return _of(done)
    with closing(Waiter()) as wait, closing(playing):
        try:
            return wait(_to_the_end(playing, first))
        finally:
            drop(first)


async def arollout(env: Env[str, str], task: Task, agent: Agent, *, seed: int = 0, trial: int = 0) -> Trajectory:
    """The same for async code: the agent's models are asked in its event loop. The user of a ``ToolEnv`` blocks it."""
    playing = _interaction(env, task, agent, seed, trial)
    try:
        first = next(playing)
    except StopIteration as done:
        return _of(done)
    return await _to_the_end(playing, first)


def _interaction(env: Env[str, str], task: Task, agent: Agent, seed: int, trial: int) -> Waits[Ended]:
    inner = env.unwrapped
    if not isinstance(inner, ToolEnv):
        raise RunError(f"rollout plays ToolEnv, not {type(inner).__name__}; make one with gymnasium.make")
    return interact(EnvVenue(env, inner, task, seed), Part(task, lambda: agent, "", seed, trial))


async def _to_the_end(playing: Waits[Ended], awaitable: Awaitable[Any]) -> Trajectory:
    """Await whatever an interaction asks for, until it is over."""
    try:
        while True:
            try:
                came = await answer(awaitable)
            except Exception as error:
                awaitable = playing.throw(error)
            else:
                awaitable = playing.send(came)
    except StopIteration as done:
        return _of(done)


def _of(done: StopIteration) -> Trajectory:
    ended: Ended = done.value
    return ended.trajectory


# -- many episodes --------------------------------------------------------------------------------


def rollouts(
    folders: Iterable[Path],
    agents: Sequence[MakeAgent],
    *,
    trials: int = 1,
    seed: int = 0,
    workers: int = 1,
    concurrency: int = CONCURRENCY,
    user: UserFactory = ScriptedUser,
    max_steps: int = 30,
) -> Iterator[Trajectory]:
    """Play every task of the domain ``folders`` with each agent, ``trials`` times: with ``seed``, ``seed + 1``, ...

    Up to ``concurrency`` episodes of a process wait for models at a time. Equal arguments give equal trajectories, as
    far as agents and users do, in equal order, whatever ``workers`` and ``concurrency`` are. With more than one worker,
    agents and users must be importable: classes or functions at the top of a module.

    Raises:
        TaskError: a task does not fit its domain.
        RunError: a model is asked and an event loop is running, see ``arollouts``.
    """
    places = list(folders)
    parts = -(-workers // max(1, len(places)))
    terms = Terms(max_steps=max_steps, user=user)
    jobs = [
        _Job(folder, tuple(agents), trials, seed, terms, concurrency, part, parts)
        for folder in places
        for part in range(parts)
    ]
    for trajectories in each(_played, jobs, workers):
        yield from trajectories


async def arollouts(
    folders: Iterable[Path],
    agents: Sequence[MakeAgent],
    *,
    trials: int = 1,
    seed: int = 0,
    concurrency: int = CONCURRENCY,
    user: UserFactory = ScriptedUser,
    max_steps: int = 30,
) -> AsyncIterator[Trajectory]:
    """As ``rollouts``, for async code and in its event loop: every trajectory as soon as its episode is over."""
    terms = Terms(max_steps=max_steps, user=user)
    jobs = (_Job(folder, tuple(agents), trials, seed, terms, concurrency, 0, 1) for folder in folders)
    async for done in aplayed((play for job in jobs for play in _plays(job)), terms, concurrency=concurrency):
        yield _trajectory(done)


class _Job(NamedTuple):
    """One process's share: some tasks of one domain."""

    folder: Path
    agents: tuple[MakeAgent, ...]
    trials: int
    seed: int
    terms: Terms
    concurrency: int
    part: int
    parts: int


def _plays(job: _Job) -> Iterator[Play]:
    tasks = load(job.folder).tasks()
    for task in tasks[len(tasks) * job.part // job.parts : len(tasks) * (job.part + 1) // job.parts]:
        for make in job.agents:
            for trial in range(job.trials):
                yield Play(job.folder, task, make, seed=job.seed + trial, trial=trial)


def _played(job: _Job) -> list[Trajectory]:
    plays = [play._replace(tag=str(number)) for number, play in enumerate(_plays(job))]
    done = {one.play.tag: one for one in played(plays, job.terms, concurrency=job.concurrency)}
    return [_trajectory(done[play.tag]) for play in plays]


def _trajectory(done: Played) -> Trajectory:
    if done.trajectory is None:
        assert done.failure is not None, "a play without a trajectory has failed"
        raise done.failure
    return done.trajectory
