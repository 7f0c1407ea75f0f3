"""How many wrong versions of its tools the gate notices: its own test, on any domain folder.

A mutant that no random call tells from the original is equivalent and left out. The rule: both live through the same
``calls`` calls, most of the mutated tool and some of the others, from the seed rows and after chains of writes; they
differ when one refuses where the other answers, or in what they answer, or in what they change. The wording of a
refusal is no difference.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

from agentgym.build.proof.fuzz import Fuzzer
from agentgym.build.proof.laws import BrokenLawError, Prover
from agentgym.build.proof.mutations import Columns, Mutation, mutated, mutations
from agentgym.errors import DialectError
from agentgym.processes import each
from agentgym.result import ToolResult
from agentgym.types import Json, Record, ToolCall
from agentgym.world.dialect import check_source
from agentgym.world.load import LoadedDomain, load
from agentgym.world.stock import INTERNAL
from agentgym.world.world import World

CHAIN = 6  # calls between two resets to the seed rows


class OperatorRate(Record):
    """What became of the mutants of one operator."""

    mutants: int
    killed: int


class Survivor(Record):
    """A mutant that the gate let through, with a call that shows what is wrong."""

    domain: str
    tool: str
    operator: str
    before: str  # the mutated place as it was
    after: str  # and as it is in the mutant
    call: ToolCall


class KillRate(Record):
    """How many mutants the gate killed."""

    mutants: int  # that some call tells from the original
    killed: int  # of these, rejected by the gate
    equivalent: int  # left out: no call tells them from the original
    invalid: int  # left out: outside the dialect of tools
    rate: float  # killed / mutants, 1.0 where there are none
    operators: dict[str, OperatorRate]
    survivors: tuple[Survivor, ...]


Fate = Literal["killed", "survived", "equivalent", "invalid"]
Outcome = tuple[str, Fate, Survivor | None]  # operator, what became of the mutant, itself if it survived


def kill_rate(
    folders: Sequence[Path],
    *,
    seed: int = 0,
    per_tool: int | None = 8,
    workers: int = 1,
    calls: int = 60,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> KillRate:
    """Put mutants of every tool of ``folders`` through the gate: at most ``per_tool`` of each, None for all.

    Raises DomainError or DialectError where a folder cannot be loaded.
    """
    found: list[Outcome] = []
    work = partial(outcomes, seed=seed, per_tool=per_tool, calls=calls)
    for done, part in enumerate(each(work, folders, workers), 1):
        found += part
        progress("mutants", done, len(folders))
    fates = Counter(fate for _, fate, _ in found)
    killed = Counter(operator for operator, fate, _ in found if fate == "killed")
    judged = Counter(operator for operator, fate, _ in found if fate in ("killed", "survived"))
    return KillRate(
        mutants=judged.total(),
        killed=killed.total(),
        equivalent=fates["equivalent"],
        invalid=fates["invalid"],
        rate=round(killed.total() / judged.total(), 4) if judged else 1.0,
        operators={name: OperatorRate(mutants=judged[name], killed=killed[name]) for name in sorted(judged)},
        survivors=tuple(survivor for _, _, survivor in found if survivor is not None),
    )


def outcomes(folder: Path, *, seed: int, per_tool: int | None, calls: int) -> list[Outcome]:
    """What became of each mutant of one domain's tools."""
    loaded = load(folder)
    tools = Mutable(loaded)
    found: list[Outcome] = []
    for binding in loaded.domain.bindings:
        chance = Random(f"{loaded.domain.name}/{binding.tool}/mutants/{seed}")
        drawn = tools.drawn(binding.tool, chance, per_tool)
        found += (_outcome(tools, binding.tool, mutation, calls) for mutation in drawn)
    return found


class Mutable:
    """A loaded domain whose tools can be exchanged for wrong ones."""

    def __init__(self, loaded: LoadedDomain) -> None:
        self.loaded = loaded
        module = ast.parse((loaded.folder / "tools.py").read_text("utf-8"))
        self.functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
        self.head = [node for node in module.body if not isinstance(node, ast.FunctionDef)]
        self.attributes = frozenset(name for model in loaded.models.values() for name in model.model_fields)
        self.columns: Columns = {
            model.__name__: {name: str(field.annotation).removesuffix(" | None") for name, field in _fields(model)}
            for model in loaded.models.values()
        }

    def drawn(self, tool: str, chance: Random, most: int | None) -> list[Mutation]:
        """Mutations of one tool, turn and turn about between the operators."""
        kinds: dict[str, list[Mutation]] = {}
        for mutation in mutations(self.functions[tool], self.columns):
            kinds.setdefault(mutation.operator, []).append(mutation)
        queues = [kinds[name] for name in sorted(kinds)]
        for queue in queues:
            chance.shuffle(queue)
        chance.shuffle(queues)
        turns = range(max(map(len, queues), default=0))
        return [queue[turn] for turn in turns for queue in queues if turn < len(queue)][:most]

    def exchanged(self, tool: str, mutation: Mutation) -> LoadedDomain:
        """The domain with one tool mutated. Raises ``DialectError`` where no tool may be written like that."""
        function = mutated(self.functions[tool], mutation)
        text = ast.unparse(ast.fix_missing_locations(ast.Module([*self.head, function], [])))
        check_source(text, "tools", attributes=self.attributes)
        whole: Any = self.loaded.tools[tool].function
        made: dict[str, Any] = {}
        exec(compile(ast.Module([function], []), f"<mutant of {tool}>", "exec"), whole.__globals__, made)
        changed = replace(self.loaded.tools[tool], function=made[tool])
        return replace(self.loaded, tools={**self.loaded.tools, tool: changed})


def _fields(model: Any) -> Iterator[tuple[str, Any]]:
    yield from model.model_fields.items()


def _outcome(tools: Mutable, tool: str, mutation: Mutation, calls: int) -> Outcome:
    try:
        mutant = tools.exchanged(tool, mutation)
    except DialectError:
        return mutation.operator, "invalid", None
    if _killed(mutant, tool):
        return mutation.operator, "killed", None
    shown = _told_apart(tools.loaded, mutant, tool, calls)
    if shown is None:
        return mutation.operator, "equivalent", None
    survivor = Survivor(
        domain=tools.loaded.domain.name,
        tool=tool,
        operator=mutation.operator,
        before=ast.unparse(mutation.node)[:300],
        after=ast.unparse(mutation.instead)[:300] if mutation.instead is not None else "",
        call=shown,
    )
    return mutation.operator, "survived", survivor


def _killed(mutant: LoadedDomain, tool: str) -> bool:
    """Whether the gate rejects the tool."""
    binding = next(binding for binding in mutant.domain.bindings if binding.tool == tool)
    world = World(mutant)
    try:
        Prover(mutant, world, Counter()).tool(binding, Random(f"{mutant.domain.name}/{tool}/0"))
    except BrokenLawError:
        return True
    finally:
        world.close()
    return False


def _told_apart(loaded: LoadedDomain, mutant: LoadedDomain, tool: str, calls: int) -> ToolCall | None:
    """The first of ``calls`` calls that the two do not answer alike, or after which their rows differ."""
    chance = Random(f"{loaded.domain.name}/{tool}/apart")
    fuzzer, worlds = Fuzzer(loaded, chance), (World(loaded), World(mutant))
    try:
        for number in range(calls):
            if number % CHAIN == 0:
                for world in worlds:
                    world.reset()
            rows = worlds[0].rows()
            call = fuzzer.draw(rows)
            if number % CHAIN != CHAIN // 2:
                caller = fuzzer.callers[tool]
                arguments = caller.draw(rows, chance, willing=chance.random() < 0.7, full=chance.random() < 0.4)
                call = ToolCall(name=tool, arguments=arguments)
            seen = [(_shown(world.call(call.name, call.arguments)), world.diff()) for world in worlds]
            if seen[0] != seen[1]:
                return call
    finally:
        for world in worlds:
            world.close()
    return None


def _shown(result: ToolResult) -> Json:
    """What counts of an answer: its content, or the kind of refusal."""
    if result.error is None:
        return ["answer", result.content]
    return ["internal" if result.error.startswith(INTERNAL) else "refusal"]
