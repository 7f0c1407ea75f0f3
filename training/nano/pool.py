"""Small API specifications by the hundred: one service a noun, each with four columns and six tools.

A specification is a document of the bundled catalog's format, so that `agentgym build` reads it as it reads any other.
Which nouns and words a part of the pool may use is settled here: what the vertical and the unseen domains are about,
and some of what they know of it, stands in no general domain.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

Part = Literal["general", "vertical", "unseen"]
Document = dict[str, Any]

PARTS: tuple[Part, ...] = ("general", "vertical", "unseen")
NOUNS = Path(__file__).with_name("nouns.txt")
LEAST, MOST = 5, 500
VALUES = 12  # words of a bank that one service knows: so a list by a word is one or two rows long, of fourteen


@dataclass(frozen=True)
class Bank:
    """What services of a part are made of, besides their nouns."""

    words: dict[str, Sequence[str]]  # text column -> its possible values
    numbers: Sequence[str]  # number columns
    lives: Sequence[Life]


@dataclass(frozen=True)
class Life:
    """The values of a status, the first one first, and the verbs that change it: (verb, from, to)."""

    states: tuple[str, ...]
    verbs: tuple[tuple[str, str, str], ...]


def _life(text: str) -> Life:
    """``open: close open closed, cancel open cancelled``."""
    first, _, rest = text.partition(": ")
    verbs = tuple((verb, before, after) for verb, before, after in (step.split() for step in rest.split(", ")))
    return Life(tuple(dict.fromkeys([first, *(after for _, _, after in verbs)])), verbs)


GENERAL = Bank(
    words={
        "shade": "red blue green white black yellow purple orange pink grey brown golden silver violet".split(),
        "material": "oak steel wool cotton copper glass leather rubber linen paper bronze marble clay pine".split(),
        "month": "January February March April May June July August September October November December".split(),
        "zone": "north south east west centre harbour valley hill forest coast river island".split(),
        "keeper": "Ann Bob Carl Dora Emil Fay Gus Hana Ivan Jane Karl Lena Mona Nick Olga Paul".split(),
        "pattern": "plain striped dotted checked floral wavy woven ribbed quilted braided tartan ringed".split(),
        "grade": "basic standard premium deluxe budget classic royal elite regular compact economy luxury".split(),
        "origin": "Spain Chile Japan Kenya Norway Peru India Egypt Canada Italy Ghana Nepal".split(),
    },
    numbers="weight price quantity height width length score".split(),
    lives=[
        _life("open: close open closed, cancel open cancelled"),
        _life("active: pause active paused, resume paused active"),
        _life("pending: approve pending approved, reject pending rejected"),
        _life("draft: publish draft published, archive published archived"),
        _life("unlocked: lock unlocked locked, unlock locked unlocked"),
        _life("pending: ship pending shipped, deliver shipped delivered"),
        _life("enabled: disable enabled disabled, enable disabled enabled"),
        _life("active: suspend active suspended, reinstate suspended active"),
        _life("stopped: start stopped started, stop started stopped"),
        _life("pending: confirm pending confirmed, cancel confirmed cancelled"),
    ],
)  # fmt: skip
APART = Bank(  # what the vertical and the unseen domains have besides
    words={
        "flavour": "vanilla lemon cherry mint ginger honey pepper cocoa almond melon basil peach".split(),
        "style": "modern rustic gothic nordic baroque retro urban tropical colonial minimal roman coastal".split(),
    },
    numbers="depth volume".split(),
    lives=[
        _life("active: block active blocked, unblock blocked active"),
        _life("pending: accept pending accepted, decline pending declined"),
    ],
)
LISTS, MAKES = ("list", "find", "search"), ("create", "add", "register")
MIXED = 0.5  # how often a service of the vertical, or an unseen one, takes a column or a life that no general one has


def nouns(part: Part, count: int, seed: int) -> list[str]:
    """``count`` nouns of a part; no noun is in two parts, and a larger count only adds some.

    Raises:
        ValueError: the list has not so many.
    """
    every = NOUNS.read_text("utf-8").split()
    Random(f"nouns/{seed}").shuffle(every)
    share = {"vertical": every[:16], "unseen": every[16:48], "general": every[48:]}[part]
    if count > len(share):
        raise ValueError(f"{count} {part} services are wanted, but there are {len(share)} nouns for them in {NOUNS}")
    return share[:count]


def specifications(part: Part, count: int, seed: int) -> Iterator[tuple[str, Document]]:
    """(noun, document) of each service of a part. Equal arguments give equal documents."""
    for noun in nouns(part, count, seed):
        yield noun, service(noun, part, Random(f"{part}/{noun}/{seed}"))


def write(folder: Path, part: Part, count: int, seed: int) -> None:
    """The specifications of a part, one file each, as `agentgym build` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for noun, document in specifications(part, count, seed):
        (folder / f"{noun}.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")


# -- one service ----------------------------------------------------------------------------------


def service(noun: str, part: Part, chance: Random) -> Document:
    """The document of one service: what a row has, and the tools that read and change it."""
    text = _pick("words", part, chance)
    number = _pick("numbers", part, chance)
    life: Life = chance.choice(_bank(part, chance).lives)
    row = _row(noun, text, number, life, chance)
    return {
        "service": noun,
        "title": noun.capitalize(),
        "description": f"A register of {plural(noun)}.",
        "licence": "Apache-2.0",
        "schemas": {noun.capitalize(): row},
        "tools": list(_tools(noun, text, number, life, row["properties"], chance)),
    }


def _bank(part: Part, chance: Random) -> Bank:
    return APART if part != "general" and chance.random() < MIXED else GENERAL


def _pick(kind: Literal["words", "numbers"], part: Part, chance: Random) -> str:
    """The name of a column."""
    return chance.choice(sorted(getattr(_bank(part, chance), kind)))


def _row(noun: str, text: str, number: str, life: Life, chance: Random) -> Document:
    """The schema of a row: an id of a capital and three digits, a word, a number and a status."""
    key = {
        "pattern": f"^{noun[0].upper()}[1-7][0-9][0-9]$",
        "description": f"Identifier, such as {noun[0].upper()}421.",
    }
    words = [*GENERAL.words.get(text, ()), *APART.words.get(text, ())]
    known = chance.sample(words, min(VALUES, len(words)))
    properties: Document = {
        f"{noun}_id": {"type": "string", **key},
        text: {"type": "string", "description": f"The {text} of the {noun}.", "examples": known},
        number: {"type": "integer", "description": f"The {number} of the {noun}.", "minimum": LEAST, "maximum": MOST},
        "status": {"type": "string", "enum": list(life.states), "default": life.states[0]},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _tools(
    noun: str, text: str, number: str, life: Life, columns: Document, chance: Random
) -> Iterator[dict[str, Any]]:
    """A look-up, a list, a new row, a change of the number, and the verbs of the life."""
    key, many = f"{noun}_id", plural(noun)
    keyed = {key: {"type": "string", "description": f"Identifier of the {noun}."}}
    row = {"$ref": f"#/schemas/{noun.capitalize()}"}
    yield _tool(f"get_{noun}", f"Get a {noun}.", keyed, row)
    rows = {"type": "array", "items": row}
    yield _tool(f"{chance.choice(LISTS)}_{many}", f"List {many} by {text}.", {text: columns[text]}, rows)
    made = f"Create a {noun}. The {noun} starts as `{life.states[0]}`."
    yield _tool(f"{chance.choice(MAKES)}_{noun}", made, {name: columns[name] for name in (text, number)}, row)
    changed = f"Update the {number} of a {noun}."
    yield _tool(f"update_{noun}", changed, {**keyed, number: columns[number]}, row)
    for verb, before, after in life.verbs:
        rule = f"Only {before} {many} can be {after}. Sets its status to `{after}`."
        yield _tool(f"{verb}_{noun}", f"{verb.capitalize()} a {noun}. {rule}", keyed, row)


def _tool(name: str, description: str, properties: Document, returns: Document) -> Document:
    """A tool all of whose parameters are required."""
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"name": name, "description": description, "parameters": parameters, "returns": returns}


def plural(noun: str) -> str:
    """The plural of a noun of the list."""
    if noun.endswith(("s", "x", "sh", "ch")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"
