"""ACEBench as a benchmark: which checkout, which tasks, who plays them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentgym.build.ledger import digest_of
from agentgym.errors import RunError, TaskError, nearest
from agentgym.evaluate.acebench.agent import AgentEpisode, Limits
from agentgym.evaluate.acebench.gold import gold_turns
from agentgym.evaluate.acebench.official import MULTI_TURN, official
from agentgym.evaluate.acebench.single import SingleTurn
from agentgym.evaluate.acebench.tasks import AGENT, NORMAL, SPECIAL, Item, read_items
from agentgym.evaluate.acebench.users import TEMPERATURE, Away, Modelled, scripted
from agentgym.evaluate.acebench.ways import mended
from agentgym.evaluate.acebench.world import World
from agentgym.evaluate.asking import Asked, player
from agentgym.evaluate.benchmark import Episode, Identity, Setup
from agentgym.evaluate.callers import Caller
from agentgym.evaluate.checkout import checkout, commit_of
from agentgym.evaluate.foreign import whole
from agentgym.evaluate.puppets import Puppet
from agentgym.play.agents.agent import Agent, Turn

VARIABLE = "AGENTGYM_ACEBENCH"

_TURNS = 20  # of an agent: the official runner ends a dialogue after 40 messages, every other one is the agent's
_STEPS = 100  # calls and messages of an episode; the official runner bounds the calls of a turn by tokens alone
_IRRELEVANT = "irrelevant"  # within the name of the category in which nothing can be done
_KINDS = {"Normal": NORMAL, "Special": SPECIAL, "Agent": AGENT}
_WEIGHTS = {"Normal": 0.578, "Special": 0.2676, "Agent": 0.1545}  # of Overall, in the official evaluation


class AceBench:
    """One language. Tasks go by the ids that the data give them, and count in the categories of the data."""

    guided = False

    def __init__(self, name: str, setup: Setup) -> None:
        """Raises ``RunError`` where there is no checkout of ACEBench, or a file in it is missing or broken."""
        self.name = name
        self.user = player(setup.user)
        self.root = checkout(setup.checkout, VARIABLE, "ACEBench", "model_eval/checker.py")
        self._setup = setup
        self._language = name.removeprefix("acebench-")
        self._code = official(self.root, self._language)
        self._data = Path("data_all") / f"data_{self._language}"
        items = read_items(self.root / self._data, self._code.categories)
        with whole(self.root):
            self._items = {name: self._checked(item) for name, item in items.items()}

    def identity(self) -> Identity:
        """Digests are of tasks and answers, checkers, prompts and worlds. ACEBench has no versions."""
        commit, modified = commit_of(self.root)
        names = [f"data_{category}.json" for categories in self._code.categories.values() for category in categories]
        folders = (self._data, self._data / "possible_answer")
        files = [(folder / name).as_posix() for folder in folders for name in names] + self._code.files()
        try:
            data = {file: digest_of(self.root / file) for file in files}
        except OSError as error:
            raise RunError(f"{self.root} is no whole checkout of ACEBench: {error}; clone it again") from error
        return Identity(name="ACEBench", commit=commit, modified=modified, data=data)

    def tasks(self) -> Sequence[str]:
        return list(self._items)

    def group(self, task: str) -> str:
        return self._item(task).category

    def whole(self, task: str) -> str:
        return self._item(task).conversation

    def episode(self, task: str, seed: int) -> Episode:
        item, asked = self._item(task), self._setup.max_steps
        if not item.category.startswith(AGENT):
            return SingleTurn(self._code, item, asked or _STEPS)
        limits = Limits(asked or _TURNS, asked or _STEPS)
        return AgentEpisode(self._code, item, self._caller(item, seed), limits)

    def puppet(self, kind: str, task: str) -> Agent | None:
        """Gold, and two floors: there is nobody to transfer to, and what is to be told is part of the answers."""
        if kind == "gold":
            return Puppet(kind, gold_turns(self._code, self._item(task)))
        if kind == "refuse":
            return Puppet(kind, [Turn(self._code.phrases[_IRRELEVANT])])
        return Puppet(kind, [Turn("")]) if kind == "null" else None

    def summary(self, rewards: dict[str, float]) -> dict[str, float]:
        """Each figure is the mean of its categories, which count alike however many tasks they have."""
        found = {}
        for figure, kind in _KINDS.items():
            categories = self._code.categories[kind]
            if all(category in rewards for category in categories):
                found[figure] = sum(rewards[category] for category in categories) / len(categories)
        if len(found) == len(_KINDS):
            found["Overall"] = sum(weight * found[figure] for figure, weight in _WEIGHTS.items())
        return found

    def _item(self, task: str) -> Item:
        if task not in self._items:
            hint = nearest(task, self._items)
            raise TaskError(f"{self.name} has no task {task[:80]!r}{hint}; it has {len(self._items)}")
        return self._items[task]

    def _checked(self, item: Item) -> Item:
        """``item``, mended. Raises ``RunError`` where an agent's world cannot be made, or no prompt is for its user."""
        if not item.category.startswith(AGENT):
            return item
        World(self._code, item)
        if item.category == MULTI_TURN and not set(item.classes) & set(self._code.prompts.users):
            raise RunError(f"{item.id} of {self.root} is in a world whose users have no prompt; clone ACEBench again")
        return mended(self._code, item)

    def _caller(self, item: Item, seed: int) -> Caller:
        if item.category != MULTI_TURN:
            return Away(item.question, self._language)
        if self.user == "scripted":
            return scripted(item.question, self._language)
        return Modelled(self._code, item, Asked(self._setup, item.id, seed, TEMPERATURE))


def benchmark(name: str, setup: Setup) -> AceBench:
    """One of ``acebench-en`` and ``acebench-zh``."""
    return AceBench(name, setup)
