"""Whether rows repeat a benchmark: its tool names, and words in a row of its user texts.

Benchmarks are files that the user has; nothing of them is part of this package. Accepted are JSON and JSON Lines of any
shape (lists of tasks as tau2 has them, BFCL's and ACEBench's ``question`` and ``function``, OpenAI tool lists) and any
other text (tau-bench's Python files, plain lists of intents), alone or in folders:

* every string of JSON, and every paragraph of text, is read as words that a row must not repeat;
* a tool's name is the ``name`` of an object that also has parameters, arguments or a description, and any
  ``snake_case`` word.

Words are compared in lower case and without punctuation: 13 in a row are taken as a copy, as GPT-3 (Brown et al. 2020,
appendix C) and its successors do, 8 in a row as a hint.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentgym.errors import RunError
from agentgym.types import Json

COPY, HINT = 13, 8  # words in a row
MAX_BYTES = 256 * 2**20  # of one file
_WORD = re.compile(r"\w+")
_SNAKE = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
_PARAGRAPH = re.compile(r"\n\s*\n")
_TOOL_MARKS = frozenset({"parameters", "arguments", "kwargs", "description", "inputSchema", "input_schema"})


@dataclass(frozen=True)
class Overlap:
    """Words in a row that a text shares with a benchmark."""

    benchmark: str
    words: int  # COPY or HINT
    text: str  # the words, as the row has them but in lower case


@dataclass
class Benchmark:
    """One file or folder, as it is compared."""

    name: str
    digest: str  # of the bytes read
    tools: set[str] = field(default_factory=set)
    grams: dict[int, set[int]] = field(default_factory=lambda: {COPY: set(), HINT: set()})  # hashes, by length

    def add(self, text: str) -> None:
        """Remember every COPY and HINT words in a row of ``text``, and its snake_case words."""
        self.tools.update(_SNAKE.findall(text))
        words = _words(text)
        for length, grams in self.grams.items():
            grams.update(_hash(words, place, length) for place in range(len(words) - length + 1))

    def overlap(self, words: Sequence[str]) -> Overlap | None:
        """The first copy among ``words``, or else the first hint."""
        for length in (COPY, HINT):
            for place in range(len(words) - length + 1):
                if _hash(words, place, length) in self.grams[length]:
                    return Overlap(self.name, length, " ".join(words[place : place + length]))
        return None


def overlaps(messages: Json, benchmarks: Sequence[Benchmark]) -> list[Overlap]:
    """What the user of a row says that a benchmark says too: at most one overlap a benchmark, copies before hints."""
    if not benchmarks:
        return []
    turns = [_words(message["content"]) for message in messages if message["role"] == "user"]
    found = [overlap for benchmark in benchmarks for words in turns if (overlap := benchmark.overlap(words))]
    worst: dict[str, Overlap] = {}
    for overlap in sorted(found, key=lambda item: -item.words):
        worst.setdefault(overlap.benchmark, overlap)
    return list(worst.values())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _hash(words: Sequence[str], place: int, length: int) -> int:
    gram = " ".join(words[place : place + length]).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(gram, digest_size=8).digest())


# -- reading them ---------------------------------------------------------------------------------


def read(paths: Iterable[Path]) -> list[Benchmark]:
    """One benchmark for each path, named after it; of two with one name each is named with its folder too.

    Raises:
        RunError: a path does not exist, cannot be read, or holds nothing to compare with.
    """
    chosen = list(paths)
    counts = Counter(path.resolve().name for path in chosen)
    return [_read(path, _short(path.resolve(), counts)) for path in chosen]


def _short(path: Path, counts: Counter[str]) -> str:
    return path.name if counts[path.name] == 1 else f"{path.parent.name}/{path.name}"


def _read(path: Path, name: str) -> Benchmark:
    files = _inside(path) if path.is_dir() else [path]
    seen = hashlib.blake2b(digest_size=16)
    benchmark = Benchmark(name=name, digest="")
    for file in files:
        data = _bytes(file)
        seen.update(len(data).to_bytes(8, "big") + data)
        text = data.decode("utf-8", "replace")
        if path.is_dir() and "\0" in text:
            continue  # a picture or an archive in a checkout
        for value in _values(text):
            _take(benchmark, value)
    benchmark.digest = seen.hexdigest()
    if not benchmark.tools and not benchmark.grams[HINT]:
        raise RunError(f"{path} holds neither tool names nor {HINT} words in a row; give a benchmark's tasks or tools")
    return benchmark


def _inside(folder: Path) -> list[Path]:
    """The files of a folder, sorted; not those that are hidden, such as a checkout's ``.git``."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(part[0] == "." for part in path.relative_to(folder).parts))


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise RunError(f"{path} has {size:,} bytes; at most {MAX_BYTES:,} are read, split it first")
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read the benchmark {path}: {error.strerror}") from error


def _values(text: str) -> Iterator[Json]:
    """The JSON value in ``text``, or one a line, or else its paragraphs."""
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        pass
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        yield [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        yield from _PARAGRAPH.split(text)


def _take(benchmark: Benchmark, value: Json) -> None:
    """Go through ``value`` with a stack: a file from outside may be nested deeper than Python calls may be."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            benchmark.add(item)
        elif isinstance(item, list):
            stack += item
        elif isinstance(item, dict):
            if isinstance(item.get("name"), str) and not _TOOL_MARKS.isdisjoint(item):
                benchmark.tools.add(item["name"])
            stack += item.values()
