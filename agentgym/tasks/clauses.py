"""One goal as a verb phrase: "cancel my pending order", "list the flights with the origin Oslo"."""

from __future__ import annotations

from agentgym.build.semantics.language import read_name
from agentgym.tasks import phrases
from agentgym.tasks.cast import Cast
from agentgym.tasks.parts import Parts, join_place, role_of
from agentgym.tasks.phrases import join, label, quote, show
from agentgym.tasks.scene import Step
from agentgym.tasks.values import PLACE
from agentgym.types import Use

_MONEY = {
    "deposit": "{0} into {1}", "top_up": "{1} up by {0}", "credit": "{0} to {1}", "refund": "{0} to {1}",
    "earn": "{0} on {1}", "load": "{0} onto {1}", "recharge": "{1} with {0}", "withdraw": "{0} from {1}",
    "pay": "{0} from {1}", "charge": "{0} to {1}", "debit": "{0} from {1}", "spend": "{0} from {1}",
    "redeem": "{0} from {1}", "transfer": "{0} from {1}",
}  # fmt: skip
_DETAILS = ("show me the details of {0}", "look up {0}", "pull up {0}", "give me the details of {0}", "check {0}")


def clause(cast: Cast, step: Step) -> str:
    """What the user wants with ``step``, without its tool's name or its arguments' keys."""
    writes = cast.chart.bindings[step.call.name].writes
    return _Change(cast, step).text() if writes else _Question(cast, step).text()


class _Change(Parts):
    """What a writing tool is asked to do."""

    def text(self) -> str:
        verb = read_name(self.binding.tool).verb
        amount = next((use for use in self.plain if use.role == "amount" or use.column == "amount"), None)
        if verb in _MONEY and amount is not None:
            return self._money(verb, amount)
        makers = {"create": self._create, "update": self._update, "adjust": self._adjust}
        return makers.get(self.binding.op, self._act)()

    def _act(self) -> str:
        """Status verbs and deletions."""
        reading = read_name(self.binding.tool)
        target = next(
            (
                effect.value
                for effect in self.binding.effects
                if effect.of == "" and effect.op == "set" and isinstance(effect.value, str)
            ),
            "",
        )
        if target and reading.verb in ("mark", "set", "change", "update", "move", "put"):
            return f"mark {self.subject()} as {show(target)}{self.ending(self.plain)}"
        return f"{self.verb()} {self.subject()}{self.beside(self.references)}{self.ending(self.plain)}"

    def _update(self) -> str:
        subject = self.subject()
        mine = subject == self.cast.me
        changes = [use for use in self.plain if use.role in ("set", "amount")]
        verb = read_name(self.binding.tool).verb
        if self.references and not changes:
            verb = verb if verb in ("assign", "reassign", "move", "transfer") else "switch"
            first, *rest = self.references
            target = self.cast.mention(self.step.picks[first.parameter])
            return f"{verb} {subject} to {target}{self.beside(rest)}"
        place = [use for use in changes if use.column in PLACE]
        groups = [[use] for use in changes if use not in place or len(place) == 1] + ([place] if len(place) > 1 else [])
        names = ["address" if len(group) > 1 else self.label(group[0]) for group in groups]
        values = [
            join_place([self.value(use) for use in group]) if len(group) > 1 else quote(self.value(group[0]))
            for group in groups
        ]
        owner = [f"my {name}" if mine else f"the {name}" for name in names]
        verb = self.rng.choice(("change", "update", "set" if self.cast.openness == 1.0 else "change"))
        if all(self.cast.open() for _ in groups):
            if len(groups) == 1:
                text = f"{verb} {owner[0]}{'' if mine else f' of {subject}'} to {values[0]}"
            else:
                pairs = join([f"{name} to {value}" for name, value in zip(owner, values, strict=True)])
                text = f"{verb} {pairs}" if mine else f"change {subject}: {pairs}"
        else:
            text = f"{self.rng.choice(('change', 'update'))} {join(owner)}{'' if mine else f' of {subject}'}"
        return text + self.beside(self.references)

    def _create(self) -> str:
        noun = phrases.thing(self.binding)
        tables = [(self.step.picks[use.parameter].table, use) for use in self.references]
        picked = {phrases.noun(table): use for table, use in tables if table != self.binding.table}
        if noun in picked:  # borrow_book makes a loan: what is borrowed is a row, and not a new one
            text = f"{self.verb()} {self.cast.mention(self.step.picks[picked[noun].parameter])}"
        else:
            text = f"{self.verb()} {self.rng.choice((phrases.a(noun), 'a new ' + noun))}"
        text += self.beside([use for use in self.references if use is not picked.get(noun)])
        lines = self.lines()
        return f"{text}{f' for {lines}' if lines else ''}{self.ending(self.plain)}"

    def _adjust(self) -> str:
        """A number goes up or down."""
        amount = next((use for use in self.plain if use.role == "amount"), None)
        rest = [use for use in self.plain if use is not amount]
        text = f"{self.verb()} {self.subject()}"
        if amount:
            text += f" by {quote(self.value(amount))}" if self.cast.open() else " by a certain amount"
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
        said = show(self.value(amount)) if self.cast.open() else "some money"
        funds = any(word in subject for word in ("account", "card", "wallet", "balance"))
        form = "{0} on {1}" if verb == "pay" and not funds else _MONEY[verb]
        text = f"{verb.split('_')[0]} {form.format(said, subject)}"
        if verb == "transfer" and others:
            text += f" to {self.cast.mention(self.step.picks[others.pop(0).parameter])}"
        return f"{text}{self.beside(others)}{self.ending([use for use in self.plain if use is not amount])}"


class _Question(Parts):
    """What a reading tool is asked to tell."""

    def text(self) -> str:
        return self._get() if self.binding.op == "get" else self._list()

    def _get(self) -> str:
        filters = [use for use in self.plain if use.role == "filter"]
        if self.own is None and filters:
            mine = self.cast.speaker is not None and self.cast.speaker[0] == self.binding.table
            start = f"find {self.cast.me}" if mine else f"find the {phrases.noun(self.binding.table)}"
            for use in filters:
                self.cast.meet(self.binding.table, use.column, self.value(use))
            said = join([f"{self.label(use)} {quote(self.value(use))}" for use in filters])
            return f"{start} {'by' if mine else 'with'} {said}"
        subject = (
            self.subject() if self.own else f"the {phrases.noun(self.binding.table)}{self.beside(self.references)}"
        )
        columns = {column.name for column in self.cast.chart.tables[self.binding.table].columns}
        fields = [label(name) for name in self.binding.fields if name in columns and not name.endswith("_id")]
        if 0 < len(fields) <= 3:
            listed = join(fields)
            return f"tell me the {listed} of {subject}"
        return self.rng.choice(_DETAILS).format(subject)

    def _list(self) -> str:
        nouns = phrases.many(self.binding.table)
        mine = any(self.picked(use) == self.speaker() for use in self.binding.uses if use.parameter in self.step.picks)
        picked = [use for use in self.plain if use.parameter in self.step.picks and self.picked(use) != self.speaker()]
        owners = [f"of {self.cast.mention(self.step.picks[use.parameter])}" for use in (*self.references, *picked)]
        filters = [
            self._filter(use) for use in self.plain if use.parameter not in self.step.picks and use.role == "filter"
        ]
        text = " ".join((*owners, join(filters))).rstrip()
        pages = {use.role: self.value(use) for use in self.plain if use.role in ("limit", "offset")}
        tail = "".join(
            (
                f", at most {pages['limit']} of them" if "limit" in pages else "",
                f", leaving out the first {pages['offset']}" if "offset" in pages else "",
            )
        )
        whose = "my " if mine else "the " if text else "all "
        if self.binding.op == "count":
            return f"tell me how many {nouns}{' I have' if mine else ' there are'} {text}".rstrip() + tail
        verb = self.rng.choice(
            ("search for", "find", "look for")
            if any(use.test == "contains" for use in self.plain)
            else ("list", "show me", "give me a list of")
        )
        return f"{verb} {whose}{nouns} {text}".rstrip() + tail

    def _filter(self, use: Use) -> str:
        """One condition of a list, always said: without it the request is another one."""
        name, value = self.label(use), self.value(use)
        if use.test == "contains":
            return f"matching {quote(value)}" if use.parameter != use.column else f"with {quote(value)} in the {name}"
        if use.test in ("ge", "le"):
            if not isinstance(value, str):
                return f"with {phrases.a(name)} of {'at least' if use.test == 'ge' else 'at most'} {show(value)}"
            name = name.removesuffix(" at") if name.endswith(" at") else f"with {phrases.a(name)}"
            return f"{name} {'from' if use.test == 'ge' else 'until'} {show(value)}"
        return f"with the {name} {quote(value) if not isinstance(value, list) else show(value)}"
