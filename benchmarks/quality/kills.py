"""Mutants of generated tools: the share of those that behave differently which the gate notices."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentgym.build.materialise import materialise
from agentgym.build.proof.mutants import kill_rate
from agentgym.types import Domain


def mutants(domains: Sequence[Domain], count: int, seed: int, per_tool: int = 2) -> dict[str, Any]:
    """Build up to ``count`` of ``domains``, drawn by seed, and mutate ``per_tool`` places of each tool."""
    drawn = list(domains)
    random.Random(f"mutants/{seed}").shuffle(drawn)
    with tempfile.TemporaryDirectory(prefix="agentgym-quality-") as scratch:
        folders: list[Path] = []
        for domain in drawn:
            if len(folders) == count:
                break
            folder = Path(scratch) / domain.name
            if materialise(domain, folder).domain is not None:
                folders.append(folder)
        rate = kill_rate(folders, seed=seed, per_tool=per_tool)
    return {
        "domains": len(folders),
        "equivalent": rate.equivalent,
        "killed": rate.killed,
        "mutants": rate.mutants,
        "operators": {name: one.model_dump(mode="json") for name, one in rate.operators.items()},
        "rate": round(rate.rate, 4) if rate.mutants else None,
        "survivors": [one.model_dump(mode="json") for one in rate.survivors[:10]],
    }
