"""Dependency edges against workflows: a step fed by an earlier one should be an edge between their operations.

A workflow names its vendor and its operations (an operationId, or ``.../paths/~1orders/get``). Its tools are those of
the service that has most of the vendor's operations, at least half of them. Pairs whose operations the pool lacks are
left out and counted; so are steps that feed an operation of their own kind.
"""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from agentgym.build.graph.dependencies import dependencies
from agentgym.types import Json, ToolSpec
from benchmarks.quality.pools import by_service

Pair: TypeAlias = tuple[str, str]  # ids of the tool that feeds and of the one that is fed
_POINTER = re.compile(r".*#/paths/(.*)/(\w+)")


def beside(paths: Sequence[Path]) -> Path | None:
    """A workflows file in, or next to, one of the pools."""
    for path in paths:
        for folder in (path, path.parent):
            found = sorted(folder.glob("workflows*.jsonl*")) if folder.is_dir() else []
            if found:
                return found[0]
    return None


def read_workflows(path: Path) -> list[dict[str, Any]]:
    """Workflows, a JSON object a line, plain or xz."""
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def edge_recall(
    tools: Sequence[ToolSpec], workflows: Sequence[Mapping[str, Json]], places: Mapping[str, str]
) -> dict[str, Any]:
    """Recall over all tools of each API, and inside domains: ``places`` is the domain of each tool's id."""
    services = by_service(tools)
    finder = _Finder(services)
    skipped: Counter[str] = Counter()
    pairs: dict[str, set[Pair]] = defaultdict(set)
    for vendor, group in sorted(_by_vendor(workflows).items()):
        service = finder.service(vendor, _operations(group))
        for workflow in group:
            for fed, by in _feeds(workflow):
                ends = [finder.tool(service, operation) for operation in (by, fed)]
                if None in ends:
                    skipped["no such service" if not service else "no such operation"] += 1
                elif ends[0] == ends[1]:
                    skipped["feeds itself"] += 1
                else:
                    pairs[service].add((str(ends[0]), str(ends[1])))
    hit = inside = hit_inside = edges = 0
    missed: list[str] = []
    for service, wanted in sorted(pairs.items()):
        found = {(edge.source, edge.target) for edge in dependencies(services[service])}
        edges += len(found)
        for source, target in sorted(wanted):
            ok = (source.partition(".")[2], target.partition(".")[2]) in found
            same = places.get(source) is not None and places.get(source) == places.get(target)
            hit += ok
            inside += same
            hit_inside += ok and same
            if not ok:
                missed.append(f"{source} -> {target}")
    total = sum(map(len, pairs.values()))
    return {
        "apis": len(pairs),
        "edges_per_tool": round(edges / max(sum(len(services[name]) for name in pairs), 1), 2),
        "inside_domains": {"pairs": inside, "recall": round(hit_inside / inside, 4) if inside else None},
        "missed": missed[:: max(1, len(missed) // 20)][:20],
        "pairs": total,
        "recall": round(hit / total, 4) if total else None,
        "skipped": dict(skipped),
    }


class _Finder:
    """Operations by the names and paths a workflow may call them."""

    def __init__(self, services: Mapping[str, Sequence[ToolSpec]]) -> None:
        self._tools: dict[str, dict[str, str]] = {}
        self._services: dict[str, list[str]] = defaultdict(list)
        for service, tools in services.items():
            index = self._tools[service] = {}
            for tool in tools:
                for key in _keys(tool):
                    if key not in index:
                        index[key] = tool.id
                        self._services[key].append(service)

    def service(self, vendor: str, operations: Sequence[str]) -> str:
        """The service that holds most of ``operations``, at least half; of equals, one named like the vendor."""
        held = Counter(service for operation in operations for service in self._services.get(_key(operation), ()))
        company = {word for word in re.split(r"[^a-z0-9]+", vendor.lower()) if len(word) > 2} - {
            "com",
            "org",
            "net",
            "local",
        }

        def rank(service: str) -> tuple[int, int, str]:
            return -held[service], -sum(word in service for word in company), service

        best = min(held, key=rank, default="")
        return best if best and 2 * held[best] >= len(operations) else ""

    def tool(self, service: str, operation: str) -> str | None:
        return self._tools.get(service, {}).get(_key(operation))


def _keys(tool: ToolSpec) -> list[str]:
    keys = [_plain(tool.name)]
    if tool.http:
        keys.append(_place(tool.http[0], tool.http[1].partition("#")[0]))
    return keys


def _key(operation: str) -> str:
    pointer = _POINTER.fullmatch(operation)
    if pointer:
        return _place(pointer[2], pointer[1].replace("~1", "/").replace("~0", "~"))
    return _plain(operation)


def _place(method: str, path: str) -> str:
    return f"{method.lower()} {re.sub(r'{[^}]*}', '{}', path).rstrip('/')}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _by_vendor(workflows: Sequence[Mapping[str, Json]]) -> dict[str, list[Mapping[str, Json]]]:
    found: dict[str, list[Mapping[str, Json]]] = defaultdict(list)
    for workflow in workflows:
        found[str(workflow["vendor"])].append(workflow)
    return found


def _operations(workflows: Sequence[Mapping[str, Json]]) -> list[str]:
    return sorted({str(step["op"]) for workflow in workflows for step in workflow["steps"]})


def _feeds(workflow: Mapping[str, Json]) -> list[tuple[str, str]]:
    """(operation that is fed, operation that feeds it) of each fed step."""
    steps = {step["step"]: str(step["op"]) for step in workflow["steps"]}
    return [(str(step["op"]), steps[name]) for step in workflow["steps"] for name in step["from"] if name in steps]
