"""ChatML turn by turn, written by hand: no Jinja, no generation tags, no offsets, and none of the code that is judged.

A conversation is a list of pieces, each supervised as a whole or not at all; each is encoded by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from agentgym.types import Json

Piece = tuple[str, bool]  # text, supervised
IM_START, IM_END = "<|im_start|>", "<|im_end|>"
CALLS = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call>"
    '</tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
TOOLS = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
# How each model's assistant begins: what stands in the prompt, and what it writes before it says anything.
OPENINGS = {
    "qwen3": ("assistant\n", "<think>\n\n</think>\n\n"),
    "qwen3-instruct-2507": ("assistant\n", ""),
    "qwen3-thinking-2507": ("assistant\n<think>\n", "</think>\n\n"),
    "qwen2.5": ("assistant", "\n"),  # TRL's tags begin a character before the prompt ends
}


def reference(row: dict[str, Json], model: str, tokenizer: Any) -> tuple[list[int], list[int]]:
    """Ids and labels of a row as ``model`` is trained on it."""
    encode = _encoder(tokenizer)
    ids: list[int] = []
    labels: list[int] = []
    for text, supervised in pieces(row["messages"], row["tools"], model):
        found = encode(text)
        ids += found
        labels += found if supervised else [-100] * len(found)
    return ids, labels


@cache
def _encoder(tokenizer: Any) -> Callable[[str], tuple[int, ...]]:
    return cache(lambda text: tuple(tokenizer(text, add_special_tokens=False)["input_ids"]))


def pieces(messages: Sequence[Json], tools: Sequence[Json], model: str) -> Iterator[Piece]:
    """The conversation, piece by piece."""
    system = messages[0]["content"]
    listed = "".join("\n" + json.dumps(tool, ensure_ascii=False) for tool in tools)
    yield f"{IM_START}system\n{system}\n\n{TOOLS}{listed}{CALLS}{IM_END}\n", False
    results: list[str] = []
    for message in messages[1:]:
        if message["role"] == "tool":
            results.append(f"\n<tool_response>\n{message['content']}\n</tool_response>")
            continue
        if results:
            yield f"{IM_START}user{''.join(results)}{IM_END}\n", False
            results = []
        if message["role"] == "user":
            yield f"{IM_START}user\n{message['content']}{IM_END}\n", False
        else:
            header, before = OPENINGS[model]
            yield IM_START + header, False
            yield before + _said(message) + IM_END + "\n", True


def _said(message: Json) -> str:
    calls = [
        f'<tool_call>\n{{"name": "{call["function"]["name"]}", "arguments": '
        f"{json.dumps(call['function']['arguments'], ensure_ascii=False)}}}\n</tool_call>"
        for call in message.get("tool_calls", [])
    ]
    return "\n".join([message["content"], *calls] if message["content"] else calls)
