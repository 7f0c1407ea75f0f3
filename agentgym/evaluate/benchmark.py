"""What a benchmark is: tasks, episodes over the official code, and the records that come of them.

An adapter implements ``Episode``, one course of one task, and ``Benchmark``, which makes them. From the two come a
Gymnasium environment (``agentgym.evaluate.env``), and everything that ``agentgym eval`` does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

from pydantic import Field

from agentgym.llm import Options
from agentgym.play.agents.agent import Agent
from agentgym.spaces import Call
from agentgym.types import Json, Message, Record, Score

T = TypeVar("T")
Now: TypeAlias = T | Awaitable[T]  # at once, or when a model has been asked

# How an episode ends. The errors are of whoever raised; "turn_over": a benchmark of single turns has its answer.
Ending: TypeAlias = Literal[
    "user_done", "user_gave_up", "transferred", "turn_over", "max_steps",
    "agent_error", "user_error", "environment_error",
]  # fmt: skip
ERRORS: frozenset[Ending] = frozenset({"agent_error", "user_error", "environment_error"})

# Agents that no table goes without: nothing done, handed over, only talked, always refused. A benchmark has some.
FLOORS = ("null", "transfer", "talk", "refuse")
PUPPETS = ("gold", *FLOORS)


class Identity(Record):
    """Which code and data stand behind a result."""

    name: str  # of the project: "tau-bench"
    version: str = ""  # as the checkout says; "": it does not
    commit: str = ""  # 40 hex digits; "": the folder is no git checkout
    modified: bool | None = None  # whether tracked files differ from the commit; None: not known
    data: dict[str, str] = Field(default_factory=dict)  # digests of the files that decide tasks and scores, by name


class Outcome(NamedTuple):
    """How an episode ended, and what the official scorer made of it."""

    reward: float  # 0 to 1
    stop: Ending
    detail: Mapping[str, Json] = MappingProxyType(
        {}
    )  # for ``Score.detail``: parts of the reward, process accuracy, what was missed


class Answer(NamedTuple):
    """What an agent's action was answered."""

    text: str  # a tool's result as it is (JSON text), ``Error: ...`` of one that refused, or the user's words
    outcome: Outcome | None = None  # where the episode is over


class Episode(Protocol):
    """One course of one task over the official code, sharing nothing that changes with any other.

    The driver has parsed actions, counts them, and never calls an episode that is over. Methods are ordinary where
    nobody is asked, and ``async`` (or give an awaitable) where a model plays the user. They may raise ``LLMError`` for
    a model that is out of reach, which ends the episode with ``user_error``; whatever else they raise is a fault of the
    environment. What a tool refuses is an answer that begins with ``agentgym.spaces.REFUSED``.
    """

    @property
    def tools(self) -> Sequence[Json]:
        """OpenAI's function list."""

    @property
    def policy(self) -> str:
        """The system prompt."""

    @property
    def max_steps(self) -> int:
        """Calls and messages after which the driver cuts the episode off."""

    @property
    def spent(self) -> dict[str, float]:
        """Tokens and money of the user's model so far, as ``agentgym.llm.spend`` counts; {} where none is asked."""

    def begin(self) -> Now[str]:
        """Start. The user's opening message."""

    def call(self, call: Call) -> Now[Answer]:
        """A tool call."""

    def say(self, text: str) -> Now[Answer]:
        """A message to the user."""

    def turn_over(self) -> Outcome | None:
        """The agent has made its whole turn, all of its calls. An outcome where that ends the episode."""

    def cut(self) -> Outcome:
        """The driver ends the episode after ``max_steps``: what the official scorer makes of one that is cut off."""

    def close(self) -> None:
        """Free whatever it holds. Closing twice is harmless."""


@dataclass(frozen=True)
class Setup:
    """What a benchmark is made from: plain values."""

    checkout: Path | None = None  # of the official repository; None: where the benchmark's variable says
    user: str = "scripted"  # "scripted", or a model as provider/model
    options: Options = field(default_factory=Options)  # how the user's model is reached
    temperature: float | None = None  # of the user's model; None: as the benchmark has it
    max_steps: int | None = None  # None: as the benchmark has it


class Benchmark(Protocol):
    """Tasks and how they are played and scored. Making one checks its checkout."""

    name: str  # "tau-retail": a slug, unique; names files and tables
    user: str  # who plays the user: "scripted" or the model's name
    guided: bool  # whether a model agent is told how to work besides the policy; official prompts stand alone

    def identity(self) -> Identity:
        """Which code and data these are."""

    def tasks(self) -> Sequence[str]:
        """The ids of all tasks, in the official order."""

    def group(self, task: str) -> str:
        """The category that a task counts in; "" where there are none."""

    def episode(self, task: str, seed: int) -> Episode:
        """A new course of ``task``. Raises ``TaskError`` where there is none. ``seed`` is for the user's model."""

    def puppet(self, kind: str, task: str) -> Agent | None:
        """The agent ``kind`` for ``task``; None where the benchmark has no such agent. ``Puppet`` makes most.

        ``gold`` does what the task wants. The floors know the task's scorer, not its solution: ``null`` does and says
        nothing, ``transfer`` hands the user over at once, ``talk`` tells what is to be told and calls nothing,
        ``refuse`` always says that it cannot be done.
        """

    def summary(self, rewards: dict[str, float]) -> dict[str, float]:
        """Figures by name, from the mean reward of each group: the columns of the official table.

        A group may be missing where only some tasks were played; figures that need it are then left out.
        """


class History(NamedTuple):
    """A trial that others have played, ready to be played and scored again."""

    task: str
    trial: int
    reward: float  # as it was scored then
    agent: Agent  # does what was done then
    episode: Episode  # its user says what was said then


@runtime_checkable
class Historical(Protocol):
    """A benchmark that reads what its own runner has written."""

    def histories(self, path: Path) -> Iterator[History]:
        """The trials in a file. Raises ``RunError`` where it is another kind of file."""


class Trial(Record):
    """One graded trial with everything that happened."""

    score: Score
    seed: int
    stop: Ending
    error: str = ""  # what raised, where that ended it
    infrastructure: bool = False  # that error is no play of the agent's: pass^k counts it in two ways
    messages: tuple[Message, ...] = ()
    cost: dict[str, float] = Field(default_factory=dict)  # tokens and money of agent and user

    @property
    def calls(self) -> int:
        """Tool calls that were made."""
        return sum(message.role == "tool" for message in self.messages)
