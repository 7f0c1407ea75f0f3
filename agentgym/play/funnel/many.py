"""The funnel over many trajectories: of records at hand, or of a file's lines in several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from agentgym.errors import RunError
from agentgym.files import flaw
from agentgym.play.funnel.judge import UNKNOWN_TASK, judge, verdict
from agentgym.processes import each
from agentgym.types import Trajectory, Verdict
from agentgym.world.load import load
from agentgym.world.world import World

_LINES = 100  # of a file, that a process judges at a time


class Judged(NamedTuple):
    """The verdicts on one trajectory, and what they are counted by."""

    domain: str
    agent: str
    fault: str
    verdicts: tuple[Verdict, ...]


def funnel(
    trajectories: Iterable[Trajectory], folders: Mapping[str, Path], *, exact: bool = False
) -> Iterator[tuple[Trajectory, tuple[Verdict, ...]]]:
    """Judge trajectories of many domains. ``folders`` has the folder of each domain by name.

    A trajectory of a domain that is not there has an unknown task. Fastest where a domain's trajectories follow each
    other: only the latest domain stays open.
    """
    for name, group in groupby(trajectories, key=lambda trajectory: trajectory.domain):
        if name not in folders:
            for trajectory in group:
                yield trajectory, (verdict(trajectory, "validity", UNKNOWN_TASK),)
            continue
        loaded = load(folders[name])
        tasks = {task.id: task for task in loaded.tasks()}
        with closing(World(loaded)) as world:
            for trajectory in group:
                yield trajectory, judge(trajectory, tasks.get(trajectory.task), world, exact=exact)


class Slice(NamedTuple):
    """Some lines of a file: from byte ``start`` on, the first being line ``number``."""

    path: Path
    start: int
    number: int


def slices(path: Path) -> list[Slice]:
    """A JSON Lines file in pieces that several processes can judge. Raises ``RunError`` where it cannot be read."""
    found, place = [], 0
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(file):
                if number % _LINES == 0:
                    found.append(Slice(path, place, number + 1))
                place += len(line)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}; run `agentgym rollout` first") from error
    return found


def judged_lines(
    parts: Sequence[Slice], folders: Mapping[str, Path], *, exact: bool = False, workers: int = 1
) -> Iterator[list[Judged]]:
    """Judge the trajectories of ``slices``, piece by piece in their order, in up to ``workers`` processes.

    A piece is read where it is judged: no process holds more than a few lines. Raises ``RunError`` for a line that is
    no trajectory.
    """
    yield from each(partial(_judged, folders=dict(folders), exact=exact), parts, workers)


def _judged(part: Slice, folders: Mapping[str, Path], exact: bool) -> list[Judged]:
    return [
        Judged(trajectory.domain, trajectory.agent, trajectory.fault, verdicts)
        for trajectory, verdicts in funnel(_read(part), folders, exact=exact)
    ]


def _read(part: Slice) -> Iterator[Trajectory]:
    with open(part.path, "rb") as file:
        file.seek(part.start)
        for number, line in zip(range(_LINES), file, strict=False):
            try:
                yield Trajectory.model_validate_json(line)
            except ValidationError as error:
                place = f"{part.path}:{part.number + number}"
                raise RunError(f"{place} is not a Trajectory: {flaw(error)}; play the run again") from error
