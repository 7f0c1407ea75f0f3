"""The planner: a dialogue as one generator, from the opening message to the report."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

from agentgym.play.agents.planner import speech
from agentgym.play.agents.planner.acting import Hands, Move
from agentgym.play.agents.planner.choosing import object_of, rank
from agentgym.play.agents.planner.corrections import amended, correction
from agentgym.play.agents.planner.finding import Finder
from agentgym.play.agents.planner.jobs import Builder, Job, writing
from agentgym.play.agents.planner.memory import Memory
from agentgym.play.agents.planner.mentions import speaks
from agentgym.play.agents.planner.requests import Request, asides, understand
from agentgym.play.agents.planner.text import VALUES, place_of
from agentgym.play.agents.planner.toolbox import Parameter, Toolbox, read
from agentgym.types import Json, Task

_QUESTIONS = 4  # asked before the first call, at most
_REPAIRS = 2  # questions after a refusal
_CHOICES = 2  # tools that are tried for one request
_ROUNDS = 3  # times the user may send it back to work
_MISSED = re.compile(
    r"(?i)\bnot found\b|\bno \w+(?: \w+)? (?:matches|with)|unknown|invalid|does not exist|must be one of"
)
_LEAST = 1.0  # the score below which no tool serves a request


class PlannerAgent:
    """Solves tasks by searching the schemas of its tools. It is given no task, and sees nothing that an agent does not.

    One dialogue is one generator that yields actions and is sent observations; ``explain`` tells why it did what.
    """

    name = "planner"

    def __init__(self) -> None:
        self._box = Toolbox((), ())
        self._policy = ""
        self._hands = Hands(Memory(self._box))
        self._flow: Generator[str, str, None] | None = None
        self._opening = ""
        self._heard = 0  # requests in the opening
        self._plan: list[Job] = []

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """Read the tools. It draws nothing, so ``seed`` changes nothing."""
        self._box, self._policy, self._flow = read(tools), policy, None
        self._hands = Hands(Memory(self._box))

    def act(self, observations: tuple[str, ...]) -> str:
        """The next action, given the opening message, the user's reply or a tool's answer."""
        heard = observations[-1] if observations else ""
        if self._flow is None:
            self._flow = self._converse(heard)
            return next(self._flow)
        try:
            return self._flow.send(heard)
        except StopIteration:
            return "I am sorry, there is nothing more that I can do."

    def explain(self) -> list[dict[str, Json]]:
        """Why it did what it did, step by step, as plain data."""
        return list(self._hands.log)

    # -- the dialogue ------------------------------------------------------------------------------

    def _converse(self, opening: str) -> Generator[str, str, None]:
        self._opening = opening
        requests, statements = understand(opening, self._box)
        statements = [*statements, *asides(requests)]
        self._hands.memory.statements += statements
        self._hands.memory.opened = len(statements)
        self._plan = jobs = self._jobs(requests)
        finder = Finder(self._hands)
        finder.number(requests)
        builder = Builder(finder)
        builder.jobs = jobs
        finder.careful = not writing(jobs)  # what only looks is judged by its very calls
        yield from self._ask(jobs, builder)
        for _ in range(_ROUNDS):
            for job in jobs:
                before = [other for other in jobs if other.number < job.number and not other.request.conditional]
                if job.request.conditional and before and before[-1].done:
                    continue
                if not job.done or (yield from self._changed(job, builder)):
                    yield from self._serve(job, builder)
            done = [job.answer for job in jobs if job.answer is not None and job.done]
            failed = [reason for job in jobs if not job.done for reason in job.refusals[-1:]]
            heard = yield speech.report(done, failed)
            self._hear(heard)

    def _jobs(self, requests: Sequence[Request]) -> list[Job]:
        jobs = []
        self._heard = len(requests)
        for number, request in enumerate(requests):
            choices = [choice for choice in rank(request, self._box)[:_CHOICES] if choice.score > _LEAST]
            self._hands.note(
                "choose",
                request=request.text,
                tools=[{"tool": choice.tool.name, "score": round(choice.score, 2)} for choice in choices],
            )
            if choices:
                jobs.append(Job(request, choices, number))
        return jobs

    def _ask(self, jobs: Sequence[Job], builder: Builder) -> Generator[str, str, None]:
        """Ask for what is missing before the first call, and before a change whether all is right."""
        writes = writing(jobs)
        before: list[str] = []
        for turn in range(_QUESTIONS):
            wants = [builder.wants(job) for job in jobs]
            needed = [label for need, _ in wants for label in need]
            free = [label for _, may in wants for label in may] if not turn else []
            if turn and needed == before:
                return  # they have told what they can
            before = needed
            if not needed and (turn or not (writes or len(jobs) > 1)):
                return
            reply = yield speech.question([*needed, *free], writes=writes, again=turn > 0)
            self._hands.note("ask", needed=needed, free=free, reply=reply)
            if not self._hear(reply):
                return

    def _hear(self, reply: str) -> bool:
        """Take in what the user says. Whether it tells anything."""
        requests, statements = understand(reply, self._box)
        wrong = self._correct(reply)
        told = [one for one in requests if any(token.kind in VALUES for token in one.tokens)]
        kept = [one for one in (*statements, *told) if not wrong or place_of(wrong, one.tokens) < 0]
        self._hands.memory.statements += kept
        return any(
            token.kind in VALUES or token.text == ":" for one in (*statements, *requests) for token in one.tokens
        ) or any(
            one.mentions or {"is", "are", "should"} & {token.text.lower() for token in one.tokens} for one in statements
        )

    def _correct(self, reply: str) -> str:
        """Where the user takes a value back, read the opening anew with the right one. The wrong one, else ""."""
        found = correction(reply)
        if found is None or amended(self._opening, *found) == self._opening:
            return ""
        self._opening = amended(self._opening, *found)
        requests, statements = understand(self._opening, self._box)
        memory = self._hands.memory
        statements = [*statements, *asides(requests)]
        memory.statements[: memory.opened] = statements
        memory.opened = len(statements)
        memory.speaker.clear()
        self._hands.note("correct", wrong=found[0], right=found[1])
        if len(requests) == self._heard:
            for job in self._plan:
                job.request = requests[job.number]
        return found[0]

    def _serve(self, job: Job, builder: Builder) -> Generator[str, str, None]:
        """Make the call that a request asks for, with repairs."""
        for _ in range(_REPAIRS + 1):
            builder.finder.missed = False
            arguments, missing = yield from builder.build(job)
            if missing:
                if not (yield from self._missing(job, missing, builder)):
                    job.refusals.append(f"I do not know the {speech.listed([one.said for one in missing])}")
                    return
                continue
            job.answer = yield from self._hands.call(job.tool, arguments)
            if not job.answer.error:
                self._meet(job)
                return
            job.refusals.append(job.answer.error)
            if not _MISSED.search(job.answer.error):
                return  # a rule forbids it: the report says so
            reply = yield f"I could not do that: {job.answer.error}. What should I do?"
            if not self._hear(reply):
                return

    def _changed(self, job: Job, builder: Builder) -> Generator[str, str, bool]:
        """Whether what the user has said since asks for other arguments than were given."""
        if job.answer is None:
            return True
        arguments, missing = yield from builder.build(job)
        return not missing and arguments != job.answer.arguments

    def _meet(self, job: Job) -> None:
        """Who has asked for their own account is known from then on."""
        first = object_of(job.request)
        if job.answer is not None and first is not None and not first.entity and len(job.answer.rows) == 1:
            row = job.answer.rows[0]
            if speaks(row.entity):
                self._hands.memory.speaker.setdefault(row.entity, row.id)

    def _missing(self, job: Job, missing: Sequence[Parameter], builder: Builder) -> Move:
        """Ask for what the call cannot do without. Whether the user told anything."""
        reply = yield speech.question([one.said for one in missing], writes=False, again=False)
        self._hands.note("missing", tool=job.tool.name, wanted=[one.name for one in missing], reply=reply)
        return self._hear(reply)


def planner(task: Task) -> PlannerAgent:
    """A planner for any task: it is given none of it."""
    return PlannerAgent()
