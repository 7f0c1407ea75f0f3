"""Calls and their answers by id, as the formats of others want them; our own records pair them by their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from agentgym.types import Message

EPOCH = "1970-01-01T00:00:00+00:00"  # where a format insists on a time: the same trials give the same bytes


class Paired(NamedTuple):
    """A message with the ids of the calls that it makes, or of the one that it answers."""

    number: int  # of the message, from 0
    message: Message
    ids: tuple[str, ...]


def paired(messages: Iterable[Message]) -> Iterator[Paired]:
    """The messages with ids. The answer to an action that was no call has an id that nobody asked by."""
    made = 0
    waiting: list[str] = []
    for number, message in enumerate(messages):
        if message.role == "tool":
            yield Paired(number, message, (waiting.pop(0) if waiting else f"no_call_{number}",))
            continue
        ids = tuple(f"call_{made + place}" for place in range(len(message.tool_calls)))
        made += len(ids)
        waiting += ids
        yield Paired(number, message, ids)
