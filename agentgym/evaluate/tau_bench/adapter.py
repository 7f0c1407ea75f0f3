"""τ-bench as a benchmark: which checkout, which tasks, who plays them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from agentgym.build.ledger import digest_of
from agentgym.errors import RunError, TaskError
from agentgym.evaluate.asking import Asked, player
from agentgym.evaluate.benchmark import History, Identity, Setup
from agentgym.evaluate.callers import Caller, Scripted
from agentgym.evaluate.checkout import checkout, commit_of
from agentgym.evaluate.foreign import foreign, whole
from agentgym.evaluate.puppets import Puppet
from agentgym.evaluate.tau_bench.episode import TauEpisode
from agentgym.evaluate.tau_bench.historical import Lost, Recording, recordings
from agentgym.evaluate.tau_bench.users import STOP, Modelled, Recorded
from agentgym.play.agents.agent import Agent, Turn
from agentgym.types import ToolCall

VARIABLE = "AGENTGYM_TAU_BENCH"

_STEPS = 30  # actions in which the official agent has to be done
_DONE = "It is done."
_TRANSFER = "transfer_to_human_agents"  # ends an episode
_SETS = {
    "tau-retail": ("retail", "test"),
    "tau-retail-train": ("retail", "train"),
    "tau-retail-dev": ("retail", "dev"),
    "tau-airline": ("airline", "test"),
}
_SCORING = ("tau_bench/envs/base.py", "tau_bench/envs/user.py", "tau_bench/types.py")


class TauBench:
    """One domain and split. Tasks go by their index, as they do in τ-bench."""

    guided = False

    def __init__(self, name: str, setup: Setup) -> None:
        """Raises ``RunError`` where there is no checkout of τ-bench, or what it needs is not installed."""
        self.name = name
        self.user = player(setup.user)
        self.root = checkout(setup.checkout, VARIABLE, "τ-bench", "tau_bench/envs/base.py")
        self._setup = setup
        self._domain, self._split = _SETS[name]
        self._package = foreign(self.root, "tau_bench")
        for module in ("base", self._domain):  # now, since it says best here what it lacks
            self._package.module(f"envs.{module}")
        self._make: Any = self._package.module("envs").get_env
        self._action: Any = self._package.module("types").Action
        self._user_code = self._package.module("envs.user") if setup.user != "scripted" else None
        with whole(self.root):
            first = self._official(0)
        self._tools, self._policy, self._gold = first.tools_info, first.wiki, first.tasks

    def identity(self) -> Identity:
        """Digests are of the scorer, the tasks and the database."""
        commit, modified = commit_of(self.root)
        folder = f"tau_bench/envs/{self._domain}"
        tasks = sorted(path.name for path in (self.root / folder).glob("tasks*.py"))
        files = [f"{folder}/data/{path.name}" for path in sorted((self.root / folder / "data").glob("*.json"))]
        files += [*(f"{folder}/{task}" for task in tasks), f"{folder}/wiki.md", *_SCORING]
        data = {file: digest_of(self.root / file) for file in files}
        return Identity(name="tau-bench", version=_version(self.root), commit=commit, modified=modified, data=data)

    def tasks(self) -> Sequence[str]:
        return [str(index) for index in range(len(self._gold))]

    def group(self, task: str) -> str:
        return ""

    def episode(self, task: str, seed: int) -> TauEpisode:
        caller = self._caller(self._gold[self._index(task)].instruction, task, seed)
        return self._episode(task, caller, self._setup.max_steps or _STEPS)

    def histories(self, path: Path) -> Iterator[History]:
        recorded = recordings(path)
        for one in recorded:
            gold = self._gold[self._index(one.task)].model_dump(include={"actions", "outputs"})
            if one.gold is not None and one.gold != gold:
                raise RunError(
                    f"task {one.task} of {path} wants other actions than that of {self.name} in {self.root}: name the"
                    " benchmark and a checkout of the version that it was played with"
                )
        return map(self._history, recorded)

    def puppet(self, kind: str, task: str) -> Agent | None:
        gold = self._gold[self._index(task)]
        told = Turn(". ".join([*gold.outputs, _DONE]))
        handed = Turn(calls=(ToolCall(name=_TRANSFER, arguments={"summary": ""}),))
        if kind == "gold":
            return Puppet(kind, _gold_turns(gold, told))
        turns = {"null": [Turn("")], "transfer": [handed], "talk": [told]}.get(kind)
        return None if turns is None else Puppet(kind, turns)

    def summary(self, rewards: dict[str, float]) -> dict[str, float]:
        return {"accuracy": rewards[""]} if "" in rewards else {}

    def _index(self, task: str) -> int:
        if task.isdecimal() and int(task) < len(self._gold):
            return int(task)
        raise TaskError(f"{self.name} has no task {task!r}; they are '0' to '{len(self._gold) - 1}'")

    def _history(self, one: Recording) -> History:
        episode = self._episode(one.task, Recorded(one.words), max(1, len(one.turns)))
        agent = Lost(one.error) if one.error else Puppet("recorded", one.turns)
        return History(one.task, one.trial, one.reward, agent, episode)

    def _episode(self, task: str, caller: Caller, max_steps: int) -> TauEpisode:
        start = partial(self._official, self._index(task))
        return TauEpisode(start, self._action, caller, self._tools, self._policy, max_steps)

    def _official(self, index: int) -> Any:
        """A new official environment at the start of a task. Its own user is the one that asks no model."""
        with self._package.present():
            return self._make(self._domain, "human", "", self._split, task_index=index)

    def _caller(self, instruction: str, task: str, seed: int) -> Caller:
        if self._user_code is None:
            return Scripted(instruction, STOP)
        return Modelled(self._user_code, instruction, Asked(self._setup, task, seed))


def benchmark(name: str, setup: Setup) -> TauBench:
    """One of ``tau-retail``, ``tau-retail-train``, ``tau-retail-dev`` and ``tau-airline``."""
    return TauBench(name, setup)


def _gold_turns(task: Any, told: Turn) -> list[Turn]:
    """The calls that the scorer replays; what is to be told comes before a transfer, which ends the episode."""
    calls = [ToolCall(name=action.name, arguments=action.kwargs) for action in task.actions]
    turns = [Turn(calls=(call,)) for call in calls if call.name != _TRANSFER]
    transfers = [Turn(calls=(call,)) for call in calls if call.name == _TRANSFER]
    if not transfers:
        return [*turns, told]
    return [*turns, *([Turn(". ".join(task.outputs))] if task.outputs else []), transfers[0]]


def _version(root: Path) -> str:
    """As ``setup.py`` says, which is read, not run."""
    try:
        found = re.search(r"version\s*=\s*[\"']([^\"']+)", (root / "setup.py").read_text("utf-8"))
    except OSError as error:
        raise RunError(f"{root} is no whole checkout of τ-bench: {error}; clone it again") from error
    return found[1] if found else ""
