"""Canonical JSON, atomic writes and content hashes: the only code that writes files, with ``appending``."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import ValidationError

from agentgym.errors import RunError
from agentgym.types import Json, Record

R = TypeVar("R", bound=Record)

# Made once: json.dumps would make an encoder at every call.
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_encode_as_is = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Json) -> str:
    """One-line JSON with sorted keys: equal values give equal text on every machine."""
    return _encode(value)


def in_order(value: Json) -> str:
    """One-line JSON with keys in the order they have, for what is read in that order: a chat template shows it."""
    return _encode_as_is(value)


def digest(value: Json) -> str:
    """32 hex digits of BLAKE2b over the canonical JSON of ``value``."""
    return hashlib.blake2b(canonical(value).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` with ``text`` (UTF-8) so that a reader, or a crash, sees the old file or the new one."""
    with replacing(path) as file:
        file.write(text.encode("utf-8"))


def refuse_device(path: Path) -> None:
    """Raise ``RunError`` where a folder, a device or a pipe is at ``path``: a file would take its place for good."""
    if path.exists() and not path.is_file():
        raise RunError(f"{path} is a folder, a device or a pipe, not a file; choose another name")


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """A full disk says only that it is full: an ``OSError`` raised inside that names no file names ``path``."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, f"{error.strerror}; what was there before is kept", str(path)) from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of ``path`` at the end, and none where something was raised before."""
    refuse_device(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with told_of(path), open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, value: Json) -> None:
    """Write ``value`` as indented JSON, atomically. Keys keep their order: in a specification it carries meaning."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> Json:
    """Read a JSON file; the error names the file and the place."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise RunError(f"cannot read {path}: {error}") from error


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write one record a line (JSON Lines), atomically, keys in their own order. Returns how many."""
    lines = [record_line(record) for record in records]
    write_text(path, "".join(text + "\n" for text in lines))
    return len(lines)


def record_line(record: Record) -> str:
    """A record as one line of JSON, keys in their own order."""
    return json.dumps(record.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_records(path: Path, kind: type[R]) -> Iterator[R]:
    """Read JSON Lines back into records; the error names the file and line."""
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                yield _record(path, number, line, kind)
    except UnicodeDecodeError as error:
        raise RunError(
            f"cannot read {path}: it is not UTF-8 text ({error.reason} at byte {error.start}); write it again"
        ) from error
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}; run the stage that writes it first") from error


def _record(path: Path, number: int, line: str, kind: type[R]) -> R:
    try:
        return kind.model_validate_json(line)
    except ValueError as error:
        raise RunError(f"{path}:{number} is not a {kind.__name__}: {flaw(error)}; write the file again") from error


def flaw(error: ValueError) -> str:
    """What is wrong with a value from outside, in a line: the first place of pydantic's list, and how many follow."""
    if not isinstance(error, ValidationError):
        return str(error)
    first, *others = error.errors(include_url=False, include_context=False, include_input=False)
    place = ".".join(map(str, first["loc"]))
    more = f", and {len(others)} more" if others else ""
    return f"{place}: {first['msg']}{more}" if place else f"{first['msg']}{more}"
