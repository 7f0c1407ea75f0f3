"""What the importers' tests share: write a document, read it, look at tools and rejections."""

import json
from pathlib import Path

from agentgym.build.sources import read
from agentgym.types import Json, Rejection, ToolSpec


def items(folder: Path, document: Json, name: str = "pool.json") -> list[ToolSpec | Rejection]:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return list(read(path))


def tools(folder: Path, document: Json, name: str = "pool.json") -> dict[str, ToolSpec]:
    return {item.id: item for item in items(folder, document, name) if isinstance(item, ToolSpec)}


def rejected(folder: Path, document: Json, name: str = "pool.json") -> dict[str, str]:
    return {item.subject: item.reason for item in items(folder, document, name) if isinstance(item, Rejection)}


def arguments(tool: ToolSpec) -> Json:
    return tool.parameters["properties"]
