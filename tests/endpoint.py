"""An HTTP server on the loopback interface that speaks OpenAI's protocol, or breaks it in every way we know."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Writer: TypeAlias = asyncio.StreamWriter
Play: TypeAlias = Callable[[Writer], Awaitable[None]]  # writes one answer; it may break the connection
Script: TypeAlias = Iterable[Play] | Callable[[dict[str, Any]], Play]


# -- good answers ---------------------------------------------------------------------------------


def chat(
    content: str | None = "Hello.", *calls: tuple[str, Any], finish: str = "", tokens: int = 7, **message: Any
) -> Play:
    """An answer of /chat/completions. ``calls``: (name, arguments); a str is sent as it is, anything else as JSON."""
    return send(200, json.dumps(completion(content, *calls, finish=finish, tokens=tokens, **message)).encode())


def completion(
    content: str | None, *calls: tuple[str, Any], finish: str = "", tokens: int = 7, **message: Any
) -> dict[str, Any]:
    """The body of ``chat``."""
    made = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": raw if isinstance(raw, str) else json.dumps(raw)},
        }
        for number, (name, raw) in enumerate(calls)
    ]
    whole = {"role": "assistant", "content": content, **({"tool_calls": made} if made else {}), **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [{"index": 0, "message": whole, "finish_reason": finish or ("tool_calls" if made else "stop")}],
        "usage": {"prompt_tokens": 11, "completion_tokens": tokens, "total_tokens": 11 + tokens},
    }


def send(status: int, body: bytes = b"", kind: str = "application/json", **headers: str) -> Play:
    """Any complete answer. Underscores in ``headers`` stand for hyphens."""

    async def play(writer: Writer) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in named.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return play


def refuse(status: int, message: str, **headers: str) -> Play:
    """An error in OpenAI's form."""
    return send(status, json.dumps({"error": {"message": message, "type": "stub"}}).encode(), **headers)


# -- faults ---------------------------------------------------------------------------------------


async def reset(writer: Writer) -> None:
    """The connection is reset before an answer."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, for 0 seconds: closing sends RST
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def hang(writer: Writer) -> None:
    """No answer, ever."""
    await asyncio.Event().wait()


async def drip(writer: Writer) -> None:
    """A slow loris: headers, then a byte at a time, each before any idle timeout would strike."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_headers(writer: Writer) -> None:
    """A slow loris that never comes to the body."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-a: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(writer: Writer) -> None:
    """Chunks without end, as fast as they are read."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def huge(writer: Writer) -> None:
    """50 MB, announced and sent."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 52428800\r\n\r\n")
    for _ in range(50):
        writer.write(b"x" * 2**20)
        await writer.drain()


async def short(writer: Writer) -> None:
    """The connection ends before the announced length."""
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"choices": [')
    await writer.drain()
    writer.close()


async def long(writer: Writer) -> None:
    """More bytes than announced: the body is cut, and the rest lies in the connection."""
    body = json.dumps(completion("cut")).encode()
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n" + body)
    await writer.drain()


async def garbage(writer: Writer) -> None:
    """No HTTP."""
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not http at all\r\n\r\n")
    await writer.drain()
    writer.close()


EVENTS = b'data: {"choices": [{"delta": {"content": "Hel"}}]}\n\ndata: [DONE]\n\n'


# -- the server -----------------------------------------------------------------------------------


@dataclass
class Seen:
    """A request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    json: Any = None


@dataclass
class Endpoint:
    """``with Endpoint(script) as endpoint``: answers with the plays of ``script``, the last one for ever after.

    A function is given each request's body and returns the play. ``seen`` keeps the requests, ``most`` how many were
    in work at once.
    """

    script: Script
    seen: list[Seen] = field(default_factory=list)
    port: int = 0
    most: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Endpoint:
        self._plays = None if callable(self.script) else list(self.script)
        self._loop = asyncio.new_event_loop()
        self._open = 0
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the stub endpoint did not start within 10 s"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the stub endpoint did not stop within 10 s"

    def _serve(self, ready: threading.Event) -> None:
        self._loop.run_until_complete(self._main(ready))
        self._loop.close()

    async def _main(self, ready: threading.Event) -> None:
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while not writer.is_closing() and await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has had enough, or the server is stopping
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: Writer) -> bool:
        """Answer one request; whether there was one."""
        first = (await reader.readline()).decode().split()
        if not first:
            return False
        headers: dict[str, str] = {}
        while line := (await reader.readline()).strip().decode():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        seen = Seen(first[0], first[1], headers, json.loads(body) if body else None)
        self.seen.append(seen)
        self._open += 1
        self.most = max(self.most, self._open)
        try:
            await self._play(seen)(writer)
        finally:
            self._open -= 1
        return True

    def _play(self, seen: Seen) -> Play:
        if seen.path.endswith("/models"):
            return send(200, json.dumps({"object": "list", "data": [{"id": "stub", "object": "model"}]}).encode())
        if not seen.path.endswith("/chat/completions"):
            return refuse(404, f"there is no {seen.path} here")
        if self._plays is None:
            assert callable(self.script)
            return self.script(seen.json)
        return self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
