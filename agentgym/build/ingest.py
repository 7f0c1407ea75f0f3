"""The inputs of a build, read in processes: a few files at a time, each batch noted in the ledger when it is done."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from agentgym.build.ledger import FOLDER, Entry, Ledger, digest_of
from agentgym.build.sources.inputs import Part, parts
from agentgym.files import digest, read_records, write_records
from agentgym.processes import finished
from agentgym.types import Rejection, ToolSpec

AREA = "read"  # of the ledger
BATCH = 512 << 10  # bytes: small files are read together up to so many
PACKED = 12  # times that a compressed file is larger than it looks

_PACKED = re.compile(r"\.(?:xz|gz|bz2|lzma|zip|tgz|tbz2|txz)$", re.IGNORECASE)


@dataclass(frozen=True)
class Batch:
    """Files of the inputs that are read at one go, into one file of tools."""

    ledger: Ledger
    key: str  # what its entry will be known by: the program, and the name and bytes of each file
    parts: tuple[Part, ...]
    size: int

    @property
    def entry(self) -> str:
        return f"{AREA}/{self.key}"

    @property
    def out(self) -> Path:
        return self.ledger.run / FOLDER / AREA / f"{self.key}.jsonl"


def label(source: str) -> str:
    """What a report counts a tool under: the archive, file or top-level folder it came from."""
    return source.split("/")[0].split("#")[0]


def contents(paths: Iterable[Path]) -> list[tuple[Part, str]]:
    """Every file of the inputs, with the digest of its bytes."""
    return [(part, digest_of(part.path)) for path in paths for part in parts(path)]


def batches(ledger: Ledger, files: Sequence[tuple[Part, str]], program: str) -> list[Batch]:
    """The files in their order, cut into batches that depend on nothing but them."""
    groups: list[list[tuple[Part, str]]] = []
    size = BATCH
    sizes: list[int] = []
    for part, found in files:
        grown = _size(part.path)
        if size + grown > BATCH:
            groups.append([])
            sizes.append(0)
            size = 0
        groups[-1].append((part, found))
        size += grown
        sizes[-1] = size
    return [
        Batch(ledger, _key(group, program), tuple(part for part, _ in group), size)
        for group, size in zip(groups, sizes, strict=True)
    ]


def _size(path: Path) -> int:
    """Bytes to be read, about."""
    size = path.stat().st_size if path.is_file() else 0
    return size * PACKED if _PACKED.search(path.name) else size


def _key(group: Sequence[tuple[Part, str]], program: str) -> str:
    return digest([program, [[part.source, part.place, found] for part, found in group]])


def read_all(batches: Sequence[Batch], workers: int, told: Callable[[int, float], None]) -> list[Entry]:
    """Read what is not read yet, the largest first. ``told`` hears how many are done, and a worker's memory."""
    distinct = {batch.key: batch for batch in batches}  # one file may be given twice
    entries = {key: batch.ledger.done(batch.entry, key) for key, batch in distinct.items()}
    waiting = [distinct[key] for key, entry in entries.items() if entry is None]
    waiting.sort(key=lambda batch: (-batch.size, batch.key))
    told(len(distinct) - len(waiting), 0.0)
    for number, done in enumerate(finished(read_batch, waiting, workers), 1):
        entries[waiting[done.place].key] = done.outcome
        told(len(distinct) - len(waiting) + number, done.peak_mb if workers > 1 else 0.0)
    found = [entries[batch.key] for batch in batches]
    return [entry for entry in found if entry is not None]


def read_batch(batch: Batch) -> Entry:
    """Read one batch into its file."""
    from agentgym.build.sources import read_part

    dropped: list[Rejection] = []
    counts: Counter[str] = Counter()

    def tools() -> Iterator[ToolSpec]:
        for part in batch.parts:
            for item in read_part(part):
                if isinstance(item, Rejection):
                    dropped.append(item)
                else:
                    counts[label(item.source)] += 1
                    yield item

    write_records(batch.out, tools())
    return batch.ledger.finish(batch.entry, batch.key, [batch.out], dict(sorted(counts.items())), dropped)


def items(batches: Sequence[Batch], entries: Sequence[Entry]) -> Iterator[ToolSpec | Rejection]:
    """Everything that was read, in the order of the inputs."""
    for batch, entry in zip(batches, entries, strict=True):
        yield from chain(entry.rejections, read_records(batch.out, ToolSpec))


def forget_others(ledger: Ledger, batches: Sequence[Batch]) -> None:
    """Remove what was read from inputs that are no longer given."""
    kept = {batch.key for batch in batches}
    for path in sorted((ledger.run / FOLDER / AREA).glob("*.json*")):
        if path.name.partition(".")[0] not in kept:
            path.unlink()
