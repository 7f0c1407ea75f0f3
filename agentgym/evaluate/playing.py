"""One trial: an agent plays an episode of a benchmark, and what happened is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any, NamedTuple

from agentgym.errors import BadAnswer, ContextOverflow, LLMError, TooLong
from agentgym.evaluate.benchmark import ERRORS, Ending, Episode, Outcome, Trial
from agentgym.evaluate.course import Course, driven
from agentgym.play.agents.agent import Agent
from agentgym.play.rollouts.interaction import described
from agentgym.play.rollouts.transcript import Transcript
from agentgym.play.rollouts.waiting import answer
from agentgym.spaces import understood
from agentgym.types import Message, Score

_OWN = (BadAnswer, ContextOverflow, TooLong)  # what an agent's own words break: it wrote too much, or nothing


class Wanted(NamedTuple):
    """A trial that is asked for."""

    task: str
    trial: int
    seed: int


class _Broken(Exception):
    """Somebody's code raised; ``stop`` says whose."""

    def __init__(self, stop: Ending) -> None:
        super().__init__(stop)
        self.stop: Ending = stop


def is_infrastructure(stop: str, raised: BaseException | None) -> bool:
    """Whether a trial ended in an error that is no play of the agent's: its model could not be had, the user failed, or
    the environment did. What the agent's own code or words break is its failure.

    ``stop``: whose error it was; ``raised``: what ended it, where anything did.
    """
    if stop != "agent_error":
        return stop in ERRORS
    return isinstance(raised, (TimeoutError, LLMError)) and not isinstance(raised, _OWN)


async def play_trial(benchmark: str, wanted: Wanted, begin: Callable[[], Episode], make: Callable[[], Agent]) -> Trial:
    """Play one trial to its end: ``begin`` makes the episode, ``make`` the agent.

    Whatever agent, user or environment raise ends it, and stands in the record.
    """
    episode: Episode | None = None
    agent: Agent | None = None
    messages: tuple[Message, ...] = ()
    error, raised = "", None
    try:
        with _blaming_others():
            episode = begin()
        transcript = Transcript(episode.policy)
        try:
            with _blaming_agent():
                agent = make()
            outcome = await _play(Course(episode), agent, wanted.seed, transcript)
        finally:
            messages = transcript.messages()
        if outcome.stop in ERRORS:  # the episode says so itself
            error = str(outcome.detail.get("error", outcome.stop))
    except _Broken as broken:
        outcome, raised = Outcome(0.0, broken.stop), broken.__cause__
        error = described(raised)
    finally:
        if episode is not None:
            episode.close()
    score = Score(
        benchmark=benchmark,
        task=wanted.task,
        trial=wanted.trial,
        reward=outcome.reward,
        detail=dict(outcome.detail),
    )
    return Trial(
        score=score,
        seed=wanted.seed,
        stop=outcome.stop,
        error=error,
        infrastructure=is_infrastructure(outcome.stop, raised),
        messages=messages,
        cost=_cost(agent, episode),
    )


async def _play(course: Course, agent: Agent, seed: int, transcript: Transcript) -> Outcome:
    """Agent and episode take turns until one ends it. Raises ``_Broken``."""
    episode = course.episode
    with _blaming_others():
        opening = await driven(course.begin())
        transcript.hear(opening)
    with _blaming_agent():
        agent.start(episode.tools, episode.policy, seed)
    seen: tuple[str, ...] = (opening,)
    while True:
        with _blaming_agent():
            said: Any = agent.act(seen)
            if isawaitable(said):
                said = await answer(said)
            actions = transcript.turn(said)
        answers = await _turn(course, actions, transcript)
        with _blaming_others():
            outcome = course.turn_over()
        if outcome is not None:
            return outcome
        seen = tuple(answers)


async def _turn(course: Course, actions: Iterator[str], transcript: Transcript) -> list[str]:
    """The actions of one turn and their answers, as far as the episode goes. Raises ``_Broken``."""
    answers: list[str] = []
    while course.outcome is None:
        with _blaming_agent():  # a call may hold what is no JSON
            action = next(actions, None)
        if action is None:
            break
        what = understood(action)
        transcript.act(action, what)
        with _blaming_others():
            answered = await driven(course.do(what))
            transcript.answer(answered.text)
        answers.append(answered.text)
    return answers


@contextmanager
def _blaming_agent() -> Iterator[None]:
    """What an agent raises ends the episode."""
    try:
        yield
    except Exception as error:
        raise _Broken("agent_error") from error


@contextmanager
def _blaming_others() -> Iterator[None]:
    """The same for the episode: a user's model that fails in any way, or a fault in the environment's own code."""
    try:
        yield
    except Exception as error:
        user = isinstance(error, (LLMError, TimeoutError))
        raise _Broken("user_error" if user else "environment_error") from error


def _cost(agent: object, episode: Episode | None) -> dict[str, float]:
    """What both have spent, A to Z."""
    spent = {**getattr(agent, "spent", {}), **(episode.spent if episode is not None else {})}
    return dict(sorted(spent.items()))
