"""What the planner says: questions, reports, refusals."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym.play.agents.agent import parsed
from agentgym.play.agents.planner.acting import Answer
from agentgym.play.agents.planner.memory import scalars
from agentgym.play.agents.planner.text import spoken
from agentgym.types import Json
from agentgym.world.naming import words

_LONGEST = 1500  # characters of a report
_ROWS = 12  # rows of a list that are told in full


def listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def question(labels: Sequence[str], *, writes: bool, again: bool) -> str:
    """Ask for what is missing, and before a change whether all is right."""
    wanted = listed([f"the {label}" for label in dict.fromkeys(labels)])
    if not wanted:
        return f"Before I {'make any change' if writes else 'start'}: shall I go ahead as you described it?"
    lead = f"I still need to know more. Could you tell me {wanted}?" if again else f"Could you tell me {wanted}?"
    return f"{lead} And shall I then go ahead as you described it?" if writes and not again else lead


def report(done: Sequence[Answer], failed: Sequence[str]) -> str:
    """What was done and found, and what could not be done."""
    parts = [_told(answer) for answer in done] + [f"I could not do this: {reason}." for reason in failed]
    text = " ".join(parts) or "I could not find out what to do."
    return text[:_LONGEST]


def _told(answer: Answer) -> str:
    what = " ".join(words(answer.tool.name))
    content = parsed(answer.text)
    if answer.tool.reads:
        return f"Here is what I found ({what}): {_shown(content)}."
    return f"I have done this: {what}. {_shown(content)}".rstrip() + "."


def _shown(content: Json) -> str:
    """The plain values of an answer, in a phrase."""
    if isinstance(content, dict):
        inner = [value for value in content.values() if isinstance(value, list)]
        rows = "; ".join(_shown(value) for value in inner[:2] if value and isinstance(value[0], dict))
        pairs = ", ".join(f"{' '.join(words(name))} {spoken(value)}" for name, value in scalars(content))
        return "; ".join(filter(None, [pairs, rows]))
    if isinstance(content, list):
        rows = "; ".join(_shown(one) for one in content[:_ROWS])
        return f"{len(content)} results{': ' if rows else ''}{rows}"
    return spoken(content)
