"""What a writing tool is asked to do: "cancel my pending order", "My pending order has to be cancelled."."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentgym.build.semantics.lexicon import ACTS
from agentgym.tasks import phrases
from agentgym.tasks.chart import PLACE
from agentgym.tasks.phrases import counted, join, label, quote, show
from agentgym.tasks.wording.parts import Parts, join_place, role_of
from agentgym.tasks.wording.traits import adjectival
from agentgym.types import Use
from agentgym.world.naming import words

_MONEY = {
    "deposit": "{0} into {1}", "top_up": "{1} up by {0}", "credit": "{0} to {1}", "refund": "{0} to {1}",
    "earn": "{0} on {1}", "load": "{0} onto {1}", "recharge": "{1} with {0}", "withdraw": "{0} from {1}",
    "pay": "{0} from {1}", "charge": "{0} to {1}", "debit": "{0} from {1}", "spend": "{0} from {1}",
    "redeem": "{0} from {1}", "transfer": "{0} from {1}",
}  # fmt: skip
_ON_FILE = frozenset(words("email phone address name contact"))
_DETAILS_FIRST = 0.4  # how often what something new is like is said before whom it is for
_LEFT = frozenset(words("from source origin old current previous"))  # what something moves away from
_BRIEF = 3  # words that can stand between a verb and its particle
_SHORT = 25  # characters of a value that can stand before what it is for
_UPDATES = ("change", "update", "set", "switch")
# What moves with the verb: "pick the rental up".
_PARTICLES = frozenset("up in out off on back".split())


class Change(Parts):
    """One writing call. ``apart``: the details of something new are left for a sentence of their own, as ``late``."""

    apart = False
    late: Sequence[str] = ()

    def text(self) -> str:
        """A verb phrase in the base form."""
        verb = phrases.reading(self.binding.tool).verb
        amount = next((use for use in self.plain if use.role == "amount" or use.column == "amount"), None)
        if verb in _MONEY and amount is not None:
            return self._money(verb, amount)
        makers = {"create": self._create, "update": self._update, "adjust": self._adjust}
        return makers.get(self.binding.op, self._act)()

    def statement(self) -> str:
        """A sentence that says what should come about: "My order ORD-1 has to be cancelled."; "" where none is apt."""
        if self.binding.op == "update":
            return self._should()
        verb = phrases.reading(self.binding.tool).verb
        if (
            self.binding.op in ("transition", "delete")
            and self.own is not None
            and not self._target()
            and not phrases.particle(self.binding.tool)
        ):
            said = phrases.participle(self.verb())
            if said and verb.isalpha() and not self._part():
                subject = self.subject()
                return self.rng.choice(("{0} has to be {1}{2}.", "{0} needs to be {1}{2}.", "I'd like {0} {1}{2}.",
                                        "I want {0} to be {1}{2}.", "{0} should be {1}{2}, please.",
                                        "I need {0} {1}{2}.")).format(
                    subject, said, self.beside(self.references) + self.ending(self.plain)
                )  # fmt: skip
        return ""

    def _target(self) -> str:
        """The status that a tool such as mark_loan_lost sets."""
        verb = phrases.reading(self.binding.tool).verb
        effects = [one for one in self.binding.effects if one.of == "" and one.op == "set"]
        said = next((one.value for one in effects if isinstance(one.value, str)), "")
        return said if verb in ("mark", "set", "change", "update", "move", "put") else ""

    def _act(self) -> str:
        """Status verbs and deletions."""
        target = self._target()
        if target:
            form = self.rng.choice(("mark {0} as {1}", "record {0} as {1}", "put {0} down as {1}"))
            return form.format(self.subject(object_=True), show(target)) + self.ending(self.plain)
        behind = phrases.particle(self.binding.tool)
        if behind:
            subject = self.subject(object_=True)
            subject = "me" if subject == self.cast.me else subject
            verb = phrases.reading(self.binding.tool).verb
            long = " " not in behind and len(subject.split()) > _BRIEF
            return (f"{verb} {behind} {subject}" if long else f"{verb} {subject} {behind}") + self.ending(self.plain)
        named = " ".join(phrases.reading(self.binding.tool).noun)
        given = next((use for use in self.plain if self.label(use) == named), None)
        if given is not None:  # record_grade stores the grade of an enrollment
            said = f" {quote(self.value(given))}" if self.open(given) else ""
            rest = [use for use in self.plain if use is not given]
            return (
                f"{self.verb()} the {named}{said} for {self.subject()}{self.beside(self.references)}{self.ending(rest)}"
            )
        verb, _, particle = self.verb().partition(" ")
        subject = self.subject(object_=True)
        if particle in _PARTICLES and (subject == "it" or len(subject.split()) <= _BRIEF):
            text = f"{verb} {subject} {particle}"
        else:
            text = f"{verb}{f' {particle}' if particle else ''} {self._part()}{subject}"
        return text + self.beside(self.references) + self.ending(self.plain)

    def _part(self) -> str:
        """What of the row the tool is about: "the sales of " for open_event_sales on an event; "" for all of it."""
        own, named = words(self.binding.table), phrases.reading(self.binding.tool).noun
        more = named[len(own) :] if list(named[: len(own)]) == own and not phrases.particle(self.binding.tool) else ()
        if more and any(words(self.picked(use).table)[-1] == more[-1] for use in self.references):
            return ""  # assign_claim_adjuster: the claim, to an adjuster
        raw = words(self.binding.tool)
        last = next((word for word in raw if more and word.startswith(more[-1])), "")
        return f"the {' '.join((*more[:-1], last))} of " if more and last else ""

    def _changes(self) -> list[tuple[str, str, list[Use]]]:
        """What an update sets, as (label, value, uses); the parts of an address are one."""
        changes = [use for use in self.plain if use.role in ("set", "amount")]
        self.rng.shuffle(changes)
        place = sorted((use for use in changes if use.column in PLACE), key=self.plain.index)
        if len(place) < 2:
            return [(self.thing(use), quote(self.value(use)), [use]) for use in changes]
        alone = [(self.thing(use), quote(self.value(use)), [use]) for use in changes if use not in place]
        return [*alone, ("address", join_place([self.value(use) for use in place]), place)]

    def _only(self, changes: list[tuple[str, str, list[Use]]]) -> str:
        """The name of the truth value that is all an update sets; "" for another update."""
        use = changes[0][2][0]
        name = str(use.column or use.parameter)
        return name if isinstance(self.value(use), bool) else ""

    def _said(self, uses: list[Use]) -> bool:
        return any(use.parameter in self.sure for use in uses) or self.cast.open()

    def _update(self) -> str:
        changes = self._changes()
        if self.references and not changes:
            verb = phrases.reading(self.binding.tool).verb
            verb = verb if verb in ("assign", "reassign", "move", "transfer") else self.rng.choice(("switch", "move"))
            subject = self.subject(object_=True)
            first, *rest = sorted(self.references, key=lambda use: role_of(use).split()[0] in _LEFT)
            return f"{verb} {subject} to {self.cast.mention(self.step.picks[first.parameter])}{self.beside(rest)}"
        if not changes:
            lines = self.lines()
            return f"update {self.subject()}{f' with {lines}' if lines else ''}{self.ending(self.plain)}"
        subject = self.subject()
        tail = self.beside(self.references, new=True)
        names = [name for name, _, _ in changes]
        flag = self._only(changes) if len(changes) == 1 else ""
        said = all(self._said(uses) for _, _, uses in changes)
        if said and flag:
            return self._switch(changes[0][2][0], subject) + tail
        if not said:
            if flag and adjectival(flag):
                return f"change whether {subject} is {names[0]}{tail}"
            verb = self.rng.choice(("change", "update"))
            return f"{verb} {self.of(join(names), subject)}{tail}"
        if len(changes) == 1:
            verb = self.rng.choice(_UPDATES)
            use = changes[0][2][0]
            short: tuple[str, ...] = ()
            if isinstance(self.value(use), (int, float)):
                short = ("make {x} {o}",)
            elif words(use.column)[-1:] and words(use.column)[-1] in _ON_FILE and len(changes[0][1]) <= _SHORT:
                short = ("put {x} down as {o}",)
            form: str = self.rng.choice(("{v} {o} to {x}", "{v} {o} to {x}", *short))
            return form.format(v=verb, o=self.of(names[0], subject), x=changes[0][1]) + tail
        pairs = join([f"the {name} to {value}" for name, value, _ in changes])
        if subject == self.cast.me:
            return f"{self.rng.choice(('change', 'update', 'set'))} {pairs.replace('the ', 'my ', 1)}{tail}"
        return self.rng.choice((f"update {subject}: set {pairs}", f"change {pairs} for {subject}")) + tail

    def _switch(self, use: Use, subject: str) -> str:
        """A truth value set: "turn the newsletter off for my account", "mark the account as verified"."""
        text, value = self.label(use), self.value(use)
        if adjectival(use.column or use.parameter):
            return f"mark {subject} as {'' if value else 'not '}{text}"
        return f"turn the {text} {'on' if value else 'off'} for {subject}"

    def _should(self) -> str:
        """An update as news: "The due date of that task should be ..."; "" where it is not said in full."""
        changes = self._changes()
        plain = [use for use in self.plain if use.role not in ("set", "amount")]
        if len(changes) != 1 or self.references or plain or isinstance(self.value(changes[0][2][0]), bool):
            return ""
        name, value, uses = changes[0]
        if not self._said(uses):
            return ""
        subject = self.subject()
        be = phrases.be(name)
        if subject == self.cast.me:
            have = "have" if be == "are" else "has"
            forms = (
                f"My new {name} {be} {value}, please put it on file.",
                f"My {name} {have} changed to {value}.",
                f"Please note my new {name}: {value}.",
                f"From now on, my {name} {be} {value}.",
            )
            return self.rng.choice(forms)
        whole = self.of(name, subject)
        return self.rng.choice((f"{whole} should be {value} from now on.", f"{whole} ought to be {value}.",
                                f"I want {whole} to be {value}.", f"{whole} needs to be {value}.",
                                f"I'd like to have {value} as {whole}."))  # fmt: skip

    def _create(self) -> str:
        noun = phrases.thing(self.binding)
        tables = [(self.step.picks[use.parameter].table, use) for use in self.references]
        picked = {phrases.noun(table): use for table, use in tables if table != self.binding.table}
        if noun in picked:  # borrow_book makes a loan: what is borrowed is a row, and not a new one
            text = f"{self.verb()} {self.cast.mention(self.step.picks[picked[noun].parameter], object_=True)}"
        else:
            noun = self._kind(noun)
            reading = phrases.reading(self.binding.tool)
            makes = reading.kind != "delete" and reading.verb not in ACTS
            new = phrases.a(f"new {noun.removeprefix('new ')}" if makes else noun)
            text = f"{self.verb()} {self.rng.choice((phrases.a(noun), new))}"
        others = [use for use in self.references if use is not picked.get(noun)]
        self.rng.shuffle(others)
        beside, lines = self.beside(others), self.lines()
        beside += f" for {lines}" if lines else ""
        if not self.apart:
            ending = self.ending(self.plain)
            first = ending.startswith(" with ") and "reason" not in ending and "," not in beside
            return text + (ending + beside if first and self.rng.random() < _DETAILS_FIRST else beside + ending)
        text += beside
        flags = [use for use in self.plain if isinstance(self.value(use), bool)]
        self.late = self.details([use for use in self.plain if use not in flags])
        return text + self.ending(flags)

    def _kind(self, noun: str) -> str:
        """The noun with what kind of thing it is to be in front: "savings account"; that is then said."""
        for use in self.plain:
            value = self.value(use)
            named = words(use.column or use.parameter) or [""]
            fits = named == ["type"] or named == [noun, "type"]
            short = isinstance(value, str) and re.fullmatch("[a-z]+(_[a-z]+)?", value)
            if fits and short and noun not in show(value) and self.open(use):
                self.plain.remove(use)
                return f"{show(value)} {noun}"
        return noun

    def _adjust(self) -> str:
        """A number goes up or down."""
        amount = next((use for use in self.plain if use.role == "amount"), None)
        rest = [use for use in self.plain if use is not amount]
        listed = next((effect for effect in self.binding.effects if effect.op in ("append", "remove")), None)
        if amount and listed:
            element = quote(self.value(amount)) if self.open(amount) else "something"
            verb, side = ("add", "to") if listed.op == "append" else ("remove", "from")
            text = f"{verb} {element} {side} {self.of(label(listed.column), self.subject())}"
            return text + self.beside(self.references) + self.ending(rest)
        text = f"{self.verb()} {self._part()}{self.subject(object_=True)}"
        if amount:
            value = counted(amount.column or amount.parameter, self.value(amount)) or quote(self.value(amount))
            text += f" by {value}" if self.open(amount) else " by a certain amount"
        return f"{text}{self.beside(self.references)}{self.ending(rest)}"

    def _money(self, verb: str, amount: Use) -> str:
        """Money moves: "transfer 50 from my account ACC-1 to account ACC-2"."""
        others = sorted(self.references, key=lambda use: role_of(use).startswith(("to ", "destination", "recipient")))
        if self.own is not None:
            subject = self.subject()
        else:
            subject = self.cast.mention(self.step.picks[others.pop(0).parameter]) if others else self.cast.me
        column = next((label(effect.column) for effect in self.binding.effects if effect.amount), "")
        if column and subject == self.cast.me:
            subject = f"my {column}"
        said = show(self.value(amount)) if self.open(amount) else self.rng.choice(("some money", "an amount", "a sum"))
        funds = any(word in subject for word in ("account", "card", "wallet", "balance"))
        form = self.rng.choice(("{0} on {1}", "{0} towards {1}")) if verb == "pay" and not funds else _MONEY[verb]
        if verb == "top_up" and len(subject.split()) > _BRIEF:
            form = "up {1} by {0}"
        text = f"{verb.split('_')[0]} {form.format(said, subject)}"
        if verb == "transfer" and others:
            text += f" to {self.cast.mention(self.step.picks[others.pop(0).parameter])}"
        return f"{text}{self.beside(others)}{self.ending([use for use in self.plain if use is not amount])}"
