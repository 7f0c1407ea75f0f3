"""What a user tells when asked: every value that the agent cannot learn from a tool, each in a sentence of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from agentgym.tasks import phrases
from agentgym.tasks.phrases import label as label_of
from agentgym.tasks.phrases import quote
from agentgym.tasks.steps import RowId, Step
from agentgym.tasks.wording.banks import Manner
from agentgym.tasks.wording.cast import ORDINALS, Cast
from agentgym.tasks.wording.manner import Voice, capital
from agentgym.tasks.wording.traits import Trait, adjectival, trait
from agentgym.types import Claim, Fact, Json, Use

_NEW = ("{0} should be {1}.", "{0}: {1}.", "{0} {be} {1}.", "{0} should be {1}.")
_KNOWN = ("{0} {be} {1}.", "{0}: {1}.", "{0} {be} {1}.")
_MANNERED: Mapping[Manner, tuple[str, ...]] = {
    "formal": ("{0} is to be {1}.", "{0} shall be {1}."),
    "chatty": ("{0} should be {1}, please.", "{0}? That should be {1}."),
    "hurried": ("{0}: {1}, thanks.",),
    "unsure": ("{0} should be {1}, I think.",),
}
_LIMITS = ("Just {0} of them, please.", "No more than {0} of them.", "Up to {0} of them will do.")
_AFTER = ("I only mean the {0}.", "I'm interested in the {0}.", "It's about the {0}.", "I'm after the {0}.")
_WHY = ("The {label} is {value}.", "You can put down {value} as the {label}.", "As for the {label}: {value}.")


class Own(NamedTuple):
    """A sentence by which the speaker can be found."""

    value: Json
    text: str
    sure: bool  # said unasked


class Facts:
    """The facts so far, by label; ``own`` are the sentences that say who the speaker is.

    ``claims`` are as they are, where those of the cast may be wrong.
    """

    def __init__(self, cast: Cast, voice: Voice, claims: Mapping[RowId, Claim]) -> None:
        self.told: dict[str, Fact] = {}
        self.own: list[Own] = []
        self._claims = claims
        self.labels: dict[tuple[int, str], str] = {}  # (number of the step, argument path) -> label of its fact
        self.keys: dict[RowId, str] = {}  # row -> label of the fact with its key
        self._cast, self._voice, self._rng = cast, voice, cast.rng
        self._topics: dict[str, int] = {}

    def identify(self, row: RowId) -> None:
        """How to find a row: its key, or the details that single it out."""
        claim = self._claims.get(row)
        if row in self._cast.said:
            self._key(row)
        elif claim is not None and not claim.of:
            for column, value in claim.conditions:
                target = self._cast.chart.tables[row[0]].refers(column)
                if target is None or (target, value) not in self._cast.ids:
                    self._detail(row, column, value)

    def _key(self, row: RowId) -> None:
        table, key = row
        name, noun, shown = self._cast.name(row), phrases.noun(table), quote(key)
        column = label_of(self._cast.chart.tables[table].primary_key)
        label = column if " " in column else noun if column == noun.split()[-1] else f"{noun} {column}"
        mine = row == self._cast.speaker or self._cast.owned(row)
        if name.removeprefix("the ").split()[:1] in [[ordinal] for ordinal in ORDINALS]:
            forms: tuple[str, ...] = (
                f"The ID of {name} is {shown}.",
                f"{capital(name)} is {shown}.",
                f"{capital(name)} has the ID {shown}.",
            )
        else:
            whose = "My" if mine else "The"
            forms = (f"{whose} {label} is {shown}.", f"{whose} {label} is {shown}.", f"{whose} {label}: {shown}.",
                     f"{whose} {label} would be {shown}.")  # fmt: skip
            if row != self._cast.speaker:
                forms += (
                    f"It's {'my' if mine else 'the'} {noun} {shown}.",
                    f"I mean {'my ' if mine else ''}{noun} {shown}.",
                )
        text = self._rng.choice(forms)
        self.keys[row] = self._add((label, _qualified(name, label, noun)), key, text)
        if row == self._cast.speaker:
            self._introduce(key, row, f"My {label} is {{}}.")
        elif self._leads_to_speaker(row):
            one = f"One of my {phrases.many(table)} is {{}}."
            self._introduce(key, row, one if self._cast.owned(row) else f"The {label} is {{}}.")

    def _introduce(self, value: Json, row: RowId, form: str, column: str = "") -> None:
        """Keep a sentence by which the speaker can be found; what they have wrong is said wrong, and in any case."""
        said = self._cast.wrong.get(row, value)
        if column and row in self._cast.sure:
            said = dict(self._cast.claims[row].conditions).get(column, value)
        self.own.append(Own(said, form.format(quote(said)), sure=said != value))

    def _leads_to_speaker(self, row: RowId) -> bool:
        """Whether the speaker is known by this row alone, and nothing else will mention it."""
        claim = self._claims.get(self._cast.speaker) if self._cast.speaker else None
        anchors = [value for _, value in claim.conditions] if claim is not None and claim.of else []
        return row[1] in anchors and row not in self._cast.asked

    def _detail(self, row: RowId, column: str, value: Json) -> None:
        """One of the details that single a row out."""
        name, label = self._cast.name(row), label_of(column)
        shown, verb = quote(value), phrases.be(label)
        if isinstance(value, bool):
            self._add((label, _qualified(name, label)), value, self._flag(name, column, value))
            return
        if isinstance(value, int) and verb == "are":
            label, verb = f"number of {label}", "is"
        if row == self._cast.speaker:
            text = f"My {label} {verb} {shown}."
            self._introduce(value, row, f"My {label} {verb} {{}}.", column)
        else:
            described = self._cast.between(phrases.noun(row[0]), [trait(column, value, self._rng)])
            forms = [f"The {label} of {name} {verb} {shown}.", f"For {name}, the {label} {verb} {shown}."]
            if " " not in name.removeprefix("the ").removesuffix(phrases.noun(row[0])):
                forms += [f"I mean the {described}.", f"It's the {described}."]
            text = self._rng.choice(forms)
        self._add((label, _qualified(name, label)), value, text)

    def _flag(self, name: str, column: str, value: bool) -> str:
        """A truth value of a row that is known by it: "The first product is not discontinued."."""
        like = trait(column, value, self._rng)
        said = f"is {like.before}" if like.before else like.after.removeprefix("that ")
        said = said if like.before or like.after.startswith("that ") else f"is the one {said}"
        return f"{capital(name) if name else 'Mine'} {said}."

    def explain(self, number: int, step: Step, goals: int) -> None:
        """The arguments that name no row: new values, amounts, filters."""
        topic = self._topic(step) if goals > 1 and step.goal else ""
        uses = {use.parameter: use for use in self._cast.chart.bindings[step.call.name].uses}
        for path, value in _leaves(step.call.arguments, uses):
            if path in step.picks or f"{path}/0" in step.picks:
                continue
            if path not in uses:
                name = label_of(path.split("/")[-1])
                about = self._line(step, path)
                lead = f"For {topic}, the" if topic else "The"
                text = f"{lead} {name} of {about} {phrases.be(name)} {quote(value)}."
                labels = (_qualified(about, name), *((_qualified(topic, _qualified(about, name)),) if topic else ()))
                self.labels[number, path] = self._add(labels, value, text)
                continue
            use = uses[path]
            label = _bound(use) or label_of(use.parameter)
            known = self._known(label, value, step.goal)
            if not known:
                known = self._add(
                    (label, _qualified(topic or "requested", label)),
                    value,
                    self._sentence(step, use, label, value, topic),
                )
            self.labels[number, path] = known

    def _known(self, label: str, value: Json, goal: bool) -> str:
        """The label of a fact that tells this already; for a read that only learns something, under whatever name."""
        return next(
            (name for name, fact in self.told.items() if fact.value == value and (label in name or not goal)), ""
        )

    def _line(self, step: Step, path: str) -> str:
        """What a value inside a list of objects is about: the row named beside it, or its place in the list."""
        line = path.rpartition("/")[0]
        pick = next((pick for other, pick in step.picks.items() if other.rpartition("/")[0] == line), None)
        return self._cast.name((pick.table, pick.key)) if pick else f"the {ORDINALS[int(line.split('/')[1]) % 10]} item"

    def _sentence(self, step: Step, use: Use, label: str, value: Json, topic: str) -> str:
        """The sentence that tells an argument; ``topic`` is what it belongs to, "" where that goes without saying."""
        if use.role == "limit":
            return self._rng.choice(_LIMITS).format(quote(value))
        if use.role == "offset":
            return f"Please skip the first {quote(value)}."
        if isinstance(value, bool):
            return self._truth(use, value, topic)
        if use.role == "filter" and not isinstance(value, list) and self._voice.often(0.5):
            return self._looked_for(step, use, value)
        if "reason" in label and not topic:
            return self._rng.choice(_WHY).format(label=label, value=quote(value))
        if label.endswith("ed by"):  # received_by
            return f"{capital(topic) if topic else 'It'} was {label} {quote(value)}."
        forms: tuple[str, ...] = _KNOWN
        if use.role != "filter" and "reason" not in label:
            forms = (*_NEW, *_MANNERED.get(self._voice.manner, ()))
        if isinstance(value, int) and phrases.starts_plural(label) and not _bound(use):
            label = f"number of {label}"
        return capital(self._rng.choice(forms).format(self._lead(label, topic), quote(value), be=phrases.be(label)))

    def _lead(self, label: str, topic: str) -> str:
        """What has the value: "the reason", "the price of the new item", "my new phone"."""
        if not topic:
            return f"the {label}"
        if topic == self._cast.me:
            return f"my {label}"
        if label.split()[-1] in ("for", "of", "by", "to", "in", "on", "with"):
            return f"for {topic}, the {label}"
        ways = (f"the {label} for {topic}", f"for {topic}, the {label}", f"the {label} of {topic}")
        return self._rng.choice(ways[:2] if "reason" in label else ways)

    def _looked_for(self, step: Step, use: Use, value: Json) -> str:
        """A filter as what the rows are like that the user is after."""
        binding = self._cast.chart.bindings[step.call.name]
        many = binding.op != "get"
        searched = use.test == "contains" and use.parameter != use.column
        like = Trait(after=f"matching {quote(value)}")
        if not searched:
            like = trait(use.column or use.parameter, value, self._rng, test=use.test, many=many)
        rows = self._cast.between(phrases.many(binding.table) if many else phrases.noun(binding.table), [like])
        return self._rng.choice(_AFTER).format(rows)

    def _truth(self, use: Use, value: bool, topic: str) -> str:
        """A truth value: "The first vehicle is not electric.", "For the new order, gift wrap: yes."."""
        text, name = label_of(use.column or use.parameter), use.column or use.parameter
        if adjectival(name):
            no = "" if value else "not "
            be = self._rng.choice((f"is {no}", f"should {no}be ") if use.role != "filter" else (f"is {no}",))
            return f"{capital(topic) if topic else 'It'} {be}{text}."
        lead = f"for {topic}, {text}" if topic else text
        return f"{capital(lead)}: {'yes' if value else 'no'}."

    def _topic(self, step: Step) -> str:
        """What a goal is about, told apart from the other goals: "the second new order", "order ORD-1"."""
        binding = self._cast.chart.bindings[step.call.name]
        keys = [use.parameter for use in binding.uses if use.role == "key" and use.parameter in step.picks]
        if keys:
            pick = step.picks[keys[0]]
            return self._cast.name((pick.table, pick.key)) or self._cast.me
        if step.about and binding.op == "create":
            return self._cast.name((step.about.table, step.about.key))
        noun = phrases.noun(binding.table)
        noun = f"new {noun}" if binding.writes else noun if binding.op == "get" else f"list of {phrases.plural(noun)}"
        number = self._topics[noun] = self._topics.get(noun, 0) + 1
        return f"the {noun}" if number == 1 else f"the {ORDINALS[min(number, len(ORDINALS)) - 1]} {noun}"

    def _add(self, labels: Sequence[str], value: Json, text: str) -> str:
        """Keep a fact under the first label that is still free; the label."""
        label = next((label for label in labels if label not in self.told), labels[-1])
        number = 2
        while label in self.told and self.told[label].value != value:
            label = f"{labels[-1]} ({number})"
            number += 1
        self.told[label] = Fact(label=label, value=value, text=text.replace('.".', '."'))
        return label


def _qualified(name: str, label: str, noun: str = "") -> str:
    """A label that says whose value it is, its own noun last: "second order reason"."""
    owner = name.removeprefix("the ").removeprefix("my ")
    rest = label.removeprefix(f"{noun} ") if noun else label
    last = owner.rpartition(" ")[2]
    return f"{owner} {rest.removeprefix(f'{last} ')}".strip()


def _bound(use: Use) -> str:
    """What a limit or a bound of a range is called; "" for other arguments."""
    if use.role == "limit":
        return "number of results"
    if use.test not in ("ge", "le"):
        return ""
    label = label_of(use.column)
    if "date" in label.split() or label.endswith("time"):
        return f"{'earliest' if use.test == 'ge' else 'latest'} {label}"
    return f"{'lowest' if use.test == 'ge' else 'highest'} {label}"


def _leaves(arguments: Mapping[str, Json], uses: Mapping[str, Use]) -> Iterator[tuple[str, Json]]:
    """Argument values by path: lines are taken apart into their properties, other values stay whole."""
    for name, value in arguments.items():
        if uses[name].role == "lines" and isinstance(value, list):
            for number, line in enumerate(value):
                yield from ((f"{name}/{number}/{inner}", item) for inner, item in line.items())
        else:
            yield name, value
