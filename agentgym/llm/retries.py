"""When to ask an endpoint again, and how long to wait before."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from agentgym.errors import BadAnswer, LLMError, Overloaded, Unreachable
from agentgym.llm.records import Request

_LONGEST = 60.0  # seconds of a pause of our own; an endpoint may ask for more


def worth_it(error: LLMError) -> bool:
    """Whether the same request may go better another time."""
    return isinstance(error, (Unreachable, Overloaded, BadAnswer))


def pause(request: Request, attempt: int, base: float, headers: Mapping[str, str]) -> float:
    """Seconds to wait after failed ``attempt`` (0, 1, ...): what the endpoint asks for, or twice as long each time.

    The jitter, which keeps a thousand clients from coming back at once, is drawn from the request: it is the same in
    every run.
    """
    own = min(base * 2.0**attempt, _LONGEST) * random.Random(f"{request.digest}/{attempt}").uniform(0.5, 1.0)
    return max(own, retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that an endpoint asks to wait for; 0 where it does not say, or says it in no form we know."""
    text = headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        return _between(headers.get("date", ""), text)
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _between(now: str, then: str) -> float:
    """Seconds between two HTTP dates, by the endpoint's own clock."""
    try:
        return max(0.0, (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError):  # no dates, or one with a zone and one without
        return 0.0
