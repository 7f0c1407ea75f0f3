"""The opening message: who writes and why, and all that they want, one request after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from agentgym.tasks import phrases
from agentgym.tasks.phrases import join, label
from agentgym.tasks.steps import Ask, Step
from agentgym.tasks.wording import banks, smalltalk
from agentgym.tasks.wording.cast import Cast
from agentgym.tasks.wording.change import Change
from agentgym.tasks.wording.facts import Own
from agentgym.tasks.wording.manner import Voice, capital, lower
from agentgym.tasks.wording.question import Form, Question

_LONG = 60  # characters of a phrase that something may follow
_TRIES = 8  # frames drawn for a phrase
_STATED = 0.3  # how often a change is stated and not asked for
_JOINED = 0.3  # how often two short requests share a sentence
_APART = 0.5  # how often the details of something new follow in a sentence of their own
_SERIAL = 0.18  # how often several requests come as one series


class Requests:
    """The requests of an opening. ``steps`` are as the user has them in mind; ``sure`` are (step, argument) pairs
    that are said in any case.
    """

    def __init__(
        self,
        cast: Cast,
        voice: Voice,
        steps: Sequence[Step],
        asks: Sequence[Ask],
        sure: Collection[tuple[int, str]] = (),
    ) -> None:
        self._cast, self._voice, self._steps, self._asks, self._sure = cast, voice, steps, asks, sure

    def sentences(self) -> list[str]:
        """All of them, in order."""
        plain = all(ask.refused is None for ask in self._asks)
        if plain and len(self._asks) >= 3 and self._voice.often(_SERIAL):
            return [self._series()]
        out: list[str] = []
        at = 0
        while at < len(self._asks):
            pair = self._asks[at : at + 2]
            joined = self._joined(pair) if len(pair) == 2 and self._voice.often(_JOINED) else []
            sentence = joined or self._one(pair[0])
            at += 2 if joined else 1
            out.append(self._linked(sentence, last=at >= len(self._asks) > 2) if out else " ".join(sentence))
        return out

    def _linked(self, sentences: list[str], last: bool) -> str:
        """A request with the words that lead over to it."""
        link = self._voice.one(banks.LAST) if last and self._voice.often(0.4) else self._voice.of(banks.LINKS)
        first, *rest = sentences
        return " ".join((link.format(lower(first)) if link else first, *rest))

    def _series(self) -> str:
        """Short requests behind one announcement."""
        first, *others = (self._phrase(ask) for ask in self._asks)
        *between, last = others
        parts = [
            self._voice.one(banks.FIRST).format(first),
            *between,
            f"and {self._voice.rng.choice(('finally ', ''))}{last}",
        ]
        return self._voice.one(banks.SERIES).format("; ".join(parts))

    def _joined(self, pair: Sequence[Ask]) -> list[str]:
        """Two requests in one sentence, [] where that would be too much."""
        if any(ask.refused is not None or ask.place is None or self._steps[ask.place].told for ask in pair):
            return []
        if any(len(self._steps[ask.place].call.arguments) > 3 for ask in pair if ask.place is not None):
            return []
        text = self._voice.one(banks.BOTH).format(*(self._phrase(ask) for ask in pair))
        return [self._framed(text, banks.YOURS)]

    def _phrase(self, ask: Ask) -> str:
        """A request as what the other side is to do, without a frame."""
        assert ask.place is not None
        return self._do(self._steps[ask.place], "you", ask.place)

    def _one(self, ask: Ask) -> list[str]:
        """One request, with the sentences that belong to it."""
        if ask.refused is not None:
            return self._refusable(ask, ask.refused)
        assert ask.place is not None
        step = self._steps[ask.place]
        if not self._writes(step):
            return [self._question(step, ask.place)]
        change = Change(self._cast, step, self._sure_of(ask.place))
        told = self._told(step)
        text = change.statement() if self._voice.often(_STATED) else ""
        if text:
            return [capital(text), *told]
        change.apart = len(change.plain) > 2 and self._voice.often(_APART)
        asked = self._framed(change.text(), self._voice.rng.choice((banks.MINE, banks.YOURS)))
        late = [self._voice.one(banks.DETAILS).format(join(change.late))] if change.late else []
        return [asked, *late, *told]

    def _refusable(self, ask: Ask, refused: Step) -> list[str]:
        """What will be refused, and what the user accepts instead."""
        first = self._framed(Change(self._cast, refused).text(), self._voice.rng.choice((banks.MINE, banks.YOURS)))
        if ask.place is None:
            return [first, self._voice.one(banks.RESIGNED)] if self._voice.often(0.5) else [first]
        step = self._steps[ask.place]
        instead = self._voice.one(banks.FALLEN).format(self._do(step, "you", ask.place, told=False))
        told = self._told(step) if self._writes(step) else []
        return [first, self._voice.one(banks.FALLBACKS).format(instead) + ".", *told]

    def _question(self, step: Step, place: int) -> str:
        form: Form = self._voice.rng.choices(("you", "me", "question"), (4, 3, 4))[0]
        question = Question(self._cast, step, [item.name for item in step.told], self._sure_of(place))
        text = question.text(form)
        if question.form == "question":
            return capital(self._voice.of(banks.ASKED).format(text))
        return self._framed(text, banks.YOURS if question.form == "you" else banks.SEEING)

    def _do(self, step: Step, form: Form, place: int | None, *, told: bool = True) -> str:
        """A step as a phrase; what is to be told is part of it."""
        sure = self._sure_of(place)
        if self._writes(step):
            return Change(self._cast, step, sure).text() + (_tell(self._cast, step) if told else "")
        return Question(self._cast, step, [item.name for item in step.told], sure).text(form)

    def _told(self, step: Step) -> list[str]:
        """A sentence that asks for the values a change brings about."""
        if not step.told:
            return []
        return [capital(self._voice.one(banks.TELLING).format(_whose(self._cast, step)))]

    def _framed(self, text: str, bank: Mapping[banks.Manner, Sequence[str]]) -> str:
        frame = self._voice.of(bank)
        for _ in range(_TRIES):
            if len(frame.partition("{0}")[2]) < 2 or (
                len(text) <= _LONG and not text.endswith((")", ":")) and ": " not in text
            ):
                break
            frame = self._voice.of(bank)  # nothing may follow a phrase that is long or ends with an aside
        return capital(frame.format(text))

    def _sure_of(self, place: int | None) -> frozenset[str]:
        return frozenset(path for number, path in self._sure if number == place)

    def _writes(self, step: Step) -> bool:
        return self._cast.chart.bindings[step.call.name].writes


def again(cast: Cast, steps: Sequence[Step], ask: Ask) -> str:
    """A goal as the user would say it again, standing by itself: a verb phrase in the base form.

    ``cast`` is one that names every row in full.
    """
    wish = Change(cast, ask.refused).text() if ask.refused is not None else ""
    if ask.place is None:
        return wish
    step = steps[ask.place]
    if cast.chart.bindings[step.call.name].writes:
        text = Change(cast, step).text() + _tell(cast, step)
    else:
        text = Question(cast, step, [item.name for item in step.told]).text("you")
    return f"{wish}{phrases.INSTEAD}{text}" if wish else text


def _tell(cast: Cast, step: Step) -> str:
    """The second half of a goal that is to be told: " and tell me the new balance"."""
    return f"{phrases.TELL}{_whose(cast, step)}" if step.told else ""


def _whose(cast: Cast, step: Step) -> str:
    """What the values are called: "the new balance", "the status and the total"."""
    made = cast.chart.bindings[step.call.name].op == "create"
    return join([f"the {'new ' if item.fresh and not made else ''}{label(item.name)}" for item in step.told])


def opening(cast: Cast, voice: Voice, own: Sequence[Own], requests: Sequence[str], staff: bool) -> str:
    """A greeting, the speaker's name, why they write, how to find their account, and what they want."""
    said = " ".join(requests)
    parts = [*_greeting(cast, voice)]
    bank = smalltalk.STAFF if staff else smalltalk.PRIVATE
    if voice.often(0.4):
        parts.append(voice.of(bank))
    parts += [one.text for one in own if (one.sure or cast.open()) and not phrases.tells(said, one.value)]
    parts += requests
    if cast.withheld and voice.often(0.4):
        parts.append(voice.of(smalltalk.ON_REQUEST))
    parts = [part for part in (*parts, voice.of(smalltalk.CLOSINGS)) if part]
    if parts[0].endswith(",") and not parts[1].startswith(cast.person() or "\n"):
        parts[1] = lower(parts[1])
    return " ".join(parts).replace('.".', '."')


def _greeting(cast: Cast, voice: Voice) -> list[str]:
    greeting, person = voice.of(smalltalk.GREETINGS), cast.person()
    named = voice.of(smalltalk.NAMED).format(person) if person and voice.often(0.65) else ""
    if greeting and greeting[-1].isalnum():
        greeting += voice.rng.choice(("!", ".", ",")) if named else voice.rng.choice(("!", "."))
    return [greeting, named]
