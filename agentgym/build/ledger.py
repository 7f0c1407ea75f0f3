"""What makes a build resumable: an entry for every finished piece of work, with the digests of what it wrote.

A piece is done only when its entry names the very inputs asked for and every file it wrote still has its digest.
The entry is written after the files, so a build that was killed anywhere goes on where it was, to the same bytes.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import Field

from agentgym.errors import RunError
from agentgym.files import read_records, write_records
from agentgym.types import Json, Record, Rejection

FOLDER = ".build"


class Entry(Record):
    """One finished piece of work."""

    key: str  # digest of everything it depends on; "" while it is under way
    files: dict[str, str]  # digest of each file written, by path in the run folder
    counts: dict[str, int]
    rejections: tuple[Rejection, ...]
    facts: dict[str, Json] = Field(default_factory=dict)  # what else a report tells of it, the same in every build


class Ledger:
    """The entries of one run folder. ``name`` is a path such as ``graph`` or ``domains/retail``."""

    def __init__(self, run: Path) -> None:
        self.run = run

    def done(self, name: str, key: str) -> Entry | None:
        """The entry of ``name``, if it was made from ``key`` and its files are as it left them."""
        with suppress(RunError):  # absent or damaged: the work is done again
            entry = next(read_records(self._path(name), Entry), None)
            if entry and entry.key == key and self._intact(entry):
                return entry
        return None

    def begin(self, name: str) -> None:
        """Note that ``name`` is under way, so that what it leaves behind can be found."""
        write_records(self._path(name), [Entry(key="", files={}, counts={}, rejections=())])

    def finish(
        self,
        name: str,
        key: str,
        files: Iterable[Path],
        counts: dict[str, int],
        rejections: Iterable[Rejection],
        facts: dict[str, Json] | None = None,
    ) -> Entry:
        """Note that ``name`` is done and has written ``files``."""
        digests = {path.relative_to(self.run).as_posix(): digest_of(path) for path in files}
        entry = Entry(key=key, files=digests, counts=counts, rejections=tuple(rejections), facts=facts or {})
        write_records(self._path(name), [entry])
        return entry

    def forget_all_but(self, area: str, names: Iterable[str]) -> None:
        """Remove the entries of ``area`` that are not in ``names``, and the folders ``area/<name>`` they stand for."""
        kept = set(names)
        for path in sorted((self.run / FOLDER / area).glob("*.json")):
            if path.stem not in kept:
                shutil.rmtree(self.run / area / path.stem, ignore_errors=True)
                path.unlink()

    def _intact(self, entry: Entry) -> bool:
        return all(digest_of(self.run / path) == value for path, value in entry.files.items())

    def _path(self, name: str) -> Path:
        return self.run / FOLDER / f"{name}.json"


@contextmanager
def alone(run: Path) -> Iterator[Ledger]:
    """Hold the run folder for this process, and clear away what a killed one left half-written.

    Raises:
        RunError: another process works there.
    """
    from filelock import FileLock, Timeout

    (run / FOLDER).mkdir(parents=True, exist_ok=True)
    lock = FileLock(run / FOLDER / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RunError(f"another command is at work in {run}; wait for it, or choose another folder") from None
    try:
        for path in run.glob("domains/.*"):
            shutil.rmtree(path, ignore_errors=True)
        for path in run.rglob(".*.tmp"):
            path.unlink(missing_ok=True)
        yield Ledger(run)
    finally:
        lock.release()


def digest_of(path: Path) -> str:
    """32 hex digits of BLAKE2b over a file's bytes; "" where there is no file."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
