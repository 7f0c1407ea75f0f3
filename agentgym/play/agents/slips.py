"""Values gone wrong: another one of the same kind, and calls with it in place of the right one."""

from __future__ import annotations

import random

from agentgym.play.agents.agent import same
from agentgym.types import Json, ToolCall


def perturb(value: Json, schema: Json, rng: random.Random) -> Json:
    """Another value of the same type: another enum member, a changed digit, a number nearby, a shorter list."""
    others = [item for item in schema.get("enum", ()) if item != value]
    if others:
        return rng.choice(others)
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + rng.choice((1, 2, 10))
    if isinstance(value, list):
        return value[:-1]
    if isinstance(value, dict):
        name = rng.choice(sorted(value)) if value else "note"
        return {**value, name: perturb(value.get(name), {}, rng)}
    return _misspelt(value, rng) if isinstance(value, str) else "unknown"


def _misspelt(text: str, rng: random.Random) -> str:
    """Change one digit, or double one letter where there is no digit."""
    places = [place for place, sign in enumerate(text) if sign in "0123456789"]
    if places:
        place = rng.choice(places)
        return f"{text[:place]}{(int(text[place]) + rng.randint(1, 9)) % 10}{text[place + 1 :]}"
    place = rng.randrange(len(text)) if text else 0
    return f"{text[: place + 1]}{text[place : place + 1] or 'x'}{text[place + 1 :]}"


def replaced(call: ToolCall, name: str, value: Json) -> ToolCall:
    """``call`` with another value for one argument."""
    return ToolCall(name=call.name, arguments={**call.arguments, name: value})


def substituted(call: ToolCall, old: Json, new: Json) -> ToolCall:
    """``call`` with every part of its arguments that equals ``old`` replaced; ``call`` itself where there is none."""

    def walk(value: Json) -> Json:
        if same(value, old):
            return new
        if isinstance(value, dict):
            return {name: walk(part) for name, part in value.items()}
        return [walk(part) for part in value] if isinstance(value, list) else value

    arguments = {name: walk(value) for name, value in call.arguments.items()}
    return call if arguments == call.arguments else ToolCall(name=call.name, arguments=arguments)
