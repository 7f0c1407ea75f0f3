"""The user an agent talks to. ``ScriptedUser`` needs no model: it tells the facts it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeAlias

from agentgym.files import digest
from agentgym.types import Fact, Stop, Task

PATIENCE = 3  # messages that bring the user nowhere, before it gives up
READ = 4000  # characters of a message the user reads

_ASKING = re.compile(
    r"\?|\b(?:please (?:provide|tell|give|share|confirm|specify|send|enter|let me know)|(?:can|could|may|would) you"
    r"|i(?:'ll| will)? need|i require|let me know|what is|which)\b",
    re.IGNORECASE,
)
_CONFIRMING = re.compile(
    r"\b(?:shall i|should i|do you want|would you like|confirm|proceed|go ahead|yes/no|yes or no"
    r"|are you sure|is (?:that|this) (?:right|correct)|correct\?)",
    re.IGNORECASE,
)
_SYNONYMS = {
    "id": "id", "ids": "id", "identifier": "id", "number": "id", "no": "id", "code": "id",
    "mail": "email", "emails": "email", "telephone": "phone", "mobile": "phone",
    "cost": "price", "amount": "amount", "sum": "amount", "why": "reason", "where": "address", "when": "date",
}  # fmt: skip
_VAGUE = frozenset({"id", "name", "date", "time", "type", "status"})  # heads that many labels share


class Reply(NamedTuple):
    """What the user says, and why the episode ends there, if it does."""

    text: str
    stop: Stop | None = None


class Sight(NamedTuple):
    """What the user sees of their own affairs when the agent has spoken."""

    met: bool  # all is as they wanted it, and they have been told what they asked for
    open: tuple[int, ...] = ()  # the task's goals, by place, that are not done; () where met


class User(Protocol):
    """Whoever talks with the agent. One that asks a model may also have ``areply``, the same as a coroutine."""

    def open(self) -> str:
        """The first message."""
        ...

    def reply(self, message: str, sight: Sight) -> Reply:
        """Answer ``message``. Raises an ``AgentGymError`` where it cannot."""
        ...


UserFactory: TypeAlias = Callable[[Task, int], User]  # (task, seed) -> a user for one episode


class ScriptedUser:
    """A user that follows rules: it knows the task's facts, and stops when it is served or has had enough.

    It is small, a few machine words, so that a process can hold many thousands of parked episodes.
    """

    __slots__ = ("_patience", "_said", "_seed", "_task", "_told")

    def __init__(self, task: Task, seed: int = 0) -> None:
        self._task = task
        self._seed = seed
        self._said = 0  # phrases so far; each is chosen by the seed and its number
        self._told = 0  # bit i: fact i
        self._patience = PATIENCE

    def open(self) -> str:
        return self._task.intent

    def reply(self, message: str, sight: Sight) -> Reply:
        message = message[:READ]
        asking = _ASKING.search(message) is not None
        confirming = asking and _CONFIRMING.search(message) is not None
        asked = self._asked_for(message) if asking else []
        if sight.met:  # whatever the agent asks: "Is there anything else?" needs no answer but this
            return Reply(self._say("Thank you, that is all.", "Great, thanks for your help!", "Perfect."), "user_done")
        if asked and (not confirming or self._untold(asked)):
            return Reply(self._tell(asked))
        if confirming:
            return Reply(self._say("Yes, please.", "Yes, go ahead.", "Yes, that is right."))
        untold = self._untold(range(len(self._task.facts)))
        if asking and untold:
            return Reply(self._tell(untold[:2]))
        return self._not_yet(asking, untold)

    def _not_yet(self, asking: bool, untold: list[int]) -> Reply:
        """The agent claims to be done, or asks what the user does not know."""
        self._patience -= 1
        if self._patience <= 0:
            return Reply(self._say("Never mind, I will try elsewhere.", "This is not working."), "user_gave_up")
        if asking:
            return Reply(self._say("I have told you everything I know.", "I don't know that, sorry."))
        opening = self._say(
            "I can't see that it is done yet.", "That does not look finished to me.", "It is not done yet."
        )
        return Reply(f"{opening} {self._tell(untold[:1]) if untold else self._task.intent}")

    def _untold(self, indexes: Iterable[int]) -> list[int]:
        return [index for index in indexes if not self._told >> index & 1]

    def _tell(self, indexes: list[int]) -> str:
        for index in indexes:
            self._told |= 1 << index
        return " ".join(self._task.facts[index].text for index in indexes)

    def _say(self, *choices: str) -> str:
        self._said += 1
        return choices[int(digest([self._task.id, self._seed, self._said]), 16) % len(choices)]

    def _asked_for(self, message: str) -> list[int]:
        """The facts whose labels the message names; of labels with one head noun, those that match best."""
        said = frozenset(_words(message))
        best: dict[str, int] = {}
        found: list[tuple[int, str, int]] = []
        for index, fact in enumerate(self._task.facts):
            head, score = _match(fact, said)
            if score:
                found.append((index, head, score))
                best[head] = max(best.get(head, 0), score)
        return [index for index, head, score in found if score == best[head]]


def _match(fact: Fact, said: frozenset[str]) -> tuple[str, int]:
    """The label's head noun, and how many of its words were said; 0 where too few to mean this label."""
    label = _words(fact.label)
    if not label or label[-1] not in said:
        return "", 0
    score = sum(word in said for word in set(label))
    alone = label[-1] in _VAGUE and len(label) > 1 and score == 1
    return label[-1], 0 if alone else score


def _words(text: str) -> list[str]:
    plain = re.sub(r"e-mail", "email", text.lower()).replace("_", " ")
    words = re.findall(r"[a-z0-9]+", plain)
    return [_SYNONYMS.get(word) or _SYNONYMS.get(word.removesuffix("s")) or word.removesuffix("s") for word in words]
