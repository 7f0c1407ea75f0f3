"""The build, stage by stage (paper 2.1): API specifications in, gated domain folders out.

OUT/
  pool.jsonl       the tools, cleaned and free of duplicates
  graph.json       the tool graph
  domains.jsonl    the domains before materialisation
  domains/<name>/  one folder for each domain that passed the gate
  rejected.jsonl   what was dropped, by which stage and why
  report.json      counts, seconds and memory
  manifest.json    time, counts and cost of every stage and environment
  .build/          what is done already

Two equal builds differ in report.json and manifest.json alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata, resources
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Protocol

from agentgym.build import ingest, report
from agentgym.build.graph.embed import embedding
from agentgym.build.graph.similarity import THRESHOLD, SimilarityGraph, similarity_graph
from agentgym.build.jobs import Jobs, Materialise, done_by
from agentgym.build.ledger import Entry, Ledger, alone, digest_of
from agentgym.build.report import EnvironmentCost, Manifest, Report, StageCost
from agentgym.build.sources.inputs import Part
from agentgym.errors import RunError
from agentgym.executors import Executor, ExecutorName, executor
from agentgym.files import digest, read_records, write_records
from agentgym.processes import peak_mb
from agentgym.types import Json, Rejection, ToolSpec

PACKAGES = ("faker", "networkx", "numpy", "pydantic", "python-louvain", "sqlalchemy", "sqlmodel")
TASKS = "tasks.jsonl"  # written into a domain's folder by a later stage
NOTED = 50  # environments between two looks at what they cost: what a kill can make the manifest forget


class Progress(Protocol):
    """Told of every step: the stage, how much is done, and of how much."""

    def __call__(self, stage: str, done: int, total: int, /) -> None: ...


def silent(stage: str, done: int, total: int, /) -> None:
    """A ``Progress`` that shows nothing."""


def build(
    inputs: Iterable[Path] = (),
    out: Path = Path("runs/build"),
    *,
    seed: int = 0,
    threshold: float = THRESHOLD,
    embed: str = "hashed",
    workers: int = 1,
    on: ExecutorName = "local",
    progress: Progress = silent,
    materialise: Materialise | None = None,
) -> Report:
    """Build domain folders in ``out`` from ``inputs``: files, folders, archives; none: the bundled catalog.

    Two tools are joined where their parameters are closer than ``threshold`` (eq. 1) by the embedding named ``embed``,
    see ``graph.embed.embedding``. The same inputs give the same bytes, whatever ``workers`` is, wherever domains are
    materialised (``on``), and however often the build was killed and run again. What an earlier run in ``out`` made
    from the same inputs, parameters and program is not made again.

    Raises:
        RunError: an input does not exist, another command is at work in ``out``, or no Ray is running.
    """
    paths = list(inputs) or [catalog()]
    for path in paths:
        if not path.exists():
            raise RunError(f"{path} does not exist; give files, folders or archives of API specifications")
    work = executor(on, workers)
    with alone(out) as ledger:
        run = _Run(ledger, progress, digest([program(), getattr(materialise, "__qualname__", "")]), workers)
        files = ingest.contents(paths)
        content = [[part.source, part.place, found] for part, found in files]
        pool = run.stage("pool", content, lambda: _pool(run, files))
        graph = run.stage("graph", [pool.files, threshold, embed], lambda: _graph(run, threshold, embed))
        parts = run.stage("domains", [pool.files, graph.files, seed], lambda: _domains(run, seed))
        run.tools.clear()  # what follows reads one domain at a time
        header = Manifest(seed=seed, workers=workers, executor=on, program=run.program, stages={}, environments={})
        made = run.domains(Jobs(ledger, out / "domains.jsonl", run.program, materialise), work, header)
        return _conclude(run, [pool, graph, parts, *made], header)


def catalog() -> Path:
    """The folder of the bundled API catalog."""
    return Path(str(resources.files("agentgym") / "catalog"))


def program() -> str:
    """A digest of what decides the bytes of a build: the code of these rooms and the versions of what they use."""
    root = Path(__file__).parents[1]
    files = [root / name for name in ("types.py", "result.py", "errors.py", "files.py")]
    files += sorted(path for room in ("build", "world") for path in (root / room).rglob("*.py"))
    code = {path.relative_to(root).as_posix(): digest_of(path) for path in files}
    return digest([code, {name: metadata.version(name) for name in PACKAGES}])


# -- running -------------------------------------------------------------------------------------


class Result(NamedTuple):
    """What a stage did: the file written, counts, what was dropped, and what else a report tells of it."""

    path: Path
    counts: dict[str, int]
    rejections: Sequence[Rejection] = ()
    facts: dict[str, Json] | None = None


@dataclass
class _Run:
    """One run of the stages: what is done is taken from the ledger, the rest is done and noted there."""

    ledger: Ledger
    progress: Progress
    program: str
    workers: int
    stages: dict[str, StageCost] = field(default_factory=dict)
    environments: dict[str, EnvironmentCost] = field(default_factory=dict)
    tools: list[ToolSpec] = field(default_factory=list)  # the pool, read once for the stages that need all of it
    started: float = field(default_factory=perf_counter)
    memory: float = 0.0  # MB that the processes of any stage have held together, each at its worst

    @property
    def out(self) -> Path:
        return self.ledger.run

    def pool(self) -> list[ToolSpec]:
        if not self.tools:
            self.tools.extend(read_records(self.out / "pool.jsonl", ToolSpec))
        return self.tools

    def held(self, worker_mb: float = 0.0) -> None:
        """Note the memory of this process and of as many workers as there are."""
        self.memory = max(self.memory, peak_mb() + self.workers * worker_mb)

    def stage(self, name: str, inputs: Json, work: Callable[[], Result]) -> Entry:
        started = perf_counter()
        self.progress(name, 0, 1)
        key = digest([name, self.program, inputs])
        entry = self.ledger.done(name, key)
        reused = entry is not None
        if entry is None:
            result = work()
            entry = self.ledger.finish(name, key, [result.path], result.counts, result.rejections, result.facts)
        self.progress(name, 1, 1)
        self.held()
        self.stages[name] = StageCost(seconds=perf_counter() - started, counts=entry.counts, reused=reused)
        return entry

    def domains(self, jobs: Jobs, work: Executor, header: Manifest) -> list[Entry]:
        """Materialise each domain; entries in the order of ``jobs``."""
        started, before = perf_counter(), report.costs_before(self.out)
        self.ledger.forget_all_but("domains", jobs.names)
        entries = [jobs.done(place) for place in range(len(jobs))]
        waiting = [place for place, entry in enumerate(entries) if entry is None]
        for name, entry in zip(jobs.names, entries, strict=True):
            noted = before.get(name)
            if entry is not None:
                spent = noted.seconds if noted is not None and noted.key == entry.key else {}
                self.environments[name] = report.environment(entry, spent)
        self.progress("materialise", len(jobs) - len(waiting), len(jobs))
        for number, (place, made, worker_mb) in enumerate(done_by(work, jobs, jobs.order(waiting)), 1):
            entries[place] = made.entry
            self.environments[jobs.names[place]] = report.environment(made.entry, made.seconds)
            self.held(worker_mb if self.workers > 1 else 0.0)
            self.progress("materialise", len(jobs) - len(waiting) + number, len(jobs))
            if number % NOTED == 0:
                self.note(header)
        found = [entry for entry in entries if entry is not None]
        counts = dict(sum((Counter(entry.counts) for entry in found), Counter[str]()))
        self.stages["materialise"] = StageCost(
            seconds=perf_counter() - started, counts=counts, reused=not waiting and bool(jobs)
        )
        return found

    def note(self, header: Manifest) -> None:
        """Write what is known by now of the costs."""
        environments = {name: self.environments[name] for name in sorted(self.environments)}
        stages = {
            name: cost.model_copy(update={"seconds": round(cost.seconds, 3)}) for name, cost in self.stages.items()
        }
        report.write_manifest(self.out, header.model_copy(update={"stages": stages, "environments": environments}))


# -- stages --------------------------------------------------------------------------------------


def _pool(run: _Run, files: Sequence[tuple[Part, str]]) -> Result:
    from agentgym.build.pool import counts, refine

    started = perf_counter()
    batches = ingest.batches(run.ledger, files, run.program)
    ingest.forget_others(run.ledger, batches)

    def told(done: int, worker_mb: float) -> None:
        run.progress("read", done, len(batches))
        run.held(worker_mb)

    entries = ingest.read_all(batches, run.workers, told)
    read = sum((Counter(entry.counts) for entry in entries), Counter[str]())
    run.stages["read"] = StageCost(seconds=perf_counter() - started, counts=dict(sorted(read.items())), reused=False)
    tools, rejections = refine(ingest.items(batches, entries))
    facts: dict[str, Json] = {name: of.model_dump() for name, of in counts(tools, rejections).items()}
    path = run.out / "pool.jsonl"
    count = write_records(path, tools)
    return Result(path, {"read": read.total(), "kept": count}, rejections, facts)


def _graph(run: _Run, threshold: float, embed: str) -> Result:
    path = run.out / "graph.json"
    graph = similarity_graph(run.pool(), embedding(embed), threshold)
    graph.write(path)
    return Result(path, {"edges": len(graph.pairs)})


def _domains(run: _Run, seed: int) -> Result:
    from agentgym.build.graph.domains import partition

    path = run.out / "domains.jsonl"
    domains, rejections = partition(run.pool(), SimilarityGraph.read(run.out / "graph.json"), seed)
    write_records(path, domains)
    return Result(path, {"proposed": len(domains)}, rejections)


def _conclude(run: _Run, entries: Sequence[Entry], header: Manifest) -> Report:
    """Write rejected.jsonl, leaving what the task stage dropped, manifest.json and report.json."""
    path = run.out / "rejected.jsonl"
    later: list[Rejection] = []
    with suppress(RunError):
        later = [rejection for rejection in read_records(path, Rejection) if rejection.stage == "tasks"]
    write_records(path, [*(rejection for entry in entries for rejection in entry.rejections), *later])
    run.note(header)
    counts = sum((Counter(entry.counts) for entry in entries), Counter[str]())
    dropped = report.by_reason(entries)
    environments = list(run.environments.values())
    made = Report(
        tools_read=counts["read"],
        tools_distinct=counts["read"] - sum(dropped.get("pool", {}).get(reason, 0) for reason in report.REPEATED),
        tools_kept=counts["kept"],
        tools_bound=counts["bound"],
        tools_gated=counts["gated"],
        domains=counts["domains"],
        seconds=round(perf_counter() - run.started, 3),
        peak_mb=round(run.memory, 1),
        llm_calls=0,
        dollars=0.0,
        rejected=dropped,
        sources=report.by_source(entries[0], environments),
        laws=report.by_law(environments),
        stages={stage: round(cost.seconds, 3) for stage, cost in run.stages.items()},
    )
    report.write_report(run.out, made)
    return made
