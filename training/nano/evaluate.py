"""Checkpoints in real dialogues: served, asked through litellm, in environments with the scripted user.

Every lane is a server and what plays against it, in a process of its own. A server that answers one request at a time
gives the same answers to the same seeds, so an evaluation on a CPU can be repeated to the episode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.evaluate.playing import is_infrastructure
from agentgym.files import read_records, write_records
from agentgym.llm import Options
from agentgym.play.agents.llm import AgentModel, MakeLLMAgent
from agentgym.play.rollouts.engine import Play, Played, played
from agentgym.processes import streamed
from agentgym.runs import Progress, domains_in, silent
from agentgym.types import Message, Record, Stop, Task
from agentgym.world.load import load
from training.nano.serve import served


@dataclass(frozen=True)
class Terminal:
    """How checkpoints are served and asked."""

    lanes: int = 2  # servers, each with its own process that plays
    threads: int = 1  # of torch in a server
    batched: bool = False  # answer requests together; then answers depend on what was asked at the same time
    concurrency: int = 1  # episodes in flight in a lane
    temperature: float = 0.5
    max_tokens: int = 80  # an answer
    max_steps: int = 12  # an episode


class Exam(NamedTuple):
    """A checkpoint, and the tasks it is tried on."""

    model: str  # the name of its folder
    part: str  # what the tasks are of, such as "vertical"
    run: Path  # a run folder with held-out tasks alone
    tasks: int  # of the run, at most
    trials: int  # a task

    @property
    def name(self) -> str:
        return f"{self.model}-{self.part}"

    @property
    def dialogues(self) -> int:
        return self.tasks * self.trials


class Episode(Record):
    """One dialogue that was played."""

    task: str
    domain: str
    trial: int
    seed: int
    calls: int  # gold calls of the task
    reward: float
    stop: Stop
    infrastructure: bool = False  # ended by what carries the model's words, not by the model
    error: str = ""
    messages: tuple[Message, ...] = ()


def evaluate(
    models: Path, exams: Sequence[Exam], out: Path, terminal: Terminal, *, seed: int = 0, progress: Progress = silent
) -> None:
    """Play every exam into ``out``/<exam>.jsonl; one that is there is not played again.

    ``models`` is the folder of all checkpoints.
    """
    out.mkdir(parents=True, exist_ok=True)
    left = [exam for exam in exams if not (out / f"{exam.name}.jsonl").is_file()]
    shares = enumerate(_dealt(left, terminal.lanes))
    lanes = [_Lane(number, models, tuple(share), out, terminal, seed) for number, share in shares if share]
    for exam, done, total in streamed(_play, lanes, len(lanes)):
        progress(exam, done, total)


def episodes(out: Path, exam: Exam) -> list[Episode]:
    """What ``evaluate`` has played of an exam."""
    return list(read_records(out / f"{exam.name}.jsonl", Episode))


def drawn(run: Path, count: int, seed: int) -> list[tuple[Path, Task]]:
    """``count`` tasks of a run, as many of each domain as of any other, as far as it has them; all if it has fewer.

    Raises:
        RunError: no domain of the run has a task.
    """
    folders = domains_in(run)
    heaps = {folder: load(folder).tasks() for folder in folders}
    heaps = {folder: Random(f"{seed}/{folder.name}").sample(tasks, len(tasks)) for folder, tasks in heaps.items()}
    longest = max(map(len, heaps.values()))
    if not longest:
        raise RunError(f"no domain of {run} has a task; hold more tasks out")
    in_turn = [(folder, task) for place in range(longest) for folder in folders for task in heaps[folder][place:][:1]]
    return sorted(in_turn[:count], key=lambda item: (item[0].name, item[1].id))


def _dealt(exams: Sequence[Exam], lanes: int) -> list[list[Exam]]:
    """The exams of each lane: the longest first, to whoever has the least to do."""
    shares: list[list[Exam]] = [[] for _ in range(lanes)]
    for exam in sorted(exams, key=lambda exam: -exam.dialogues):
        min(shares, key=lambda share: sum(one.dialogues for one in share)).append(exam)
    return shares


# -- one lane -------------------------------------------------------------------------------------


class _Lane(NamedTuple):
    number: int
    models: Path
    exams: tuple[Exam, ...]
    out: Path
    terminal: Terminal
    seed: int


def _play(lane: _Lane) -> Iterator[tuple[str, int, int]]:
    """Serve the checkpoints and play the exams of a lane; (exam, episodes done, episodes in all) after each episode."""
    terminal = lane.terminal
    log = lane.out / f"serve-{lane.number}.log"
    with served(lane.models, log, threads=terminal.threads, batched=terminal.batched) as address:
        for exam in lane.exams:
            plays = list(_plays(exam, address, terminal, lane.seed))
            done: list[Episode] = []
            for one in played(plays, Terms(max_steps=terminal.max_steps), concurrency=terminal.concurrency):
                done.append(_episode(one))
                yield exam.name, len(done), len(plays)
            done.sort(key=lambda episode: (episode.domain, episode.task, episode.trial))
            write_records(lane.out / f"{exam.name}.jsonl", done)


def _plays(exam: Exam, address: str, terminal: Terminal, seed: int) -> Iterator[Play]:
    settings = AgentModel(
        f"openai/{exam.model}",
        terminal.temperature,
        max_tokens=terminal.max_tokens,
        guide=False,  # the rows it was trained on have none
    )
    make = MakeLLMAgent(settings, Options(api_base=address, concurrency=terminal.concurrency))
    for folder, task in drawn(exam.run, exam.tasks, seed):
        for trial in range(exam.trials):
            yield Play(folder, task, make, seed=seed + trial, trial=trial)


def _episode(one: Played) -> Episode:
    if one.trajectory is None:
        assert one.failure is not None, "a play without a trajectory has failed"
        raise one.failure
    trajectory, task = one.trajectory, one.play.task
    assert isinstance(task, Task), "every play of an exam names its task"
    return Episode(
        task=task.id,
        domain=task.domain,
        trial=trajectory.trial,
        seed=one.play.seed,
        calls=len(task.gold),
        reward=trajectory.reward,
        stop=trajectory.stop,
        infrastructure=is_infrastructure(trajectory.stop, one.raised),
        error=one.error,
        messages=trajectory.messages,
    )
