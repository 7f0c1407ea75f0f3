"""The data of the nano experiment, made by the stages that any user has: specifications, build, tasks, rollout, filter,
export. Only the specifications (pool.py) are its own.

OUT/
  general/             a run folder: the domains of stage 0 and stage 1
  vertical/            a run folder: the domains of stage 2
  unseen/              a run folder: domains that no stage trains on
    <part>/dataset/    train.jsonl and held_out.jsonl, rows split by task; of general and vertical
  held_out/<part>/     a run folder with the held-out tasks alone, for `agentgym rollout`
  data.json            what was asked for, and what it came to
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import agentgym.learn
from agentgym import runs, stages
from agentgym.build import pipeline
from agentgym.build.ledger import digest_of
from agentgym.files import digest, read_json, read_records, write_json, write_records
from agentgym.learn import splits
from agentgym.learn.recipe import Recipe
from agentgym.play.rollouts.batches import Request
from agentgym.runs import Progress, domains_in, silent
from agentgym.types import Json, Task
from training.nano import pool, tokenizer

TOLD = "data.json"  # written last


@dataclass(frozen=True)
class Share:
    """What one part of the data holds."""

    domains: int
    tasks: int  # a domain
    held_out: float  # the share of the tasks that nothing is trained on

    @property
    def trained(self) -> bool:
        """Whether any of its tasks is trained on."""
        return self.held_out < 1


@dataclass(frozen=True)
class Plan:
    """How much data is made, and from which seed."""

    general: Share
    vertical: Share
    unseen: Share
    longest: int = 3  # gold calls of a task, at most
    plain: bool = True  # users say all at once, in few words
    vocabulary: int = tokenizer.VOCABULARY
    agents: tuple[str, ...] = ("brief",)
    seed: int = 0


PLANS = {
    "tiny": Plan(Share(6, 8, 0.25), Share(2, 10, 0.3), Share(2, 4, 1.0), vocabulary=512),
    "cpu-20min": Plan(Share(64, 40, 0.05), Share(8, 80, 0.3), Share(12, 12, 1.0)),
    "gpu-30min": Plan(Share(360, 100, 0.03), Share(16, 120, 0.3), Share(32, 20, 1.0)),
}


def make(out: Path, plan: Plan, *, workers: int = 1, progress: Progress = silent) -> Json:
    """Make what ``plan`` asks for in ``out``; returns what ``data.json`` says of it, with the counts of each part.

    Equal plans give equal data. What an earlier call has made of the same plan, by the same program, is not made again.
    """
    known = read_json(out / TOLD) if (out / TOLD).is_file() else {}
    asked = {"plan": asdict(plan), "program": program()}
    if json.dumps(asked) == json.dumps({name: known.get(name) for name in asked}):
        return known
    counts: dict[str, Any] = {}
    for part in pool.PARTS:
        share: Share = getattr(plan, part)
        counts[part] = _part(out, part, share, plan, workers, progress)
    told = {**asked, "counts": counts}
    write_json(out / TOLD, told)
    return told


def program() -> str:
    """A digest of the code that decides what is made."""
    files = [Path(__file__), Path(pool.__file__), pool.NOUNS, Path(tokenizer.__file__), tokenizer.TEMPLATE]
    files += sorted(Path(agentgym.learn.__file__).parent.glob("*.py"))  # chat/ and rl/ only read what is made
    return digest([pipeline.program(), runs.program(), *map(digest_of, files)])


def rows(out: Path, part: pool.Part, side: str = splits.TRAIN) -> list[dict[str, Json]]:
    """The rows of a part, as ``learn.rows`` makes them. ``side``: ``train`` or ``held_out``."""
    with (out / part / "dataset" / f"{side}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def held_out(out: Path, part: pool.Part) -> Path:
    """The run folder with the held-out tasks of a part."""
    return out / "held_out" / part


# -- one part -------------------------------------------------------------------------------------


def _part(out: Path, part: pool.Part, share: Share, plan: Plan, workers: int, progress: Progress) -> dict[str, int]:
    """The run of one part, stage by stage."""
    run, specs = out / part, out / "specifications" / part
    shutil.rmtree(specs, ignore_errors=True)
    pool.write(specs, part, share.domains, plan.seed)
    report = pipeline.build([specs], run, seed=plan.seed, workers=workers, progress=progress)
    stages.tasks(
        run,
        per_domain=share.tasks,
        longest=plan.longest,
        plain=plan.plain,
        seed=plan.seed,
        workers=workers,
        progress=progress,
    )
    counts = {"domains": report.domains}
    split = splits.Split(by="task", fraction=share.held_out, seed=plan.seed) if share.trained else None
    counts["held_out"] = _hold_out(run, held_out(out, part), split)
    if share.trained:
        request = Request(agents=plan.agents, seed=plan.seed)
        stages.rollout(run, request, workers=workers, progress=progress)
        stages.judge(run, workers=workers, progress=progress)
        recipe = Recipe(split="task", held_out=share.held_out, seed=plan.seed)
        stages.dataset(run, run / "dataset", recipe, progress=progress)
        counts["rows"] = len(rows(out, part))
    return counts


def _hold_out(run: Path, out: Path, split: splits.Split | None) -> int:
    """Copy the domains of ``run`` with those tasks alone that are held out; all of them without a ``split``."""
    shutil.rmtree(out, ignore_errors=True)
    count = 0
    for folder in domains_in(run):
        copy = out / "domains" / folder.name
        shutil.copytree(folder, copy)
        count += write_records(copy / "tasks.jsonl", _held(folder, split))
    return count


def _held(folder: Path, split: splits.Split | None) -> Iterator[Task]:
    for task in read_records(folder / "tasks.jsonl", Task):
        if split is None or split.side(task) == splits.HELD_OUT:
            yield task
