"""A question, and a server that says it again."""

from __future__ import annotations

from agentgym.llm import Request
from tests.endpoint import Play, chat

KEY = "topsecret-key-123"


def asked(words: str = "Hello?", **more: object) -> Request:
    return Request(model="openai/stub", messages=({"role": "user", "content": words},), **more)


def echo(body: dict[str, object]) -> Play:
    """A server that says the last message again."""
    messages = body["messages"]
    assert isinstance(messages, list)
    return chat(f"You said: {messages[-1]['content']}")
