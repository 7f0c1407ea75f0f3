"""A conversation as token ids, piece by piece, as a policy reads it while it plays.

What the policy samples is never encoded again: the ids that come from it stand in the sequence as they are, and what
others say is encoded beside them, framed as the training template frames it. The sequence is then the one that
supervised training makes of the conversation, because the template is prefix-consistent: what it writes for a turn
does not depend on the turns that follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentgym.errors import RunError
from agentgym.learn.chat.guard import Controls, inspect
from agentgym.learn.chat.rendering import Rendered, render
from agentgym.learn.chat.templates import ChatTemplate, special_tokens
from agentgym.types import Json

_USER: Json = {"role": "user", "content": "."}
_SPOKEN: Json = {"role": "assistant", "content": "."}


class ChatDialogue:
    """Writes the messages of others by a chat template; a control token in one of them is refused with ``Unfit``."""

    def __init__(self, tokenizer: Any, template: ChatTemplate) -> None:
        """``tokenizer``: a fast one of transformers. Raises ``RunError`` where a turn ends with no control token."""
        self._tokenizer = tokenizer
        self._template = template
        self._special = special_tokens(tokenizer)
        self._controls = Controls.of(tokenizer, template.text)
        self.end = self._end_of(self._render([_USER, _SPOKEN]).written[-1])

    def opening(self, messages: Sequence[Json], tools: Sequence[Json]) -> list[int]:
        """The ids of the first messages, and of the beginning of the assistant's turn."""
        inspect(messages, tools, self._controls)
        return self._ids(self._render(messages, tools, prompt=True).text)

    def answers(self, messages: Sequence[Json]) -> list[int]:
        """The ids that follow the end of an assistant's turn: ``messages``, and the beginning of its next turn.

        ``messages`` are a user's one, or what tools answered, each with the ``name`` of its tool. Raises ``RunError``
        where the template rewrites a turn once it is answered.
        """
        inspect(messages, (), self._controls)
        before = [_USER, _before(messages)]
        start = self._render(before)
        whole = self._render([*before, *messages], prompt=True).text
        if not whole.startswith(start.text):
            raise RunError(
                f"the template {self._template.name!r} writes a turn of the assistant in another way once it is "
                "answered; take one that training_template() accepts"
            )
        mark = self.text([self.end])
        return self._ids(whole[start.text.rindex(mark) + len(mark) :])

    def text(self, ids: Sequence[int]) -> str:
        """What the ids say, control tokens included."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _end_of(self, turn: str) -> int:
        """The token that ends a turn of the assistant; a template may write blanks after it, which nobody samples."""
        marks = [token for token in self._ids(turn) if token in self._controls.numbers]
        if not marks:
            raise RunError(
                f"the template {self._template.name!r} ends a turn of the assistant with no control token of the "
                f"tokenizer: {turn!r}; a policy could not say where its turn ends"
            )
        return marks[-1]

    def _render(self, messages: Sequence[Json], tools: Sequence[Json] = (), *, prompt: bool = False) -> Rendered:
        return render(self._template.text, messages, tools, self._special, prompt=prompt)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))


def _before(messages: Sequence[Json]) -> Json:
    """A turn of the assistant that ``messages`` may answer."""
    calls = [
        {"type": "function", "id": message["tool_call_id"], "function": {"name": message["name"], "arguments": {}}}
        for message in messages
        if message["role"] == "tool"
    ]
    return {"role": "assistant", "content": "", "tool_calls": calls} if calls else _SPOKEN
