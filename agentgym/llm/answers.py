"""From litellm's answer, the same for every provider, to a ``Completion``."""

from __future__ import annotations

import json
import re
from typing import Any

from agentgym.errors import BadAnswer
from agentgym.llm.records import AskedCall, Completion, Finish, Usage
from agentgym.types import Json

# Some templates open it for the model. Possessive, so that a text of blanks alone is read once and not once a blank.
_THINK = re.compile(r"\A\s*+(?:<think>)?(.*?)</think>\s*", re.DOTALL)
_UNCLOSED = re.compile(r"\A\s*+<think>(.*)\Z", re.DOTALL)
_FINISH: dict[str, Finish] = {
    "length": "length", "max_tokens": "length", "tool_calls": "tool_calls", "function_call": "tool_calls",
    "content_filter": "content_filter",
}  # fmt: skip


def completion(answer: Any, name: str) -> Completion:
    """``answer``: litellm's ModelResponse. Raises ``BadAnswer`` where it has no choice; ``name`` says whose it is."""
    if not answer.choices:
        raise BadAnswer(f"{name} answers with no choices; ask again, or another model")
    choice = answer.choices[0]
    message = choice.message
    text, thought = split_thought(message.content or "")
    usage = getattr(answer, "usage", None)
    details = getattr(usage, "completion_tokens_details", None)
    return Completion(
        text=text,
        calls=asked(message.tool_calls or ()),
        reasoning=(getattr(message, "reasoning_content", None) or thought).strip(),
        refusal=str((getattr(message, "provider_specific_fields", None) or {}).get("refusal") or ""),
        finish=_FINISH.get(str(choice.finish_reason), "stop"),
        usage=Usage(
            prompt=getattr(usage, "prompt_tokens", 0) or 0,
            completion=getattr(usage, "completion_tokens", 0) or 0,
            reasoning=getattr(details, "reasoning_tokens", 0) or 0,
        ),
        cost=float(answer._hidden_params.get("response_cost") or 0.0),  # where litellm puts the price it looked up
    )


def split_thought(text: str) -> tuple[str, str]:
    """``text`` without the <think>...</think> it begins with, and what stands in there."""
    match = _THINK.match(text) or _UNCLOSED.match(text)
    return (text[match.end() :].strip(), match.group(1).strip()) if match else (text.strip(), "")


def asked(calls: Any) -> tuple[AskedCall, ...]:
    """The tool calls of a message, with ids that differ: answers are paired by them."""
    found: dict[str, AskedCall] = {}
    for number, call in enumerate(calls):
        identity = call.id if call.id and call.id not in found else f"call_{number}"
        while identity in found:
            identity += "_"
        raw = call.function.arguments or ""
        found[identity] = AskedCall(id=identity, name=call.function.name or "", raw=raw, arguments=arguments(raw))
    return tuple(found.values())


def arguments(raw: str) -> dict[str, Json] | None:
    """The arguments of a call, or None where ``raw`` is no JSON object. Nothing at all means no arguments."""
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw)  # not orjson, which rounds long integers
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
