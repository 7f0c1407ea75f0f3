"""The tools of an import: read from their file, and bound by rules, recorded calls and people."""

from __future__ import annotations

import keyword
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentgym.build.semantics.shapes import properties
from agentgym.build.sources import functions
from agentgym.build.sources.inputs import DOCUMENT_BYTES, Document
from agentgym.build.sources.parse import parse
from agentgym.errors import SpecError
from agentgym.importing.binding import candidates, constant, foreign
from agentgym.importing.bound import Bound, Ground, UnboundError
from agentgym.importing.examples import Recording, constant_answer
from agentgym.importing.folder import Base, write_domain
from agentgym.importing.modules import Function
from agentgym.importing.telling import told
from agentgym.importing.trial import REASONS, Choice, Trial, trial_name
from agentgym.importing.writing import write
from agentgym.types import Rejection, ToolSpec
from agentgym.world.load import RESERVED_TOOL, load
from agentgym.world.naming import RESERVED, class_name
from agentgym.world.tool import argument_names

_READINGS = 3  # of a tool that is not bound, in a report; the others are variants of these


def read_tools(path: Path, service: str) -> tuple[ToolSpec, ...]:
    """The tools of a file of function schemas. Raises ``SpecError`` where it is none, or a tool cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(DOCUMENT_BYTES + 1)
    except OSError as error:
        raise SpecError(f"cannot read {path}: {error.strerror}; name a JSON file of function schemas") from error
    if len(data) > DOCUMENT_BYTES:
        raise SpecError(f"{path} has more than {DOCUMENT_BYTES} bytes; function schemas are far smaller")
    try:
        document, broken = parse(Document(path.name, path.name, data))
    except SpecError as error:
        raise SpecError(f"{path} cannot be read: {error}") from error
    if not functions.matches(document):
        raise SpecError(f"{path} holds no function schemas; write what an API takes as tools: {_FORM}")
    found = [*broken, *functions.tools(document, path.name, path.name)]
    specs: dict[str, ToolSpec] = {}
    for one in found:
        if isinstance(one, Rejection):
            raise SpecError(f"{path}: {one.subject}: {one.reason}; {one.detail}")
        if one.name in specs:
            raise SpecError(f"{path} names the tool {one.name!r} twice; keep one of them")
        specs[one.name] = one.model_copy(update={"id": f"{service}.{one.name}", "service": service})
    return tuple(specs[name] for name in sorted(specs))


_FORM = '[{"type": "function", "function": {"name": ..., "description": ..., "parameters": {...}}}]'


def unfit(spec: ToolSpec, tools: Sequence[str], tables: Sequence[str]) -> str:
    """Why a tool can have no function of its name and parameters; "" where it can."""
    taken = {RESERVED_TOOL, *RESERVED, *tables, *(class_name(table) for table in tables)}
    if keyword.iskeyword(spec.name) or spec.name in taken or not spec.name[0].isalpha():
        return f"{spec.name!r} means something else in tools.py"
    if len(properties(spec.parameters)) != len(spec.parameters.get("properties") or {}):
        return "a parameter has no schema"
    clash = sorted(set(argument_names(spec).values()) & set(tools))
    return f"its parameter {clash[0]!r} is called as another tool" if clash else ""


@dataclass(frozen=True)
class Settled:
    """What rules and recorded calls make of a tool."""

    spec: ToolSpec
    bound: Bound | None = None
    by_calls: bool = False  # recorded calls chose it, or gave its refusals their words
    calls: int = 0  # recorded calls that show it
    reason: str = ""
    detail: str = ""


def settle(
    specs: Sequence[ToolSpec], ground: Ground, recordings: Sequence[Recording], base: Base, taken: Sequence[str]
) -> list[Settled]:
    """Bind each tool, or say why it is not bound; ``taken``: the names of all tools, which no variable may have."""
    found: list[Settled] = []
    open_to: dict[str, list[Bound]] = {}
    tables = [table.name for table in ground.shape.tables]
    for spec in specs:
        if why := unfit(spec, taken, tables):
            found.append(Settled(spec, reason="its names cannot stand in tools.py", detail=why))
            continue
        try:
            many = candidates(spec, ground)
        except UnboundError as error:
            reason, detail = error.args
            many = _constant(spec, ground, recordings)
            if not many:
                found.append(Settled(spec, reason=reason, detail=detail))
        if many:
            open_to[spec.name] = [*many, *_answered(many, recordings)]
    choices = _tried(open_to, specs, recordings, base, taken) if recordings else {}
    found += [_settled(many, choices.get(name)) for name, many in open_to.items()]
    return sorted(found, key=lambda one: one.spec.name)


def _constant(spec: ToolSpec, ground: Ground, recordings: Sequence[Recording]) -> list[Bound]:
    """A tool that has nothing to do with the state, where all of its recorded calls were answered alike."""
    answer = constant_answer(spec.name, recordings, bool(properties(spec.parameters)))
    return [constant(spec, answer[0])] if answer is not None and foreign(spec, ground.shape) else []


def _answered(many: Sequence[Bound], recordings: Sequence[Recording]) -> list[Bound]:
    """Writes that answer with one and the same value, such as ``ok``, in place of the document."""
    answer = constant_answer(many[0].spec.name, recordings, False)
    if answer is None:
        return []
    return [
        replace(one, shows="value", value=answer[0], sure=False)
        for one in many
        if one.writes and one.shows == "document"
    ]


def _tried(
    open_to: dict[str, list[Bound]],
    specs: Sequence[ToolSpec],
    recordings: Sequence[Recording],
    base: Base,
    taken: Sequence[str],
) -> dict[str, Choice]:
    """What recorded calls choose, in a domain that has a tool for every candidate."""
    made: list[Function] = []
    offered: list[ToolSpec] = []
    for number, many in enumerate(open_to.values()):
        for at, one in enumerate(many):
            name = trial_name(number, at)
            offered.append(one.spec.model_copy(update={"name": name, "id": f"{one.spec.service}.{name}"}))
            plain = replace(one, refusals=tuple((why, why) for why in REASONS))
            made.append(Function(write(plain, base.shape, taken, name)))
    with tempfile.TemporaryDirectory(prefix="agentgym-import-") as scratch:
        folder = Path(scratch) / "trial"
        write_domain(folder, replace(base, aliases=()), offered, made, {})
        loaded = load(folder)
    return Trial(loaded, {spec.name: spec for spec in specs}, open_to, recordings).settle()


def _settled(many: Sequence[Bound], choice: Choice | None) -> Settled:
    spec = many[0].spec
    default = next((at for at, one in enumerate(many) if one.sure), None)
    if choice is None:
        choice = Choice(default, 0, (), "")
    if choice.at is not None:
        bound = replace(many[choice.at], refusals=choice.words)
        return Settled(spec, bound, choice.at != default or bool(choice.words), choice.calls)
    if choice.contradiction:
        return Settled(spec, reason="recorded calls contradict it", detail=choice.contradiction)
    readings = list(dict.fromkeys(told(one) for one in many))
    others = len(readings) - _READINGS
    detail = " or ".join([*readings[:_READINGS], *([f"{others} more"] if others > 0 else [])])
    return Settled(spec, reason="only recorded calls could tell what it does", detail=detail)
