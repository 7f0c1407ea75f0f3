"""Control tokens in text from outside: they are written so that no chat template can take them for its own.

A trainer renders messages to text and encodes it with a tokenizer that knows ``<|im_end|>`` or ``<tool_call>`` as one
token. Where a user, a tool's answer or a specification holds such text, a forged turn would be trained on, or the loss
mask would shift. What the model reads is kept, written another way; what it would learn to say is not changed at all,
so a row with a control token in an assistant turn is dropped.

The opening bracket of a control token becomes its JSON escape: ``<|im_end|>`` turns into ``\\u003c|im_end|>``. That
can be seen, which an invisible joiner or a look-alike cannot; it means the same inside the JSON that tools answer with,
where a plain backslash would break it; and ``restore`` gives back the very text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentgym.types import Json, Message

# What follows the opening bracket, as known chat templates have it. No body may hold a backslash: so an escape never
# lies within a token, and never makes one.
_BAR = "\N{FULLWIDTH VERTICAL LINE}"
_TAGS = (  # of Qwen, Hermes, GLM, R1, MiniMax, Kimi
    "think thinking reasoning tool tools tool_call tool_calls tool_response tool_responses tool_result tool_results "
    "tool_declare tool_output tool_sep function_call available_tools arg_key arg_value observation result"
)
_ENDS = "s bos eos pad unk mask cls sep sop eop BOS_TOKEN EOS_TOKEN PAD_TOKEN UNK_TOKEN SYS image end_of_utterance"
_MISTRAL = (
    "INST AVAILABLE_TOOLS TOOL_CALLS TOOL_RESULTS TOOL_CONTENT SYSTEM_PROMPT MODEL_SETTINGS THINK ARGS CALL_ID "
    "IMG IMG_BREAK IMG_END PREFIX MIDDLE SUFFIX"
)
_ANGLE = (
    r"\|[^\s<>|\\]{1,64}\|?>",  # <|im_start|> of ChatML, Llama 3, gpt-oss, Phi, GLM, Kimi; <|turn> of Gemma 4
    r"[A-Za-z_]{1,32}\|>",  # <turn|>, <tool_call|>
    rf"{_BAR}[^\s<>{_BAR}\\]{{1,64}}{_BAR}>",  # DeepSeek
    rf"/?(?:{'|'.join(_TAGS.split())}|{'|'.join(_ENDS.split())})>",
    r"/?(?:\w{1,16}:)?(?:functions?|function_calls|parameter|param|invoke)(?:(?:=| name=)[^<>\\]{0,128})?>",
    r"(?:start|end)_of_(?:turn|image|role|text)>",  # Gemma
    r"fim_(?:prefix|middle|suffix|pad)>",
)
_SQUARE = (rf"/?(?:{'|'.join(_MISTRAL.split())})\]", r"(?:gMASK|sMASK|MASK|BOS|EOS|PAD|UNK|CLS|SEP)\]")
_OF_ANGLE, _OF_SQUARE = "|".join(_ANGLE), "|".join(_SQUARE)
_CODES = {"<": "3c", "[": "5b"}
_SIGNS = {code: sign for sign, code in _CODES.items()}

# Each pattern begins with the signs it may begin with: long plain texts are then passed over quickly.
_CONTROL = re.compile(rf"[<\[](?:(?<=<)(?:{_OF_ANGLE})|(?<=\[)(?:{_OF_SQUARE}))")
# An opening bracket that is written as an escape, or as the escape of an escape, and so on.
_AS_ESCAPE = rf"(?:u005c)*u00(?:3c(?={_OF_ANGLE})|5b(?={_OF_SQUARE}))"
_ESCAPED = re.compile(rf"\\{_AS_ESCAPE}")
_OPENING = re.compile(
    rf"[<\[\\](?:(?<=<)(?={_OF_ANGLE})|(?<=\[)(?={_OF_SQUARE})|(?<=\\){_AS_ESCAPE})"
)  # fmt: skip


def controls(text: str) -> list[str]:
    """The control tokens of known chat templates that ``text`` holds, in order."""
    return _CONTROL.findall(text)


def neutralise(text: str) -> str:
    """``text`` without a control token. Text that never held one, nor the escape of one, is returned as it is."""
    return _OPENING.sub(_escape, text)


def restore(text: str) -> str:
    """The text that ``neutralise`` was given."""
    return _ESCAPED.sub(_unescape, text)


def _escape(match: re.Match[str]) -> str:
    """``<`` -> ``\\u003c`` -> ``\\u005cu003c`` -> ...: one step each, so that no two texts become the same."""
    opening = match.group()
    return rf"\u00{_CODES[opening]}" if opening in _CODES else rf"\u005c{opening[1:]}"


def _unescape(match: re.Match[str]) -> str:
    opening = match.group()
    return "\\" + opening[6:] if opening.startswith(r"\u005c") else _SIGNS[opening[-2:]]


# -- messages and tools ---------------------------------------------------------------------------


def forged(message: Message) -> str:
    """The first control token in what the assistant said, thought or called; "" where there is none."""
    said = [message.content, message.reasoning, *([call.name, call.arguments] for call in message.tool_calls)]
    return next(iter(tokens_of(said)), "")


def tokens_of(value: Json) -> list[str]:
    """The control tokens in every string of ``value``, keys too."""
    return [token for text in texts(value) for token in controls(text)]


def texts(value: Json) -> Iterator[str]:
    """Every string in ``value``, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


# Prose of a JSON Schema. The other strings (names, enums, patterns) are what calls are checked by: they stay.
_PROSE = frozenset({"description", "title", "examples", "example", "$comment"})


def clean_schema(value: Json, prose: bool = False) -> Json:
    """An OpenAI function list with the control tokens in its prose neutralised."""
    if isinstance(value, str):
        return neutralise(value) if prose else value
    if isinstance(value, list):
        return [clean_schema(inner, prose) for inner in value]
    if isinstance(value, dict):
        return {key: clean_schema(inner, prose or _is_prose(key, inner)) for key, inner in value.items()}
    return value


def _is_prose(key: str, value: Json) -> bool:
    """A property may be called ``description`` as well; its schema is an object and is gone through as any other."""
    return key in _PROSE and not isinstance(value, dict)
