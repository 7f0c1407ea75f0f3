"""Recorded calls of the real system: the file they stand in, and whether an answer of ours is the recorded one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from agentgym.errors import RunError
from agentgym.files import read_records
from agentgym.types import Json, Record, ToolSpec

_EXAMPLE = '{"calls": [{"name": "get_order", "arguments": {"order_id": "1"}, "output": {"order_id": "1"}}]}'


class RecordedCall(Record):
    """A call of the real system, and what it answered: a JSON value, or text that holds one."""

    name: str
    arguments: dict[str, Json] = Field(default_factory=dict)
    output: Json


class Recording(Record):
    """Calls that followed each other, from the state that is imported."""

    calls: tuple[RecordedCall, ...]


def read_examples(path: Path, specs: Mapping[str, ToolSpec]) -> tuple[Recording, ...]:
    """The sequences of a JSON Lines file. Raises ``RunError`` naming the line."""
    if not path.is_file():
        raise RunError(f"{path} is no file; recorded calls are lines such as {_EXAMPLE}")
    try:
        found = tuple(read_records(path, Recording))
    except RunError as error:
        raise RunError(f"{error}; each line is a sequence of calls, such as {_EXAMPLE}") from error
    if not found:
        raise RunError(f"{path} holds no recorded call; each line is a sequence of calls, such as {_EXAMPLE}")
    strange = sorted({call.name for one in found for call in one.calls} - set(specs))
    if strange:
        raise RunError(f"{path} calls {strange[0][:80]!r}, which the tools do not name; leave such sequences out")
    return found


def value_of(output: Json) -> Json:
    """A recorded answer as a value: the JSON in a text, where it holds an object or a list, else as it stands."""
    if isinstance(output, str) and output[:1] in ("{", "["):
        try:
            return json.loads(output)
        except (ValueError, RecursionError):
            return output
    return output


def text_of(value: Json) -> str:
    """A value as one text: equal texts are equal values with their members in the same order."""
    return json.dumps(value)


def is_refusal(output: Json, keys: Collection[Json]) -> bool:
    """Whether a recorded answer reads as a refusal: words, and no key of a document."""
    value = value_of(output)
    if isinstance(value, dict):
        return "error" in value
    return isinstance(value, str) and value not in keys and (" " in value.strip() or "error" in value.lower())


def constant_answer(tool: str, recordings: Sequence[Recording], alike: bool) -> tuple[Json, int] | None:
    """The one answer that a tool gave in all of at least two recorded calls, and how many; None where they differ.

    ``alike``: calls with the same arguments count as one.
    """
    calls = [call for one in recordings for call in one.calls if call.name == tool]
    answers = {text_of(call.output) for call in calls}
    asked = {text_of(call.arguments) for call in calls} if alike else calls
    return (value_of(calls[0].output), len(calls)) if len(answers) == 1 and len(asked) > 1 else None
