"""Kept trajectories in, training rows out: each is cleaned, compared with those before it and given a side.

One pass; a row is written and forgotten. What is remembered is the domain at hand and a short mark of every row kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from agentgym.errors import RunError
from agentgym.files import refuse_device, told_of, write_json, write_text
from agentgym.learn.card import MARK, Card
from agentgym.learn.contamination import COPY, Benchmark, overlaps
from agentgym.learn.datasets import CARD, SINKS, Sink
from agentgym.learn.dedupe import Duplicates
from agentgym.learn.recipe import PARTS, Recipe
from agentgym.learn.rows import Row, Source, row
from agentgym.learn.splits import Split
from agentgym.learn.staging import Staging
from agentgym.types import Rejection, Trajectory
from agentgym.world.load import load

README = "README.md"
DUPLICATE, NEAR, COPIED = "an exact duplicate", "a near duplicate", "copies a benchmark"


@dataclass(frozen=True)
class Picked:
    """A row that goes into the data, and what it was made from."""

    part: str  # train, held_out, or with a vertical general.train and the like
    row: Row
    source: Source
    trajectory: Trajectory


def pick(
    trajectories: Iterable[Trajectory],
    folders: Mapping[str, Path],
    recipe: Recipe,
    split: Split,
    benchmarks: Sequence[Benchmark] = (),
) -> Iterator[Picked | Rejection]:
    """Each trajectory's row, in order, or why it has none. ``folders`` has the folder of each domain by name.

    The first of several duplicates is kept, wherever they would go: no near duplicate of a training row is held out.
    """
    source_of, seen = sources(folders), Duplicates(recipe.near)
    for trajectory in trajectories:
        source = source_of(trajectory.domain)
        made = row(trajectory, source, reasoning=recipe.reasoning)
        if isinstance(made, dict):
            made = _compared(made, recipe, seen, benchmarks)
        if isinstance(made, Rejection):
            yield made
        else:
            part = recipe.part(split.side(source.tasks[trajectory.task]), trajectory.domain)
            yield Picked(part, made, source, trajectory)


def sources(folders: Mapping[str, Path]) -> Callable[[str], Source]:
    """From a domain's name to what its rows need. Only the latest few domains stay in memory."""

    @lru_cache(maxsize=8)
    def source(name: str) -> Source:
        if name not in folders:
            raise RunError(f"trajectories speak of a domain {name!r} that the run does not have; build it again")
        return Source.of(load(folders[name]))

    return source


def _compared(made: Row, recipe: Recipe, seen: Duplicates, benchmarks: Sequence[Benchmark]) -> Row | Rejection:
    """The row with its overlaps noted, unless it repeats a benchmark or another row."""
    shared = overlaps(made["messages"], benchmarks)
    copied = next((item for item in shared if item.words == COPY), None)
    if copied and recipe.overlap == "drop":
        return _reject(made, COPIED, f"{copied.benchmark}: {copied.text}")
    repeated = seen.of(made["id"], made["domain"], made["messages"])
    if repeated:
        detail = f"of {repeated.of}, similarity {repeated.similarity:.3f}"
        return _reject(made, DUPLICATE if repeated.exact else NEAR, detail)
    return {**made, "overlaps": [f"{item.words} words: {item.benchmark}" for item in shared]}


def _reject(made: Row, reason: str, detail: str) -> Rejection:
    return Rejection(stage="export", subject=made["id"], reason=reason, detail=detail)


# -- the folder -----------------------------------------------------------------------------------


def write(picked: Iterable[Picked | Rejection], out: Path, recipe: Recipe, card: Card) -> list[Rejection]:
    """Write a dataset folder: the rows of every part, a README and the card. Returns what was dropped.

    The folder changes only when everything is written; ``card.json`` comes last and holds the digest of each file.

    Raises:
        RunError: the folder has a README or rows that no export wrote.
    """
    _refuse_foreign(out)
    dropped: list[Rejection] = []
    with told_of(out), Staging(out, seal=CARD) as staging:
        with _Files(staging, recipe.formats) as files:
            for item in picked:
                if isinstance(item, Rejection):
                    dropped.append(item)
                    card.drop(item)
                else:
                    files.write(item.part, item.row)
                    card.add(item.part, item.row, item.source, item.trajectory)
        card.files = {name: staging.digest(name) for name in files.names}
        write_json(staging.path(CARD), card.facts())
        write_text(staging.path(README), card.text())
        staging.commit(stale=frozenset(f"{part}.{ending}" for part in PARTS for ending in SINKS))
    return dropped


def refuse_foreign(out: Path) -> None:
    """Raise ``RunError`` where ``out`` is anything but a file of rows, or nothing yet: a typing error costs no run."""
    refuse_device(out)
    if not out.exists() or out.stat().st_size == 0:
        return
    with open(out, "rb") as file:
        line = file.readline()
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        first = None
    if not isinstance(first, dict) or not {"messages", "tools"} <= first.keys():
        raise RunError(f"{out} is a file that no export wrote; remove it, or choose another name")


def _refuse_foreign(out: Path) -> None:
    """A folder that has files of our names, but neither our card nor our README, is somebody else's."""
    names = [README, *(f"{part}.{ending}" for part in PARTS for ending in SINKS)]
    taken = [name for name in names if (out / name).exists()]
    if taken and not (out / CARD).exists() and not _ours(out / README):
        raise RunError(f"{out} holds a {taken[0]} that no export wrote; choose another folder")


def _ours(readme: Path) -> bool:
    return readme.is_file() and MARK in readme.read_text("utf-8", "replace")


class _Files(ExitStack):
    """The files of a data set, each opened when its first row comes."""

    def __init__(self, staging: Staging, formats: Sequence[str]) -> None:
        super().__init__()
        self.names: list[str] = []
        self._staging = staging
        self._formats = formats
        self._sinks: dict[str, list[Sink]] = {}

    def write(self, part: str, row: Row) -> None:
        for sink in self._sinks.get(part) or self._open(part):
            sink.write(row)

    def _open(self, part: str) -> list[Sink]:
        names = {f"{part}.{ending}": SINKS[ending] for ending in self._formats}
        self.names += names
        self._sinks[part] = [self.enter_context(sink(self._staging.path(name))) for name, sink in names.items()]
        return self._sinks[part]
