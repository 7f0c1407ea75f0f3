"""One goal as a verb phrase: "cancel my pending order", "list the flights with the origin Oslo"."""

from __future__ import annotations

from agentgym.build.language import read_name
from agentgym.tasks import phrases
from agentgym.tasks.cast import Cast
from agentgym.tasks.phrases import join, label, quote, show
from agentgym.tasks.scene import Pick, Step
from agentgym.tasks.values import PLACE
from agentgym.types import Binding, Json, Use

_MONEY = {
    "deposit": "{0} into {1}", "top_up": "{1} up by {0}", "credit": "{0} to {1}", "refund": "{0} to {1}",
    "earn": "{0} on {1}", "load": "{0} onto {1}", "recharge": "{1} with {0}", "withdraw": "{0} from {1}",
    "pay": "{0} from {1}", "charge": "{0} to {1}", "debit": "{0} from {1}", "spend": "{0} from {1}",
    "redeem": "{0} from {1}", "transfer": "{0} from {1}",
}  # fmt: skip
_PREPOSITIONS = {
    "pay": "from",
    "assign": "to",
    "reassign": "to",
    "move": "to",
    "add": "to",
    "remove": "from",
    "switch": "to",
}


def clause(cast: Cast, step: Step) -> str:
    """What the user wants with ``step``, without its tool's name or its arguments' keys."""
    return _Clause(cast, step).text()


class _Clause:
    def __init__(self, cast: Cast, step: Step) -> None:
        self._cast, self._rng = cast, cast.rng
        self._binding: Binding = cast.chart.bindings[step.call.name]
        self._step = step
        self._key = cast.chart.tables[self._binding.table].primary_key
        given = step.call.arguments
        uses = [use for use in self._binding.uses if use.parameter in given]
        self._own = next((use for use in uses if use.role == "key"), None)
        named = [
            use
            for use in uses
            if use.role in ("reference", "scope", "set") and use.parameter in step.picks and use is not self._own
        ]
        self._references = [use for use in named if self._picked(use) != self._speaker()]
        self._plain = [use for use in uses if use not in named and use is not self._own and use.role != "lines"]
        self._lists = [use for use in uses if use.role == "lines"]

    def text(self) -> str:
        makers = {
            "create": self._create,
            "update": self._update,
            "adjust": self._adjust,
            "get": self._get,
            "list": self._list,
            "count": self._list,
        }
        verb = read_name(self._binding.tool).verb
        amount = next((use for use in self._plain if use.role == "amount" or use.column == "amount"), None)
        if verb in _MONEY and amount is not None and self._binding.writes:
            return self._money(verb, amount)
        return makers.get(self._binding.op, self._act)()

    # -- pieces ---------------------------------------------------------------------------------

    def _speaker(self) -> Pick | None:
        return Pick(*self._cast.speaker) if self._cast.speaker else None

    def _picked(self, use: Use) -> Pick:
        pick = self._step.picks[use.parameter]
        return Pick(pick.table, pick.key)

    def _verb(self) -> str:
        return self._rng.choice(phrases.verbs(self._binding))

    def _value(self, use: Use) -> Json:
        return self._step.call.arguments[use.parameter]

    def _subject(self) -> str:
        """The row the tool is about."""
        noun = phrases.noun(self._binding.table)
        if self._own is None:
            return f"the {noun}"
        if self._own.parameter in self._step.picks:
            return self._cast.mention(self._step.picks[self._own.parameter])
        return f"the {noun} with the {label(self._own.parameter)} {quote(self._value(self._own))}"

    def _label(self, use: Use) -> str:
        """The column's name where the argument's says no more: "new_email" is the email."""
        text = label(use.column or use.parameter)
        prefix = f"{phrases.noun(self._binding.table)} "
        return text.removeprefix(prefix) if text != prefix.strip() else text

    def _details(self, uses: list[Use]) -> list[str]:
        """``label value`` for what is said unasked; a place is said as one."""
        parts = []
        place = [use for use in uses if use.role == "set" and use.column in PLACE]
        if len(place) > 1 and self._cast.open():
            parts.append(f"the address {join_place([self._value(use) for use in place])}")
        for use in uses:
            if (len(place) > 1 and use in place) or not self._cast.open():
                continue
            value = self._value(use)
            said = value if use.column == self._key else quote(value)
            parts.append(phrases.counted(use.column or use.parameter, value) or f"the {self._label(use)} {said}")
        return parts

    def _with(self, uses: list[Use]) -> str:
        """Further arguments, at the end of a phrase."""
        reasons = [use for use in uses if "reason" in use.parameter]
        flags = [use for use in uses if isinstance(self._value(use), bool) and self._cast.open()]
        parts = self._details([use for use in uses if use not in reasons and not isinstance(self._value(use), bool)])
        parts += [self._label(use) for use in flags if self._value(use)]
        text = f" with {join(parts)}" if parts else ""
        without = [self._label(use) for use in flags if not self._value(use)]
        text += f" {'and ' if parts else ''}without {' or '.join(without)}" if without else ""
        for use in reasons:
            if self._cast.open():
                text += self._rng.choice(
                    (" for this reason: {0}", " (the reason: {0})", ", the reason being {0}")
                ).format(quote(self._value(use)))
        return text

    def _beside(self, uses: list[Use]) -> str:
        """Other rows a call names: " for the flight FL-102", " with my card as the new card"."""
        text, preposition = "", _PREPOSITIONS.get(read_name(self._binding.tool).verb, "for")
        for use in uses:
            pick = self._step.picks[use.parameter]
            if use.role == "scope" and self._cast.introduced(pick):
                continue  # the row was described by it
            noun = phrases.noun(pick.table)
            role = _role(use).removesuffix(f" {noun}")
            mention = self._cast.mention(pick)
            text += f" {preposition} {mention}" if role in ("", noun) else f", with {mention} as the {role}"
        return text

    def _lines(self) -> str:
        """The lines of an order: "2 of the product PRD-1 and 1 of the product PRD-7"."""
        texts = []
        for use in self._lists if self._cast.open() else ():
            for number, line in enumerate(self._value(use)):
                picks = {name: self._step.picks.get(f"{use.parameter}.{number}.{name}") for name in line}
                named = [self._cast.mention(pick) for pick in picks.values() if pick]
                rest = {name: value for name, value in line.items() if picks[name] is None}
                count = next((rest.pop(name) for name in ("quantity", "qty", "count") if name in rest), None)
                text = join(named) or phrases.noun(use.table)
                text = f"{show(count)} of {text}" if count is not None else text
                details = [f"{label(name)} {quote(value)}" for name, value in rest.items()]
                texts.append(f"{text} ({join(details)})" if details else text)
        return join(texts)

    # -- writes ---------------------------------------------------------------------------------

    def _act(self) -> str:
        """Status verbs and deletions."""
        reading = read_name(self._binding.tool)
        target = next(
            (
                effect.value
                for effect in self._binding.effects
                if effect.of == "" and effect.op == "set" and isinstance(effect.value, str)
            ),
            "",
        )
        if target and reading.verb in ("mark", "set", "change", "update", "move", "put"):
            return f"mark {self._subject()} as {show(target)}{self._with(self._plain)}"
        return f"{self._verb()} {self._subject()}{self._beside(self._references)}{self._with(self._plain)}"

    def _update(self) -> str:
        subject = self._subject()
        mine = subject == self._cast.me
        changes = [use for use in self._plain if use.role in ("set", "amount")]
        verb = read_name(self._binding.tool).verb
        if self._references and not changes:
            verb = verb if verb in ("assign", "reassign", "move", "transfer") else "switch"
            first, *rest = self._references
            target = self._cast.mention(self._step.picks[first.parameter])
            return f"{verb} {subject} to {target}{self._beside(rest)}"
        place = [use for use in changes if use.column in PLACE]
        groups = [[use] for use in changes if use not in place or len(place) == 1] + ([place] if len(place) > 1 else [])
        names = ["address" if len(group) > 1 else self._label(group[0]) for group in groups]
        values = [
            join_place([self._value(use) for use in group]) if len(group) > 1 else quote(self._value(group[0]))
            for group in groups
        ]
        owner = [f"my {name}" if mine else f"the {name}" for name in names]
        verb = self._rng.choice(("change", "update", "set" if self._cast.openness == 1.0 else "change"))
        if all(self._cast.open() for _ in groups):
            if len(groups) == 1:
                text = f"{verb} {owner[0]}{'' if mine else f' of {subject}'} to {values[0]}"
            else:
                pairs = join([f"{name} to {value}" for name, value in zip(owner, values, strict=True)])
                text = f"{verb} {pairs}" if mine else f"change {subject}: {pairs}"
        else:
            text = f"{self._rng.choice(('change', 'update'))} {join(owner)}{'' if mine else f' of {subject}'}"
        return text + self._beside(self._references)

    def _create(self) -> str:
        noun = phrases.thing(self._binding)
        tables = [(self._step.picks[use.parameter].table, use) for use in self._references]
        picked = {phrases.noun(table): use for table, use in tables if table != self._binding.table}
        if noun in picked:  # borrow_book makes a loan: what is borrowed is a row, and not a new one
            text = f"{self._verb()} {self._cast.mention(self._step.picks[picked[noun].parameter])}"
        else:
            text = f"{self._verb()} {self._rng.choice((phrases.a(noun), 'a new ' + noun))}"
        text += self._beside([use for use in self._references if use is not picked.get(noun)])
        lines = self._lines()
        return f"{text}{f' for {lines}' if lines else ''}{self._with(self._plain)}"

    def _adjust(self) -> str:
        """A number goes up or down."""
        amount = next((use for use in self._plain if use.role == "amount"), None)
        rest = [use for use in self._plain if use is not amount]
        text = f"{self._verb()} {self._subject()}"
        if amount:
            text += f" by {quote(self._value(amount))}" if self._cast.open() else " by a certain amount"
        return f"{text}{self._beside(self._references)}{self._with(rest)}"

    def _money(self, verb: str, amount: Use) -> str:
        """Money moves: "transfer 50 from my account ACC-1 to account ACC-2"."""
        others = sorted(self._references, key=lambda use: _role(use).startswith(("to ", "destination", "recipient")))
        if self._own is not None:
            subject = self._subject()
        else:
            subject = self._cast.mention(self._step.picks[others.pop(0).parameter]) if others else self._cast.me
        column = next((label(effect.column) for effect in self._binding.effects if effect.amount), "")
        if column and subject == self._cast.me:
            subject = f"my {column}"
        said = show(self._value(amount)) if self._cast.open() else "some money"
        funds = any(word in subject for word in ("account", "card", "wallet", "balance"))
        form = "{0} on {1}" if verb == "pay" and not funds else _MONEY[verb]
        text = f"{verb.split('_')[0]} {form.format(said, subject)}"
        if verb == "transfer" and others:
            text += f" to {self._cast.mention(self._step.picks[others.pop(0).parameter])}"
        return f"{text}{self._beside(others)}{self._with([use for use in self._plain if use is not amount])}"

    # -- reads ----------------------------------------------------------------------------------

    def _get(self) -> str:
        filters = [use for use in self._plain if use.role == "filter"]
        if self._own is None and filters:
            mine = self._cast.speaker is not None and self._cast.speaker[0] == self._binding.table
            start = f"find {self._cast.me}" if mine else f"find the {phrases.noun(self._binding.table)}"
            for use in filters:
                self._cast.meet(self._binding.table, use.column, self._value(use))
            said = join([f"{self._label(use)} {quote(self._value(use))}" for use in filters])
            return f"{start} {'by' if mine else 'with'} {said}"
        subject = (
            self._subject() if self._own else f"the {phrases.noun(self._binding.table)}{self._beside(self._references)}"
        )
        columns = {column.name for column in self._cast.chart.tables[self._binding.table].columns}
        fields = [label(name) for name in self._binding.fields if name in columns and not name.endswith("_id")]
        if 0 < len(fields) <= 3:
            listed = join(fields)
            return f"tell me the {listed} of {subject}"
        return self._rng.choice(
            ("show me the details of {0}", "look up {0}", "pull up {0}", "give me the details of {0}", "check {0}")
        ).format(subject)

    def _list(self) -> str:
        nouns = phrases.many(self._binding.table)
        mine = any(
            self._picked(use) == self._speaker() for use in self._binding.uses if use.parameter in self._step.picks
        )
        picked = [
            use for use in self._plain if use.parameter in self._step.picks and self._picked(use) != self._speaker()
        ]
        owners = [f"of {self._cast.mention(self._step.picks[use.parameter])}" for use in (*self._references, *picked)]
        filters = [
            self._filter(use) for use in self._plain if use.parameter not in self._step.picks and use.role == "filter"
        ]
        text = " ".join((*owners, join(filters))).rstrip()
        pages = {use.role: self._value(use) for use in self._plain if use.role in ("limit", "offset")}
        tail = "".join(
            (
                f", at most {pages['limit']} of them" if "limit" in pages else "",
                f", leaving out the first {pages['offset']}" if "offset" in pages else "",
            )
        )
        whose = "my " if mine else "the " if text else "all "
        if self._binding.op == "count":
            return f"tell me how many {nouns}{' I have' if mine else ' there are'} {text}".rstrip() + tail
        verb = self._rng.choice(
            ("search for", "find", "look for")
            if any(use.test == "contains" for use in self._plain)
            else ("list", "show me", "give me a list of")
        )
        return f"{verb} {whose}{nouns} {text}".rstrip() + tail

    def _filter(self, use: Use) -> str:
        """One condition of a list, always said: without it the request is another one."""
        name, value = self._label(use), self._value(use)
        if use.test == "contains":
            return f"matching {quote(value)}" if use.parameter != use.column else f"with {quote(value)} in the {name}"
        if use.test in ("ge", "le"):
            if not isinstance(value, str):
                return f"with {phrases.a(name)} of {'at least' if use.test == 'ge' else 'at most'} {show(value)}"
            name = name.removesuffix(" at") if name.endswith(" at") else f"with {phrases.a(name)}"
            return f"{name} {'from' if use.test == 'ge' else 'until'} {show(value)}"
        return f"with the {name} {quote(value) if not isinstance(value, list) else show(value)}"


def join_place(values: list[Json]) -> str:
    """An address on one line."""
    return ", ".join(show(value) for value in values)


def _role(use: Use) -> str:
    """What a reference is to the call: ``new_product_id`` -> "new product"."""
    parts = label(use.parameter).split()
    return " ".join(parts[:-1] if parts[-1:] == ["ID"] else parts)
