"""Trajectories that τ-bench's own runner has written, read so that they can be played again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from agentgym.errors import RunError
from agentgym.files import read_json
from agentgym.play.agents.agent import Turn, action
from agentgym.spaces import RESPOND
from agentgym.types import Json, ToolCall


class Recording(NamedTuple):
    """One trial."""

    task: str
    trial: int
    reward: float
    turns: tuple[Turn, ...]  # the agent's
    words: tuple[str, ...]  # the user's


def recordings(path: Path) -> list[Recording]:
    """The trials of a file that ``run.py`` wrote. Raises ``RunError`` where it is another."""
    trials = read_json(path)
    try:
        return [_recording(trial) for trial in trials]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        wanted = "name one that its run.py wrote, such as historical_trajectories/gpt-4o-airline.json"
        raise RunError(f"{path} holds no trajectories of τ-bench: {error!r}; {wanted}") from error


def _recording(trial: Json) -> Recording:
    messages = trial["traj"]
    turns = tuple(_turn(message) for message in messages if message["role"] == "assistant")
    words = tuple(str(message["content"]) for message in messages if message["role"] == "user")
    return Recording(str(trial["task_id"]), int(trial["trial"]), float(trial["reward"]), turns, words)


def _turn(message: Json) -> Turn:
    """What an assistant's message did: of several calls the official agent made the first."""
    if not message.get("tool_calls"):
        return Turn(action(ToolCall(name=RESPOND, arguments={"content": message["content"] or ""})))
    function = message["tool_calls"][0]["function"]
    return Turn(calls=(ToolCall(name=function["name"], arguments=json.loads(function["arguments"])),))
