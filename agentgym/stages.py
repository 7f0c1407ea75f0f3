"""The stages after the build, over all domains of a run: each reads the files before it and writes its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from agentgym.build.ledger import Entry, alone
from agentgym.build.pipeline import build, catalog
from agentgym.errors import RunError
from agentgym.files import read_records, write_records, write_text
from agentgym.runs import Job, Outcome, Progress, domains_in, each_domain, nearest, reject, silent
from agentgym.types import Rejection, ToolSpec, Trajectory, Verdict

TRAJECTORIES, VERDICTS, REJECTED = "trajectories.jsonl", "verdicts.jsonl", "rejected.jsonl"
PARTS = Path(".build") / "rollout"  # the trajectories of each domain


def quickstart(run: Path, *, seed: int, workers: int, progress: Progress = silent) -> None:
    """Every stage on the bundled catalog, as small as shows the way."""
    build((), run, seed=seed, workers=workers, progress=progress)
    tasks(run, per_domain=8, seed=seed, workers=workers, progress=progress)
    rollout(run, per_task=1, agents=("gold", "fallible"), seed=seed, workers=workers, progress=progress)
    judge(run, progress=progress)
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


def tasks(
    run: Path, *, per_domain: int, seed: int, workers: int = 1, progress: Progress = silent
) -> dict[str, Counter[str]]:
    """Sample proven tasks into each domain's ``tasks.jsonl``. Counts by domain: tasks, writes, dropped."""
    folders = domains_in(run)
    jobs = [Job(folder=folder, out=folder / "tasks.jsonl", count=per_domain, seed=seed) for folder in folders]
    with alone(run) as ledger:
        entries = each_domain(ledger, "tasks", _sample, jobs, workers, progress)
        reject(run, "tasks", (item for entry in entries for item in entry.rejections))
    return _by_domain(folders, entries)


def _sample(job: Job) -> Outcome:
    from agentgym.tasks.sample import sample_tasks
    from agentgym.world.load import load

    made, dropped = sample_tasks(load(job.folder), job.count, job.seed)
    write_records(job.out, made)
    counts = {"tasks": len(made), "writes": sum(task.writes for task in made), "dropped": len(dropped)}
    return Outcome(counts=counts, rejections=tuple(dropped))


def _by_domain(folders: Sequence[Path], entries: Sequence[Entry]) -> dict[str, Counter[str]]:
    return {folder.name: Counter(entry.counts) for folder, entry in zip(folders, entries, strict=True)}


# -- experience -----------------------------------------------------------------------------------


def rollout(
    run: Path, *, per_task: int, agents: Sequence[str], seed: int, workers: int = 1, progress: Progress = silent
) -> Counter[str]:
    """Play every task into ``trajectories.jsonl``. Returns how many episodes ended for which reason."""
    from agentgym.play.rollout import AGENTS

    for name in agents:
        if name not in AGENTS:
            raise RunError(f"there is no agent {name!r}{nearest(name, AGENTS)}; known are {', '.join(AGENTS)}")
    folders = [folder for folder in domains_in(run) if (folder / "tasks.jsonl").is_file()]
    if not folders:
        raise RunError(f"no domain of {run} has tasks; run `agentgym tasks {run}` first")
    parts = [run / PARTS / f"{folder.name}.jsonl" for folder in folders]
    jobs = [
        Job(folder=folder, out=part, count=per_task, seed=seed, agents=tuple(agents))
        for folder, part in zip(folders, parts, strict=True)
    ]
    with alone(run) as ledger:
        entries = each_domain(ledger, "rollout", _play, jobs, workers, progress)
        (run / VERDICTS).unlink(missing_ok=True)  # they spoke of other episodes
        write_text(run / TRAJECTORIES, "".join(part.read_text("utf-8") for part in parts))
    return sum(_by_domain(folders, entries).values(), Counter())


def _play(job: Job) -> Outcome:
    from agentgym.play.rollout import AGENTS, rollouts

    agents = [AGENTS[name] for name in job.agents]
    played = list(rollouts([job.folder], agents, per_task=job.count, seed=job.seed))
    write_records(job.out, played)
    return Outcome(counts=dict(Counter(trajectory.stop for trajectory in played)))


def judge(run: Path, *, progress: Progress = silent) -> list[Verdict]:
    """Put every trajectory through the funnel, into ``verdicts.jsonl``."""
    from agentgym.play.filters import funnel

    folders = {folder.name: folder for folder in domains_in(run)}
    trajectories = list(read_records(run / TRAJECTORIES, Trajectory))
    verdicts: list[Verdict] = []
    for number, (_, given) in enumerate(funnel(trajectories, folders), 1):
        verdicts += given
        progress("filter", number, len(trajectories))
    write_records(run / VERDICTS, verdicts)
    return verdicts


def kept(run: Path) -> list[Trajectory]:
    """The trajectories that the funnel kept."""
    from agentgym.play import filters

    given: dict[str, list[Verdict]] = {}
    for verdict in read_records(run / VERDICTS, Verdict):
        given.setdefault(verdict.trajectory, []).append(verdict)
    trajectories = read_records(run / TRAJECTORIES, Trajectory)
    return [item for item in trajectories if item.id in given and filters.kept(given[item.id])]


def export(run: Path, out: Path) -> int:
    """Write the kept trajectories as training rows. Returns how many."""
    from agentgym.env import ToolEnv
    from agentgym.learn.datasets import rows, save

    tools = {}
    for folder in domains_in(run):
        with closing(ToolEnv(folder=folder)) as env:
            tools[folder.name] = env.tools
    return save(out, rows(kept(run), tools))
