"""Gymnasium spaces of text: what an agent may send, and what it reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import orjson
from gymnasium import Space

from agentgym.errors import ToolError
from agentgym.result import ToolResult
from agentgym.types import Json, Schema

RESPOND = "respond"  # the pseudo tool that carries a message to the user
REFUSED = "Error: "  # begins the observation of a call that was refused, or of an action that is none
MAX_ACTION = 128 * 1024  # characters
MAX_DEPTH = 64  # of nesting; the world allows less, but says so in the tool's own words

_KEYS = frozenset({"name", "arguments"})
_INT63 = 2**63
_WORDS = ("amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "harbor", "iris", "juniper", "kelp", "lotus")
_MESSAGES = ("How can I help you?", "Could you tell me more?", "Please give me your id.", "It is done.")
_FORMATS = {
    "date": "2026-03-02", "date-time": "2026-03-02T09:00:00", "time": "09:00:00", "email": "amber@example.com",
    "uri": "https://example.com/amber", "uuid": "123e4567-e89b-12d3-a456-426614174000",
}  # fmt: skip
_ATTEMPTS = 10


class Call(NamedTuple):
    """A tool call as an agent sent it: its form is right, nothing else is checked yet."""

    name: str
    arguments: dict[str, Json]


Parsed: TypeAlias = Call | str | ToolError  # a call, a message to the user, or why an action is neither


def parse_action(action: object) -> Call | str:
    """A tool call, or the text of a message to the user.

    ``{"name": ..., "arguments": {...}}`` is a call; ``respond`` with ``content``, or any text that does not start with
    "{", is a message. Raises ``ToolError`` saying what an action must look like.
    """
    if not isinstance(action, str):
        raise ToolError(f"an action is a string, not a {type(action).__name__}")
    if len(action) > MAX_ACTION:
        raise ToolError(f"an action has at most {MAX_ACTION} characters, not {len(action)}")
    if not action.lstrip().startswith("{"):
        return _message(action)
    value = _parsed(action)
    name, arguments = value.get("name"), value.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict) or not value.keys() <= _KEYS:
        raise ToolError('a tool call has "name", a string, and "arguments", an object, and nothing else')
    if name != RESPOND:
        return Call(name, arguments)
    if set(arguments) != {"content"} or not isinstance(arguments["content"], str):
        raise ToolError('respond takes "content", the text of the message, and nothing else')
    return _message(arguments["content"])


def understood(action: object) -> Parsed:
    """What ``parse_action`` says, its refusal as a value too."""
    try:
        return parse_action(action)
    except ToolError as error:
        return error


def observe(result: ToolResult) -> str:
    """A tool's answer as the agent reads it: compact JSON, or ``Error: ...``."""
    if result.error is not None:
        return f"{REFUSED}{result.error}"
    return encode(result.content) if result.text is None else result.text.decode()


def encode(value: Json) -> str:
    """Compact JSON text."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # what a world never returns, such as an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parsed(action: str) -> dict[str, Json]:
    nests = action.count("{") + action.count("[") > MAX_DEPTH  # perhaps; brackets inside strings count too
    try:
        value = orjson.loads(action)
        if not nests and not _vast(value):
            return value  # type: ignore[no-any-return]  # it starts with a brace
    except ValueError:
        pass
    try:  # again, by the parser that keeps long integers and explains what is wrong
        value = json.loads(action)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")  # a file must hold it
    except (ValueError, RecursionError) as error:
        raise ToolError(f'a tool call is a JSON object {{"name": ..., "arguments": {{...}}}}: {error}') from error
    if nests and _deeper(value, MAX_DEPTH):
        raise ToolError(f"a tool call is nested at most {MAX_DEPTH} deep")
    return value  # type: ignore[no-any-return]


def _vast(value: Json) -> bool:
    """Whether a number in ``value`` may be an integer too long for 64 bits, which orjson reads as a rounded float."""
    kind = type(value)
    if kind is float:
        return not -_INT63 <= value < _INT63
    if kind is dict:
        return any(map(_vast, value.values()))
    return kind is list and any(map(_vast, value))


def _deeper(value: Json, limit: int) -> bool:
    """Whether ``value`` nests deeper than ``limit``; level by level, since Python's own limits differ by version."""
    level = [value]
    for _ in range(limit):
        level = [inner for one in level if isinstance(one, (dict, list)) for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: dict[str, Json] | list[Json]) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value


def _message(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ToolError("the message holds a lone surrogate, which is no text") from None
    return text


class Observation(Space[str]):
    """Any text: a tool's result as JSON, an error, or what the user says."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(shape=None, dtype=None, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        count = int(self.np_random.integers(1, 8))
        return " ".join(_WORDS[int(self.np_random.integers(len(_WORDS)))] for _ in range(count))

    def contains(self, x: Any) -> bool:
        return isinstance(x, str)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __repr__(self) -> str:
        return "Observation()"


class Action(Space[str]):
    """Any text is an action; ``sample`` gives calls that fit a tool's schema, and now and then a message."""

    def __init__(self, tools: Sequence[tuple[str, Schema]] = (), seed: int | None = None) -> None:
        """``tools``: name and parameter schema of each tool."""
        self.tools = tuple(tools)
        super().__init__(shape=None, dtype=None, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        if self.tools and self.np_random.random() < 0.9:
            for _ in range(_ATTEMPTS):
                name, schema = self.tools[int(self.np_random.integers(len(self.tools)))]
                arguments = self._arguments(schema)
                if arguments is not None:
                    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
        content = _MESSAGES[int(self.np_random.integers(len(_MESSAGES)))]
        return json.dumps({"name": RESPOND, "arguments": {"content": content}})

    def contains(self, x: Any) -> bool:
        return isinstance(x, str)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Action) and other.tools == self.tools

    def __repr__(self) -> str:
        return f"Action({len(self.tools)} tools)"

    def _arguments(self, schema: Schema) -> Json:
        """Arguments the schema accepts; None where some pattern or combination is too hard to hit."""
        from jsonschema import Draft202012Validator
        from referencing import Registry

        validator = Draft202012Validator(schema, registry=Registry())
        for _ in range(_ATTEMPTS):
            value = _Sampler(self.np_random).value({"type": "object", **schema}, 0)
            try:
                if validator.is_valid(value):
                    return value
            except Exception:  # a schema from the wild that no validator can read
                return None
        return None


class _Sampler:
    """Random values for JSON Schemas; the caller checks them, since some schemas need luck."""

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def value(self, schema: Schema, depth: int) -> Json:
        if "const" in schema:
            return schema["const"]
        for source in ("enum", "examples"):
            if schema.get(source):
                return self.one_of(schema[source])
        for choice in ("anyOf", "oneOf"):
            if schema.get(choice):
                rest = {key: value for key, value in schema.items() if key != choice}
                return self.value({**rest, **self.one_of(schema[choice])}, depth)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        make = getattr(self, f"{self.one_of(kind) if isinstance(kind, list) else kind}_", self.string_)
        return make(schema, depth)

    def one_of(self, values: Sequence[Any]) -> Any:
        return values[int(self.generator.integers(len(values)))]

    def object_(self, schema: Schema, depth: int) -> Json:
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        chosen = [name for name in properties if name in required or (depth < 4 and self.generator.random() < 0.3)]
        return {name: self.value(properties[name], depth + 1) for name in chosen}

    def array_(self, schema: Schema, depth: int) -> Json:
        low = int(schema.get("minItems", 0))
        high = min(int(schema.get("maxItems", low + 2)), low + 2)
        items = schema.get("items")
        size = int(self.generator.integers(low, max(low, high) + 1))
        return [self.value(items if isinstance(items, dict) else {}, depth + 1) for _ in range(size)]

    def integer_(self, schema: Schema, depth: int) -> Json:
        step = int(schema.get("multipleOf", 1)) or 1
        low = int(schema.get("minimum", int(schema.get("exclusiveMinimum", -1)) + 1))
        high = int(schema.get("maximum", int(schema.get("exclusiveMaximum", low + 101)) - 1))
        low, high = -(-low // step), high // step
        return int(self.generator.integers(low, max(low, min(high, low + 2**40)) + 1)) * step

    def number_(self, schema: Schema, depth: int) -> Json:
        low: Any = schema.get("minimum", schema.get("exclusiveMinimum", 0.0))
        high: Any = schema.get("maximum", schema.get("exclusiveMaximum", low + 100.0))
        return round(low + (high - low) * float(self.generator.uniform(0.01, 0.99)), 2)

    def boolean_(self, schema: Schema, depth: int) -> Json:
        return bool(self.generator.random() < 0.5)

    def null_(self, schema: Schema, depth: int) -> Json:
        return None

    def string_(self, schema: Schema, depth: int) -> Json:
        text = _FORMATS.get(schema.get("format", "")) or f"{self.one_of(_WORDS)}{int(self.generator.integers(100))}"
        text = text.ljust(int(schema.get("minLength", 0)), "x")
        return text[: int(schema["maxLength"])] if "maxLength" in schema else text
