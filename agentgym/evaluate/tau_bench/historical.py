"""Trajectories that τ-bench's own runner has written, read so that they can be played again."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agentgym.errors import LLMError, RunError
from agentgym.files import flaw, read_json
from agentgym.play.agents.agent import Turn, action
from agentgym.spaces import RESPOND
from agentgym.types import Json, ToolCall


class Recording(NamedTuple):
    """One trial."""

    task: str
    trial: int
    reward: float
    gold: Json  # the official ``actions`` and ``outputs`` that it was scored by; None: the file does not say
    turns: tuple[Turn, ...]  # the agent's
    words: tuple[str, ...]  # the user's
    error: str  # what ended it before anything was recorded, in which case there are no turns; "": nothing


class Lost:
    """The agent of a trial of which nothing is left but an error: official runners keep no more of it."""

    name = "recorded"

    def __init__(self, error: str) -> None:
        self._error = error

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """It needs to know nothing."""

    def act(self, observations: tuple[str, ...]) -> Turn:
        """Raises ``LLMError``, as most of them were."""
        raise LLMError(f"recorded: {self._error}")


def recordings(path: Path) -> list[Recording]:
    """The trials of a file that ``run.py`` wrote. Raises ``RunError`` where it is another."""
    wanted = "name one that its run.py wrote, such as historical_trajectories/gpt-4o-airline.json"
    try:
        trials = read_json(path)
        if not trials:
            raise ValueError("it is empty")
        return [_recording(trial) for trial in trials]
    except RecursionError:
        raise RunError(f"{path} holds no trajectories of τ-bench: it is nested too deeply; {wanted}") from None
    except ValueError as error:
        raise RunError(f"{path} holds no trajectories of τ-bench: {flaw(error)}; {wanted}") from error
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise RunError(f"{path} holds no trajectories of τ-bench: {error!r}; {wanted}") from error


def _recording(trial: Json) -> Recording:
    messages, info = trial["traj"], trial.get("info", {})
    turns = tuple(_turn(message) for message in messages if message["role"] == "assistant")
    words = tuple(str(message["content"]) for message in messages if message["role"] == "user")
    task, number, reward = str(trial["task_id"]), int(trial["trial"]), float(trial["reward"])
    error = "" if turns else str(info.get("error", ""))
    if not turns and not error:
        raise ValueError(f"trial {number} of task {task} has neither turns of the agent's nor an error")
    if not math.isfinite(reward):
        raise ValueError(f"trial {number} of task {task} has reward {reward}, which is none")
    gold = {name: info["task"][name] for name in ("actions", "outputs")} if "task" in info else None
    return Recording(task, number, reward, gold, turns, words, error)


def _turn(message: Json) -> Turn:
    """What an assistant's message did: of several calls the official agent made the first."""
    if not message.get("tool_calls"):
        return Turn(action(ToolCall(name=RESPOND, arguments={"content": message["content"] or ""})))
    function = message["tool_calls"][0]["function"]
    return Turn(calls=(ToolCall(name=function["name"], arguments=json.loads(function["arguments"])),))
