"""Arithmetic that official calculators would not come back from."""

from __future__ import annotations

import re

from agentgym.spaces import REFUSED, Call

_PLAIN = re.compile(r"\s*\d{1,2}(?![\d.])")
_LONGEST = 500  # characters before a power
_REFUSAL = f"{REFUSED}an expression has at most one power, with a plain exponent below 100"


def endless(call: Call) -> str | None:
    """Why ``call`` is not passed on; None where it may be.

    The calculators of τ-bench and τ²-bench evaluate any formula of digits and operators: that of ``9**9**9`` would take
    the process with it.
    """
    expression = call.arguments.get("expression")
    if call.name != "calculate" or not isinstance(expression, str) or "**" not in expression:
        return None
    before, _, after = expression.partition("**")
    small = _PLAIN.match(after) is not None and "**" not in after and len(before) < _LONGEST
    return None if small else _REFUSAL
