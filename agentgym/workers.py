"""Shards in worker processes: one message to each and one back for every batch of jobs."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
import weakref
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.shard import Job, Outcome, Shard

_READY = b"ready"
_END = b""
_PATIENCE = 5.0  # seconds that a worker has to end by itself


class Workers:
    """A ``Shard`` in each of ``count`` processes; environment i is in process i modulo ``count``."""

    def __init__(self, count: int, num_envs: int, folders: Sequence[Path], terms: Terms) -> None:
        """Start them, and wait until they run. Raises ``RunError`` where one cannot."""
        try:
            pickle.dumps(terms)
        except Exception as error:
            raise RunError(
                f"user={terms.user!r} cannot be sent to worker processes ({error}); "
                "give a class or function from the top of a module, or workers=0"
            ) from error
        self._num_envs = num_envs
        self._processes: list[BaseProcess] = []
        self._pipes: list[Connection] = []
        # Ends the processes at close(), or when this object is forgotten.
        self._end = weakref.finalize(self, _end, self._processes, self._pipes)
        context = multiprocessing.get_context("spawn")  # a fork would copy threads and database connections
        try:
            for number in range(count):
                pipe, far_end = context.Pipe()
                self._pipes.append(pipe)
                arguments = (far_end, tuple(folders), terms)
                process = context.Process(target=_serve, args=arguments, name=f"agentgym-{number}", daemon=True)
                process.start()
                self._processes.append(process)
                far_end.close()  # so that the end of the process is the end of the pipe
            for number in range(count):
                self._receive(number)
        except BaseException:
            self._abandon()
            raise

    def run(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Do the jobs, those of one environment in order; outcomes in the order of the jobs.

        Raises ``RunError`` where a process has died: all are ended then, since their episodes cannot go on together.
        """
        shares: list[list[int]] = [[] for _ in self._pipes]  # by process: places in ``jobs``
        for place, (env, _) in enumerate(jobs):
            shares[env % len(shares)].append(place)
        try:
            messages = [pickle.dumps([jobs[place] for place in share]) if share else None for share in shares]
        except Exception as error:
            raise RunError(f"an action or task cannot be sent to a worker process: {error}") from error
        outcomes: list[Outcome | None] = [None] * len(jobs)
        try:
            for number, message in enumerate(messages):
                if message is not None:
                    self._send(number, message)
            for number, share in enumerate(shares):
                if share:
                    for place, outcome in zip(share, pickle.loads(self._receive(number)), strict=True):
                        outcomes[place] = outcome
        except BaseException:  # KeyboardInterrupt too: a pipe with an answer left in it cannot be used again
            self._abandon()
            raise
        return outcomes  # type: ignore[return-value]  # every place is in a share

    def close(self) -> None:
        """End the processes. Closing twice is harmless."""
        self._end()

    def _send(self, number: int, message: bytes) -> None:
        try:
            self._pipes[number].send_bytes(message)
        except OSError as error:
            raise self._died(number) from error

    def _receive(self, number: int) -> bytes:
        try:
            return self._pipes[number].recv_bytes()
        except (EOFError, OSError) as error:
            raise self._died(number) from error

    def _died(self, number: int) -> RunError:
        self._processes[number].join(_PATIENCE)
        code = self._processes[number].exitcode
        mine = range(number, self._num_envs, len(self._pipes))
        some = ", ".join(map(str, mine[:5])) + (", ..." if len(mine) > 5 else "")
        return RunError(
            f"worker {number}, which ran {len(mine)} environments ({some}), died with exit code {code}, perhaps for "
            "want of memory; its episodes are lost. Make a new vector environment, with fewer workers. A script that "
            'makes one needs `if __name__ == "__main__":`, and its user must be importable'
        )

    def _abandon(self) -> None:
        """End the processes at once, whatever they are doing."""
        for process in self._processes:
            process.kill()
        self._end()


def _end(processes: list[BaseProcess], pipes: list[Connection]) -> None:
    for pipe in pipes:
        with suppress(OSError):  # it may be dead already
            pipe.send_bytes(_END)
        pipe.close()
    for process in processes:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(pipe: Connection, folders: Sequence[Path], terms: Terms) -> None:
    """What a worker process does until it is told to end, or until whoever started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the one that started us decides
    shard = Shard(folders, terms)
    with suppress(EOFError, OSError):
        pipe.send_bytes(_READY)
        while message := pipe.recv_bytes():
            outcomes = shard.run(pickle.loads(message))
            pipe.send_bytes(pickle.dumps([_portable(one) if isinstance(one, Exception) else one for one in outcomes]))
    shard.close()


def _portable(error: Exception) -> Exception:
    """The exception with where it was raised, or one that tells of it where it does not survive pickling."""
    where = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RunError(f"{type(error).__name__}: {error}")
    error.add_note(f"Raised in a worker process:\n{where}")
    return error
