"""Calls of every kind, right and wrong: what worlds are compared on."""

from __future__ import annotations

from random import Random

from agentgym.build.proof.calls import Caller
from agentgym.build.semantics.shapes import column_of, json_type, properties, required
from agentgym.build.values.draw import draw
from agentgym.types import Json, Rows, Schema, ToolCall, ToolSpec
from agentgym.world.load import LoadedDomain

_TEXTS: tuple[Json, ...] = (
    "", " ", "a", "e", "-", "0", "1", "%", "_", "/", "//", "/%", "%_/", "\\", "'", '"', "\x00", "a\x00b", "É", "ß",
    "\u202e", "\U0001d518", "\ud800", "null", "True", "[1]", "{}", "'; DROP TABLE user; --", ":a", "?", "a" * 300,
)  # fmt: skip
_NUMBERS: tuple[Json, ...] = (
    0, 1, 2, -1, 7, 1000, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**70, 0.0, -0.0, 1.0, 0.5, 0.1 + 0.2, 1e-9,
    1e16, 1e308, -1e308, float("inf"), float("nan"),
)  # fmt: skip
_OTHERS: tuple[Json, ...] = (
    None, True, False, [], {}, [[]], [[[[[[[[[[[[[[1]]]]]]]]]]]]]], {"": None}, [1, 1.0, True, "1", None],
    {"a": {"b": [False, 0, 0.0]}},
)  # fmt: skip
_STRANGERS = ("", "call", "__init__", "select", "\x00", "no_such_tool")


class Fuzzer:
    """Draws calls of a domain's tools: about half fit their tool and the rows at hand, the others are spoiled."""

    def __init__(self, loaded: LoadedDomain, chance: Random) -> None:
        self.chance = chance
        self.specs = {name: tool.spec for name, tool in loaded.tools.items()}
        tables = {table.name: table for table in loaded.domain.tables}
        self.callers = {
            binding.tool: Caller(self.specs[binding.tool], binding, tables) for binding in loaded.domain.bindings
        }

    def draw(self, rows: Rows) -> ToolCall:
        """The next call; ``rows`` are those of the moment, or of a while ago."""
        chance = self.chance
        name = chance.choice(sorted(self.specs))
        arguments = self._fitting(self.specs[name], rows)
        while chance.random() < 0.4:
            arguments = self._spoiled(arguments)
        return ToolCall(name=chance.choice(_STRANGERS) if chance.random() < 0.02 else name, arguments=arguments)

    def _fitting(self, spec: ToolSpec, rows: Rows) -> dict[str, Json]:
        """By the tool's binding where it has one, else by its schema alone."""
        chance = self.chance
        caller = self.callers.get(spec.name)
        if caller is not None and chance.random() < 0.8:
            return caller.draw(rows, chance, willing=chance.random() < 0.8, full=chance.random() < 0.3)
        return self._object(spec.parameters, rows)

    def _object(self, schema: Schema, rows: Rows) -> dict[str, Json]:
        insisted = required(schema)
        return {
            name: self._value(name, inner, rows)
            for name, inner in properties(schema).items()
            if name in insisted or self.chance.random() < 0.5
        }

    def _value(self, name: str, schema: Schema, rows: Rows) -> Json:
        """A value that some row holds under this name, or a new one."""
        chance, kind = self.chance, json_type(schema)
        items = schema.get("items")
        if kind == "array" and isinstance(items, dict):
            return [self._value(name, items, rows) for _ in range(chance.randint(0, 3))]
        if kind == "object" and properties(schema):
            return self._object(schema, rows)
        held = [row[name] for table in rows.values() for row in table if name in row]
        if held and chance.random() < 0.7:
            return chance.choice(held)
        return draw(column_of(name, schema), chance)

    def _spoiled(self, arguments: dict[str, Json]) -> dict[str, Json]:
        """``arguments`` with one left out, one too many, or one value replaced."""
        chance = self.chance
        way = chance.random()
        name = chance.choice(sorted(arguments)) if arguments else ""
        if way < 0.1:
            return {key: value for key, value in arguments.items() if key != name}
        if way < 0.2 or not arguments:
            return {**arguments, chance.choice(("extra", "session", "limit", "offset", "\x00")): self._odd(1)}
        if way < 0.3:  # the same arguments in another order
            return {key: arguments[key] for key in reversed(arguments)}
        return {**arguments, name: self._twisted(arguments[name])}

    def _twisted(self, value: Json) -> Json:
        """``value`` with something in it replaced, mostly by a value of the same type, which a tool gets to see."""
        chance = self.chance
        if isinstance(value, dict) and value and chance.random() < 0.7:
            return self._spoiled(value)
        if isinstance(value, list) and value and chance.random() < 0.7:
            place = chance.randrange(len(value))
            twice = [value[place]] * chance.randint(0, 2)  # an element gone, as it was, or there twice
            return [*value[:place], *(twice or [self._twisted(value[place])]), *value[place + 1 :]]
        if isinstance(value, str) and value and chance.random() < 0.5:
            start = chance.randrange(len(value))
            return chance.choice((value[start:], value[: start + 1], value.swapcase(), value + " ", f"{value}\x00"))
        return self._odd(value)

    def _odd(self, like: Json) -> Json:
        chance = self.chance
        if isinstance(like, bool) or like is None or chance.random() < 0.25:
            return chance.choice((*_TEXTS, *_NUMBERS, *_OTHERS))
        if isinstance(like, (int, float)):
            return chance.choice((*_NUMBERS, -like, float(like), like + 1))
        return chance.choice(_TEXTS if isinstance(like, str) else _OTHERS)
