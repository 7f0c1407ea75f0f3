"""Rows in files, and back as a ``datasets.Dataset``: JSON Lines with nothing installed, Parquet with the extra.

Messages and tools are ``Json`` features. Plain inference would merge the keys of all rows into one struct, and a model
would be trained to emit ``"qty": null``. Their keys stay in order: a chat template shows schemas as they are, and a
server is given them as the environment has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from agentgym.errors import RunError
from agentgym.files import in_order, told_of
from agentgym.learn.staging import Staging
from agentgym.types import Json

if TYPE_CHECKING:
    from datasets import Dataset

T = TypeVar("T")

# Column -> its type: a JSON value a message or tool, text, a whole number, a list of texts.
COLUMNS = {
    "messages": "json",
    "tools": "json",
    "id": "text",
    "domain": "text",
    "task": "text",
    "agent": "text",
    "user": "text",
    "trial": "number",
    "kinds": "texts",
    "gold_calls": "number",
    "reads_first": "number",
    "ambiguity": "number",
    "tools_in_reach": "number",
    "turns": "number",
    "characters": "number",
    "neutralised": "number",
    "overlaps": "texts",
}
CARD = "card.json"  # beside the rows of a dataset folder; written last, so that a folder without it is not whole
GROUP = 512  # rows of a Parquet row group, and the most that wait in memory


class Sink(Protocol):
    """A file that rows go into, one by one. Left without an error, it is whole."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None, /
    ) -> None: ...

    def write(self, row: Mapping[str, Json], /) -> None: ...


class Remembered(Generic[T]):
    """A function of one value that is not asked again for the very object it was asked last.

    The rows of a domain share one list of tools, which is most of their text.
    """

    def __init__(self, function: Callable[[Json], T]) -> None:
        self._function = function
        self._last: tuple[Json, T] | None = None

    def __call__(self, value: Json) -> T:
        if self._last is None or self._last[0] is not value:
            self._last = value, self._function(value)
        return self._last[1]


class JsonLines:
    """One row a line, its columns sorted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tools = Remembered(in_order)

    def __enter__(self) -> Self:
        self._file = open(self._path, "w", encoding="utf-8", newline="\n")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def write(self, row: Mapping[str, Json]) -> None:
        texts = {name: self._tools(value) if name == "tools" else in_order(value) for name, value in row.items()}
        self._file.write("{" + ",".join(f"{in_order(name)}:{texts[name]}" for name in sorted(texts)) + "}\n")


class Parquet:
    """Arrow columns with the features in the file's metadata, where ``datasets`` looks for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._schema = features().arrow_schema
        self._rows: list[Mapping[str, Json]] = []

    def __enter__(self) -> Self:
        from pyarrow.parquet import ParquetWriter

        self._writer = ParquetWriter(self._path, self._schema, compression="zstd")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def write(self, row: Mapping[str, Json]) -> None:
        self._rows.append(row)
        if len(self._rows) == GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            columns = [_column([row[name] for row in self._rows], kind) for name, kind in COLUMNS.items()]
            self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
            self._rows.clear()


def _column(values: list[Json], kind: str) -> Any:
    """An Arrow array. JSON is encoded here, not by the library, whose encoder keeps fewer digits of a number."""
    import pyarrow as pa

    if kind == "json":
        offsets = [0]
        texts: list[str] = []
        encode = Remembered(lambda value: [in_order(item) for item in value])
        for value in values:
            texts += encode(value)
            offsets.append(len(texts))
        encoded = pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts, pa.string()))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), encoded)
    return pa.array(values, {"text": pa.string(), "number": pa.int64(), "texts": pa.list_(pa.string())}[kind])


SINKS: dict[str, Callable[[Path], Sink]] = {"jsonl": JsonLines, "parquet": Parquet}


def features() -> Any:
    """The ``datasets.Features`` of a row."""
    datasets = library("writing Parquet, or reading rows,")
    types = {
        "json": datasets.List(datasets.Json()),
        "text": datasets.Value("string"),
        "number": datasets.Value("int64"),
        "texts": datasets.List(datasets.Value("string")),
    }
    return datasets.Features({name: types[kind] for name, kind in COLUMNS.items()})


def library(purpose: str) -> Any:
    """The ``datasets`` package. Raises RunError where it is not installed."""
    try:
        import datasets
    except ImportError as error:
        raise RunError(f"{purpose} needs the datasets package: pip install 'envscale[train]'") from error
    return datasets


def save(path: Path, rows: Iterable[Mapping[str, Json]]) -> int:
    """Write rows as JSON Lines, atomically and one at a time. Returns how many."""
    count = 0
    with told_of(path), Staging(path.parent) as staging:
        with JsonLines(staging.path(path.name)) as sink:
            for row in rows:
                sink.write(row)
                count += 1
        staging.commit()
    return count


def load(path: Path, cache: Path | None = None, *, split: str = "train") -> Dataset:
    """Open what ``agentgym export`` wrote; needs the ``train`` extra.

    ``path`` is a file of rows, ``.jsonl`` or ``.parquet``, or a dataset folder, of which ``split`` is read (``train``,
    ``held_out``, or with a vertical ``general.train`` and the like).
    """
    datasets = library("reading rows")
    file = _file(path, split) if path.is_dir() else path
    if not file.is_file():
        raise RunError(f"cannot read {file}: no such file; write it with `agentgym export` first")
    reader = datasets.Dataset.from_parquet if file.suffix == ".parquet" else datasets.Dataset.from_json
    return reader(str(file), features=features(), cache_dir=str(cache) if cache else None)


def _file(folder: Path, split: str) -> Path:
    if not (folder / CARD).is_file():
        raise RunError(
            f"{folder} has no {CARD}: it is no dataset, or its export was stopped; run `agentgym export` again"
        )
    found = [folder / f"{split}.{ending}" for ending in SINKS if (folder / f"{split}.{ending}").is_file()]
    if not found:
        known = sorted({file.stem for ending in SINKS for file in folder.glob(f"*.{ending}")})
        raise RunError(f"{folder} has no rows {split!r}; it has {', '.join(known) or 'none'}")
    return found[0]
