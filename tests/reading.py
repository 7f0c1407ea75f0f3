"""What is read from a file of specifications."""

from __future__ import annotations

import json
from pathlib import Path

from agentgym.build.sources import read
from agentgym.types import Rejection, ToolSpec

SPECS = Path(__file__).parent / "fixtures" / "specs"


def tools_of(path: Path) -> dict[str, ToolSpec]:
    return {item.id: item for item in read(path) if isinstance(item, ToolSpec)}


def rejections_of(path: Path) -> dict[str, str]:
    return {item.subject: item.reason for item in read(path) if isinstance(item, Rejection)}


def write(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path
