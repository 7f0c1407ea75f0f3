"""The HTTP transport under every call: it caps, it follows no redirect, and it checks what comes back.

litellm and the clients under it wrap errors in ways of their own, so the transport notes what it saw in an ``Exchange``
of the call, and the caller reads that.
"""

from __future__ import annotations

import ssl
from contextvars import ContextVar
from functools import cache
from typing import NoReturn

import httpx

from agentgym.errors import BadAnswer, ContextOverflow, LLMError, Overloaded, RequestRejected, TooLong, Unreachable
from agentgym.llm.protocol import checked, complaint, decoded, overflows

_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class Exchange:
    """One question to an endpoint, as the transport saw it."""

    def __init__(self, name: str) -> None:
        self.name = name  # "<model> at <host>", for messages
        self.status: int | None = None  # None: nothing has come back
        self.headers: dict[str, str] = {}
        self.failure: LLMError | None = None

    def fail(self, kind: type[LLMError], what: str) -> NoReturn:
        """Note the failure, and raise it. The layers above will raise something else."""
        self.failure = kind(f"{self.name} {what}")
        raise self.failure


EXCHANGE: ContextVar[Exchange] = ContextVar("EXCHANGE")  # set by whoever asks, in the same task


class Transport(httpx.AsyncBaseTransport):
    """Sends requests, and reads each answer whole: at most ``max_bytes``, none of it compressed."""

    def __init__(self, max_bytes: int, connections: int) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._inner = httpx.AsyncHTTPTransport(limits=limits, verify=_trust())
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = EXCHANGE.get()
        request.headers["Accept-Encoding"] = "identity"  # what unpacks to more than it weighs is not wanted
        try:
            response = await self._inner.handle_async_request(request)
            try:
                exchange.status = response.status_code
                exchange.headers = {name.lower(): value for name, value in response.headers.items()}
                body = await self._read(response, exchange)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            exchange.fail(Unreachable, f"cannot be reached ({_told(error)}); is it running, is the address right?")
        content = _accepted(request, body, exchange)
        headers = {"content-type": "application/json"}
        return httpx.Response(response.status_code, headers=headers, content=content, request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _read(self, response: httpx.Response, exchange: Exchange) -> bytes:
        encoding = exchange.headers.get("content-encoding", "identity")
        if encoding != "identity":
            exchange.fail(BadAnswer, f"sends {encoding} although it was asked for plain text; turn that off there")
        parts, size = [], 0
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for part in response.stream:
            size += len(part)
            if size > self._max_bytes:
                exchange.fail(TooLong, f"sends more than {self._max_bytes} bytes; set a smaller max_tokens")
            parts.append(part)
        return b"".join(parts)


def _accepted(request: httpx.Request, body: bytes, exchange: Exchange) -> bytes:
    """The body of a good answer; every other one is a failure of the exchange."""
    if exchange.status != 200:
        _reject(exchange, complaint(body, _secrets(request)))
    try:
        return checked(body) if request.url.path.endswith("/chat/completions") else decoded(body) and body
    except ValueError as error:
        kind = exchange.headers.get("content-type", "no content type")[:60]
        exchange.fail(BadAnswer, f"does not answer as OpenAI's protocol says ({kind}): {error}")


def _reject(exchange: Exchange, words: str) -> NoReturn:
    """What a status other than 200 means; ``words`` are the endpoint's own."""
    status = exchange.status or 0
    what = f"answers {status}: {words or 'no reason given'}"
    if status in _BUSY:
        exchange.fail(Overloaded, f"{what}; ask with less concurrency, or later")
    if status < 300:
        exchange.fail(BadAnswer, f"{what}; OpenAI's protocol knows no success but 200")
    if status < 400:
        place = exchange.headers.get("location", "nowhere").partition("?")[0][:100]
        exchange.fail(RequestRejected, f"answers {status}, to {place}; redirects are not followed: give that address")
    if overflows(words):
        exchange.fail(ContextOverflow, f"{what}; cut the conversation, or serve it with a longer context")
    exchange.fail(RequestRejected, f"{what}; {_ADVICE.get(status, 'change the request')}")


def _secrets(request: httpx.Request) -> list[str]:
    """The keys that a request carries: some endpoints say them again."""
    return [request.headers.get(name, "").removeprefix("Bearer ") for name in _KEY_HEADERS]


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes longer than a call."""
    return httpx.create_ssl_context()


_ADVICE = {
    401: "name the environment variable that holds its key with api_key_env",
    403: "the key does not allow this model",
    404: "check the model's name and that the address ends in /v1, as in http://127.0.0.1:8000/v1",
    413: "the conversation is too large for it",
}


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
