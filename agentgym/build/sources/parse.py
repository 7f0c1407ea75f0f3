"""Bytes -> a JSON value: JSON, JSON Lines or YAML, told by content, bounded in depth and size."""

from __future__ import annotations

import math
import re
from typing import Any

from agentgym.build.sources.inputs import Document, rejection
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection

YAML_DEPTH = 200
YAML_NODES = 4_000_000

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


class UnreadableError(SpecError):
    """A document is broken: ``reason`` is a stable phrase, ``detail`` the place."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def parse(document: Document) -> tuple[Json, list[Rejection]]:
    """The document's value, and a Rejection for each broken line of JSON Lines. Raises UnreadableError."""
    text = _text(document.data).strip()
    if not text:
        raise UnreadableError("empty file")
    if text[0] in "{[":
        return _json(text, document.source)
    try:
        value = parse_yaml(text)
    except UnreadableError:
        if document.source.lower().endswith((".yaml", ".yml")):
            raise
        value = None  # a licence, a readme: text that happens to be no YAML either
    if not isinstance(value, (dict, list)):
        raise UnreadableError("unknown format", "neither JSON nor a YAML mapping")
    return value, []


def _text(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8 text", f"byte {error.start}") from error
    if "\0" in text:
        raise UnreadableError("not UTF-8 text", f"a NUL at character {text.index(chr(0))}")
    return text


def _json(text: str, source: str) -> tuple[Json, list[Rejection]]:
    import orjson  # strict: no NaN, no infinities, no lone surrogates, depth at most 1024

    try:
        return orjson.loads(text), []
    except orjson.JSONDecodeError as error:
        lines = text.splitlines()
        try:
            many = len(lines) > 1 and isinstance(orjson.loads(lines[0]), dict)
        except orjson.JSONDecodeError:
            many = False
        if many:
            return _json_lines(lines, source)
        if source.lower().endswith((".yaml", ".yml")):
            return parse_yaml(text), []  # YAML in flow style
        raise UnreadableError("broken JSON", str(error)) from error


def _json_lines(lines: list[str], source: str) -> tuple[Json, list[Rejection]]:
    import orjson

    values: list[Json] = []
    broken: list[Rejection] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                values.append(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                broken.append(rejection(f"{source}#line {number}", "broken JSON line", str(error)))
    return values, broken


# -- YAML ------------------------------------------------------------------------------------------


def parse_yaml(text: str) -> Json:
    """The first YAML document as JSON: YAML 1.2 scalars, string keys, aliases shared. Raises UnreadableError.

    Built from parser events, because PyYAML's own loader reads YAML 1.1 (``no`` as false, ``5E+4`` as text,
    dates as objects), keeps integer keys, and its C composer overflows the stack on deep nesting.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.feed(event)
            if builder.done:
                break
    except yaml.YAMLError as error:
        raise UnreadableError("broken YAML", " ".join(str(error).split())) from error
    except ValueError as error:  # a character code beyond Unicode
        raise UnreadableError("broken YAML", str(error)) from error
    return builder.value


class _Builder:
    """Folds YAML events into one value with an explicit stack."""

    def __init__(self) -> None:
        self.value: Json = None
        self.done = False
        self._open: list[tuple[Json, list[Json]]] = []  # container, pending key of a mapping
        self._anchors: dict[str, Json] = {}
        self._nodes = 0

    def feed(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._scalar(event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._start({} if kind == "MappingStartEvent" else [], event.anchor)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._open.pop()
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise UnreadableError("broken YAML", f"alias *{event.anchor} has no anchor before it")
            self._put(self._anchors[event.anchor])
        elif kind in ("DocumentEndEvent", "StreamEndEvent"):
            self.done = True

    def _scalar(self, event: Any) -> None:
        is_key = bool(self._open) and isinstance(self._open[-1][0], dict) and not self._open[-1][1]
        if is_key or event.style or not event.implicit[0]:
            value: Json = event.value
        else:
            value = _resolve(event.value)
        if event.anchor:
            self._anchors[event.anchor] = value
        self._put(value)

    def _start(self, container: Json, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = container
        self._put(container)
        self._open.append((container, []))
        if len(self._open) > YAML_DEPTH:
            raise UnreadableError("broken YAML", f"nested deeper than {YAML_DEPTH}")

    def _put(self, value: Json) -> None:
        self._count(1)
        if not self._open:
            self.value = value
            return
        container, key = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif key:
            self._set(container, key.pop(), value)
        elif isinstance(value, (dict, list)):
            raise UnreadableError("broken YAML", "a mapping key is itself a mapping or sequence")
        else:
            key.append(value if isinstance(value, str) else str(value))

    def _set(self, mapping: dict[str, Json], key: str, value: Json) -> None:
        if key != "<<":
            mapping[key] = value
            return
        for merged in value if isinstance(value, list) else [value]:
            if isinstance(merged, dict):
                self._count(len(merged))
                for name in list(merged):
                    mapping.setdefault(name, merged[name])

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > YAML_NODES:
            raise UnreadableError("broken YAML", f"more than {YAML_NODES} values")


def _resolve(text: str) -> Json:
    """A plain scalar by the core schema of YAML 1.2; what JSON cannot hold stays text."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
