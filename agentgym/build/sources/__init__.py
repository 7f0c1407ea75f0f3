"""Scenario collection (paper 2.1): API specifications in their vendors' formats -> tools.

One module a format, each with ``matches(document)`` and ``tools(document, source, place)``. The format is told
by content, never by a file's name. What cannot be read is reported as a Rejection of the stage "ingest".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agentgym.build.sources import (
    botocore,
    catalog,
    discovery,
    functions,
    mcp,
    openapi,
    prose,
    toolalpaca,
    toolbench,
)
from agentgym.build.sources.inputs import Document, Part, documents, parts, rejection
from agentgym.build.sources.parse import UnreadableError, parse
from agentgym.errors import SpecError
from agentgym.types import Rejection, ToolSpec

# The first that matches reads a document.
FORMATS = (openapi, discovery, botocore, catalog, toolbench, toolalpaca, prose, mcp, functions)

KNOWN = (
    "OpenAPI 2 and 3, Google discovery, botocore, MCP tools/list, OpenAI functions (also BFCL and ACEBench), "
    "ToolBench, ToolAlpaca, API zoo and catalog files"
)


def read(path: Path) -> Iterator[ToolSpec | Rejection]:
    """Every tool in a file, a folder, or an archive (.tar, .tar.gz, .tar.bz2, .tar.xz, .zip), in sorted order.

    A single file may be compressed by itself (.json.xz, .jsonl.gz). Files and folders whose names start with a dot
    are skipped. Archives are read as a stream of bounded size and never extracted. Raises SpecError if ``path`` does
    not exist; everything else that is wrong is a Rejection.
    """
    path = Path(path)
    if not path.exists():
        raise SpecError(f"{path} does not exist; give a specification file, a folder of them or an archive")
    return _read(path)


def _read(path: Path) -> Iterator[ToolSpec | Rejection]:
    for part in parts(path):
        yield from read_part(part)


def read_part(part: Part) -> Iterator[ToolSpec | Rejection]:
    """Every tool in one file of an input, as ``read`` gives them; ``inputs.parts`` lists the files."""
    for item in documents(part):
        if isinstance(item, Rejection):
            yield item
        else:
            yield from _tools(item)


def _tools(document: Document) -> Iterator[ToolSpec | Rejection]:
    try:
        value, broken = parse(document)
    except UnreadableError as error:
        yield rejection(document.source, error.reason, error.detail)
        return
    yield from broken
    reader = next((reader for reader in FORMATS if reader.matches(value)), None)
    if reader is None:
        yield rejection(document.source, "unknown format", f"known are {KNOWN}")
        return
    empty = True
    for item in reader.tools(value, document.source, document.place):
        empty = False
        yield item
    if empty:
        yield rejection(document.source, "no tools in the file")
