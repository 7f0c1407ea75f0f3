"""Where training data comes from: files of the run, the build, specifications, this program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from agentgym.build.ledger import digest_of
from agentgym.files import digest, read_json
from agentgym.types import Domain, Json

UNSTATED = "not stated"


def inputs(run: Path, folders: Mapping[str, Path], names: Sequence[str]) -> dict[str, str]:
    """The digest of each of the run's files ``names`` that exists; the tools and tasks of all domains have one each."""
    files = {name: digest_of(run / name) for name in names}
    for name in ("domain.json", "tasks.jsonl"):
        files[f"domains/*/{name}"] = digest({key: digest_of(folder / name) for key, folder in sorted(folders.items())})
    return {name: value for name, value in files.items() if value}


def build(run: Path) -> dict[str, Json]:
    """The seed and the program of the build, as its manifest has them; {} where the domains came without one."""
    path = run / "manifest.json"
    manifest = read_json(path) if path.is_file() else {}
    return {name: manifest[name] for name in ("seed", "program") if name in manifest}


def origin(domain: Domain) -> Json:
    """Where a domain comes from: the digest of its specifications, its tools by licence and by file."""
    return {
        "specs": str(domain.provenance.get("specs", "")),
        "tools": len(domain.tools),
        "licences": dict(sorted(Counter(tool.licence or UNSTATED for tool in domain.tools).items())),
        "sources": dict(sorted(Counter(tool.source or UNSTATED for tool in domain.tools).items())),
    }


def generator() -> Json:
    """This program and the libraries that made the bytes."""
    found = {}
    for name in ("envscale", "datasets", "pyarrow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
