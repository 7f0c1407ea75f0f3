"""An agent whose turns are sampled from a policy, token by token, and that keeps every id it was given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, Protocol

from agentgym.hygiene import clean_schema, neutralise
from agentgym.llm import Completion
from agentgym.llm.answers import split_thought
from agentgym.llm.written import written_calls
from agentgym.play.agents.agent import Turn
from agentgym.play.agents.moves import Move, moves, said
from agentgym.spaces import RESPOND
from agentgym.types import Json, Schema


class Unfinished(Exception):
    """The policy did not come to the end of its turn within the tokens that its episode may have."""


class Sampled(NamedTuple):
    """One turn of the policy."""

    ids: list[int]  # [T], the last one the end of the turn, where the policy came to it
    logprobs: list[float]  # [T], of each id under the distribution that it was drawn from


class Limits(NamedTuple):
    """How many tokens an episode may have."""

    completion: int  # all that follow the prompt, those of others included
    turn: int | None = None  # one turn of the policy; None: what is left


class Dialogue(Protocol):
    """Writes what others say as token ids, and reads what the policy has sampled."""

    end: int  # the token that ends a turn of the assistant

    def opening(self, messages: Sequence[Json], tools: Sequence[Json]) -> list[int]:
        """The first messages and the beginning of the assistant's turn."""

    def answers(self, messages: Sequence[Json]) -> list[int]:
        """What follows the end of an assistant's turn: ``messages``, and the beginning of its next turn."""

    def text(self, ids: Sequence[int]) -> str:
        """What the ids say, control tokens included."""


class Question:
    """Asks a policy to go on after ``prefix``; whoever samples, for many episodes at once, answers by ``take``."""

    def __init__(self, prefix: list[int], room: int, take: Callable[[Sampled], Turn]) -> None:
        self.prefix = prefix  # [P] ids: prompt, turns and answers so far
        self.room = room  # tokens that the turn may have, at most
        self.take = take

    def __await__(self) -> Generator[Any, Any, Turn]:  # the rollout engine asks for something awaitable
        raise TypeError("the turns of policies are sampled together: play such an agent with play_together")


class PolicyAgent:
    """Plays one episode, and records it as a training sequence: ``prompt`` [P], then ``completion`` [C].

    ``mask`` [C] is 1 on what the policy sampled and 0 on what others said, ``logprobs`` [C] is 0 there. The sequence
    ends with the policy's last turn. What a model writes wrongly it reads as an error of the tool.
    """

    name = "policy"

    def __init__(self, dialogue: Dialogue, limits: Limits) -> None:
        self.prompt: list[int] = []
        self.completion: list[int] = []
        self.logprobs: list[float] = []
        self.mask: list[int] = []
        self.turns = 0  # that were sampled
        self.unfinished = False  # its last turn was cut, or there was no room for another one
        self._dialogue = dialogue
        self._limits = limits
        self._tools: list[Json] = []
        self._schemas: dict[str, Schema] = {}
        self._policy = ""
        self._moves: deque[Move] = deque()  # of the last turn, not made yet
        self._asked: tuple[str, ...] = ()  # ids of the calls that the next observations answer; () for the user's
        self._names: dict[str, str] = {}  # of the last turn's calls, by their ids
        self._open: dict[str, Json] = {}  # the messages that answer them, in the order of the calls; None before

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """``seed`` decides nothing: whoever samples has the only generator."""
        self._tools, self._policy = clean_schema(list(tools)), neutralise(policy)
        self._schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools} | {RESPOND: {}}

    def act(self, observations: tuple[str, ...]) -> Turn | Question:
        """The next part of the turn that was sampled last, or the question for another one.

        Raises ``Unfinished`` where no token is left.
        """
        for identity, observation in zip(self._asked, observations, strict=bool(self._asked)):
            self._answer(identity, observation)
        if self._moves:
            return self._move()
        self._hear(observations)
        return Question(self.prompt + self.completion, self._room, self.take)

    def take(self, sampled: Sampled) -> Turn:
        """Go on with a turn that was sampled. Raises ``Unfinished`` where it does not come to its end."""
        ids, logprobs = sampled.ids[: self._room], sampled.logprobs[: self._room]
        self._extend(ids, logprobs, 1)
        self.turns += 1
        if not ids or ids[-1] != self._dialogue.end:
            self._give_up()
        completion = self._read(self._dialogue.text(ids[:-1]))
        if said(completion) is None:
            self._names = {call.id: call.name for call in completion.calls}
            self._open = dict.fromkeys(self._names)
        self._moves.extend(moves(completion))
        return self._move()

    @property
    def _room(self) -> int:
        left = self._limits.completion - len(self.completion)
        return left if self._limits.turn is None else min(left, self._limits.turn)

    def _move(self) -> Turn:
        move = self._moves.popleft()
        self._asked = move.answers
        for identity, error in move.mistakes:
            self._answer(identity, error)
        return move.turn

    def _answer(self, identity: str, content: str) -> None:
        message = {"role": "tool", "tool_call_id": identity, "name": neutralise(self._names[identity])}
        self._open[identity] = {**message, "content": neutralise(content)}

    def _hear(self, observations: tuple[str, ...]) -> None:
        """Write down what the others have said since the last turn."""
        messages = list(self._open.values()) or [{"role": "user", "content": neutralise(observations[0])}]
        self._open = {}
        if not self.prompt:
            system = {"role": "system", "content": self._policy}
            self.prompt = self._dialogue.opening([system, *messages], self._tools)
            return
        ids = self._dialogue.answers(messages)
        if len(self.completion) + len(ids) >= self._limits.completion:
            self._give_up()
        self._extend(ids, [0.0] * len(ids), 0)

    def _extend(self, ids: Sequence[int], logprobs: Sequence[float], mask: int) -> None:
        self.completion += ids
        self.logprobs += logprobs
        self.mask += [mask] * len(ids)

    def _give_up(self) -> None:
        self.unfinished = True
        raise Unfinished(f"{len(self.completion)} tokens after {self.turns} turns, of {self._limits}")

    def _read(self, text: str) -> Completion:
        answer, thought = split_thought(text)
        words, calls = written_calls(answer, self._schemas)
        return Completion(text=words, calls=calls, reasoning=thought)
