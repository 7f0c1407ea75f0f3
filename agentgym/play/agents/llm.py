"""An agent that is a language model: any that litellm reaches, or that a server with OpenAI's protocol serves."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from agentgym.errors import BadAnswer
from agentgym.files import digest
from agentgym.llm import Complete, Completion, Options, Request, prompt, shared_client, spend
from agentgym.llm.written import written_calls
from agentgym.play.agents.agent import Turn
from agentgym.play.agents.conversation import Conversation
from agentgym.play.agents.moves import Move, moves, said
from agentgym.spaces import RESPOND
from agentgym.types import Json, Schema, Task

STAGE = "agent"  # whose account in ledgers its calls are on

_NUDGE = "Your last answer was empty. Call a tool, or write to the user."


@dataclass(frozen=True)
class AgentModel:
    """Which model an agent is, and how it is asked."""

    model: str  # litellm's name: "openai/<name>" for a server with OpenAI's protocol
    temperature: float | None = 0.0
    top_p: float | None = None
    max_tokens: int | None = 2048
    extra: dict[str, Json] = field(default_factory=dict, hash=False)  # other parameters, as ``Request.extra``
    # "native": tools are a parameter; "text": they stand in the prompt, and calls in the text; "auto": a parameter,
    # and calls are read from the text until the server has shown that it reads them itself.
    calls: Literal["auto", "native", "text"] = "auto"
    reasoning_back: bool = False  # send reasoning back as reasoning_content, where the model wants its thoughts again
    guide: bool = True  # say how to work besides the policy; a model that was trained on our data needs it not


class LLMAgent:
    """Plays one episode. What a model gets wrong it reads as an error of the tool; what it cannot go on from raises.

    ``act`` raises an ``LLMError`` where the endpoint fails, where the conversation has outgrown the model, or where
    its answer is empty twice; the episode ends with ``agent_error`` then.
    """

    def __init__(self, complete: Complete, settings: AgentModel) -> None:
        self.name = settings.model.rpartition("/")[2]
        self.spent: dict[str, float] = {}  # tokens and money so far
        self._complete = complete
        self._settings = settings
        self._tools: tuple[Json, ...] = ()
        self._schemas: dict[str, Schema] = {}
        self._conversation = Conversation()
        self._moves: deque[Move] = deque()  # of the model's last turn, not made yet
        self._answers: tuple[str, ...] = ()  # ids of the calls that the next observations answer; () for the user's
        self._reads_text = settings.calls != "native"
        self._seed = 0
        self._asked = 0

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        self._tools = tuple(tools)
        self._schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools} | {RESPOND: {}}
        self._seed = seed
        system = prompt("agentgym.play.agents", "agent.md", policy=policy) if self._settings.guide else policy
        self._conversation = Conversation(
            system, tools if self._settings.calls == "text" else (), reasoning=self._settings.reasoning_back
        )

    async def act(self, observations: tuple[str, ...]) -> Turn:
        self._hear(observations)
        if not self._moves:
            completion, original = await self._ask()
            self._conversation.assistant(completion, original)
            self._moves.extend(moves(completion))
        move = self._moves.popleft()
        self._answers = move.answers
        for identity, error in move.mistakes:
            self._conversation.result(identity, error)
        return move.turn

    def _hear(self, observations: tuple[str, ...]) -> None:
        if not self._answers:
            (words,) = observations
            self._conversation.user(words)
        for identity, observation in zip(self._answers, observations, strict=bool(self._answers)):
            self._conversation.result(identity, observation)

    async def _ask(self) -> tuple[Completion, str]:
        """The model's next turn, and its text as it came; asked for again where it is empty. Raises ``LLMError``."""
        for nudge in ("", _NUDGE):
            answer = await self._complete.acomplete(self._request(nudge))
            self.spent = spend(self.spent, STAGE, answer)
            completion = self._read(answer)
            if said(completion) != "":
                return completion, answer.text
        raise BadAnswer(
            f"{self._settings.model} gives no text and no call, twice (finish reason {completion.finish!r}, "
            f"{completion.usage.completion} tokens); give it more max_tokens if it spends them on thinking"
        )

    def _request(self, nudge: str) -> Request:
        settings = self._settings
        self._asked += 1
        return Request(
            model=settings.model,
            messages=self._conversation.messages(nudge),
            tools=() if settings.calls == "text" else self._tools,
            temperature=settings.temperature,
            top_p=settings.top_p,
            max_tokens=settings.max_tokens,
            seed=int(digest([self._seed, self._asked])[:7], 16),
            extra=settings.extra,
        )

    def _read(self, completion: Completion) -> Completion:
        """``completion`` with the calls that stand in its text."""
        if completion.calls:
            # The server reads calls itself: what looks like one in the text from now on is a quotation, perhaps of
            # something that a user or a tool has planted.
            self._reads_text = self._settings.calls == "text"
        if completion.calls or not self._reads_text:
            return completion
        text, calls = written_calls(completion.text, self._schemas)
        named = [call.model_copy(update={"id": f"call_{self._asked}_{number}"}) for number, call in enumerate(calls)]
        return completion.model_copy(update={"text": text, "calls": tuple(named)})


@dataclass(frozen=True)
class MakeLLMAgent:
    """Makes an agent for each episode. It travels to worker processes, and does not let the agent see the task."""

    settings: AgentModel
    options: Options

    @property
    def name(self) -> str:
        return self.settings.model.rpartition("/")[2]

    def __call__(self, task: Task) -> LLMAgent:
        return LLMAgent(shared_client(self.options).at(STAGE), self.settings)


def llm_agent(
    model: str,
    *,
    options: Options | None = None,
    temperature: float | None = 0.0,
    max_tokens: int | None = 2048,
    calls: Literal["auto", "native", "text"] = "auto",
    reasoning_back: bool = False,
) -> MakeLLMAgent:
    """Agents that ask ``model``, for ``rollouts``; other settings are in ``AgentModel``."""
    settings = AgentModel(model, temperature, max_tokens=max_tokens, calls=calls, reasoning_back=reasoning_back)
    return MakeLLMAgent(settings, options or Options())
