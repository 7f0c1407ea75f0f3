"""The folder of an imported domain: its files, and how it takes its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgym.build.code.emit import emit_schema
from agentgym.build.materialise import rows_text
from agentgym.errors import RunError
from agentgym.files import digest, write_text
from agentgym.importing.modules import Function, tools_source
from agentgym.importing.shape import Shape
from agentgym.types import Domain, Rows, ToolSpec

REPORT = "import.json"


@dataclass(frozen=True)
class Base:
    """What every folder of one import has in common."""

    name: str
    shape: Shape
    rows: Rows
    policy: str
    offered: tuple[ToolSpec, ...]  # all tools that were given, bound or not
    aliases: tuple[str, ...] = ()  # of an authored file


def write_domain(
    folder: Path,
    base: Base,
    tools: Sequence[ToolSpec],
    functions: Sequence[Function],
    provenance: Mapping[str, str],
) -> None:
    """Write the files that ``agentgym.world.load`` reads."""
    title = base.name.replace("-", " ").replace("_", " ")
    domain = Domain(
        name=base.name,
        tools=tuple(sorted(tools, key=lambda one: one.name)),
        tables=base.shape.tables,
        provenance={
            "specs": digest([spec.model_dump(mode="json") for spec in base.offered]),
            **dict(sorted(provenance.items())),
        },
    )
    write_text(folder / "schema.py", emit_schema(title, base.shape.tables, clock=False))
    write_text(folder / "tools.py", tools_source(title, base.shape, functions, base.aliases))
    write_text(folder / "policy.md", base.policy)
    write_text(folder / "seed.json", rows_text(base.rows))
    write_text(folder / "domain.json", domain.model_dump_json(indent=2) + "\n")


def check_place(out: Path) -> None:
    """Raise ``RunError`` where a folder that no import made, or a file, is in the way."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise RunError(f"{out} is not a folder; choose another name")
    if out.is_dir() and any(out.iterdir()) and not (out / REPORT).is_file():
        raise RunError(f"{out} holds something that no import made; choose another folder, or empty it")


def publish(trial: Path, out: Path) -> None:
    """Move a finished folder into place; what an earlier import left there is replaced, or kept where that fails."""
    old = trial.with_name(f"{trial.name}.old")
    if out.exists():
        os.replace(out, old)
    try:
        os.replace(trial, out)
    except OSError:
        if old.exists():
            os.replace(old, out)
        raise
    shutil.rmtree(old, ignore_errors=True)
