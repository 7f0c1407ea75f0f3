"""What a model that plays a user may not say at once: its drafts are read before the agent reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from agentgym.types import Stop, Task
from agentgym.users import Sight
from agentgym.users.invention import invented

STOP = "###STOP###"  # the sign of a user that is content
GIVE_UP = "###GIVEUP###"  # and of one that has had enough


class Draft(NamedTuple):
    """A message that has not been sent, and whether the user would end the chat with it."""

    text: str
    stop: Stop | None = None

    @classmethod
    def of(cls, text: str) -> Draft:
        """What a model wrote, the signs taken out of it."""
        stop: Stop | None = "user_done" if STOP in text else "user_gave_up" if GIVE_UP in text else None
        return cls(text.replace(STOP, "").replace(GIVE_UP, "").strip(), stop)

    @property
    def silent(self) -> bool:
        return not self.text and self.stop is None


class Objection(NamedTuple):
    """What is wrong with a draft."""

    kind: str  # each is made once a message
    words: str  # to the model
    what: str = ""  # the values, where it is about values

    @property
    def flaw(self) -> str:
        """For the record, where the draft is sent all the same."""
        return f"{self.kind} {self.what}".strip()


def objections(draft: Draft, task: Task, sight: Sight, known: Iterable[str], *, patient: bool) -> Iterator[Objection]:
    """What is wrong with ``draft``. ``known``: all texts the user has values from. ``patient``: it may not give up."""
    if draft.silent:
        yield Objection("silent", "your message was empty; write the customer's next message.")
    if draft.stop == "user_done" and not sight.met:
        yield Objection("stopped early", f"do not end the chat yet.\n{state(task, sight)}\nGo on as the customer.")
    if draft.stop == "user_gave_up" and not sight.met and patient:
        yield Objection("gave up early", "do not give up yet; give the agent another chance.")
    values = ", ".join(invented(draft.text, known))
    if values:
        yield Objection("invented", f"the customer cannot know {values}; write it again without that.", values)


def state(task: Task, sight: Sight) -> str:
    """How things stand, as a list that the user may read: what is open in its own words, no answers."""
    if sight.met:
        return "Everything is done as you wanted it."
    goals = task.goals
    left = [f"- not yet: {goals[place].text}" for place in sight.open if place not in sight.unsaid]
    left += [f"- done, but you have not been told the answer: {goals[place].text}" for place in sight.unsaid]
    return "\n".join(left) or "- Something is not as you wanted it."
