"""What a build tells of itself: ``report.json``, its counts, and ``manifest.json``, the cost of every stage and
environment. Everything that differs between two equal builds is in these two files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import Field, ValidationError

from agentgym.build.ledger import Entry
from agentgym.errors import RunError
from agentgym.files import read_json, write_json
from agentgym.types import Json, Record

REPORT, MANIFEST = "report.json", "manifest.json"


REPEATED = ("older version", "duplicate tool")  # reasons to drop a tool that is in the pool already


class SourceReport(Record):
    """What came of the tools of one source."""

    read: int
    kept: int  # in the pool
    gated: int  # in a domain's folder
    rejected: dict[str, int]  # while reading and by the pool's rules, by reason


class Report(Record):
    """``report.json``."""

    tools_read: int
    tools_distinct: int  # of these, neither older versions nor duplicates of others
    tools_kept: int  # in the pool
    tools_bound: int  # to an operation on their domain's tables
    tools_gated: int  # in the domain folders
    domains: int  # folders written
    seconds: float
    peak_mb: float  # memory of this process and its workers together, each at its worst
    llm_calls: int
    dollars: float
    rejected: dict[str, dict[str, int]]  # how many, by stage and reason
    sources: dict[str, SourceReport]  # by archive, file or top-level folder
    laws: dict[str, dict[str, int]]  # by law of the gate: tools that had a case of it, and cases
    stages: dict[str, float]  # seconds of each; near 0 where its result was reused


class StageCost(Record):
    """One stage of a build."""

    seconds: float
    counts: dict[str, int]
    reused: bool  # its result is an earlier run's
    llm_calls: int = 0
    dollars: float = 0.0


class EnvironmentCost(Record):
    """One domain: what it took, and what came of it."""

    key: str  # of its entry: tells whether a cost noted earlier is this one's
    built: bool  # False: the gate left too little of it; rejected.jsonl says why
    tools: int  # in its folder
    bound: int
    writes: int = 0  # of the tools
    tables: int = 0
    rows: int = 0
    seconds: dict[str, float]  # of each step, and "all"; {} where a run that was killed did the work
    llm_calls: int = 0
    dollars: float = 0.0
    sources: dict[str, int] = Field(default_factory=dict)  # its tools by archive or folder
    laws: dict[str, dict[str, int]] = Field(default_factory=dict)  # as in the report


class Manifest(Record):
    """``manifest.json``."""

    seed: int
    workers: int
    executor: str
    program: str  # digest of the code and the versions that decide the bytes
    stages: dict[str, StageCost]
    environments: dict[str, EnvironmentCost]


def costs_before(out: Path) -> dict[str, EnvironmentCost]:
    """The costs that an earlier run in ``out`` noted; {} where it left none."""
    with suppress(RunError, ValidationError, KeyError, TypeError, AttributeError):
        noted: dict[str, Json] = read_json(out / MANIFEST)["environments"]
        return {name: EnvironmentCost.model_validate(cost) for name, cost in noted.items()}
    return {}


def environment(entry: Entry, seconds: Mapping[str, float]) -> EnvironmentCost:
    """What the manifest says of one domain."""
    return EnvironmentCost(
        key=entry.key,
        built=bool(entry.counts.get("domains")),
        tools=entry.counts.get("gated", 0),
        bound=entry.counts.get("bound", 0),
        seconds={step: round(spent, 4) for step, spent in seconds.items()},
        **entry.facts,
    )


def write_manifest(out: Path, manifest: Manifest) -> None:
    write_json(out / MANIFEST, manifest.model_dump(mode="json"))


def write_report(out: Path, report: Report) -> None:
    write_json(out / REPORT, report.model_dump(mode="json"))


def by_reason(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """How many were dropped, by stage and reason."""
    reasons: dict[str, Counter[str]] = {}
    for entry in entries:
        for rejection in entry.rejections:
            reasons.setdefault(rejection.stage, Counter())[rejection.reason] += 1
    return {stage: dict(count.most_common()) for stage, count in reasons.items()}


def by_source(pool: Entry, environments: Iterable[EnvironmentCost]) -> dict[str, SourceReport]:
    """Tools read, kept and gated of each source."""
    gated = sum((Counter(cost.sources) for cost in environments), Counter[str]())
    return {name: SourceReport(gated=gated[name], **counts) for name, counts in sorted(pool.facts.items())}


def by_law(environments: Sequence[EnvironmentCost]) -> dict[str, dict[str, int]]:
    """Tools and cases of each law, over all environments."""
    found: dict[str, Counter[str]] = {}
    for cost in environments:
        for law, counts in cost.laws.items():
            found.setdefault(law, Counter()).update(counts)
    return {law: dict(counts) for law, counts in sorted(found.items())}
