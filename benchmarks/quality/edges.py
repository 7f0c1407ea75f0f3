"""Dependency edges against pairs of tools that a person has read: ``edges_labelled.json``.

The file holds specifications written for it, and labelled pairs over these and the services of the bundled catalog.
A label says whether the first tool's result holds what a parameter of the second asks for, as far as a reader of both
can tell. Pairs came half from the edges that were found, half from all other pairs of a service.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agentgym.build.graph.dependencies import dependencies
from agentgym.build.pipeline import catalog
from agentgym.build.sources import read
from agentgym.files import read_json
from agentgym.types import ToolSpec
from benchmarks.quality.pools import by_service

LABELLED = Path(__file__).with_name("edges_labelled.json")


def labelled_tools(path: Path = LABELLED) -> list[ToolSpec]:
    """The tools that labels speak of: those of the file and of the bundled catalog."""
    own = [ToolSpec.model_validate(tool) for tool in read_json(path)["tools"]]
    return [*own, *(item for item in read(catalog()) if isinstance(item, ToolSpec))]


def edge_precision(path: Path = LABELLED) -> dict[str, Any]:
    """Of the labelled pairs that are edges, the share labelled true; and of those labelled true, the share found."""
    services = by_service(labelled_tools(path))
    found = {service: _pairs(tools) for service, tools in services.items()}
    names = {service: {tool.name for tool in tools} for service, tools in services.items()}
    right = wrong = missed = gone = 0
    false: list[str] = []
    for service, source, target, label in read_json(path)["pairs"]:
        if not {source, target} <= names.get(service, set()):
            gone += 1
        elif (source, target) in found[service]:
            right += label
            wrong += not label
            if not label:
                false.append(f"{service}: {source} -> {target}")
        else:
            missed += label
    return {
        "false": false,
        "gone": gone,
        "precision": round(right / (right + wrong), 4) if right + wrong else None,
        "predicted": right + wrong,
        "recall": round(right / (right + missed), 4) if right + missed else None,
    }


def _pairs(tools: Iterable[ToolSpec]) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in dependencies(list(tools))}
