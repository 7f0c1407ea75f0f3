"""Whether a tool reads or writes: API(func, a) = op(func)(a; D), and op is a read or a write (paper, section 2).

Evidence, strongest first: the HTTP method where it is known, the verb of the name, the verb that the description
begins with, then the arguments and the result. A POST whose name plainly asks (``search``, ``batchGet``) is a read.
"""

from __future__ import annotations

import re

from agentgym.build.semantics.language import ACTS, MONEY, VERBS, Kind, Reading, first_sentence, read_name
from agentgym.build.semantics.lexicon import COMPUTES, DOINGS, DOUBTFUL, LOOKS
from agentgym.build.semantics.shapes import json_type, properties, shape_of
from agentgym.types import ToolSpec
from agentgym.world.naming import words

_ASKS = frozenset({verb for verb, kind in VERBS.items() if kind in ("get", "list", "count")} | COMPUTES | LOOKS)
_DOES = frozenset({verb for verb, kind in VERBS.items() if kind in ("create", "update", "delete")} | {*ACTS} | {*MONEY})
_ASKING_NOUNS = frozenset("list search query lookup statistics stats summary overview history count status".split())
# "Dispute a bill", but not "Returns a bill"
_IMPERATIVE = re.compile(r"[A-Z][a-z]+(?<!s) (a|an|the|this|your|one|multiple|existing|specified|all) ")
_FIRST = re.compile(r"[A-Za-z]+")
_ASKS_IN_PROSE = frozenset(
    "return returns retrieving gives provides lists gets fetches shows displays reads searches finds obtains checks "
    "list get information details".split()
)
_SURE = frozenset("get list search query check find set add put post view".split())  # verbs first of all, at the front
_NOUNS_FIRST = frozenset("order book file report record log post request issue rate return end access".split())


def reads(spec: ToolSpec) -> bool:
    """Whether the tool only reads. Decides with or without ``spec.http``."""
    reading = read_name(spec.name)
    method = spec.http[0].upper() if spec.http else ""
    if method in ("GET", "HEAD", "OPTIONS"):
        return True
    if method in ("PUT", "PATCH", "DELETE"):
        return False
    asked = by_verb(spec.name, reading)
    if asked is None:
        asked = by_description(spec.description)
    if asked is None:
        asked = by_words(spec.name)
    if method == "POST":
        return asked is True
    if asked is not None:
        return asked
    shape = shape_of(spec)
    nested = any(json_type(schema) in ("object", "array") for schema in properties(spec.parameters).values())
    return shape.kind in ("rows", "count", "value") or not nested


def by_verb(name: str, reading: Reading) -> bool | None:
    """What the verb of a name says; None where it has none, or one that may as well be a noun."""
    verb, parts = reading.verb, words(name)
    if verb in DOUBTFUL and parts[:1] == [verb] and verb not in _SURE:
        return None
    if verb in COMPUTES or verb in LOOKS:
        return True
    if verb in DOINGS:
        return False
    return True if verb in _ASKS else False if verb in _DOES else None


def by_words(name: str) -> bool | None:
    """What any word of a name says, its last one first."""
    parts = [word for word in words(name) if not word.isdigit()]
    if parts and parts[-1] in _ASKING_NOUNS:
        return True
    for word in (*parts, *parts[:1]):
        if word in COMPUTES or word == "check" or (word in _ASKS and word not in DOUBTFUL):
            return True
        if word in DOINGS or word == "set" or (word in _DOES and word not in DOUBTFUL):
            return False
    verb = parts[0] if parts else ""
    return False if verb in _DOES else True if verb in _ASKS else None


def by_description(description: str) -> bool | None:
    """What the first verb of the description says: "Returns ...", "Creates a ..."; None where it says neither."""
    for position, word in enumerate(_FIRST.findall(first_sentence(description))[:4]):
        lower = word.lower()
        unsure = DOUBTFUL if position else _NOUNS_FIRST
        if lower in _ASKS_IN_PROSE:
            return True
        for stem in _stems(lower):
            if stem in COMPUTES or stem in _ASKS - unsure:
                return True
            if stem in DOINGS or stem in _DOES - unsure:
                return False
    return False if _IMPERATIVE.match(description) else None


def _stems(word: str) -> tuple[str, ...]:
    """A verb's base form, from the third person or the gerund: creates, copies, getting."""
    forms = [word]
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("es"):
        forms.append(word[:-2])
    if word.endswith("s"):
        forms.append(word[:-1])
    if word.endswith("ing"):
        forms += [word[:-3], word[:-3] + "e", word[:-4]]
    return tuple(forms)


def kind_of(spec: ToolSpec, reading: Reading) -> Kind:
    """The kind of operation: the name's, else the method's, else the description's; "act" where none says."""
    asks = reads(spec)
    kind = reading.kind
    if asks:
        return kind if kind in ("get", "list", "count") else "get"
    if kind in ("create", "update", "delete"):
        return kind
    method = spec.http[0].upper() if spec.http else ""
    by_method: dict[str, Kind] = {"PUT": "update", "PATCH": "update", "DELETE": "delete"}
    if method in by_method and reading.verb not in ACTS:
        return by_method[method]
    return "create" if kind in ("get", "list", "count") else "act"
