"""The shape that OpenAI's protocol gives an answer, and how an endpoint says what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson
from pydantic import BaseModel, Field, ValidationError

from agentgym.types import Json

_KEY = 6  # characters: a shorter secret is none, and would blank out words
_SHOWN = 300  # characters of an endpoint's own words that an error repeats
_SECRET = re.compile(r"\b(?:sk|pk|key|hf|gsk|xai)[-_][A-Za-z0-9_*-]{6,}|\bBearer\s+\S+", re.IGNORECASE)
_OVERFLOW = re.compile(
    r"context[ _]?(?:length|window|size|limit)|maximum context|prompt is too long|too many (?:input )?tokens"
    r"|input tokens exceed|maximum number of tokens|maximum input length|longer than the model",
    re.IGNORECASE,
)


class _Function(BaseModel):
    name: str
    arguments: str | dict[str, Any] | None = None  # some servers send the object itself


class _Call(BaseModel):
    id: str | None = None
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    tool_calls: list[_Call] | None = None
    reasoning_content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(0, ge=0)
    completion_tokens: int | None = Field(0, ge=0)


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def checked(body: bytes) -> bytes:
    """``body`` of an answer to /chat/completions, its arguments as text. Raises ``ValueError`` saying what is wrong."""
    value = decoded(body)
    try:
        _Answer.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"{place}: {first['msg']}") from None
    for choice in value["choices"]:
        for number, call in enumerate(choice["message"].get("tool_calls") or ()):
            arguments = call["function"].get("arguments")
            if not isinstance(arguments, str):
                call["function"]["arguments"] = "" if arguments is None else orjson.dumps(arguments).decode()
            call["id"] = call.get("id") or f"call_{number}"
    return orjson.dumps(value)


def decoded(body: bytes) -> Json:
    """``body`` as JSON. Raises ``ValueError``."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error.msg} at character {error.pos} of {len(body)})") from None


def complaint(body: bytes, secrets: Iterable[str] = ()) -> str:
    """What an endpoint says about a request that failed, in one short line without ``secrets``."""
    text = body[: 16 * _SHOWN].decode("utf-8", "replace")
    try:
        value = decoded(body)
        error = value.get("error", value) if isinstance(value, dict) else value
        text = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    except ValueError:
        pass
    return censored(text, secrets)


def censored(text: str, secrets: Iterable[str] = ()) -> str:
    """The beginning of ``text`` in one line, without ``secrets`` and without what looks like a key."""
    for secret in secrets:
        if len(secret) >= _KEY:
            text = text.replace(secret, "***")
    return _SECRET.sub("***", " ".join(text.split()))[:_SHOWN]


def overflows(text: str) -> bool:
    """Whether an endpoint's complaint is about a conversation that is too long."""
    return _OVERFLOW.search(text) is not None
