"""What an experiment has shown: report.json for programs, report.md and figures for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentgym.errors import RunError
from agentgym.evaluate.intervals import bootstrap, wilson
from agentgym.evaluate.passk import all_pass
from agentgym.files import write_json, write_text
from agentgym.types import Json
from training.nano import figures
from training.nano.evaluate import Episode

STAGES = ("base", "stage1", "stage2")
TITLES = {"vertical": "the target vertical", "general": "domains trained on", "unseen": "unseen domains"}
Dialogues = Sequence[Episode]


def estimate(values: Sequence[float]) -> dict[str, Json]:
    """Mean and 95% interval of ``values``, one a task.

    Tasks are what is resampled, since trials of one task are alike. Where all tasks came out the same a bootstrap knows
    no spread: the interval is Wilson's then, for as many trials as there are tasks. ``interval_of``, for evaluations,
    takes Wilson's also where every value is 0 or 1; the report that is committed was made by the rule here.
    """
    mean = sum(values) / len(values)
    bounds = bootstrap(values) if len(set(values)) > 1 else wilson(mean * len(values), len(values))
    return {"mean": round(mean, 4), "low": round(bounds.low, 4), "high": round(bounds.high, 4), "tasks": len(values)}


def rewards(episodes: Dialogues) -> dict[str, list[float]]:
    """The rewards of each task's trials, but for those that infrastructure has ended; no task is without any."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for episode in episodes:
        if not episode.infrastructure:
            found[f"{episode.domain}/{episode.task}"].append(episode.reward)
    return dict(found)


def success(episodes: Dialogues) -> dict[str, Json]:
    """The mean reward over tasks. Raises ``RunError`` where infrastructure has ended all dialogues."""
    if not rewards(episodes):
        raise RunError(
            "infrastructure has ended every dialogue of an exam; see serve-*.log beside the episodes, remove the files "
            "there with '\"infrastructure\":true' and run again"
        )
    return estimate([sum(trials) / len(trials) for trials in rewards(episodes).values()])


def pass_k(episodes: Dialogues) -> list[dict[str, Json]]:
    """pass^k for each k that every task has trials enough for."""
    tasks = list(rewards(episodes).values())
    passed = [(len(trials), sum(reward == 1.0 for reward in trials)) for trials in tasks]
    reach = min(trials for trials, _ in passed)
    return [{"k": k, **estimate([all_pass(*task, k) for task in passed])} for k in range(1, reach + 1)]


def by_calls(episodes: Dialogues) -> list[dict[str, Json]]:
    """Success by the number of gold calls of the task."""
    groups: defaultdict[int, list[Episode]] = defaultdict(list)
    for episode in episodes:
        if not episode.infrastructure:
            groups[episode.calls].append(episode)
    return [{"calls": calls, **success(groups[calls])} for calls in sorted(groups)]


def facts(
    played: Mapping[tuple[str, str], Dialogues], curve: Mapping[int, Dialogues], told: Mapping[str, Json]
) -> dict[str, Json]:
    """The whole report as plain JSON.

    ``played``: by stage and part; ``curve``: by the number of environments; ``told``: what else is to stand in it.
    """
    every = [*played.values(), *curve.values()]
    return {
        **{stage: success(played[stage, "vertical"]) for stage in STAGES},
        "pass_k": {stage: pass_k(played[stage, "vertical"]) for stage in STAGES},
        "by_calls": {stage: by_calls(played[stage, "vertical"]) for stage in STAGES},
        "by_environments": [{"environments": count, **success(curve[count])} for count in sorted(curve)],
        "general": {stage: success(played[stage, "general"]) for stage in STAGES},
        "unseen": {stage: success(played[stage, "unseen"]) for stage in STAGES},
        "episodes": sum(map(len, every)),
        "infrastructure_errors": sum(episode.infrastructure for dialogues in every for episode in dialogues),
        **told,
    }


def write(folder: Path, report: Json) -> None:
    """report.json, report.md and four figures in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    figures.stages(folder / "stages.svg", {part: _of_part(report, part) for part in TITLES}, TITLES)
    figures.pass_k(folder / "pass_k.svg", report["pass_k"])
    figures.by_calls(folder / "by_calls.svg", report["by_calls"])
    figures.by_environments(folder / "by_environments.svg", report["by_environments"])
    write_json(folder / "report.json", report)
    write_text(folder / "report.md", text(report))


def _of_part(report: Json, part: str) -> dict[str, Json]:
    return {stage: (report if part == "vertical" else report[part])[stage] for stage in STAGES}


# -- for people -----------------------------------------------------------------------------------


def text(report: Json) -> str:
    """The report in Markdown."""
    parts = (_opening, _stages, _detail, _environments, _made)
    return "\n\n".join(part(report) for part in parts) + "\n"


def _opening(report: Json) -> str:
    steps = [("base", "stage1"), ("stage1", "stage2")]
    apart = [f"{new} over {old}: {_apart(report[old], report[new])}" for old, new in steps]
    return (
        f"# Two-stage fine-tuning in miniature: budget {report['budget']}\n\n"
        f"A model of Qwen3's architecture with {report['parameters']:,} parameters, trained from scratch on nothing "
        "but trajectories of our own. The base is a language model of raw trajectories of general domains, every token "
        "supervised; stage 1 goes on with these domains and stage 2 with the target vertical, both with loss on the "
        f"assistant's tokens alone. Base and stage 1 read each row {report['config']['copies']} times, all but once "
        "under another noun, and the nouns of the vertical and of the unseen domains are among these. Their services, "
        "rows and tasks are not: unseen is an interface of words that have been seen.\n\n"
        f"All numbers come from {report['episodes']:,} dialogues with the scripted user, "
        "the checkpoint served by `transformers serve` and asked through litellm, on tasks that nothing was trained "
        f"on. Means and 95% intervals are over tasks of these domains; {report['infrastructure_errors']} dialogues "
        f"that infrastructure ended are left out.\n\nOn the target vertical, {'; '.join(apart)}."
    )


def _apart(old: Json, new: Json) -> str:
    if new["low"] > old["high"]:
        return "higher, the intervals do not overlap"
    if new["high"] < old["low"]:
        return "lower, the intervals do not overlap"
    return "the intervals overlap"


def _stages(report: Json) -> str:
    rows = [[TITLES[part], *map(_shown, _of_part(report, part).values())] for part in TITLES]
    return f"## Success by stage\n\n{_table(['held-out tasks of', *STAGES], rows)}\n\n![stages](stages.svg)"


def _detail(report: Json) -> str:
    reach = min(len(points) for points in report["pass_k"].values())
    tries = [[f"pass^{k + 1}", *(_shown(report["pass_k"][stage][k]) for stage in STAGES)] for k in range(reach)]
    lengths = sorted({point["calls"] for points in report["by_calls"].values() for point in points})
    by_stage = {stage: {point["calls"]: point for point in report["by_calls"][stage]} for stage in STAGES}
    calls = [
        [str(length), *(_shown(by_stage[stage][length]) if length in by_stage[stage] else "" for stage in STAGES)]
        for length in lengths
    ]
    return (
        f"## Consistency\n\n{_table(['', *STAGES], tries)}\n\n![pass^k](pass_k.svg)\n\n"
        f"## Length\n\n{_table(['gold calls', *STAGES], calls)}\n\n![by calls](by_calls.svg)"
    )


def _environments(report: Json) -> str:
    rows = [[str(point["environments"]), _shown(point)] for point in report["by_environments"]]
    return (
        f"## Environments\n\n{report['varied']}\n\n{_table(['environments', 'unseen domains'], rows)}\n\n"
        "![by environments](by_environments.svg)"
    )


def _made(report: Json) -> str:
    rows = [
        [name, *(f"{run[key]:,}" for key in ("steps", "rows", "tokens", "supervised", "loss"))]
        for name, run in report["training"].items()
    ]
    head = ["", "steps", "rows to draw from", "tokens in them", "of these supervised", "last loss"]
    return (
        f"## How it was made\n\n{_table(head, rows)}\n\nSeed {report['config']['seed']}; report.json holds the whole "
        f"configuration, the counts of the data and the versions.\n\n    {report['command']}"
    )


def _shown(point: Json) -> str:
    return f"{100 * point['mean']:.1f}% ({100 * point['low']:.1f} to {100 * point['high']:.1f}, {point['tasks']} tasks)"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
