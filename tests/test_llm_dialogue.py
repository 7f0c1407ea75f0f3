"""Models play agent and user over HTTP: a server that knows the answers wins every task, and its tape wins again."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agentgym.files import read_records
from agentgym.llm import Options, shared_client
from agentgym.play.agents.llm import llm_agent
from agentgym.play.rollouts.rollout import rollouts
from agentgym.tasks.phrases import tells
from agentgym.types import Task, Trajectory
from agentgym.users.director import STOP
from agentgym.users.llm import llm_user
from agentgym.world.load import load
from tests.commands import agentgym
from tests.endpoint import Endpoint, Play, chat, refuse
from tests.minishop import MINISHOP

FOLDER = Path(__file__).parents[1] / "envs_generated" / "retail"
TASKS = {task.intent: task for folder in (FOLDER, MINISHOP) for task in load(folder).tasks()}


class Recorded(NamedTuple):
    """Every task, played over HTTP."""

    played: list[Trajectory]
    url: str  # of the server, which is gone
    most: int  # requests that it had in work at once
    tape: Path
    cache: Path


class Stage:
    """What a perfect model would answer, for both parts. It reads the requests, and has the gold in its pocket."""

    def __call__(self, body: dict[str, Any]) -> Play:
        play = self._user(body["messages"]) if body["model"] == "user" else self._agent(body)

        async def later(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.02)  # models think
            await play(writer)

        return later

    def _agent(self, body: dict[str, Any]) -> Play:
        messages = body["messages"]
        assert body["tools"] and messages[0]["role"] == "system"
        task = TASKS[messages[1]["content"]]
        made = [call for message in messages for call in message.get("tool_calls") or ()]
        if len(messages) == 2 and task.facts:
            return chat(f"What is {' and '.join(fact.label for fact in task.facts)}?", reasoning_content="I must ask.")
        if not made:  # all at once: the gold arguments are known beforehand
            return chat("On it.", *((call.name, call.arguments) for call in task.gold))
        answers = [message["content"] for message in messages if message["role"] == "tool"]
        assert len(answers) == len(made) and not any(answer.startswith("Error") for answer in answers)
        return chat(f"Done. {' '.join(self._told(task))}")

    def _told(self, task: Task) -> Iterator[str]:
        """The outputs, as text that counts as telling them."""
        for value in task.outputs:
            text = str(value)
            assert tells(text, value), f"{text!r} does not tell {value!r}"
            yield text

    def _user(self, messages: list[dict[str, Any]]) -> Play:
        system = messages[0]["content"]
        if "Everything is done as you wanted it." in system:
            return chat(f"Thank you! {STOP}")
        known = system.partition("What you know:\n")[2].partition("\n\n")[0]
        return chat(" ".join(line.removeprefix("- ") for line in known.splitlines()))


def play(options: Options, **more: Any) -> list[Trajectory]:
    agents = [llm_agent("openai/agent", options=options)]
    return list(rollouts([FOLDER], agents, user=llm_user("openai/user", options=options), seed=3, **more))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    path = tmp_path_factory.mktemp("tape") / "dialogue.json"
    with Endpoint(Stage()) as server:
        options = Options(
            api_base=server.url, cassette=path, record=True, cache=path.parent / "cache", deadline=60.0, concurrency=8
        )
        played = play(options)
        shared_client(options).close()
    return Recorded(played, server.url, server.most, path, path.parent / "cache")


def test_models_over_http_win_every_task(recorded: Recorded) -> None:
    assert len(recorded.played) == len(load(FOLDER).tasks())
    for one in recorded.played:
        assert (one.reward, one.stop, one.fault) == (1.0, "user_done", ""), f"{one.id}: {one.messages[-3:]}"
        assert (one.agent, one.user) == ("agent", "user")
        assert one.cost["agent_prompt_tokens"] > 0 and one.cost["user_completion_tokens"] > 0
    assert 1 < recorded.most <= 8, (
        f"{recorded.most} requests were in work at once: episodes do not wait for models side by side"
    )


def test_the_record_holds_calls_of_one_turn_and_reasoning(recorded: Recorded) -> None:
    turns = [message for one in recorded.played for message in one.messages if message.role == "assistant"]
    assert any(len(message.tool_calls) > 1 and message.content == "On it." for message in turns)
    assert any(message.reasoning == "I must ask." for message in turns)


def test_a_tape_plays_the_same_without_a_server(recorded: Recorded) -> None:
    assert play(Options(api_base="http://127.0.0.1:1/v1", cassette=recorded.tape)) == recorded.played


def test_processes_record_one_tape(recorded: Recorded, tmp_path: Path) -> None:
    """They are answered from the cache, so that they need no server and no litellm."""
    tape = tmp_path / "tape.json"
    options = Options(api_base=recorded.url, cache=recorded.cache, cassette=tape, record=True)
    assert play(options, workers=2) == recorded.played
    assert tape.read_bytes() == recorded.tape.read_bytes()


def test_the_command_takes_models_by_name(tmp_path: Path) -> None:
    shutil.copytree(MINISHOP, tmp_path / "domains" / "minishop", ignore=shutil.ignore_patterns("__pycache__"))
    words = ["rollout", str(tmp_path), "-a", "openai/agent", "--user", "openai/user", "--workers", "1", "--json"]
    with Endpoint(Stage()) as server:
        done = agentgym(*words, "--api-base", server.url)
    assert done.exit_code == 0, done.output
    played = list(read_records(tmp_path / "trajectories.jsonl", Trajectory))
    assert len(played) == len(load(MINISHOP).tasks())
    assert [one.reward for one in played] == [1.0] * len(played)
    assert {one.agent for one in played} == {"openai/agent"}


def test_another_seed_is_not_on_the_tape(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    options = Options(api_base="http://127.0.0.1:1/v1", cassette=recorded.tape, deadline=9.0)
    agents = [llm_agent("openai/agent", options=options)]
    (first, *_) = rollouts([MINISHOP], agents, user=llm_user("openai/user", options=options), seed=4)
    assert (first.stop, first.reward) == ("agent_error", 0.0)
    assert "does not hold request" in caplog.text


def test_an_endpoint_that_fails_is_the_fault_of_who_asked(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()

    def broken(part: str) -> Any:
        return lambda body: refuse(400, "no such model") if body["model"] == part else stage(body)

    for part, stop in (("agent", "agent_error"), ("user", "user_error")):
        with Endpoint(broken(part)) as server:
            options = Options(api_base=server.url, deadline=60.0, retries=0)
            agents = [llm_agent("openai/agent", options=options)]
            played = list(rollouts([MINISHOP], agents, user=llm_user("openai/user", options=options)))
            shared_client(options).close()
        asked = [one for one in played if TASKS[one.messages[1].content].facts]
        assert asked and all((one.stop, one.fault) == (stop, part) for one in asked)
        assert "400: no such model" in caplog.text
