"""What a person types at ``agentgym play`` -> an action of ``ToolEnv``; completion of names, arguments and enums."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence

from agentgym.types import Json, Schema

COMMANDS = {
    ":tools": "list the tools and their arguments",
    ":policy": "show the rules you play by",
    ":diff": "show what changed in the database so far",
    ":help": "show the forms of input",
    ":quit": "leave the episode",
}


class InputError(ValueError):
    """A line that cannot be sent; its message tells the person why and what to type."""


def parse(line: str, tools: Mapping[str, Schema]) -> str:
    """The action of one line: ``tool key=value ...``, a JSON object, or words to the user.

    ``tools`` maps names to parameter schemas. A line that starts with a tool's name but holds other words and no
    ``=`` is said to the user ("cancel my order, please").
    """
    line = line.strip()
    if not line:
        raise InputError("there is nothing to send; see :help")
    if line.startswith("{"):
        return _checked_json(line)
    try:
        first, *rest = shlex.split(line)
    except ValueError:  # an apostrophe in a sentence: the words decide
        first, *rest = line.split()
    pairs = [word.partition("=") for word in rest]
    if first not in tools:
        close = [name for name in tools if name.startswith(first)]
        if rest and all(name.isidentifier() and sign for name, sign, _ in pairs):
            hint = f"did you mean {close[0]!r}?" if close else "see :tools"
            raise InputError(f"no tool is called {first!r}; {hint}")
        return line
    if pairs and not any(sign for _, sign, _ in pairs):
        return line
    return _call(first, pairs, tools[first])


def _call(name: str, pairs: Sequence[tuple[str, str, str]], schema: Schema) -> str:
    properties: dict[str, Schema] = schema.get("properties", {})
    arguments: dict[str, Json] = {}
    for key, sign, text in pairs:
        if not sign:
            raise InputError(f"{key!r} is no key=value; put a value with spaces in quotes")
        if key not in properties:
            raise InputError(f"{name} has no argument {key!r}; it takes {', '.join(properties) or 'none'}")
        if key in arguments:
            raise InputError(f"{key!r} is given twice")
        arguments[key] = _value(text, properties[key])
    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)


def _value(text: str, schema: Schema) -> Json:
    """Text stays text where the schema asks for a string; anything else is read as JSON if it is JSON."""
    if schema.get("type") == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _checked_json(line: str) -> str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {error}") from error
    if not isinstance(value.get("name"), str) or set(value) - {"name", "arguments"}:
        raise InputError('a call is {"name": "...", "arguments": {...}}')
    return line


def complete(line: str, tools: Mapping[str, Schema]) -> list[str]:
    """What the last word of ``line`` can become: a tool or command, an argument not given yet, or an enum value."""
    *before, word = line.split(" ")
    if not before:
        return sorted(name for name in (*tools, *COMMANDS) if name.startswith(word))
    properties: dict[str, Schema] = tools.get(before[0], {}).get("properties", {})
    key, sign, start = word.partition("=")
    if sign:
        values = [str(value) for value in properties.get(key, {}).get("enum", ())]
        return [f"{key}={shlex.quote(value)}" for value in values if value.startswith(start)]
    given = {other.partition("=")[0] for other in before}
    return [f"{name}=" for name in properties if name.startswith(word) and name not in given]
