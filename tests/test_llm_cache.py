"""Answers are paid for once: the cache, cassettes, and the account of each stage."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path

import pytest

from agentgym.errors import LLMError, NotRecorded, RequestRejected, RunError
from agentgym.llm import Client, Options, Usage, shared_client
from tests.asking import KEY, asked, echo
from tests.endpoint import Endpoint, chat, refuse


def test_what_is_cached_is_not_asked_again(tmp_path: Path) -> None:
    with Endpoint(echo) as server:
        options = Options(api_base=server.url, cache=tmp_path)
        for _ in range(2):
            with Client(options, "user") as client:
                assert client.complete(asked("one")).text == "You said: one"
        assert len(server.seen) == 1, "the second run asked again"
        assert client.ledger.report()["user"] == {
            "calls": 1, "cached": 1, "failed": 0, "tries": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": 0.0,
        }  # fmt: skip
        with Client(options) as client:
            client.complete(asked("one", seed=5))
        assert len(server.seen) == 2, "another seed is another request"


def test_a_torn_cache_file_is_asked_for_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Endpoint(echo) as server:
        options = Options(api_base=server.url, cache=tmp_path)
        with Client(options) as client:
            client.complete(asked("one"))
            (file,) = tmp_path.rglob("*.json")
            whole = file.read_text()
            file.write_text(whole[:50])
            assert client.complete(asked("one")).text == "You said: one"
    assert len(server.seen) == 2
    assert file.read_text() == whole
    assert "asked for again" in caplog.text


def test_another_endpoint_has_a_cache_of_its_own(tmp_path: Path) -> None:
    for words in ("from A", "from B"):
        with Endpoint([chat(words)]) as server, Client(Options(api_base=server.url, cache=tmp_path)) as client:
            assert client.complete(asked()).text == words


def test_a_cassette_plays_without_a_server(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with (
        Endpoint(echo) as server,
        Client(Options(api_base=server.url, cassette=path, record=True), "agent") as client,
    ):
        live = [client.complete(asked(words)) for words in ("one", "two", "one")]
    assert len(server.seen) == 2, "what is recorded is not asked again, or the replay would differ"
    with Client(Options(api_base="http://127.0.0.1:1/v1", cassette=path)) as client:
        played = [asyncio.run(client.acomplete(asked(words))) for words in ("one", "two", "one")]
    assert [one.text for one in played] == [one.text for one in live]
    assert all(one.cached for one in played)
    assert played[0].usage == live[0].usage == Usage(prompt=11, completion=7)


def test_a_recording_is_the_same_in_any_order(tmp_path: Path) -> None:
    tapes = []
    for number, order in enumerate((("one", "two", "three"), ("three", "one", "two"))):
        path = tmp_path / f"{number}.json"
        with Endpoint(echo) as server, Client(Options(api_base=server.url, cassette=path, record=True)) as client:
            for words in order:
                client.complete(asked(words))
        tapes.append(path.read_bytes())
    assert tapes[0] == tapes[1]


def test_recordings_into_one_file_add_up(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with Endpoint(echo) as server:
        options = Options(api_base=server.url, cassette=path, record=True)
        first, second = Client(options), Client(options)
        first.complete(asked("one"))
        second.complete(asked("two"))
        first.close()
        second.close()
    with Client(Options(cassette=path)) as client:
        assert [client.complete(asked(words)).text for words in ("one", "two")] == ["You said: one", "You said: two"]


def test_a_request_that_is_not_on_the_tape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with Endpoint(echo) as server, Client(Options(api_base=server.url, cassette=path, record=True)) as client:
        client.complete(asked("one"))
    with Client(Options(cassette=path)) as client, pytest.raises(NotRecorded) as caught:
        client.complete(asked("something else"))
    for part in (str(path), asked("something else").digest, "openai/stub", "something else", "record it again"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"version": 9}', '{"version": 1}', '{"version": 1, "exchanges": {"a": 1}}']
)
def test_a_file_that_is_no_cassette_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tape.json"
    path.write_text(content)
    with pytest.raises(RunError, match=r"tape\.json"):
        Client(Options(cassette=path))


def test_a_missing_cassette_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="record it first"):
        Client(Options(cassette=tmp_path / "none.json"))


def test_no_key_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with Endpoint([chat(), refuse(401, f"Incorrect API key {KEY}")]) as server:
        options = Options(
            api_base=server.url, api_key_env="MY_KEY", cache=tmp_path / "c", cassette=tmp_path / "t.json", record=True
        )
        with Client(options) as client:
            client.complete(asked())
            with pytest.raises(RequestRejected) as caught:
                client.complete(asked("again"))
    written = list(tmp_path.rglob("*.json"))
    assert len(written) == 2
    assert all(KEY not in file.read_text() for file in written)
    assert KEY not in str(caught.value) + repr(options) + repr(pickle.dumps(options))


def test_a_key_that_is_not_set_is_named() -> None:
    client = Client(Options(api_base="http://127.0.0.1:1/v1", api_key_env="NO_SUCH_KEY"))
    with client, pytest.raises(LLMError, match="NO_SUCH_KEY"):
        client.complete(asked())


def test_each_stage_has_its_account() -> None:
    plays = [chat(tokens=5), chat(tokens=9), refuse(400, "no")]
    with Endpoint(plays) as server, Client(Options(api_base=server.url, retries=0)) as client:
        client.at("user").complete(asked("a"))
        asyncio.run(client.at("agent").acomplete(asked("b")))
        with pytest.raises(LLMError):
            client.at("agent").complete(asked("c"))
    report = client.ledger.report()
    assert [(name, one["calls"], one["failed"], one["completion_tokens"]) for name, one in report.items()] == [
        ("agent", 1, 1, 9), ("user", 1, 0, 5),
    ]  # fmt: skip


def test_a_client_travels_to_other_processes() -> None:
    options = Options(api_base="http://127.0.0.1:9/v1", deadline=3.0)
    there = pickle.loads(pickle.dumps(Client(options)))
    assert there.options == options
    assert there is shared_client(options), "agents and users of one process share a client"


@pytest.mark.parametrize(
    "wrong", [{"api_base": "127.0.0.1:80"}, {"deadline": 0}, {"concurrency": 0}, {"retries": -1}, {"record": True}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(LLMError):
        Options(**wrong)  # type: ignore[arg-type]
