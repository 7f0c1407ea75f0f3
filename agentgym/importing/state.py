"""The files of a state, read and checked: one JSON object of collections, or a folder with a file a collection."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from agentgym.errors import SpecError
from agentgym.types import Json

State: TypeAlias = dict[str, Json]  # collection -> documents by key, or a list of documents

MAX_BYTES = 1_000_000_000  # of all files together
MAX_COLLECTIONS = 500
MAX_DEPTH = 10  # objects and lists inside each other in one document; a tool's result may hold little more
_SHOWN = 60  # characters of a value in an error


def read_state(path: Path) -> State:
    """The collections at ``path``, in the order of the file, or of the files' names.

    Raises ``SpecError``, which names the file and the place, for anything that tables could not give back: a key
    twice, NaN and infinity, whole numbers beyond 64 bits, half a surrogate pair, nesting too deep.
    """
    files = _files(path)
    size = sum(file.stat().st_size for file in files)
    if size > MAX_BYTES:
        raise SpecError(f"{path} holds {size} bytes of JSON; at most {MAX_BYTES} are read, so leave documents out")
    if path.is_dir():
        state = {file.stem: _parsed(file) for file in files}
    else:
        state = _parsed(path)
        if not isinstance(state, dict):
            raise SpecError(f"{path} holds {_kind(state)}, not an object of collections; write {{name: documents}}")
    if not state:
        raise SpecError(f"{path} holds no collection; write {{name: documents}}")
    if len(state) > MAX_COLLECTIONS:
        raise SpecError(
            f"{path} holds {len(state)} collections, and at most {MAX_COLLECTIONS} are read: write {{name: documents}},"
            " or put a file of documents into a folder"
        )
    for name, documents in state.items():
        _check_collection(path, name, documents)
    return state


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SpecError(f"{path} is neither a file nor a folder; name the JSON of the state")
    files = sorted(file for file in path.glob("*.json") if file.is_file())
    if not files:
        raise SpecError(f"{path} has no .json file; a folder holds one a collection, such as orders.json")
    return files


def _parsed(path: Path) -> Json:
    def refuse(what: str) -> NoReturn:
        raise SpecError(f"{path}: {what}")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            refuse(f"an object has the key {_twice(key for key, _ in pairs)!r} twice; keep one of them")
        return found

    def real(text: str) -> float:
        value = float(text)
        return value if math.isfinite(value) else refuse(f"the number {text[:_SHOWN]} is too large; write it as text")

    def whole(text: str) -> int:
        if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
            refuse(f"the number {text[:_SHOWN]} has more than 64 bits; write it as text")
        return int(text)

    def constant(text: str) -> NoReturn:
        refuse(f"{text} is not JSON; write null or leave the member out")

    try:
        text = path.read_bytes().decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=members, parse_float=real, parse_int=whole, parse_constant=constant)
    except RecursionError as error:
        raise SpecError(f"{path}: objects are nested too deeply; at most {MAX_DEPTH} levels a document") from error
    except (OSError, ValueError) as error:
        raise SpecError(f"cannot read {path}: {error}; it must be JSON in UTF-8") from error


def _twice(keys: Iterable[str]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key[:_SHOWN]
        seen.add(key)
    return ""


def _check_collection(path: Path, name: str, documents: Json) -> None:
    if isinstance(documents, dict):
        pairs: Iterable[tuple[str, Json]] = documents.items()
    elif isinstance(documents, list):
        pairs = ((str(position), document) for position, document in enumerate(documents))
    else:
        raise SpecError(
            f"{path}: {name[:_SHOWN]!r} is {_kind(documents)}; a collection is an object of documents by key, or a"
            " list of documents: leave it out, or put it into a document"
        )
    _check_text(path, name, name)
    for key, document in pairs:
        place = f"{name}/{key}"
        if not isinstance(document, dict):
            raise SpecError(
                f"{path}: {place[:_SHOWN]!r} is {_kind(document)}, not a document; every value of a collection must be"
                " an object: leave it out, or put it into a document"
            )
        _check_text(path, place, key)
        _check(path, place, document, 1)


def _check(path: Path, place: str, value: dict[str, Json] | list[Json], depth: int) -> None:
    """Look at every text in an object or a list; whole numbers and floats were looked at as they were read."""
    if depth > MAX_DEPTH:
        raise SpecError(f"{path}: {place[:_SHOWN]!r} is nested deeper than {MAX_DEPTH} levels; write it as text")
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(key, str):
            _check_text(path, place, key)
        if isinstance(inner, str):
            _check_text(path, place, inner)
        elif isinstance(inner, dict | list):
            _check(path, f"{place}/{key}", inner, depth + 1)


def _check_text(path: Path, place: str, text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        shown = ascii(place[:_SHOWN])
        raise SpecError(f"{path}: {shown} holds half a surrogate pair, which is no text; correct it") from error


def _kind(value: Json) -> str:
    """What a JSON value is, for an error: "a number"."""
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
