"""Foreign text never forges a turn: checked in every row, whatever control tokens it imitates.

Two checks, independent of each other. ``inspect`` looks into every text of a row for the control tokens of this
tokenizer and of all chat templates that ``agentgym.hygiene`` knows. ``verify`` compares what came out: the control
tokens among the ids must be, one by one, those that the template writes for a conversation of the same form in which
every text is harmless. A row that fails is refused with its place; nothing is repaired in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from agentgym import hygiene
from agentgym.learn.chat.rendering import Rendered
from agentgym.learn.chat.unfit import FORGED, MALFORMED, TURNS, Unfit
from agentgym.types import Json

_SURROGATE = re.compile("[\ud800-\udfff]")
STAND_IN = "x"  # for any text: it is in no control token, and no template looks for it


class Tokenizer(Protocol):
    """What is used of a fast tokenizer of transformers."""

    chat_template: Any  # text, or a dict of texts by name
    is_fast: bool

    @property
    def special_tokens_map(self) -> Mapping[str, Any]: ...

    @property
    def added_tokens_decoder(self) -> Mapping[int, Any]: ...

    def __call__(self, text: str, /, **options: Any) -> Any: ...


@dataclass(frozen=True)
class Controls:
    """The control tokens of a tokenizer: its special tokens, and those added ones that the template writes."""

    ids: Mapping[str, int]

    @classmethod
    def of(cls, tokenizer: Tokenizer, template: str) -> Controls:
        """Added tokens that are plain words, as some tokenizers have for runs of spaces, are no control tokens."""
        added = ((token.content, token.special, number) for number, token in tokenizer.added_tokens_decoder.items())
        return cls({text: number for text, special, number in added if text.strip() and (special or text in template)})

    @cached_property
    def numbers(self) -> frozenset[int]:
        return frozenset(self.ids.values())

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.ids, key=lambda text: (-len(text), text))
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def written(self, text: str) -> list[int]:
        """The ids of the control tokens in ``text``, in order."""
        return [self.ids[token] for token in self._pattern.findall(text)]

    def first(self, text: str) -> str:
        """The first control token in ``text``, of this tokenizer or any known template; "" where there is none."""
        found = self._pattern.search(text)
        return found.group() if found else next(iter(hygiene.controls(text)), "")


def inspect(messages: Sequence[Mapping[str, Json]], tools: Sequence[Json], controls: Controls) -> None:
    """Raise Unfit where a text of the row, the assistant's own included, holds a control token or is no Unicode."""
    for name, value, remedy in (
        ("messages", list(messages), "export the row anew, or pass foreign text through hygiene.neutralise"),
        ("tools", list(tools), "pass the tools through hygiene.clean_schema"),
    ):
        texts = list(hygiene.texts(value))
        together = "\n".join(texts)  # all at once, which is fast; what only seems a token across texts is none
        if _SURROGATE.search(together):
            half = next(text for text in texts if _SURROGATE.search(text))
            raise Unfit(MALFORMED, f"half a surrogate pair is in {name}{_place(value, half)}; write the text anew")
        if controls.first(together):
            for text in texts:
                if token := controls.first(text):
                    raise Unfit(FORGED, f"{token!r} in {name}{_place(value, text)}; {remedy}")


def verify(ids: Sequence[int], rendered: Rendered, harmless: Rendered, controls: Controls) -> None:
    """Raise Unfit unless ``ids`` have the control tokens of the ``harmless`` rendering, and as many assistant parts."""
    found = [number for number in ids if number in controls.numbers]
    expected = controls.written(harmless.text)
    if found != expected:
        at = next((i for i, pair in enumerate(zip(found, expected, strict=False)) if len(set(pair)) > 1), None)
        names = {number: text for text, number in controls.ids.items()}
        token = names[found[at]] if at is not None else f"{len(found)} control tokens, not {len(expected)}"
        raise Unfit(TURNS, f"{token!r} is not from the template; pass foreign text through hygiene.neutralise")
    if len(rendered.spans) != len(harmless.spans):
        raise Unfit(TURNS, f"{len(rendered.spans)} assistant parts, not {len(harmless.spans)}")


def skeleton(messages: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """A conversation of the same form, every text of which is harmless. Tools are the same: ``inspect`` reads them."""
    return [_harmless(message) for message in messages]


def _harmless(message: Mapping[str, Json]) -> dict[str, Json]:
    out = {key: _replaced(value) for key, value in message.items() if key not in ("role", "tool_calls")}
    out["role"] = message["role"]
    if message.get("tool_calls"):
        out["tool_calls"] = [
            {**call, "function": {"name": STAND_IN, "arguments": _replaced(call["function"]["arguments"])}}
            for call in message["tool_calls"]
        ]
    return out


def _replaced(value: Json) -> Json:
    """Texts become ``x``, keys ``x0``, ``x1``, ...; blank texts stay: templates ask whether there is any text."""
    if isinstance(value, str):
        return STAND_IN if value.strip() else value
    if isinstance(value, dict):
        return {f"{STAND_IN}{i}": _replaced(inner) for i, inner in enumerate(value.values())}
    if isinstance(value, list | tuple):
        return [_replaced(inner) for inner in value]
    return value


def _place(value: Json, wanted: str) -> str:
    """Where ``wanted`` first stands in ``value``: ``[3].content``."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        here = f"[{key}]" if isinstance(key, int) else f".{key}"
        if key == wanted:
            return " (a key)"
        if inner == wanted:
            return here
        if isinstance(inner, dict | list | tuple) and any(text == wanted for text in hygiene.texts(inner)):
            return here + _place(inner, wanted)
    return ""
