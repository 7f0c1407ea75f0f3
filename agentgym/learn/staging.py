"""Files that are written aside, row by row, and moved into their folder together when all are whole."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import TracebackType
from typing import Self

from agentgym.build.ledger import digest_of


class Staging:
    """New files for ``folder``. Left by an error, or killed, the old files stay as they are.

    ``seal`` names the file that vouches for the others: it is taken away before the first of them is replaced and put
    in its place after the last, so files of two exports never stand under one seal.
    """

    def __init__(self, folder: Path, seal: str = "") -> None:
        self.folder = folder
        self.seal = seal
        self._aside: dict[str, Path] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for path in self._aside.values():
            path.unlink(missing_ok=True)

    def path(self, name: str) -> Path:
        """Where to write the new file ``name`` until ``commit``. What a killed process left of it is cleared away."""
        for old in self._left(name):
            old.unlink(missing_ok=True)
        return self._aside.setdefault(name, self.folder / f".{name}.{os.getpid()}.tmp")

    def digest(self, name: str) -> str:
        """The digest of the new file ``name``, once it is whole."""
        return digest_of(self._aside[name])

    def commit(self, stale: frozenset[str] = frozenset()) -> None:
        """Put every new file in its place, on disk for good, and remove those ``stale`` names that were not written."""
        for path in self._aside.values():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
        if self.seal:
            (self.folder / self.seal).unlink(missing_ok=True)
            self._sync()
        for name in sorted(stale - self._aside.keys()):
            (self.folder / name).unlink(missing_ok=True)
        for name in sorted(self._aside, key=lambda name: (name == self.seal, name)):
            if name == self.seal:
                self._sync()
            os.replace(self._aside[name], self.folder / name)
        self._sync()
        self._aside.clear()

    def _left(self, name: str) -> list[Path]:
        """What processes that are no more have written aside for ``name``."""
        shape = re.compile(rf"\.{re.escape(name)}\.(\d+)\.tmp")
        found = ((path, shape.fullmatch(path.name)) for path in self.folder.iterdir())
        return [path for path, match in found if match and not _runs(int(match[1]))]

    def _sync(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True
