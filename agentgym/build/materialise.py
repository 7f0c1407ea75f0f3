"""One domain of tools -> one folder of schema, tools, policy and rows that passed the gate, or the reasons why not."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from agentgym.build.binding import Bound, bind
from agentgym.build.codegen import emit_schema, emit_tools
from agentgym.build.gate import GateReport, prove
from agentgym.build.policy import write_policy
from agentgym.build.schema import Induced, induce
from agentgym.build.seeding import seed_rows
from agentgym.build.settle import settle
from agentgym.errors import AgentGymError
from agentgym.files import canonical, digest, write_json, write_text
from agentgym.types import Binding, Domain, Record, Rejection, Rows, Table, ToolSpec

AT_LEAST = 3  # tools a domain needs to be worth playing in
ROUNDS = 6  # times the gate may drop tools before a domain is given up


class Materialised(Record):
    """What became of a domain. ``domain`` is None where too few tools passed; its folder is then not written."""

    domain: Domain | None
    rejections: tuple[Rejection, ...]
    bound: int  # tools that the rules could bind
    gated: int  # tools that passed the gate
    laws: dict[str, int] = Field(default_factory=dict)  # law -> cases the gate tried


def materialise(domain: Domain, folder: Path) -> Materialised:
    """Build ``domain`` into ``folder``; tools that break a law are left out and the rest is proven again."""
    induced = induce(domain.tools)
    bound = bind(induced)
    rejections = list(bound.rejections)
    kept = tuple(bound.bindings)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder.parent) as scratch:
        for _ in range(ROUNDS):
            if len(kept) < AT_LEAST:
                break
            trial = Path(scratch) / domain.name
            try:
                built = _write(domain, induced, bound, kept, trial)
                report = prove(trial)
            except AgentGymError as error:
                reason = str(error).replace(str(trial), domain.name)  # the scratch folder's name is chance
                return _given_up(domain, rejections, bound, f"{type(error).__name__}: {reason}")
            if not report.failures:
                _publish(trial, folder)
                return Materialised(
                    domain=built,
                    rejections=tuple(rejections),
                    bound=len(bound.bindings),
                    gated=len(kept),
                    laws=report.laws,
                )
            rejections += report.failures
            kept = _survivors(kept, report)
    return _given_up(domain, rejections, bound, f"{len(kept)} tools are left, {AT_LEAST} are needed")


def _given_up(domain: Domain, rejections: Sequence[Rejection], bound: Bound, detail: str) -> Materialised:
    last = Rejection(stage="gate", subject=domain.name, reason="too few tools passed", detail=detail)
    return Materialised(domain=None, rejections=(*rejections, last), bound=len(bound.bindings), gated=0)


def _survivors(kept: Sequence[Binding], report: GateReport) -> tuple[Binding, ...]:
    passed = set(report.passed)
    return tuple(binding for binding in kept if binding.tool in passed)


def _write(domain: Domain, induced: Induced, bound: Bound, kept: Sequence[Binding], folder: Path) -> Domain:
    """Emit the folder for the tools that are left: only tables they touch, with columns settled by them."""
    names = {binding.tool for binding in kept}
    specs = tuple(spec for spec in bound.tools if spec.name in names)
    tables, bindings = settle(_reached(induced, kept), kept, specs)
    title = domain.name.replace("-", " ").replace("_", " ")
    built = Domain(
        name=domain.name,
        version=domain.version,
        tools=specs,
        edges=tuple(
            edge
            for edge in domain.edges
            if edge.source in names and edge.target in names and _takes(specs, edge.target, edge.parameter)
        ),
        tables=tables,
        bindings=bindings,
        provenance={
            "specs": digest([spec.model_dump(mode="json") for spec in domain.tools]),
            **dict.fromkeys(sorted(names), "rules"),
        },
    )
    rows = seed_rows(domain.name, tables, bindings)
    write_text(folder / "schema.py", emit_schema(title, tables))
    write_text(folder / "tools.py", emit_tools(title, tables, bindings, specs, induced.nested))
    write_text(folder / "policy.md", write_policy(domain.name, tables, bindings))
    write_text(folder / "seed.json", rows_text(rows))
    write_json(folder / "domain.json", built.model_dump(mode="json"))
    return built


def _reached(induced: Induced, kept: Sequence[Binding]) -> tuple[Table, ...]:
    """The tables that the tools touch, and those they refer to."""
    by_name = {table.name: table for table in induced.tables}
    wanted: list[str] = []
    for binding in kept:
        wanted += [
            binding.table,
            *(use.table for use in binding.uses if use.table),
            *(effect.table for effect in binding.effects),
        ]
        wanted += [*binding.children.values(), *induced.nested.get(binding.table, {}).values()]
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in seen and name in by_name:
            seen.add(name)
            wanted += [link.table for link in by_name[name].foreign_keys]
    return tuple(table for table in induced.tables if table.name in seen)


def _takes(specs: Sequence[ToolSpec], tool: str, parameter: str) -> bool:
    first = parameter.partition(".")[0]  # of "items.product_id", the argument
    return any(spec.name == tool and first in spec.parameters.get("properties", {}) for spec in specs)


def rows_text(rows: Rows) -> str:
    """seed.json: rows by table, one a line, so that a diff of it reads well."""
    tables = []
    for name in sorted(rows):
        lines = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows[name])
        tables.append(f"  {canonical(name)}: [\n{lines}\n  ]" if lines else f"  {canonical(name)}: []")
    return "{\n" + ",\n".join(tables) + "\n}\n"


def _publish(trial: Path, folder: Path) -> None:
    """Move a proven folder into place, replacing what was there."""
    if folder.exists():
        shutil.rmtree(folder)
    trial.replace(folder)
