"""The parts that clauses are made of: rows, labels with their values, lines of an order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agentgym.tasks import phrases
from agentgym.tasks.chart import PLACE
from agentgym.tasks.phrases import join, label, quote, show
from agentgym.tasks.steps import Pick, Step
from agentgym.tasks.wording.cast import Cast
from agentgym.tasks.wording.traits import adjectival
from agentgym.types import Binding, Json, Use
from agentgym.world.naming import words

_PREPOSITIONS = {
    "pay": "from", "assign": "to", "reassign": "to", "move": "to", "add": "to", "remove": "from", "switch": "to",
    "transfer": "to", "apply": "to", "attach": "to", "link": "to", "unlink": "from", "detach": "from", "enroll": "in",
}  # fmt: skip
_METHODS = ("payment method", "method")
_SIZES = frozenset(words("amount quantity price total fee salary rate tip weight score budget discount"))
_SERVING = frozenset(  # people with whom one does things
    words("dentist doctor vet trainer instructor agent driver mechanic stylist tutor therapist teacher guide coach")
)
_ASIDE = 0.25  # how often several details stand in brackets
_BARE_ROLES = frozenset(("", "from", "to", "parent"))


class Parts:
    """One goal's arguments, sorted by what they are in a sentence.

    What is not said unasked is left out; the parameters in ``sure`` are always said.
    """

    def __init__(self, cast: Cast, step: Step, sure: Collection[str] = ()) -> None:
        self.cast, self.rng, self.sure = cast, cast.rng, sure
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

    def open(self, use: Use) -> bool:
        """Whether an argument is said unasked."""
        return use.parameter in self.sure or self.cast.open()

    def verb(self) -> str:
        return self.rng.choice(phrases.verbs(self.binding))

    def value(self, use: Use) -> Json:
        return self.step.call.arguments[use.parameter]

    def subject(self, *, object_: bool = False) -> str:
        """The row the tool is about; ``object_``: right behind the verb that acts on it."""
        noun = phrases.noun(self.binding.table)
        if self.own is None:
            return f"the {noun}"
        if self.own.parameter in self.step.picks:
            return self.cast.mention(self.step.picks[self.own.parameter], object_=object_)
        return f"the {noun} with the {label(self.own.parameter)} {quote(self.value(self.own))}"

    def label(self, use: Use) -> str:
        """The column's name where the argument's says no more: "new_email" is the email."""
        text = label(use.column or use.parameter)
        prefix = f"{phrases.noun(self.binding.table)} "
        return text.removeprefix(prefix) if text != prefix.strip() else text

    def thing(self, use: Use) -> str:
        """As ``label``, as something that has a value: "the number of checked bags"."""
        text = self.label(use)
        value = self.value(use)
        counts = isinstance(value, int) and not isinstance(value, bool) and phrases.starts_plural(text)
        return f"number of {text}" if counts and text.split()[-1] not in phrases.UNITS else text

    def details(self, uses: Sequence[Use]) -> list[str]:
        """``label value`` for what is said unasked; a place is said as one."""
        parts = []
        place = [use for use in uses if use.role == "set" and use.column in PLACE]
        if len(place) > 1 and (any(use.parameter in self.sure for use in place) or self.cast.open()):
            parts.append(f"the address {join_place([self.value(use) for use in place])}")
        names = [use for use in uses if use.role == "set" and use.column in ("first_name", "last_name")]
        if len(names) == 2 and self.cast.open():
            first, last = sorted(names, key=lambda use: use.column)
            parts.insert(0, f"the name {show(self.value(first))} {show(self.value(last))}")
        for use in uses:
            if (len(names) == 2 and use in names and use.parameter not in self.sure) or (
                len(place) > 1 and use in place
            ):
                continue
            if not self.open(use):
                continue
            parts.append(self._detail(use))
        return parts

    def _detail(self, use: Use) -> str:
        """One argument with its label: "3 bags", "a quantity of 2", "the subject Lunch"."""
        value, text = self.value(use), self.label(use)
        counted = phrases.counted(use.column or use.parameter, value)
        if counted:
            return counted
        if isinstance(value, (int, float)) and text.split()[-1] in _SIZES:
            return f"{phrases.a(text)} of {show(value)}"
        return f"the {text} {show(value) if use.column == self.key else quote(value)}"

    def _when(self, uses: Sequence[Use]) -> tuple[str, list[Use]]:
        """Those of ``uses`` that need no label, as in "on 2025-07-01 at 10:00 by card", and the other uses."""
        text, rest = "", list(uses)
        for names, preposition in ((("date",), "on"), (("time", "start time"), "at"), (_METHODS, "by")):
            use = next((use for use in rest if self.label(use) in names and isinstance(self.value(use), str)), None)
            if use is not None and self.open(use):
                text += f" {preposition} {show(self.value(use))}"
                rest.remove(use)
        for use in list(rest):
            if self.label(use).endswith("ed by"):
                text += f", {self.label(use)} {quote(self.value(use))}" if self.open(use) else ""
                rest.remove(use)
        return text, rest

    def ending(self, uses: Sequence[Use]) -> str:
        """Further arguments, at the end of a phrase."""
        when, uses = self._when(uses)
        reasons = [use for use in uses if "reason" in use.parameter]
        flags = [use for use in uses if isinstance(self.value(use), bool) and self.open(use)]
        parts = self.details([use for use in uses if use not in reasons and not isinstance(self.value(use), bool)])
        marked = [use for use in flags if adjectival(use.column or use.parameter)]
        parts += [self.label(use) for use in flags if self.value(use) and use not in marked]
        self.rng.shuffle(parts)
        aside = len(parts) > 1 and not reasons and self.rng.random() < _ASIDE
        text = when + (f" ({', '.join(parts)})" if aside else f" with {join(parts)}" if parts else "")
        without = [self.label(use) for use in flags if not self.value(use) and use not in marked]
        text += f"{' but' if parts else ''} without {' or '.join(without)}" if without else ""
        if marked:
            said = [f"{'' if self.value(use) else 'not '}{self.label(use)}" for use in marked]
            text += f"{',' if text else ''} marked as {join(said)}"
        for use in reasons:
            if self.open(use):
                form = self.rng.choice((" for this reason: {0}", " (reason: {0})", ", the reason being {0}"))
                text += form.format(quote(self.value(use)))
        return text

    def beside(self, uses: Sequence[Use], *, new: bool = False) -> str:
        """Other rows a call names: " for the flight FL-102", " with my card as the new card".

        ``new``: those that it stores take the place of others.
        """
        used = False
        text, roles, preposition = "", "", _PREPOSITIONS.get(phrases.reading(self.binding.tool).verb, "for")
        for use in uses:
            pick = self.step.picks[use.parameter]
            if use.role == "scope" and self.cast.introduced(pick) and not self.cast.alone:
                continue  # the row was described by it
            role = self._role(use, pick)
            mention = self.cast.mention(pick)
            preposition = "with" if used and words(pick.table)[-1] in _SERVING else preposition
            if new and role in _BARE_ROLES and (use.role == "set" or use.into):
                roles += f", with {mention} as the new {phrases.noun(pick.table)}"
            elif role in _BARE_ROLES:
                text += f" {preposition} {mention}"
                used, preposition = True, "for"
            else:
                roles += f", with {mention} as the {role}"
        return text + roles

    def _role(self, use: Use, pick: Pick) -> str:
        """What a row is to the call, "" where that goes without saying: the order of an order_number."""
        noun, role = phrases.noun(pick.table), role_of(use)
        key = label(self.cast.chart.tables[pick.table].primary_key)
        if role in (noun, key):
            return ""
        bare = role.removesuffix(f" {key}").removesuffix(f" {noun}")
        if bare == noun:
            return ""
        if bare in _BARE_ROLES or pick.table in self.cast.chart.people:
            return bare
        return f"{bare} {noun}" if bare != role else bare

    def of(self, what: str, owner: str) -> str:
        """Whose something is: "the status of that order"; of the speaker's account: "my status"."""
        return f"my {what}" if owner == self.cast.me else f"the {what} of {owner}"

    def lines(self) -> str:
        """The lines of an order: "2 of the product PRD-1 and 1 of the product PRD-7"."""
        texts = []
        for use in self.lists:
            if not self.open(use):
                continue
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
