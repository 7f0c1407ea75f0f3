"""Who speaks in a task, and what the rows it is about are called."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

from agentgym.tasks import phrases
from agentgym.tasks.chart import Chart
from agentgym.tasks.phrases import label
from agentgym.tasks.steps import Pick, RowId, Step
from agentgym.tasks.wording.traits import Trait, trait
from agentgym.types import Claim, Json, Row, Rows
from agentgym.world.naming import words

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


_SIDES = {"origin": "from", "source": "from", "sender": "from", "destination": "to", "target": "to", "recipient": "to"}


class Book:
    """A domain's chart with the rows a task begins with, each row looked up once."""

    def __init__(self, chart: Chart, rows: Rows) -> None:
        self.chart = chart
        self._rows = rows
        self._found: dict[RowId, Row | None] = {}

    def row(self, row: RowId) -> Row | None:
        """The row in the initial state; None for one that the task creates."""
        if row not in self._found:
            table, key = row
            primary = self.chart.tables[table].primary_key
            self._found[row] = next((found for found in self._rows.get(table, ()) if found[primary] == key), None)
        return self._found[row]


class Cast:
    """Names rows as the user would.

    ``openness`` is how likely a detail is said unasked. ``alone``: what is said stands
    by itself, so that every row is named in full each time, and no detail is said. ``wrong`` holds keys that the user
    has wrong: they are said in place of the right ones, and unasked. ``sure`` are rows that are described unasked.
    """

    def __init__(
        self,
        book: Book,
        steps: Sequence[Step],
        claims: Mapping[RowId, Claim],
        rng: random.Random,
        openness: float,
        wrong: Mapping[RowId, Json] | None = None,
        sure: Collection[RowId] = (),
        *,
        alone: bool = False,
    ) -> None:
        self.chart, self.claims, self.rng, self.openness, self.alone = book.chart, claims, rng, openness, alone
        self._book, self.wrong, self.sure = book, wrong or {}, sure
        picks = [pick for step in steps for pick in step.picks.values()]
        self.ids: list[RowId] = list(dict.fromkeys((pick.table, pick.key) for pick in picks))
        abouts = [(step.about.table, step.about.key) for step in steps if step.about]
        self._born = [about for about in dict.fromkeys(abouts) if self.row(about) is None]  # made by the task, in order
        self.said = {(pick.table, pick.key) for pick in picks if pick.step is None}
        self.asked = {(pick.table, pick.key) for step in steps if step.goal for pick in step.picks.values()}
        self._short: dict[RowId, str] = {}  # how a row is told from others of its table once it has been introduced
        self._places: dict[str, list[RowId]] = {}  # rows of a table in the order they came up
        self.withheld = False
        self._last: RowId | None = None  # the row spoken of last: "it"
        self.speaker = self._speaker([step for step in steps if step.goal])
        banks = any(words(table)[-1] == "account" for table in self.chart.tables)
        self.me = "my profile" if banks else "my account"

    def row(self, row: RowId) -> Row | None:
        """The row in the initial state; None for one that the task creates."""
        return self._book.row(row)

    def _speaker(self, goals: Sequence[Step]) -> RowId | None:
        """The one person everything is about, unless it is the staff that speaks or that person does not exist yet."""
        if any(phrases.for_staff(step.call.name) for step in goals):
            return None
        owners: dict[RowId, None] = {}
        found = [(step.about.table, step.about.key) for step in goals if step.about]
        for table, key in (*self.ids, *found):
            if phrases.can_speak(table):
                owners[table, key] = None
            row = self.row((table, key)) or {}
            for link in self.chart.tables[table].foreign_keys:
                if phrases.can_speak(link.table) and row.get(link.column) is not None:
                    owners[link.table, row[link.column]] = None
        people = [owner for owner in owners if self.row(owner) is not None]
        return people[0] if len(owners) == len(people) == 1 else None

    def person(self) -> str:
        """The speaker's name, where the state has one."""
        row = (self.row(self.speaker) if self.speaker else None) or {}
        names = (
            [row.get("first_name"), row.get("last_name")]
            if row.get("first_name")
            else [row.get("full_name") or row.get("name")]
        )
        return " ".join(str(name) for name in names if name)

    def open(self) -> bool:
        """Whether the next detail is said unasked; ``withheld`` remembers that one was not."""
        said = self.rng.random() < self.openness
        self.withheld = self.withheld or not said
        return said

    def name(self, row: RowId) -> str:
        """A row in facts, which stand alone: "the order", "the second order"; "" for the speaker."""
        if row == self.speaker:
            return ""
        noun, alike = phrases.noun(row[0]), self._alike(row)
        noun = f"new {noun}" if self.row(row) is None else noun
        if alike < 2:
            return f"the {noun}"
        return f"the {ORDINALS[min(self._place(row), len(ORDINALS) - 1)]} {noun}"

    def _alike(self, row: RowId) -> int:
        """How many rows of its table, old or new as it is, the task is about."""
        new = self.row(row) is None
        others = self._born if new else [other for other in self.ids if other not in self._born]
        return sum(other[0] == row[0] and other != self.speaker for other in others)

    def _place(self, row: RowId) -> int:
        """Where a row stands among those like it, in the order in which they came up."""
        new = "new " if self.row(row) is None else ""
        places = self._places.setdefault(new + row[0], [])
        if row not in places:
            places.append(row)
        return places.index(row)

    def mention(self, pick: Pick, *, object_: bool = False) -> str:
        """A row in the opening message: in full at first, briefly from then on.

        ``object_``: it is what the verb acts on, and so may be "it" where it was spoken of just before.
        """
        row = (pick.table, pick.key)
        last, self._last = self._last, row
        if row == self.speaker:
            return self.me
        noun = phrases.noun(pick.table)
        if row in self._short and not self.alone:
            if object_ and last == row and pick.table not in self.chart.people and self.rng.random() < 0.4:
                return "it"
            if sum(other[0] == row[0] for other in self._short) > 1:
                return self._short[row]
            return self.rng.choice((f"that {noun}", f"this {noun}", f"the same {noun}"))
        self._place(row)
        text, self._short[row] = self._introduce(row, noun)
        return text

    def introduced(self, pick: Pick) -> bool:
        """Whether the row has been mentioned, or is the speaker."""
        return (pick.table, pick.key) in self._short or (pick.table, pick.key) == self.speaker

    def meet(self, table: str, column: str, value: Json) -> None:
        """A row that the user has asked to find is known from then on."""
        for table_, key in self.ids:
            if table_ == table and (self.row((table, key)) or {}).get(column) == value:
                self._short.setdefault((table, key), f"that {phrases.noun(table)}")

    def _introduce(self, row: RowId, noun: str) -> tuple[str, str]:
        """The first mention, and a brief one that still tells the row from others of its table."""
        if row not in self.said and row not in self.claims:
            return self.name(row), self.name(row)
        owner = "my" if self.owned(row) else "the"
        if row in self.said:
            if row not in self.wrong and not self.alone and not self.open():
                return self._vague(row, owner, noun), self.name(row)
            key = phrases.quote(self.wrong.get(row, row[1]))
            brief = f"{noun} {key}"
            return self._keyed(key, owner, noun), brief
        return self._described(self.claims[row], owner, noun)

    def _keyed(self, key: str, owner: str, noun: str) -> str:
        """A row by its key."""
        bare = noun if owner == "the" else f"my {noun}"
        full = f"{owner} {noun}"
        ways = [f"{bare} {key}", f"{bare} {key}", f"{full} ({key})", f"{full} with the ID {key}", f"{full} {key}"]
        if any(sign.isdigit() for sign in key):
            ways += [f"{bare} number {key}", f"{full} under {key}"]
        return self.rng.choice(ways)

    def _vague(self, row: RowId, owner: str, noun: str) -> str:
        """A row whose key or details are told on request."""
        place = self._place(row)
        if place and self._alike(row) > 1:
            return f"another {noun}" if place == 1 else phrases.a(f"{ORDINALS[min(place, len(ORDINALS) - 1)]} {noun}")
        if owner == "my":
            return self.rng.choice((f"one of my {phrases.plural(noun)}", f"my {noun}", f"{phrases.a(noun)} of mine"))
        return self.rng.choice((phrases.a(noun), f"one of the {phrases.plural(noun)}"))

    def _described(self, claim: Claim, owner: str, noun: str) -> tuple[str, str]:
        row = (claim.table, claim.key)
        if claim.of:
            text = f"the {noun} of {self.mention(Pick(*self._anchor(claim)))}"
            return text, text
        plain, whose = [], ""
        for column, value in claim.conditions:
            target = self.chart.tables[claim.table].refers(column)
            if not target:
                plain.append((column, value))
            elif (target, value) != self.speaker:
                whose += self.beside(claim.table, column, Pick(target, value))
        if (
            plain and row not in self.sure and not self.alone and not self.open()
        ):  # all of the details or none: some could fit another row
            return self._vague(row, owner, noun) + whose, self.name(row)
        text = self.described(owner, noun, plain) + whose
        return text, text if plain else self.name(row)

    def described(self, owner: str, noun: str, conditions: Sequence[tuple[str, Json]]) -> str:
        """A row by what is said of it: "my pending order with a total of 9.50"."""
        return f"{owner} {self.between(noun, [trait(column, value, self.rng) for column, value in conditions])}"

    def between(self, noun: str, traits: Sequence[Trait]) -> str:
        """A noun between what is said of it: "pending orders in Oslo that are overdue"."""
        before = list(dict.fromkeys(one.before for one in traits if one.before))
        twice = [one.again for at, one in enumerate(traits) if one.before in [other.before for other in traits[:at]]]
        after = sorted(filter(None, [*(one.after for one in traits), *twice]), key=_weight)
        first = [phrase.split(" ", 1)[0] for phrase in after]
        said = [f"and {phrase}" if first[at - 1 : at] == [first[at]] else phrase for at, phrase in enumerate(after)]
        return " ".join([*before, noun, *said])

    def beside(self, table: str, name: str, pick: Pick) -> str:
        """Another row by which those of ``table`` are known: " of the shop", " from the station", " whose boss is"."""
        role = label(name).removesuffix(" ID")
        bare = role.removesuffix(f" {phrases.noun(table)}")
        if pick.table == table and bare not in (
            "ID",
            phrases.noun(table),
        ):  # who is who in "the employee of the employee"?
            return f" whose {bare} is {self.mention(pick)}"
        return f" {_SIDES.get(role.split(' ', 1)[0], 'of')} {self.mention(pick)}"

    def _anchor(self, claim: Claim) -> RowId:
        """The row by whose reference the claimed one is known."""
        column, value = claim.conditions[0]
        return self.chart.tables[claim.of].refers(column) or claim.of, value

    def owned(self, row: RowId) -> bool:
        """Whether a row references the speaker."""
        found = self.row(row)
        if self.speaker is None or found is None:
            return False
        table, key = self.speaker
        return any(
            link.table == table and found.get(link.column) == key for link in self.chart.tables[row[0]].foreign_keys
        )


def _weight(after: str) -> int:
    """Asides and plain phrases stand next to the noun, relative clauses last."""
    if after.startswith("("):
        return 0
    return 2 if after.startswith("whose ") else 3 if after.startswith(("that ", "where ")) else 1
