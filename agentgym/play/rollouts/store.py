"""What has been played so far, one growing file a domain: an episode that is in it is not played again.

A line is ``{"key": ..., "trajectory": ...}``. The key is a digest of everything the episode depends on, so that what
was played for another seed, another agent or an older version of a task is told apart. Lines stand in the order in
which the episodes ended; who reads them puts them in order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from agentgym.appending import Appender, read_lines
from agentgym.files import record_line, replacing
from agentgym.types import Message, Record, Trajectory

OPEN = 64  # files at once
KEY = 32  # characters
ERRORS = frozenset({"agent_error", "user_error"})  # how episodes end that a model's outage has spoiled

_HEAD, _MIDDLE, _END = b'{"key":"', b'","trajectory":', b"}"
_START = len(_HEAD) + KEY + len(_MIDDLE)


class EpisodeStore:
    """The files of one run folder. One process at a time may add to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: OrderedDict[str, Appender] = OrderedDict()

    def add(self, domain: str, key: str, trajectory: bytes) -> None:
        """Keep an episode, given as its line. Raises ``OSError`` where the disk does not take it."""
        if domain not in self._files:
            while len(self._files) >= OPEN:
                self._files.popitem(last=False)[1].close()
            self._files[domain] = Appender(self._path(domain))
        self._files[domain].append(_HEAD + key.encode() + _MIDDLE + trajectory + _END)

    def stops(self, domain: str) -> dict[str, str]:
        """How each kept episode ended, by key."""
        return {key: str(value["stop"]) for key, (_, value) in self.episodes(domain).items()}

    def episodes(self, domain: str) -> dict[str, tuple[bytes, dict[str, Any]]]:
        """Each kept episode's line and its value, by key.

        Of several with one key the last counts, but one that ended in an error never stands before one that did not.
        """
        found: dict[str, tuple[bytes, dict[str, Any]]] = {}
        for text, value in read_lines(self._path(domain)):
            if not _is_kept(text, value):
                continue
            key, trajectory = value["key"], value["trajectory"]
            if key not in found or trajectory["stop"] not in ERRORS or found[key][1]["stop"] in ERRORS:
                found[key] = text[_START : -len(_END)], trajectory
        return found

    def sweep(self, domain: str, unwanted: Callable[[str, dict[str, Any]], bool]) -> None:
        """Drop the episodes that are ``unwanted``, given by key and value, once they are more than half of a file."""
        path = self._path(domain)
        lines = [
            (text, not _is_kept(text, value) or unwanted(value["key"], value["trajectory"]))
            for text, value in read_lines(path)
        ]
        if sum(stale for _, stale in lines) * 2 <= len(lines):
            return
        with replacing(path) as file:
            file.writelines(text + b"\n" for text, stale in lines if not stale)

    def close(self) -> None:
        """Force everything onto the disk."""
        while self._files:
            self._files.popitem()[1].close()

    def _path(self, domain: str) -> Path:
        return self._folder / f"{domain}.jsonl"


def _is_kept(text: bytes, value: Any) -> bool:
    """Whether a line was written by ``add``, and not by a disk that went wrong."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("key"), str)
        and len(value["key"]) == KEY
        and isinstance(value.get("trajectory"), dict)
        and isinstance(value["trajectory"].get("stop"), str)
        and text.startswith(_HEAD)
        and text[_START - len(_MIDDLE) : _START] == _MIDDLE
    )


def encode(trajectory: Trajectory) -> bytes:
    """The trajectory as a line of JSON, equal to what ``files.write_records`` writes, in a tenth of the time."""
    try:
        return orjson.dumps(trajectory.__dict__, default=_fields)
    except TypeError:  # what orjson does not write: an integer beyond 64 bits
        return record_line(trajectory).encode("utf-8")


def _fields(record: object) -> dict[str, Any]:
    if not isinstance(record, Record):
        raise TypeError(f"a {type(record).__name__} is no record")
    if type(record) is Message and not record.reasoning:
        return {name: value for name, value in record.__dict__.items() if name != "reasoning"}
    return record.__dict__
