"""All that one interleaved run times, over the committed domains and larger copies of one of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentgym.registry import locate
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World
from benchmarks import dicts, layers, rival
from benchmarks.enlarge import enlarge
from benchmarks.statements import copy
from benchmarks.timing import Case, Section
from benchmarks.workload import Episode, episodes, five_steps, verified

DOMAINS = ("retail", "airline")
BASE = "retail"  # what the larger domains are copies of
LARGE_EPISODES = 6  # each keeps its database for the layers that have no reset of their own


@dataclass(frozen=True)
class Sizes:
    """How often each larger domain holds the rows of ``BASE``."""

    small: int = 2  # about 100 KB and 500 rows
    medium: int = 36  # about 1 MB; as many rows as tau-bench's retail has
    large: int = 660  # about 138,000 rows


@dataclass
class Suite:
    """The cases, and facts about what they run."""

    held: ExitStack  # what the cases use, until all is timed
    cases: list[Case] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, sections: Sequence[Section], *, collecting: bool = False) -> None:
        self.cases.append(Case(name, sections, collecting))


def suite(held: ExitStack, folder: Path, sizes: Sizes, note: Callable[[str], object]) -> Suite:
    """Every case, each checked: the layers of a domain give the same answers to the same calls."""
    made = Suite(held)
    for name in DOMAINS:
        note(f"checking that all layers agree on {name}")
        _domain(made, name, load(locate(name)))
    _dicts(made, load(locate(BASE)))
    loaded = {BASE: load(locate(BASE))}
    for name in ("small", "medium", "large"):
        copies = getattr(sizes, name)
        note(f"{name}: {copies} times the rows of {BASE}")
        loaded[name] = load(enlarge(locate(BASE), folder / name / BASE, copies))
    for name, domain in loaded.items():
        _sized(made, name, domain)
    _large(made, loaded["large"])
    for name in (BASE, "medium"):
        made.add(f"episode/{name}", layers.played(made.held, loaded[name], five_steps(loaded[name])))
    _loading(made, folder / "loading")
    if rival.available():
        note("checking that tau_bench rewards its own gold")
        for name, sections in rival.sections().items():
            made.add(f"tau_bench/{name}", sections)
    return made


def _domain(made: Suite, name: str, loaded: LoadedDomain) -> None:
    chosen = episodes(loaded)
    made.facts[name] = _facts(loaded, chosen)
    made.add(f"{name}/gym", layers.whole(made.held, loaded, chosen))
    made.add(f"{name}/call", layers.world(made.held, loaded, chosen))
    made.add(f"{name}/session", layers.session(made.held, loaded, chosen))
    made.add(f"{name}/stock", layers.world(made.held, loaded, chosen, stock=True))
    made.add(f"{name}/naive", layers.naive(made.held, loaded, chosen))
    made.add(f"{name}/sql", layers.sql(made.held, loaded, chosen))
    made.add(f"{name}/gym with gc", layers.whole(made.held, loaded, chosen), collecting=True)
    made.add(f"{name}/call with gc", layers.world(made.held, loaded, chosen), collecting=True)
    made.add(f"{name}/stock with gc", layers.world(made.held, loaded, chosen, stock=True), collecting=True)


def _dicts(made: Suite, loaded: LoadedDomain) -> None:
    """The calls that have a counterpart over plain dicts, and only those."""
    chosen = episodes(loaded, only=dicts.TOOLS)
    made.facts["dicts"] = _facts(loaded, chosen)
    made.add("dicts/plain", layers.plain(made.held, loaded, chosen))
    made.add("dicts/call", layers.world(made.held, loaded, chosen))
    made.add("dicts/gym", layers.whole(made.held, loaded, chosen))
    made.add("dicts/sql", layers.sql(made.held, loaded, chosen))


def _sized(made: Suite, name: str, loaded: LoadedDomain) -> None:
    """What should not grow with the database."""
    tasks = [task for task in loaded.tasks() if task.state]
    writing = verified(loaded)
    seed = [writing.model_copy(update={"state": ()})]
    world = World(loaded)
    made.facts.setdefault(name, {}).update(
        database_bytes=len(copy(world._raw)),
        rows=sum(len(rows) for rows in loaded.seed.values()),
        patch_rows=round(sum(len(task.state) for task in tasks) / len(tasks), 1),
    )
    world.close()
    made.add(f"reset/{name}", layers.resets(made.held, loaded, seed, writing))
    made.add(f"patched reset/{name}", layers.resets(made.held, loaded, tasks[:LARGE_EPISODES], writing))
    made.add(f"verify/{name}", layers.verification(made.held, loaded, writing))


def _large(made: Suite, loaded: LoadedDomain) -> None:
    chosen = episodes(loaded, limit=LARGE_EPISODES)
    made.facts["large"].update(_facts(loaded, chosen))
    made.add("large/gym", layers.whole(made.held, loaded, chosen))
    made.add("large/call", layers.world(made.held, loaded, chosen))
    made.add("large/session", layers.session(made.held, loaded, chosen))
    made.add("large/stock", layers.world(made.held, loaded, chosen, stock=True))
    made.add("large/sql", layers.sql(made.held, loaded, chosen))


def _loading(made: Suite, folder: Path) -> None:
    """``load`` of a folder it has not seen."""
    source = locate(BASE)
    number = 0

    def fresh() -> None:
        nonlocal number
        number += 1
        shutil.copytree(source, folder / str(number) / BASE)

    made.add("load", [Section(fresh, lambda: load(folder / str(number) / BASE))])


def _facts(loaded: LoadedDomain, chosen: Sequence[Episode]) -> dict[str, Any]:
    calls = [call for one in chosen for call in one.calls]
    writes = sum(loaded.tools[call.name].writes for call in calls)
    return {
        "calls": len(calls),
        "episodes": len(chosen),
        "fallbacks": sum(one.fallbacks for one in chosen),
        "share_of_writes": round(writes / len(calls), 3),
        "statements_per_step": round(sum(len(one.statements) for one in chosen) / len(calls), 2),
        "statements": _kinds(chosen, len(calls)),
    }


def _kinds(chosen: Sequence[Episode], calls: int) -> dict[str, float]:
    """Statements a step by their first word."""
    words = [text.split(None, 1)[0].upper() for one in chosen for text, _ in one.statements]
    return {word: round(words.count(word) / calls, 2) for word in sorted(set(words))}
