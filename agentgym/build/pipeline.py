"""The build, stage by stage (paper 2.1): API specifications in, gated domain folders out.

OUT/
  pool.jsonl       the tools, cleaned and free of duplicates
  graph.json       the tool graph
  domains.jsonl    the domains before materialisation
  domains/<name>/  one folder for each domain that passed the gate
  rejected.jsonl   what was dropped, by which stage and why
  report.json      counts, seconds and memory: the only file in which two equal builds differ
  .build/          what is done already
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata, resources
from pathlib import Path
from time import perf_counter
from typing import Protocol, TypeAlias

from agentgym.build.graph import THRESHOLD, SimilarityGraph, similarity_graph
from agentgym.build.jobs import Job, Materialise, do
from agentgym.build.ledger import Entry, Ledger, alone, digest_of
from agentgym.errors import RunError
from agentgym.files import digest, read_records, write_json, write_records
from agentgym.processes import each
from agentgym.types import Domain, Json, Record, Rejection, ToolSpec

PACKAGES = ("faker", "networkx", "numpy", "pydantic", "python-louvain", "sqlalchemy", "sqlmodel")
TASKS = "tasks.jsonl"  # written into a domain's folder by a later stage


class Progress(Protocol):
    """Told of every step: the stage, how much is done, and of how much."""

    def __call__(self, stage: str, done: int, total: int, /) -> None: ...


class Report(Record):
    """``report.json``."""

    tools_read: int
    tools_kept: int  # in the pool
    tools_bound: int  # to an operation on their domain's tables
    tools_gated: int  # in the domain folders
    domains: int  # folders written
    seconds: float
    peak_mb: float  # memory of the largest process
    llm_calls: int
    rejected: dict[str, dict[str, int]]  # how many, by stage and reason
    stages: dict[str, float]  # seconds of each; near 0 where its result was reused


def silent(stage: str, done: int, total: int, /) -> None:
    """A ``Progress`` that shows nothing."""


def build(
    inputs: Iterable[Path] = (),
    out: Path = Path("runs/build"),
    *,
    seed: int = 0,
    threshold: float = THRESHOLD,
    workers: int = 1,
    progress: Progress = silent,
    materialise: Materialise | None = None,
) -> Report:
    """Build domain folders in ``out`` from ``inputs``: files, folders, archives; none: the bundled catalog.

    The same inputs give the same bytes, whatever ``workers`` is and however often the build was killed and run
    again. What an earlier run in ``out`` made from the same inputs, parameters and program is not made again.

    Raises:
        RunError: an input does not exist, or another build is running in ``out``.
    """
    paths = list(inputs) or [catalog()]
    for path in paths:
        if not path.exists():
            raise RunError(f"{path} does not exist; give files, folders or archives of API specifications")
    with alone(out) as ledger:
        run = _Run(ledger, progress, digest([program(), getattr(materialise, "__qualname__", "")]))
        pool = run.stage("pool", [_content(path) for path in paths], lambda: _pool(paths, out))
        graph = run.stage("graph", [pool.files, threshold], lambda: _graph(out, threshold))
        parts = run.stage("domains", [pool.files, graph.files, seed], lambda: _domains(out, seed))
        made = run.domains(list(read_records(out / "domains.jsonl", Domain)), workers, materialise)
        report = _conclude(out, [pool, graph, parts, *made], run)
    return report


def catalog() -> Path:
    """The folder of the bundled API catalog."""
    return Path(str(resources.files("agentgym") / "catalog"))


def program() -> str:
    """A digest of what decides the bytes of a build: the code of these rooms and the versions of what they use."""
    root = Path(__file__).parents[1]
    files = [root / name for name in ("types.py", "errors.py", "files.py")]
    files += sorted(path for room in ("build", "world") for path in (root / room).rglob("*.py"))
    code = {path.relative_to(root).as_posix(): digest_of(path) for path in files}
    return digest([code, {name: metadata.version(name) for name in PACKAGES}])


# -- running -------------------------------------------------------------------------------------

Result: TypeAlias = tuple[Path, dict[str, int], Sequence[Rejection]]  # the file written, counts, what was dropped


@dataclass
class _Run:
    """One run of the stages: what is done is taken from the ledger, the rest is done and noted there."""

    ledger: Ledger
    progress: Progress
    program: str
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=perf_counter)

    def stage(self, name: str, inputs: Json, work: Callable[[], Result]) -> Entry:
        started = perf_counter()
        self.progress(name, 0, 1)
        key = digest([name, self.program, inputs])
        entry = self.ledger.done(name, key)
        if entry is None:
            path, counts, rejections = work()
            entry = self.ledger.finish(name, key, [path], counts, rejections)
        self.progress(name, 1, 1)
        self.seconds[name] = perf_counter() - started
        return entry

    def domains(self, domains: list[Domain], workers: int, materialise: Materialise | None) -> list[Entry]:
        """Materialise each domain, in processes where ``workers`` is above 1; entries in the order of ``domains``."""
        started = perf_counter()
        self.ledger.forget_all_but("domains", (domain.name for domain in domains))
        keys = [digest([self.program, domain.model_dump(mode="json")]) for domain in domains]
        entries = [self.ledger.done(f"domains/{domain.name}", key) for domain, key in zip(domains, keys, strict=True)]
        waiting = [index for index, entry in enumerate(entries) if entry is None]
        jobs = [Job(self.ledger, domains[index], keys[index], materialise) for index in waiting]
        self.progress("materialise", len(domains) - len(waiting), len(domains))
        for done, (index, entry) in enumerate(zip(waiting, each(do, jobs, workers), strict=True), 1):
            entries[index] = entry
            self.progress("materialise", len(domains) - len(waiting) + done, len(domains))
        self.seconds["materialise"] = perf_counter() - started
        return [entry for entry in entries if entry is not None]


# -- stages --------------------------------------------------------------------------------------


def _content(path: Path) -> list[tuple[str, str]]:
    """Name and digest of each file an input holds."""
    files = sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]
    return [(inner.relative_to(path.parent).as_posix(), digest_of(inner)) for inner in files]


def _pool(paths: Sequence[Path], out: Path) -> Result:
    from agentgym.build.pool import refine
    from agentgym.build.sources import read

    read_tools = 0

    def items() -> Iterator[ToolSpec | Rejection]:
        nonlocal read_tools
        for path in paths:
            for item in read(path):
                read_tools += isinstance(item, ToolSpec)
                yield item

    tools, rejections = refine(items())
    kept = write_records(out / "pool.jsonl", tools)
    return out / "pool.jsonl", {"read": read_tools, "kept": kept}, rejections


def _graph(out: Path, threshold: float) -> Result:
    graph = similarity_graph(list(read_records(out / "pool.jsonl", ToolSpec)), threshold=threshold)
    graph.write(out / "graph.json")
    return out / "graph.json", {"edges": len(graph.pairs)}, ()


def _domains(out: Path, seed: int) -> Result:
    from agentgym.build.domains import partition

    tools = list(read_records(out / "pool.jsonl", ToolSpec))
    domains, rejections = partition(tools, SimilarityGraph.read(out / "graph.json"), seed)
    write_records(out / "domains.jsonl", domains)
    return out / "domains.jsonl", {"proposed": len(domains)}, rejections


def _conclude(out: Path, entries: Sequence[Entry], run: _Run) -> Report:
    """Write rejected.jsonl, leaving what the task stage dropped, and report.json."""
    path = out / "rejected.jsonl"
    dropped = [rejection for entry in entries for rejection in entry.rejections]
    later: list[Rejection] = []
    with suppress(RunError):
        later = [rejection for rejection in read_records(path, Rejection) if rejection.stage == "tasks"]
    write_records(path, [*dropped, *later])
    counts = sum((Counter(entry.counts) for entry in entries), Counter[str]())
    reasons: dict[str, Counter[str]] = {}
    for rejection in dropped:
        reasons.setdefault(rejection.stage, Counter())[rejection.reason] += 1
    report = Report(
        tools_read=counts["read"],
        tools_kept=counts["kept"],
        tools_bound=counts["bound"],
        tools_gated=counts["gated"],
        domains=counts["domains"],
        seconds=round(perf_counter() - run.started, 3),
        peak_mb=_peak_mb(),
        llm_calls=0,
        rejected={stage: dict(count) for stage, count in reasons.items()},
        stages={stage: round(seconds, 3) for stage, seconds in run.seconds.items()},
    )
    write_json(out / "report.json", report.model_dump(mode="json"))
    return report


def _peak_mb() -> float:
    """The most memory that this process, or one of its workers, has held."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
