"""A loaded tool, and the check its arguments pass before it runs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from agentgym.errors import ToolError, nearest
from agentgym.types import Json, Schema, ToolSpec
from agentgym.world.arguments import MAX_ARGUMENT_SIZE, SCALARS, Measure, copied, measure
from agentgym.world.canonical import INT63, is_text
from agentgym.world.keywords import MAX_ARGUMENT_DEPTH
from agentgym.world.naming import identifiers

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError


def argument_names(spec: ToolSpec) -> dict[str, str]:
    """Parameter name -> identifier in the tool's signature. Sorted first, so that no order of keys matters."""
    return identifiers(sorted(spec.parameters.get("properties", {})))


@dataclass(frozen=True)
class Tool:
    """A tool of a loaded domain."""

    spec: ToolSpec
    function: Callable[..., Any]  # called with a session, then identifiers as keywords
    writes: bool
    arguments: dict[str, str]  # parameter name -> identifier

    def bind(self, arguments: object) -> dict[str, Json]:
        """Keyword arguments for ``function``. Raises ``ToolError`` with what is wrong, where, and what was expected."""
        if type(arguments) is dict and self.measure(arguments):
            names = self.arguments
            return {
                names[name]: value if type(value) in SCALARS else copied(value) for name, value in arguments.items()
            }
        return self.bind_in_full(arguments)

    def bind_in_full(self, arguments: object) -> dict[str, Json]:
        """``bind`` without the quick check, whose every yes this one repeats; all messages come from here."""
        from jsonschema.exceptions import best_match

        if not isinstance(arguments, dict):
            raise ToolError(f"the arguments of {self.spec.name} are a JSON object, not {_kind(arguments)}")
        _Size().check(arguments, 0)
        for name in arguments:
            if name not in self.arguments:
                raise ToolError(f"{self.spec.name} has no argument {_short(name)}{suggestion(name, self.arguments)}")
        error = best_match(self._validator.iter_errors(arguments))
        if error is not None:
            raise ToolError(_explain(error))
        properties = self.spec.parameters.get("properties", {})
        return {self.arguments[name]: _integral(value, properties[name]) for name, value in arguments.items()}

    @cached_property
    def measure(self) -> Measure:
        """The quick check: what it measures is valid as it stands."""
        return measure(self.spec.parameters)

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator
        from referencing import Registry

        # An empty registry: a reference in a schema from the wild is never fetched.
        return Draft202012Validator(self.spec.parameters, registry=Registry())


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` or ``; known: ...``, to end an error message with."""
    names = sorted(known)
    return nearest(name, names) or (f"; known: {', '.join(names)[:600]}" if names else "; it takes none")


class _Size:
    """Refuses arguments that are not plain, finite, bounded JSON, before anything else looks at them."""

    def __init__(self) -> None:
        self.size = 0

    def check(self, value: object, depth: int) -> None:
        kind = type(value)
        self.size += len(value) + 1 if isinstance(value, str) else 1
        if self.size > MAX_ARGUMENT_SIZE:
            raise ToolError(f"the arguments are larger than {MAX_ARGUMENT_SIZE} characters")
        if depth > MAX_ARGUMENT_DEPTH:
            raise ToolError(f"the arguments are nested deeper than {MAX_ARGUMENT_DEPTH}")
        if isinstance(value, dict) and kind is dict:
            for key, element in value.items():
                if type(key) is not str:
                    raise ToolError(f"the arguments hold the key {_kind(key)}; keys are strings")
                self.check(key, depth)
                self.check(element, depth + 1)
        elif isinstance(value, list) and kind is list:
            for element in value:
                self.check(element, depth + 1)
        else:
            _check_scalar(value)


def _check_scalar(value: object) -> None:
    kind = type(value)
    if kind is float and not math.isfinite(value):  # type: ignore[arg-type]
        raise ToolError(f"the arguments hold {value}; JSON numbers are finite")
    if kind is int and not -INT63 <= value < INT63:  # type: ignore[operator]
        raise ToolError("the arguments hold an integer beyond 64 bits")
    if kind is str and not is_text(value):  # type: ignore[arg-type]
        raise ToolError("the arguments hold text with a lone surrogate")
    if value is not None and kind not in (bool, int, float, str):
        raise ToolError(f"the arguments hold {_kind(value)}, which is not JSON")


def _explain(error: ValidationError) -> str:
    path, wanted, got = _path(error), cast(Any, error.validator_value), cast(Any, error.instance)
    where = f"argument {path!r}" if path else "the arguments"
    if error.validator == "required":
        missing = ", ".join(repr(name) for name in wanted if name not in got)
        return f"{where}: {missing} missing" if path else f"missing argument {missing}"
    if error.validator == "type":
        expected = wanted if isinstance(wanted, str) else " or ".join(wanted)
        return f"{where}: expected {expected}, got {_kind(got)}: {_short(got)}"
    if error.validator == "enum":
        meant = nearest(str(got), [value for value in wanted if isinstance(value, str)])
        return f"{where}: {_short(got)} is not one of {_short(wanted, 400)}{meant}"
    return f"{where}: {error.message[:300]}"


def _path(error: ValidationError) -> str:
    """``items[0].quantity``"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return text.removeprefix(".")[:200]


def _integral(value: Json, schema: Schema) -> Json:
    """1.0 is an integer in JSON Schema; tools and columns want 1."""
    if isinstance(value, float) and value.is_integer():
        kinds = schema.get("type")
        kinds = [kinds] if isinstance(kinds, str) else kinds or []
        return int(value) if "integer" in kinds and "number" not in kinds else value
    if isinstance(value, list):
        items = schema.get("items")
        return [_integral(element, items) for element in value] if isinstance(items, dict) else list(value)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {name: _integral(element, properties.get(name) or {}) for name, element in value.items()}
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer"}
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")


def _short(value: object, limit: int = 80) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[:limit]}..."
