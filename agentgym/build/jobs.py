"""The materialisation of one domain as a piece of work: noted in the ledger, its errors contained."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Protocol, TypeAlias, overload

from agentgym.build.ingest import label
from agentgym.build.ledger import Entry, Ledger
from agentgym.executors import Executor
from agentgym.files import read_json, write_text
from agentgym.processes import Finished
from agentgym.types import Domain, Json, Rejection


class Materialised(Protocol):
    """What came of one domain; ``domain`` is None where it was rejected, and then it has no folder."""

    @property
    def domain(self) -> Domain | None: ...
    @property
    def rejections(self) -> tuple[Rejection, ...]: ...
    @property
    def bound(self) -> int: ...
    @property
    def gated(self) -> int: ...
    @property
    def laws(self) -> dict[str, int]: ...
    @property
    def coverage(self) -> dict[str, int]: ...
    @property
    def seconds(self) -> dict[str, float]: ...


Materialise: TypeAlias = Callable[[Domain, Path], Materialised]


@dataclass(frozen=True)
class Job:
    """A domain to materialise in the ledger's run folder."""

    ledger: Ledger
    name: str  # of the domain
    text: str  # the domain as JSON; read only where the work is done
    key: str  # what its entry will be known by
    materialise: Materialise | None  # None: by the rules of ``agentgym.build.materialise``

    @property
    def entry(self) -> str:
        return f"domains/{self.name}"


@dataclass(frozen=True)
class Made:
    """What came of a job: its entry, the same in every build, and the time it took."""

    entry: Entry
    seconds: dict[str, float]


@dataclass(frozen=True)
class Away:
    """What came of a job done on another machine, with the files it wrote there."""

    made: Made
    files: dict[str, bytes]


class Jobs(Sequence[Job]):
    """The jobs of a ``domains.jsonl``; each domain's text is read when its job is taken, and not kept."""

    def __init__(self, ledger: Ledger, path: Path, program: str, materialise: Materialise | None) -> None:
        from agentgym.files import digest

        self.ledger, self.path, self.materialise = ledger, path, materialise
        self.names: list[str] = []
        self.keys: list[str] = []
        self.weights: list[int] = []  # about how long each takes
        self._spans: list[tuple[int, int]] = []
        for start, line in _lines(path):
            domain = Domain.model_validate_json(line)
            self.names.append(domain.name)
            self.keys.append(digest([program, line.decode("utf-8")]))
            self.weights.append(len(domain.tools) * 4096 + len(line))
            self._spans.append((start, len(line)))

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Job: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Job]: ...
    def __getitem__(self, place: int | slice) -> Job | Sequence[Job]:
        if isinstance(place, slice):
            return [self[inner] for inner in range(*place.indices(len(self)))]
        start, length = self._spans[place]
        with open(self.path, "rb") as file:
            file.seek(start)
            text = file.read(length).decode("utf-8")
        return Job(self.ledger, self.names[place], text, self.keys[place], self.materialise)

    def done(self, place: int) -> Entry | None:
        """The entry of a job that an earlier run did."""
        return self.ledger.done(f"domains/{self.names[place]}", self.keys[place])

    def order(self, places: Sequence[int]) -> list[int]:
        """The long ones first, so that no worker is left with one at the end."""
        return sorted(places, key=lambda place: (-self.weights[place], place))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    start = 0
    with open(path, "rb") as file:
        for line in file:
            yield start, line
            start += len(line)


def do(job: Job) -> Made:
    """Materialise one domain in its folder. An unexpected error is a rejection: it must not end thousands of others."""
    started = perf_counter()
    materialise = job.materialise or _by_rules()
    folder = job.ledger.run / job.entry
    job.ledger.begin(job.entry)
    shutil.rmtree(folder, ignore_errors=True)
    counts: dict[str, int] = {}
    facts: dict[str, Json] = {}
    steps: dict[str, float] = {}
    try:
        made = materialise(Domain.model_validate_json(job.text), folder)
        rejections = made.rejections
        counts = {"domains": int(made.domain is not None), "bound": made.bound, "gated": made.gated}
        facts, steps = _facts(made, folder), made.seconds
    except (OSError, MemoryError):  # the machine's fault: another run may well succeed
        raise
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        detail = f"{type(error).__name__}: {error}; this is a bug, please report it with the specification"
        rejections = (Rejection(stage="materialise", subject=job.name, reason="internal error", detail=detail),)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    entry = job.ledger.finish(job.entry, job.key, files, counts, rejections, facts)
    return Made(entry, {**steps, "all": perf_counter() - started})


def _facts(made: Materialised, folder: Path) -> dict[str, Json]:
    """What the manifest tells of an environment."""
    if made.domain is None:
        return {}
    seed = folder / "seed.json"
    return {
        "writes": sum(binding.writes for binding in made.domain.bindings),
        "tables": len(made.domain.tables),
        "rows": sum(map(len, read_json(seed).values())) if seed.is_file() else 0,
        "sources": dict(sorted(Counter(label(tool.source) for tool in made.domain.tools).items())),
        "laws": {law: {"tools": made.coverage.get(law, 0), "cases": cases} for law, cases in made.laws.items()},
    }


def done_by(executor: Executor, jobs: Sequence[Job], order: Sequence[int]) -> Iterator[Finished[Made]]:
    """Do jobs, the first of ``order`` first; each as soon as it is done."""
    if not executor.away:
        yield from executor.finished(do, jobs, order)
        return
    for place, away, peak_mb in executor.finished(do_away, jobs, order):
        yield Finished(place, land(jobs[place].ledger, jobs[place].name, away), peak_mb)


def do_away(job: Job) -> Away:
    """The same on a machine that need not see the run folder."""
    with TemporaryDirectory() as scratch:
        made = do(replace(job, ledger=Ledger(Path(scratch))))
        return Away(made, {path: (Path(scratch) / path).read_bytes() for path in made.entry.files})


def land(ledger: Ledger, name: str, away: Away) -> Made:
    """Write into the run folder what was made on another machine."""
    entry = away.made.entry
    ledger.begin(f"domains/{name}")
    shutil.rmtree(ledger.run / "domains" / name, ignore_errors=True)
    for path, data in away.files.items():
        write_text(ledger.run / path, data.decode("utf-8"))
    files = [ledger.run / path for path in away.files]
    landed = ledger.finish(f"domains/{name}", entry.key, files, entry.counts, entry.rejections, entry.facts)
    return Made(landed, away.made.seconds)


def _by_rules() -> Materialise:
    from agentgym.build.materialise import materialise

    return materialise
