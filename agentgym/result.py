"""What a tool answered."""

from __future__ import annotations

import orjson

from agentgym.types import Json


class ToolResult:
    """What a tool answered: ``content``, a JSON value, on success, or the message of its refusal in ``error``.

    A world gives the content as the JSON ``text`` that an agent reads; it is parsed when it is asked for.
    """

    __slots__ = ("_content", "error", "text")

    def __init__(self, content: Json = None, error: str | None = None, *, text: bytes | None = None) -> None:
        self._content = content
        self.error = error
        self.text = text  # compact JSON of the content, where it is known already

    @property
    def content(self) -> Json:
        if self._content is None and self.text is not None:
            self._content = orjson.loads(self.text)
        return self._content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolResult) and (self.content, self.error) == (other.content, other.error)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ToolResult(content={self.content!r}, error={self.error!r})"
