"""The tools that are measured: whole services, drawn by seed, from any pool or specification."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from agentgym.build.pool import refine
from agentgym.build.sources import read
from agentgym.errors import RunError
from agentgym.files import read_records
from agentgym.types import Rejection, ToolSpec


def tools_of(paths: Iterable[Path]) -> list[ToolSpec]:
    """The refined tools of specifications, or of pools the build wrote (``pool.jsonl``), in id order.

    Raises:
        RunError: a path does not exist.
    """
    ready: list[ToolSpec] = []
    raw: list[ToolSpec | Rejection] = []
    for path in paths:
        if not path.exists():
            raise RunError(f"{path} does not exist; give pools or API specifications")
        if path.name.startswith("pool") and path.suffix == ".jsonl":
            ready += read_records(path, ToolSpec)
        else:
            raw += read(path)
    if raw:
        ready += refine(raw)[0]
    return sorted({tool.id: tool for tool in ready}.values(), key=lambda tool: tool.id)


def by_service(tools: Iterable[ToolSpec]) -> dict[str, list[ToolSpec]]:
    """Tools by service, A to Z."""
    found: dict[str, list[ToolSpec]] = defaultdict(list)
    for tool in tools:
        found[tool.service].append(tool)
    return dict(sorted(found.items()))


def sampled(tools: Sequence[ToolSpec], most: int, seed: int) -> list[ToolSpec]:
    """About ``most`` tools: whole services in random order, none of which gives more than a tenth; in id order."""
    if len(tools) <= most:
        return list(tools)
    services = list(by_service(tools).values())
    random.Random(f"sample/{seed}").shuffle(services)
    found = list(_filled(services, most))
    return sorted(found, key=lambda tool: tool.id)


def _filled(services: Sequence[Sequence[ToolSpec]], most: int) -> Iterator[ToolSpec]:
    left = most
    for service in services:
        taken = service[: min(left, max(most // 10, 1))]
        yield from taken
        left -= len(taken)
        if left <= 0:
            return
