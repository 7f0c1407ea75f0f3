"""Who talks with the agent in ACEBench's dialogues. Each is one user of one episode."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.prompts import FINISH
from agentgym.evaluate.acebench.tasks import Item
from agentgym.evaluate.acebench.texts import AWAY, DONE_ZH, GO_ON_ZH
from agentgym.evaluate.asking import Asked
from agentgym.evaluate.callers import Scripted
from agentgym.llm import Chat
from agentgym.play.rollouts.interaction import Waits

TEMPERATURE = 0.001  # at which the official runner asks the user's model

_PREFIX = re.compile(r"\A(?:user|agent):")


class Away:
    """Asks once, and answers nothing: so it is in the tasks of several steps."""

    def __init__(self, question: str, language: str) -> None:
        self.spent: dict[str, float] = {}
        self._question = question
        self._answer = AWAY[language]

    def open(self) -> Waits[str]:
        yield from ()
        return self._question

    def reply(self, text: str) -> Waits[str]:
        yield from ()
        return self._answer


class Chinese(Scripted):
    """The same in Chinese."""

    def reply(self, text: str) -> Waits[str]:
        said = yield from super().reply(text)
        return FINISH if said == FINISH or DONE_ZH.search(text) else GO_ON_ZH


def scripted(instruction: str, language: str) -> Scripted:
    """The scripted user, by ACEBench's sign and in its language."""
    return (Chinese if language == "zh" else Scripted)(instruction, FINISH)


class Modelled:
    """A model in the part that the official prompt gives it. Its own words go back to it as the assistant's, which
    every endpoint takes; the official runner sends them as system messages.
    """

    def __init__(self, code: Official, item: Item, asked: Asked) -> None:
        prompt = next(text for name, text in code.prompts.users.items() if name in item.classes)
        self._messages: list[Chat] = [
            {"role": "system", "content": prompt.format(instruction=item.question)},
            {"role": "user", "content": code.prompts.greeting},
        ]
        self._asked = asked

    @property
    def spent(self) -> dict[str, float]:
        return self._asked.spent

    def open(self) -> Waits[str]:
        return (yield from self._say())

    def reply(self, text: str) -> Waits[str]:
        self._messages.append({"role": "user", "content": _PREFIX.sub("", text)})
        return (yield from self._say())

    def _say(self) -> Waits[str]:
        messages: Sequence[Chat] = self._messages
        answer = yield from self._asked.ask(tuple(messages))
        self._messages.append({"role": "assistant", "content": answer.text})
        return str(answer.text)
