"""Why a row cannot be trained on."""

from __future__ import annotations

from agentgym.errors import RunError

FORGED = "a control token in the text of a message or tool"
TURNS = "its text would change where turns begin or end"
MERGED = "a token lies across the border of an assistant turn"
SILENT = "no token of it would be supervised"
MALFORMED = "its messages are not in the chat format"
REFUSED = "the chat template refuses it"


class Unfit(RunError):
    """A row that must not be trained on: ``reason`` is one of the few above, ``detail`` says where and what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[Unfit], tuple[str, str]]:
        return Unfit, (self.reason, self.detail)  # worker processes send it home
