"""Whatever an agent sends, it gets an observation; and an error never changes the database.

``AGENTGYM_HOSTILE_ACTIONS=10000 pytest tests/test_hostile.py`` sends that many actions to each domain.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import gymnasium
import pytest

from agentgym import registry
from agentgym.env import ToolEnv

COUNT = int(os.environ.get("AGENTGYM_HOSTILE_ACTIONS", "200"))
COMMITTED = sorted(path for path in registry.bundled().glob("*") if (path / "domain.json").exists())
STRINGS = [
    "",
    " ",
    "0",
    "-1",
    "null",
    "'; DROP TABLE user; --",
    "%",
    "_",
    "\x00",
    "\ud800",
    "\u202e",
    "\U0001d518",
    "A" * 70_000,
    "{}",
    "__class__",
    "../../etc/passwd",
    "<|im_end|>",
    "1e999",
    "2025-02-30",
]
VALUES: list[Any] = [
    *STRINGS,
    None,
    True,
    False,
    0,
    -1,
    2**63,
    2**70,
    -(2**80),
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    {"": None},
    [1] * 5000,
]
NAMES = [
    "",
    "__init__",
    "__class__",
    "eval",
    "respond",
    "Respond",
    "call",
    "reset",
    "_world",
    "os.system",
    "\x00",
    "x" * 500,
]


def deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def twisted(call: dict[str, Any], chance: Random) -> object:
    """A call with one thing wrong, or text that is no call at all."""
    arguments = dict(call["arguments"])
    name = chance.choice([*arguments, "extra", "session", "self"])
    ways: list[Callable[[], object]] = [
        lambda: json.dumps(call)[: chance.randrange(1, 60)],
        lambda: json.dumps({**call, "name": chance.choice(NAMES)}),
        lambda: json.dumps({**call, "name": chance.choice(VALUES)}),
        lambda: json.dumps({**call, "arguments": chance.choice(VALUES)}),
        lambda: json.dumps({**call, "arguments": {**arguments, name: chance.choice(VALUES)}}),
        lambda: json.dumps({**call, "arguments": {**arguments, name: deep(chance.choice([5, 15, 70, 900]))}}),
        lambda: json.dumps({**call, "arguments": {key: value for key, value in arguments.items() if key != name}}),
        lambda: json.dumps({**call, "id": 1}),
        lambda: json.dumps([call]),
        lambda: "{" * chance.choice([1, 100, 50_000]),
        lambda: '{"name": "respond", "arguments": {"content": ' + json.dumps(chance.choice(VALUES)) + "}}",
        lambda: '{"name": "a", "name": "b", "arguments": {}}',
        lambda: '{"a":' * 3000 + "1" + "}" * 3000,
        lambda: "{" + "".join(chr(chance.randrange(32, 0x2FFF)) for _ in range(40)),
        lambda: chance.choice([None, 7, b"{}", [], {"name": "x"}, 1.5]),
    ]
    return chance.choice(ways)()


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_hostile_actions_get_an_observation_and_errors_change_nothing(folder: Path) -> None:
    identity = registry.register(folder)
    env = gymnasium.make(identity, max_steps=10**9, disable_env_checker=True)
    inner = env.unwrapped
    assert isinstance(inner, ToolEnv)
    chance = Random(f"hostile/{folder.name}")
    inner.action_space.seed(7)
    env.reset(seed=7)
    before = inner._world.digest()
    for number in range(COUNT):
        sample = inner.action_space.sample()
        action = sample if number % 5 == 0 else twisted(json.loads(sample), chance)
        observation, _, terminated, truncated, _ = env.step(action)
        shown = f"{str(action)[:300]!r} got {str(observation)[:300]!r}"
        assert isinstance(observation, str) and observation, f"No observation: {shown}"
        assert "internal error" not in observation, f"A tool broke: {shown}"
        after = inner._world.digest()
        assert after == before or not observation.startswith("Error"), f"An error changed the database: {shown}"
        before = after
        if terminated or truncated:
            env.reset(seed=number)
            before = inner._world.digest()
    env.close()
