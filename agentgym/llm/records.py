"""What is asked of a language model, what it answers, and the protocol between."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Protocol, TypeAlias

from pydantic import Field, field_validator

from agentgym.files import digest
from agentgym.types import Json, Record

Chat: TypeAlias = dict[str, Json]  # one message in OpenAI's form: role, content, tool_calls, tool_call_id, ...
Finish: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter"]

# Other parameters that change an answer. A list, so that no header, key or address gets into caches and cassettes.
EXTRA = frozenset({
    "chat_template_kwargs", "frequency_penalty", "guided_json", "guided_regex", "logit_bias", "min_p",
    "parallel_tool_calls", "presence_penalty", "reasoning_effort", "repetition_penalty", "response_format", "thinking",
    "tool_choice", "top_k",
})  # fmt: skip


class Request(Record):
    """One question to a model. Equal requests have equal digests, on every machine."""

    model: str  # litellm's name of it: "openai/<name>" for whatever speaks OpenAI's protocol
    messages: tuple[Chat, ...]
    tools: tuple[Json, ...] = ()  # OpenAI's function list
    temperature: float | None = None  # None: as the endpoint has it, here and below
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    extra: dict[str, Json] = Field(default_factory=dict)  # parameters of ``EXTRA``, passed on as they are

    @field_validator("extra")
    @classmethod
    def _known(cls, extra: dict[str, Json]) -> dict[str, Json]:
        unknown = sorted(set(extra) - EXTRA)
        if unknown:
            raise ValueError(f"extra parameters {unknown} are not among {sorted(EXTRA)}")
        return extra

    @cached_property
    def digest(self) -> str:
        """32 hex digits: the key of caches and cassettes."""
        return digest(self.model_dump(mode="json"))


class AskedCall(Record):
    """A tool call as a model asked for it. What it names may not exist, and its arguments may not be JSON."""

    id: str  # unique in its completion; the tool's answer carries it
    name: str
    raw: str  # the arguments as they were written
    arguments: dict[str, Json] | None = None  # None where ``raw`` is no JSON object


class Usage(Record):
    """Tokens, as the endpoint counts them."""

    prompt: int = 0
    completion: int = 0  # with those of the reasoning
    reasoning: int = 0


class Completion(Record):
    """A model's answer: text, calls, both, or neither."""

    text: str = ""  # without <think>...</think>
    calls: tuple[AskedCall, ...] = ()
    reasoning: str = ""
    refusal: str = ""  # the words of a model that will not answer, where its endpoint tells them apart
    finish: Finish = "stop"
    usage: Usage = Usage()
    cost: float = 0.0  # US dollars; 0 where no price is known
    cached: bool = False  # answered from a cache or a cassette


class Complete(Protocol):
    """Whatever answers requests. Both methods raise ``LLMError``, and may be called from any thread and event loop."""

    def complete(self, request: Request) -> Completion:
        """Answer ``request``; blocks."""
        ...

    async def acomplete(self, request: Request) -> Completion:
        """Answer ``request`` without blocking the event loop."""
        ...
