"""A model for tests: it says what it is told to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from agentgym.errors import LLMError
from agentgym.llm.records import Completion, Request

Line: TypeAlias = "str | Completion | LLMError | Answerer"  # an answer, an error to raise, or what finds the answer
Answerer: TypeAlias = "Callable[[Request], str | Completion | LLMError]"


class Scripted:
    """A ``Complete`` that answers with the next line of a script, or always through one function.

    Raises ``LLMError`` when it is asked more often than it has lines.
    """

    def __init__(self, script: Iterable[Line] | Answerer) -> None:
        self._forever = script if callable(script) else None
        self._script: Iterator[Line] = iter(()) if callable(script) else iter(script)
        self.requests: list[Request] = []  # what was asked, in order

    def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        line = self._forever or next(self._script, None)
        if line is None:
            raise LLMError(
                f"the script is at its end: it has no answer number {len(self.requests)} for {request.model}"
            )
        answer = line(request) if callable(line) else line
        if isinstance(answer, LLMError):
            raise answer
        return Completion(text=answer) if isinstance(answer, str) else answer

    async def acomplete(self, request: Request) -> Completion:
        return self.complete(request)
