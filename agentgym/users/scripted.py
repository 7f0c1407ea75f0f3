"""A user that needs no model: it answers what it is asked, notices what was not done, and leaves when it is served."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from agentgym.tasks.phrases import INSTEAD, TELL, join
from agentgym.types import Task
from agentgym.users.hearing import READ, Heard, hear
from agentgym.users.knowledge import Knowledge, knowledge, roots
from agentgym.users.user import Reply, Sight
from agentgym.users.voice import MANNERS, Bank, Manner

PATIENCE = 3  # messages in a row that bring the user nowhere, before it gives up

_WHOLE = 2  # what a message costs that leads nowhere
_HALF = 1  # what a question costs that was answered before, or a proposal
_FULL = PATIENCE * _WHOLE


class ScriptedUser:
    """A user that follows rules. What it says is its task's intent, facts, goals and revision, in stock phrases.

    ``seed`` draws its manner: how it words things, and how much it says unasked. It is small, a few machine words, so
    that a process can hold many thousands of parked episodes.
    """

    __slots__ = ("_accepted", "_dice", "_left", "_patience", "_revised", "_task", "_told")

    def __init__(self, task: Task, seed: int = 0) -> None:
        self._task = task
        self._dice = zlib.crc32(f"{task.id}/{seed}".encode("utf-8", "surrogatepass"))
        self._told = 0  # bit i: fact i
        self._accepted = 0  # bit i: goal i cannot be had, as it was told
        self._left = 2 * len(task.goals)  # what was left to do and to tell when it last looked, at the least
        self._revised = not task.revisions
        self._patience = _FULL

    def open(self) -> str:
        return self._task.intent

    def reply(self, message: str, sight: Sight) -> Reply:
        if sight.met:  # whatever the agent asks: "Is there anything else?" needs no answer but this
            return Reply(self._say(self._manner.thanks), "user_done")
        known = knowledge(self._task)
        heard = hear(message, known, self._task.intent)
        if not self._revised:
            return Reply(self._think_again(heard, known))
        left = 2 * len(sight.open) - len(sight.unsaid)
        asked = [place for place in heard.wanted if self._new(place)]
        text, cost = self._answer(message, heard, known, sight)
        if left < self._left or any(not self._new(place) for place in asked):
            self._left, self._patience = min(left, self._left), _FULL
        self._patience -= cost
        if self._patience <= 0:
            return Reply(self._say(self._manner.leaving), "user_gave_up")
        return Reply(text)

    # -- what to say --------------------------------------------------------------------------------------

    def _answer(self, message: str, heard: Heard, known: Knowledge, sight: Sight) -> tuple[str, int]:
        """The answer, and what it costs in patience: nothing where the agent is getting on."""
        manner = self._manner
        refused = self._refused(message, sight) if heard.refuses else None
        untold = [place for place in heard.wanted if self._new(place)]
        if refused is not None:
            return self._accept(refused, untold, known, sight)
        if heard.wrong:
            return self._say(manner.no).format(self._tell([*heard.wrong, *untold], known)), _HALF
        proposes = heard.confirms and not heard.chooses
        if untold:
            extra = [place for place in self._untold(known) if place not in heard.wanted][: manner.extra]
            told = self._tell(untold if proposes else [*heard.wanted, *extra], known)
            return f"{self._say(manner.yes)} {told}" if proposes else told, 0
        if heard.wanted and not proposes:
            return self._tell(heard.wanted, known), _HALF
        if heard.refuses and sight.open:
            return self._insist(sight), _WHOLE
        if heard.chooses and sight.open:
            return self._notice(sight), _WHOLE
        if heard.confirms and not heard.closes:
            return self._say(manner.yes), _HALF
        if heard.waits:
            return self._say(manner.waiting), _HALF
        if heard.asks and not heard.closes:
            return self._help(heard, known), _WHOLE
        return self._complain(known, sight), _WHOLE

    def _help(self, heard: Heard, known: Knowledge) -> str:
        """Answer a question that names no fact: with what it may be about, or with what was not told yet."""
        untold = self._untold(known)
        likely = [place for place in heard.akin if self._new(place)]
        if likely or untold:
            return self._tell((likely or untold)[: self._manner.untold], known)
        if heard.akin:
            return self._tell(heard.akin[: self._manner.untold], known)
        return self._say(self._manner.unknown)

    def _complain(self, known: Knowledge, sight: Sight) -> str:
        """The agent thinks that all is done, or says nothing that helps."""
        untold = self._untold(known)[: self._manner.extra]
        text = self._notice(sight)
        return f"{text} {self._tell(untold, known)}" if untold else text

    def _notice(self, sight: Sight) -> str:
        """What was not done, or not told."""
        manner, goals = self._manner, self._task.goals
        wishes = [self._wish(place) for place in sight.open if place not in sight.unsaid]
        if wishes:
            return self._say(manner.todo).format(join(wishes[: manner.goals]))
        if sight.unsaid:
            questions = [_question(goals[place].text) for place in sight.unsaid]
            return self._say(manner.unsaid).format(join(questions[: manner.goals]))
        return self._say(manner.amiss)

    def _wish(self, place: int) -> str:
        """A goal's text; of one that cannot be had, what is accepted instead."""
        text = self._task.goals[place].text
        return _fallback(text) if self._accepted >> place & 1 else text

    def _accept(self, place: int, untold: list[int], known: Knowledge, sight: Sight) -> tuple[str, int]:
        """The agent may not do what was asked: be content with that, and name what is wanted instead."""
        manner = self._manner
        first = not self._accepted >> place & 1
        self._accepted |= 1 << place
        if self._task.goals[place].calls:
            text = self._say(manner.instead).format(_fallback(self._task.goals[place].text))
        else:
            text = self._say(manner.accepted)
            text = f"{text} {self._say(manner.rest)}" if sight.open else text
        return (f"{text} {self._tell(untold, known)}" if untold else text), 0 if first else _HALF

    def _insist(self, sight: Sight) -> str:
        wish = next((place for place in sight.open if place not in sight.unsaid), None)
        return self._notice(sight) if wish is None else self._say(self._manner.insisting).format(self._wish(wish))

    def _refused(self, message: str, sight: Sight) -> int | None:
        """The goal that a rule forbids and the agent speaks of: the likeliest of those not accepted yet, or open."""
        goals = self._task.goals
        places = [place for place, goal in enumerate(goals) if goal.refused]
        fresh = [place for place in places if not self._accepted >> place & 1]
        choice = fresh or [place for place in places if place in sight.open]
        said = frozenset(roots(message[:READ])) if len(choice) > 1 else frozenset()
        return max(choice, key=lambda place: len(said & frozenset(roots(goals[place].text))), default=None)

    # -- facts and phrases --------------------------------------------------------------------------------

    def _think_again(self, heard: Heard, known: Knowledge) -> str:
        """Put the opening right, when the agent first speaks, and tell what it has asked for besides."""
        self._revised = True
        revision = self._task.revisions[0]
        revised = [place for place, fact in enumerate(known.facts) if fact.label == revision.label]
        for place in revised:
            self._told |= 1 << place
        heads = {known.entries[place].head for place in revised}
        besides = [place for place in heard.wanted if known.entries[place].head not in heads]
        return f"{revision.text} {self._tell(besides, known)}" if besides else revision.text

    def _new(self, place: int) -> bool:
        return not self._told >> place & 1

    def _untold(self, known: Knowledge) -> list[int]:
        """What neither the opening has said nor a reply."""
        told = self._told | known.opened
        return [place for place in range(len(known.facts)) if not told >> place & 1]

    def _tell(self, places: Iterable[int], known: Knowledge) -> str:
        told = list(places)
        for place in told:
            self._told |= 1 << place
        return " ".join(known.facts[place].text for place in told)

    @property
    def _manner(self) -> Manner:
        return MANNERS[(self._dice & 0xFF) % len(MANNERS)]

    def _say(self, bank: Bank) -> str:
        """The next phrase of a bank. The dice roll in their upper bits; the lowest eight keep the manner."""
        self._dice = (self._dice * 1664525 + 1013904223 & 0xFFFFFF00) | self._dice & 0xFF
        return bank[(self._dice >> 16) % len(bank)]


def _fallback(text: str) -> str:
    """What a goal's text names as good enough; the whole text where it names nothing."""
    return text.rpartition(INSTEAD)[2]


def _question(text: str) -> str:
    """What a goal's text wants to be told, without what it wants to be done."""
    _, joint, question = text.partition(TELL)
    return f"tell me {question}" if joint else text
