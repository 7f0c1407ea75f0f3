"""The client against a server that breaks: it ends within its deadline, with an error that says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.errors import (
    AgentGymError,
    BadAnswer,
    ContextOverflow,
    LLMError,
    Overloaded,
    RequestRejected,
    TooLong,
    TooSlow,
    Unreachable,
)
from agentgym.llm import Client, Completion, Options, Request
from tests.endpoint import (
    EVENTS,
    Endpoint,
    Play,
    chat,
    closed_port,
    completion,
    drip,
    drip_headers,
    endless,
    garbage,
    hang,
    huge,
    long,
    refuse,
    reset,
    send,
    short,
)

DEADLINE = 0.6  # seconds; litellm is imported before the first clock starts
RETRIES = 2
ASKED = Request(model="openai/stub", messages=({"role": "user", "content": "Hello?"},), seed=1, max_tokens=50)


def ask(plays: list[Play], request: Request = ASKED, **options: Any) -> tuple[Completion | LLMError, Endpoint]:
    """What comes of one request to a server that answers with ``plays``."""
    settings = {"deadline": DEADLINE, "retries": RETRIES, "backoff": 0.001, **options}
    with Endpoint(plays) as endpoint, Client(Options(api_base=endpoint.url, **settings)) as client:
        try:
            return client.complete(request), endpoint
        except LLMError as error:
            return error, endpoint


def text(body: Any, **headers: str) -> Play:
    return send(200, json.dumps(body).encode(), **headers)


ONCE, EACH = 1, RETRIES + 1

HOPELESS: dict[str, tuple[list[Play], type[LLMError], int, str]] = {
    # name: (plays, error, times the server is asked, what the message says)
    "reset": ([reset], Unreachable, EACH, "is it running"),
    "cut short": ([short], Unreachable, EACH, "expected 999"),
    "no http": ([garbage], Unreachable, EACH, "is it running"),
    "429 for ever": ([refuse(429, "slow down")], Overloaded, EACH, "429: slow down"),
    "429, come back late": ([refuse(429, "slow down", retry_after="60")], TooSlow, ONCE, "429: slow down"),
    "500 for ever": ([refuse(500, "out of memory")], Overloaded, EACH, "500: out of memory"),
    "503 in HTML": ([send(503, b"<h1>down</h1>", "text/html")], Overloaded, EACH, "<h1>down</h1>"),
    "hang": ([hang], TooSlow, ONCE, f"within {DEADLINE:g} s"),
    "slow loris": ([drip], TooSlow, ONCE, f"within {DEADLINE:g} s"),
    "slow loris in the headers": ([drip_headers], TooSlow, ONCE, f"within {DEADLINE:g} s"),
    "50 MB": ([huge], TooLong, ONCE, "more than 1000000 bytes"),
    "endless chunks": ([endless], TooLong, ONCE, "more than 1000000 bytes"),
    "compressed": ([send(200, b"\x1f\x8b", content_encoding="gzip")], BadAnswer, EACH, "gzip"),
    "truncated JSON": ([send(200, json.dumps(completion("Hi")).encode()[:-40])], BadAnswer, EACH, "no JSON"),
    "an empty body": ([send(200)], BadAnswer, EACH, "no JSON"),
    "a list": ([text([])], BadAnswer, EACH, "the whole"),
    "null": ([text(None)], BadAnswer, EACH, "the whole"),
    "another shape": ([text({"text": "Hi"})], BadAnswer, EACH, "choices: Field required"),
    "empty choices": ([text({"choices": []})], BadAnswer, EACH, "at least 1"),
    "a choice without message": ([text({"choices": [{}]})], BadAnswer, EACH, "choices.0.message"),
    "content of another type": ([text({"choices": [{"message": {"content": 7}}]})], BadAnswer, EACH, "content"),
    "a call without a function": (
        [text({"choices": [{"message": {"tool_calls": [{"id": "a"}]}}]})],
        BadAnswer,
        EACH,
        "tool_calls.0.function",
    ),
    "nested beyond reason": ([send(200, b"[" * 100_000)], BadAnswer, EACH, "no JSON"),
    "a lone surrogate": ([send(200, b'{"choices": [{"message": {"content": "\\ud800"}}]}')], BadAnswer, EACH, "JSON"),
    "a web page": ([send(200, b"<html>log in</html>", "text/html")], BadAnswer, EACH, "text/html"),
    "a stream of events": ([send(200, EVENTS, "text/event-stream")], BadAnswer, EACH, "text/event-stream"),
    "a redirect": ([send(307, location="http://other.example/v1")], RequestRejected, ONCE, "other.example"),
    "a redirect to nonsense": ([send(302, location="http://[")], RequestRejected, ONCE, "http://["),
    "a success that is none": ([send(202, b"{}")], BadAnswer, EACH, "202"),
    "401": ([refuse(401, "Incorrect API key provided: sk-abcdef123456")], RequestRejected, ONCE, "api_key_env"),
    "404": ([refuse(404, "no such model")], RequestRejected, ONCE, "ends in /v1"),
    "422": ([refuse(422, "seed is no field")], RequestRejected, ONCE, "422: seed is no field"),
    "too long a conversation": (
        [refuse(400, "This model's maximum context length is 4096 tokens, you asked for 5000")],
        ContextOverflow,
        ONCE,
        "4096",
    ),
}


@pytest.fixture(autouse=True, scope="module")
def imported() -> Iterator[None]:
    """litellm, whose import takes seconds that belong to no test."""
    ask([chat()], deadline=60.0)
    yield


@pytest.mark.parametrize("fault", HOPELESS)
def test_a_fault_ends_with_an_error(fault: str) -> None:
    plays, kind, times, says = HOPELESS[fault]
    outcome, endpoint = ask(plays, max_bytes=1_000_000)
    assert type(outcome) is kind, f"{fault} ends with {outcome!r}, not with {kind.__name__}"
    assert isinstance(outcome, AgentGymError)
    message = str(outcome)
    assert "openai/stub at 127.0.0.1:" in message, f"the message does not say who was asked: {message}"
    assert says in message
    assert "sk-" not in message, f"the message repeats a key: {message}"
    assert len(message) < 700
    assert len(endpoint.seen) == times, f"{fault}: the server was asked {len(endpoint.seen)} times, not {times}"


FLEETING: dict[str, list[Play]] = {
    "reset": [reset],
    "429": [refuse(429, "slow down")],
    "429 with a time": [refuse(429, "slow down", retry_after="0.05")],
    "429 with a date": [
        refuse(429, "slow", date="Sat, 21 Nov 2026 10:00:00 GMT", retry_after="Sat, 21 Nov 2026 10:00:00 GMT")
    ],
    "429 with nonsense": [refuse(429, "slow down", retry_after="soon")],
    "500": [refuse(500, "oops")],
    "500 and 503": [refuse(500, "oops"), refuse(503, "still")],
    "truncated JSON": [send(200, b'{"choices": [')],
    "empty choices": [text({"choices": []})],
    "cut short": [short],
    "no http": [garbage],
    "more than announced": [long],
}


@pytest.mark.parametrize("fault", FLEETING)
def test_a_fault_that_passes_is_lived_through(fault: str) -> None:
    plays = FLEETING[fault]
    outcome, endpoint = ask([*plays, chat("Here I am.")], deadline=20.0, retries=3)
    assert isinstance(outcome, Completion), f"{fault} was not lived through: {outcome!r}"
    assert outcome.text == "Here I am."
    assert len(endpoint.seen) > len(plays)


def test_nobody_is_there() -> None:
    with Client(Options(api_base=f"http://127.0.0.1:{closed_port()}/v1", retries=1, backoff=0.001)) as client:
        with pytest.raises(Unreachable, match="is it running, is the address right"):
            client.complete(ASKED)
        assert client.ledger.report()["llm"]["tries"] == 2


def test_the_server_is_given_the_time_it_asks_for() -> None:
    outcome, endpoint = ask([refuse(429, "slow down", retry_after="0.3"), chat()], deadline=0.25)
    assert isinstance(outcome, TooSlow), f"a wait of 0.3 s fits no deadline of 0.25 s, but: {outcome!r}"
    assert len(endpoint.seen) == 1


ODD: dict[str, tuple[Play, Callable[[Completion], bool]]] = {
    "null content": (chat(None), lambda got: got.text == "" and not got.calls),
    "no usage": (text({"choices": [{"message": {"content": "Hi"}}]}), lambda got: got.text == "Hi"),
    "text without end": (
        chat("bla " * 5000, finish="length"),
        lambda got: got.finish == "length" and len(got.text) > 10_000,
    ),
    "an unknown finish reason": (chat("Hi", finish="weird"), lambda got: got.finish == "stop"),
    "a refusal": (chat(None, refusal="I will not."), lambda got: got.refusal == "I will not."),
    "reasoning": (
        chat("Hi", reasoning_content="Let me see."),
        lambda got: (got.text, got.reasoning) == ("Hi", "Let me see."),
    ),
    "reasoning by vLLM's newer name": (
        chat("Hi", reasoning="Let me see."),
        lambda got: (got.text, got.reasoning) == ("Hi", "Let me see."),
    ),
    "reasoning in the text": (
        chat("<think>\nLet me see.\n</think>\n\nHi"),
        lambda got: (got.text, got.reasoning) == ("Hi", "Let me see."),
    ),
    "reasoning that the template began": (
        chat("Let me see.</think>Hi"),
        lambda got: (got.text, got.reasoning) == ("Hi", "Let me see."),
    ),
    "reasoning without end": (
        chat("<think>Let me see", finish="length"),
        lambda got: (got.text, got.reasoning) == ("", "Let me see"),
    ),
    "two calls": (
        chat(None, ("get", {"a": 1}), ("put", {"b": [2]})),
        lambda got: [call.arguments for call in got.calls] == [{"a": 1}, {"b": [2]}],
    ),
    "an unknown tool": (chat(None, ("fly", {})), lambda got: got.calls[0].name == "fly"),
    "arguments that are no JSON": (
        chat(None, ("get", '{"a": ')),
        lambda got: got.calls[0].arguments is None and got.calls[0].raw == '{"a": ',
    ),
    "arguments that are no object": (chat(None, ("get", "[1]")), lambda got: got.calls[0].arguments is None),
    "arguments that are nothing": (chat(None, ("get", "")), lambda got: got.calls[0].arguments == {}),
    "arguments that are an object already": (
        text({"choices": [{"message": {"tool_calls": [{"function": {"name": "get", "arguments": {"a": 1}}}]}}]}),
        lambda got: got.calls[0].arguments == {"a": 1} and got.calls[0].id == "call_0",
    ),
    "a long integer": (
        chat(None, ("get", '{"a": 123456789012345678901234567890}')),
        lambda got: got.calls[0].arguments == {"a": 123456789012345678901234567890},
    ),
    "equal ids": (
        text(
            {
                "choices": [
                    {"message": {"tool_calls": [{"id": "x", "function": {"name": name}} for name in ("get", "put")]}}
                ]
            }
        ),
        lambda got: len({call.id for call in got.calls}) == 2,
    ),
    "JSON by another name": (
        send(200, json.dumps(completion("Hi")).encode(), "text/plain"),
        lambda got: got.text == "Hi",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_answer_is_understood(case: str) -> None:
    play, understood = ODD[case]
    outcome, endpoint = ask([play], deadline=20.0)
    assert isinstance(outcome, Completion), f"{case}: {outcome!r}"
    assert understood(outcome), f"{case} is understood as {outcome!r}"
    assert len(endpoint.seen) == 1


@pytest.fixture(scope="module")
def mirror() -> Iterator[tuple[Client, list[Play]]]:
    """A client, and where to put what its server answers next."""
    plays: list[Play] = []
    with (
        Endpoint(lambda body: plays[0]) as server,
        Client(Options(api_base=server.url, deadline=20.0, retries=0)) as client,
    ):
        yield client, plays


GOOD = json.dumps(completion("Hi", ("get", {"a": 1}))).encode()


@settings(max_examples=30)
@given(
    status=st.sampled_from([200, 200, 200, 201, 204, 302, 400, 429, 500, 599]),
    kind=st.sampled_from(["application/json", "text/html", "text/event-stream", ""]),
    body=st.binary(max_size=80)
    | st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=4), st.integers(0, 9)).map(
        lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] + cut[2] :]
    ),
)
def test_whatever_comes_back_is_an_answer_or_an_error(
    mirror: tuple[Client, list[Play]], status: int, kind: str, body: bytes
) -> None:
    client, plays = mirror
    plays[:] = [send(status, b"" if status == 204 else body, kind)]
    try:
        outcome = client.complete(ASKED)
    except LLMError as error:
        assert "openai/stub at 127.0.0.1:" in str(error)
    else:
        assert status == 200, f"an answer with status {status} was taken for one: {outcome!r}"
