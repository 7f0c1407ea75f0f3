"""A reward function for trainers in the manner of verl: a plain function from a solution's text to a number.

    custom_reward_function.path=.../agentgym/learn/rl/scoring.py custom_reward_function.name=compute_score

The calls that the text holds are made once more in a database of their own, so that neither the answers that stand in
it nor anything that the model made up about them count.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from agentgym.errors import TaskError
from agentgym.learn.rl.rewards import By, Shaping
from agentgym.learn.rl.solo import MAX_CALLS, Solo
from agentgym.llm import AskedCall, Completion
from agentgym.llm.answers import split_thought
from agentgym.llm.written import written_calls
from agentgym.play.agents.moves import said
from agentgym.registry import find
from agentgym.types import Schema, Task
from agentgym.world.load import load

MAX_SOLUTION = 256 * 1024  # characters; longer ones earn nothing
_DOMAINS = 64  # worlds a thread keeps, one a domain
_TASKS = 1024  # that are kept read: the solutions of a group come one after the other

_ANSWERS = re.compile(r"<tool_response>.*?(?:</tool_response>|\Z)", re.DOTALL)
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


class Solution(NamedTuple):
    """What an assistant did: its calls in order, and what it said to the user."""

    calls: tuple[AskedCall, ...]
    told: tuple[str, ...]


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, Any] | None = None,
    *,
    by: By = "auto",
    partial: float = 0.0,
    max_calls: int = MAX_CALLS,
) -> float:
    """The reward of a solution, 0 to 1; ``by`` and ``partial`` as in ``Shaping``, for verl's ``reward_kwargs``.

    ``data_source`` is a domain's folder, Gymnasium id or name, ``ground_truth`` the task as JSON: see ``verl_rows``.
    Whatever the model wrote is scored, and nonsense earns 0.0, as does a text of more than ``MAX_SOLUTION``
    characters or ``max_calls`` calls. Raises ``DomainError`` and ``TaskError`` where the row itself is wrong.
    """
    shaping = Shaping(by, partial)
    solo = _here.solo(str(data_source), max_calls)
    task = _task(ground_truth)
    if task.domain != solo.loaded.domain.name:
        raise TaskError(f"task {task.id!r} is of domain {task.domain!r}, not {solo.loaded.domain.name!r}")
    if not isinstance(solution_str, str) or len(solution_str) > MAX_SOLUTION:
        return 0.0
    solution = solution_of(solution_str, solo.schemas)
    if len(solution.calls) > max_calls:
        return 0.0
    solo.begin(task)
    tools, every = solo.loaded.tools, shaping.counts_calls(task)
    for call in solution.calls:
        if call.arguments is not None and (every or (call.name in tools and tools[call.name].writes)):
            solo.call(call.name, call.arguments)
    solo.tell(*solution.told)
    return solo.reward(shaping)


def solution_of(text: str, tools: Mapping[str, Schema]) -> Solution:
    """The calls and the messages of a transcript in the manner of Qwen and Hermes, special tokens in it or not.

    ``tools``: parameter schemas by name. What stands in ``<think>`` and ``<tool_response>`` is neither. Words beside a
    call are not said to the user.
    """
    calls: list[AskedCall] = []
    told: list[str] = []
    for completion in _turns(text, tools):
        words = said(completion)
        if words is None:
            calls += completion.calls
        elif words:
            told.append(words)
    return Solution(tuple(calls), tuple(told))


def _turns(text: str, tools: Mapping[str, Schema]) -> Iterator[Completion]:
    """The assistant's turns, which the answers of tools part."""
    for part in _ANSWERS.split(text):
        answer, _ = split_thought(part)  # a thought that the template has opened, too
        words, calls = written_calls(_THOUGHTS.sub("", answer), tools)
        yield Completion(text=words, calls=calls)


class _Here(threading.local):
    """The worlds of this thread, each of which one thread at a time may use."""

    def __init__(self) -> None:
        self.solo = lru_cache(maxsize=_DOMAINS)(_solo)


def _solo(data_source: str, max_calls: int) -> Solo:
    return Solo(load(find(Path(data_source))), max_calls)


@lru_cache(maxsize=_TASKS)
def _task(ground_truth: str) -> Task:
    try:
        return Task.model_validate_json(ground_truth)
    except ValidationError as error:
        raise TaskError(f"the ground truth is no task: {error.errors()[0]['msg']}; make rows with verl_rows") from error


_here = _Here()
