"""What a run holds, and whether it still holds: counts, proofs run again, the committed environments rebuilt."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pydantic import Field

from agentgym.build.ledger import digest_of
from agentgym.build.pipeline import build
from agentgym.build.report import Report
from agentgym.errors import AgentGymError, DomainError, RunError, TaskError
from agentgym.files import read_json, read_records, write_text
from agentgym.processes import each
from agentgym.registry import bundled
from agentgym.runs import Progress, domains_in, silent
from agentgym.stages import REJECTED, TRAJECTORIES, VERDICTS, tasks
from agentgym.tasks.proof.kills import Kills
from agentgym.types import Record, Rejection, Task, Verdict

if TYPE_CHECKING:
    from agentgym.world.load import LoadedDomain

COMMITTED_TASKS = 20  # tasks of each committed environment
DEEP_CALLS = 2000  # random calls a domain that a deep check makes
CHECKOUT = "envs_generated"  # where a clone keeps them
STAGES = {"validity": "valid", "state": "of these, state as gold", "exact": "of these, calls as gold"}


class Proof(Record):
    """What came of proving one domain folder again."""

    domain: str
    tools: int
    proven: int  # tools that broke no law of the gate
    tasks: int  # tasks that hold
    compared: int = 0  # random calls that the fast world and the stock one answered alike; 0 unless the check was deep
    laws: dict[str, dict[str, int]] = Field(default_factory=dict)  # of the gate: tools that had a case of it, and cases
    kills: Kills = Field(default_factory=Kills)  # mutants of the tasks' gold, and careless policies
    problems: tuple[Rejection, ...]


# -- counts ---------------------------------------------------------------------------------------


def built(run: Path) -> list[tuple[str, int]]:
    """How many tools and domains each step of the build kept."""
    report = Report.model_validate(read_json(run / "report.json"))
    return [
        ("tools in the specifications", report.tools_read),
        ("in the pool", report.tools_kept),
        ("bound to a database operation", report.tools_bound),
        ("through the gate", report.tools_gated),
        ("domains", report.domains),
    ]


def funnel(run: Path) -> list[tuple[str, int]]:
    """How much each stage of a finished run kept, in order."""
    passed = Counter[str](item.stage for item in read_records(run / VERDICTS, Verdict) if item.kept)
    return [
        *built(run),
        ("proven tasks", sum(_lines(folder / "tasks.jsonl") for folder in domains_in(run))),
        ("trajectories", _lines(run / TRAJECTORIES)),
        *((label, passed[stage]) for stage, label in STAGES.items()),
        ("training rows", _lines(run / "sft.jsonl")),
    ]


def dropped(run: Path) -> list[Rejection]:
    """What the stages of a run dropped."""
    return list(read_records(run / REJECTED, Rejection))


def _lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with open(path, "rb") as file:
        return sum(1 for _ in file)


# -- proofs ---------------------------------------------------------------------------------------


def prove(paths: Iterable[Path], *, deep: bool = False, workers: int = 1, progress: Progress = silent) -> list[Proof]:
    """Run the gate and the laws of tasks again on every domain found at ``paths``.

    ``deep``: also compare the fast world with the stock one on random calls.
    """
    folders = [folder for path in paths for folder in domains_in(path)]
    proofs: list[Proof] = []
    progress("check", 0, len(folders))
    for proof in each(partial(_prove, deep=deep), folders, workers):
        proofs.append(proof)
        progress("check", len(proofs), len(folders))
    return proofs


def _prove(folder: Path, deep: bool) -> Proof:
    from agentgym.build.proof import differential, gate
    from agentgym.world.load import load

    try:
        loaded = load(folder)
        report = gate.prove(folder)
        wrong, kills = _tried(loaded)
        compared = differential.compare(folder, calls=DEEP_CALLS) if deep else None
        if folder.name != loaded.domain.name:
            raise DomainError(f"the folder {folder.name} holds the domain {loaded.domain.name!r}; give both one name")
    except AgentGymError as error:
        problem = Rejection(stage="check", subject=folder.name, reason="the domain does not load", detail=str(error))
        return Proof(domain=folder.name, tools=0, proven=0, tasks=0, problems=(problem,))
    return Proof(
        domain=loaded.domain.name,
        tools=len(loaded.tools),
        proven=len(report.passed),
        tasks=len(loaded.tasks()) - len(wrong),
        compared=compared.calls if compared else 0,
        kills=kills,
        laws={law: {"tools": report.coverage[law], "cases": cases} for law, cases in report.laws.items()},
        problems=(*report.failures, *wrong, *(compared.problems if compared else ())),
    )


def _tried(loaded: LoadedDomain) -> tuple[list[Rejection], Kills]:
    """The tasks of a domain that break a law, and what was found out on all that can be played."""
    from agentgym.tasks.chart import Chart
    from agentgym.tasks.proof.prove import examine
    from agentgym.tasks.proof.prove import prove as prove_task
    from agentgym.world.world import World

    chart, kills = Chart(loaded.domain), Kills()
    misplaced = _misplaced(loaded.domain.name, loaded.tasks())
    wrong = [misplaced] if misplaced is not None else []
    with closing(World(loaded)) as world:
        for task in loaded.tasks():
            rejection = prove_task(chart, world, task)
            if rejection is not None:
                wrong.append(rejection)
            with suppress(TaskError):  # the rejection says why it cannot be played
                kills = kills.plus(examine(chart, world, task))
    return wrong, kills


def _misplaced(domain: str, tasks: Sequence[Task]) -> Rejection | None:
    """The first task that is another domain's, says nothing, or has the id of another."""
    ids = Counter(task.id for task in tasks)
    for task in tasks:
        if task.domain != domain or not task.intent.strip() or ids[task.id] > 1:
            reason = "a task is another domain's, says nothing, or has another's id"
            return Rejection(stage="check", subject=task.id, reason=reason, detail=f"its domain is {task.domain!r}")
    return None


# -- the committed environments -------------------------------------------------------------------


def compare_committed(*, accept: bool, workers: int = 1, progress: Progress = silent) -> list[str]:
    """Rebuild the bundled catalog; the committed files that differ from it, A to Z. ``accept`` replaces them."""
    committed = bundled()
    if accept and committed.name != CHECKOUT:
        raise RunError(f"{committed} belongs to an installed package; clone the repository to change its environments")
    with TemporaryDirectory() as scratch:
        run = Path(scratch)
        build((), run, seed=0, workers=workers, progress=progress)
        tasks(run, per_domain=COMMITTED_TASKS, seed=0, workers=workers, progress=progress)
        rebuilt = run / "domains"
        changed = _differences(committed, rebuilt)
        if accept:
            _replace(committed, rebuilt, changed)
    return changed


def _differences(committed: Path, rebuilt: Path) -> list[str]:
    names = {path.relative_to(root).as_posix() for root in (committed, rebuilt) for path in root.glob("*/*.*")}
    return sorted(name for name in names if digest_of(committed / name) != digest_of(rebuilt / name))


def _replace(committed: Path, rebuilt: Path, changed: Sequence[str]) -> None:
    for name in changed:
        if (rebuilt / name).is_file():
            write_text(committed / name, (rebuilt / name).read_text("utf-8"))
        else:
            (committed / name).unlink()
    for folder in sorted(committed.glob("*/")):
        if not (rebuilt / folder.name).is_dir():
            shutil.rmtree(folder)  # what is left of a domain that is no longer built
