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
    "deposit": "{0} into {1}", "top_up": "{1} up by {0}", "credit": "{0} to {1}", "refund": "{0} to {1}", "earn": "{0} on {1}",
    "load": "{0} onto {1}", "recharge": "{1} with {0}", "withdraw": "{0} from {1}", "pay": "{0} from {1}", "charge": "{0} to {1}",
    "debit": "{0} from {1}", "spend": "{0} from {1}", "redeem": "{0} from {1}", "transfer": "{0} from {1}",
}  # fmt: skip
_FINALS = {"top_up": "top"}


def clause(cast: Cast, step: Step) -> str:
    """What the user wants with ``step``, without its tool's name or its arguments' keys."""
    return _Clause(cast, step).text()


class _Clause:
    def __init__(self, cast: Cast, step: Step) -> None:
        self._cast, self._rng = cast, cast.rng
        self._binding: Binding = cast.chart.bindings[step.call.name]
        self._step = step
        given = step.call.arguments
        uses = [use for use in self._binding.uses if use.parameter in given]
        self._own = next((use for use in uses if use.role == "key"), None)
        named = [use for use in uses if use.role in ("reference", "scope", "set") and use.parameter in step.picks and use is not self._own]
        self._references = [use for use in named if self._picked(use) != self._speaker()]
        self._plain = [use for use in uses if use not in named and use is not self._own and use.role != "lines"]
        self._lists = [use for use in uses if use.role == "lines"]

    def text(self) -> str:
        makers = {"create": self._create, "update": self._update, "adjust": self._adjust, "get": self._get, "list": self._list, "count": self._list}
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
            parts.append(f"address {join_place([self._value(use) for use in place])}")
        for use in uses:
            if (len(place) > 1 and use in place) or not self._cast.open():
                continue
            parts.append(f"{self._label(use)} {quote(self._value(use))}")
        return parts

    def _with(self, uses: list[Use]) -> str:
        """Further arguments, at the end of a phrase."""
        reasons = [use for use in uses if "reason" in use.parameter]
        parts = self._details([use for use in uses if use not in reasons])
        text = f" with {join([f'the {part}' for part in parts])}" if parts else ""
        for use in reasons:
            if self._cast.open():
                text += self._rng.choice((" for this reason: {0}", " (the reason: {0})", ", the reason being {0}")).format(quote(self._value(use)))
        return text

    def _beside(self, uses: list[Use]) -> str:
        """Other rows a call names: " for the flight FL-102", " with my card as the new card"."""
        text = ""
        for use in uses:
            pick = self._step.picks[use.parameter]
            noun, role = phrases.noun(pick.table), _role(use)
            mention = self._cast.mention(pick)
            text += f" for {mention}" if role in ("", noun) else f", with {mention} as the {role}"
        return text

    def _lines(self) -> str:
        """The lines of an order: "2 of the product PRD-1 and 1 of the product PRD-7"."""
        texts = []
        for use in self._lists:
            for number, line in enumerate(self._value(use)):
                if not self._cast.open():
                    continue
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
        target = next((effect.value for effect in self._binding.effects if effect.of == "" and effect.op == "set" and isinstance(effect.value, str)), "")
        if target and reading.verb in ("mark", "set", "change", "update", "move", "put"):
            return f"mark {self._subject()} as {show(target)}{self._with(self._plain)}"
        return f"{self._verb()} {self._subject()}{self._beside(self._references)}{self._with(self._plain)}"

    def _update(self) -> str:
        subject = self._subject()
        mine = subject == "my account"
        changes = [use for use in self._plain if use.role in ("set", "amount")]
        verb = read_name(self._binding.tool).verb
        if self._references and not changes:
            verb = verb if verb in ("assign", "reassign", "move", "transfer") else "switch"
            others = [self._cast.mention(self._step.picks[use.parameter]) for use in self._references]
            return f"{verb} {subject} to {join(others)}"
        names = list(dict.fromkeys("address" if use.column in PLACE and len(changes) > 1 else self._label(use) for use in changes))
        if len(names) == 1 and self._cast.open():
            values = join_place([self._value(use) for use in changes]) if len(changes) > 1 else quote(self._value(changes[0]))
            owner = f"my {names[0]}" if mine else f"the {names[0]} of {subject}"
            return f"{self._rng.choice(('change', 'update', 'set'))} {owner} to {values}{self._beside(self._references)}"
        parts = self._details(changes)
        listed = join([f"the {name}" for name in names]) if not mine else f"my {join(names)}"
        if not parts or len(parts) < len(names):
            return f"{self._rng.choice(('change', 'update'))} {listed}{'' if mine else f' of {subject}'}{self._beside(self._references)}"
        return f"update {subject} with {join([f'the {part}' for part in parts])}{self._beside(self._references)}"

    def _create(self) -> str:
        noun = phrases.thing(self._binding)
        picked = {phrases.noun(self._step.picks[use.parameter].table): use for use in self._references}
        if noun in picked:  # borrow_book makes a loan: what is borrowed is a row, and not a new one
            text = f"{self._verb()} {self._cast.mention(self._step.picks[picked[noun].parameter])}"
        else:
            text = f"{self._verb()} {self._rng.choice((phrases.a(noun), 'a new ' + noun))}"
        text += self._beside([use for use in self._references if use is not picked.get(noun)])
        lines = self._lines()
        return f"{text}{f' for {lines}' if lines else ''}{self._with(self._plain)}"

    def _adjust(self) -> str:
        verb = read_name(self._binding.tool).verb
        subject = self._subject()
        amount = next((use for use in self._plain if use.role == "amount"), None)
        rest = [use for use in self._plain if use is not amount]
        said = quote(self._value(amount)) if amount and self._cast.open() else "some money" if verb in _MONEY else "a certain amount"
        if verb in _MONEY:
            text = f"{_FINALS.get(verb, verb.replace('_', ' '))} {_MONEY[verb].format(said, subject)}"
        elif amount:
            text = f"{self._verb()} {subject} by {said}"
        else:
            text = f"{self._verb()} {subject}"
        others = self._references
        if verb == "transfer" and others:
            return f"{text} to {join([self._cast.mention(self._step.picks[use.parameter]) for use in others])}{self._with(rest)}"
        return f"{text}{self._beside(others)}{self._with(rest)}"

    # -- reads ----------------------------------------------------------------------------------

    def _get(self) -> str:
        filters = [use for use in self._plain if use.role == "filter"]
        if self._own is None and filters:
            mine = self._cast.speaker is not None and self._cast.speaker[0] == self._binding.table
            start = "find my account" if mine else f"find the {phrases.noun(self._binding.table)}"
            return f"{start} {'by' if mine else 'with'} {join([f'{self._label(use)} {quote(self._value(use))}' for use in filters])}"
        subject = self._subject() if self._own else f"the {phrases.noun(self._binding.table)}{self._beside(self._references)}"
        columns = {column.name for column in self._cast.chart.tables[self._binding.table].columns}
        fields = [label(name) for name in self._binding.fields if name in columns and not name.endswith("_id")]
        if 0 < len(fields) <= 3:
            listed = join(fields)
            return f"tell me the {listed} of {subject}" if subject != "my account" else f"tell me the {listed} of my account"
        return self._rng.choice(("show me the details of {0}", "look up {0}", "pull up {0}", "give me the details of {0}", "check {0}")).format(subject)

    def _list(self) -> str:
        nouns = phrases.many(self._binding.table)
        mine = any(self._picked(use) == self._speaker() for use in self._binding.uses if use.parameter in self._step.picks)
        texts = [f"of {self._cast.mention(self._step.picks[use.parameter])}" for use in self._references]
        picked = [use for use in self._plain if use.parameter in self._step.picks]
        texts += [f"of {self._cast.mention(self._step.picks[use.parameter])}" for use in picked if self._picked(use) != self._speaker()]
        texts += [self._filter(use) for use in self._plain if use not in picked and use.role == "filter"]
        pages = {use.role: self._value(use) for use in self._plain if use.role in ("limit", "offset")}
        tail = "".join((f", at most {pages['limit']} of them" if "limit" in pages else "", f", leaving out the first {pages['offset']}" if "offset" in pages else ""))
        whose = "my " if mine else "the " if texts else "all "
        if self._binding.op == "count":
            return f"tell me how many {nouns}{' I have' if mine else ' there are'} {join(texts)}".rstrip() + tail
        verb = self._rng.choice(("search for", "find", "look for") if any(use.test == "contains" for use in self._plain) else ("list", "show me", "give me a list of"))
        return f"{verb} {whose}{nouns} {join(texts)}".rstrip() + tail

    def _filter(self, use: Use) -> str:
        """One condition of a list, always said: without it the request is another one."""
        name, value = self._label(use), self._value(use)
        if use.test == "contains":
            return f"matching {quote(value)}" if use.parameter != use.column else f"with {quote(value)} in the {name}"
        if use.test in ("ge", "le"):
            dated = isinstance(value, str)
            word = {("ge", False): "at least", ("le", False): "at most", ("ge", True): "from", ("le", True): "until"}[use.test, dated]
            return f"with {'a' if not dated else 'the'} {name} {'of ' if not dated else ''}{word} {show(value)}"
        return f"with the {name} {quote(value) if not isinstance(value, list) else show(value)}"


def join_place(values: list[Json]) -> str:
    """An address on one line."""
    return ", ".join(show(value) for value in values)


def _role(use: Use) -> str:
    """What a reference is to the call: ``new_product_id`` -> "new product"."""
    parts = label(use.parameter).split()
    return " ".join(parts[:-1] if parts[-1:] == ["ID"] else parts)
