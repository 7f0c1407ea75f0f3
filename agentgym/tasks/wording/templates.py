"""How alike two openings are once their values are taken out: shared runs of eight words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from agentgym.scalars import scalars
from agentgym.tasks.phrases import show
from agentgym.types import Json, Task

RUN = 8  # words
SLOT = "_"  # stands for a value
Gram = tuple[str, ...]
_EDGES = ".,:;!?()\"'"
_ABBREVIATIONS = frozenset(("ID", "IDs", "URL", "URI", "ARN", "SKU", "IP"))


class Templates:
    """The templates of the openings a domain has so far."""

    def __init__(self) -> None:
        self._holders: dict[Gram, list[int]] = {}  # run of words -> the openings that have it, by number
        self._count = 0

    def shared(self, grams: frozenset[Gram]) -> int:
        """How many earlier openings have a run of ``grams``."""
        return len({number for gram in grams if gram in self._holders for number in self._holders[gram]})

    def add(self, text: str, values: Iterable[Json]) -> None:
        """Remember an opening; ``values`` are those of its task."""
        for gram in runs(masked(masker(values)(text))):
            self._holders.setdefault(gram, []).append(self._count)
        self._count += 1


def values_of(task: Task) -> list[Json]:
    """Every value of a task: of its facts, claims, calls and outputs, and what is said by mistake."""
    calls = [*task.gold, *(call for goal in task.goals for call in goal.refused)]
    return [
        *(fact.value for fact in task.facts),
        *(value for claim in task.claims for _, value in claim.conditions),
        *(claim.key for claim in task.claims),
        *(value for call in calls for value in call.arguments.values()),
        *task.outputs,
        *(revision.value for revision in task.revisions),
    ]


def grams_of(task: Task) -> frozenset[Gram]:
    """The runs of a task's opening."""
    return runs(masked(masker(values_of(task))(task.intent)))


def masker(values: Iterable[Json]) -> Callable[[str], str]:
    """A function that puts ``SLOT`` in the place of each of ``values``, in any case and on word bounds."""
    texts = {text for value in values for text in _texts(value) if text.strip()}
    if not texts:
        return lambda text: text
    longest = sorted(texts, key=lambda text: (-len(text), text))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
    return lambda text: pattern.sub(f" {SLOT} ", text)


def masked(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; neighbouring slots are one.

    A word with a digit or an "@" in it is a slot, and so is one with a capital that begins no sentence: a name.
    """
    out: list[str] = []
    begins = True
    for raw in text.split():
        word = raw.strip(_EDGES)
        slot = word == SLOT or "@" in word or (not word.isalpha() and any(map(str.isdigit, word)))
        name = word[:1].isupper() and not begins and word.split("'")[0] != "I" and word not in _ABBREVIATIONS
        begins = raw.endswith((".", "!", "?", ":"))
        if slot or name:
            if out[-1:] != [SLOT]:
                out.append(SLOT)
        elif word:
            out.append(word.lower())
    return out


def runs(words: list[str]) -> frozenset[Gram]:
    """Every run of ``RUN`` words; they go across the ends of sentences."""
    return frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _texts(value: Json) -> Iterator[str]:
    """How the scalars inside a value are written."""
    for leaf in scalars(value):
        if leaf is not None and not isinstance(leaf, bool):
            yield from {str(leaf), show(leaf)}
