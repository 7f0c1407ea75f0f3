"""What the user says at first, and what they tell when asked: varied English by rules, never the tools' own words."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from agentgym.tasks import phrases
from agentgym.tasks.cast import ORDINALS, Cast, RowId
from agentgym.tasks.clauses import clause
from agentgym.tasks.scene import Step, found
from agentgym.tasks.walk import Chart
from agentgym.types import Claim, Fact, Json, Rows, Use

_FEW = 3  # columns that a user wants to hear; more are details to look at
_OPENNESS = (1.0, 0.85, 0.6)  # how likely a detail is said unasked, by kind of user


def tell(
    chart: Chart, rows: Rows, steps: Sequence[Step], claims: Mapping[RowId, Claim], rng: random.Random
) -> tuple[str, tuple[Fact, ...], tuple[str, ...]]:
    """Word a task: the opening message, every value that the agent cannot learn from a tool, and each goal by itself.

    ``rows`` is the initial state. Values said in the opening are facts too: users repeat themselves when asked.
    """
    cast = Cast(chart, rows, steps, claims, rng, rng.choice(_OPENNESS))
    goals = [step for step in steps if step.goal]
    facts = _Facts(cast)
    for row in cast.ids:
        facts.identify(row)
    for step in steps:
        facts.explain(step, len(goals))
    sentences, clauses = [_opening(cast, facts)], []
    for number, step in enumerate(goals):
        text = clause(cast, step)
        clauses.append(text)
        polite = rng.choice(phrases.WANTS if chart.bindings[step.call.name].writes else phrases.ASKS)
        sentence = polite.format(text)
        if number:
            inner = sentence if sentence.startswith(("I ", "I'")) else sentence[0].lower() + sentence[1:]
            sentence = rng.choice(phrases.NEXT).format(inner)
        sentences.append(sentence)
    text = " ".join(filter(None, sentences)).replace('.".', '."')
    return text + rng.choice(phrases.CLOSINGS), tuple(facts.told.values()), tuple(clauses)


def wanted(chart: Chart, step: Step) -> tuple[Json, ...]:
    """The values that a user who asks wants to be told: a count, or the few columns that a look-up is for."""
    binding = chart.bindings[step.call.name]
    names = [name for name in binding.fields if name != chart.tables[binding.table].primary_key]
    values: list[Json] = []
    if binding.op == "count":
        values = [value for value in found(step.result, "count") if isinstance(value, int)][:1]
    elif binding.op == "get" and 0 < len(names) <= _FEW:
        values = [next(found(step.result, name), None) for name in names]
    return tuple(value for value in values if value is not None and not isinstance(value, bool))


def _opening(cast: Cast, facts: _Facts) -> str:
    """A greeting, the speaker's name, and how to find their account."""
    rng, person = cast.rng, cast.person()
    greeting = f"{rng.choice(phrases.GREETINGS)}{rng.choice(('!', ',', '.'))}" if rng.random() < 0.7 else ""
    named = rng.choice(phrases.NAMED).format(person) if person and rng.random() < 0.7 else ""
    if greeting.endswith(","):
        greeting = greeting if named and not named.startswith(person) else f"{greeting[:-1]}."
        named = named[0].lower() + named[1:] if named.startswith(("This", "My")) and greeting.endswith(",") else named
    return " ".join(filter(None, (greeting, named, *(text for text in facts.own if cast.open()))))


class _Facts:
    """The facts so far, by label; ``own`` lists sentences that say who the speaker is."""

    def __init__(self, cast: Cast) -> None:
        self.told: dict[str, Fact] = {}
        self.own: list[str] = []
        self._cast, self._rng = cast, cast.rng
        self._topics: dict[str, int] = {}

    def identify(self, row: RowId) -> None:
        """How to find a row: its key, or the details that single it out."""
        claim = self._cast.claims.get(row)
        if row in self._cast.said:
            self._key(row)
        elif claim is not None and not claim.of:
            for column, value in claim.conditions:
                target = self._cast.chart.tables[row[0]].refers(column)
                if target is None or (target, value) not in self._cast.ids:
                    self._detail(row, phrases.label(column), value)

    def _key(self, row: RowId) -> None:
        table, key = row
        name, noun = self._cast.name(row), phrases.noun(table)
        column = phrases.label(self._cast.chart.tables[table].primary_key)
        label = column if " " in column else f"{noun} {column}"
        if row == self._cast.speaker or self._cast.owned(row):
            text = f"My {label} is {key}."
        else:
            text = f"The {label} is {key}."
        if name.removeprefix("the ").split()[:1] in [[ordinal] for ordinal in ORDINALS]:
            text = f"The ID of {name} is {key}."
        self._add((label, _qualified(name, label, noun)), key, text)
        if row == self._cast.speaker:
            self.own.append(text)
        elif self._leads_to_speaker(row):
            self.own.append(f"One of my {phrases.many(table)} is {key}." if self._cast.owned(row) else text)

    def _leads_to_speaker(self, row: RowId) -> bool:
        """Whether the speaker is known by this row alone, and nothing else will mention it."""
        claim = self._cast.claims.get(self._cast.speaker) if self._cast.speaker else None
        anchors = [value for _, value in claim.conditions] if claim is not None and claim.of else []
        return row[1] in anchors and row not in self._cast.asked

    def _detail(self, row: RowId, label: str, value: Json) -> None:
        name, shown, verb = self._cast.name(row), phrases.quote(value), phrases.be(label)
        if row == self._cast.speaker:
            text = f"My {label} {verb} {shown}."
            self.own.append(text)
        else:
            forms = (f"The {label} of {name} {verb} {shown}.", f"For {name}, the {label} {verb} {shown}.")
            text = self._rng.choice(forms)
        self._add((label, _qualified(name, label)), value, text)

    def explain(self, step: Step, goals: int) -> None:
        """The arguments that name no row: new values, amounts, filters."""
        topic = self._topic(step) if goals > 1 and step.goal else ""
        uses = {use.parameter: use for use in self._cast.chart.bindings[step.call.name].uses}
        for path, value in _leaves(step.call.arguments, uses):
            if path in step.picks or f"{path}/0" in step.picks:
                continue
            parts = path.split("/")
            label = phrases.label(parts[-1])
            if path not in uses:
                about = self._line(step, path)
                text = f"The {label} of {about} {phrases.be(label)} {phrases.quote(value)}."
                self._add((_qualified(about, label),), value, text)
            elif not self._known(label, value, step.goal):
                label = _bound(uses[path]) or label
                sentence = self._sentence(uses[path], label, value, topic)
                self._add((label, _qualified(topic or "requested", label)), value, sentence)

    def _known(self, label: str, value: Json, goal: bool) -> bool:
        """Whether a fact tells this already; for a read that only learns something, under whatever name."""
        return any(fact.value == value and (label in name or not goal) for name, fact in self.told.items())

    def _line(self, step: Step, path: str) -> str:
        """What a value inside a list of objects is about: the row named beside it, or its place in the list."""
        line = path.rpartition("/")[0]
        pick = next((pick for other, pick in step.picks.items() if other.rpartition("/")[0] == line), None)
        return self._cast.name((pick.table, pick.key)) if pick else f"line {int(line.split('/')[1]) + 1}"

    def _sentence(self, use: Use, label: str, value: Json, topic: str) -> str:
        shown, verb = phrases.quote(value), phrases.be(label)
        lead = f"For {topic}, the" if topic else "The"
        if use.role == "limit":
            return f"{shown} of them are enough."
        forms = [f"{lead} {label} {verb} {shown}."]
        if use.role == "filter":
            forms.append(f"{lead} {label} to look for {verb} {shown}.")
        elif "reason" not in label:
            forms += [f"{lead} {label} should be {shown}.", f"{lead} {label}: {shown}."]
        return self._rng.choice(forms)

    def _topic(self, step: Step) -> str:
        """What a goal is about, told apart from the other goals: "the second new order"."""
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

    def _add(self, labels: Sequence[str], value: Json, text: str) -> None:
        """Keep a fact under the first label that is still free."""
        label = next((label for label in labels if label not in self.told), labels[-1])
        number = 2
        while label in self.told and self.told[label].value != value:
            label = f"{labels[-1]} ({number})"
            number += 1
        self.told[label] = Fact(label=label, value=value, text=text.replace('.".', '."'))


def _qualified(name: str, label: str, noun: str = "") -> str:
    """A label that says whose value it is, its own noun last: "second order reason"."""
    owner = name.removeprefix("the ").removeprefix("my ")
    return f"{owner} {label.removeprefix(f'{noun} ') if noun else label}"


def _bound(use: Use) -> str:
    """What a limit or a bound of a range is called; "" for other arguments."""
    if use.role == "limit":
        return "number of results"
    if use.test not in ("ge", "le"):
        return ""
    label = phrases.label(use.column)
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
