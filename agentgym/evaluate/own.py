"""Our own environments as a benchmark: one, or every domain of a folder, so that a held-out split is one command.

Episodes are those of a rollout, in the same rooms with the same users and seeds.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any
from weakref import finalize

import orjson

from agentgym.build.ledger import digest_of
from agentgym.episode import Step, Terms
from agentgym.errors import RunError, TaskError
from agentgym.evaluate.benchmark import Answer, Identity, Now, Outcome, Setup
from agentgym.evaluate.course import driven
from agentgym.evaluate.puppets import Puppet
from agentgym.files import digest
from agentgym.play.agents.agent import Agent, Turn
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts.players import is_model, user_named
from agentgym.play.rollouts.venues import Rooms, RoomVenue
from agentgym.registry import NAMESPACE, find
from agentgym.runs import domains_in
from agentgym.spaces import Call
from agentgym.types import Task
from agentgym.users import UserFactory
from agentgym.world.load import load

MAX_STEPS = 30
TASKS = "tasks.jsonl"


class OwnBenchmark:
    """Every task of one domain or of many; a group is a domain."""

    guided = True

    def __init__(self, name: str, setup: Setup) -> None:
        """``name``: an id such as ``envscale/retail-v0``, a domain folder, a folder of domains, or a run folder.

        Raises ``RunError`` or ``DomainError`` where there are no domains, or none with tasks.
        """
        single = name.startswith(f"{NAMESPACE}/")
        folders = [find(name)] if single else [folder.resolve() for folder in domains_in(Path(name))]
        self.name = re.sub(r"[^a-z0-9._-]+", "-", (name if single else Path(name).resolve().name).lower()).strip("-")
        self.user = setup.user
        self._folders = {folder.name: folder for folder in folders}
        self._places = _places(folders)
        if not self._places:
            raise RunError(f"the domains of {name} have no tasks; sample some with `agentgym tasks`")
        terms = Terms(max_steps=setup.max_steps or MAX_STEPS, user=_user(setup))
        self._max_steps = terms.max_steps
        self._rooms = Rooms(terms)
        finalize(self, self._rooms.close)

    def identity(self) -> Identity:
        """The digest of each domain's files, its tasks among them."""
        data = {name: _digest(folder) for name, folder in self._folders.items()}
        return Identity(name=NAMESPACE, data=data)

    def tasks(self) -> Sequence[str]:
        return list(self._places)

    def group(self, task: str) -> str:
        return self._place(task).name

    def episode(self, task: str, seed: int) -> OwnEpisode:
        return OwnEpisode(self._rooms, self._rooms.venue(self._place(task), task, seed), self._max_steps)

    def puppet(self, kind: str, task: str) -> Agent | None:
        """Gold, fallible, and the floors; our domains have no tool that hands the user over."""
        if kind == "null":
            return Puppet(kind, [Turn()])
        if kind == "talk":
            return Puppet(kind, [Turn("; ".join(str(value) for value in self._task(task).outputs))])
        make = {"gold": GoldAgent, "fallible": FallibleAgent}.get(kind)
        return None if make is None else make(self._task(task))

    def summary(self, rewards: dict[str, float]) -> dict[str, float]:
        """The mean over domains, where there are several."""
        return {"mean of domains": sum(rewards.values()) / len(rewards)} if len(rewards) > 1 else {}

    def _place(self, task: str) -> Path:
        if task not in self._places:
            raise TaskError(f"{self.name} has no task {task!r}; it has {len(self._places)}")
        return self._places[task]

    def _task(self, task: str) -> Task:
        return next(one for one in load(self._place(task)).tasks() if one.id == task)


class OwnEpisode:
    """An episode in a room that others share. It judges and cuts itself."""

    def __init__(self, rooms: Rooms, venue: RoomVenue, max_steps: int) -> None:
        self.tools, self.policy, self.max_steps = venue.tools, venue.policy, max_steps
        self._rooms, self._venue = rooms, venue
        self._open = True

    @property
    def spent(self) -> dict[str, float]:
        """Of the user's model, where one plays the user."""
        spent: dict[str, float] = getattr(self._venue.user, "spent", {})
        return spent

    def begin(self) -> str:
        return self._venue.begin()

    def call(self, call: Call) -> Now[Answer]:
        return self._step(call)

    def say(self, text: str) -> Now[Answer]:
        return self._step(text)

    def turn_over(self) -> None:
        return None

    def cut(self) -> Outcome:
        return Outcome(0.0, "max_steps")

    def close(self) -> None:
        if self._open:
            self._open = False
            self._rooms.leave(self._venue)

    def _step(self, what: Call | str) -> Now[Answer]:
        """At once where nobody is asked, so that episodes of rules need no event loop."""
        waits = self._venue.step("", what)
        try:
            awaitable = next(waits)
        except StopIteration as done:
            return _answer(done.value)
        return self._later(waits, awaitable)

    async def _later(self, waits: Any, awaitable: Awaitable[Any]) -> Answer:
        step: Step = await driven(waits, awaitable)
        return _answer(step)


def _answer(step: Step) -> Answer:
    observation, reward, terminated, truncated, info = step
    if not (terminated or truncated):
        return Answer(observation)
    detail = dict(info.get("reward_info", {}))
    if info["stop"] == "user_error":
        detail["error"] = observation
    return Answer(observation, Outcome(float(reward), info["stop"], detail))


def _user(setup: Setup) -> UserFactory:
    if not is_model(setup.user) or setup.temperature is None:
        return user_named(setup.user, setup.options)
    from agentgym.users.llm import llm_user

    return llm_user(setup.user, options=setup.options, temperature=setup.temperature)


def _places(folders: Sequence[Path]) -> dict[str, Path]:
    """The domain folder of each task, in the order of the files. Raises ``RunError`` for what is no list of tasks."""
    places: dict[str, Path] = {}
    for folder in folders:
        path = folder / TASKS
        for number, line in enumerate(path.read_bytes().splitlines() if path.is_file() else (), 1):
            try:
                task = str(orjson.loads(line)["id"])
            except (ValueError, KeyError, TypeError) as error:
                raise RunError(f"{path}:{number} is no task ({error}); sample tasks again") from error
            if task in places:
                raise RunError(f"{path}:{number}: task {task!r} is also in {places[task]}; ids have to be unique")
            places[task] = folder
    return places


def _digest(folder: Path) -> str:
    return digest({path.name: digest_of(path) for path in sorted(folder.iterdir()) if path.is_file()})
