"""τ²-bench as a benchmark: which checkout, which tasks, who plays them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from agentgym.build.ledger import digest_of
from agentgym.errors import RunError, TaskError
from agentgym.evaluate.asking import Asked, player
from agentgym.evaluate.benchmark import Identity, Setup
from agentgym.evaluate.checkout import checkout, commit_of
from agentgym.evaluate.foreign import whole
from agentgym.evaluate.puppets import Puppet
from agentgym.evaluate.tau2.episode import Tau2Episode
from agentgym.evaluate.tau2.official import official
from agentgym.evaluate.tau2.users import Caller, Modelled, Scripted
from agentgym.play.agents.agent import Agent, Turn, action
from agentgym.types import ToolCall

VARIABLE = "AGENTGYM_TAU2"

_DATA = "data/tau2/domains"
_DONE = "It is done."
_HANDED = Turn(calls=(ToolCall(name="transfer_to_human_agents", arguments={"summary": ""}),))
_SCORING = (
    "data/tau2/user_simulator/simulation_guidelines.md", "data/tau2/user_simulator/simulation_guidelines_tools.md",
    "src/tau2/environment/environment.py", "src/tau2/evaluator/evaluator.py", "src/tau2/evaluator/evaluator_action.py",
    "src/tau2/evaluator/evaluator_communicate.py", "src/tau2/evaluator/evaluator_env.py",
)  # fmt: skip

# What git calls the file in every release from 0.1.0 to 1.0.1. Some copies of the history lack it.
_AIRLINE = "c6a1e817aa9102c5822e83affb3595acbc312701"


class Tau2Bench:
    """One domain. Tasks go by the ids that the checkout gives them."""

    guided = False

    def __init__(self, name: str, setup: Setup) -> None:
        """Raises ``RunError`` where there is no checkout of τ²-bench, or something in it or around it is missing."""
        self.name = name
        self.user = player(setup.user)
        self.root = _checkout(setup.checkout)
        self._setup = setup
        self._domain = name.removeprefix("tau2-")
        if self._domain == "airline":
            _check_airline(self.root / _DATA / "airline/db.json")
        self._code = official(self.root)
        registry = self._code.registry
        with whole(self.root):
            registry.get_env_constructor(self._domain)()  # now, since it says best here what is missing
            self._tasks: dict[str, Any] = {task.id: task for task in registry.get_tasks_loader(self._domain)()}

    def identity(self) -> Identity:
        """Digests are of the tasks, the database, the policy, the user's prompts and the scorer.

        A version such as ``0.2.0+other-database`` says that the airline's ``db.json`` is not the released one.
        """
        commit, modified = commit_of(self.root)
        folder = self.root / _DATA / self._domain
        files = [f"{_DATA}/{self._domain}/{path.name}" for path in sorted(folder.iterdir()) if path.is_file()]
        data = {file: digest_of(self.root / file) for file in [*files, *_SCORING]}
        version = _version(self.root)
        if self._domain == "airline" and _blob(folder / "db.json") != _AIRLINE:
            version += "+other-database"
        return Identity(name="tau2-bench", version=version, commit=commit, modified=modified, data=data)

    def tasks(self) -> Sequence[str]:
        return list(self._tasks)

    def group(self, task: str) -> str:
        return ""

    def episode(self, task: str, seed: int) -> Tau2Episode:
        mine = self._task(task).model_copy(deep=True)  # tools keep what they are given and edit it, gold's as well
        if mine.initial_state is not None and mine.initial_state.message_history:
            raise TaskError(f"task {task!r} of {self.name} begins in the middle of a dialogue: choose another task")
        if "NL_ASSERTION" in {basis.value for basis in mine.evaluation_criteria.reward_basis}:
            raise TaskError(f"task {task!r} of {self.name} is scored by a model's opinion; use a checkout of v0.2.0")
        environment = self._code.environment(self._domain, mine)
        tools = environment.get_user_tools() if environment.user_tools is not None else []
        caller = self._caller(str(mine.user_scenario), tools, task, seed)
        limit = self._setup.max_steps or self._code.max_steps
        return Tau2Episode(self._code, mine, environment, caller, limit)

    def puppet(self, kind: str, task: str) -> Agent | None:
        criteria = self._task(task).evaluation_criteria
        told = Turn(". ".join([*(criteria.communicate_info or ()), _DONE]))
        if kind == "gold":
            return Puppet(kind, [*_gold_turns(criteria.actions or ()), told])
        turns = {"null": [Turn("")], "transfer": [_HANDED, Turn("")], "talk": [told]}.get(kind)
        return None if turns is None else Puppet(kind, turns)

    def summary(self, rewards: dict[str, float]) -> dict[str, float]:
        return {"accuracy": rewards[""]} if "" in rewards else {}

    def _task(self, task: str) -> Any:
        if task not in self._tasks:
            example = next(iter(self._tasks))
            raise TaskError(f"{self.name} has no task {task!r}; it has {len(self._tasks)}, such as {example!r}")
        return self._tasks[task]

    def _caller(self, instruction: str, tools: Sequence[Any], task: str, seed: int) -> Caller:
        if self.user == "scripted":
            return Scripted(self._code, instruction, tools)
        asked = Asked(self._setup, task, seed, self._code.temperature)
        return Modelled(self._code, instruction, tools, asked)


def benchmark(name: str, setup: Setup) -> Tau2Bench:
    """One of ``tau2-retail``, ``tau2-airline`` and ``tau2-telecom``."""
    return Tau2Bench(name, setup)


def _gold_turns(actions: Sequence[Any]) -> list[Turn]:
    """The calls that the evaluator knows; the user is asked for those that are its own."""
    turns = []
    for requestor, run in groupby(actions, key=lambda one: one.requestor):
        calls = [ToolCall(name=one.name, arguments=one.arguments) for one in run]
        if requestor == "assistant":
            turns += [Turn(calls=(call,)) for call in calls]
        else:
            turns.append(Turn(f"Please make these calls: {' '.join(map(action, calls))}"))
    return turns


def _checkout(given: Path | None) -> Path:
    try:
        return checkout(given, VARIABLE, "τ²-bench", "src/tau2/registry.py")
    except RunError as error:
        raise RunError(f"{error} (the package tau2 on PyPI is another project, of physics)") from None


def _check_airline(path: Path) -> None:
    if not path.is_file():
        raise RunError(
            f"{path} is missing, as in some copies of τ²-bench's history; take the file from another clone:"
            f" `git hash-object` of the released one is {_AIRLINE}"
        )


def _blob(path: Path) -> str:
    """What git calls the file."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _version(root: Path) -> str:
    """The latest release in the changelog: ``pyproject.toml`` names the next one already, as 0.2.1-dev in 0.2.0."""
    try:
        found = re.search(r"^## \[(\d[^\]]*)\]", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    except OSError as error:
        raise RunError(f"{root} is no whole checkout of τ²-bench: {error}; clone it again") from error
    return found[1] if found else ""
