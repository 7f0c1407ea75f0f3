"""Which row a mention means: by its identifier, by what was said before, or by looking it up."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from agentgym.play.agents.planner.acting import Hands
from agentgym.play.agents.planner.memory import people, references
from agentgym.play.agents.planner.mentions import Mention, speaks
from agentgym.play.agents.planner.picking import Details, explained, owner_of, pick
from agentgym.play.agents.planner.requests import Request
from agentgym.play.agents.planner.slots import fill, is_limit
from agentgym.play.agents.planner.toolbox import Parameter, Tool
from agentgym.types import Json

_DEEPEST = 3
_TRIES = 6  # ways that are tried to find one row

Find = Generator[str, str, Json]


class Finder:
    """Finds rows for one episode."""

    def __init__(self, hands: Hands) -> None:
        self.hands, self.memory, self.toolbox = hands, hands.memory, hands.memory.toolbox
        self.numbers: dict[tuple[int, int], int] = {}  # of mentions of a kind that the requests mention more than once
        self.careful = False  # every look counts: make none that may be in vain
        self.missed = False  # a look has failed: what the user said may be wrong
        self.requests: list[Request] = []
        self.spent: set[int] = set()  # statements, by identity, that give the call at hand its values, and tell no row
        self.taken: set[int] = set()  # starts of tokens of the request at hand that are arguments, and tell no row

    def find(
        self,
        entity: tuple[str, ...],
        mention: Mention | None,
        request: Request,
        role: Sequence[str] = (),
        depth: int = 0,
    ) -> Find:
        """The identifier of what is meant; None where nothing tells it. It may make reading calls."""
        if mention is not None:
            if mention.id:
                return mention.id
            mention = self.which(mention, request)
            known = self._recall(entity, mention)
            if known is not None:
                return known
        if speaks(entity) and (mention is None or not mention.entity or mention.mine):
            return (yield from self.me(entity))
        told = self.told(entity, mention, request)
        if told is not None or mention is None or depth > _DEEPEST:
            return told
        details = self.details(entity, mention, request)
        known = [row for row in self.memory.of(entity) if explained(row, details)]
        if details.telling and (one := pick(known, details)) is not None:
            return one.id
        return (yield from self._search(entity, mention, request, details, role, depth))

    def number(self, requests: Sequence[Request]) -> None:
        """Number the mentions of each kind, so that "the second order" of a statement is known."""
        self.requests = list(requests)
        seen: dict[tuple[str, ...], list[str]] = {}
        places: list[tuple[tuple[int, int], tuple[str, ...], int]] = []
        for request in requests:
            for one in request.mentions:
                several = one.many and "one" not in {
                    token.stem for token in request.tokens[max(0, one.start - 2) : one.start + 1]
                }
                if one.known or one.new or not one.entity or several:
                    continue
                kinds = seen.setdefault(one.entity, [])
                key = one.id or f"#{one.ordinal}" if one.ordinal else one.id or f"{request.tokens[0].start}/{one.noun}"
                if key not in kinds:
                    kinds.append(key)
                places.append(((request.tokens[0].start, one.noun), one.entity, kinds.index(key) + 1))
        self.numbers = {place: number for place, entity, number in places if len(seen[entity]) > 1}

    def which(self, mention: Mention, request: Request) -> Mention:
        """The mention with its number among those of its kind."""
        number = self.numbers.get((request.tokens[0].start, mention.noun), 0) if request.tokens else 0
        return mention._replace(ordinal=mention.ordinal or number)

    def _search(
        self,
        entity: tuple[str, ...],
        mention: Mention,
        request: Request,
        details: Details,
        role: Sequence[str],
        depth: int,
    ) -> Find:
        owner = owner_of(mention, request)
        owned = None
        if owner is not None and depth < _DEEPEST:
            kind = owner.entity or self._mine()
            owned = yield from self.find(kind, owner, request, (), depth + 1)
            if owned is None:
                return None
            known = [row for row in self.memory.of(entity) if owned in row.data.values() and row.id != owned]
            if len(known) == 1 and not details.telling:
                return known[0].id
            found = yield from self._from_owner(entity, kind, owned, details, role)
            if found is not None or self.missed or self.careful:
                return found
        elif not details.telling and not mention.mine and mention.before[:1] != ("the",):
            return None  # "one of the orders", "a certain order": nothing to look for
        ways = yield from self._ways(entity, mention, details)
        for tool, arguments in ways[: 1 if self.careful else _TRIES]:
            answer = yield from self.hands.look(tool, arguments)
            rows = [row for row in answer.rows if row.entity == entity] or [
                row._replace(id=key, entity=entity) for row in answer.rows for key in references(row.data, entity, role)
            ]
            one = pick(
                rows,
                details,
                few=mention.mine and any(place.name in arguments for place in tool.parameters if place.entity),
            )
            self.hands.note("search", tool=tool.name, rows=len(rows), found=None if one is None else one.id)
            if one is not None:
                return one.id
        return None

    def _from_owner(
        self, entity: tuple[str, ...], kind: tuple[str, ...], owned: Json, details: Details, role: Sequence[str]
    ) -> Find:
        """What belongs to a row: what it references, what is listed for it, what stands in it."""
        held = self._held(kind, owned, entity, role)
        if held:
            return held[0]
        for tool in self.toolbox.tools:
            place = next((one for one in tool.parameters if one.entity == kind), None)
            if tool.reads and tool.kind == "list" and tool.noun == entity and place and _served(tool, {place.name}):
                answer = yield from self.hands.look(tool, {place.name: typed(place, owned)})
                one = pick([row for row in answer.rows if row.entity == entity], details, few=True)
                if one is not None:
                    return one.id
        yield from self._get(kind, owned)
        held = self._held(kind, owned, entity, role)
        if held:
            return held[0]
        nested = [one for one in self.memory.of(entity) if (kind, owned) in one.within]
        one = pick(nested, details, few=True)
        if one is None and (
            through := {
                key
                for inner in self.memory.rows.values()
                if (kind, owned) in inner.within
                for key in references(inner.data, entity, role)
            }
        ):
            return next(iter(through)) if len(through) == 1 else None
        return None if one is None else one.id

    def _held(self, kind: tuple[str, ...], owned: Json, entity: tuple[str, ...], role: Sequence[str]) -> list[Json]:
        """What a row that has been seen references."""
        row = self.memory.row(kind, owned)
        return [key for key in references(row.data, entity, role) if key != owned] if row is not None else []

    def _get(self, entity: tuple[str, ...], key: Json) -> Generator[str, str, None]:
        """Look at one row."""
        for tool in self.toolbox.tools:
            place = next((one for one in tool.parameters if one.entity == entity and not one.role), None)
            if tool.reads and tool.kind != "list" and tool.noun == entity and place and _served(tool, {place.name}):
                answer = yield from self.hands.look(tool, {place.name: typed(place, key)})
                self.missed = self.missed or bool(answer.error)
                return

    def _ways(
        self, entity: tuple[str, ...], mention: Mention, details: Details
    ) -> Generator[str, str, list[tuple[Tool, dict[str, Json]]]]:
        """Reading calls that may show the row, the most telling first."""
        mine: dict[tuple[str, ...], Json] = {}
        if mention.mine or not details.telling:
            for kind in people(self.toolbox):
                me = self.memory.speaker.get(kind) or (yield from self.me(kind))
                if me is not None:
                    mine[kind] = me
        found: list[tuple[float, str, Tool, dict[str, Json]]] = []
        for tool in self.toolbox.tools:
            if not tool.reads or tool.kind == "count" or tool.noun != entity:
                continue
            slots = fill(tool, details.said, sure=0.5)
            arguments = {name: slot.value for name, slot in slots.items()}
            owners = {one.name: typed(one, mine[one.entity]) for one in tool.parameters if one.entity in mine}
            if owners:  # what is mine is few: no more than that is needed to find it
                needed = {one.name for one in tool.parameters if one.required}
                arguments = {**{name: value for name, value in arguments.items() if name in needed}, **owners}
            if _served(tool, arguments) and (arguments or tool.kind == "list"):
                if "query" in arguments and len(arguments) > 1:
                    arguments = {name: value for name, value in arguments.items() if name != "query" or not owners}
                found.append((2.0 * bool(owners) + sum(s.score for s in slots.values()), tool.name, tool, arguments))
                if owners and slots:
                    more = {name: slot.value for name, slot in slots.items()}
                    found.append((0.5, tool.name, tool, {**more, **arguments}))
                needed = {one.name for one in tool.parameters if one.required}
                few = {name: value for name, value in arguments.items() if name in needed or name in owners}
                if few != arguments and _served(tool, few):
                    found.append((0.1, tool.name, tool, few))
                limit = next((one for one in tool.parameters if is_limit(one)), None)
                if limit is not None and not self.careful and isinstance(most := limit.schema.get("maximum", 100), int):
                    found.append((0.05, tool.name, tool, {**arguments, limit.name: most}))
                    found.append((0.01, tool.name, tool, {**few, limit.name: most}))
        return [(tool, arguments) for _, _, tool, arguments in sorted(found, key=lambda way: (-way[0], way[1]))]

    # -- what was said ---------------------------------------------------------------------------

    def _recall(self, entity: tuple[str, ...], mention: Mention) -> Json:
        """ "That order", "the new order": what was spoken of before."""
        made = self.memory.made.get(entity, [])
        if mention.new and made:
            return made[min(mention.ordinal or len(made), len(made)) - 1]
        focus = self.memory.focus.get(entity, [])
        if mention.known and focus:
            return focus[-1]
        return None

    def told(self, entity: tuple[str, ...], mention: Mention | None, request: Request | None = None) -> Json:
        """The identifier that the user has told for a thing."""
        others = {one.id for one_ in self.requests for one in one_.mentions if one.id} if mention else set()
        topics = {one.entity for one in request.mentions} if request is not None else set()
        best: tuple[int, Json] = (-9, None)
        for statement in self.memory.statements:
            plain = [token.stem for token in statement.tokens]
            for one in statement.mentions:
                about = one.entity == entity and one.id and plain[:3] != ["one", "of", "my"] and one.id not in others
                if about and (mention is None or one.ordinal in (0, mention.ordinal) or not mention.ordinal):
                    beside = {other.entity for other in statement.mentions if other is not one and not other.id}
                    fits = 0 if not beside or not topics else 1 if beside & topics else -1
                    best = best if fits < best[0] else (fits, one.id)
        return best[1]

    def me(self, entity: tuple[str, ...]) -> Find:
        """Who speaks, as one of ``entity``."""
        if entity in self.memory.speaker:
            return self.memory.speaker[entity]
        found = self.told(entity, None)
        if found is None:
            found = yield from self._by_key(entity)
        if found is None:
            found = yield from self._by_possession(entity)
        if found is not None:
            self.memory.speaker[entity] = found
        return found

    def _by_key(self, entity: tuple[str, ...]) -> Find:
        """Look the speaker up by their email, phone or name."""
        said = [token for statement in self._own() for token in statement.tokens]
        for tool in self.toolbox.tools:
            if not tool.reads or tool.noun != entity or any(one.required and one.entity for one in tool.parameters):
                continue
            slots = fill(tool, said, sure=0.5)
            if slots and _served(tool, slots):
                answer = yield from self.hands.look(tool, {name: slot.value for name, slot in slots.items()})
                rows = [row for row in answer.rows if row.entity == entity]
                if len(rows) == 1:
                    return rows[0].id
        return None

    def _own(self) -> list[Request]:
        """Statements about the speaker."""
        return [
            one
            for one in self.memory.statements
            if not one.mentions or any(speaks(mention.entity) or not mention.entity for mention in one.mentions)
        ]

    def _by_possession(self, entity: tuple[str, ...]) -> Find:
        """Learn who speaks from something that is theirs: "one of my orders is ORD-1"."""
        for statement in [*self.memory.statements, *self.requests]:
            for mention in statement.mentions:
                if mention.id and mention.mine and mention.entity != entity:
                    row = self.memory.row(mention.entity, mention.id)
                    if row is None or not references(row.data, entity):
                        yield from self._get(mention.entity, mention.id)
                    row = self.memory.row(mention.entity, mention.id)
                    held = references(row.data, entity) if row is not None else []
                    if held:
                        return held[0]
        return None

    def _mine(self) -> tuple[str, ...]:
        return next(iter(self.memory.speaker), next(iter(people(self.toolbox)), ()))

    def details(self, entity: tuple[str, ...], mention: Mention, request: Request) -> Details:
        """What tells the row from others: the words of the request from its mention to the next one, and statements."""
        mention = self.which(mention, request)
        stop = next(
            (
                one.start
                for one in request.mentions
                if one.start >= mention.end and one.link in ("to", "for", "from", "as", "with", "of")
            ),
            len(request.tokens),
        )
        if mention.end < stop and request.tokens[mention.end].stem == "as":
            stop = mention.end  # "an employee as the manager" says what for, not which
        around = [*request.tokens[mention.start : mention.noun], *request.tokens[mention.end : stop]]
        said = [token for token in around if token.start not in self.taken]
        for statement in self.memory.statements:
            for one in statement.mentions if id(statement) not in self.spent else ():
                if one.entity == entity and one.ordinal in (0, mention.ordinal or one.ordinal) and not one.id:
                    said += [*statement.tokens[: one.start], *statement.tokens[one.end :]]
                    break
        return Details(tuple(said))


def _served(tool: Tool, given: Sequence[str] | set[str] | dict[str, Json] | Iterator[str]) -> bool:
    """Whether every required argument is given."""
    return all(one.name in given for one in tool.parameters if one.required)


def typed(place: Parameter, key: Json) -> Json:
    """An identifier in the type that a parameter takes."""
    if place.kind in ("integer", "number") and isinstance(key, str) and key.lstrip("-").isdigit():
        return int(key)
    return str(key) if place.kind == "string" and isinstance(key, int) else key
