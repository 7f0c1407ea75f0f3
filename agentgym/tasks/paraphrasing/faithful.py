"""Whether a rewritten text still says what the original says, and nothing else: what a paraphrase must keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from agentgym.build.semantics.language import read_name, singular
from agentgym.scalars import scalars
from agentgym.tasks import phrases
from agentgym.tasks.phrases import INSTEAD, TELL, tells
from agentgym.tasks.saying import says
from agentgym.types import Domain, Json, Rows, Task
from agentgym.world.naming import words

_GROWTH = 3  # times the original's length
_ROOM = 200  # characters that a short text may have in any case
_INVISIBLE = r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
_CONTROL = re.compile(rf"<\|?/?[A-Za-z_][\w .=\"'/-]*\|?>|\[/?[A-Z_]{{3,}}\]|#{{2,}}|{_INVISIBLE}")
_TOKEN = re.compile(r"[^\s\"\u201c\u201d()]+")
_COUNTS = frozenset(words("two three four five six seven eight nine ten eleven twelve dozen hundred thousand twice"))
_NOT = re.compile(r"\b(?:no|not|never|without|neither|nor|none|cannot)\b|n't\b", re.IGNORECASE)
_REFUSING = r"\b(?:don't|do not|never|not|no longer|stop|avoid)\s+(?:\w+\s+){0,2}"
_SAME = (  # verbs that ask for the same
    frozenset(words("change update set switch make put modify edit correct adjust move replace amend")),
    frozenset(words("delete remove get erase drop clear")),
    frozenset(words("create set open add make register start new put book submit file place")),
    frozenset(words("cancel call")),
    frozenset(words("return send give")),
)
_NAMING = 4  # letters; shorter values of other rows are words of their own right


@dataclass(frozen=True)
class Text:
    """One text of a task: its part ("intent", "fact", "goal" or "revision"), and what it was before."""

    part: str
    original: str
    rewritten: str


class Faithful:
    """The laws of one task's texts. ``rows`` is its initial state."""

    def __init__(self, task: Task, domain: Domain, rows: Rows) -> None:
        self._task = task
        self._values = list(_unlike(_values(task)))
        self._names = {
            name
            for tool in domain.tools
            for name in (tool.name, *(tool.parameters.get("properties") or {}))
            if "_" in name or name != name.lower()
        }
        self._nouns = {phrases.noun(table.name).split()[-1] for table in domain.tables}
        self._verbs = {
            verb for call in task.gold for verb in [read_name(call.name).verb.split("_")[0]] if verb.isalpha()
        }
        self._others = {
            _plain(value)
            for held in rows.values()
            for row in held
            for value in row.values()
            if isinstance(value, str) and len(value) >= _NAMING and not (value.isalpha() and value.islower())
        }

    def broken(self, text: Text) -> str | None:
        """The first law that a text breaks, as "reason: detail"; None where it holds them all."""
        laws: Sequence[Callable[[Text], str | None]] = (
            self._form,
            self._kept,
            self._new,
            self._language,
            self._answers,
            self._requests,
            self._sense,
        )
        return next((found for law in laws if (found := law(text)) is not None), None)

    def _form(self, text: Text) -> str | None:
        """Length, characters and the shape of the part."""
        said = text.rewritten
        if not said.strip() or said != said.strip():
            return f"a text is empty or has blanks around it: {said!r}"
        if len(said) > max(_GROWTH * len(text.original), _ROOM):
            return f"a text is too long: {len(said)} characters for {len(text.original)}"
        control = _CONTROL.search(said)
        if control is not None and control.group() not in text.original:
            return f"a text holds a control token: {control.group()!r}"
        if text.part == "goal":
            joints = [joint for joint in (INSTEAD, TELL) if (joint in text.original) != (joint in said)]
            if joints or not re.match(r"[a-z]+\b", said) or said.endswith((".", "!", "?")):
                return f"a goal has another form: {said!r}"
        elif not said[0].isupper() or not said.rstrip('"\u201d)').endswith((".", "!", "?")):
            return f"a message is no sentence: {said!r}"
        return None

    def _kept(self, text: Text) -> str | None:
        """Each value is told where it was told, and nowhere else."""
        for value in self._values:
            before, after = tells(text.original, value), tells(text.rewritten, value)
            if before and not after:
                return f"a value is lost: {value!r} is not in {text.rewritten!r}"
            if after and not before:
                return f"a value is told that was withheld: {value!r} in {text.rewritten!r}"
        return None

    def _new(self, text: Text) -> str | None:
        """No number, key, address or name that the original has not."""
        known = {_bare(token).casefold() for token in _TOKEN.findall(text.original)}
        begins = True
        for raw in _TOKEN.findall(text.rewritten):
            token = _bare(raw)
            odd = any(sign.isdigit() for sign in token) or "@" in token or "://" in token or token.casefold() in _COUNTS
            name = token[:1].isupper() and not begins and token.split("'")[0].split("\u2019")[0] != "I"
            begins = raw.endswith((".", "!", "?", ":"))
            if (odd or name) and token.casefold() not in known:
                return f"something new is said: {token!r} in {text.rewritten!r}"
        before, after = _plain(text.original), _plain(text.rewritten)
        foreign = next((run for run in _runs(after) if run in self._others and run not in before), None)
        return None if foreign is None else f"another row's value is said: {foreign!r} in {text.rewritten!r}"

    def _language(self, text: Text) -> str | None:
        for name in sorted(self._names):
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text.rewritten):
                return f"a tool or an argument is named: {name!r} in {text.rewritten!r}"
        return None

    def _answers(self, text: Text) -> str | None:
        for value in self._task.outputs:
            if says(text.rewritten, value) and not says(text.original, value):
                return f"an answer is given away: {value!r} in {text.rewritten!r}"
        return None

    def _requests(self, text: Text) -> str | None:
        """What is asked for, by its nouns, by its verbs, and by the condition of a fallback."""
        before, after = _stems(text.original), _stems(text.rewritten)
        lost = sorted(noun for noun in self._nouns if _has(noun, before) and not _has(noun, after))
        if lost and text.part != "fact":
            return f"a request is lost: nothing about {lost[0]!r} in {text.rewritten!r}"
        if text.part not in ("intent", "goal"):
            return None
        for verb in sorted(self._verbs):
            alike = {verb, *(other for group in _SAME if verb in group for other in group)}
            if _has(verb, before) and not any(_has(other, after) for other in alike):
                return f"a request is lost: no one is to {verb!r} in {text.rewritten!r}"
            if re.search(rf"{_REFUSING}{_stem(verb)}", text.rewritten, re.IGNORECASE):
                return f"a request is turned round: {text.rewritten!r}"
        refusable = any(goal.refused and goal.calls for goal in self._task.goals)
        if (
            refusable
            and text.part == "intent"
            and not re.search(r"\b(?:if|should|unless|in case|otherwise)\b", text.rewritten, re.IGNORECASE)
        ):
            return f"a condition is lost: {text.rewritten!r}"
        return None

    def _sense(self, text: Text) -> str | None:
        """A truth value hangs on a "not", which must stay."""
        flags = any(isinstance(fact.value, bool) for fact in self._task.facts)
        if (
            flags
            and text.part in ("fact", "intent")
            and len(_NOT.findall(text.original)) != len(_NOT.findall(text.rewritten))
        ):
            return f"a no may have become a yes: {text.rewritten!r}"
        return None


def _values(task: Task) -> Iterator[Json]:
    """Every value that a user of the task says or might say."""
    yield from (fact.value for fact in task.facts)
    yield from (value for claim in task.claims for _, value in claim.conditions)
    yield from (claim.key for claim in task.claims)
    yield from (revision.value for revision in task.revisions)
    yield from (value for call in task.gold for value in call.arguments.values())


def _unlike(values: Iterable[Json]) -> Iterator[Json]:
    """The scalars inside, each once, without truth values."""
    seen: set[tuple[str, Json]] = set()
    for value in scalars(list(values)):
        if value is not None and not isinstance(value, bool) and (type(value).__name__, value) not in seen:
            seen.add((type(value).__name__, value))
            yield value


def _bare(token: str) -> str:
    """A word without the punctuation around it."""
    return token.strip(".,;:!?'\u2019\u2018\u2013\u2014-\u2026").removesuffix("'s").removesuffix("\u2019s")


def _plain(text: str) -> str:
    return " ".join(
        re.sub(r"[\"\u201c\u201d().,;:!?]+(?=\s|$)|(?<!\S)[\"\u201c\u201d(]+", " ", text).casefold().split()
    )


def _runs(text: str) -> Iterator[str]:
    """Every run of up to five words."""
    parts = text.split()
    for length in range(5, 0, -1):
        yield from (" ".join(parts[at : at + length]) for at in range(len(parts) - length + 1))


def _stem(word: str) -> str:
    """What the forms of a word have in common: cancel, cancels, cancelling."""
    short = singular(word)
    return short[:-1] if len(short) > 3 and short[-1] in "ey" else short


def _stems(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text.casefold()))


def _has(word: str, said: Collection[str]) -> bool:
    """Whether a form of ``word`` is among the words that were said."""
    stem = _stem(word)
    return any(other.startswith(stem) for other in said)
