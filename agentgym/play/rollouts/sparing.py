"""The log of a rollout in which a model is away: the first complaints are told, the others counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

TOLD = 5  # warnings of one logger


class _First(logging.Filter):
    """Lets the first few warnings through."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING:
            return True
        self.seen += 1
        return self.seen <= TOLD


@contextmanager
def sparing(log: logging.Logger) -> Iterator[None]:
    """While this lasts ``log`` passes on TOLD warnings; at the end it says how many it kept to itself."""
    first = _First()
    log.addFilter(first)
    try:
        yield
    finally:
        log.removeFilter(first)
        if first.seen > TOLD:
            log.warning("%d more warnings like these are not shown", first.seen - TOLD)
