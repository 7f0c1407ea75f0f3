"""The parts that clauses are made of: rows, labels with their values, lines of an order."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym.build.semantics.language import read_name
from agentgym.tasks import phrases
from agentgym.tasks.cast import Cast
from agentgym.tasks.phrases import join, label, quote, show
from agentgym.tasks.scene import Pick, Step
from agentgym.tasks.values import PLACE
from agentgym.types import Binding, Json, Use

_PREPOSITIONS = {
    "pay": "from", "assign": "to", "reassign": "to", "move": "to", "add": "to", "remove": "from", "switch": "to",
}  # fmt: skip


class Parts:
    """One goal's arguments, sorted by what they are in a sentence. What is not said unasked is left out."""

    def __init__(self, cast: Cast, step: Step) -> None:
        self.cast, self.rng = cast, cast.rng
        self.binding: Binding = cast.chart.bindings[step.call.name]
        self.step = step
        self.key = cast.chart.tables[self.binding.table].primary_key
        given = step.call.arguments
        uses = [use for use in self.binding.uses if use.parameter in given]
        self.own = next((use for use in uses if use.role == "key"), None)
        named = [
            use
            for use in uses
            if use.role in ("reference", "scope", "set") and use.parameter in step.picks and use is not self.own
        ]
        self.references = [use for use in named if self.picked(use) != self.speaker()]
        self.plain = [use for use in uses if use not in named and use is not self.own and use.role != "lines"]
        self.lists = [use for use in uses if use.role == "lines"]

    def speaker(self) -> Pick | None:
        return Pick(*self.cast.speaker) if self.cast.speaker else None

    def picked(self, use: Use) -> Pick:
        pick = self.step.picks[use.parameter]
        return Pick(pick.table, pick.key)

    def verb(self) -> str:
        return self.rng.choice(phrases.verbs(self.binding))

    def value(self, use: Use) -> Json:
        return self.step.call.arguments[use.parameter]

    def subject(self) -> str:
        """The row the tool is about."""
        noun = phrases.noun(self.binding.table)
        if self.own is None:
            return f"the {noun}"
        if self.own.parameter in self.step.picks:
            return self.cast.mention(self.step.picks[self.own.parameter])
        return f"the {noun} with the {label(self.own.parameter)} {quote(self.value(self.own))}"

    def label(self, use: Use) -> str:
        """The column's name where the argument's says no more: "new_email" is the email."""
        text = label(use.column or use.parameter)
        prefix = f"{phrases.noun(self.binding.table)} "
        return text.removeprefix(prefix) if text != prefix.strip() else text

    def details(self, uses: list[Use]) -> list[str]:
        """``label value`` for what is said unasked; a place is said as one."""
        parts = []
        place = [use for use in uses if use.role == "set" and use.column in PLACE]
        if len(place) > 1 and self.cast.open():
            parts.append(f"the address {join_place([self.value(use) for use in place])}")
        for use in uses:
            if (len(place) > 1 and use in place) or not self.cast.open():
                continue
            value = self.value(use)
            said = value if use.column == self.key else quote(value)
            parts.append(phrases.counted(use.column or use.parameter, value) or f"the {self.label(use)} {said}")
        return parts

    def ending(self, uses: list[Use]) -> str:
        """Further arguments, at the end of a phrase."""
        reasons = [use for use in uses if "reason" in use.parameter]
        flags = [use for use in uses if isinstance(self.value(use), bool) and self.cast.open()]
        parts = self.details([use for use in uses if use not in reasons and not isinstance(self.value(use), bool)])
        parts += [self.label(use) for use in flags if self.value(use)]
        text = f" with {join(parts)}" if parts else ""
        without = [self.label(use) for use in flags if not self.value(use)]
        text += f" {'and ' if parts else ''}without {' or '.join(without)}" if without else ""
        for use in reasons:
            if self.cast.open():
                text += self.rng.choice(
                    (" for this reason: {0}", " (the reason: {0})", ", the reason being {0}")
                ).format(quote(self.value(use)))
        return text

    def beside(self, uses: list[Use]) -> str:
        """Other rows a call names: " for the flight FL-102", " with my card as the new card"."""
        text, preposition = "", _PREPOSITIONS.get(read_name(self.binding.tool).verb, "for")
        for use in uses:
            pick = self.step.picks[use.parameter]
            if use.role == "scope" and self.cast.introduced(pick):
                continue  # the row was described by it
            noun = phrases.noun(pick.table)
            role = role_of(use).removesuffix(f" {noun}")
            mention = self.cast.mention(pick)
            role = f"{role} one" if role in ("new", "old", "other") else role
            text += f" {preposition} {mention}" if role in ("", noun) else f", with {mention} as the {role}"
        return text

    def lines(self) -> str:
        """The lines of an order: "2 of the product PRD-1 and 1 of the product PRD-7"."""
        texts = []
        for use in self.lists if self.cast.open() else ():
            for number, line in enumerate(self.value(use)):
                picks = {name: self.step.picks.get(f"{use.parameter}/{number}/{name}") for name in line}
                named = [self.cast.mention(pick) for pick in picks.values() if pick]
                rest = {name: value for name, value in line.items() if picks[name] is None}
                count = next((rest.pop(name) for name in ("quantity", "qty", "count") if name in rest), None)
                text = join(named) or phrases.noun(use.table)
                text = f"{show(count)} of {text}" if count is not None else text
                details = [f"{label(name)} {quote(value)}" for name, value in rest.items()]
                texts.append(f"{text} ({join(details)})" if details else text)
        return join(texts)


def join_place(values: Sequence[Json]) -> str:
    """An address on one line."""
    return ", ".join(show(value) for value in values)


def role_of(use: Use) -> str:
    """What a reference is to the call: ``new_product_id`` -> "new product"."""
    parts = label(use.parameter).split()
    return " ".join(parts[:-1] if parts[-1:] == ["ID"] else parts)
