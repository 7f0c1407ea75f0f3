"""The domains that are measured: with the tasks they have, or with such as are sampled now."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from agentgym.errors import RunError
from agentgym.files import write_records
from agentgym.processes import each
from agentgym.registry import bundled
from agentgym.runs import domains_in
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.world.load import load

FILES = ("domain.json", "schema.py", "tools.py", "policy.md", "seed.json")


class Sampled(NamedTuple):
    """What came of sampling one domain."""

    folder: Path
    tasks: int
    rejected: Counter[str]  # reason -> draws
    cpu: float  # seconds


def chosen(paths: Sequence[Path], sample: int, seed: int) -> list[Path]:
    """Up to ``sample`` of the domains in ``paths``, drawn by ``seed``; of the committed ones where none is given."""
    folders = [folder for path in (paths or [bundled()]) for folder in domains_in(path)]
    if not folders:
        raise RunError(f"there are no domains in {', '.join(map(str, paths))}")
    if 0 < sample < len(folders):
        folders = sorted(random.Random(f"experience/{seed}").sample(folders, sample))
    return folders


def sample(
    folders: Sequence[Path], scratch: Path, count: int, seed: int, workers: int
) -> tuple[list[Path], dict[str, Any]]:
    """Copies of the domains with ``count`` tasks each, sampled and proven now; and how fast that went."""
    started = time.perf_counter()
    made = list(each(partial(_sample, scratch=scratch, count=count, seed=seed), folders, workers))
    seconds = time.perf_counter() - started
    tasks = sum(one.tasks for one in made)
    reasons = sum((one.rejected for one in made), Counter())
    return [one.folder for one in made], {
        "domains": len(made),
        "draws_rejected": dict(reasons.most_common()),
        "per_second": round(tasks / seconds, 1),
        "per_second_core": round(tasks / sum(one.cpu for one in made), 1),
        "seconds": round(seconds, 1),
        "tasks": tasks,
        "workers": workers,
    }


def _sample(folder: Path, scratch: Path, count: int, seed: int) -> Sampled:
    copy = scratch / folder.name
    copy.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(folder / name, copy / name)
    loaded = load(copy)
    started = time.process_time()
    tasks, rejections = sample_tasks(loaded, count, seed)
    cpu = time.process_time() - started
    write_records(copy / "tasks.jsonl", tasks)
    return Sampled(copy, len(tasks), Counter(rejection.reason for rejection in rejections), cpu)
