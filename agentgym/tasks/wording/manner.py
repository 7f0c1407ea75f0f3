"""Who is speaking, in tone: one manner drawn for each task, and stock phrases that do not come twice."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from agentgym.tasks.wording import banks


class Voice:
    """Draws phrases in one manner; a bank is used up before any of its phrases is said again.

    ``plain``: the manner of few words, by one who says every detail at once.
    """

    def __init__(self, rng: random.Random, *, plain: bool = False) -> None:
        self.rng = rng
        self.manner: banks.Manner = "terse" if plain else rng.choice(banks.MANNERS)
        self.openness = 1.0 if plain else rng.choice(banks.OPENNESS[self.manner])
        self._left: dict[Sequence[str], list[str]] = {}

    def open(self) -> bool:
        """Whether the next detail is said unasked."""
        return self.rng.random() < self.openness

    def often(self, chance: float) -> bool:
        return self.rng.random() < chance

    def of(self, bank: Mapping[banks.Manner, Sequence[str]]) -> str:
        """A phrase of the manner's part of a bank; "" where it has none."""
        return self.one(bank[self.manner]) if bank[self.manner] else ""

    def one(self, bank: Sequence[str]) -> str:
        """A phrase of a bank."""
        left = self._left.get(bank) or []
        if not left:
            left = list(bank)
            self.rng.shuffle(left)
            self._left[bank] = left
        return left.pop()


def capital(text: str) -> str:
    """With a capital first letter; what is no plain word, such as an address or a key, stays as it is."""
    word = text.split(" ", 1)[0].rstrip(",.:;!?")
    plain = word.replace("'", "").replace("-", "").isalpha() and (word.islower() or len(word) == 1)
    return text[:1].upper() + text[1:] if plain else text


def lower(text: str) -> str:
    """As it stands inside a sentence: "Could you" -> "could you", but "I'd like" and names stay."""
    word = text.split(" ", 1)[0].rstrip(",.:;!?")
    plain = word == "A" or word[1:].islower()
    return text[:1].lower() + text[1:] if plain and not word.startswith("I'") else text
