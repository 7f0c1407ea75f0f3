"""Let a language model put tasks in other words; what does not keep their meaning keeps the words of the rules.

Nothing an agent is graded by comes from the model. A rewritten text is admitted by ``faithful`` alone, and the task it
makes must prove again.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgym.errors import LLMError
from agentgym.llm import Complete, Request, prompt
from agentgym.tasks.chart import Chart
from agentgym.tasks.paraphrasing.faithful import Faithful, Text
from agentgym.tasks.proof.prove import prove
from agentgym.types import Domain, Json, Rejection, Rows, Task
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World

STAGE = "paraphrase"
_MANNERS = (
    "This customer is brief and to the point.",
    "This customer is chatty and friendly.",
    "This customer is polite and formal.",
    "This customer is in a hurry.",
    "This customer is unsure of how things work.",
    "This customer writes plainly, in short sentences.",
    "This customer is a little annoyed, but civil.",
    "This customer writes as one writes on a phone, in loose but correct English.",
)
_TOKENS = 2048  # of an answer


@dataclass(frozen=True)
class Texts:
    """The texts of a task that a model may rewrite."""

    intent: str
    facts: tuple[str, ...]
    goals: tuple[str, ...]
    revision: str

    @classmethod
    def of(cls, task: Task) -> Texts:
        return cls(
            task.intent,
            tuple(fact.text for fact in task.facts),
            tuple(goal.text for goal in task.goals),
            task.revisions[0].text if task.revisions else "",
        )

    @classmethod
    def read(cls, answer: str) -> Texts:
        """What a model answered. Raises ValueError where that is not one JSON object of this form."""
        start, end = answer.find("{"), answer.rfind("}")
        found = json.loads(answer[start : end + 1] if start >= 0 else answer)
        if not isinstance(found, dict):
            raise ValueError("the answer is no JSON object")
        intent, facts, goals = found.get("intent"), found.get("facts"), found.get("goals")
        revision = found.get("revision", "")
        if not isinstance(intent, str) or not isinstance(revision, str):
            raise ValueError("intent and revision must be strings")
        return cls(intent, _strings(facts, "facts"), _strings(goals, "goals"), revision)

    def pairs(self, other: Texts) -> list[Text]:
        """Each text with its rewriting in ``other``, in order: intent, facts, goals, revision."""
        return [
            Text("intent", self.intent, other.intent),
            *(Text("fact", *pair) for pair in zip(self.facts, other.facts, strict=True)),
            *(Text("goal", *pair) for pair in zip(self.goals, other.goals, strict=True)),
            *([Text("revision", self.revision, other.revision)] if self.revision else []),
        ]


def paraphrase(
    tasks: Sequence[Task],
    domain: Domain,
    rows: Callable[[Task], Rows],
    complete: Complete,
    model: str,
    *,
    holds: Callable[[Task], Rejection | None] = lambda task: None,
) -> tuple[list[Task], list[Rejection]]:
    """``tasks`` in a model's words as far as they are admitted, and a rejection for each text or task that was not.

    ``rows`` gives a task's initial state. ``holds`` judges a rewritten task as a whole: one that it rejects stays as it
    was. All tasks are asked for at once; ``complete`` limits how many calls are in flight. The same answers, as from a
    cassette, give the same tasks.

    Raises:
        LLMError: the model answers for none of the tasks.
    """
    answers = asyncio.run(_ask(tasks, complete, model))
    errors = [answer for answer in answers if isinstance(answer, LLMError)]
    if errors and len(errors) == len(tasks):
        raise errors[0]
    out: list[Task] = []
    dropped: list[Rejection] = []
    for task, answer in zip(tasks, answers, strict=True):
        rewritten, rejections = _admit(task, domain, rows(task), answer)
        broken = holds(rewritten) if rewritten is not task else None
        if broken is not None:
            rejections.append(_reject(task, f"the rewritten task does not prove: {broken.reason}; {broken.detail}"))
            rewritten = task
        out.append(rewritten)
        dropped += rejections
    return out, dropped


def reword(
    loaded: LoadedDomain, tasks: Sequence[Task], complete: Complete, model: str
) -> tuple[list[Task], list[Rejection]]:
    """``paraphrase`` for the proven tasks of one domain; each rewritten one is proven again."""
    chart, world = Chart(loaded.domain), World(loaded)

    def rows(task: Task) -> Rows:
        world.reset(task.state)
        return world.rows()

    try:
        return paraphrase(tasks, loaded.domain, rows, complete, model, holds=lambda task: prove(chart, world, task))
    finally:
        world.close()


def request(task: Task, model: str) -> Request:
    """What a model is asked about one task; equal tasks give equal requests."""
    texts = Texts.of(task)
    asked = {"intent": texts.intent, "facts": texts.facts, "goals": texts.goals, "revision": texts.revision}
    rng = random.Random(f"{task.id}/{task.seed}")
    text = prompt(
        "agentgym.tasks.paraphrasing",
        "paraphrase.md",
        manner=rng.choice(_MANNERS),
        messages=json.dumps(asked, ensure_ascii=False, indent=1),
    )
    return Request(
        model=model,
        messages=({"role": "user", "content": text},),
        temperature=0.9,
        max_tokens=_TOKENS,
        seed=rng.randrange(2**31),
    )


async def _ask(tasks: Sequence[Task], complete: Complete, model: str) -> list[str | LLMError]:
    async def one(task: Task) -> str | LLMError:
        try:
            return (await complete.acomplete(request(task, model))).text
        except LLMError as error:
            return error

    return list(await asyncio.gather(*(one(task) for task in tasks)))


def _admit(task: Task, domain: Domain, rows: Rows, answer: str | LLMError) -> tuple[Task, list[Rejection]]:
    """The task with each text that is faithful to its original."""
    if isinstance(answer, LLMError):
        return task, [_reject(task, f"the model gave no answer: {answer}")]
    original = Texts.of(task)
    try:
        pairs = original.pairs(Texts.read(answer))
    except (ValueError, RecursionError) as error:
        return task, [_reject(task, f"the answer has another form: {error}; it begins {answer[:80]!r}")]
    judge = Faithful(task, domain, rows)
    broken = [judge.broken(text) for text in pairs]
    rejections = [
        _reject(task, found, text.part) for text, found in zip(pairs, broken, strict=True) if found is not None
    ]
    texts = [text.original if found else text.rewritten for text, found in zip(pairs, broken, strict=True)]
    return _with(task, texts), rejections


def _with(task: Task, texts: Sequence[str]) -> Task:
    """The task with these texts, in the order of ``Texts.pairs``."""
    intent, *rest = texts
    facts, rest = rest[: len(task.facts)], rest[len(task.facts) :]
    goals, rest = rest[: len(task.goals)], rest[len(task.goals) :]
    return task.model_copy(
        update={
            "intent": intent,
            "facts": tuple(
                fact.model_copy(update={"text": text}) for fact, text in zip(task.facts, facts, strict=True)
            ),
            "goals": tuple(
                goal.model_copy(update={"text": text}) for goal, text in zip(task.goals, goals, strict=True)
            ),
            "revisions": tuple(
                revision.model_copy(update={"text": text}) for revision, text in zip(task.revisions, rest, strict=True)
            ),
        }
    )


def _reject(task: Task, broken: str, part: str = "") -> Rejection:
    reason, _, detail = broken.partition(": ")
    return Rejection(stage=STAGE, subject=task.id, reason=reason, detail=f"{part}: {detail}" if part else detail)


def _strings(value: Json, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} must be a list of strings")
    return tuple(value)
