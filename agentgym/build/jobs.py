"""The materialisation of one domain as a piece of work: noted in the ledger, its errors contained."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from agentgym.build.ledger import Entry, Ledger
from agentgym.types import Domain, Rejection


class Materialised(Protocol):
    """What came of one domain; ``domain`` is None where it was rejected, and then it has no folder."""

    @property
    def domain(self) -> Domain | None: ...
    @property
    def rejections(self) -> tuple[Rejection, ...]: ...
    @property
    def bound(self) -> int: ...
    @property
    def gated(self) -> int: ...


Materialise: TypeAlias = Callable[[Domain, Path], Materialised]


@dataclass(frozen=True)
class Job:
    """A domain to materialise in the ledger's run folder."""

    ledger: Ledger
    domain: Domain
    key: str  # what its entry will be known by
    materialise: Materialise | None  # None: by the rules of ``agentgym.build.materialise``

    @property
    def name(self) -> str:
        return f"domains/{self.domain.name}"


def do(job: Job) -> Entry:
    """Materialise one domain in its folder. An unexpected error is a rejection: it must not end thousands of others."""
    materialise = job.materialise or _by_rules()
    folder = job.ledger.run / job.name
    job.ledger.begin(job.name)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        made = materialise(job.domain, folder)
        rejections = made.rejections
        counts = {"domains": int(made.domain is not None), "bound": made.bound, "gated": made.gated}
    except (OSError, MemoryError):  # the machine's fault: another run may well succeed
        raise
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        detail = f"{type(error).__name__}: {error}; this is a bug, please report it with the specification"
        rejections = (Rejection(stage="materialise", subject=job.domain.name, reason="internal error", detail=detail),)
        counts = {}
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return job.ledger.finish(job.name, job.key, files, counts, rejections)


def _by_rules() -> Materialise:
    from agentgym.build.materialise import materialise

    return materialise
