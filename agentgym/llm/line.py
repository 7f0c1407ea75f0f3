"""What a client holds while it is open: connections, and places for as many calls as may be made at once."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from agentgym.llm.loop import Loop, background
from agentgym.llm.options import Options
from agentgym.llm.provider import Provider, quiet_litellm

T = TypeVar("T")

_PATIENCE = 10.0  # seconds for connections to close


class Line:
    """Open until ``close``, or until nobody holds it. In a forked process it is dead, as ``alive`` says."""

    def __init__(self, options: Options) -> None:
        """Raises ``LLMError`` where litellm, or the key that ``options`` name, is missing."""
        quiet_litellm()  # its import takes seconds, which no call's deadline should pay for
        self.provider = Provider(options)
        self.places = asyncio.Semaphore(options.concurrency)
        self._process = os.getpid()
        self._loop = background()
        self._calls: set[Future[Any]] = set()
        self._forgotten = weakref.finalize(self, _hang_up, self._loop, self.provider)
        self._forgotten.atexit = False  # the loop is gone then, and connections go with the process

    @property
    def alive(self) -> bool:
        return self._process == os.getpid()

    def start(self, call: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a call in the process's loop; cancelling the future cancels it."""
        future = self._loop.start(call)
        self._calls.add(future)
        future.add_done_callback(self._calls.discard)
        return future

    def close(self) -> None:
        """Cancel the calls in work, and close the connections."""
        if self.alive and self._forgotten.detach() is not None:
            for call in list(self._calls):
                call.cancel()
            _hang_up(self._loop, self.provider).result(_PATIENCE)


def _hang_up(loop: Loop, provider: Provider) -> Future[None]:
    return loop.start(provider.aclose())
