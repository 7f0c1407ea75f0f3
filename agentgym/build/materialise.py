"""One domain of tools -> one folder of schema, tools, policy and rows that passed the gate, or the reasons why not."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from pydantic import Field

from agentgym.build.code.emit import emit_schema, emit_tools
from agentgym.build.code.policy import write_policy
from agentgym.build.induction.demands import demanded
from agentgym.build.induction.drafts import Basis
from agentgym.build.induction.schema import Induced
from agentgym.build.induction.settle import settle
from agentgym.build.induction.understanding import Understood, understand, weakened
from agentgym.build.proof.gate import prove
from agentgym.build.seeding import seed_rows
from agentgym.errors import AgentGymError
from agentgym.files import canonical, digest, write_text
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
    coverage: dict[str, int] = Field(default_factory=dict)  # law -> tools that had a case of it
    seconds: dict[str, float] = Field(default_factory=dict)  # of each step: induce, write, gate


def materialise(domain: Domain, folder: Path) -> Materialised:
    """Build ``domain`` into ``folder``; a tool that breaks a law is bound more weakly or left out, and all are proven
    again."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "induce"):
        made = understand(domain.tools)
    tools = domain.tools
    dropped: list[Rejection] = []
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder.parent) as scratch:
        for _ in range(ROUNDS):
            if len(made.bound.bindings) < AT_LEAST:
                break
            trial = Path(scratch) / domain.name
            try:
                with _timed(seconds, "write"):
                    built = _write(domain, made, trial)
                with _timed(seconds, "gate"):
                    report = prove(trial)
            except AgentGymError as error:
                reason = str(error).replace(str(trial), domain.name)  # the scratch folder's name is chance
                return _given_up(domain, made, dropped, f"{type(error).__name__}: {reason}")
            if not report.failures:
                _publish(trial, folder)
                return Materialised(
                    domain=built,
                    rejections=(*made.bound.rejections, *dropped),
                    bound=len(made.bound.bindings),
                    gated=len(made.bound.bindings),
                    laws=report.laws,
                    coverage=report.coverage,
                    seconds=seconds,
                )
            weaker, gone = _consequences(made, report.failures)
            dropped += gone
            lost = {one.subject for one in gone}
            tools = tuple(spec for spec in tools if spec.id not in lost)
            with _timed(seconds, "induce"):
                made = understand(tools, made.basis | weaker)
    return _given_up(domain, made, dropped, f"{len(made.bound.bindings)} tools are left, {AT_LEAST} are needed")


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Add the time of what runs inside to that of its step."""
    started = perf_counter()
    yield
    seconds[step] = round(seconds.get(step, 0.0) + perf_counter() - started, 4)


def _consequences(made: Understood, failures: Sequence[Rejection]) -> tuple[dict[str, Basis], list[Rejection]]:
    """What becomes of the tools that broke a law: the weaker basis some are bound on next, and those dropped."""
    views = {view.spec.id: view for view in made.induced.views}
    weaker: dict[str, Basis] = {}
    dropped: list[Rejection] = []
    for failure in failures:
        view = views[failure.subject]
        how = weakened(view, failure.reason)
        if how is not None:
            weaker[view.spec.name] = how
        else:
            dropped.append(failure)
    return weaker, dropped


def _given_up(domain: Domain, made: Understood, dropped: Sequence[Rejection], detail: str) -> Materialised:
    last = Rejection(stage="gate", subject=domain.name, reason="too few tools passed", detail=detail)
    rejections = (*made.bound.rejections, *dropped, last)
    return Materialised(domain=None, rejections=rejections, bound=len(made.bound.bindings), gated=0)


def _write(domain: Domain, made: Understood, folder: Path) -> Domain:
    """Emit the folder for the tools that are bound: only tables they touch, with columns settled by them."""
    induced, specs = made.induced, made.bound.tools
    names = {spec.name for spec in specs}
    tables, bindings = settle(_reached(induced, made.bound.bindings), made.bound.bindings, specs)
    tables = demanded(tables, bindings, specs)
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
            **{name: made.basis.get(name, "rules") for name in sorted(names)},
        },
    )
    rows = seed_rows(domain.name, tables, bindings)
    write_text(folder / "schema.py", emit_schema(title, tables))
    write_text(folder / "tools.py", emit_tools(title, tables, bindings, specs, induced.nested))
    write_text(folder / "policy.md", write_policy(domain.name, tables, bindings))
    write_text(folder / "seed.json", rows_text(rows))
    write_text(folder / "domain.json", built.model_dump_json(indent=2) + "\n")
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
