"""Thousands of environments at once: Gymnasium's vector interface, and steps that need not wait for each other."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from gymnasium.error import ResetNeeded
from gymnasium.spaces import Tuple
from gymnasium.vector import AutoresetMode, VectorEnv

from agentgym.env import action_space, functions
from agentgym.episode import Choice, Step, Terms
from agentgym.errors import AgentGymError, TaskError
from agentgym.registry import find
from agentgym.shard import Job, Opening, Outcome, Shard, Start
from agentgym.spaces import Action, Observation
from agentgym.users import ScriptedUser, UserFactory
from agentgym.workers import Workers

if TYPE_CHECKING:
    from typing import Self

    from agentgym.tasks.verify import Mode
    from agentgym.world.load import LoadedDomain

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
VectorStep: TypeAlias = tuple[tuple[str, ...], Floats, Flags, Flags, dict[str, Any]]

_NEW, _PLAYING, _ENDED = range(3)  # what an environment is doing


def make_vec(
    domains: str | Path | Sequence[str | Path],
    num_envs: int,
    *,
    workers: int = 0,
    reward: Mode = "auto",
    max_steps: int = 30,
    user: UserFactory | None = None,
    seed: int | None = None,
) -> ToolVectorEnv:
    """``num_envs`` environments of one domain, or of several in turn: number i is of domain i modulo their number.

    ``domains``: names, Gymnasium ids or folders. ``workers``: processes that share the environments, one a core; 0
    runs them in this one. ``reward``, ``max_steps`` and ``user`` as for ``ToolEnv``; with workers the user must be a
    class or function from the top of a module. Environment i with ``seed`` plays what ``ToolEnv`` plays after
    ``reset(seed=seed + i)``, whatever ``workers`` is.
    """
    named = [domains] if isinstance(domains, (str, Path)) else list(domains)
    for name, value, least in (("len(domains)", len(named), 1), ("num_envs", num_envs, 1), ("workers", workers, 0)):
        if value < least:
            raise ValueError(f"{name}={value}; at least {least} is needed")
    terms = Terms(reward, max_steps, user or ScriptedUser)
    return ToolVectorEnv([find(name) for name in named], num_envs, terms, workers, seed)


class ToolVectorEnv(VectorEnv[tuple[str, ...], Sequence[str], npt.NDArray[Any]]):
    """Many ``ToolEnv``, each a few kilobytes while it waits, over one database connection a domain and process.

    ``reset`` and ``step`` are Gymnasium's, for all environments together; one that has ended is reset by the next
    ``step``, which ignores its action. ``reset_many`` and ``step_many`` take any environments in any order, and reset
    nothing by themselves. Close it when done, or use it in a ``with`` statement.
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012

    def __init__(
        self, folders: Sequence[Path], num_envs: int, terms: Terms, workers: int = 0, seed: int | None = None
    ) -> None:
        """``make_vec`` is more convenient."""
        self.closed = True  # until there is something to close
        self.num_envs = num_envs
        self._folders = tuple(folders)
        self._phases = bytearray(num_envs)
        self._episodes = [0] * num_envs  # begun since the last seed
        super().reset(seed=seed)
        # Of several domains no one knows a call that fits all; any text is an action anyway.
        self.single_action_space = action_space(self._loaded(0)) if len(set(self._folders)) == 1 else Action()
        self.single_observation_space = Observation()
        # One space many times over, not many copies of it.
        self.action_space = Tuple([self.single_action_space] * num_envs)
        self.observation_space = Tuple([self.single_observation_space] * num_envs)
        self._runner: Shard | Workers
        if workers:
            self._runner = Workers(min(workers, num_envs), num_envs, self._folders, terms)
        else:
            self._runner = Shard(self._folders, terms)
        self.closed = False

    def tools(self, env_id: int) -> list[dict[str, Any]]:
        """The tools of an environment, as ``ToolEnv.tools``."""
        return functions(self._loaded(env_id).domain)

    def policy(self, env_id: int) -> str:
        """The policy that an environment's agent must keep to."""
        return self._loaded(env_id).policy

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Start an episode in every environment; ``options`` as for ``ToolEnv``, the same for all.

        With ``seed``, environment i starts anew from ``seed + i``.
        """
        super().reset(seed=seed)
        if seed is not None:
            self._episodes = [0] * self.num_envs
        openings = self.reset_many([(env, options) for env in range(self.num_envs)])
        return tuple(text for text, _ in openings), self._infos(info for _, info in openings)

    def step(self, actions: Sequence[str]) -> VectorStep:
        """One action in every environment; one that has ended starts its next episode instead, with reward 0."""
        if len(actions) != self.num_envs:
            raise ValueError(f"{len(actions)} actions for {self.num_envs} environments")
        jobs = [
            (env, self._start(env, None) if self._phases[env] == _ENDED else action)
            for env, action in self._ready(enumerate(actions))
        ]
        steps = [_as_step(outcome) for outcome in self._run(jobs)]
        observations, rewards, terminations, truncations, infos = zip(*steps, strict=True)
        return (
            observations,
            np.array(rewards, np.float64),
            np.array(terminations, np.bool_),
            np.array(truncations, np.bool_),
            self._infos(infos),
        )

    def reset_many(self, starts: Iterable[tuple[int, Choice | Mapping[str, Any]]]) -> list[Opening]:
        """Start episodes in some environments: each with a task, its id, its index, None for any, or reset options.

        Returns the observation and info of each, in the order asked. Raises ``TaskError`` for the first that has no
        such task, after the others have started; that environment needs another reset.
        """
        wanted = [(env, _choice(choice)) for env, choice in self._known(starts)]
        return cast("list[Opening]", self._run([(env, self._start(env, choice)) for env, choice in wanted]))

    def step_many(self, actions: Iterable[tuple[int, str]]) -> list[Step]:
        """Step some environments; several actions for one are taken in order. Returns the steps in the order asked.

        Raises before anything is done ``ValueError`` for an environment that is not there, and ``ResetNeeded`` for one
        that was never reset.
        """
        return cast("list[Step]", self._run(self._ready(actions)))

    def close_extras(self, **kwargs: Any) -> None:
        """End the worker processes and free the databases."""
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _loaded(self, env_id: int) -> LoadedDomain:
        from agentgym.world.load import load

        return load(self._folders[self._number(env_id) % len(self._folders)])

    def _start(self, env: int, choice: Choice) -> Start:
        number = self._episodes[env]
        self._episodes[env] += 1
        return Start(choice, cast(int, self.np_random_seed) + env, number)

    def _run(self, jobs: Sequence[Job]) -> list[Outcome]:
        if self.closed:
            raise AgentGymError("this vector environment is closed; make a new one")
        outcomes = self._runner.run(jobs)
        failure: Exception | None = None
        for (env, what), outcome in zip(jobs, outcomes, strict=True):
            started = type(what) is Start
            if isinstance(outcome, Exception):
                failure = failure or outcome
                self._phases[env] = _NEW if started else self._phases[env]
            elif started:
                self._phases[env] = _PLAYING
            elif any(cast(Step, outcome)[2:4]):
                self._phases[env] = _ENDED
        if failure is not None:
            raise failure
        return outcomes

    def _ready(self, pairs: Iterable[tuple[int, Any]]) -> list[tuple[int, Any]]:
        """The pairs, all of environments that were reset."""
        jobs = self._known(pairs)
        for env, _ in jobs:
            if self._phases[env] == _NEW:
                raise ResetNeeded(f"environment {env} was never reset; call reset() or reset_many([({env}, None)])")
        return jobs

    def _known(self, pairs: Iterable[tuple[int, Any]]) -> list[tuple[int, Any]]:
        return [(self._number(env), what) for env, what in pairs]

    def _number(self, env_id: int) -> int:
        try:
            number = operator.index(env_id)  # NumPy's integers too
        except TypeError:
            number = -1
        if not 0 <= number < self.num_envs:
            raise ValueError(f"there is no environment {env_id!r}; they are numbered 0 to {self.num_envs - 1}")
        return number

    def _infos(self, infos: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """One dict of arrays, as Gymnasium wants it."""
        together: dict[str, Any] = {}
        for env, info in enumerate(infos):
            together = self._add_info(together, info, env)
        return together


def _as_step(outcome: Any) -> Step:
    """An opening, where an episode began by itself, is a step that earned nothing."""
    return outcome if len(outcome) == 5 else (outcome[0], 0.0, False, False, outcome[1])


def _choice(wanted: Choice | Mapping[str, Any]) -> Choice:
    if not isinstance(wanted, Mapping):
        return wanted
    unknown = sorted(set(wanted) - {"task"})
    if unknown:
        raise TaskError(f"unknown reset options {unknown}; known: 'task'")
    return cast(Choice, wanted.get("task"))
