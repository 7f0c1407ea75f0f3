"""A file, folder or archive -> the bytes of each document in it, in sorted order. Nothing is extracted to disk."""

from __future__ import annotations

import os
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from agentgym.types import Rejection

DOCUMENT_BYTES = 32 << 20  # the largest single document; the largest public specifications are near 12 MiB
ARCHIVE_BYTES = 512 << 20  # all members of one archive together, after decompression
ARCHIVE_MEMBERS = 50_000

_TAR_NAME = re.compile(r"\.(?:tar(?:\.[a-z0-9]{1,5})?|t[bgx]z2?|tlz)$", re.IGNORECASE)
_COMPRESSED = re.compile(r"\.(?:gz|bz2|xz|lzma)$", re.IGNORECASE)

# What the standard library's archive readers raise on hostile input.
DAMAGE = (
    OSError,  # lzma and bz2 truncation, gzip's BadGzipFile
    EOFError,
    ValueError,  # includes UnicodeDecodeError
    KeyError,
    RuntimeError,  # an encrypted zip member; includes NotImplementedError and RecursionError
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    tarfile.TarError,
    zipfile.BadZipFile,
)


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one file.

    ``source``: its path as text, relative to the input. ``place``: the same below the name of the folder or
    archive that holds it; a service without a title is named after it.
    """

    source: str
    place: str
    data: bytes


class _TooLargeError(Exception):
    """An archive holds more bytes than ARCHIVE_BYTES."""


def rejection(subject: str, reason: str, detail: str = "") -> Rejection:
    """A Rejection of the ingest stage; text from the wild is made printable and short."""
    return Rejection(stage="ingest", subject=_printable(subject, 300), reason=reason, detail=_printable(detail, 300))


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an input, with its ``source`` and ``place`` as in Document."""

    path: Path
    source: str
    place: str


def parts(path: Path) -> Iterator[Part]:
    """The file at ``path``, or every file under it in sorted order; dot names are skipped."""
    here = path.resolve()
    if not here.is_dir():
        yield Part(path, path.name, f"{here.parent.name}/{path.name}")
        return
    for file in _walk(path):
        relative = _relative(file.relative_to(path).as_posix())
        yield Part(file, relative, f"{here.name}/{relative}")


def documents(part: Part) -> Iterator[Document | Rejection]:
    """The document in a regular file, or every member of the archive it is; dot names are skipped."""
    yield from _file(part.path, part.source, part.place)


def _walk(folder: Path) -> Iterator[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(Path(root, name) for name in names if not name.startswith("."))
    yield from sorted(found, key=lambda file: file.as_posix())


def _file(path: Path, source: str, place: str) -> Iterator[Document | Rejection]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            yield rejection(source, "not a regular file")
            return
        with open(path, "rb") as file:
            head = file.read(512)
            file.seek(0)
            kind = _archive_kind(head, path.name)
            if kind and (kind in ("zip", "tar") or _holds_tar(file, kind, path.name)):
                yield from _archive(file, kind, source, place)
            elif kind:
                yield from _compressed(file, kind, source, place)
            else:
                yield from _document(source, place, file.read(DOCUMENT_BYTES + 1))
    except OSError as error:
        yield rejection(source, "unreadable file", error.strerror or type(error).__name__)


def _document(source: str, place: str, data: bytes) -> Iterator[Document | Rejection]:
    if len(data) > DOCUMENT_BYTES:
        yield rejection(source, "file too large", f"more than {DOCUMENT_BYTES} bytes; split it")
    else:
        yield Document(source, place, data)


def _compressed(file: IO[bytes], kind: str, source: str, place: str) -> Iterator[Document | Rejection]:
    """One document, compressed by itself, such as ``pool.jsonl.xz``."""
    try:
        data = _decompressed(file, kind).read(DOCUMENT_BYTES + 1)
    except DAMAGE as error:
        yield rejection(source, "damaged archive", str(error) or type(error).__name__)
    else:
        bare = _COMPRESSED.sub("", place)
        yield from _document(source, bare, data)


# -- archives: untrusted, read as a stream of bounded size -----------------------------------------


def _archive_kind(head: bytes, name: str) -> str:
    """``zip``, a compression of tar, ``tar``, or "" for a plain document; told by content."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    for magic, kind in ((b"\x1f\x8b", "gzip"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "lzma")):
        if head.startswith(magic):
            return kind
    return "tar" if head[257:262] == b"ustar" or name.lower().endswith(".tar") else ""


def _holds_tar(file: IO[bytes], kind: str, name: str) -> bool:
    """Whether compressed bytes are a tar archive, by its magic, else by name; what cannot be read is told by name."""
    try:
        head = _decompressed(file, kind).read(512)
    except DAMAGE:
        head = b""
    file.seek(0)
    return head[257:262] == b"ustar" or bool(_TAR_NAME.search(name))


def _archive(file: IO[bytes], kind: str, source: str, place: str) -> Iterator[Document | Rejection]:
    """The members of one archive; damage ends it with a Rejection, what was read before survives."""
    read: list[tuple[str, bytes | Rejection]] = []
    end: Rejection | None = None
    try:
        for name, content in _zip(file) if kind == "zip" else _tar(file, kind):
            if len(read) == ARCHIVE_MEMBERS:
                end = rejection(source, "archive has too many members", f"more than {ARCHIVE_MEMBERS}; split it")
                break
            read.append((name, content))
    except _TooLargeError:
        end = rejection(source, "archive too large", f"more than {ARCHIVE_BYTES} bytes unpacked; split it")
    except DAMAGE as error:
        end = rejection(source, "damaged archive", str(error) or type(error).__name__)
    for name, content in sorted(read, key=lambda item: item[0]):
        subject = f"{source}/{name}"
        if isinstance(content, Rejection):
            yield content.model_copy(update={"subject": subject})
        elif _archive_kind(content[:512], name):
            yield rejection(subject, "archive inside an archive", "unpack it and give it by itself")
        else:
            yield from _document(subject, f"{place}/{name}", content)
    if end is not None:
        yield end


def _tar(file: IO[bytes], kind: str) -> Iterator[tuple[str, bytes | Rejection]]:
    stream = _Metered(_decompressed(file, kind))
    with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]
        for member in archive:
            name = _relative(member.name)
            if member.isdir() or _hidden(name):
                continue
            if not member.isreg() or member.issparse():
                yield name, rejection(name, "not a regular file")
            elif member.size > DOCUMENT_BYTES:
                yield name, rejection(name, "file too large", f"{member.size} bytes; the limit is {DOCUMENT_BYTES}")
            else:
                content = archive.extractfile(member)
                yield name, content.read() if content else b""


def _decompressed(file: IO[bytes], kind: str) -> _Stream:
    import bz2
    import gzip
    import lzma

    if kind == "gzip":
        return gzip.GzipFile(fileobj=file)
    if kind == "bz2":
        return bz2.BZ2File(file)
    return lzma.LZMAFile(file) if kind == "lzma" else file


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Metered:
    """The ``read`` of a decompressing stream, up to ARCHIVE_BYTES in all: a bomb ends here."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self._left = ARCHIVE_BYTES

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _TooLargeError
        return data


def _zip(file: IO[bytes]) -> Iterator[tuple[str, bytes | Rejection]]:
    left = ARCHIVE_BYTES
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            name = _relative(member.filename)
            if member.is_dir() or _hidden(name):
                continue
            if stat.S_ISLNK(member.external_attr >> 16):
                yield name, rejection(name, "not a regular file")
                continue
            try:
                with archive.open(member) as content:
                    data = content.read(DOCUMENT_BYTES + 1)  # the size in the directory may lie
            except DAMAGE as error:
                yield name, rejection(name, "damaged archive member", str(error) or type(error).__name__)
                continue
            left -= len(data)
            if left < 0:
                raise _TooLargeError
            yield name, data


# -- names as text ---------------------------------------------------------------------------------


def _relative(name: str) -> str:
    """A member's path as text that points nowhere: no root, no "..", no control characters."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return _printable("/".join(parts), 300) or "unnamed"


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _printable(text: str, limit: int) -> str:
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(char if char.isprintable() else " " for char in clean[:limit])
