"""The client that needs no broken server: limits, cache, cassettes, ledger, prompts, and what it keeps to itself."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import agentgym
from agentgym.errors import AgentGymError, LLMError, NotRecorded, RequestRejected, RunError, TooSlow
from agentgym.llm import Client, Completion, Options, Request, Scripted, prompt
from agentgym.llm.protocol import censored, checked, complaint
from agentgym.llm.retries import pause, retry_after
from tests.asking import KEY, asked, echo
from tests.endpoint import Endpoint, Play, chat, hang, send

# -- what is sent ---------------------------------------------------------------------------------


def test_a_request_is_sent_as_openai_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    tools = ({"type": "function", "function": {"name": "get", "description": "", "parameters": {"type": "object"}}},)
    request = asked(tools=tools, temperature=0.5, max_tokens=9, seed=3, stop=("END",), extra={"tool_choice": "auto"})
    with Endpoint([chat()]) as server, Client(Options(api_base=server.url, api_key_env="MY_KEY")) as client:
        client.complete(request)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.json == {
        "model": "stub",
        "messages": [{"role": "user", "content": "Hello?"}],
        "tools": list(tools),
        "temperature": 0.5,
        "max_tokens": 9,
        "seed": 3,
        "stop": ["END"],
        "tool_choice": "auto",
    }


def test_a_server_of_ones_own_is_not_sent_the_key_of_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Endpoint([chat()]) as server, Client(Options(api_base=server.url)) as client:
        client.complete(asked())
    assert KEY not in json.dumps(server.seen[0].headers)


def test_another_provider_goes_through_the_same_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    """What litellm sends to Anthropic is capped too."""
    monkeypatch.setenv("MY_KEY", KEY)
    model = "anthropic/claude-3-haiku-20240307"
    request = Request(model=model, messages=({"role": "user", "content": "Hi"},), max_tokens=5)

    class Anthropic(Endpoint):
        def _play(self, seen: object) -> Play:
            return send(200, b" " * 5000)

    with Anthropic([chat()]) as server:
        options = Options(api_base=server.url, api_key_env="MY_KEY", retries=0, max_bytes=4000)
        with Client(options) as client, pytest.raises(LLMError, match="more than 4000 bytes"):
            client.complete(request)
    assert server.seen[0].path.endswith("/messages")


@pytest.mark.parametrize("model", ["openai/stub", "hosted_vllm/stub", "deepseek/stub"])
def test_providers_with_openais_protocol_are_asked_alike(model: str) -> None:
    request = asked("Hi").model_copy(update={"model": model})
    with Endpoint(echo) as server, Client(Options(api_base=server.url)) as client:
        assert client.complete(request).text == "You said: Hi"
    assert server.seen[0].json == {"model": "stub", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.mark.parametrize("model", ["nosuch/model", "model"])
def test_a_model_of_no_provider_is_an_error_that_says_how_to_name_it(model: str) -> None:
    with Client(Options(retries=0)) as client, pytest.raises(RequestRejected, match="openai/<name>"):
        client.complete(Request(model=model, messages=({"role": "user", "content": "Hi"},)))


def test_equal_requests_have_equal_digests() -> None:
    assert asked(seed=1).digest == asked(seed=1).digest == pickle.loads(pickle.dumps(asked(seed=1))).digest
    assert asked(seed=1).digest != asked(seed=2).digest


@pytest.mark.parametrize("name", ["api_key", "extra_headers", "api_base", "stream"])
def test_nothing_but_parameters_of_the_answer_gets_into_a_request(name: str) -> None:
    with pytest.raises(ValidationError, match=f"extra parameters \\['{name}'\\]"):
        asked(extra={name: "x"})


# -- limits ---------------------------------------------------------------------------------------


def test_no_more_calls_at_once_than_allowed() -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        await chat()(writer)

    async def all_at_once(client: Client) -> list[Completion]:
        return await asyncio.gather(*(client.acomplete(asked(f"{n}")) for n in range(12)))

    with Endpoint([slow]) as server, Client(Options(api_base=server.url, concurrency=3)) as client:
        assert len(asyncio.run(all_at_once(client))) == 12
    assert server.most == 3, f"{server.most} calls were in work at once, not 3"


def test_threads_and_loops_share_one_client() -> None:
    with Endpoint(echo) as server, Client(Options(api_base=server.url, concurrency=2)) as client:
        with ThreadPoolExecutor(4) as pool:
            blocking = list(pool.map(lambda n: client.complete(asked(str(n))).text, range(6)))
        loops = [asyncio.run(client.acomplete(asked(f"loop {n}"))).text for n in range(2)]
    assert blocking == [f"You said: {n}" for n in range(6)]
    assert loops == ["You said: loop 0", "You said: loop 1"]
    assert server.most <= 2


def test_a_call_that_is_cancelled_hangs_up() -> None:
    async def impatient(client: Client) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.acomplete(asked())

    plays = iter([hang, chat("Still here.")])
    with (
        Endpoint(lambda body: next(plays)) as server,
        Client(Options(api_base=server.url, concurrency=1, deadline=20.0)) as client,
    ):
        asyncio.run(impatient(client))
        assert client.complete(asked()).text == "Still here.", "the cancelled call keeps its place"


def test_closing_ends_what_runs() -> None:
    with Endpoint([hang]) as server:
        client = Client(Options(api_base=server.url))
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(client.complete, asked())
            while not server.seen:
                time.sleep(0.01)
            client.close()
            with pytest.raises(CancelledError):
                call.result(10)


@given(
    st.integers(0, 6),
    st.floats(0, 5),
    st.sampled_from(["", "0", "7", "-3", "nan", "inf", "soon", "Sat, 21 Nov 2026 10:00:30 GMT"]),
)
def test_pauses_grow_are_bounded_and_repeat(attempt: int, base: float, after: str) -> None:
    headers = {"retry-after": after, "date": "Sat, 21 Nov 2026 10:00:00 GMT"}
    wait = pause(asked(), attempt, base, headers)
    assert wait == pause(asked(), attempt, base, headers), "the jitter is not the same in every run"
    assert retry_after(headers) <= wait <= max(60.0, retry_after(headers))
    assert base == 0 or wait >= min(base * 2**attempt, 60) / 2
    assert retry_after(headers) == {"7": 7.0, "Sat, 21 Nov 2026 10:00:30 GMT": 30.0}.get(after, 0.0)


# -- small things ---------------------------------------------------------------------------------


def test_a_script_is_played_in_order() -> None:
    model = Scripted(["one", Completion(text="two"), lambda request: request.model, LLMError("gone")])
    assert [model.complete(asked()).text for _ in range(3)] == ["one", "two", "openai/stub"]
    with pytest.raises(LLMError, match="gone"):
        asyncio.run(model.acomplete(asked()))
    with pytest.raises(LLMError, match="answer number 5"):
        model.complete(asked())
    assert len(model.requests) == 5


def test_a_prompt_takes_its_values_as_data() -> None:
    text = prompt("agentgym.play.agents", "agent.md", policy="Pay $5 to ${tools}.")
    assert text.startswith("Pay $5 to ${tools}.")
    with pytest.raises(RunError, match="policy"):
        prompt("agentgym.play.agents", "agent.md", policies="x")
    with pytest.raises(RunError, match=r"none\.md"):
        prompt("agentgym.play", "none.md")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["choices", "message", "content", "tool_calls", "function", "name", "arguments", "usage", "error"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_an_endpoint_sends_is_judged(value: object) -> None:
    body = json.dumps(value).encode()
    assert isinstance(complaint(body), str)
    try:
        again = json.loads(checked(body))
    except ValueError as error:
        assert str(error)
    else:
        assert isinstance(again["choices"], list)


def test_what_looks_like_a_key_is_not_repeated() -> None:
    for secret in ("sk-proj-abcdef123456", "hf_abcdefghij", "Bearer abc.def"):
        assert secret not in censored(f"your key {secret} is wrong")


def test_every_error_of_a_model_is_one_of_ours() -> None:
    for kind in (NotRecorded, RequestRejected, TooSlow):
        assert issubclass(kind, LLMError)
    assert issubclass(LLMError, AgentGymError)


def test_importing_is_cheap_and_asking_is_quiet(tmp_path: Path) -> None:
    """Nothing is imported before it is needed; then nothing is printed, read from .env or fetched, up to the end."""
    code = """
import os, socket, sys
import agentgym.llm, agentgym.play.agents.llm, agentgym.users.llm
heavy = {"litellm", "openai", "httpx"} & set(sys.modules)
assert not heavy, f"imported too early: {sorted(heavy)}"

def nobody(host, *args, **kwargs):
    raise AssertionError(f"litellm looks for {host}")

socket.getaddrinfo = nobody
from agentgym.llm import Client, Options, Request
clients = [Client(Options(api_base=sys.argv[1], deadline=60.0 + n)) for n in range(2)]
for n in range(6):  # each in turn, and none is closed
    clients[n % 2].complete(Request(model="openai/stub", messages=({"role": "user", "content": str(n)},)))
assert "FROM_DOTENV" not in os.environ
"""
    (tmp_path / ".env").write_text("FROM_DOTENV=1")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM")}
    environment |= {"PYTHONWARNINGS": "error", "PYTHONPATH": str(Path(agentgym.__file__).parents[1])}
    with Endpoint([chat()]) as server:
        command = [sys.executable, "-c", code, server.url]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "text", ["127.0.0.1:8000", "ftp://x", "http://[::1", "http://", "http://h:99999/v1", "http://h:a"]
)
def test_an_address_that_is_none_is_refused_at_once(text: str) -> None:
    with pytest.raises(LLMError, match="the address of an endpoint is like"):
        Options(api_base=text)
