"""Somebody's own tools, state and policy -> a domain folder, and a report of what could not be bound and why."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgym.errors import DialectError, DomainError, SpecError
from agentgym.files import write_json, write_text
from agentgym.importing.authored import Authored, form, read_authored
from agentgym.importing.bound import Ground
from agentgym.importing.examples import read_examples
from agentgym.importing.folder import REPORT, Base, check_place, publish, write_domain
from agentgym.importing.gate import Proof, prove
from agentgym.importing.induce import Induced, induce
from agentgym.importing.modules import Function
from agentgym.importing.report import How, Imported, ImportedFinding, ImportedTable, ImportedTool
from agentgym.importing.rows import read_back
from agentgym.importing.state import read_state
from agentgym.importing.telling import told
from agentgym.importing.tools import Settled, read_tools, settle, unfit
from agentgym.importing.writing import write
from agentgym.types import Rejection, Rows
from agentgym.world.load import load
from agentgym.world.world import World

FORM = "unbound.py"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Inputs:
    """What an import is made from."""

    tools: Path  # function schemas
    state: Path  # a JSON object of collections, or a folder with a file a collection
    policy: Path
    name: str  # of the domain
    examples: Path | None = None  # recorded calls, JSON Lines
    authored: Path | None = None  # tools in the dialect, which go before what rules would make


def import_world(given: Inputs, out: Path) -> Imported:
    """Make the domain folder ``out``; nothing is written where an error is raised.

    Raises ``SpecError`` or ``RunError`` for what cannot be read or written, ``DialectError`` for an authored file
    that leaves the dialect.
    """
    _check_name(given.name, out)
    check_place(out)
    policy = _policy(given.policy)
    specs = read_tools(given.tools, given.name)
    by_name = {spec.name: spec for spec in specs}
    recordings = read_examples(given.examples, by_name) if given.examples else ()
    state = read_state(given.state)
    induced = induce(state)
    authored = read_authored(given.authored, by_name, induced.shape) if given.authored else Authored({}, {})
    base = Base(given.name, induced.shape, induced.rows, policy, specs, tuple(authored.aliases.values()))
    ground = Ground(induced.shape, induced.rows)
    settled = settle(
        [spec for spec in specs if spec.name not in authored.functions], ground, recordings, base, list(by_name)
    )
    made = _Made(base, settled, authored)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=out.parent) as scratch:
        trial = Path(scratch) / given.name
        proof = made.prove(trial)
        equal, documents = read_back(induced.shape, state, _stored(trial))
        report = Imported(
            name=given.name,
            tools=made.tools(),
            tables=_tables(induced),
            findings=tuple(ImportedFinding(**vars(one)) for one in induced.findings),
            documents=documents,
            read_back=equal,
            recordings=len(recordings),
            laws=proof.laws,
        )
        open_tools = [by_name[tool.name] for tool in report.unbound]
        writable = [spec for spec in open_tools if not unfit(spec, list(by_name), [t.name for t in report.tables])]
        write_text(trial / FORM, form(writable, induced.shape))
        write_json(trial / REPORT, report.model_dump(mode="json"))
        publish(trial, out)
    return report


class _Made:
    """The tools that have code, until the gate drops them."""

    def __init__(self, base: Base, settled: Sequence[Settled], authored: Authored) -> None:
        self.base, self.settled = base, settled
        taken = [*(spec.name for spec in base.offered), *authored.aliases]
        bound = {one.spec.name: one.bound for one in settled if one.bound is not None}
        self.functions = {name: Function(write(one, base.shape, taken)) for name, one in bound.items()}
        self.functions |= authored.functions
        self.willing = frozenset(bound)
        self.dropped: dict[str, Rejection] = {}

    def prove(self, folder: Path) -> Proof:
        """Write the folder and prove its tools, without those that broke a law, until none does."""
        while True:
            specs = [spec for spec in self.base.offered if spec.name in self.functions]
            provenance = {name: self.how(name) for name in self.functions}
            write_domain(folder, self.base, specs, list(self.functions.values()), provenance)
            try:
                proof = prove(folder, self.base.shape, self.willing)
            except (DialectError, DomainError) as error:  # authored code that clashes with what it stands beside
                raise type(error)(str(error).replace(str(folder), self.base.name)) from error
            if not proof.failures:
                return proof
            for failure in proof.failures:
                self.dropped[failure.subject] = failure
                del self.functions[failure.subject]

    def how(self, name: str) -> How:
        """Who says what a tool does."""
        one = next((one for one in self.settled if one.spec.name == name), None)
        return "authored" if one is None else "examples" if one.by_calls else "rules"

    def tools(self) -> tuple[ImportedTool, ...]:
        """What became of every tool."""
        found = []
        known = {one.spec.name: one for one in self.settled}
        for spec in self.base.offered:
            one, failure = known.get(spec.name), self.dropped.get(spec.name)
            if failure is not None:
                found.append(ImportedTool(name=spec.name, how="", reason=failure.reason, detail=failure.detail))
            elif one is None:
                found.append(ImportedTool(name=spec.name, how="authored", does="what its author wrote"))
            elif one.bound is None:
                found.append(ImportedTool(name=spec.name, how="", reason=one.reason, detail=one.detail))
            else:
                does = told(one.bound)
                found.append(ImportedTool(name=spec.name, how=self.how(spec.name), does=does, calls=one.calls))
        return tuple(found)


def _check_name(name: str, out: Path) -> None:
    if not _NAME.fullmatch(name):
        raise SpecError(
            f"{name[:80]!r} cannot name a domain; use lower-case letters, digits, '_' and '-', at most 64 of them"
        )
    if out.name != name:
        raise SpecError(f"{out} would hold the domain under another name; call the folder {name!r} too")


def _policy(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise SpecError(f"cannot read {path}: {why}; the policy is the text that an agent is shown") from error
    if not text.strip():
        raise SpecError(f"{path} is empty; the policy is the text that an agent is shown")
    return text


def _stored(folder: Path) -> Rows:
    """The rows as a world holds them, which is what tools read."""
    world = World(load(folder))
    rows = world.rows()
    world.close()
    return rows


def _tables(induced: Induced) -> tuple[ImportedTable, ...]:
    shape = induced.shape
    collections = {one.table: one.name for one in shape.collections}
    return tuple(
        ImportedTable(
            name=table.name,
            rows=len(induced.rows[table.name]),
            collection=collections.get(table.name, ""),
            refers=tuple(f"{key.column} -> {key.table}" for key in table.foreign_keys),
        )
        for table in shape.tables
    )
