"""Agents that ought to earn nothing, played through the real environment, user and all.

They share no code with the proof of tasks. Each is a generator of actions that is sent the observations. At its end
every one of them tells the user all that it has read. It plays twice: silent until then, and asking after every call
whether that was it, since a user who is content ends the episode at once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeAlias

from agentgym.env import ToolEnv
from agentgym.spaces import REFUSED, Action
from agentgym.types import Json, Row, Task, ToolCall
from agentgym.world.load import LoadedDomain

Script: TypeAlias = Generator[str, str, None]  # of actions; it is sent the observations
Policy: TypeAlias = Callable[[LoadedDomain, Task], Script]

MAX_STEPS = 600
_CALLS = 40  # of one agent, besides brute force
_KEYS = 60  # keys that brute force tries for one argument
_ASK = "Is that what you wanted?"


def null(loaded: LoadedDomain, task: Task) -> Script:
    """Says that it is done."""
    while True:
        yield "That is done."


def at_random(loaded: LoadedDomain, task: Task) -> Script:
    """Makes random calls that fit their schemas, half of their values such as results have shown."""
    rng = random.Random(f"at random/{task.id}")
    space = Action([(name, tool.spec.parameters) for name, tool in loaded.tools.items()], seed=rng.randrange(2**31))
    seen = _Seen()
    for _ in range(_CALLS):
        action = json.loads(space.sample())
        if action["name"] in loaded.tools:
            for name in action["arguments"]:
                if seen.values(name) and rng.random() < 0.5:
                    action["arguments"][name] = rng.choice(seen.values(name))
            seen.add((yield json.dumps(action)))
    yield from seen.tell()


def read_everything(loaded: LoadedDomain, task: Task) -> Script:
    """Calls every tool that reads, with whatever the results so far offer."""
    seen = _Seen()
    yield from _read(loaded, seen)
    yield from seen.tell()


def error_spam(loaded: LoadedDomain, task: Task) -> Script:
    """Calls all tools wrongly, and some that there are not."""
    seen = _Seen()
    for name, tool in loaded.tools.items():
        junk: dict[str, Json] = dict.fromkeys(tool.spec.parameters.get("properties") or {}, "?")
        for arguments in ({}, junk, {"unknown": 1}):
            seen.add((yield json.dumps({"name": name, "arguments": arguments})))
    for malformed in ('{"name": ', '{"name": "__init__", "arguments": {}}', "{}"):
        seen.add((yield malformed))
    yield from seen.tell()


def every_key(loaded: LoadedDomain, task: Task) -> Script:
    """Knows gold but for the keys: after reading all, it makes each writing call with every key there is."""
    seen = _Seen()
    yield from _read(loaded, seen)
    tables = [(table.primary_key, loaded.seed.get(table.name, [])) for table in loaded.domain.tables]
    for call in task.gold:
        if loaded.tools[call.name].writes:
            for other in _with_every_key(call, tables):
                seen.add((yield _action(other)))
    yield from seen.tell()


POLICIES: dict[str, Policy] = {
    "null": null,
    "random": at_random,
    "read_everything": read_everything,
    "error_spam": error_spam,
    "every_key": every_key,
}


def wins(env: ToolEnv, loaded: LoadedDomain, task: Task, policy: Policy) -> bool:
    """Whether an agent of ``policy`` is paid for ``task``, silent or asking."""
    return _paid(env, task, policy(loaded, task)) or (
        policy is not every_key and _paid(env, task, _asking(policy(loaded, task)))  # that one would guess, not try
    )


def _paid(env: ToolEnv, task: Task, script: Script) -> bool:
    env.reset(seed=0, options={"task": task})
    action = next(script)
    while True:
        observation, reward, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            return reward > 0
        try:
            action = script.send(observation)
        except StopIteration:
            action = "That is all."


def _asking(script: Script) -> Script:
    """The same script with a question after every call."""
    action = next(script)
    while True:
        observation = yield action
        if action.startswith("{"):
            yield _ASK
        try:
            action = script.send(observation)
        except StopIteration:
            return


def _read(loaded: LoadedDomain, seen: _Seen) -> Script:
    """Every reading tool: first those that need nothing, then, twice, the others with what has been seen."""
    reading = [(name, tool.spec.parameters) for name, tool in loaded.tools.items() if not tool.writes]
    reading.sort(key=lambda one: (len(one[1].get("required") or ()), one[0]))
    for place in range(2):
        for name, schema in reading[:_CALLS]:
            required = schema.get("required") or ()
            if place and not required:
                continue
            offered = [seen.values(argument) for argument in required]
            if all(len(values) > place for values in offered):
                arguments = {argument: values[place] for argument, values in zip(required, offered, strict=True)}
                seen.add((yield json.dumps({"name": name, "arguments": arguments})))


def _with_every_key(call: ToolCall, tables: Sequence[tuple[str, list[Row]]]) -> Iterator[ToolCall]:
    """``call`` about every row of each table that one of its arguments is a key of, in their order.

    Arguments that say more of gold's row, such as the group it is in, say the same of the other row: all of them
    together single out gold's, and an agent that knew them would know the key.
    """
    for name, value in call.arguments.items():
        place = ((key, rows, row) for key, rows in tables for row in rows if _is_key(value) and row[key] == value)
        key, rows, own = next(place, ("", [], {}))
        for row in rows[:_KEYS]:
            alike = {
                other: row[column]
                for other, given in call.arguments.items()
                for column in own
                if isinstance(given, str) and given == own[column] and row[column] is not None and column != key
            }
            yield call.model_copy(update={"arguments": {**call.arguments, **alike, name: row[key]}})


def _is_key(value: Json) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _action(call: ToolCall) -> str:
    return json.dumps({"name": call.name, "arguments": call.arguments})


class _Seen:
    """What an agent has read: the results as text, and their values by property."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._values: dict[str, list[Json]] = {}

    def add(self, observation: str) -> None:
        """Take in the answer to a call."""
        if observation.startswith(REFUSED):
            return
        self._texts.append(observation)
        self._note("", json.loads(observation))

    def values(self, name: str) -> list[Json]:
        """The values seen under a property, each once."""
        return self._values.get(name, [])

    def tell(self) -> Script:
        """All of it, to the user."""
        yield f"Here is everything I know. {' '.join(self._texts)}"
        yield "That is done."

    def _note(self, name: str, value: Json) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                self._note(key, inner)
        elif isinstance(value, list):
            for inner in value:
                self._note(name, inner)
        elif value is not None and value not in self._values.setdefault(name, []):
            self._values[name].append(value)
