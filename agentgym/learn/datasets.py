"""Kept trajectories -> chat rows that trainers read: ``sft.jsonl`` (paper 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentgym.errors import RunError
from agentgym.files import canonical, write_text
from agentgym.types import Domain, Json, Message, Trajectory

if TYPE_CHECKING:
    from datasets import Dataset


def functions(domain: Domain) -> list[Json]:
    """The domain's tools as agents see them: the OpenAI function list, A to Z."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in sorted(domain.tools, key=lambda tool: tool.name)
    ]


def rows(trajectories: Iterable[Trajectory], tools: Mapping[str, Sequence[Json]]) -> Iterator[dict[str, Json]]:
    """Turn each trajectory into ``{"messages", "tools", "domain", "task"}`` in the OpenAI chat format.

    ``tools`` holds the OpenAI function list of every domain. Arguments stay objects, never JSON text. A row
    ends with the last assistant turn: what follows it teaches nothing. Tool output is carried as it is, in its own
    message; whoever renders rows to text must mask by message, never by looking for markers in the text.
    """
    for trajectory in trajectories:
        if trajectory.domain not in tools:
            raise RunError(f"no tools for domain {trajectory.domain!r} of {trajectory.id}; load its folder first")
        messages = [_message(message) for message in trajectory.messages]
        while messages and messages[-1]["role"] != "assistant":
            messages.pop()
        if messages:
            yield {
                "messages": messages,
                "tools": list(tools[trajectory.domain]),
                "domain": trajectory.domain,
                "task": trajectory.task,
            }


def _message(message: Message) -> dict[str, Json]:
    out: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        out["tool_calls"] = [
            {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.role == "tool":
        out["name"] = message.name
    return out


def save(path: Path, items: Iterable[Mapping[str, Json]]) -> int:
    """Write rows as JSON Lines, atomically. Returns how many."""
    lines = [canonical(dict(item)) for item in items]
    write_text(path, "".join(line + "\n" for line in lines))
    return len(lines)


def load(path: Path, cache: Path | None = None) -> Dataset:
    """Open ``sft.jsonl`` as a ``datasets.Dataset``; needs the ``train`` extra.

    Messages and tools are ``Json`` features. Plain inference would merge the keys of all rows into one struct,
    and a model would be trained to emit ``"qty": null``.
    """
    try:
        import datasets
    except ImportError as error:
        raise RunError("reading rows needs the datasets package: pip install 'envscale[train]'") from error
    if not path.is_file():
        raise RunError(f"cannot read {path}: no such file; write it with `agentgym export` first")
    text, values = datasets.Value("string"), datasets.List(datasets.Json())
    features = datasets.Features({"messages": values, "tools": values, "domain": text, "task": text})
    return datasets.Dataset.from_json(str(path), features=features, cache_dir=str(cache) if cache else None)
