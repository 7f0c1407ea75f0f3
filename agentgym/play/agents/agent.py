"""What an agent is, and what agents share: turns, action strings, values inside arguments."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

from agentgym.build.semantics.language import read_name
from agentgym.types import Json, Task, ToolCall

_encode = json.JSONEncoder(ensure_ascii=False).encode  # made once: json.dumps would make one at every call
_LOOKING = frozenset({"get", "list", "count"})  # kinds of verbs


class Turn(NamedTuple):
    """What an agent does next: calls, or words to the user. The calls of one turn are made in order, then answered."""

    content: str = ""  # to the user where there are no calls; beside calls nobody but the record hears it
    calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""


class Agent(Protocol):
    """Whatever plays the assistant: one instance an episode, ``start`` once, then ``act`` until the user stops."""

    name: str

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """Read the OpenAI function list and the domain's policy. ``seed`` fixes whatever is drawn."""

    def act(self, observations: tuple[str, ...]) -> str | Turn | Awaitable[str | Turn]:
        """Go on: with an action of ``ToolEnv``, or a turn.

        ``observations``: the opening message, the user's reply, or the answers to the last turn's calls in their order.
        An agent that asks a model returns a coroutine, so that thousands can wait for theirs at once.
        """


MakeAgent: TypeAlias = Callable[[Task], Agent]


def action(call: ToolCall) -> str:
    """The action string of a tool call."""
    return _encode({"name": call.name, "arguments": call.arguments})


@lru_cache(maxsize=4096)
def looks(tool: str) -> bool:
    """Whether a tool's name says that it only looks: an agent is not told which tools write."""
    return read_name(tool).kind in _LOOKING


def same(left: Json, right: Json) -> bool:
    """JSON equality: True is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def parts(value: Json) -> Iterator[Json]:
    """``value`` and everything nested in it."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


def parsed(observation: str) -> Json:
    """A tool's answer; None where it is no JSON."""
    try:
        return json.loads(observation)
    except ValueError:
        return None
