"""A row with everything a conversation can hold, and a tokenizer for it, trained on the spot."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from agentgym.types import Json
from benchmarks.chat.tokenizers import train_tokenizer

USABLE = [  # all templates that can be trained with, ours and those of the installed TRL
    "glm4moe",
    "lfm2-v2",
    "qwen2.5",
    "qwen3",
    "qwen3-instruct-2507",
    "qwen3-thinking-2507",
    "qwen3-vl",
    "qwen3.5-nothink",
    "qwen3.5-think",
    "qwen3.6",
    "qwen3.8",
]
OPENED = ["qwen3.5-think", "qwen3.6", "qwen3.8"]  # their prompts begin a thought, so every turn must have one
THINKING = ["qwen3", "qwen3-thinking-2507", "qwen3.5-think", "qwen3.6", "qwen3.8"]  # they show every turn's reasoning


def fitting(name: str, **foreign: str) -> Json:
    """A row that the template ``name`` can be trained on: with thoughts where its prompts begin one."""
    return row(thought="Let me see." if name in OPENED else "", **foreign)


def tool(name: str) -> Json:
    """A function with one parameter of each plain kind."""
    kinds = {"order_id": "string", "quantity": "integer", "express": "boolean"}
    parameters = {"type": "object", "properties": {key: {"type": kind} for key, kind in kinds.items()}}
    return {"type": "function", "function": {"name": name, "description": f"Does {name}.", "parameters": parameters}}


def row(*, user: str = "Where is order #W1? Grüße 👋🏽", result: str = '{"status": "sent"}', thought: str = "") -> Json:
    """Two requests: a call, two calls at once, words with a call, replies. ``user`` and ``result`` are foreign text."""
    numbers = count()

    def said(content: str, *calls: Json) -> Json:
        turn: Json = {"role": "assistant", "content": content}
        if thought:
            turn["reasoning_content"] = thought
        if calls:
            turn["tool_calls"] = [
                {
                    "id": f"call{next(numbers):05}",
                    "type": "function",
                    "function": {"name": "find_order", "arguments": arguments},
                }
                for arguments in calls
            ]
        return turn

    def answer(number: int, content: str) -> Json:
        return {"role": "tool", "tool_call_id": f"call{number:05}", "name": "find_order", "content": content}

    messages = [
        {"role": "system", "content": "Be brief.\n\n- Use the tools.\n" + "Rules say a lot. " * 80},
        {"role": "user", "content": user},
        said("", {"order_id": "#W1", "note": 'says "hi", 東京, \\n'}),
        answer(0, result),
        said("It is on its way: 東京 😀."),
        {"role": "user", "content": "And the others?"},
        said("One moment.", {"order_id": "#W2", "quantity": 2}, {"order_id": "#W3", "express": True, "tags": [None]}),
        answer(1, result),
        answer(2, "Error: order '#W3' not found"),
        said("", {"order_id": "#W4"}),
        answer(3, "[]"),
        said("Both were sent."),
    ]
    return {"id": "shop/1/gold/0", "messages": messages, "tools": [tool("find_order"), tool("cancel_order")]}


@cache
def tokenizer() -> Any:
    """Byte-level BPE, 600 tokens. Each caller sets the chat template that it needs."""
    said = "\n\n".join(message["content"] for message in row()["messages"])
    return train_tokenizer([str(row()), said, said], size=600)
