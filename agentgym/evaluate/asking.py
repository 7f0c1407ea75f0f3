"""Steps that may have to wait for a model: written once, played at once where nobody is asked."""

from __future__ import annotations

from agentgym.errors import BadAnswer, RunError
from agentgym.evaluate.benchmark import Now, Setup, T
from agentgym.evaluate.course import driven
from agentgym.files import digest
from agentgym.llm import Chat, Completion, Request, shared_client, spend
from agentgym.play.rollouts.interaction import Waits
from agentgym.play.rollouts.players import is_model
from agentgym.types import Json

STAGE = "user"  # whose account in ledgers the calls are on


def player(user: str) -> str:
    """``user``, who is "scripted" or a model. Raises ``RunError`` for anybody else."""
    if user == "scripted" or is_model(user):
        return user
    raise RunError(f"there is no user {user!r}; known are scripted, and models as provider/model")


def now(steps: Waits[T]) -> Now[T]:
    """What comes of ``steps``, which yield what has to be awaited: at once where they yield nothing."""
    try:
        first = next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    return driven(steps, first)


class Asked:
    """A model that plays one user, asked through our client."""

    def __init__(self, setup: Setup, task: str, seed: int, temperature: float | None = None) -> None:
        """``temperature``: the benchmark's own, where ``setup`` has none; None: as the endpoint has it."""
        self.spent: dict[str, float] = {}  # tokens and money so far
        self._model = setup.user
        self._temperature = temperature if setup.temperature is None else setup.temperature
        self._complete = shared_client(setup.options).at(STAGE)
        self._key = (task, seed)
        self._asked = 0

    def ask(self, messages: tuple[Chat, ...], tools: tuple[Json, ...] = ()) -> Waits[Completion]:
        """The model's next turn. Raises ``LLMError`` where it cannot be had, or holds neither words nor calls."""
        self._asked += 1
        seed = int(digest([*self._key, self._asked])[:7], 16)
        request = Request(model=self._model, messages=messages, tools=tools, temperature=self._temperature, seed=seed)
        answer: Completion = yield self._complete.acomplete(request)
        self.spent = spend(self.spent, STAGE, answer)
        if not answer.text.strip() and not answer.calls:
            raise BadAnswer(f"{self._model}, as the user, says nothing (finish reason {answer.finish!r})")
        return answer
