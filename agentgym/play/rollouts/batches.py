"""The episodes that are asked for, shared out among processes, here or on other machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from agentgym.build.ledger import digest_of
from agentgym.episode import Terms
from agentgym.files import digest
from agentgym.llm import Options
from agentgym.play.rollouts.engine import Play, played
from agentgym.play.rollouts.interaction import log
from agentgym.play.rollouts.players import agent_named, asks_models, user_named
from agentgym.play.rollouts.sparing import sparing
from agentgym.play.rollouts.store import encode
from agentgym.types import Record

TASKS = "tasks.jsonl"
BATCHES = 8  # for each worker, where nobody waits for models: small ones even the load out
AWAY = 64  # episodes of a batch that is played elsewhere, at most: what the loss of a machine can cost


class Request(Record):
    """What is asked for, of every task."""

    agents: tuple[str, ...]  # as ``rollouts.players`` knows them
    user: str = "scripted"
    trials: int = 1  # episodes of each agent at each task; the first with ``seed``, the next with ``seed + 1``, ...
    seed: int = 0
    max_steps: int = 30
    temperature: float = 0.0  # of an agent that is a model; at 0 its trials are much alike
    options: Options = Options()  # how models are reached

    def modelled(self, agent: str) -> bool:
        """Whether a model has a part in the episodes of ``agent``: they may come out otherwise every time."""
        return asks_models(agent, self.user)


class Wanted(NamedTuple):
    """An episode that is asked for."""

    key: str  # a digest of everything it depends on
    task: int  # its place in the domain's tasks
    agent: str
    trial: int


def wanted(folder: Path, request: Request, program: str) -> list[Wanted]:
    """The episodes asked for of one domain: task by task, agent by agent, trial by trial.

    ``program`` is a digest of the code that plays. A model's answers do not follow from it, and they were paid for: its
    episodes are known by the same key in a later version.
    """
    files = {path.name: digest_of(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != TASKS}
    shared = {
        agent: digest(
            [files, agent, request.user, request.max_steps, request.temperature if request.modelled(agent) else program]
        )
        for agent in request.agents
    }
    lines = (folder / TASKS).read_bytes().splitlines()
    tasks = [line.decode("utf-8", "surrogateescape") for line in lines]  # whoever plays a damaged one says what it is
    return [
        Wanted(digest([shared[agent], task, request.seed + trial, trial]), number, agent, trial)
        for number, task in enumerate(tasks)
        for agent in request.agents
        for trial in range(request.trials)
    ]


class Portion(NamedTuple):
    """Some episodes of one domain."""

    folder: Path
    episodes: Sequence[Wanted]
    files: Mapping[str, bytes] = {}  # of the folder, where it cannot be seen


class Batch(NamedTuple):
    """What one process is given at a time."""

    portions: tuple[Portion, ...]
    request: Request
    concurrency: int  # episodes of this batch in flight


class Over(NamedTuple):
    """An episode that is over: its trajectory as a line of JSON, or why there is none."""

    domain: str
    key: str
    line: bytes
    failure: str = ""
    error: str = ""  # what agent or user raised, where that ended it


def in_batches(
    portions: Sequence[Portion], request: Request, *, workers: int, away: bool, concurrency: int
) -> list[Batch]:
    """Shares for ``workers`` processes, which together have ``concurrency`` episodes in flight.

    Whoever waits for models waits for many domains at once; whoever does not takes one domain after another.
    """
    each = max(1, concurrency // workers)
    total = sum(len(portion.episodes) for portion in portions)
    if away:
        return [Batch((_carried(part),), request, each) for part in _cut(portions, AWAY)]
    if workers > 1 and not any(map(request.modelled, request.agents)):
        return [Batch((part,), request, each) for part in _cut(portions, -(-total // (workers * BATCHES)) or 1)]
    parts = _cut(portions, -(-total // workers) or 1) if workers > 1 else list(portions)
    dealt = [tuple(parts[hand::workers]) for hand in range(workers)]
    return [Batch(hand, request, each) for hand in dealt if hand]


def play_batch(batch: Batch) -> Iterator[Over]:
    """Play a batch; every episode as soon as it is over."""
    request = batch.request
    options = replace(request.options, concurrency=batch.concurrency)
    makers = {name: agent_named(name, options, request.temperature) for name in request.agents}
    terms = Terms(max_steps=request.max_steps, user=user_named(request.user, options))
    plays = (
        Play(portion.folder, task, makers[agent], agent, request.seed + trial, trial, key)
        for portion in batch.portions
        for key, task, agent, trial in portion.episodes
    )
    with sparing(log):
        for done in played(plays, terms, concurrency=batch.concurrency):
            line = b"" if done.trajectory is None else encode(done.trajectory)
            yield Over(done.play.folder.name, done.play.tag, line, "" if line else str(done.failure), done.error)


def play_batch_away(batch: Batch) -> Iterator[Over]:
    """The same on a machine that need not see the domains' folders."""
    with TemporaryDirectory() as scratch:
        portions = tuple(_unpacked(portion, Path(scratch)) for portion in batch.portions)
        yield from play_batch(batch._replace(portions=portions))


def _cut(portions: Sequence[Portion], size: int) -> list[Portion]:
    """The portions in pieces of up to ``size`` episodes."""
    return [
        portion._replace(episodes=portion.episodes[start : start + size])
        for portion in portions
        for start in range(0, len(portion.episodes), size)
    ]


def _carried(portion: Portion) -> Portion:
    files = {path.name: path.read_bytes() for path in sorted(portion.folder.iterdir()) if path.is_file()}
    return portion._replace(files=files)


def _unpacked(portion: Portion, scratch: Path) -> Portion:
    folder = scratch / portion.folder.name
    folder.mkdir(exist_ok=True)
    for name, data in portion.files.items():
        (folder / name).write_bytes(data)
    return Portion(folder, portion.episodes)
