"""Commands that make experience: tasks, episodes, verdicts, training rows. Each runs one stage and shows its yield."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from agentgym.cli.console import AsJson, Output
from agentgym.cli.options import CORES, Run, Seed, Workers, reasons, show_dropped

PerDomain = Annotated[int, typer.Option(min=1, help="Tasks to sample in each domain.")]
PerTask = Annotated[int, typer.Option(min=1, help="Episodes to play of each task.")]


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
    show_dropped(talk, dropped)
    talk.say(f"Next: agentgym rollout {run}")
    tasks_made = {name: counts["tasks"] for name, counts in made.items()}
    talk.finish({"tasks": tasks_made, "dropped": reasons(dropped)}, problems=not any(tasks_made.values()))


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
