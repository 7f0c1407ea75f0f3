"""Commands of the pipeline, in its order: each runs one stage and shows what it kept and dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgym.cli.console import AsJson, Output
from agentgym.cli.options import CORES, Executor, Seed, Workers, reasons, show_dropped

if TYPE_CHECKING:
    from agentgym.build.report import Report

Inputs = Annotated[
    list[Path] | None,
    typer.Argument(help="API specifications of any known format: files, folders, archives; none: the bundled catalog."),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="The run folder to write.")]


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
    show_dropped(talk, dropped)
    talk.finish({"tools": len(tools), "services": dict(services), "dropped": reasons(dropped)}, problems=not tools)


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
    show_dropped(talk, dropped)
    talk.say(f"\n{report.seconds:,.1f} seconds, {report.peak_mb:,.0f} MB, {report.llm_calls} model calls.")
    names = [folder.name for folder in domains_in(out)] if report.domains else []
    where = f"{len(names)} domains are in {out / 'domains'}."
    talk.say(f"{where} Next: agentgym tasks {out}" if names else f"{where} {out / 'rejected.jsonl'} says why.")
    told = {
        "domains": names,
        "kept": dict(kept),
        "dropped": reasons(dropped),
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
    header = ("domain", "tools", "proven", "tasks that hold", "mutants found", "calls compared", "problems")
    rows = [
        (item.domain, item.tools, item.proven, item.tasks, item.kills.shown(), item.compared, len(item.problems))
        for item in proofs
    ]
    talk.table(f"{len(proofs)} domains", header, rows)
    problems = [problem for proof in proofs for problem in proof.problems]
    for problem in problems:
        talk.say(f"{problem.subject}: {problem.reason}. {problem.detail}")
    talk.finish([proof.model_dump(mode="json") for proof in proofs], problems=bool(problems))
