"""Tool calls that a model has written into its text, where its server knows no tools or does not parse them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from agentgym.llm.answers import arguments
from agentgym.llm.records import AskedCall
from agentgym.types import Json, Schema

_BLOCK = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)  # a stop text may eat the end
_FENCE = re.compile(r"\A```(?:json)?\s*(\{.*\})\s*```\Z", re.DOTALL)
_FUNCTION = re.compile(r"\A<function=([^>\s]+)>(.*?)(?:</function>)?\Z", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([^<>\s]+)>\n?(.*?)\n?\Z", re.DOTALL)


def written_calls(text: str, tools: Mapping[str, Schema]) -> tuple[str, tuple[AskedCall, ...]]:
    """What ``text`` says besides its calls, and the calls. ``tools``: parameter schemas by name.

    Hermes and Qwen write ``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``, Qwen3-Coder writes
    ``<tool_call><function=...><parameter=...>``. A text that is one JSON object naming a tool is a call too. A block
    that is none of these becomes a call with no name and its text as ``raw``, so that the model can be told.
    """
    blocks = [match.group(1).strip() for match in _BLOCK.finditer(text)]
    if blocks:
        said = _BLOCK.sub("", text).strip()
        return said, tuple(_call(number, block, tools) for number, block in enumerate(blocks))
    bare = _bare(text.strip(), tools)
    return ("", (bare,)) if bare is not None else (text, ())


def _bare(text: str, tools: Mapping[str, Schema]) -> AskedCall | None:
    fenced = _FENCE.match(text)
    value = _object(fenced.group(1) if fenced else text)
    return _named(0, value) if value is not None and value.get("name") in tools else None


def _call(number: int, block: str, tools: Mapping[str, Schema]) -> AskedCall:
    function = _FUNCTION.match(block)
    if function:
        return _of_parameters(number, function.group(1), function.group(2), tools)
    value = _object(block)
    call = _named(number, value) if value is not None else None
    return call or AskedCall(id=f"call_{number}", name="", raw=block)


def _named(number: int, value: dict[str, Json]) -> AskedCall | None:
    """The call that a JSON object makes; None where it makes none."""
    name = value.get("name")
    given = value.get("arguments", value.get("parameters", {}))  # Llama says parameters
    if not isinstance(name, str) or not name:
        return None
    raw = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return AskedCall(id=f"call_{number}", name=name, raw=raw, arguments=arguments(raw))


def _of_parameters(number: int, name: str, body: str, tools: Mapping[str, Schema]) -> AskedCall:
    """Qwen3-Coder's form knows no types: what the schema does not call a string is read as JSON where it can be."""
    types = tools.get(name, {}).get("properties", {})
    pieces = body.split("</parameter>")[:-1]  # split first: a search for both ends takes quadratic time on bad text
    found = [match.groups() for piece in pieces if (match := _PARAMETER.search(piece))]
    given = {key: _typed(text, types.get(key, {}).get("type")) for key, text in found}
    return AskedCall(id=f"call_{number}", name=name, raw=json.dumps(given, ensure_ascii=False), arguments=given)


def _typed(text: str, kind: Json) -> Json:
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _object(text: str) -> dict[str, Json] | None:
    return arguments(text) if text else None
