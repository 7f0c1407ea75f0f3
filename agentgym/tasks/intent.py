"""What the user says at first, and what they tell when asked: varied English by rules, never the tools' own words."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from agentgym.tasks import phrases
from agentgym.tasks.cast import Cast, RowId
from agentgym.tasks.clauses import clause
from agentgym.tasks.describe import Claim
from agentgym.tasks.scene import Step
from agentgym.tasks.walk import Chart
from agentgym.types import Fact, Json, Rows, Use
from agentgym.world.naming import words

_OPENNESS = (1.0, 0.85, 0.6)  # how likely a detail is said unasked, by kind of user


def tell(
    chart: Chart, rows: Rows, steps: Sequence[Step], claims: Mapping[RowId, Claim], rng: random.Random
) -> tuple[str, tuple[Fact, ...]]:
    """Word a task: the opening message, and every value that the agent cannot learn from a tool as a fact.

    ``rows`` is the initial state. Values said in the opening are facts too: users repeat themselves when asked.
    """
    cast = Cast(chart, rows, steps, claims, rng, rng.choice(_OPENNESS))
    goals = [step for step in steps if step.goal]
    facts = _Facts(cast)
    for row in cast.ids:
        facts.identify(row)
    for step in steps:
        facts.explain(step, len(goals))
    sentences = [_opening(cast, facts)]
    for number, step in enumerate(goals):
        text = clause(cast, step)
        polite = rng.choice(phrases.WANTS if chart.bindings[step.call.name].writes else phrases.ASKS)
        sentence = polite.format(text)
        if number:
            inner = sentence if sentence.startswith("I ") or sentence.startswith("I'") else sentence[0].lower() + sentence[1:]
            sentence = rng.choice(phrases.NEXT).format(inner)
        sentences.append(sentence)
    return " ".join(filter(None, sentences)) + rng.choice(phrases.CLOSINGS), tuple(facts.told.values())


def _opening(cast: Cast, facts: _Facts) -> str:
    """A greeting, the speaker's name, and how to find their account."""
    rng, person = cast.rng, cast.person()
    greeting = f"{rng.choice(phrases.GREETINGS)}{rng.choice(('!', ',', '.'))}" if rng.random() < 0.7 else ""
    named = rng.choice(phrases.NAMED).format(person) if person and rng.random() < 0.7 else ""
    if greeting.endswith(","):
        greeting = greeting if named and not named.startswith(person) else f"{greeting[:-1]}."
        named = named[0].lower() + named[1:] if named.startswith(("This", "My")) and greeting.endswith(",") else named
    own = [facts.told[label].text for label in facts.own if cast.open()]
    return " ".join(filter(None, (greeting, named, *own)))


class _Facts:
    """The facts so far, by label; ``own`` lists those that say who the speaker is."""

    def __init__(self, cast: Cast) -> None:
        self.told: dict[str, Fact] = {}
        self.own: list[str] = []
        self._cast = cast
        self._topics: dict[str, int] = {}

    def identify(self, row: RowId) -> None:
        """How to find a row: its key, or the details that single it out."""
        name = self._cast.name(row)
        if row in self._cast.said:
            column = self._cast.chart.tables[row[0]].primary_key
            key = phrases.label(column) if len(words(column)) > 1 else f"{phrases.noun(row[0])} {phrases.label(column)}"
            self._of_row(row, name, key, row[1])
        elif row in self._cast.claims and not self._cast.claims[row].of:
            for column, value in self._cast.claims[row].conditions:
                target = self._cast.chart.tables[row[0]].refers(column)
                if target is None or (target, value) not in self._cast.ids:
                    self._of_row(row, name, phrases.label(column), value)

    def _of_row(self, row: RowId, name: str, label: str, value: Json) -> None:
        shown = phrases.quote(value)
        if row == self._cast.speaker:
            text = f"My {label} is {shown}."
        else:
            text = self._cast.rng.choice((f"The {label} of {name} is {shown}.", f"For {name}, the {label} is {shown}."))
        kept = self._add(label, f"{label} of {name}", value, text)
        if row == self._cast.speaker:
            self.own.append(kept)

    def explain(self, step: Step, goals: int) -> None:
        """The arguments that name no row: new values, amounts, filters."""
        binding = self._cast.chart.bindings[step.call.name]
        topic = self._topic(step) if goals > 1 and step.goal else ""
        uses = {use.parameter: use for use in binding.uses}
        for path, value in _leaves(step.call.arguments, uses):
            if path in step.picks or path.removesuffix(".0") in step.picks:
                continue
            parts = path.split(".")
            label = phrases.label(parts[-1])
            if len(parts) == 3:  # in a line, beside the row it is about
                beside = next((pick for other, pick in step.picks.items() if other.rpartition(".")[0] == path.rpartition(".")[0]), None)
                about = self._cast.name((beside.table, beside.key)) if beside else f"line {int(parts[1]) + 1}"
                self._add(label, f"{label} of {about}", value, f"The {label} of {about} is {phrases.quote(value)}.", always=True)
            elif not self._known(label, value):
                use = uses[parts[0]]
                self._add(label, f"{label} for {topic or 'this request'}", value, self._sentence(use, label, value, topic))

    def _known(self, label: str, value: Json) -> bool:
        return any(fact.value == value and label in key for key, fact in self.told.items())

    def _sentence(self, use: Use, label: str, value: Json, topic: str) -> str:
        rng, shown = self._cast.rng, phrases.quote(value)
        lead = f"For {topic}, the" if topic else "The"
        if use.role == "limit":
            return f"{shown} of them are enough."
        if use.role == "filter":
            return rng.choice((f"{lead} {label} to look for is {shown}.", f"{lead} {label} is {shown}."))
        if "reason" in label:
            return f"{lead} {label} is {shown}."
        return rng.choice((f"{lead} {label} should be {shown}.", f"{lead} {label} is {shown}.", f"{lead} {label}: {shown}."))

    def _topic(self, step: Step) -> str:
        """What a goal is about, told apart from the other goals: "the second new order"."""
        binding = self._cast.chart.bindings[step.call.name]
        own = next((step.picks[use.parameter] for use in binding.uses if use.role == "key" and use.parameter in step.picks), None)
        if own is not None:
            return self._cast.name((own.table, own.key)) or "my account"
        noun = f"new {phrases.noun(binding.table)}" if binding.writes else f"list of {phrases.many(binding.table)}"
        number = self._topics[noun] = self._topics.get(noun, 0) + 1
        return f"the {noun}" if number == 1 else f"the {noun} number {number}"

    def _add(self, short: str, full: str, value: Json, text: str, *, always: bool = False) -> str:
        """Keep a fact under the shortest label that is still free."""
        label = full if always else next((name for name in (short, full) if name not in self.told), full)
        number = 2
        while label in self.told and self.told[label].value != value:
            label = f"{full} ({number})"
            number += 1
        self.told[label] = Fact(label=label, value=value, text=text)
        return label


def _leaves(arguments: Mapping[str, Json], uses: Mapping[str, Use]) -> Iterator[tuple[str, Json]]:
    """Argument values by path: lines are taken apart into their properties, other values stay whole."""
    for name, value in arguments.items():
        if uses[name].role == "lines" and isinstance(value, list):
            for number, line in enumerate(value):
                yield from ((f"{name}.{number}.{inner}", item) for inner, item in line.items())
        else:
            yield name, value
