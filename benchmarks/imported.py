"""τ-bench's worlds, imported, against the official ones: ``python -m benchmarks.imported --tau-bench DIR``.

DIR is a checkout of τ-bench, whose function schemas, data and policy are given to ``agentgym import`` and nothing else.
The gold calls of the tasks are then made in both worlds, in order, and what an agent would read is compared byte for
byte. One key a domain:

documents, read_back  documents of the state, and how many the rows of the loaded world give back: as JSON text, with
                      the order of members
rows, loaded          rows that were made, and how many a world holds
references, held      values in columns that are foreign keys, and how many are keys of the table they name
rules                 with nothing else, on the gold calls of all tasks
examples              with the official answers to the gold calls of training tasks, and of every other test task, as
                      recorded calls, on the gold calls of the other test tasks

and of the last two:

bound, tools          tools that are bound, and how many there are
calls, reached        gold calls of bound tools, and those among them that could be compared: a sequence ends at a write
                      of a tool that is not bound, since the worlds differ from there on
equal                 of these, answered in the same bytes
refused               of those that are not, refused by both, in other words
reordered             of those that are not, equal but for the order of members, which no write of ours changes
states, alike         sequences in which a bound tool wrote, and those after which every document equals the official
                      one, the order of members aside, as in the official score
by_tool               how a tool is bound, its calls, and reached, equal, refused and reordered of them
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from agentgym.evaluate.foreign import foreign
from agentgym.files import write_json, write_text
from agentgym.importing.importing import Inputs, import_world
from agentgym.importing.induce import Induced, induce
from agentgym.importing.report import Imported
from agentgym.importing.rows import read_back, to_state
from agentgym.importing.state import State, read_state
from agentgym.result import ToolResult
from agentgym.spaces import REFUSED
from agentgym.types import Json, Rows, Table
from agentgym.world.load import load
from agentgym.world.world import World
from benchmarks.printing import SCREEN, hand_over

SPLITS = {"retail": ("test", "train"), "airline": ("test",)}


class Gold(NamedTuple):
    """One gold call."""

    name: str
    arguments: dict[str, Json]


class Official:
    """One official domain, without its user and its scorer."""

    def __init__(self, invoke: Callable[[Gold, State], Any], begin: Callable[[], State]) -> None:
        """``invoke`` runs a tool on a state, which it may change; ``begin`` gives the state as it is on disk."""
        self._invoke, self._begin = invoke, begin
        self.data: State = {}

    def begin(self) -> None:
        """Go back to the state as it is on disk."""
        self.data = self._begin()

    def call(self, gold: Gold) -> str:
        """What an agent reads. Tools keep what they are given and edit it, so they get a copy."""
        try:
            return str(self._invoke(Gold(gold.name, copy.deepcopy(gold.arguments)), self.data))
        except Exception as error:  # as the official step does
            return f"{REFUSED}{error}"


class Checkout:
    """One domain of a checkout: what there is to import, and the gold calls of its tasks."""

    def __init__(self, root: Path, domain: str) -> None:
        self._package = foreign(root.resolve(), "tau_bench")
        make = self._package.module("envs").get_env
        with self._package.present():
            envs = [make(domain, "human", "", split, task_index=0) for split in SPLITS[domain]]
        self._env = envs[0]
        self.tools, self.policy = self._env.tools_info, str(self._env.wiki)
        tests, *others = ([self._gold(task) for task in env.tasks] for env in envs)
        self.tasks = tests[1::2]
        self.training = [*tests[::2], *(calls for split in others for calls in split)]
        self.official = Official(self._invoke, self._begin)

    def _gold(self, task: Any) -> list[Gold]:
        actions = (Gold(action.name, action.kwargs) for action in task.actions)
        return [gold for gold in actions if gold.name in self._env.tools_map]

    def _invoke(self, gold: Gold, data: State) -> Any:
        with self._package.present():
            return self._env.tools_map[gold.name].invoke(data=data, **gold.arguments)

    def _begin(self) -> State:
        with self._package.present():
            data: State = self._env.data_load_func()
        return data


@dataclass
class Tally:
    """What came of the gold calls in one imported world."""

    calls: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reordered: Counter[str] = field(default_factory=Counter)
    states: int = 0
    alike: int = 0

    def count(self, tool: str, official: str, ours: ToolResult) -> None:
        """Note one call that was made in both worlds."""
        self.reached[tool] += 1
        if said(ours) == official:
            self.equal[tool] += 1
        elif ours.error is not None and official.startswith(REFUSED):
            self.refused[tool] += 1
        elif ours.error is None and _value(official) == ours.content:
            self.reordered[tool] += 1

    def summary(self, report: Imported) -> dict[str, Any]:
        """The figures, those of bound tools alone in the totals."""
        bound = {tool.name: tool for tool in report.bound}
        counts = {name: getattr(self, name) for name in ("calls", "reached", "equal", "refused", "reordered")}
        figures = {name: sum(count[tool] for tool in bound) for name, count in counts.items()}
        by_tool = {
            tool.name: {"how": tool.how or tool.reason, **{name: count[tool.name] for name, count in counts.items()}}
            for tool in report.tools
        }
        gold = {"gold_calls": self.calls.total(), "states": self.states, "alike": self.alike}
        return {"bound": len(bound), "tools": len(report.tools), **figures, **gold, "by_tool": by_tool}


def measured(root: Path, domain: str, limit: int | None) -> dict[str, Any]:
    """The figures of one domain. ``limit``: tasks of each set; None for all."""
    checkout = Checkout(root, domain)
    official, tasks, training = checkout.official, checkout.tasks[:limit], checkout.training[:limit]
    path = root / "tau_bench" / "envs" / domain / "data"
    state = read_state(path)
    induced = induce(state)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_json(folder / "tools.json", checkout.tools)
        write_text(folder / "policy.md", checkout.policy)
        lines = [json.dumps({"calls": recorded(official, calls)}) for calls in training]
        write_text(folder / "calls.jsonl", "".join(f"{line}\n" for line in lines))
        plain = Inputs(folder / "tools.json", path, folder / "policy.md", domain)
        shown = Inputs(folder / "tools.json", path, folder / "policy.md", domain, examples=folder / "calls.jsonl")
        report = import_world(plain, folder / "rules" / domain)
        world = World(load(folder / "rules" / domain))
        found: dict[str, Any] = stored(induced, state, world)
        found["rules"] = replayed(official, [*tasks, *training], world, induced).summary(report)
        report = import_world(shown, folder / "examples" / domain)
        world = World(load(folder / "examples" / domain))
        found["examples"] = replayed(official, tasks, world, induced).summary(report)
    return found


def recorded(official: Official, calls: Sequence[Gold]) -> list[dict[str, Json]]:
    """Gold calls with the official answers to them, as the import takes them."""
    official.begin()
    return [{"name": one.name, "arguments": one.arguments, "output": official.call(one)} for one in calls]


def stored(induced: Induced, state: State, world: World) -> dict[str, int]:
    """What a loaded world holds of a state."""
    rows = world.rows()
    equal, documents = read_back(induced.shape, state, rows)
    references, held = consistent(induced.shape.tables, rows)
    return {
        "documents": documents,
        "read_back": equal,
        "rows": sum(map(len, induced.rows.values())),
        "loaded": sum(len(rows[table.name]) for table in induced.shape.tables),
        "references": references,
        "held": held,
    }


def consistent(tables: Sequence[Table], rows: Rows) -> tuple[int, int]:
    """Values in columns that are foreign keys, and how many are keys of the table they name."""
    keys = {table.name: {row[table.primary_key] for row in rows[table.name]} for table in tables}
    links = [(table.name, link) for table in tables for link in table.foreign_keys]
    held = [
        row[link.column] in keys[link.table]
        for name, link in links
        for row in rows[name]
        if row[link.column] is not None
    ]
    return len(held), sum(held)


def replayed(official: Official, tasks: Sequence[Sequence[Gold]], world: World, induced: Induced) -> Tally:
    """Make the gold calls of each task in both worlds, as long as these are in the same state."""
    tally = Tally()
    for calls in tasks:
        tally.calls.update(call.name for call in calls)
        official.begin()
        world.reset()
        wrote = False
        for call in together(official, calls, world):
            result = world.call(call.name, copy.deepcopy(call.arguments))
            tally.count(call.name, official.call(call), result)
            wrote = wrote or (result.error is None and world.loaded.tools[call.name].writes)
        if wrote:
            tally.states += 1
            tally.alike += to_state(induced.shape, world.rows()) == official.data
    return tally


def together(official: Official, calls: Sequence[Gold], world: World) -> Iterator[Gold]:
    """The calls of bound tools, up to the first call of another one that changes the official state."""
    for call in calls:
        if call.name in world.loaded.tools:
            yield call
            continue
        before = json.dumps(official.data)
        official.call(call)
        if json.dumps(official.data) != before:
            official.data = json.loads(before)
            return


def said(result: ToolResult) -> str:
    """What an agent reads of ours, in the official manner: text as it is, anything else as JSON."""
    if result.error is not None:
        return result.error if result.error.startswith(REFUSED) else f"{REFUSED}{result.error}"
    return result.content if isinstance(result.content, str) else json.dumps(result.content)


def _value(text: str) -> Json:
    """An official answer as a value; text that is no JSON as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    report = {domain: measured(options.tau_bench, domain, options.limit) for domain in options.only or SPLITS}
    hand_over(report, options.json)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="tau-bench's worlds, imported by rules, against the official ones.")
    parser.add_argument("--tau-bench", type=Path, metavar="DIR", required=True, help="a checkout of tau-bench")
    parser.add_argument("--only", nargs="*", default=(), choices=SPLITS, help="these domains alone")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N tasks of each set")
    parser.add_argument("--json", nargs="?", type=Path, const=SCREEN, metavar="FILE", help="the report as JSON")
    return parser


if __name__ == "__main__":
    main()
