"""What an episode has shown so far: rows in tools' answers, and what the user has told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agentgym.build.semantics.language import singular
from agentgym.play.agents.agent import parsed
from agentgym.play.agents.planner.mentions import speaks
from agentgym.play.agents.planner.requests import Request
from agentgym.play.agents.planner.toolbox import Tool, Toolbox
from agentgym.types import Json
from agentgym.world.naming import words

_KEYS = frozenset({"id", "code", "number", "key", "uuid", "sid", "identifier"})
_DEEPEST = 4


class Known(NamedTuple):
    """One row that a tool has shown."""

    entity: tuple[str, ...]
    id: Json
    data: dict[str, Json]
    tool: str
    within: tuple[tuple[tuple[str, ...], Json], ...] = ()  # rows it stood in: what they are, and their ids


@dataclass
class Memory:
    """Everything known in one episode."""

    toolbox: Toolbox
    rows: dict[tuple[tuple[str, ...], str], Known] = field(default_factory=dict)  # the latest by thing and id
    statements: list[Request] = field(default_factory=list)  # what the user has told, in order
    opened: int = 0  # how many of them stood in the opening message
    focus: dict[tuple[str, ...], list[Json]] = field(default_factory=dict)  # ids by thing, latest last
    made: dict[tuple[str, ...], list[Json]] = field(default_factory=dict)  # ids of rows that this agent created
    speaker: dict[tuple[str, ...], Json] = field(default_factory=dict)  # who speaks, by what they are

    def of(self, entity: tuple[str, ...]) -> list[Known]:
        """The rows of one kind that have been seen, in order."""
        return [row for (kind, _), row in self.rows.items() if kind == entity]

    def row(self, entity: tuple[str, ...], key: Json) -> Known | None:
        return self.rows.get((entity, str(key)))

    def attend(self, entity: tuple[str, ...], key: Json) -> None:
        """The conversation is about this row now."""
        order = self.focus.setdefault(entity, [])
        if key in order:
            order.remove(key)
        order.append(key)

    def learn(self, tool: Tool, observation: str) -> list[Known]:
        """Take in a tool's answer. The rows at its top, in order; nested ones are kept too."""
        content = parsed(observation)
        if isinstance(content, (str, int)) and not isinstance(content, bool) and tool.noun and tool.kind != "count":
            if tool.noun in self.toolbox.nouns:
                return [self._keep(Known(tool.noun, content, {}, tool.name))]
            return []
        found = [self._row(tool, tool.noun, one, ()) for one in top(content)]
        return [row for row in found if row is not None]

    def _row(
        self,
        tool: Tool,
        entity: tuple[str, ...],
        data: dict[str, Json],
        within: tuple[tuple[tuple[str, ...], Json], ...],
    ) -> Known | None:
        entity, key = identify(data, entity, self.toolbox)
        row = Known(entity, key, data, tool.name, within) if key is not None else None
        if row is not None:
            self._keep(row)
        inside = (*within, (entity, key))
        for name, value in data.items() if len(within) < _DEEPEST else ():
            kind = _thing(name, entity, self.toolbox)
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    self._row(tool, kind, inner, inside)
        return row

    def _keep(self, row: Known) -> Known:
        old = self.rows.pop((row.entity, str(row.id)), None)
        if old is not None:
            row = row._replace(data={**old.data, **row.data}, within=row.within or old.within)
        self.rows[row.entity, str(row.id)] = row
        return row


def top(content: Json) -> list[dict[str, Json]]:
    """The rows an answer is made of: its items, those in its envelope, or the answer itself."""
    if isinstance(content, list):
        return [one for one in content if isinstance(one, dict)]
    if not isinstance(content, dict):
        return []
    lists = [value for value in content.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    objects = [value for value in content.values() if isinstance(value, dict)]
    if len(lists) == 1 and len(content) <= 4 and not any(words(name)[-1:] == ["id"] for name in content):
        return top(lists[0])
    if len(objects) == len(content) == 1:
        return objects
    return [content]


def identify(
    data: dict[str, Json], entity: tuple[str, ...], toolbox: Toolbox
) -> tuple[tuple[str, ...], str | int | None]:
    """What a row is, and its identifier: ``order_id`` of an order, else ``id``, else the first identifier."""
    best: tuple[tuple[str, ...], str | int | None] = (entity, None)
    for name, value in data.items():
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            continue
        parts = [singular(word) for word in words(name)]
        if parts[-1:] and parts[-1] in _KEYS:
            whole = tuple(parts[:-1])
            if whole == entity or not whole:
                return entity, value
            if best[1] is None and (whole[-1:] == entity[-1:] or entity[-len(whole) :] == whole or not entity):
                best = (whole if whole in toolbox.nouns else entity, value)
    if best[1] is None:
        first = next(((name, value) for name, value in data.items() if isinstance(value, (str, int))), None)
        if first is not None and not isinstance(first[1], bool) and words(first[0])[-1:] in ([k] for k in _KEYS):
            whole = tuple(singular(word) for word in words(first[0])[:-1])
            return (whole if whole in toolbox.nouns else entity), first[1]
        if first is not None and words(first[0]) == ["name"]:
            return entity, first[1]
    return best


def references(data: dict[str, Json], entity: tuple[str, ...], role: Sequence[str] = ()) -> list[Json]:
    """The identifiers of a thing that a row holds, those in ``role`` first."""
    found: list[tuple[bool, Json]] = []
    for name, value in data.items():
        parts = [singular(word) for word in words(name)]
        names = parts[-1:] and parts[-1] in _KEYS and tuple(parts[:-1])[-len(entity) :] == entity
        if names and isinstance(value, (str, int)) and not isinstance(value, bool):
            other = not all(word in parts for word in role) if role else len(parts) - 1 > len(entity)
            found.append((other, value))
    return [value for _, value in sorted(found, key=lambda pair: pair[0])]


def _thing(name: str, holder: tuple[str, ...], toolbox: Toolbox) -> tuple[str, ...]:
    """What the objects in a property are: ``items`` of an order are order items."""
    parts = tuple(singular(word) for word in words(name))
    if parts in toolbox.nouns:
        return parts
    if (*holder, *parts) in toolbox.nouns:
        return (*holder, *parts)
    alike = [noun for noun in toolbox.nouns if parts and noun[-1] == parts[-1]]
    return alike[0] if len(alike) == 1 else parts


def scalars(data: dict[str, Json], limit: int = 40) -> Iterator[tuple[str, Json]]:
    """The plain values of a row, and those of objects right inside it."""
    for name, value in list(data.items())[:limit]:
        if isinstance(value, dict):
            yield from ((inner, one) for inner, one in value.items() if not isinstance(one, (dict, list)))
        elif not isinstance(value, list) and value is not None:
            yield name, value


def people(toolbox: Toolbox) -> list[tuple[str, ...]]:
    """The things of a domain that may be the one who speaks."""
    return [noun for noun in toolbox.nouns if speaks(noun)]
