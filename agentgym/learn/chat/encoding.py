"""A row -> token ids and labels: exactly what the assistant wrote is supervised (paper 3.2, eq. 2).

The conversation is rendered as a whole, and the text is encoded as a whole, as a server does with a prompt: so what is
trained on is what will be seen. A token is supervised if it lies in what the template marks as written by the
assistant: its tool calls, its replies, and the end of its turn. Users, system text, tools and results never are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from agentgym.errors import RunError
from agentgym.learn.chat.guard import Controls, Tokenizer, inspect, skeleton, verify
from agentgym.learn.chat.rendering import Rendered, conversation, render
from agentgym.learn.chat.templates import ChatTemplate, special_tokens
from agentgym.learn.chat.texts import TextEncoder, Tokens
from agentgym.learn.chat.unfit import MERGED, SILENT, Unfit
from agentgym.types import Json

IGNORED = -100  # the label of a token without loss, as in torch and transformers
Reasoning = Literal["keep", "mask", "drop"]
THINK_END = "</think>"


class Encoded(NamedTuple):
    """A row as a causal language model is trained on it; both lists have one entry a token."""

    input_ids: list[int]
    labels: list[int]  # the id where the token is supervised, else -100


def encode(
    row: Mapping[str, Json], tokenizer: Tokenizer, template: ChatTemplate, *, reasoning: Reasoning = "keep"
) -> Encoded:
    """Token ids and labels of a row of ``agentgym.learn.rows``.

    ``reasoning`` decides what becomes of ``reasoning_content``: ``keep`` supervises it as part of the turn, as TRL's
    ``assistant_only_loss`` does; ``mask`` shows it and supervises only what follows, tool calls and replies, as eq. (2)
    is written; ``drop`` leaves it out. A template with think blocks writes an empty one where there is none.

    Raises:
        Unfit: the row must not be trained on; its ``reason`` and ``detail`` say why.
        RunError: the template cannot do what ``reasoning`` demands.
    """
    return Encoder(tokenizer, template, reasoning)(row)


class Encoder:
    """``encode`` for many rows with one tokenizer and one template."""

    def __init__(self, tokenizer: Tokenizer, template: ChatTemplate, reasoning: Reasoning) -> None:
        if reasoning not in get_args(Reasoning):
            raise RunError(f"reasoning {reasoning!r} is unknown; choose {', '.join(get_args(Reasoning))}")
        if not tokenizer.is_fast:
            raise RunError(
                f"{type(tokenizer).__name__} does not say where its tokens stand; load it with use_fast=True"
            )
        self._texts = TextEncoder(tokenizer)
        self._template = template
        self._reasoning: Reasoning = reasoning
        self._special = special_tokens(tokenizer)
        self._controls = Controls.of(tokenizer, template.text)

    def __call__(self, row: Mapping[str, Json]) -> Encoded:
        """Token ids and labels of ``row``, see ``encode``."""
        tokens, labels, _ = self._encoded(row)
        return Encoded(tokens.ids, labels)

    def pieces(self, row: Mapping[str, Json]) -> Iterator[tuple[str, int]]:
        """The text and label of each token, to look at. Of tokens that share a character, the first has it."""
        tokens, labels, text = self._encoded(row)
        shown = 0
        for (_, last), label in zip(tokens.places, labels, strict=True):
            yield text[shown:last], label
            shown = max(shown, last)

    def _encoded(self, row: Mapping[str, Json]) -> tuple[Tokens, list[int], str]:
        messages, tools = conversation(row, self._reasoning != "drop")
        check_reasoning(messages, self._template)
        inspect(messages, tools, self._controls)
        rendered = self._render(messages, tools)
        if not rendered.spans:
            raise Unfit(SILENT, "it has no assistant turn")
        tokens = self._texts(rendered.text, rendered.spans[0][0])
        verify(tokens.ids, rendered, self._render(skeleton(messages), tools), self._controls)
        spans = supervised(rendered, self._reasoning)
        self._check_borders(tokens, rendered, spans)
        labels = _labels(tokens, spans)
        if all(label == IGNORED for label in labels):
            raise Unfit(SILENT, "its assistant turns are empty")
        return tokens, labels, rendered.text

    def _check_borders(self, tokens: Tokens, rendered: Rendered, spans: Sequence[tuple[int, int]]) -> None:
        """Raise Unfit where a token lies across a border: of what is supervised, or of what a server's prompt holds.

        A prompt ends there, so the model would never meet that token.
        """
        opening = self._template.opening
        prompts = [start + len(opening) for start, _ in rendered.spans if rendered.text.startswith(opening, start)]
        for border in [*prompts, *(edge for span in (*rendered.spans, *spans) for edge in span)]:
            at = bisect_right(tokens.places, border, key=_last)
            if at < len(tokens.ids) and tokens.places[at][0] < border:
                first, last = tokens.places[at]
                raise Unfit(
                    MERGED,
                    f"{rendered.text[first:last]!r} at character {first} is the end of a prompt and the start of an "
                    "answer; strip the blanks around what was said, and keep thoughts if the template needs them",
                )

    def _render(self, messages: Sequence[Mapping[str, Json]], tools: Sequence[Json]) -> Rendered:
        return render(self._template.text, messages, tools, self._special)


def check_reasoning(messages: Sequence[Mapping[str, Json]], template: ChatTemplate) -> None:
    """Raise RunError where a row holds reasoning that ``template`` would not show in every turn."""
    if not template.reasoning and any(message.get("reasoning_content") for message in messages):
        raise RunError(
            f"template {template.name!r} does not show a model what it thought in earlier turns, so rows with "
            "reasoning_content would be trained on one text and served with another; pass reasoning='drop'"
        )


def supervised(rendered: Rendered, reasoning: Reasoning) -> list[tuple[int, int]]:
    """The characters with loss, part by part. With ``mask`` a part begins after its think block.

    No text of a message holds ``</think>``, see ``guard``: where it stands, the template wrote it.
    """
    if reasoning != "mask":
        return list(rendered.spans)
    out = []
    for start, end in rendered.spans:
        written = rendered.text[start:end]
        _, mark, said = written.rpartition(THINK_END)
        out.append((end - len(said.lstrip("\n")), end) if mark else (start, end))
    return out


def _labels(tokens: Tokens, spans: Sequence[tuple[int, int]]) -> list[int]:
    """The ids where a token lies within a span, else IGNORED. Places ascend, and so do spans."""
    labels = [IGNORED] * len(tokens.ids)
    for start, end in spans:
        at = bisect_right(tokens.places, start, key=_last)
        while at < len(labels) and tokens.places[at][0] < end:
            labels[at] = tokens.ids[at]
            at += 1
    return labels


def _last(place: tuple[int, int]) -> int:
    return place[1]
