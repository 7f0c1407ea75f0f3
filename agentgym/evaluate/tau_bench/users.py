"""Who talks with the agent in τ-bench. Each is one user of one episode, and ends it with the official sign."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agentgym.evaluate.asking import Asked
from agentgym.llm import Chat
from agentgym.play.rollouts.interaction import Waits

STOP = "###STOP###"  # within a reply: the episode is over


class Recorded:
    """Says again what a user has said; once more than that, it ends the episode."""

    def __init__(self, words: Iterable[str]) -> None:
        self.spent: dict[str, float] = {}
        self._words = iter(words)

    def open(self) -> Waits[str]:
        yield from ()
        return next(self._words, STOP)

    def reply(self, text: str) -> Waits[str]:
        yield from ()
        return next(self._words, STOP)


class Modelled:
    """A model in the part that the official simulator gives it: its class builds the prompt and the conversation."""

    def __init__(self, code: Any, instruction: str, asked: Asked) -> None:
        """``code``: the module ``tau_bench.envs.user``."""
        base = code.LLMUserSimulationEnv
        # The official methods as they are, but that nobody is asked in them: the conversation is read off afterwards.
        silent: Any = type("Silent", (base,), {"generate_next_message": lambda self, messages: ""})
        self._simulator = silent.__new__(silent)
        self._instruction = instruction
        self._asked = asked

    @property
    def spent(self) -> dict[str, float]:
        return self._asked.spent

    def open(self) -> Waits[str]:
        self._simulator.reset(instruction=self._instruction)
        return (yield from self._say())

    def reply(self, text: str) -> Waits[str]:
        self._simulator.step(text)
        return (yield from self._say())

    def _say(self) -> Waits[str]:
        conversation: list[Chat] = self._simulator.messages
        answer = yield from self._asked.ask(tuple(conversation))
        conversation.append({"role": "assistant", "content": answer.text})
        return answer.text
