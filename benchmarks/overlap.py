"""How alike the openings of a domain's tasks are: ``python -m benchmarks.overlap FOLDER... [--json FILE]``.

Two openings share a template where, once their values are taken out, they have a run of eight words in common. Taken
out is every value of either task (of its facts, claims, calls and outputs) and besides every word with a digit or an
"@" in it and every name, a word with a capital that begins no sentence: each becomes one slot, neighbouring slots are
one, and a slot counts as a word. Words are compared in lower case and without punctuation; runs go across sentences.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

from agentgym.errors import AgentGymError
from agentgym.files import write_text
from agentgym.tasks.wording.templates import grams_of, masked, runs
from agentgym.types import Task


def wording_overlap(openings: Sequence[str]) -> float:
    """The share of pairs of ``openings`` that share a template; their values are masked already."""
    return _share([runs(masked(text)) for text in openings])


def tasks_overlap(tasks: Iterable[Task]) -> float:
    """The same for tasks of one domain, whose values are masked here."""
    return _share([grams_of(task) for task in tasks])


def _share(grams: Sequence[frozenset[tuple[str, ...]]]) -> float:
    pairs = list(combinations(grams, 2))
    return sum(not one.isdisjoint(other) for one, other in pairs) / len(pairs) if pairs else 0.0


def measure(folders: Iterable[Path]) -> dict[str, float | dict[str, float]]:
    """The mean and the worst overlap of the domains in ``folders``, and that of each.

    A folder is a domain's own or one that holds some; a domain without tasks is left out.
    """
    found = {path.parent.name: path for folder in folders for path in sorted(folder.rglob("tasks.jsonl"))}
    domains = {
        name: tasks_overlap([Task.model_validate_json(line) for line in path.read_text("utf-8").splitlines() if line])
        for name, path in sorted(found.items())
    }
    shares = list(domains.values()) or [0.0]
    return {"mean": round(sum(shares) / len(shares), 4), "worst": round(max(shares), 4), "domains": domains}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="domain folders, or folders that hold some")
    parser.add_argument("--json", type=Path, help="write the report here as well")
    options = parser.parse_args(arguments)
    try:
        report = measure(options.folders)
    except (AgentGymError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    text = json.dumps(report, indent=2)
    if options.json:
        write_text(options.json, f"{text}\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
