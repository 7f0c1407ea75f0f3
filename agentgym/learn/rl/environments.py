"""Environments for TRL's ``GRPOTrainer(environment_factory=...)``: a class a domain, with its tools as methods.

TRL takes every public method that it finds on the class for a tool, calls ``reset(**row)`` before a rollout, and
``get_reward()`` after it. The loop has the assistant and its tools in it and nobody else: no user answers a question.
So the rows are tasks told in full, see ``agentgym.learn.rl.prompts``; ``agentgym.learn.rl.trl_rollout`` has a user.

TRL shows the environment no message, hence an environment that owns its reward cannot know what the user was told. For
tasks whose user wants to be told something, make the class with ``owns_reward=False`` and pass ``trl_reward``.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, ClassVar, cast

from agentgym.env import functions
from agentgym.errors import DomainError, TaskError, nearest
from agentgym.hygiene import clean_schema
from agentgym.learn.rl.functions import SchemaFunction, method
from agentgym.learn.rl.prompts import told_in_full
from agentgym.learn.rl.rewards import SPARSE, Shaping
from agentgym.learn.rl.solo import MAX_CALLS, Solo
from agentgym.registry import find
from agentgym.types import Json, Task
from agentgym.world.load import LoadedDomain, load
from agentgym.world.naming import class_name

_TAKEN = frozenset({"reset", "get_reward"})  # TRL's own


class _Kind(type):
    """The type of environment classes, by which pickle knows how to make one again in another process."""


class Environment(metaclass=_Kind):
    """What the classes of all domains share. Instances are pooled: ``reset`` leaves nothing of the last episode."""

    _domain: ClassVar[LoadedDomain]
    _tasks: ClassVar[dict[str, Task]]
    _terms: ClassVar[dict[str, Any]]  # what the class was made with
    _functions: ClassVar[dict[str, tuple[dict[str, Json], FunctionType]]]  # by attribute: schema and method

    def __init__(self) -> None:
        self._solo = Solo(self._domain, self._terms["max_calls"])
        for attribute, (schema, function) in self._functions.items():
            # On the instance, where TRL takes its tools from: there they hide the methods of the class.
            self.__dict__[attribute] = SchemaFunction(schema, function, self._solo.act)

    def reset(self, **row: Any) -> str | None:
        """Start the episode of a row: the task with the id ``task``, of ``domain`` where the row names one.

        The task told in full, for TRL to put into the prompt, where the row has no prompt; else None. Raises
        ``TaskError`` and ``DomainError`` for rows that are not for this class.
        """
        task = self._task(row)
        self._solo.begin(task)
        prompt = row.get("prompt")
        return None if prompt and prompt[-1].get("content") else told_in_full(task)

    def _task(self, row: Mapping[str, Any]) -> Task:
        name = self._domain.domain.name
        if row.get("domain", name) != name:
            raise DomainError(f"a row of domain {row['domain']!r} came to the environment of {name!r}; see trl_rows")
        wanted = row.get("task")
        task = self._tasks.get(wanted) if isinstance(wanted, str) else None
        if task is None:
            hint = nearest(str(wanted), self._tasks) or "; make rows with agentgym.learn.rl.prompts.trl_rows"
            raise TaskError(f"{name} has no task {wanted!r}, which the row names{hint}")
        return task


class RewardedEnvironment(Environment):
    """An environment that owns its reward."""

    def get_reward(self) -> float:
        """What the verifier says of the rollout, with partial credit where the class was made with it."""
        return self._solo.reward(self._terms["shaping"])

    def _task(self, row: Mapping[str, Any]) -> Task:
        task = super()._task(row)
        if task.outputs and self._terms["shaping"].hears:
            raise TaskError(
                f"the user of {task.id} wants to be told something, and TRL shows no message to an environment that "
                "owns its reward: leave such tasks out with trl_rows(answers=False), or make the class with "
                "owns_reward=False and pass reward_funcs=trl_reward"
            )
        return task


def trl_environment(
    domain: str | Path,
    *,
    tasks: Sequence[Task] | None = None,
    shaping: Shaping = SPARSE,
    owns_reward: bool = True,
    max_calls: int = MAX_CALLS,
) -> type[Environment]:
    """The environment class of a domain, for ``environment_factory``; for several domains pass {name: class}.

    ``domain`` is a domain folder, a Gymnasium id or a name; ``tasks`` are those that rows may name, by default the
    folder's. With ``owns_reward`` the class has ``get_reward``, else pass ``reward_funcs=trl_reward``. Whoever makes
    more than ``max_calls`` calls earns nothing. Raises ``DomainError`` where the domain cannot be loaded.
    """
    loaded = load(find(domain))
    known = loaded.tasks() if tasks is None else tasks
    members: dict[str, Any] = {
        "__doc__": f"The tools of the domain {loaded.domain.name} as methods.",
        "__module__": __name__,
        "_domain": loaded,
        "_tasks": {task.id: task for task in known},
        "_terms": {"tasks": tasks, "shaping": shaping, "owns_reward": owns_reward, "max_calls": max_calls},
        "_functions": _methods(loaded),
    }
    members |= {attribute: function for attribute, (_, function) in members["_functions"].items()}
    base = RewardedEnvironment if owns_reward else Environment
    made = _Kind(f"{class_name(loaded.domain.name)}Environment", (base,), members)
    return cast(type[Environment], made)


def trl_reward(
    completions: Sequence[Sequence[Mapping[str, Any]]], environments: Sequence[object], **_: Any
) -> list[float | None]:
    """A reward function for TRL that also hears what the user was told: the last message, if it calls no tool.

    ``completions`` are conversational. None for rollouts of other environments than ours. Raises ``TypeError`` where
    an environment owns its reward, which would be paid twice.
    """
    rewards: list[float | None] = []
    for completion, environment in zip(completions, environments, strict=True):
        if isinstance(environment, RewardedEnvironment):
            raise TypeError(f"{type(environment).__name__} owns its reward; make it with owns_reward=False")
        if not isinstance(environment, Environment):
            rewards.append(None)
            continue
        environment._solo.tell(*_last_words(completion))
        rewards.append(environment._solo.reward(environment._terms["shaping"]))
    return rewards


def _last_words(completion: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the assistant says to the user when it calls no more tools; [] where it was cut off before."""
    last = completion[-1] if completion else {}
    content = last.get("content")
    told = last.get("role") == "assistant" and not last.get("tool_calls") and isinstance(content, str)
    return [str(content)] if told else []


def _methods(loaded: LoadedDomain) -> dict[str, tuple[dict[str, Json], FunctionType]]:
    """The schema and the method of every tool, by its attribute."""
    out: dict[str, tuple[dict[str, Json], FunctionType]] = {}
    for schema in clean_schema(functions(loaded.domain)):
        name = schema["function"]["name"]
        out[_attribute(name, out)] = schema, method(schema, _act)
    return out


def _act(environment: Environment, name: str, arguments: dict[str, Json]) -> str:
    return environment._solo.act(name, arguments)


def _attribute(name: str, taken: Mapping[str, Any]) -> str:
    """Where the tool stands on the class: under its name, but for names that mean something else to TRL.

    It calls tools by their ``__name__``, so that the attribute may differ.
    """
    attribute = name
    while attribute in _TAKEN or attribute in taken:
        attribute += "_"
    return attribute


def _again(kind: type[Environment]) -> Any:
    """How pickle makes a class again: from its folder, or by its name where it is one of this module's own."""
    if "_terms" not in vars(kind):
        return kind.__name__
    return partial(trl_environment, kind._domain.folder, **kind._terms), ()


copyreg.pickle(_Kind, _again)  # type: ignore[arg-type]
