"""Answers on disk: a cache, so as to pay once, and a cassette, one file that plays a run again without a model."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Lock
from typing import Any

from filelock import FileLock
from pydantic import ValidationError

from agentgym.errors import NotRecorded, RunError
from agentgym.files import digest, read_json, write_json
from agentgym.llm.records import Completion, Request
from agentgym.types import Json, Record

_VERSION = 1
_SHOWN = 200  # characters of a conversation's end that an error shows

_log = logging.getLogger(__name__)


class Entry(Record):
    """A request and its answer. Neither ever holds a key."""

    request: Request
    completion: Completion


class Cache:
    """Answers in a folder, by what was asked and where: another endpoint may serve other weights by the same name."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        """Raises ``OSError`` where there can be no such folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._endpoint = endpoint

    def get(self, request: Request) -> Completion | None:
        """The answer kept for ``request``; a file that does not hold one is told in the log, and written anew."""
        path = self._path(request)
        if not path.exists():
            return None
        try:
            entry = Entry.model_validate(read_json(path))
        except (RunError, ValidationError) as error:
            _log.warning("%s is not an answer, so it is asked for again: %s", path, error)
            return None
        return entry.completion.model_copy(update={"cached": True}) if entry.request == request else None

    def put(self, request: Request, completion: Completion) -> None:
        write_json(self._path(request), Entry(request=request, completion=completion).model_dump(mode="json"))

    def _path(self, request: Request) -> Path:
        key = digest([self._endpoint, request.digest])
        return self._folder / key[:2] / f"{key}.json"


class Cassette:
    """Answers in one JSON file, by request, sorted: the same recording gives the same bytes."""

    def __init__(self, path: Path, *, record: bool) -> None:
        """Reads ``path``; raises ``RunError`` where it is none, or is missing although it is to be replayed."""
        self.path = path
        self.records = record
        self._entries = _load(path) if path.exists() or not record else {}
        self._new: dict[str, Entry] = {}
        self._lock = Lock()

    def get(self, request: Request) -> Completion | None:
        """The recorded answer. In replay, raises ``NotRecorded`` where there is none."""
        with self._lock:
            entry = self._entries.get(request.digest)
        if entry is not None:
            return entry.completion.model_copy(update={"cached": True})
        if self.records:
            return None
        raise NotRecorded(
            f"cassette {self.path} does not hold request {request.digest} to {request.model}, which ends with "
            f"{_end(request)!r}; record it again, since prompts, tasks or seeds have changed"
        )

    def put(self, request: Request, completion: Completion) -> Completion:
        """Keep the answer. What is to be acted upon: the one kept, where the same was asked twice at a time."""
        with self._lock:
            entry = self._entries.get(request.digest)
            if entry is None:
                entry = Entry(request=request, completion=completion)
                self._entries[request.digest] = self._new[request.digest] = entry
        return entry.completion

    def save(self) -> None:
        """Write what was recorded. Several processes may record into one file."""
        with self._lock:
            if not self._new:
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock"):
                kept = _load(self.path) if self.path.exists() else {}
                entries = {**self._new, **kept}  # what another process has answered with, it has also acted upon
                exchanges = {key: entries[key].model_dump(mode="json") for key in sorted(entries)}
                write_json(self.path, {"version": _VERSION, "exchanges": exchanges})
            self._new = {}


def _load(path: Path) -> dict[str, Entry]:
    if not path.exists():
        raise RunError(f"there is no cassette {path} to replay; record it first")
    value: Json = read_json(path)
    if not isinstance(value, dict) or value.get("version") != _VERSION:
        raise RunError(f"{path} is no cassette of version {_VERSION}; record it again")
    try:
        entries = [Entry.model_validate(entry) for entry in value["exchanges"].values()]
    except (KeyError, AttributeError, ValidationError) as error:
        raise RunError(f"{path} is no cassette: {error}") from error
    return {entry.request.digest: entry for entry in entries}


def _end(request: Request) -> str:
    """The last words of a conversation."""
    last: dict[str, Any] = request.messages[-1] if request.messages else {}
    return str(last.get("content") or last.get("tool_calls") or "")[-_SHOWN:]
