"""Who is to blame for a failed episode: the agent, the user or the environment. The transcript alone decides.

User simulators fail too (the one of tau2-bench is at fault in 25.7% of the failed retail trajectories), and what they
spoil must not be charged to an agent. A user is at fault that ends a task unmet, keeps to itself what it was asked for
and knows, says what its own facts deny, or leaves while the agent is getting somewhere. The environment is at fault
where a tool broke. Every other failure is the agent's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agentgym.play.agents.agent import looks
from agentgym.spaces import REFUSED
from agentgym.tasks.saying import says
from agentgym.types import Fault, Message, Stop, Task, ToolCall
from agentgym.users.hearing import hear
from agentgym.users.knowledge import Knowledge, knowledge
from agentgym.users.statements import misstated
from agentgym.world.world import INTERNAL

BROKEN = "a tool broke"
SPEECHLESS = "the user could not answer"
STOPPED = "the user ended a task that was not met"
SILENT = "the user kept a fact to itself"
DENIED = "the user said what its facts deny"
LEFT = "the user left while the agent was getting somewhere"
FAILED = "the agent failed"


class Blame(NamedTuple):
    """Whose fault a failure is, and why in a countable phrase; both "" for a success."""

    fault: Fault
    reason: str = ""


def attribute(task: Task, messages: Sequence[Message], stop: Stop, reward: float) -> Fault:
    """Who is to blame for an episode that ended by ``stop`` with ``reward``; "" where it was paid."""
    return blame(task, messages, stop, reward).fault


def blame(task: Task, messages: Sequence[Message], stop: Stop, reward: float) -> Blame:
    """The same with its reason. The surest signs are asked for first."""
    if reward == 1.0:
        return Blame("")
    if any(message.error and message.content.startswith(f"{REFUSED}{INTERNAL}") for message in messages):
        return Blame("environment", BROKEN)
    if stop == "user_error":
        return Blame("user", SPEECHLESS)
    if stop == "user_done":
        return Blame("user", STOPPED)
    known = knowledge(task)
    if _silent(task, known, messages):
        return Blame("user", SILENT)
    if any(misstated(_besides(task, text), known) for text in _spoken(messages)[1:]):  # the opening may be wrong
        return Blame("user", DENIED)
    if stop == "user_gave_up" and _getting_on(task, messages):
        return Blame("user", LEFT)
    return Blame("agent", FAILED)


def _spoken(messages: Sequence[Message]) -> list[str]:
    return [message.content for message in messages if message.role == "user"]


def _besides(task: Task, text: str) -> str:
    """A message without what the task itself puts into the user's mouth, which is right."""
    own = [fact.text for fact in task.facts] + [goal.text for goal in task.goals] + [one.text for one in task.revisions]
    for sentence in own:
        text = text.replace(sentence, " ")
    return text


def _silent(task: Task, known: Knowledge, messages: Sequence[Message]) -> bool:
    """Whether the agent asked for a fact by its name, and the user never told it, from first to last."""
    said = _spoken(messages)
    missing = {
        place
        for place, fact in enumerate(known.facts)
        if not isinstance(fact.value, bool)  # a truth value has no words of its own to look for
        and not any(fact.text in text for text in said)
        and not any(says(text, fact.value) for text in said)
    }
    if not missing:
        return False
    answered = messages[:-1] if messages and messages[-1].role == "assistant" else messages  # the last word is unheard
    return any(
        not missing.isdisjoint(hear(message.content, known, task.intent).wanted)
        for message in answered
        if message.role == "assistant" and not message.tool_calls
    )


def _getting_on(task: Task, messages: Sequence[Message]) -> bool:
    """Whether the last calls before the user left were the ones that a goal was still waiting for."""
    turns = [place for place, message in enumerate(messages) if message.role == "user"]
    if len(turns) < 2:
        return False
    before, after = list(_made(messages[: turns[-2]])), list(_made(messages))
    if not task.writes:  # one call too many, and the sequence is lost
        return len(after) > len(before) and after == list(task.gold[: len(after)])
    expected = [*task.gold, *(call for revision in task.revisions for call in revision.calls)]
    if any(call not in expected and not looks(call.name) for call in after):
        return False  # it has changed what nobody asked for: nothing that it does now makes that good
    return any(
        _all_in(wanted, after) and not _all_in(wanted, before)
        for goal in task.goals
        if goal.changes and (wanted := [task.gold[place] for place in goal.calls])
    )


def _made(messages: Sequence[Message]) -> Iterator[ToolCall]:
    """The calls that no tool refused."""
    awaited: list[ToolCall] = []
    for message in messages:
        if message.role == "tool" and awaited:
            call = awaited.pop(0)
            if not message.error:
                yield call
        awaited += message.tool_calls


def _all_in(wanted: Sequence[ToolCall], made: Sequence[ToolCall]) -> bool:
    return all(call in made for call in wanted)
