"""JSON Lines files that grow while work goes on, and survive being killed at any byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import orjson

from agentgym.files import told_of
from agentgym.types import Json

SAFE = 1.0  # seconds after which what was appended is forced onto the disk: what a power cut can take


class Appender:
    """Appends whole lines to a file, after cutting off the torn line that a kill may have left at its end.

    A line is with the operating system when ``append`` returns, so that only a power cut can take it, and that only
    within ``SAFE`` seconds. One process at a time may append to a file.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._synced = monotonic()
        try:
            os.ftruncate(self._file, _whole(self._file))
        except BaseException:
            os.close(self._file)
            raise

    def append(self, line: bytes) -> None:
        """Add a line, given without its end. Raises ``OSError`` where the disk does not take all of it."""
        rest = memoryview(line + b"\n")
        with told_of(self._path):
            while rest:
                rest = rest[os.write(self._file, rest) :]
        if monotonic() - self._synced > SAFE:
            os.fsync(self._file)
            self._synced = monotonic()

    def close(self) -> None:
        """Force everything onto the disk and close the file. Closing twice is harmless."""
        if self._file >= 0:
            file, self._file = self._file, -1
            try:
                os.fsync(file)
            finally:
                os.close(file)


def read_lines(path: Path) -> Iterator[tuple[bytes, Json]]:
    """The whole lines of a file that are JSON, with their values; a torn or damaged one is passed over."""
    if not path.is_file():
        return
    with open(path, "rb") as file:
        for line in file:
            try:
                yield line.removesuffix(b"\n"), orjson.loads(line)
            except orjson.JSONDecodeError:
                continue


def _whole(file: int, block: int = 2**16) -> int:
    """The length of a file up to the end of its last whole line: one that ends, and is JSON."""
    end = os.lseek(file, 0, os.SEEK_END)
    tail = b""
    start = end
    while start > 0:
        size = min(block, start)
        start -= size
        tail = os.pread(file, size, start) + tail
        while (cut := tail.rfind(b"\n")) >= 0:
            begin = tail.rfind(b"\n", 0, cut)
            if begin < 0 and start > 0:
                break  # the line begins before what was read
            if _is_json(tail[begin + 1 : cut]):
                return start + cut + 1
            tail = tail[: begin + 1]
    return 0


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
