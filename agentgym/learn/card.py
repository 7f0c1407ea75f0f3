"""What a data set is made of: the card that people read (README.md) and its numbers (card.json).

Nothing here depends on a clock, a path or a machine: the same rows from the same run give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from agentgym.learn.contamination import COPY, HINT, Benchmark
from agentgym.learn.datasets import COLUMNS
from agentgym.learn.prose import last_number, readme
from agentgym.learn.provenance import generator, origin
from agentgym.learn.rows import Row, Source
from agentgym.types import Json, Rejection, Trajectory

MARK = "Agentic tool use, proven by database state"  # by which an export knows a README of its own
_YAML_TYPES = {
    "json": {"list": "json"},
    "text": {"dtype": "string"},
    "number": {"dtype": "int64"},
    "texts": {"list": "string"},
}


@dataclass
class Part:
    """Counts of one file of rows."""

    rows: int = 0
    tasks: set[str] = field(default_factory=set)
    by: dict[str, Counter[str]] = field(default_factory=dict)  # what is counted -> value -> rows

    def add(self, row: Row, trajectory: Trajectory) -> None:
        self.rows += 1
        self.tasks.add(row["task"])
        counted = {
            "domain": [row["domain"]],
            "agent": [row["agent"]],
            "user": [row["user"]],
            "kind": row["kinds"],
            "gold calls": [str(row["gold_calls"])],
            "assistant turns": [str(row["turns"])],
            "characters": [_size(row["characters"])],
            "outcome": [f"{trajectory.stop}, reward {trajectory.reward:g}"],
            "overlap": row["overlaps"],
        }
        for name, values in counted.items():
            self.by.setdefault(name, Counter()).update(values)

    def facts(self) -> Json:
        counts = {name: dict(sorted(counter.items(), key=_numbers_first)) for name, counter in self.by.items()}
        return {"rows": self.rows, "tasks": len(self.tasks), "by": counts}


def _stage_then_train(part: str) -> tuple[str, bool]:
    stage, _, side = part.rpartition(".")
    return stage, side != "train"


def _size(characters: int) -> str:
    """The power of two that holds so many characters: "up to 4096"."""
    return f"up to {1 << max(0, characters - 1).bit_length()}"


def _numbers_first(item: tuple[str, int]) -> tuple[int, str]:
    """Values with a number by that number, others A to Z."""
    return last_number(item[0]), item[0]


@dataclass
class Card:
    """Counts rows as they are written, and tells of them."""

    recipe: Json  # how the rows were chosen
    inputs: Mapping[str, str]  # files of the run -> their digests
    build: Json = None  # what the build of the run says of itself: seed, program
    funnel: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # stage -> verdict -> trajectories
    benchmarks: Sequence[Benchmark] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # what was written -> its digest
    parts: dict[str, Part] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)  # by reason
    domains: dict[str, Json] = field(default_factory=dict)  # provenance by name
    shared: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # benchmark -> domain -> tool names
    neutralised: int = 0  # control tokens in messages and tools, row by row
    touched: int = 0  # rows that held one
    thought: int = 0  # rows whose model's reasoning was recorded

    def add(self, part: str, row: Row, source: Source, trajectory: Trajectory) -> None:
        """Count a row that was written."""
        self.parts.setdefault(part, Part()).add(row, trajectory)
        self.neutralised += row["neutralised"]
        self.touched += bool(row["neutralised"])
        self.thought += any(message.reasoning for message in trajectory.messages)
        if source.name not in self.domains:
            self.domains[source.name] = origin(source.domain)
            names = {tool.name for tool in source.domain.tools}
            for benchmark in self.benchmarks:
                if names & benchmark.tools:
                    self.shared.setdefault(benchmark.name, {})[source.name] = sorted(names & benchmark.tools)

    def drop(self, rejection: Rejection) -> None:
        """Count a trajectory that gave no row."""
        self.dropped[rejection.reason] += 1

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts.values())

    @property
    def licences(self) -> Counter[str]:
        """Tools by the licence of the specification they come from, over all domains."""
        return sum((Counter[str](made["licences"]) for made in self.domains.values()), Counter[str]())

    def facts(self) -> Json:
        """Everything, as plain JSON."""
        rows_by_domain = sum((Counter(part.by.get("domain", {})) for part in self.parts.values()), Counter[str]())
        return {
            "generator": generator(),
            "recipe": self.recipe,
            "inputs": dict(sorted(self.inputs.items())),
            "build": self.build,
            "files": dict(sorted(self.files.items())),
            "columns": COLUMNS,
            "rows": self.rows,
            "parts": {name: self.parts[name].facts() for name in sorted(self.parts, key=_stage_then_train)},
            "funnel": {stage: dict(sorted(counts.items())) for stage, counts in self.funnel.items()},
            "dropped": dict(sorted(self.dropped.items())),
            "control_tokens": {"neutralised": self.neutralised, "rows": self.touched},
            "reasoning": {"rows": self.thought},
            "licences": dict(sorted(self.licences.items())),
            "domains": {name: {"rows": rows_by_domain[name], **made} for name, made in sorted(self.domains.items())},
            "benchmarks": {item.name: self._benchmark(item) for item in self.benchmarks},
        }

    def _benchmark(self, benchmark: Benchmark) -> Json:
        marks = {words: f"{words} words: {benchmark.name}" for words in (COPY, HINT)}
        flagged = {
            words: sum(part.by.get("overlap", Counter())[mark] for part in self.parts.values())
            for words, mark in marks.items()
        }
        return {
            "digest": benchmark.digest,
            "names": len(benchmark.tools),
            "word_runs": len(benchmark.grams[HINT]),
            "rows_with_8_words": flagged[HINT],
            "rows_with_13_words": flagged[COPY],
            "tool_names_shared": dict(sorted(self.shared.get(benchmark.name, {}).items())),
        }

    def text(self) -> str:
        """The README: YAML that the Hugging Face hub reads, then what people should know."""
        facts = self.facts()
        front = yaml.safe_dump(self._front_matter(facts), sort_keys=False, allow_unicode=True)
        return f"---\n{front}---\n\n{readme(facts)}"

    def _front_matter(self, facts: Json) -> Json:
        return {
            "pretty_name": MARK,
            "license": licence_tag(self.licences),
            "language": ["en"],
            "task_categories": ["text-generation"],
            "tags": ["agents", "tool-use", "function-calling", "multi-turn", "synthetic", "envscale"],
            "size_categories": [_magnitude(self.rows)],
            **hub(facts),
        }


# -- what the hub reads ---------------------------------------------------------------------------


def hub(facts: Json) -> Json:
    """``configs`` and ``dataset_info``: which files are which split of which configuration, and their features."""
    columns = [{"name": name, **_YAML_TYPES[kind]} for name, kind in COLUMNS.items()]
    configs: dict[str, dict[str, str]] = {}
    for part in facts["parts"]:
        name, _, side = part.rpartition(".")
        ending = "parquet" if f"{part}.parquet" in facts["files"] else "jsonl"
        configs.setdefault(name or "default", {})[side] = f"{part}.{ending}"
    return {
        "configs": [
            {"config_name": name, "data_files": [{"split": side, "path": path} for side, path in files.items()]}
            for name, files in configs.items()
        ],
        "dataset_info": [{"config_name": name, "features": columns} for name in configs],
    }


def licence_tag(licences: Mapping[str, int]) -> str:
    """The hub's tag where all tools have one licence that it knows, else ``other``."""
    known = {"apache-2.0", "mit", "bsd-3-clause", "bsd-2-clause", "cc0-1.0", "cc-by-4.0", "mpl-2.0", "unlicense"}
    tags = {name.lower() for name in licences}
    return tags.pop() if len(tags) == 1 and tags <= known else "other"


def _magnitude(rows: int) -> str:
    steps = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((tag for limit, tag in steps if rows < limit), "1M<n<10M")
