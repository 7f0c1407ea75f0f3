"""Dialogues in which agent and user are models behind OpenAI's protocol: a loopback server plays both by script.

The models follow what the scripted agent and user of a benchmark would do. What is tried out is all that lies between:
litellm, our client, official prompts, tool calls in JSON, the official environment and its scorer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from agentgym.evaluate.benchmark import Benchmark, Setup
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.instructed import Instructed
from agentgym.evaluate.playing import Wanted, play_trial
from agentgym.llm import Options, shared_client
from agentgym.play.agents.agent import Agent
from agentgym.play.agents.llm import AgentModel, LLMAgent
from tests.endpoint import Endpoint, Play, chat

AGENT, USER = "openai/agent", "openai/user"


class Script:
    """What the two models answer while one task is played."""

    def __init__(self, agent: Agent, user: str) -> None:
        """``user``: the word by which its benchmark's users end the chat."""
        self._agent = agent
        self._user = user

    def answer(self, body: dict[str, Any]) -> Play:
        """The play of the server for one request."""
        return self._as_agent() if AGENT.endswith(body["model"]) else self._as_user(body)

    def _as_agent(self) -> Play:
        turn = self._agent.act(())
        assert not isinstance(turn, str), "a puppet makes turns"
        return chat(turn.content, *((call.name, call.arguments) for call in turn.calls))

    def _as_user(self, body: dict[str, Any]) -> Play:
        last = body["messages"][-1]
        if len(body["messages"]) == 2:  # the prompt and the agent's greeting
            return chat("Hello, I need help.")
        if last["role"] == "tool":
            return chat("I have made the calls.")
        tools = tuple(tool["function"]["name"] for tool in body.get("tools") or ())
        said = Instructed("", tools).reply(last["content"])
        return chat(self._user if said.over else said.text, *said.calls)


def dialogues(name: str, setup: Setup, tasks: Sequence[str]) -> list[float]:
    """The rewards of ``tasks`` of a benchmark, each played once; 0.0 where anything went wrong."""
    scripted = open_benchmark(name, setup)
    rewards = []
    for task in tasks:
        agent = scripted.puppet("gold", task)
        assert agent is not None, f"{name} has no gold agent for {task!r}"
        with Endpoint(Script(agent, "###STOP###").answer) as endpoint:
            options = Options(api_base=endpoint.url, retries=0, deadline=60)
            rewards.append(_played(open_benchmark(name, Setup(setup.checkout, USER, options)), options, task))
    return rewards


def _played(benchmark: Benchmark, options: Options, task: str) -> float:
    def make() -> LLMAgent:
        return LLMAgent(shared_client(options).at("agent"), AgentModel(AGENT, guide=benchmark.guided))

    begin = partial(benchmark.episode, task, 0)
    return asyncio.run(play_trial(benchmark.name, Wanted(task, 0, 0), begin, make)).score.reward
