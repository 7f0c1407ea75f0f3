"""A user that is a language model. It is told what its task's user knows and wants, never what the right calls are."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeAlias

from agentgym.errors import BadAnswer
from agentgym.files import digest
from agentgym.hygiene import neutralise
from agentgym.llm import Chat, Complete, Completion, Options, Request, prompt, shared_client, spend
from agentgym.tasks.phrases import tells
from agentgym.types import Json, Task
from agentgym.users import PATIENCE, Reply, Sight
from agentgym.users.director import Draft, objections, state

STAGE = "user"  # whose account in ledgers its calls are on

_GREETING = "Hello! How can I help you today?"  # the agent's, before the user's opening message
_GOODBYE = "Thank you, goodbye."  # where a model sends the sign that it is done, and no word

_Asking: TypeAlias = Generator[Request, Completion, Reply]  # yields what to ask, is sent the answer


@dataclass(frozen=True)
class UserModel:
    """Which model a user is, and how it is asked."""

    model: str  # litellm's name: "openai/<name>" for a server with OpenAI's protocol
    temperature: float | None = 0.7
    max_tokens: int | None = 512
    extra: dict[str, Json] = field(default_factory=dict, hash=False)  # other parameters, as ``Request.extra``


class LLMUser:
    """Plays the user of one episode.

    A draft that ends the chat although the intent is not met, gives up before ``PATIENCE`` messages led nowhere, or
    holds a value that the user cannot know is sent back once for each of these; after that it is said, and ``flaws``
    records it. A met intent ends the episode, whatever the model says to it.
    """

    def __init__(self, complete: Complete, settings: UserModel, task: Task, seed: int) -> None:
        self.name = settings.model.rpartition("/")[2]
        self.spent: dict[str, float] = {}  # tokens and money so far
        self.flaws: list[str] = []  # what the simulator did wrong; () where nothing
        self._complete = complete
        self._settings = settings
        self._task = task
        self._seed = seed
        self._asked = 0
        self._corrected = not task.revisions  # whether it has put right what it said first
        self._wait = PATIENCE  # messages without progress until it may give up
        self._fewest = len(task.goals) + 1  # goals open so far, at least
        self._chat: list[Chat] = [_agent(_GREETING), _own(task.intent)]

    def open(self) -> str:
        return self._task.intent

    def reply(self, message: str, sight: Sight) -> Reply:
        asking = self._reply(message, sight)
        request = next(asking)
        while True:
            try:
                request = asking.send(self._complete.complete(request))
            except StopIteration as done:
                return _replied(done)

    async def areply(self, message: str, sight: Sight) -> Reply:
        """As ``reply``, without blocking the event loop."""
        asking = self._reply(message, sight)
        request = next(asking)
        while True:
            try:
                request = asking.send(await self._complete.acomplete(request))
            except StopIteration as done:
                return _replied(done)

    def _reply(self, message: str, sight: Sight) -> _Asking:
        """Ask until a draft may be said, or has been objected to before. Raises ``BadAnswer`` for silence."""
        self._chat.append(_agent(neutralise(message)))
        self._tire(sight)
        objected: set[str] = set()
        aside: list[Chat] = []  # drafts and objections, which nobody reads again
        while True:
            completion = yield self._request(sight, aside)
            self.spent = spend(self.spent, STAGE, completion)
            draft = Draft.of(completion.text or completion.refusal)
            wrong = list(objections(draft, self._task, sight, self._known(), patient=self._wait > 0))
            fresh = [objection for objection in wrong if objection.kind not in objected]
            if not fresh:
                break
            objected.update(objection.kind for objection in fresh)
            words = " ".join(objection.words for objection in fresh)
            aside += [_own(completion.text or "(nothing)"), _agent(f"(Not the agent, but the director: {words})")]
        if draft.silent:
            reason = f"finish reason {completion.finish!r}"
            raise BadAnswer(
                f"{self._settings.model}, as the user, says nothing, twice ({reason}); give it more max_tokens"
            )
        self.flaws += [objection.flaw for objection in wrong]
        return self._say(draft, sight)

    def _say(self, draft: Draft, sight: Sight) -> Reply:
        text = draft.text or _GOODBYE
        if not self._corrected and not sight.met:
            self._corrected = True
            text = " ".join([text, *(one.text for one in self._task.revisions if not self._corrects(text, one.label))])
        self._chat.append(_own(text))
        return Reply(text, "user_done" if sight.met else draft.stop)

    def _corrects(self, text: str, label: str) -> bool:
        """Whether ``text`` tells the right value of the fact ``label``."""
        return any(tells(text, fact.value) for fact in self._task.facts if fact.label == label)

    def _known(self) -> list[str]:
        """Every text that the user has values from: what the task gives it, and what was said."""
        task = self._task
        texts = [fact.text for fact in task.facts] + [str(fact.value) for fact in task.facts]
        texts += [goal.text for goal in task.goals] + [one.text for one in task.revisions]
        return texts + [str(message["content"]) for message in self._chat]

    def _tire(self, sight: Sight) -> None:
        """Count a message after which no more is done than before."""
        if len(sight.open) < self._fewest:
            self._fewest, self._wait = len(sight.open), PATIENCE
        self._wait -= 1

    def _request(self, sight: Sight, aside: list[Chat]) -> Request:
        settings = self._settings
        self._asked += 1
        system: Chat = {"role": "system", "content": self._prompt(sight)}
        return Request(
            model=settings.model,
            messages=(system, *self._chat, *aside),
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            seed=int(digest([self._task.id, self._seed, self._asked])[:7], 16),
            extra=settings.extra,
        )

    def _prompt(self, sight: Sight) -> str:
        """The whole part. What stands now is told here, where no agent's message can pretend to it."""
        task = self._task
        manners = prompt("agentgym.users", "manners.md").splitlines()
        known = [fact.text for fact in task.facts]
        if not self._corrected:
            known += [
                f"(Say this in your next message, it puts right what you wrote:) {one.text}" for one in task.revisions
            ]
        return prompt(
            "agentgym.users",
            "user.md",
            manner=manners[int(digest([task.id, self._seed, "manner"]), 16) % len(manners)],
            wants=_listed([goal.text for goal in task.goals] or [task.intent]),
            knows=_listed(known or ["Nothing besides."]),
            state=state(task, sight),
        )


def _replied(done: StopIteration) -> Reply:
    reply: Reply = done.value
    return reply


def _agent(words: str) -> Chat:
    return {"role": "user", "content": words}  # to the model that plays the user, the agent is its user


def _own(words: str) -> Chat:
    return {"role": "assistant", "content": words}


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


@dataclass(frozen=True)
class MakeLLMUser:
    """Makes a user for each episode. It travels to worker processes."""

    settings: UserModel
    options: Options

    @property
    def name(self) -> str:
        return self.settings.model.rpartition("/")[2]

    def __call__(self, task: Task, seed: int) -> LLMUser:
        return LLMUser(shared_client(self.options).at(STAGE), self.settings, task, seed)


def llm_user(
    model: str,
    *,
    options: Options | None = None,
    temperature: float | None = 0.7,
    max_tokens: int | None = 512,
) -> MakeLLMUser:
    """Users that ask ``model``, for ``rollouts`` and environments; other settings are in ``UserModel``."""
    return MakeLLMUser(UserModel(model, temperature, max_tokens), options or Options())
