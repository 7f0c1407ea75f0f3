"""A domain folder with many times the rows, and everything else equal."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from agentgym.files import read_json, write_text
from agentgym.types import Domain, Json, Row, Table

_NUMBERED = re.compile(r"([^0-9]*)([0-9]+)")
_INT_STEP = 1_000_000  # between the integer keys of one copy and those of the next


def enlarge(source: Path, folder: Path, copies: int) -> Path:
    """Write ``source`` to ``folder`` with each seed row ``copies`` times, under new keys that references follow.

    The first copy is the original, so the tasks of ``source`` are tasks of ``folder``. The clock stays one row.
    """
    shutil.copytree(source, folder)
    tables = Domain.model_validate_json((source / "domain.json").read_text("utf-8")).tables
    seed = read_json(source / "seed.json")
    for table in tables:
        if table.name != "clock":
            seed[table.name] = _copies(table, seed[table.name], copies)
    write_text(folder / "seed.json", json.dumps(seed, ensure_ascii=False))
    return folder


def _copies(table: Table, rows: Sequence[Row], copies: int) -> list[Row]:
    keys = {table.primary_key, *(link.column for link in table.foreign_keys)}
    emails = {column.name for column in table.columns if column.format == "email" or column.name == "email"}
    made = list(rows)
    for number in range(1, copies):
        for row in rows:
            renamed = {column: _renamed(row[column], number) for column in keys & row.keys()}
            addressed = {column: f"{number}.{row[column]}" for column in emails & row.keys() if row[column]}
            made.append({**row, **renamed, **addressed})
    return made


def _renamed(key: Json, copy: int) -> Json:
    """``ORD-104233`` -> ``ORD-7104233``: keys of a vendor's style keep it, as the numbering of new rows reads it."""
    if isinstance(key, int):
        return key + copy * _INT_STEP
    if not isinstance(key, str):
        return key
    numbered = _NUMBERED.fullmatch(key)
    return f"{numbered[1]}{copy}{numbered[2]}" if numbered else f"{key}-{copy}"
