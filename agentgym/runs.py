"""A run folder: where its domains are, and how a stage goes through all of them and can be stopped at any time.

RUN/
  pool.jsonl  graph.json  domains.jsonl   what build found in the specifications
  domains/<name>/                         one gated domain a folder, with its tasks.jsonl
  trajectories.jsonl  verdicts.jsonl      what was played, and what the funnel decided
  sft.jsonl  dataset/                     what a model is trained on, as a file or as a data set with its card
  rejected.jsonl                          what was dropped, by which stage and why
  .build/                                 what is done already
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from agentgym.build.ledger import Entry, Ledger, digest_of
from agentgym.errors import RunError, nearest
from agentgym.files import digest, read_records, write_records
from agentgym.processes import each
from agentgym.types import Record, Rejection


class Progress(Protocol):
    """Told of every step: the stage, how much is done, and of how much."""

    def __call__(self, stage: str, done: int, total: int, /) -> None: ...


def silent(stage: str, done: int, total: int, /) -> None:
    """A ``Progress`` that shows nothing."""


class Job(Record):
    """What a stage asks of one domain."""

    folder: Path  # of the domain
    out: Path  # the file to write
    count: int  # tasks a domain
    seed: int


class Outcome(Record):
    """What a stage did with one domain, beside the file it wrote."""

    counts: dict[str, int]
    rejections: tuple[Rejection, ...] = ()


# -- finding domains ------------------------------------------------------------------------------


def domains_in(path: Path) -> list[Path]:
    """The domain folders at ``path``: itself, those inside it, or those of the run it is. Sorted by name.

    Raises:
        RunError: there is none.
    """
    if (path / "domain.json").is_file():
        return [path]
    for root in (path / "domains", path):
        found = sorted(child.parent for child in root.glob("*/domain.json"))
        if found:
            return found
    if not path.exists():
        beside = [child.name for child in path.parent.iterdir()] if path.parent.is_dir() else []
        raise RunError(f"{path} does not exist{nearest(path.name, beside)}")
    raise RunError(f"{path} holds no domain; build some with `agentgym build --out {path}`")


# -- going through them ---------------------------------------------------------------------------


def each_domain(
    ledger: Ledger, stage: str, work: Callable[[Job], Outcome], jobs: Sequence[Job], workers: int, progress: Progress
) -> list[Entry]:
    """Do ``work`` for every job, in processes, and note each as soon as it is done: ``done`` jobs are not done again.

    Returns their entries, in the order of ``jobs``.
    """
    names = [f"{stage}/{job.folder.name}" for job in jobs]
    keys = [_key(stage, job) for job in jobs]
    entries = [ledger.done(name, key) for name, key in zip(names, keys, strict=True)]
    waiting = [place for place, entry in enumerate(entries) if entry is None]
    progress(stage, len(jobs) - len(waiting), len(jobs))
    outcomes = each(work, [jobs[place] for place in waiting], workers)
    for number, (place, outcome) in enumerate(zip(waiting, outcomes, strict=True), 1):
        entries[place] = ledger.finish(names[place], keys[place], [jobs[place].out], outcome.counts, outcome.rejections)
        progress(stage, len(jobs) - len(waiting) + number, len(jobs))
    return [entry for entry in entries if entry is not None]


def _key(stage: str, job: Job) -> str:
    """A digest of everything a job depends on: what is asked, the domain's files, this program."""
    asked = job.model_dump(mode="json", exclude={"folder", "out"})
    files = {path.name: digest_of(path) for path in sorted(job.folder.iterdir()) if path.is_file() and path != job.out}
    return digest([stage, asked, files, program()])


# The code that decides which tasks are sampled and how they are played; a change in it makes both anew.
CODE = (
    "types.py", "result.py", "errors.py", "files.py", "hygiene.py", "memo.py", "scalars.py", "spaces.py", "episode.py",
    "room.py", "env.py", "llm", "users", "world", "build/semantics", "build/values", "tasks", "play",
)  # fmt: skip


@cache
def program() -> str:
    """A digest of ``CODE``."""
    root = Path(__file__).parent
    paths = [root / room for room in CODE]
    paths += sorted(path for room in CODE for kind in ("*.py", "*.md") for path in (root / room).rglob(kind))
    return digest({path.relative_to(root).as_posix(): digest_of(path) for path in paths if path.is_file()})


def reject(run: Path, stage: str, dropped: Iterable[Rejection]) -> None:
    """Replace what ``stage`` dropped in ``rejected.jsonl``; what other stages dropped stays."""
    path = run / "rejected.jsonl"
    others = [item for item in read_records(path, Rejection) if item.stage != stage] if path.is_file() else []
    write_records(path, [*others, *dropped])
