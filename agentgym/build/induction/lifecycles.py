"""Status columns: which a table has, where a tool's verb moves them, and what a tool insists on first.

"Only pending orders can be cancelled." is a guard; "Sets the order's status to `shipped`." a move. A rule needs
the column and the value it speaks of to exist: words alone change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from agentgym.build.induction.schema import ToolView
from agentgym.build.induction.uses import Lookup, noun_of, takes_own
from agentgym.build.semantics.language import ACTS, participles, plural, sentences
from agentgym.types import Column, Effect, Guard, Table, Use
from agentgym.world.naming import snake, words

_QUOTED = r"[`'\"]?([\w -]+?)[`'\"]?(?:[.,]| and\b|$)"
_FINAL = frozenset("cancelled canceled deleted terminated expired closed completed archived".split())
_SWITCHED_OFF = {
    "disable": "enabled", "deactivate": "active", "unarchive": "archived", "unpublish": "published",
    "unlock": "locked", "unfreeze": "frozen", "unblock": "blocked", "unpause": "paused", "resume": "paused",
}  # fmt: skip

# -- columns and moves -------------------------------------------------------------------------------


def status_columns(table: Table) -> list[Column]:
    """The columns that hold a lifecycle: status first, then state and *_status."""
    closed = [
        column
        for column in table.columns
        if column.enum and snake(column.name).split("_")[-1] in ("status", "state", "stage", "phase")
    ]
    return sorted(closed, key=lambda column: (snake(column.name) != "status", column.name))


def initial(column: Column) -> str | None:
    """The value a new row starts with: the vendor's default, else the first of the enum."""
    if column.default is not None:
        return str(column.default)
    return column.enum[0] if column.enum else None


def status_target(view: ToolView, table: Table) -> tuple[Column, str] | None:
    """The status a verb moves its row to, if the table has such a value."""
    verb, name_words = view.reading.verb, words(view.spec.name)
    noun = re.escape(noun_of(table.name))
    said = re.findall(rf"(?:its|the {noun}'s|their) status to {_QUOTED}", view.spec.description, re.I)
    wanted = [*said, *sorted(participles(verb)), *ACTS.get(verb, ()), *name_words[1:]] if verb else said
    for column in status_columns(table):
        values = {_letters(value): value for value in column.enum}
        for word in wanted:
            if _letters(word) in values:
                return column, values[_letters(word)]
    return None


def flag_target(view: ToolView, table: Table) -> tuple[Column, bool] | None:
    """The boolean column a verb switches: archive -> archived, disable -> enabled = False."""
    verb = view.reading.verb
    for column in table.columns:
        slot = snake(column.name).removeprefix("is_")
        if column.type == "bool" and slot in participles(verb) | set(ACTS.get(verb, ())):
            return column, True
        if column.type == "bool" and slot == _SWITCHED_OFF.get(verb):
            return column, False
    return None


def others_moved(view: ToolView, uses: Sequence[Use], look: Lookup) -> list[Effect]:
    """Statuses of rows that arguments refer to: "Sets the vehicle's status to `rented`."."""
    effects: list[Effect] = []
    for use in uses:
        if use.role != "reference":
            continue
        said = re.findall(rf"the {re.escape(noun_of(use.table))}'s status to {_QUOTED}", view.spec.description, re.I)
        for column in status_columns(look.tables[use.table])[:1]:
            values = [value for value in column.enum if said and _letters(value) == _letters(said[0])]
            effects += [
                Effect(of=use.parameter, table=use.table, column=column.name, op="set", value=value) for value in values
            ]
    return effects


# -- guards ------------------------------------------------------------------------------------------


def guards_of(view: ToolView, uses: Sequence[Use], look: Lookup, moved: tuple[Column, str] | None) -> list[Guard]:
    """The tool's preconditions; for a status move without one, that the row is not there already."""
    guards: list[Guard] = []
    for sentence in sentences(view.spec.description):
        for said, noun in _conditions(sentence):
            guards += _guards_for(said, noun, view, uses, look)
    own = look.tables[view.entity]
    adjectives = view.reading.noun[:-1]
    if not guards and adjectives and takes_own(uses):
        guards = [
            Guard(of="", table=own.name, column=column.name, test="in", values=values)
            for column in status_columns(own)
            if (values := _values(column, adjectives))
        ]
    if moved is not None and not any(guard.of == "" and guard.column == moved[0].name for guard in guards):
        guards.append(_not_there_yet(own, *moved))
    return [guard for position, guard in enumerate(guards) if guard not in guards[:position]]


def _not_there_yet(own: Table, column: Column, target: str) -> Guard:
    """A row that has reached its target, or an end it cannot come back from, is not moved again."""
    final = [value for value in column.enum if _letters(value) in _FINAL]
    others = final if target not in final or target == "cancelled" else []
    values = tuple(dict.fromkeys((target, *others)))
    return Guard(of="", table=own.name, column=column.name, test="not_in", values=values)


def _conditions(sentence: str) -> Iterator[tuple[list[str], str]]:
    """(status words, noun) of "Only pending or processing orders can be ...", "The account must be active."."""
    found = re.match(r"only (?:an? )?(.+?) (?:can|may|could) be\b", sentence, re.I)
    if found:
        *said, noun = re.split(r"[\s,]+", found[1].replace("`", ""))
        yield [word for word in said if word not in ("or", "and")], noun
    found = re.match(r"(?:the |both |each |every )(.+?) must (?:still )?be (.+?)\.?$", sentence, re.I)
    if found:
        yield [word for word in re.split(r"[\s,]+", found[2].replace("`", "")) if word not in ("or", "and")], found[1]


def _guards_for(said: list[str], noun: str, view: ToolView, uses: Sequence[Use], look: Lookup) -> Iterator[Guard]:
    """Find the row a condition speaks of, and the first of its status columns that has a value it names."""
    for of, table in _rows_meant(noun, look.tables[view.entity], uses, look):
        for column in status_columns(table):
            values = _values(column, said)
            if values:
                yield Guard(of=of, table=table.name, column=column.name, test="in", values=values)
                break


def _rows_meant(noun: str, own: Table, uses: Sequence[Use], look: Lookup) -> Iterator[tuple[str, Table]]:
    """The rows a noun may mean: the tool's own, or those that arguments refer to, also within lines."""
    plain = _letters(noun)
    if takes_own(uses) and _means(plain, own.name):
        yield "", own
    for use in uses:
        named = plain in _letters(use.parameter.removesuffix("_id"))
        if use.role == "reference" and (_means(plain, use.table) or named):
            yield use.parameter, look.tables[use.table]
        for item in use.items:
            if item.role == "reference" and _means(plain, item.table):
                yield f"{use.parameter}.{item.parameter}", look.tables[item.table]


def _means(plain: str, table: str) -> bool:
    noun = noun_of(table)
    last = noun.split()[-1]
    return plain in (_letters(noun), _letters(plural(noun)), _letters(last), _letters(plural(last)))


def _values(column: Column, said: Iterable[str]) -> tuple[str, ...]:
    """The enum values that words name, also across two words ("checked in")."""
    tokens = [_letters(word) for word in said]
    joined = set(tokens) | {first + second for first, second in pairwise(tokens)}
    return tuple(value for value in column.enum if _letters(value) in joined)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())
