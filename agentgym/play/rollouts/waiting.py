"""Waiting for models: from async code, and from code that is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from inspect import CORO_CREATED, getcoroutinestate
from typing import Any, TypeVar

from agentgym.errors import RunError

T = TypeVar("T")

PATIENCE = 900.0  # seconds an agent or a user may take for one turn: a model's client has shorter deadlines of its own


async def answer(awaitable: Awaitable[T]) -> T:
    """What comes of ``awaitable``. Raises ``TimeoutError`` where it takes longer than ``PATIENCE``."""
    async with asyncio.timeout(PATIENCE):
        return await awaitable


def drop(awaitable: Awaitable[Any] | None) -> None:
    """Put an end to a coroutine that nobody is going to await."""
    if asyncio.iscoroutine(awaitable) and getcoroutinestate(awaitable) == CORO_CREATED:
        awaitable.close()


class Waiter:
    """Runs coroutines from code that is not async, in one event loop, made when it is first needed."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __call__(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it. Raises ``RunError`` inside a running event loop, which would stand still meanwhile."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._runner.get_loop().run_until_complete(coroutine)
        coroutine.close()
        raise RunError("an agent or user that asks a model is played with `await` where an event loop is running")

    def close(self) -> None:
        """Cancel whatever has not ended, and end the loop."""
        self._runner.close()
