"""The stages after the build, over all domains of a run: each reads the files before it and writes its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from agentgym import experience
from agentgym.build.ledger import Entry, alone
from agentgym.build.pipeline import build, catalog
from agentgym.errors import RunError, nearest
from agentgym.executors import ExecutorName, executor
from agentgym.experience import Result
from agentgym.files import read_records, write_records
from agentgym.llm import Client, Options
from agentgym.play.rollouts.batches import Request
from agentgym.play.rollouts.engine import CONCURRENCY
from agentgym.runs import Job, Outcome, Progress, domains_in, each_domain, reject, silent
from agentgym.tasks.sampling.coverage import MAX_CALLS
from agentgym.types import Rejection, ToolSpec, Trajectory, Verdict

if TYPE_CHECKING:
    from agentgym.learn.card import Card
    from agentgym.learn.recipe import Recipe
    from agentgym.learn.rows import Row
    from agentgym.play.funnel import Tally

TRAJECTORIES, VERDICTS, REJECTED = experience.TRAJECTORIES, "verdicts.jsonl", "rejected.jsonl"


def quickstart(run: Path, *, seed: int, workers: int, progress: Progress = silent) -> None:
    """Every stage on the bundled catalog, as small as shows the way."""
    build((), run, seed=seed, workers=workers, progress=progress)
    tasks(run, per_domain=8, seed=seed, workers=workers, progress=progress)
    rollout(run, Request(agents=("gold", "fallible"), seed=seed), workers=workers, progress=progress)
    judge(run, workers=workers, progress=progress)
    export(run, run / "sft.jsonl")


def ingest(inputs: Sequence[Path], run: Path, *, progress: Progress = silent) -> tuple[list[ToolSpec], list[Rejection]]:
    """Read ``inputs``, or the bundled catalog, into ``pool.jsonl``."""
    from agentgym.build.pool import refine
    from agentgym.build.sources import read

    paths = list(inputs) or [catalog()]
    items: list[ToolSpec | Rejection] = []
    for number, path in enumerate(paths, 1):
        items += read(path)
        progress("ingest", number, len(paths))
    tools, dropped = refine(items)
    write_records(run / "pool.jsonl", tools)
    write_records(run / REJECTED, dropped)
    return tools, dropped


# -- tasks ----------------------------------------------------------------------------------------


class Sampling(Job):
    """A job of ``tasks``. With ``model`` the tasks are put in that model's words, as far as they keep their meaning."""

    model: str = ""
    options: Options = Options()
    longest: int = MAX_CALLS  # gold calls of a task, at most
    plain: bool = False


def tasks(
    run: Path,
    *,
    per_domain: int,
    seed: int,
    longest: int = MAX_CALLS,
    plain: bool = False,
    paraphrase: str = "",
    options: Options | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> dict[str, Counter[str]]:
    """Sample proven tasks into each domain's ``tasks.jsonl``. Counts by domain: tasks, writes, dropped.

    ``longest``: gold calls of a task, at most. ``plain``: users say all at once, in few words, and do not err.
    ``paraphrase`` names a model that puts them in other words, reached as ``options`` say; "": they keep those of the
    rules. It adds to the counts: reworded (openings), tokens.
    """
    folders = domains_in(run)
    jobs = [
        Sampling(
            folder=folder, out=folder / "tasks.jsonl", count=per_domain, seed=seed, longest=longest, plain=plain,
            model=paraphrase, options=options or Options(),
        )
        for folder in folders
    ]  # fmt: skip
    with alone(run) as ledger:
        entries = each_domain(ledger, "tasks", _sample, jobs, workers, progress)
        dropped = [item for entry in entries for item in entry.rejections]
        for stage in ("tasks", "paraphrase"):
            reject(run, stage, (item for item in dropped if item.stage == stage))
    return _by_domain(folders, entries)


def _sample(job: Job) -> Outcome:
    from agentgym.tasks.sampling.sample import sample_tasks
    from agentgym.world.load import load

    assert isinstance(job, Sampling)
    loaded = load(job.folder)
    made, dropped = sample_tasks(loaded, job.count, job.seed, longest=job.longest, plain=job.plain)
    counts = {"tasks": len(made), "writes": sum(task.writes for task in made), "dropped": len(dropped)}
    if job.model:
        from agentgym.tasks.paraphrasing.paraphrase import reword

        with Client(job.options, "paraphrase") as client:
            plain, (made, refused) = made, reword(loaded, made, client, job.model)
        dropped += refused
        spent = client.ledger.report().get("paraphrase", {})
        counts["tokens"] = int(spent.get("prompt_tokens", 0) + spent.get("completion_tokens", 0))
        counts["reworded"] = sum(task.intent != before.intent for task, before in zip(made, plain, strict=True))
    write_records(job.out, made)
    return Outcome(counts=counts, rejections=tuple(dropped))


def _by_domain(folders: Sequence[Path], entries: Sequence[Entry]) -> dict[str, Counter[str]]:
    return {folder.name: Counter(entry.counts) for folder, entry in zip(folders, entries, strict=True)}


# -- experience -----------------------------------------------------------------------------------


def rollout(
    run: Path,
    request: Request,
    *,
    domains: Sequence[str] = (),
    workers: int = 1,
    on: ExecutorName = "local",
    concurrency: int = CONCURRENCY,
    retry_errors: bool = False,
    progress: Progress = silent,
) -> Result:
    """Play every task, of all domains or those named, into ``trajectories.jsonl``; see ``experience.play``.

    Raises:
        RunError: there is no such agent, user or domain, no domain has tasks, or another command works in ``run``.
        LLMError: the variable that should hold the key is not set.
    """
    from agentgym.play.rollouts.players import check

    check(request.agents, request.user)
    if any(map(request.modelled, request.agents)):
        request.options.key()  # what is missing is told before anything is played
        Client(request.options)
    work = executor(on, workers)
    folders = [folder for folder in _chosen(domains_in(run), domains) if experience.has_tasks(folder)]
    if not folders:
        raise RunError(f"no domain of {run} has tasks; run `agentgym tasks {run}` first")
    with alone(run):
        result = experience.play(
            run, folders, request, work, concurrency=concurrency, retry_errors=retry_errors, progress=progress
        )
        (run / VERDICTS).unlink(missing_ok=True)  # they spoke of other episodes
        reject(run, experience.STAGE, result.failures)
    return result


def _chosen(folders: Sequence[Path], names: Sequence[str]) -> list[Path]:
    known = {folder.name: folder for folder in folders}
    for name in names:
        if name not in known:
            raise RunError(f"the run has no domain {name!r}{nearest(name, known)}")
    return [folder for name, folder in known.items() if not names or name in names]


def judge(run: Path, *, exact: bool = False, workers: int = 1, progress: Progress = silent) -> Tally:
    """Put every trajectory through the funnel, into ``verdicts.jsonl``. Counts by stage, domain and agent.

    ``exact``: tasks that write must be done by the gold calls too.
    """
    from agentgym.play.funnel import Tally, judged_lines, slices

    folders = {folder.name: folder for folder in domains_in(run)}
    tally = Tally()

    def verdicts() -> Iterator[Verdict]:
        progress("filter", 0, len(parts))
        for number, part in enumerate(judged_lines(parts, folders, exact=exact, workers=workers), 1):
            for judged in part:
                tally.add(judged.domain, judged.agent, judged.verdicts, judged.fault)
                yield from judged.verdicts
            progress("filter", number, len(parts))

    with alone(run):  # nobody may play other episodes meanwhile
        parts = slices(run / TRAJECTORIES)
        write_records(run / VERDICTS, verdicts())
    return tally


def judged(run: Path) -> tuple[dict[str, bool], dict[str, Counter[str]]]:
    """Whether the funnel kept each trajectory, by id, and how many got which verdict in each of its stages."""
    from agentgym.play import funnel

    keeps: dict[str, bool] = {}
    counts: dict[str, Counter[str]] = {}
    for name, group in groupby(read_records(run / VERDICTS, Verdict), key=lambda verdict: verdict.trajectory):
        verdicts = list(group)
        keeps[name] = keeps.get(name, True) and funnel.kept(verdicts)
        for verdict in verdicts:
            counts.setdefault(verdict.stage, Counter())[verdict.reason or "kept"] += 1
    return keeps, counts


def kept(run: Path, *, progress: Progress = silent) -> Iterator[Trajectory]:
    """The trajectories that the funnel kept, one at a time, in the order they were played.

    Raises:
        RunError: a file cannot be read, or a trajectory has no verdict, or a verdict no trajectory.
    """
    keeps, _ = judged(run)
    seen: set[str] = set()
    progress("export", 0, len(keeps))
    for trajectory in read_records(run / TRAJECTORIES, Trajectory):
        if trajectory.id not in keeps:
            raise RunError(f"{run / VERDICTS} says nothing of {trajectory.id}; run `agentgym filter {run}` again")
        seen.add(trajectory.id)
        if keeps[trajectory.id]:
            yield trajectory
        progress("export", len(seen), len(keeps))
    lost = sorted(keeps.keys() - seen)
    if lost:
        raise RunError(f"{run / TRAJECTORIES} lacks {lost[0]}, which was judged; run `agentgym filter {run}` again")


# -- training data --------------------------------------------------------------------------------


def export(run: Path, out: Path, *, progress: Progress = silent) -> int:
    """Write the kept trajectories as one file of training rows, cleaned and without duplicates. Returns how many."""
    from agentgym.learn.datasets import save
    from agentgym.learn.export import Picked, pick, refuse_foreign
    from agentgym.learn.recipe import Recipe
    from agentgym.learn.splits import Split

    folders = {folder.name: folder for folder in domains_in(run)}
    dropped: list[Rejection] = []

    def rows() -> Iterator[Row]:
        for item in pick(kept(run, progress=progress), folders, Recipe(), Split()):
            if isinstance(item, Picked):
                yield item.row
            else:
                dropped.append(item)

    refuse_foreign(out)
    with alone(run):
        count = save(out, rows())
        reject(run, "export", dropped)
    return count


def dataset(
    run: Path, out: Path, recipe: Recipe, *, benchmarks: Sequence[Path] = (), progress: Progress = silent
) -> Card:
    """Write the kept trajectories as a dataset folder: rows by part, a README, and the card that is returned.

    ``benchmarks``: files or folders of benchmarks that rows must not repeat.
    """
    from agentgym.learn import contamination, provenance
    from agentgym.learn.card import Card
    from agentgym.learn.export import pick, write
    from agentgym.learn.recipe import check, split_of

    folders = {folder.name: folder for folder in domains_in(run)}
    check(recipe, folders)
    split = split_of(recipe, folders)
    compared = contamination.read(benchmarks)
    with alone(run):
        card = Card(
            recipe=recipe.model_dump(mode="json"),
            inputs=provenance.inputs(run, folders, ("pool.jsonl", TRAJECTORIES, VERDICTS)),
            build=provenance.build(run),
            funnel=judged(run)[1],
            benchmarks=compared,
        )
        picked = pick(kept(run, progress=progress), folders, recipe, split, compared)
        reject(run, "export", write(picked, out, recipe, card))
    return card
