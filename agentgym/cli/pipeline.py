"""Commands of the pipeline, in its order: each runs one stage and shows what it kept and dropped."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgym.cli.console import AsJson, Output

if TYPE_CHECKING:
    from agentgym.build.report import Report
    from agentgym.types import Rejection

Inputs = Annotated[
    list[Path] | None,
    typer.Argument(help="API specifications of any known format: files, folders, archives; none: the bundled catalog."),
]
Run = Annotated[Path, typer.Argument(help="A run folder that `agentgym build` made.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="The run folder to write.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same bytes.")]
Workers = Annotated[int, typer.Option(min=1, show_default="one a core", help="Processes to use.")]
PerDomain = Annotated[int, typer.Option(min=1, help="Tasks to sample in each domain.")]
PerTask = Annotated[int, typer.Option(min=1, help="Episodes to play of each task.")]

CORES = os.cpu_count() or 1


class Executor(StrEnum):
    """Where domains are materialised."""

    LOCAL = "local"
    RAY = "ray"


def quickstart(
    out: Out = Path("runs/quickstart"), seed: Seed = 0, workers: Workers = CORES, as_json: AsJson = False
) -> None:
    """Run the whole pipeline on the bundled catalog, offline: from API specifications to training rows.

    Example: `agentgym quickstart`
    """
    from agentgym import audit, stages
    from agentgym.runs import domains_in

    talk = Output(as_json)
    talk.say("Building environments from the bundled API catalog. No model and no network are used.")
    with talk.progress() as progress:
        stages.quickstart(out, seed=seed, workers=workers, progress=progress)
    funnel = audit.funnel(out)
    talk.table("From specifications to training rows", ("stage", "count"), funnel)
    talk.say(f"\nEverything is in {out}. What was dropped, and why, is in {out / 'rejected.jsonl'}. Next:")
    steps = {
        f"agentgym play {domains_in(out)[0]}": "be the agent yourself",
        "agentgym envs": "the environments that gym.make knows",
        "agentgym build SPECS --out DIR": "the same from your own specifications",
    }
    for step, meaning in steps.items():
        talk.say(f"  {step:{max(map(len, steps))}}  {meaning}")
    talk.finish(dict(funnel))


def ingest(inputs: Inputs = None, out: Out = Path("runs/ingest"), as_json: AsJson = False) -> None:
    """Read API specifications into one clean pool of tools: pool.jsonl.

    Example: `agentgym ingest openapi.yaml servers/ --out runs/mine`
    """
    from agentgym import stages

    talk = Output(as_json)
    with talk.progress() as progress:
        tools, dropped = stages.ingest(inputs or [], out, progress=progress)
    services = Counter(tool.service for tool in tools)
    talk.table(f"{len(tools)} tools of {len(services)} services", ("service", "tools"), services.most_common(20))
    _dropped(talk, dropped)
    talk.finish({"tools": len(tools), "services": dict(services), "dropped": _reasons(dropped)}, problems=not tools)


def build(
    inputs: Inputs = None,
    out: Out = Path("runs/build"),
    seed: Seed = 0,
    workers: Workers = CORES,
    executor: Annotated[
        Executor,
        typer.Option(help="Where domains are made: processes here, or the Ray that runs here or at RAY_ADDRESS."),
    ] = Executor.LOCAL,
    embed: Annotated[
        str,
        typer.Option(help="What compares parameters: hashed n-grams, minilm or any sentence-transformers model."),
    ] = "hashed",
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="The cosine above which two tools are joined; a model needs its own.")
    ] = 0.4,
    check: Annotated[
        bool, typer.Option("--check", help="Rebuild the catalog and compare with the committed environments.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Rebuild the catalog and replace the committed environments.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build gated domains from API specifications: graph, communities, tables, tools, rows, proofs.

    Any mix of formats, files, folders and archives will do; no model is asked and no network used. A build that was
    stopped, even by kill -9, goes on where it was when the same command is given again, and ends with the same bytes.

    OUT holds domains/NAME (schema.py, tools.py, seed.json, policy.md, domain.json), rejected.jsonl (everything that
    was dropped, by which stage and why), report.json (the counts) and manifest.json (what each stage and each
    environment took, and how many of its tools each law was tried on).

    Exit codes: 0 at least one domain was built, 1 none was, 2 the input cannot be used.

    Example: `agentgym build openapi.yaml --out runs/mine`

    Example: `agentgym build specs/ more.tar.xz --out runs/all --workers 8 --json`

    Example: `ray start --head && agentgym build specs/ --out runs/all --executor ray`
    """
    from agentgym.build.pipeline import build as run

    talk = Output(as_json)
    if check or accept:
        _committed(talk, inputs, accept=accept, workers=workers)
    with talk.progress() as progress:
        report = run(
            inputs or [], out, seed=seed, threshold=threshold, embed=embed,
            workers=workers, on=executor.value, progress=progress,
        )  # fmt: skip
    _tell_built(talk, out, report)


def _tell_built(talk: Output, out: Path, report: Report) -> None:
    from agentgym import audit
    from agentgym.runs import domains_in

    kept = audit.built(out)
    dropped = [item for item in audit.dropped(out) if item.stage != "tasks"]  # left by an earlier run
    if len(report.sources) > 1:
        sources = [(name, item.read, item.kept, item.gated) for name, item in report.sources.items()]
        sources.sort(key=lambda row: (-row[1], row[0]))
        talk.table(_most("Tools by source", sources), ("source", "read", "kept", "in domains"), sources[:20])
    talk.table("Kept", ("stage", "count"), kept)
    _dropped(talk, dropped)
    talk.say(f"\n{report.seconds:,.1f} seconds, {report.peak_mb:,.0f} MB, {report.llm_calls} model calls.")
    names = [folder.name for folder in domains_in(out)] if report.domains else []
    where = f"{len(names)} domains are in {out / 'domains'}."
    talk.say(f"{where} Next: agentgym tasks {out}" if names else f"{where} {out / 'rejected.jsonl'} says why.")
    told = {
        "domains": names,
        "kept": dict(kept),
        "dropped": _reasons(dropped),
        "report": report.model_dump(mode="json"),
    }
    talk.finish(told, problems=not names)


def _most(title: str, rows: Sequence[object], shown: int = 20) -> str:
    """A table's title, which says when there are more rows than it shows."""
    return title if len(rows) <= shown else f"{title}, the largest {shown} of {len(rows)}"


def _committed(talk: Output, inputs: list[Path] | None, accept: bool, workers: int) -> None:
    from agentgym import audit

    if inputs:
        raise typer.BadParameter("--check and --accept rebuild the bundled catalog and take no inputs")
    with talk.progress() as progress:
        changed = audit.compare_committed(accept=accept, workers=workers, progress=progress)
    for line in changed:
        talk.say(line)
    if accept:
        talk.say(f"{len(changed)} files replaced" if changed else "nothing changed")
    else:
        talk.say(
            "run `agentgym build --accept` to replace them" if changed else "the committed environments are current"
        )
    talk.finish({"changed": changed}, problems=bool(changed) and not accept)


def check(
    folders: Annotated[list[Path], typer.Argument(help="Domains, folders of domains, or run folders.")],
    deep: Annotated[
        bool, typer.Option("--deep", help="Also compare the fast world with the stock one on 2,000 random calls each.")
    ] = False,
    workers: Workers = CORES,
    as_json: AsJson = False,
) -> None:
    """Prove built domains again: the gate's laws on every tool, and the proof of every task.

    Example: `agentgym check runs/mine`
    """
    from agentgym import audit

    talk = Output(as_json)
    with talk.progress() as progress:
        proofs = audit.prove(folders, deep=deep, workers=workers, progress=progress)
    header = ("domain", "tools", "proven", "tasks that hold", "calls compared", "problems")
    rows = [(item.domain, item.tools, item.proven, item.tasks, item.compared, len(item.problems)) for item in proofs]
    talk.table(f"{len(proofs)} domains", header, rows)
    problems = [problem for proof in proofs for problem in proof.problems]
    for problem in problems:
        talk.say(f"{problem.subject}: {problem.reason}. {problem.detail}")
    talk.finish([proof.model_dump(mode="json") for proof in proofs], problems=bool(problems))


def tasks(
    run: Run, per_domain: PerDomain = 20, seed: Seed = 0, workers: Workers = CORES, as_json: AsJson = False
) -> None:
    """Sample tasks in every domain of a run and keep those that are proven.

    Example: `agentgym tasks runs/mine --per-domain 50`
    """
    from agentgym import audit, stages

    talk = Output(as_json)
    with talk.progress() as progress:
        made = stages.tasks(run, per_domain=per_domain, seed=seed, workers=workers, progress=progress)
    rows = [(name, counts["tasks"], counts["writes"], counts["dropped"]) for name, counts in made.items()]
    talk.table("Tasks", ("domain", "proven", "of these, writing", "draws dropped"), rows)
    dropped = [item for item in audit.dropped(run) if item.stage == "tasks"]
    _dropped(talk, dropped)
    talk.say(f"Next: agentgym rollout {run}")
    tasks_made = {name: counts["tasks"] for name, counts in made.items()}
    talk.finish({"tasks": tasks_made, "dropped": _reasons(dropped)}, problems=not any(tasks_made.values()))


def rollout(
    run: Run,
    per_task: PerTask = 1,
    agent: Annotated[
        list[str] | None,
        typer.Option(
            show_default="fallible", help="gold makes the gold calls, fallible errs as models do; may be given twice."
        ),
    ] = None,
    seed: Seed = 0,
    workers: Workers = CORES,
    as_json: AsJson = False,
) -> None:
    """Play the tasks of a run with an agent that needs no model: trajectories.jsonl.

    Example: `agentgym rollout runs/mine --per-task 4`
    """
    from agentgym import stages

    talk = Output(as_json)
    with talk.progress() as progress:
        stops = stages.rollout(
            run, per_task=per_task, agents=agent or ["fallible"], seed=seed, workers=workers, progress=progress
        )
    talk.table(f"{stops.total()} episodes", ("ended by", "episodes"), stops.most_common())
    talk.say(f"Next: agentgym filter {run}")
    talk.finish({"episodes": stops.total(), "stops": dict(stops)}, problems=not stops)


def filter_(run: Run, as_json: AsJson = False) -> None:
    """Judge the trajectories of a run in three stages: valid, state as gold, calls as gold: verdicts.jsonl.

    Example: `agentgym filter runs/mine`
    """
    from agentgym import audit, stages

    talk = Output(as_json)
    with talk.progress() as progress:
        verdicts = stages.judge(run, progress=progress)
    reasons = Counter((item.stage, item.reason or "kept") for item in verdicts)
    order = list(audit.STAGES)
    rows = sorted(((*key, count) for key, count in reasons.items()), key=lambda row: (order.index(row[0]), row[1]))
    talk.table("Verdicts", ("stage", "verdict", "trajectories"), rows)
    talk.say(f"Next: agentgym export {run}")
    kept = len(stages.kept(run))
    talk.finish({"kept": kept, "verdicts": [list(row) for row in rows]}, problems=not kept)


def export(
    run: Run,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; sft.jsonl in the run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write what the funnel kept as chat rows with tools, ready for supervised fine-tuning.

    Example: `agentgym export runs/mine --out sft.jsonl`
    """
    from agentgym import stages

    talk = Output(as_json)
    path = out or run / "sft.jsonl"
    count = stages.export(run, path)
    talk.say(f"{count} rows in {path}")
    talk.finish({"rows": count, "path": str(path)}, problems=not count)


def _reasons(dropped: Iterable[Rejection]) -> dict[str, int]:
    counts = Counter(f"{item.stage}: {item.reason}" for item in dropped)
    return dict(counts.most_common())


def _dropped(talk: Output, dropped: Iterable[Rejection]) -> None:
    reasons = _reasons(dropped)
    if reasons:
        talk.table("Dropped, with the ten most frequent reasons", ("reason", "count"), list(reasons.items())[:10])
