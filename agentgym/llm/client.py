"""The one client for language models: deadline, retries, a limit of calls at once, cache, cassette and ledger."""

from __future__ import annotations

import asyncio
import atexit
from functools import cache
from threading import Lock
from types import TracebackType
from typing import Any

from agentgym.errors import LLMError, TooSlow
from agentgym.llm.ledger import Ledger
from agentgym.llm.line import Line
from agentgym.llm.options import Options
from agentgym.llm.provider import endpoint
from agentgym.llm.records import Completion, Request
from agentgym.llm.retries import pause, worth_it
from agentgym.llm.store import Cache, Cassette


class Client:
    """A ``Complete`` that asks real models through litellm.

    Calls run in an event loop in a thread of its own, wherever they come from, so that limits hold for a process.
    It may be pickled: in another process it becomes that one's ``shared_client``.
    """

    def __init__(self, options: Options | None = None, stage: str = "llm") -> None:
        """``stage``: whose account in the ledger calls go to. Raises ``RunError`` for a cassette that is none."""
        self.options = options or Options()
        self.stage = stage
        self.ledger = Ledger()
        self._cassette = None
        if self.options.cassette is not None:
            self._cassette = Cassette(self.options.cassette, record=self.options.record)
        self._cache = Cache(self.options.cache, self.options.api_base) if self.options.cache is not None else None
        self._line: Line | None = None
        self._opening = Lock()

    def at(self, stage: str) -> Staged:
        """This client with another account: the same limits, cache, cassette and ledger."""
        return Staged(self, stage)

    def complete(self, request: Request) -> Completion:
        return self.answer(request, self.stage)

    async def acomplete(self, request: Request) -> Completion:
        return await self.aanswer(request, self.stage)

    def answer(self, request: Request, stage: str) -> Completion:
        """As ``complete``, on the account of ``stage``."""
        completion = self._known(request, stage)
        if completion is not None:
            return completion
        line = self._open()
        return line.start(self._asked(line, request, stage)).result()

    async def aanswer(self, request: Request, stage: str) -> Completion:
        """As ``acomplete``, on the account of ``stage``."""
        completion = self._known(request, stage)
        if completion is not None:
            return completion
        line = self._open()
        return await asyncio.wrap_future(line.start(self._asked(line, request, stage)))

    def save(self) -> None:
        """Write the cassette, if one is being recorded."""
        if self._cassette is not None:
            self._cassette.save()

    def close(self) -> None:
        """Save, and hang up; the next call opens the line again."""
        self.save()
        if self._line is not None:
            self._line.close()
        self._line = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return shared_client, (self.options,)

    def _open(self) -> Line:
        with self._opening:
            if self._line is None or not self._line.alive:
                self._line = Line(self.options)
            return self._line

    def _known(self, request: Request, stage: str) -> Completion | None:
        """What cassette or cache answer. Raises ``NotRecorded`` in a replay that lacks the request."""
        for store in (self._cassette, self._cache):
            completion = store.get(request) if store is not None else None
            if completion is not None:
                self.ledger.answered(stage, completion)
                if store is self._cache and self._cassette is not None:
                    self._cassette.put(request, completion.model_copy(update={"cached": False}))
                return completion
        return None

    async def _asked(self, line: Line, request: Request, stage: str) -> Completion:
        try:
            async with line.places:
                completion = await self._tried(line, request, stage)
        except LLMError:
            self.ledger.failed(stage)
            raise
        self.ledger.answered(stage, completion)
        if self._cassette is not None:
            completion = self._cassette.put(request, completion)
        if self._cache is not None:
            self._cache.put(request, completion)
        return completion

    async def _tried(self, line: Line, request: Request, stage: str) -> Completion:
        """Ask until there is an answer, no hope, or no time."""
        deadline = self.options.deadline
        last: Completion | LLMError | None = None
        try:
            async with asyncio.timeout(deadline) as limit:
                for attempt in range(self.options.retries + 1):
                    self.ledger.tried(stage)
                    last, headers = await line.provider.ask(request)
                    if isinstance(last, Completion):
                        return last
                    if not worth_it(last) or attempt == self.options.retries:
                        break
                    wait = pause(request, attempt, self.options.backoff, headers)
                    if asyncio.get_running_loop().time() + wait >= (limit.when() or 0.0):
                        raise TimeoutError  # at once: nothing can come of the wait
                    await asyncio.sleep(wait)
        except TimeoutError:
            name = f"{request.model} at {endpoint(request, self.options)}"
            before = f"; the try before: {last}" if last is not None else ""
            raise TooSlow(f"{name} gave no answer within {deadline:g} s{before}; allow more, or ask less") from None
        assert isinstance(last, LLMError)
        raise last.with_traceback(None) from None  # a hundred frames of clients under clients help nobody


class Staged:
    """A client as one stage uses it. See ``Client.at``."""

    def __init__(self, client: Client, stage: str) -> None:
        self.client = client
        self.stage = stage

    def complete(self, request: Request) -> Completion:
        return self.client.answer(request, self.stage)

    async def acomplete(self, request: Request) -> Completion:
        return await self.client.aanswer(request, self.stage)


@cache
def shared_client(options: Options) -> Client:
    """The client of this process for ``options``: agents and users that ask one endpoint share its limits.

    What it records is written when the process ends, if not before.
    """
    client = Client(options)
    atexit.register(client.save)
    return client
