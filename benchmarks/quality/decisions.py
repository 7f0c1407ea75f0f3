"""Read or write, and about what: decided with the HTTP line hidden, judged by it.

Left out of read/write, because the method itself misleads there: a tool sent by POST, PUT, PATCH or DELETE whose name
says that it asks (``ASKS``, as its first or last word, or as the first word after the last separator).
Left out of entities: tools whose path names no resource.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from agentgym.build.semantics.entities import entities_of
from agentgym.build.semantics.intents import reads
from agentgym.build.semantics.language import ACTS, VERBS, singular
from agentgym.build.semantics.lexicon import COMPUTES, DOINGS
from agentgym.types import ToolSpec
from agentgym.world.naming import words
from benchmarks.quality.pools import by_service

ASKS = frozenset(
    (
        "get list search query find fetch read retrieve describe lookup count check validate verify calculate compute "
        "estimate convert preview test compare analyze analyse detect predict translate evaluate simulate select batch "
        "view show export download status exists filter resolve suggest match recognize classify summarize report"
    ).split()
)
EXAMPLES = 12  # mistakes shown of each kind
_VERSION = re.compile(r"v?\d+([._]\d+)*((alpha|beta)\d*)?")
_TECHNICAL = frozenset("api rest json xml rpc index php all me self latest current bulk batch v1 v2 v3".split())
_NO_RESOURCE = frozenset({*VERBS, *ACTS, *ASKS, *COMPUTES, *DOINGS}) - frozenset(  # a custom method, not a resource
    "order file log record post request schedule rate place index filter issue charge credit report status".split()
)


def read_write(tools: Sequence[ToolSpec]) -> dict[str, Any]:
    """Accuracy of ``reads`` on tools without their HTTP line."""
    judged = right = excluded = 0
    mistakes: Counter[str] = Counter()
    shown: dict[str, list[str]] = {}
    for tool in tools:
        method = tool.http[0].upper() if tool.http else ""
        if not method:
            continue
        truth = method in ("GET", "HEAD")
        if not truth and asks(tool.name):
            excluded += 1
            continue
        judged += 1
        if reads(tool.model_copy(update={"http": None})) == truth:
            right += 1
        else:
            kind = "read taken for a write" if truth else "write taken for a read"
            mistakes[kind] += 1
            shown.setdefault(kind, []).append(f"{method} {tool.id}")
    return {
        "accuracy": _share(right, judged),
        "examples": {kind: lines[:: max(1, len(lines) // EXAMPLES)][:EXAMPLES] for kind, lines in shown.items()},
        "excluded": excluded,
        "judged": judged,
        "mistakes": dict(mistakes),
    }


def asks(name: str) -> bool:
    """Whether a name says that its tool asks a question, whatever the method."""
    parts = [word for word in words(name) if not word.isdigit()]
    last = words(re.split(r"[_.]", name)[-1])
    return bool(parts) and bool({parts[0], parts[-1], *last[:1]} & ASKS)


def entity(tools: Sequence[ToolSpec]) -> dict[str, Any]:
    """Accuracy of ``entities_of`` on tools without their HTTP line, against the last resource of the path.

    Right when equal, or equal in the last word (``order_item`` and ``item``), where a segment written in one word
    counts as ending in it (``/orderitems``); ``exact`` counts equal ones alone.
    """
    judged = right = exact = none = 0
    wrong: list[str] = []
    for group in by_service(tools).values():
        found = entities_of([tool.model_copy(update={"http": None}) for tool in group])
        for tool, decided in zip(group, found, strict=True):
            truth = resource(tool.http[1]) if tool.http else ""
            if not truth:
                continue
            judged += 1
            none += not decided
            exact += decided == truth
            if same(decided, truth):
                right += 1
            else:
                wrong.append(f"{tool.id}: {decided or 'none'}, path says {truth}")
    return {
        "accuracy": _share(right, judged),
        "exact": _share(exact, judged),
        "examples": wrong[:: max(1, len(wrong) // (3 * EXAMPLES))][: 3 * EXAMPLES],
        "judged": judged,
        "none_found": _share(none, judged),
    }


def same(decided: str, truth: str) -> bool:
    """Whether an entity is the path's resource, or ends in the same word."""
    last, wanted = decided.split("_")[-1], truth.split("_")[-1]
    glued = decided.replace("_", "") == truth.replace("_", "")
    return bool(decided) and (last == wanted or glued or (len(last) > 3 and wanted.endswith(last)))


def resource(path: str) -> str:
    """The last resource noun of a path: ``/v1/users/{id}/orders/{order}/cancel`` -> order; "" where there is none."""
    for segment in reversed(re.sub(r"\.(json|xml)\b", "", path.split("?")[0].split("#")[0]).split("/")):
        bare = segment.partition(":")[0]
        parts = words(bare)
        if not parts or "." in bare or re.search(r"[{<]", bare) or _VERSION.fullmatch(bare.lower()):
            continue  # a dotted segment is a provider, such as Microsoft.Batch
        if (parts[0] in _NO_RESOURCE and singular(parts[-1]) == parts[-1]) or all(part in _TECHNICAL for part in parts):
            continue
        return "_".join((*parts[:-1], singular(parts[-1])))
    return ""


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
