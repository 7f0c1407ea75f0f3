"""Messages -> text by a chat template, and which characters of it the assistant wrote.

The template says so itself: what stands between ``{% generation %}`` and ``{% endgeneration %}``. This is the one
module that calls the renderer of transformers, which servers call as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentgym.errors import RunError
from agentgym.learn.chat.unfit import MALFORMED, REFUSED, Unfit
from agentgym.types import Json

ROLES = frozenset({"system", "user", "assistant", "tool"})
THOUGHTS = ("reasoning_content", "reasoning", "thinking")  # what servers call the text that a model thinks


@dataclass(frozen=True)
class Rendered:
    """``text``, and ``spans``: first character and the one after the last of each part that the assistant wrote."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @property
    def written(self) -> list[str]:
        """What the assistant wrote, part by part."""
        return [self.text[start:end] for start, end in self.spans]


def render(
    template: str,
    messages: Sequence[Mapping[str, Json]],
    tools: Sequence[Json],
    special: Mapping[str, str],
    *,
    prompt: bool = False,
) -> Rendered:
    """The conversation as ``template`` writes it.

    ``special`` are the tokenizer's named tokens, such as ``bos_token``. With ``prompt`` the text ends with the header
    of an assistant turn, as a server has it when the model begins to write; there are no spans then.

    Raises:
        Unfit: the template refuses the conversation, for example because roles do not alternate.
    """
    errors, renderer = _library()
    try:
        texts, spans = renderer(
            [[_known(message) for message in messages]],
            tools=list(tools) or None,
            chat_template=template,
            return_assistant_tokens_mask=True,
            add_generation_prompt=prompt,
            **special,
        )
    except (errors, TypeError, ValueError) as error:  # a template's own complaint, or what it does not expect
        raise Unfit(REFUSED, f"{type(error).__name__}: {error}") from error
    return Rendered(texts[0], () if prompt else tuple(spans[0]))


def _known(message: Mapping[str, Json]) -> dict[str, Json]:
    """Without the keys that hold nothing: transformers leaves them out before it renders, and templates rely on it."""
    return {key: value for key, value in message.items() if value is not None}


def _library() -> tuple[type[Exception], Any]:
    try:
        from jinja2.exceptions import TemplateError
        from transformers.utils.chat_template_utils import render_jinja_template
    except ImportError as error:
        raise RunError(
            f"chat templates need transformers and jinja2: pip install 'envscale[train]' ({error})"
        ) from error
    return TemplateError, render_jinja_template


def conversation(row: Mapping[str, Json], reasoning: bool) -> tuple[list[dict[str, Json]], list[Json]]:
    """Messages and tools of a row; without what the model thought unless ``reasoning``.

    Raises:
        Unfit: they are not in the chat format of ``agentgym.learn.rows``.
    """
    messages, tools = row.get("messages"), row.get("tools") or []
    if not isinstance(messages, list) or not messages or not isinstance(tools, list):
        raise Unfit(MALFORMED, "a row has a list 'messages' and a list 'tools'; make rows with `agentgym export`")
    for name, items, flaw in (("messages", messages, _message_flaw), ("tools", tools, _tool_flaw)):
        for index, item in enumerate(items):
            if wrong := flaw(item):
                raise Unfit(MALFORMED, f"{name}[{index}] {wrong}; make rows with `agentgym export`")
    hidden = () if reasoning else THOUGHTS
    return [{key: value for key, value in message.items() if key not in hidden} for message in messages], tools


def _message_flaw(message: Json) -> str:
    """What is wrong with a message, as the end of a sentence; "" where nothing is."""
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        return f"has no role of {', '.join(sorted(ROLES))}"
    for key in ("content", *THOUGHTS):
        if not isinstance(message.get(key) or "", str):
            return f"has a {key} that is no text"
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list):
        return "has tool_calls that are no list"
    for call in calls:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("arguments"), dict):
            return "has a tool call without arguments as an object"
        if not isinstance(function.get("name"), str):
            return "has a tool call without a name"
    return ""


def _tool_flaw(tool: Json) -> str:
    return "" if isinstance(tool, dict) else "is no object"
