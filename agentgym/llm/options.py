"""How and where models are asked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agentgym.errors import LLMError


@dataclass(frozen=True)
class Options:
    """The settings of a ``Client``: plain values, so that they travel to worker processes. No key is among them."""

    api_base: str = ""  # of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1; "": the provider's own
    api_key_env: str = ""  # the environment variable that holds the key; "": none, or the provider's usual one
    deadline: float = 120.0  # seconds for a call with all its retries, from when it has a place among ``concurrency``
    concurrency: int = 32  # calls at once
    retries: int = 4  # after the first try
    backoff: float = 0.5  # seconds before the first retry; each next waits twice as long
    max_bytes: int = 8 * 2**20  # of an answer
    cache: Path | None = None  # a folder
    cassette: Path | None = None  # a file: replayed, or written where ``record``
    record: bool = False

    def __post_init__(self) -> None:
        if self.api_base and not _is_address(self.api_base):
            raise LLMError(f"the address of an endpoint is like http://127.0.0.1:8000/v1, not {self.api_base!r}")
        if self.deadline <= 0 or self.concurrency < 1 or self.retries < 0 or self.backoff < 0 or self.max_bytes < 1:
            raise LLMError(
                f"deadline, concurrency and max_bytes are positive, retries and backoff not negative: {self}"
            )
        if self.record and self.cassette is None:
            raise LLMError("there is nothing to record into: name the cassette, a JSON file")

    def key(self) -> str:
        """The key, read where it is needed, so that no file holds it. Raises ``LLMError`` where it is not set."""
        if not self.api_key_env:
            return ""
        key = os.environ.get(self.api_key_env, "")
        if not key:
            raise LLMError(f"the environment variable {self.api_key_env} is to hold a key and is not set; export it")
        return key


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket without its fellow, a port that is no number or too large
        return False
