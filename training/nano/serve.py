"""Checkpoints behind OpenAI's protocol: `transformers serve` in a process of its own, on this machine alone."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentgym.errors import RunError

_ADDRESS = re.compile(r"Uvicorn running on (http://[\d.]+:\d+)")
START = 180.0  # seconds until the server must answer; it imports torch and transformers first
STOP = 10.0  # seconds it has to end by itself
_PR_SET_PDEATHSIG = 1  # of prctl(2)


@contextmanager
def served(folder: Path, log: Path, *, threads: int = 1, batched: bool = False) -> Iterator[str]:
    """The address, with ``/v1``, of a server for the checkpoints in ``folder``: a model is asked for by folder name.

    The system chooses the port. ``threads``: of torch, on a CPU. ``batched``: requests that come together are answered
    together, in pages of one cache; on a CPU that is slower than one after the other. ``log`` holds what it prints.

    Raises:
        RunError: it ends, or does not answer in time.
    """
    # Only what is on this disk is served; a name that is no folder must not be looked for elsewhere.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", "--host", "127.0.0.1", "--port", "0"]
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [*command, *(["--continuous-batching"] if batched else [])],
            cwd=folder,
            env=environment,
            preexec_fn=_end_with_parent,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        try:
            yield f"{_address(process, log)}/v1"
        finally:
            _end(process)


def _end_with_parent() -> None:
    """In the server: end when the process that started it ends, however that comes; on Linux, which alone can do so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, once it does."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        found = _ADDRESS.search(log.read_text("utf-8", "replace"))
        if found:
            return found[1]
        if process.poll() is not None:
            raise RunError(f"transformers serve ended with code {process.returncode}: {_tail(log)}; see {log}")
        time.sleep(0.1)
    raise RunError(f"transformers serve did not listen within {START:g} s: {_tail(log)}; see {log}")


def _tail(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
