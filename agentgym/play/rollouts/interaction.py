"""One episode as an interaction: agent and user take turns until the user ends it (paper 3.1).

An interaction is a generator. It yields what has to be awaited, a model's answer, and is sent the result, so that
whoever drives it can let thousands of others go on meanwhile. With an agent and a user that ask nobody it never yields.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Generator, Sequence
from inspect import isawaitable
from types import TracebackType
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar, get_args

from agentgym.episode import Step
from agentgym.errors import AgentGymError, TaskError
from agentgym.play.agents.agent import Agent
from agentgym.play.rollouts.attribution import attribute
from agentgym.play.rollouts.transcript import Transcript
from agentgym.spaces import Parsed, understood
from agentgym.types import Json, RowChange, Stop, Task, Trajectory
from agentgym.users import User
from agentgym.world.naming import snake

T = TypeVar("T")
Waits: TypeAlias = Generator[Awaitable[Any], Any, T]  # yields what has to be awaited, is sent what came of it
Ending: TypeAlias = tuple[Stop, float]  # why the episode is over, and its reward

STOPS = frozenset(get_args(Stop))

log = logging.getLogger(__name__)


class WorldError(AgentGymError):
    """The environment itself failed: neither agent nor user is to blame, and the episode is worth nothing."""


class Venue(Protocol):
    """Where an episode is played."""

    @property
    def tools(self) -> Sequence[Json]:
        """The functions that the agent is offered."""

    @property
    def policy(self) -> str:
        """The rules that the agent is shown."""

    @property
    def user(self) -> User | None:
        """The user; None before ``begin`` has made it."""

    def begin(self) -> str:
        """Start the episode. The user's opening message."""

    def step(self, action: str, what: Parsed) -> Waits[Step]:
        """Go on by an action, which was understood as ``what``."""

    def diff(self) -> tuple[RowChange, ...]:
        """The net difference that the episode has made so far."""


class Part(NamedTuple):
    """Who plays what."""

    task: Task
    make: Callable[[], Agent]
    name: str  # of the agent, in the record; "": as it calls itself
    seed: int
    trial: int


class Ended(NamedTuple):
    """An episode that is over, and what agent or user raised, where that ended it."""

    trajectory: Trajectory
    error: str = ""  # in a line
    raised: BaseException | None = None


class _EpisodeError(Exception):
    """Somebody's code raised; ``stop`` says whose."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self.stop = stop


class _Blame:
    """Whatever foreign code raises inside ends this episode, and no other."""

    __slots__ = ("passing", "stop")

    def __init__(self, stop: Stop, *passing: type[Exception]) -> None:
        self.stop = stop
        self.passing = passing

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, self.passing):
            raise _EpisodeError(self.stop) from error


_AGENT = _Blame("agent_error")
_USER = _Blame("user_error", TaskError, WorldError)  # the environment raises no others for what an agent sends


def interact(venue: Venue, part: Part) -> Waits[Ended]:
    """Play one episode. An agent or user that raises, or answers with junk, ends it with a warning in the log.

    Raises ``TaskError`` where the task does not fit the domain, ``WorldError`` where the environment fails.
    """
    transcript = Transcript(venue.policy)
    name, agent, error = part.name or "unknown", None, ""
    raised: BaseException | None = None
    stop: Stop
    try:
        with _AGENT:
            agent = part.make()
            name = part.name or _storable(str(agent.name))
        stop, reward = yield from _play(venue, agent, part.seed, transcript)
    except _EpisodeError as broken:
        stop, reward, raised = broken.stop, 0.0, broken.__cause__
        error = described(raised)
        log.warning("%s stopped by %s: %s", f"{part.task.id}/{name}/{part.trial}", stop, error)
    messages = transcript.messages()
    trajectory = Trajectory(
        id=f"{part.task.id}/{name}/{part.trial}",
        task=part.task.id,
        domain=part.task.domain,
        messages=messages,
        diff=venue.diff(),
        stop=stop,
        reward=reward,
        fault=attribute(part.task, messages, stop, reward),
        agent=name,
        user=_name(venue.user),
        trial=part.trial,
        cost=_cost(agent, venue.user),
    )
    return Ended(trajectory, error, raised)


def described(error: BaseException | None) -> str:
    """An exception in a line; even one whose text cannot be had."""
    try:
        text = str(error)
    except Exception:
        text = "?"
    return _storable(f"{type(error).__name__}: {text[:300]}")


def _play(venue: Venue, agent: Agent, seed: int, transcript: Transcript) -> Waits[Ending]:
    """Play to the end. Raises ``_EpisodeError``."""
    with _USER:
        opening = venue.begin()
        transcript.hear(opening)
    with _AGENT:
        agent.start(venue.tools, venue.policy, seed)
    seen: tuple[str, ...] = (opening,)
    while True:
        with _AGENT:
            said = agent.act(seen)
            if not isinstance(said, (str, tuple)) and isawaitable(said):
                said = yield said
            actions = transcript.turn(said)
        answers: list[str] = []
        while True:
            with _AGENT:  # a call may hold what is no JSON
                action = next(actions, None)
            if action is None:
                break
            what = understood(action)
            transcript.act(action, what)
            ending = yield from _step(venue, action, what, transcript, answers)
            if ending is not None:
                return ending
        seen = tuple(answers)


def _step(venue: Venue, action: str, what: Parsed, transcript: Transcript, answers: list[str]) -> Waits[Ending | None]:
    """One action and its answer; the ending, if it was the last one. Raises ``_EpisodeError``."""
    with _USER:
        observation, reward, terminated, truncated, info = yield from venue.step(action, what)
        stop: Stop = info.get("stop", "max_steps")  # a wrapper that cuts an episode short leaves no reason
        if stop not in STOPS:
            raise ValueError(f"the user stopped for {stop!r}, which is no reason")
        if stop == "user_error":  # what is observed then is the environment's excuse, which nobody said
            raise RuntimeError(observation)
        transcript.answer(observation)
    answers.append(observation)
    return (stop, float(reward)) if terminated or truncated else None


def _name(user: User | None) -> str:
    """As a user that asks a model calls itself, or after its class: ``scripted``."""
    name = _asked(user, "name")
    if isinstance(name, str) and name:
        return _storable(name)
    return "unknown" if user is None else snake(type(user).__name__.removesuffix("User"))


def _cost(*players: object) -> dict[str, float]:
    """What agent and user have spent together, of those that count it in ``spent``."""
    total: dict[str, float] = {}
    for player in players:
        spent = _asked(player, "spent")
        for what, amount in dict.items(spent) if isinstance(spent, dict) else ():
            if isinstance(what, str) and isinstance(amount, (int, float)) and math.isfinite(amount):
                name = _storable(what)
                total[name] = total.get(name, 0) + amount
    return dict(sorted(total.items()))


def _asked(player: object, name: str) -> object:
    """An attribute of foreign code, which may be anything; None where there is none, or where it cannot be had."""
    try:
        return getattr(player, name, None)
    except Exception as error:
        log.warning("the %s of a %s cannot be had: %s", name, type(player).__name__, described(error))
        return None


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
