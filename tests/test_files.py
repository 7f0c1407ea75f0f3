"""Canonical JSON, atomic writes and records on disk."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym import files
from agentgym.errors import RunError
from agentgym.types import Rejection, ToolCall

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_canonical_round_trips(value: object) -> None:
    assert json.loads(files.canonical(value)) == value, "canonical JSON must read back as the value it was made from"


@given(st.dictionaries(st.text(), SCALARS, min_size=2, max_size=6))
def test_key_order_changes_nothing(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert files.canonical(turned) == files.canonical(value), "canonical JSON must not depend on the order of keys"
    assert files.digest(turned) == files.digest(value), "the digest must not depend on the order of keys"


def test_digest_separates_types() -> None:
    digests = {files.digest(value) for value in (1, "1", True, 1.5, None, [1], {"1": 1})}
    assert len(digests) == 7, "values of different JSON types must have different digests"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_canonical_refuses_what_json_lacks(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        files.canonical({"price": value})


def test_write_text_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "new" / "note.txt"
    files.write_text(path, "first\n")
    files.write_text(path, "zweite Fassung: ü\n")
    assert path.read_bytes() == "zweite Fassung: ü\n".encode()
    assert [child.name for child in path.parent.iterdir()] == ["note.txt"], "a temporary file was left behind"


@pytest.mark.parametrize("operation", ["fsync", "replace"])
def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    path = tmp_path / "note.txt"
    files.write_text(path, "old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, operation, fail)
        with pytest.raises(OSError, match="disk full"):
            files.write_text(path, "new")
    assert path.read_text() == "old", f"a failing {operation} must leave the old file as it was"
    assert [child.name for child in tmp_path.iterdir()] == ["note.txt"], "a temporary file was left behind"


def test_records_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    calls = [ToolCall(name="get_order", arguments={"order_id": f"ORD-{n}", "note": "a\nb\u2028c"}) for n in range(3)]
    assert files.write_records(path, calls) == 3
    assert list(files.read_records(path, ToolCall)) == calls
    assert path.read_text("utf-8").count("\n") == 3, "a record must stay on one line"


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    files.write_text(path, '{"name": "get_order"}\n{"name": "torn\n')
    with pytest.raises(RunError, match=r"calls\.jsonl:2 is not a ToolCall"):
        list(files.read_records(path, ToolCall))


def test_what_is_wrong_with_a_line_is_told_in_one(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    files.write_text(path, json.dumps({"nme": "x" * 10**6, "arguments": 1}) + "\n")
    with pytest.raises(RunError) as raised:
        list(files.read_records(path, ToolCall))
    text = str(raised.value)
    assert "name: Field required, and 2 more" in text
    assert "\n" not in text and len(text) < 300, "an error must not repeat a long line"


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_nothing_but_a_file_is_replaced(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(RunError, match="a folder, a device or a pipe"):
        files.write_text(path, "new")
    assert path.is_dir() if kind == "folder" else path.is_fifo(), "what was there must still be there"
    assert [item.name for item in tmp_path.iterdir()] == ["there"]


def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old", "utf-8")
    with pytest.raises(OSError, match=r"No space.*kept\.txt"), files.replacing(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_text("utf-8") == "old"


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="run the stage that writes it first"):
        list(files.read_records(tmp_path / "none.jsonl", Rejection))
    with pytest.raises(RunError, match=r"none\.json"):
        files.read_json(tmp_path / "none.json")


def test_json_files_keep_the_order_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    files.write_json(path, {"b": [1, 2], "a": "ß"})
    assert path.read_text("utf-8") == '{\n  "b": [\n    1,\n    2\n  ],\n  "a": "ß"\n}\n'
    assert files.read_json(path) == {"a": "ß", "b": [1, 2]}
