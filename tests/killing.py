"""Runs a stage again and again in processes that kill themselves, without importing the package anew for each."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

# What is forked has imported everything; the clock of its death starts with the work.
_SERVER = """
import json, os, signal, sys, threading, time
{imports}

def work({parameters}):
{body}

if __name__ == "__main__":
    for line in sys.stdin:
        delay, arguments = json.loads(line)
        started = time.perf_counter()
        last, held = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(held, 1)
            os.close(held)
            if delay:
                timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL))
                timer.daemon = True
                timer.start()
            work(*arguments)
            sys.exit()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        lasted = time.perf_counter() - started
        os.close(held)
        while os.read(last, 4096):  # workers of the killed hold its output until they end, and may still write files
            pass
        os.close(last)
        print(json.dumps([code, lasted]), flush=True)
"""


class Killable:
    """A function in Python text, run in a fresh fork each time; ``with`` it, and call it."""

    def __init__(self, script: Path, imports: str, parameters: str, body: str) -> None:
        lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
        script.write_text(_SERVER.format(imports=imports.strip(), parameters=parameters, body=lines), encoding="utf-8")
        self._command = [sys.executable, str(script)]

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            self._command, cwd=Path(__file__).parents[1], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.communicate()  # its input ends, and so does it

    def __call__(self, *arguments: str | int, delay: float = 0.0) -> tuple[int, float]:
        """Exit code and seconds of one run, which is killed after ``delay`` seconds if it lasts so long; 0: never."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(json.dumps([delay, arguments]) + "\n")
        self._server.stdin.flush()
        answer: list[Any] = json.loads(self._server.stdout.readline())
        return int(answer[0]), float(answer[1])


def survives(
    run: Callable[[Path, float], int],
    outcome: Callable[[Path], object],
    fresh: Callable[[str], Path],
    whole: object,
    *,
    kills: int,
    lasted: float,
) -> None:
    """Kill ``run`` at random moments until it has died ``kills`` times: what it then ends with is ``whole``.

    ``fresh`` makes a folder of a name to run in, of which ``outcome`` is compared; an undisturbed run has ``lasted``
    so many seconds.
    """
    chance, killed, runs = Random("kills"), 0, 0
    while killed < kills:
        out = fresh(f"killed_{runs}")
        runs += 1
        while killed < kills and (code := run(out, chance.uniform(0.01, lasted))) != 0:
            assert code == -signal.SIGKILL, f"it ended with {code} before it was killed"
            killed += 1
        assert run(out, 0.0) == 0
        assert outcome(out) == whole, f"after {killed} kills the bytes differ"
        assert runs < kills + 20, "it ends before it can be killed"
