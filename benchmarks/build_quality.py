"""How right the build decides: ``python -m benchmarks.build_quality POOL... [--json FILE]``.

A POOL is a ``pool.jsonl`` that a build wrote, or anything a build reads: a file, folder or archive of specifications.
The truth comes from the specifications themselves, and is hidden from the pipeline while it works.

read_write_accuracy  tools whose HTTP method is hidden: GET and HEAD are reads, the rest writes; see
                     benchmarks/quality/decisions.py for the names that are left out
entity_accuracy      the entity decided with the HTTP line hidden, against the last resource of the path
returns_recall       columns predicted for the fifth of the tools whose response schemas are hidden
edge_recall          workflows' steps that are fed by an earlier step: the share that are edges, over all tools of the
                     API; null without a workflows file (--workflows, or one beside a pool)
edge_precision       edges among the pairs labelled in benchmarks/quality/edges_labelled.json that are labelled true
ari, nmi             domains against the vendors' tags, tags hidden: adjusted Rand index, normalised mutual information
mutant_kill_rate     mutants of generated tools that behave differently: the share the gate rejects
details              all of these in full; the domains against services; the bare graph without vendors at thresholds
                     from 0.2 to 0.8, and with a better embedding where --embed names one
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from agentgym.build.graph.domains import partition
from agentgym.build.graph.embed import embedding
from agentgym.build.graph.similarity import THRESHOLD, similarity_graph
from agentgym.errors import AgentGymError
from agentgym.types import Domain, ToolSpec
from benchmarks.printing import SCREEN, hand_over
from benchmarks.quality.clusters import communities, domains, sweep
from benchmarks.quality.decisions import entity, read_write
from benchmarks.quality.edges import edge_precision
from benchmarks.quality.kills import mutants
from benchmarks.quality.pools import sampled, tools_of
from benchmarks.quality.results import returns
from benchmarks.quality.workflows import beside, edge_recall, read_workflows

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    sample: int = 20_000  # tools; the graph's sweep takes a tenth of them
    mutated: int = 12  # domains whose tools are mutated
    seed: int = 0
    embed: str = ""  # a better embedding to compare with the default


def measure(pools: Sequence[Path], settings: Settings, workflows: Path | None = None) -> dict[str, Any]:
    """The report. Raises RunError where a pool does not exist."""
    tools = tools_of(pools)
    drawn = sampled(tools, settings.sample, settings.seed)
    few = sampled(drawn, max(settings.sample // 10, 50), settings.seed)
    path = workflows or beside(pools)
    details: dict[str, Any] = {"seconds": {}}

    def step(name: str, work: Callable[[], T]) -> T:
        _note(name)
        started = time.perf_counter()
        details[name] = done = work()
        details["seconds"][name] = round(time.perf_counter() - started, 1)
        return done

    _note(f"{len(tools)} tools, {len(drawn)} of them drawn")
    decided = step("read_write", lambda: read_write(drawn))
    about = step("entities", lambda: entity(drawn))
    columns = step("returns", lambda: returns(drawn, settings.seed))
    placed = _domains(tools if path else drawn, settings.seed)
    places = {tool.id: domain.name for domain in placed for tool in domain.tools}
    fed = step("workflows", lambda: edge_recall(tools, read_workflows(path), places) if path else None)
    labelled = step("labelled_edges", edge_precision)
    groups = step("domains", lambda: domains(drawn, settings.seed))
    step("thresholds", lambda: {"chosen": THRESHOLD, **sweep(few, settings.seed)})
    if settings.embed:
        step("embeddings", lambda: _compared(few, settings))
    killed = step("mutants", lambda: mutants(placed, settings.mutated, settings.seed) if settings.mutated else None)
    return {
        "read_write_accuracy": decided["accuracy"],
        "entity_accuracy": about["accuracy"],
        "returns_recall": columns["recall"],
        "edge_recall": fed and fed["recall"],
        "edge_precision": labelled["precision"],
        "ari": groups["tags"] and groups["tags"]["ari"],
        "nmi": groups["tags"] and groups["tags"]["nmi"],
        "mutant_kill_rate": killed and killed["rate"],
        "details": {**details, "tools": len(tools), "drawn": len(drawn), "workflows_file": path and path.name},
    }


def _domains(tools: Sequence[ToolSpec], seed: int) -> list[Domain]:
    return partition(tools, similarity_graph(tools), seed)[0]


def _compared(tools: Sequence[ToolSpec], settings: Settings) -> dict[str, Any]:
    """The default embedding and another one, each at every threshold."""
    better = embedding(settings.embed)
    return {
        name: {f"{tau:.1f}": communities(tools, settings.seed, tau, embed) for tau in (0.3, 0.4, 0.5, 0.6, 0.7)}
        for name, embed in (("default", None), (settings.embed, better))
    }


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    defaults = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.build_quality", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("pools", nargs="+", type=Path, metavar="POOL", help="pool.jsonl, or specifications")
    parser.add_argument("--json", nargs="?", const=SCREEN, type=Path, metavar="FILE", help="write JSON, to a file")
    parser.add_argument("--workflows", type=Path, metavar="FILE", help="workflows, a JSON object a line, plain or xz")
    parser.add_argument("--sample", type=int, default=defaults.sample, help="tools measured (default: %(default)s)")
    parser.add_argument("--mutated", type=int, default=defaults.mutated, help="domains mutated (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of all that is drawn (default: %(default)s)")
    parser.add_argument("--embed", default="", metavar="MODEL", help="compare with this embedding, such as minilm")
    given = parser.parse_args(arguments)
    if given.sample < 50:
        parser.error("--sample must be at least 50")
    settings = Settings(sample=given.sample, mutated=given.mutated, seed=given.seed, embed=given.embed)
    try:
        report = measure(given.pools, settings, given.workflows)
    except AgentGymError as error:
        parser.error(str(error))
    hand_over(report, given.json)


if __name__ == "__main__":
    main()
