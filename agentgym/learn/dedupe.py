"""Which rows say again what another row has said: exactly, or nearly.

Exact: the same messages but for the system prompt. Near: the same domain and the same tools in the same order, and the
Jaccard similarity of the two sets of shingles (five words in a row of what user and assistant said, and of the calls
with their arguments) at or above a threshold. Tool results follow from the calls and are left out.

Near duplicates are found without comparing all pairs (Broder 1997; Leskovec, Rajaraman, Ullman, *Mining of Massive
Datasets*, ch. 3). A MinHash is the least value of a random hash over a set; two sets of similarity J share it with
probability J. There are BANDS bands of ROWS each: two rows are compared if they agree on a whole band, which they do
with probability 1 - (1 - J^ROWS)^BANDS, and then by their shingles, exactly. So no row is removed that is not a
duplicate; of pairs with J = 0.9 one in 365,000 is missed, with J = 0.85 one in 7,000, with J = 0.8 one in 550.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agentgym.files import canonical, digest
from agentgym.types import Json

SHINGLE = 5  # words
BANDS, ROWS = 12, 4
COMPARED = 32  # rows of one band that a row is compared with, the latest first: no quadratic blow-up in a crowded band

Shingles = NDArray[np.uint32]

# Odd multipliers and offsets of multiply-shift hashing, which is universal; drawn once and for all.
_DRAW = np.random.Generator(np.random.PCG64(0x5EED))
_FACTORS = _DRAW.integers(0, 2**63, size=(BANDS * ROWS, 1), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _DRAW.integers(0, 2**63, size=(BANDS * ROWS, 1), dtype=np.uint64)
_PLACES = _DRAW.integers(0, 2**63, size=SHINGLE, dtype=np.uint64) * np.uint64(2) + np.uint64(1)  # of words in a shingle
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Duplicate:
    """What a row repeats."""

    of: str  # the id of the row that was there first
    similarity: float  # of the shingles, from the threshold to 1
    exact: bool  # the same messages, not only the same words and calls


class Duplicates:
    """Remembers every row it let pass, in about two kilobytes each."""

    def __init__(self, threshold: float) -> None:
        """``threshold``: the similarity, above 0 and at most 1, from which two rows are near duplicates."""
        self.threshold = threshold
        self._seen: dict[str, Duplicate] = {}  # digest of messages -> what the same messages repeat
        self._bands: defaultdict[bytes, list[int]] = defaultdict(list)  # a band's values -> numbers of rows
        self._rows: list[tuple[str, Shingles]] = []

    def of(self, name: str, domain: str, messages: Json) -> Duplicate | None:
        """The earlier row that this one repeats; None where it is new, and then it is remembered under ``name``."""
        spoken = [message for message in messages if message["role"] != "system"]
        mark = digest(spoken)
        if mark in self._seen:
            return self._seen[mark]
        shingles = _shingles(spoken)
        bands = _bands(shingles, canonical([domain, _tools(spoken)]))
        near = self._nearest(shingles, bands)
        self._seen[mark] = near or Duplicate(name, 1.0, exact=True)
        if near is None:
            for band in bands:
                self._bands[band].append(len(self._rows))
            self._rows.append((name, shingles))
        return near

    def _nearest(self, shingles: Shingles, bands: list[bytes]) -> Duplicate | None:
        """The most similar of the rows that share a band, the earliest of equals, if it is similar enough."""
        numbers = sorted({number for band in bands for number in self._bands.get(band, [])[-COMPARED:]})
        if not numbers:
            return None
        found = similarities(shingles, [self._rows[number][1] for number in numbers])
        best = int(found.argmax())
        if found[best] < self.threshold:
            return None
        return Duplicate(self._rows[numbers[best]][0], float(found[best]), exact=False)


def similarities(one: Shingles, others: Sequence[Shingles]) -> NDArray[np.float64]:
    """The Jaccard similarity of a sorted set to each of some others: shared members over all members."""
    sizes = np.array([other.size for other in others])
    members = np.concatenate(others)
    shared = one[np.searchsorted(one, members).clip(max=one.size - 1)] == members
    counts = np.add.reduceat(shared, np.cumsum(sizes) - sizes, dtype=np.int64)
    return np.asarray(counts / (one.size + sizes - counts), dtype=np.float64)


def _tools(messages: Json) -> list[str]:
    return [call["function"]["name"] for message in messages for call in message.get("tool_calls", ())]


def _said(messages: Json) -> Iterator[str]:
    for message in messages:
        if message["role"] != "tool":
            yield message["content"]
            for call in message.get("tool_calls", ()):
                yield canonical(call["function"])


def _shingles(messages: Json) -> Shingles:
    """The set of five words in a row, each as a 32-bit hash, sorted. Fewer than five words are one shingle."""
    words = _WORD.findall("\n".join(_said(messages)).lower())
    words += [""] * (SHINGLE - len(words))
    sums = np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], dtype=np.uint64)
    count = len(words) - SHINGLE + 1
    mixed = sum(sums[place : place + count] * _PLACES[place] for place in range(SHINGLE))
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))


def _bands(shingles: Shingles, group: str) -> list[bytes]:
    """The bands of a row's signature, as keys that only rows of one ``group`` can share."""
    values = (shingles.astype(np.uint64) * _FACTORS + _OFFSETS) >> np.uint64(32)
    signature = values.min(axis=1).astype("<u4").reshape(BANDS, ROWS)
    mark = hashlib.blake2b(group.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    keys = (bytes([number]) + mark + band.tobytes() for number, band in enumerate(signature))
    return [hashlib.blake2b(key, digest_size=8).digest() for key in keys]
