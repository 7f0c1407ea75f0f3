"""Who speaks in a task, and what the rows it is about are called."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from agentgym.tasks import phrases
from agentgym.tasks.describe import Claim
from agentgym.tasks.scene import Pick, Step
from agentgym.tasks.walk import Chart
from agentgym.types import Json, Row, Rows

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
RowId = tuple[str, Json]


class Cast:
    """Names rows as the user would. ``rows`` is the initial state; ``openness`` is how likely a detail is said unasked."""

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
        self.said = {(pick.table, pick.key) for pick in picks if pick.step is None}
        self._short: dict[RowId, str] = {}  # how a row is called once it has been introduced
        self.speaker = self._speaker([step for step in steps if step.goal])

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
        for table, key in self.ids:
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
        names = [row.get("first_name"), row.get("last_name")] if row.get("first_name") else [row.get("full_name") or row.get("name")]
        return " ".join(str(name) for name in names if name)

    def open(self) -> bool:
        """Whether the next detail is said unasked."""
        return self.rng.random() < self.openness

    def name(self, row: RowId) -> str:
        """A row in facts, which stand alone: "the order", "the second order"; "" for the speaker."""
        if row == self.speaker:
            return ""
        alike = [other for other in self.ids if other[0] == row[0] and other != self.speaker]
        noun = phrases.noun(row[0])
        if len(alike) < 2 or row not in alike:
            return f"the {noun}"
        return f"the {_ORDINALS[min(alike.index(row), len(_ORDINALS) - 1)]} {noun}"

    def mention(self, pick: Pick) -> str:
        """A row in the opening message: in full at first, briefly from then on."""
        row = (pick.table, pick.key)
        if row == self.speaker:
            return "my account"
        if row in self._short:
            return self._short[row]
        noun = phrases.noun(pick.table)
        only = sum(other[0] == pick.table for other in self.ids) == 1
        text, brief = self._introduce(row, noun)
        self._short[row] = f"that {noun}" if only else brief
        return text

    def _introduce(self, row: RowId, noun: str) -> tuple[str, str]:
        """The first mention, and a brief one that still tells the row from others of its table."""
        if row not in self.said and row not in self.claims:
            return f"the new {noun}", f"the new {noun}"
        owner = "my" if self._owned(row) else "the"
        if row in self.said:
            if not self.open():
                return self._vague(owner, noun), self.name(row)
            key = phrases.show(row[1])
            forms = (f"{owner} {noun} {key}", f"{owner} {noun} {key}", f"{owner} {noun} ({key})", f"{owner} {noun} with the ID {key}")
            return self.rng.choice(forms), f"the {noun} {key}"
        return self._described(self.claims[row], owner, noun)

    def _vague(self, owner: str, noun: str) -> str:
        return self.rng.choice((f"one of my {phrases.plural(noun)}", f"my {noun}") if owner == "my" else (phrases.a(noun), f"a certain {noun}"))

    def _described(self, claim: Claim, owner: str, noun: str) -> tuple[str, str]:
        if claim.of:
            text = f"the {noun} of {self.mention(Pick(*self._anchor(claim)))}"
            return text, text
        before, after = [], []
        for column, value in claim.conditions:
            target = self.chart.tables[claim.table].refers(column)
            if target:
                if (target, value) != self.speaker:
                    after.append(f"of {self.mention(Pick(target, value))}")
            elif not self.open():
                continue
            elif column == "status" and isinstance(value, str) and value.replace("_", "").isalpha():
                before.append(phrases.show(value))
            else:
                after.append(self._detail(column, value))
        text = " ".join((owner, *before, noun, *after))
        return text, text if before or after else self.name((claim.table, claim.key))

    def _anchor(self, claim: Claim) -> RowId:
        """The row by whose reference the claimed one is known."""
        column, value = claim.conditions[0]
        return self.chart.tables[claim.of].refers(column) or claim.of, value

    def _detail(self, column: str, value: Json) -> str:
        label = phrases.label(column)
        if column.split("_")[-1] in ("name", "title"):
            return self.rng.choice(("called", "named")) + f" {phrases.quote(value)}"
        if column.endswith("_at"):
            return f"{label} {phrases.show(value)}"
        return self.rng.choice((f"with the {label} {phrases.quote(value)}", f"whose {label} is {phrases.quote(value)}"))

    def _owned(self, row: RowId) -> bool:
        found = self.row(row)
        if self.speaker is None or found is None:
            return False
        table, key = self.speaker
        return any(link.table == table and found.get(link.column) == key for link in self.chart.tables[row[0]].foreign_keys)
