"""What the user says at first, what they tell when asked, what they put right: varied English by rules."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentgym.tasks import phrases
from agentgym.tasks.chart import Chart
from agentgym.tasks.steps import Ask, RowId, Step, Wrong
from agentgym.tasks.wording.belief import believed, put_right
from agentgym.tasks.wording.cast import Book, Cast
from agentgym.tasks.wording.facts import Facts
from agentgym.tasks.wording.manner import Voice
from agentgym.tasks.wording.message import Requests, again, opening
from agentgym.tasks.wording.templates import Templates, masked, masker, runs
from agentgym.types import Claim, Fact, Json, Rows

_DRAWS = 40  # wordings of one task, of which the one least like what was said before is taken
_ENOUGH = 24  # of them, where they do no worse than to say again what another task said
_GRAVE = 100_000  # openings that are alike: what giving an answer away weighs


@dataclass(frozen=True)
class Wording:
    """A task in words. ``label`` and ``revision`` stand for what was wrong at first: the fact, and the correction."""

    intent: str
    facts: tuple[Fact, ...]
    goals: tuple[str, ...]  # one for each Ask
    label: str = ""
    revision: str = ""


def tell(
    chart: Chart,
    rows: Rows,
    steps: Sequence[Step],
    claims: Mapping[RowId, Claim],
    rng: random.Random,
    asks: Sequence[Ask] | None = None,
    wrong: Wrong | None = None,
    *,
    seen: Templates | None = None,
    plain: bool = False,
) -> Wording:
    """Word a task: the opening, every value that the agent cannot learn from a tool, and each goal by itself.

    ``rows`` is the initial state. ``asks`` are the goals in the order they are said; by default one for each goal step.
    ``wrong`` is said in the opening in place of the right value. Of several drawn wordings the first is taken that
    shares no run of words with ``seen`` and gives nothing away, else the one that does so least. ``plain`` as in
    ``Voice``.
    """
    asks = [Ask(place) for place, step in enumerate(steps) if step.goal] if asks is None else asks
    story = _Story(chart, rows, tuple(steps), claims, tuple(asks), wrong)
    mask = masker(story.values())
    best: tuple[int, _Draft] | None = None
    for draw in range(1, _DRAWS + 1):
        draft = _Draft(story, random.Random(rng.getrandbits(64)), plain)
        flaws = _GRAVE * story.flaws(draft.intent)
        flaws += seen.shared(runs(masked(mask(draft.intent)))) if seen is not None else 0
        if best is None or flaws < best[0]:
            best = flaws, draft
        if best[0] == 0 or (best[0] < _GRAVE and draw >= _ENOUGH):
            break
    assert best is not None
    return best[1].finish(story.goals(rng))


class _Story:
    """All that a wording is made from."""

    def __init__(
        self,
        chart: Chart,
        rows: Rows,
        steps: tuple[Step, ...],
        claims: Mapping[RowId, Claim],
        asks: tuple[Ask, ...],
        wrong: Wrong | None,
    ) -> None:
        self.book, self.steps, self.claims, self.asks, self.wrong = Book(chart, rows), steps, claims, asks, wrong
        refused = tuple(ask.refused for ask in asks if ask.refused is not None)
        self.everything = (*steps, *refused)
        self.belief = believed(chart, steps, claims, wrong)
        self.staff = any(phrases.for_staff(step.call.name) for step in self.everything)
        names = {name for step in self.everything for name in (step.call.name, *step.call.arguments)}
        odd = sorted(re.escape(name) for name in names if "_" in name or name != name.lower())
        self._foreign = re.compile(rf"(?<!\w)(?:{'|'.join(odd)})(?!\w)") if odd else None

    def goals(self, rng: random.Random) -> tuple[str, ...]:
        """Each goal by itself, without a word of the tools' language if that can be helped."""
        texts: tuple[str, ...] = ()
        for _ in range(_ENOUGH):
            alone = Cast(self.book, self.everything, self.claims, rng, 0.0, alone=True)
            texts = tuple(again(alone, self.steps, ask) for ask in self.asks)
            if not self._reveals(" ".join(texts)):
                break
        return texts

    def flaws(self, intent: str) -> int:
        """What an opening must not do: tell an answer, tell what is put right later, or speak the tools' language."""
        flaws = self._reveals(intent)
        if self.wrong is not None:
            flaws += phrases.tells(intent, _at(self.steps[self.wrong.step].call.arguments, self.wrong.path))
            flaws += not phrases.tells(intent, self.wrong.value)
        return flaws

    def _reveals(self, spoken: str) -> int:
        """How many answers are told and names of the tools spoken."""
        told = sum(phrases.tells(spoken, told.value) for step in self.steps for told in step.told)
        return told + (len(self._foreign.findall(spoken)) if self._foreign is not None else 0)

    def values(self) -> list[Json]:
        """Every value that a wording may hold."""
        values: list[Json] = [value for step in self.everything for value in step.call.arguments.values()]
        for row, claim in self.claims.items():
            values += [row[1], *(value for _, value in claim.conditions)]
        return [*values, self.wrong.value] if self.wrong is not None else values


class _Draft:
    """One way to word a story: its opening, and on demand the rest, in the same voice."""

    def __init__(self, story: _Story, rng: random.Random, plain: bool) -> None:
        self._story, self._voice, belief = story, Voice(rng, plain=plain), story.belief
        openness = self._voice.openness
        cast = Cast(story.book, story.everything, belief.claims, rng, openness, belief.keys, belief.rows)
        requests = Requests(cast, self._voice, belief.steps, story.asks, belief.said).sentences()
        self._facts = Facts(cast, self._voice, story.claims)
        for row in cast.ids:
            self._facts.identify(row)
        self.intent = opening(cast, self._voice, self._facts.own, requests, story.staff or cast.speaker is None)

    def finish(self, goals: tuple[str, ...]) -> Wording:
        """The whole wording, with the goals' texts as they are given."""
        story, facts = self._story, self._facts
        for number, step in enumerate(story.everything):
            facts.explain(number, step, len(story.asks))
        label, revision = put_right(facts, story.steps, story.wrong, self._voice)
        return Wording(self.intent, tuple(facts.told.values()), goals, label, revision)


def _at(value: Json, path: str) -> Json:
    """What stands at a path such as "items/0/quantity"."""
    for name in path.split("/"):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value
