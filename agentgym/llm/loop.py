"""The event loop in which a process asks models, in a thread of its own, for calls from threads and loops of any kind.

There is one for all clients: litellm keeps a worker task of its own in the loop it was last used in, and would lose it
among several.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_PATIENCE = 10.0  # seconds for the thread to end


class Loop:
    """Runs coroutines in the background until the process ends."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="agentgym-llm", daemon=True)
        self._thread.start()
        atexit.register(self._stop)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin ``coroutine``; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _stop(self) -> None:
        if self._thread.is_alive():  # not so in a fork, which copies the loop without its thread
            end = self.start(_wind_up())
            end.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self._loop.stop))
            self._thread.join(_PATIENCE)


_lock = threading.Lock()
_loop: Loop | None = None


def background() -> Loop:
    """The loop of this process; a forked one gets its own."""
    global _loop
    with _lock:
        if _loop is None or _loop.process != os.getpid():
            _loop = Loop()
        return _loop


async def _wind_up() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
