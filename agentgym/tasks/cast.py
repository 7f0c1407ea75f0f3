"""Who speaks in a task, and what the rows it is about are called."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from agentgym.tasks import phrases
from agentgym.tasks.scene import Pick, Step
from agentgym.tasks.walk import Chart
from agentgym.types import Claim, Json, Row, Rows
from agentgym.world.naming import words

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
RowId = tuple[str, Json]


class Cast:
    """Names rows as the user would.

    ``rows`` is the initial state; ``openness`` is how likely a detail is said unasked.
    """

    def __init__(
        self,
        chart: Chart,
        rows: Rows,
        steps: Sequence[Step],
        claims: Mapping[RowId, Claim],
        rng: random.Random,
        openness: float,
    ) -> None:
        self.chart, self.claims, self.rng, self.openness = chart, claims, rng, openness
        self._rows = rows
        picks = [pick for step in steps for pick in step.picks.values()]
        self.ids: list[RowId] = list(dict.fromkeys((pick.table, pick.key) for pick in picks))
        abouts = [(step.about.table, step.about.key) for step in steps if step.about]
        self._born = [about for about in abouts if self.row(about) is None]  # rows that the task creates, in order
        self.said = {(pick.table, pick.key) for pick in picks if pick.step is None}
        self._short: dict[RowId, str] = {}  # how a row is called once it has been introduced
        goals = [step for step in steps if step.goal]
        self.asked = {(pick.table, pick.key) for step in goals for pick in step.picks.values()}
        self.speaker = self._speaker(goals)
        banks = any(words(table)[-1] == "account" for table in chart.tables)
        self.me = "my profile" if banks else "my account"

    def row(self, row: RowId) -> Row | None:
        """The row in the initial state; None for one that the task creates."""
        table, key = row
        primary = self.chart.tables[table].primary_key
        return next((found for found in self._rows.get(table, ()) if found[primary] == key), None)

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
        """Whether the next detail is said unasked."""
        return self.rng.random() < self.openness

    def name(self, row: RowId) -> str:
        """A row in facts, which stand alone: "the order", "the second order"; "" for the speaker."""
        if row == self.speaker:
            return ""
        noun = phrases.noun(row[0])
        if self.row(row) is None:
            noun, alike = f"new {noun}", [other for other in self._born if other[0] == row[0]]
        else:
            alike = [other for other in self.ids if other[0] == row[0] and other not in (*self._born, self.speaker)]
        if len(alike) < 2 or row not in alike:
            return f"the {noun}"
        return f"the {ORDINALS[min(alike.index(row), len(ORDINALS) - 1)]} {noun}"

    def mention(self, pick: Pick) -> str:
        """A row in the opening message: in full at first, briefly from then on."""
        row = (pick.table, pick.key)
        if row == self.speaker:
            return self.me
        if row in self._short:
            return self._short[row]
        noun = phrases.noun(pick.table)
        only = sum(table == pick.table for table, _ in dict.fromkeys((*self.ids, *self._born))) == 1
        text, brief = self._introduce(row, noun)
        self._short[row] = f"that {noun}" if only else brief
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
            if not self.open():
                return self._vague(owner, noun), self.name(row)
            key = f"{noun} {row[1]}" if owner == "the" else f"my {noun} {row[1]}"
            return self.rng.choice(
                (key, key, f"{owner} {noun} ({row[1]})", f"{owner} {noun} with the ID {row[1]}")
            ), f"{noun} {row[1]}"
        return self._described(self.claims[row], owner, noun)

    def _vague(self, owner: str, noun: str) -> str:
        return self.rng.choice((f"one of my {phrases.many(noun)}", f"my {noun}")) if owner == "my" else phrases.a(noun)

    def _described(self, claim: Claim, owner: str, noun: str) -> tuple[str, str]:
        if claim.of:
            text = f"the {noun} of {self.mention(Pick(*self._anchor(claim)))}"
            return text, text
        before: list[str] = []
        after: list[tuple[str, Json]] = []
        whose: list[str] = []
        for column, value in claim.conditions:
            target = self.chart.tables[claim.table].refers(column)
            if target:
                whose += [f"of {self.mention(Pick(target, value))}"] if (target, value) != self.speaker else []
            elif column == "status" and isinstance(value, str) and value.replace("_", "").isalpha():
                before.append(phrases.show(value))
            else:
                after.append((column, value))
        if (before or after) and not self.open():  # all of the details or none: some of them could fit another row
            text = " ".join((self._vague(owner, noun), *whose))
            return text, self.name((claim.table, claim.key))
        text = " ".join(filter(None, (owner, *before, noun, self._details(after), *whose)))
        return text, text if before or after else self.name((claim.table, claim.key))

    def _anchor(self, claim: Claim) -> RowId:
        """The row by whose reference the claimed one is known."""
        column, value = claim.conditions[0]
        return self.chart.tables[claim.of].refers(column) or claim.of, value

    def _details(self, conditions: Sequence[tuple[str, Json]]) -> str:
        """What tells a row from others, after its noun."""
        texts, plain = [], []
        for column, value in conditions:
            if column in ("name", "title"):
                texts.append(self.rng.choice(("called", "named")) + f" {phrases.quote(value)}")
            else:
                plain.append((column, value))
        if plain and self.rng.random() < 0.4:
            texts.append(
                "whose "
                + phrases.join(
                    [
                        f"{phrases.label(name)} {phrases.be(phrases.label(name))} {phrases.quote(value)}"
                        for name, value in plain
                    ]
                )
            )
        elif plain:
            counts = [
                phrases.counted(name, value) or f"the {phrases.label(name)} {phrases.quote(value)}"
                for name, value in plain
            ]
            texts.append("with " + phrases.join(counts))
        return " ".join(texts)

    def owned(self, row: RowId) -> bool:
        """Whether a row references the speaker."""
        found = self.row(row)
        if self.speaker is None or found is None:
            return False
        table, key = self.speaker
        return any(
            link.table == table and found.get(link.column) == key for link in self.chart.tables[row[0]].foreign_keys
        )
