"""One request on its way to a call: its tool, its arguments, and what is still missing."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from agentgym.play.agents.planner.acting import Answer
from agentgym.play.agents.planner.choosing import Choice, object_of
from agentgym.play.agents.planner.finding import Finder, typed
from agentgym.play.agents.planner.mentions import Mention, speaks
from agentgym.play.agents.planner.picking import owner_of
from agentgym.play.agents.planner.places import address, lines, names
from agentgym.play.agents.planner.requests import Request
from agentgym.play.agents.planner.slots import Slot, fill, is_limit
from agentgym.play.agents.planner.text import VALUES
from agentgym.play.agents.planner.toolbox import Parameter, Tool
from agentgym.play.agents.planner.vocabulary import label
from agentgym.types import Json

_CORRECTING = frozenset(
    "sorry actually wait oh correction rather instead mistake wrong meant oops change changed".split()
)
_SURE = 0.5  # of a value in a statement: a label must lead to it
_ROLES = {"from": {"from", "source", "origin"}, "to": {"to", "destination", "target", "recipient"}}

Built: TypeAlias = Generator[str, str, tuple[dict[str, Json], list[Parameter]]]


@dataclass
class Job:
    """A request, the tools that may serve it, and what came of it."""

    request: Request
    choices: list[Choice]
    number: int = 0  # among the jobs
    tried: int = 0  # the choice that is tried
    answer: Answer | None = None
    refusals: list[str] = field(default_factory=list)

    @property
    def tool(self) -> Tool:
        return self.choices[self.tried].tool

    @property
    def done(self) -> bool:
        return self.answer is not None and not self.answer.error


class Builder:
    """Fills the arguments of jobs."""

    def __init__(self, finder: Finder) -> None:
        self.finder, self.memory = finder, finder.memory
        self.jobs: list[Job] = []  # all of them, in order

    def plain(self, job: Job) -> dict[str, Slot]:
        """The values that are no identifiers: from the request, then from what the user told since."""
        tool, said = job.tool, job.request.tokens
        self.finder.spent = set()
        found = fill(tool, said, verb=job.request.at, sure=0.45 if not tool.reads else 0.5)
        found = {name: slot for name, slot in found.items() if not self._describes(slot, job)}
        found.update({**address(tool, said), **names(tool, said)})
        for place, statement in enumerate(self.memory.statements):
            if _points(statement):
                continue
            introduces = place < self.memory.opened and any(not one.entity for one in statement.mentions)
            if introduces or not self._concerns(statement, job):
                continue  # who speaks is no argument: it tells only whose things are meant
            plain = {token.stem for token in statement.tokens}
            told = {**fill(tool, statement.tokens, sure=_SURE), **address(tool, statement.tokens)}
            if told and not tool.reads:
                self.finder.spent.add(id(statement))
            found.update(
                {name: slot for name, slot in told.items() if self._better(tool, found.get(name), slot, plain)}
            )
        return found

    def _labels(self, tool: Tool, name: str, stem: str) -> bool:
        """Whether a word belongs to a parameter's name."""
        one = tool.parameter(name)
        return one is not None and label(stem) in {label(word) for word in one.labels}

    def _better(self, tool: Tool, old: Slot | None, slot: Slot, said: set[str]) -> bool:
        """Whether what a statement tells goes before what is known so far."""
        if old is None:
            return not tool.reads or self._needed(tool, slot.name)  # nobody is asked for the filters of a list
        return (
            bool(said & _CORRECTING)
            or (old.score < _SURE and slot.score > old.score)
            or "should" in said - {slot.value}
        )

    def _taking(self, job: Job) -> dict[str, Slot]:
        """The plain values, which from now on describe no row."""
        said, found = job.request.tokens, fill(job.tool, job.request.tokens, verb=job.request.at, sure=0.45)
        slots = self.plain(job)
        own = [slot for name, slot in found.items() if name in slots and slots[name] == slot]
        spans = [(max(0, slot.start - 4 * (slot.score > _SURE)), min(slot.end, len(said)), slot) for slot in own]
        self.finder.taken = {
            said[place].start
            for start, end, slot in spans
            for place in range(start, end)
            if place >= slot.start or self._labels(job.tool, slot.name, said[place].stem)
        }
        if not job.tool.reads:  # "as lost" says what the row is to become
            ends = [place for place, token in enumerate(said) if token.stem == "as" and place + 1 < len(said)]
            self.finder.taken |= {said[place + 1].start for place in ends if said[place + 1].stem in job.tool.names}
        return slots

    def _needed(self, tool: Tool, name: str) -> bool:
        one = tool.parameter(name)
        return one is not None and one.required

    def _describes(self, slot: Slot, job: Job) -> bool:
        """Whether a value tells which row is meant, rather than what to do with it: "my pending order"."""
        for mention in job.request.mentions:
            if mention.start <= slot.start < mention.noun:
                return not (job.tool.reads and mention is object_of(job.request))
        whose = [at for at, token in enumerate(job.request.tokens) if token.stem == "whose" and at < slot.start]
        if whose and not job.tool.reads:
            after = job.request.tokens[whose[-1] : slot.start]
            return not any(token.stem in ("with", "to", "for") or token.text in ",(" for token in after)
        return False

    def _concerns(self, statement: Request, job: Job) -> bool:
        """Whether a statement may be about this job's arguments."""
        about = [one for one in statement.mentions if not one.id]
        if not about:
            return True
        if any(not self._same(one, job) for one in about):
            return False
        kinds = {job.tool.noun, *(one.entity for one in job.request.mentions), ()}
        return any(one.entity in kinds or speaks(one.entity) for one in about)

    def _same(self, one: Mention, job: Job) -> bool:
        """Whether "the second order", "the first new ticket" of a statement is what this job is about."""
        if one.new:
            made = [other for other in self.jobs if other.tool.kind == "create" and other.tool.noun == one.entity]
            return job in made and (not one.ordinal or made.index(job) + 1 == one.ordinal) if made else True
        mine = [self.finder.which(other, job.request) for other in job.request.mentions if other.entity == one.entity]
        return not one.ordinal or not mine or any(other.ordinal in (0, one.ordinal) for other in mine)

    def build(self, job: Job) -> Built:
        """The arguments of the call, and the required parameters that nothing tells."""
        tool = job.tool
        arguments: dict[str, Json] = {}
        missing: list[Parameter] = []
        slots = self._taking(job)
        used: set[int] = set()
        for one in tool.parameters:
            value: Json = None
            if one.items:
                value = yield from self._lines(one, job)
            elif one.entity:
                value = yield from self._identifier(one, job, used)
            elif one.name in slots:
                value = slots[one.name].value
            if value is not None:
                arguments[one.name] = value
            elif (one.required and "default" not in one.schema) or (one.entity and mention_for(one, job, set())):
                missing.append(one)
        return arguments, missing

    def _identifier(self, one: Parameter, job: Job, used: set[int]) -> Generator[str, str, Json]:
        mention = mention_for(one, job, used)
        if mention is not None:
            used.add(mention.noun)
        elif not one.required and not self._implied(one, job):
            return None
        entity = one.entity
        found = yield from self.finder.find(entity, mention, job.request, one.role)
        if found is not None:
            self.memory.attend(entity, found)
            return typed(one, found)
        return None

    def _implied(self, one: Parameter, job: Job) -> bool:
        """Whether "my orders" asks for this optional person."""
        first = object_of(job.request)
        return speaks(one.entity) and job.tool.reads and ((first is not None and first.mine) or self._have(job))

    def _have(self, job: Job) -> bool:
        asks = job.request.counts or job.request.lists
        return asks and {"i", "have"} <= {token.text.lower() for token in job.request.tokens}

    def _lines(self, one: Parameter, job: Job) -> Generator[str, str, Json]:
        out: list[Json] = []
        for line in lines(one, job.request):
            values = dict(line.values)
            if line.place is not None:
                found = yield from self.finder.find(line.place.entity, line.mention, job.request, line.place.role)
                if found is None:
                    return None
                values[line.place.name] = typed(line.place, found)
            out.append({inner.name: values[inner.name] for inner in one.items if inner.name in values})
        return out or None

    # -- what to ask -------------------------------------------------------------------------------

    def wants(self, job: Job) -> tuple[list[str], list[str]]:
        """What to ask the user for: what the call cannot do without, and what they may want to choose."""
        needed: list[str] = []
        free: list[str] = []
        slots, used = self._taking(job), set[int]()
        for one in job.tool.parameters:
            if one.items:
                if one.required and not lines(one, job.request):
                    needed.append(one.said)
            elif one.entity:
                mention = mention_for(one, job, used)
                if mention is not None:
                    used.add(mention.noun)
                if self._unknown(one, mention, job):
                    needed.append(one.said)
            elif one.name not in slots and not is_limit(one):
                (needed if one.required and "default" not in one.schema else free).append(one.said)
        return needed, free if not job.tool.reads else []

    def _unknown(self, one: Parameter, mention: Mention | None, job: Job) -> bool:
        """Whether nothing tells yet which row is meant."""
        if mention is None and not one.required and not self._implied(one, job):
            return False
        if mention is None or not mention.entity or (mention.mine and speaks(one.entity)):
            if speaks(one.entity):
                return not self.memory.speaker and not any(_telling(said) for said in self.memory.statements)
            return self.finder.told(one.entity, None) is None
        if mention.id or mention.known or mention.new:
            return False
        owner = owner_of(mention, job.request)
        if owner is not None and (owner.id or owner.known or self._described(owner, job)):
            return False
        return not self._described(mention, job) and self.finder.told(one.entity, mention) is None

    def _described(self, mention: Mention, job: Job) -> bool:
        """Whether anything tells which row a mention means."""
        return bool(mention.id) or self.finder.details(mention.entity, mention, job.request).telling


def _points(statement: Request) -> bool:
    """Whether a statement only says which row is meant: "it's the order whose total is 5", "I mean the film X"."""
    plain = [token.text.lower() for token in statement.tokens[:3]]
    return plain[:2] in (["it's", "the"], ["i", "mean"], ["it", "is"], ["that's", "the"]) and bool(statement.mentions)


def _telling(statement: Request) -> bool:
    return any(token.kind in VALUES for token in statement.tokens)


def mention_for(one: Parameter, job: Job, used: set[int]) -> Mention | None:
    """The mention in the request that an identifier parameter means."""
    found: list[tuple[float, int, Mention]] = []
    for place, mention in enumerate(job.request.mentions):
        if mention.noun in used or not (mention.entity == one.entity or (not mention.entity and speaks(one.entity))):
            continue
        if (
            mention.entity == job.tool.noun
            and job.tool.kind in ("list", "count", "create")
            and one.entity != mention.entity
        ):
            continue
        if job.tool.kind == "create" and mention.entity == job.tool.noun and place == 0 and not mention.id:
            continue
        found.append((_role(one, mention, job) - (0.8 if _nested(place, job) else 0.0), -place, mention))
    if not found:
        shaped = [
            m for m in job.request.mentions if m.id and one.shape and one.shape.fullmatch(m.id) and m.noun not in used
        ]
        return shaped[0] if shaped else None
    best = max(found, key=lambda one: one[:2])
    return best[2] if best[0] > -1.5 else None


def _nested(place: int, job: Job) -> bool:
    """Whether a mention only tells which other thing is meant, and that other is an argument itself."""
    mentions = job.request.mentions
    if mentions[place].link != "of" or not place:
        return False
    return any(one.entity == mentions[place - 1].entity for one in job.tool.parameters)


def _role(one: Parameter, mention: Mention, job: Job) -> float:
    """How well the words around a mention fit the parameter's role."""
    after = [token.stem for token in job.request.tokens[mention.end : mention.end + 5]]
    heard = {*mention.before, mention.link, *(after[1:4] if after[:1] == ["as"] else ())}
    if not one.role:
        others = [other for other in job.tool.parameters if other.entity == one.entity and other.role]
        return -1.0 if any(set(other.role) & heard for other in others) else 0.5
    wanted = set(one.role) | {
        word for key, alike in _ROLES.items() if key in one.role or set(one.role) & alike for word in alike
    }
    return 1.0 if wanted & heard else 0.0


def writing(jobs: Sequence[Job]) -> bool:
    """Whether any of the jobs changes something."""
    return any(not job.tool.reads for job in jobs)
