"""The house has floors: a module imports only from floors below it, or from siblings without a cycle."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import agentgym
from agentgym.runs import CODE

ROOT = Path(agentgym.__file__).parent

# From the ground up. A name covers the module and everything inside it; the longest match wins.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("types", "result", "errors", "files", "hygiene", "memo", "scalars", "processes", "appending", "executors"),
    ("world.naming", "llm"),
    ("world",),
    ("build.semantics", "build.ledger"),
    ("build.sources", "build.values", "build.report"),
    ("build.pool", "build.completion", "build.returns"),
    ("build.ingest",),
    ("build.graph",),
    ("build.induction",),
    ("build.code", "build.seeding"),
    ("build.proof",),
    ("build.materialise",),
    ("importing",),
    ("build.jobs",),
    ("build.pipeline",),
    ("tasks.phrases", "tasks.saying"),
    ("tasks.chart", "tasks.steps", "tasks.progress", "tasks.verify"),
    ("tasks.answered", "tasks.wording"),
    ("tasks.proof",),
    ("tasks.sampling", "tasks.paraphrasing"),
    ("tasks",),
    ("users", "spaces", "registry"),
    ("episode",),
    ("env", "room"),
    ("shard", "workers", "vector"),
    ("play.agents",),
    ("play",),
    ("learn", "runs", "evaluate"),
    ("experience",),
    ("stages",),
    ("audit", "installation"),
    ("cli",),
)
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}

# A package's own __init__ is a façade over its modules, not a floor: it may import any of them, and none imports it.
FACADES = frozenset({"", "build"})


def module_name(path: Path) -> str:
    """``build/pool.py`` -> ``build.pool``; a package's ``__init__`` is the package itself."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py")) if "_envs" not in path.parts}


def floor(module: str) -> int:
    """The height of the longest listed name that covers ``module``."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        height = FLOOR.get(".".join(parts[:length]))
        if height is not None:
            return height
    raise AssertionError(f"agentgym.{module} stands on no floor: add it to FLOORS in {__file__}")


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of this package that ``module`` imports, anywhere in its text."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(inside(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"agentgym.{module} line {node.lineno}: write imports in full, not relative"
            for alias in node.names:
                whole = inside(f"{node.module}.{alias.name}")
                found.add(whole if whole in MODULES else inside(str(node.module)))
    return frozenset(found & set(MODULES))


def inside(name: str) -> str:
    """``agentgym.build.pool`` -> ``build.pool``; a foreign module's name is left with its dot in front."""
    return name.removeprefix("agentgym").lstrip(".") if name.split(".")[0] == "agentgym" else f".{name}"


@pytest.mark.parametrize("module", [name for name in MODULES if name not in FACADES])
def test_imports_only_go_down(module: str) -> None:
    height = floor(module)
    for target in sorted(imports(module)):
        if target == "":
            pytest.fail(f"agentgym.{module} imports agentgym itself: import the module that defines the name")
        if target in FACADES:
            continue
        assert floor(target) <= height, (
            f"agentgym.{module} (floor {height}) imports agentgym.{target}, which is above it"
        )


def test_siblings_have_no_cycles() -> None:
    graph = {module: imports(module) - {module} for module in MODULES if module not in FACADES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other in a circle: {' -> '.join(error.args[1])}")


def test_the_planner_knows_no_task() -> None:
    """It is given none of it, and must not be able to look: its measure would mean nothing."""
    planner = {module for module in MODULES if module.startswith("play.agents.planner")}
    assert planner, "the planner has moved, so this test proves nothing"
    seen = {target for module in planner for target in imports(module) if target.split(".")[0] in ("tasks", "users")}
    assert not seen, f"the planner imports {sorted(seen)}"


def reached(*roots: str) -> set[str]:
    """The modules that those in ``roots`` import, and theirs."""
    found: set[str] = set()
    waiting = [module for module in MODULES if module.split(".")[0] in roots]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += imports(module)
    return found


def test_a_change_in_any_code_that_tasks_and_episodes_come_from_makes_them_anew() -> None:
    idle = {"appending", "build.ledger", "processes", "registry"}  # how work is spread and kept decides no bytes
    covered = {room.removesuffix(".py").replace("/", ".") for room in CODE}
    rest = reached("tasks", "users", "play") - idle - {""}
    missed = {module for module in rest if not any(f"{module}.".startswith(f"{room}.") for room in covered)}
    assert not missed, f"runs.CODE lacks {sorted(missed)}"
    assert all((ROOT / room).exists() for room in CODE), "runs.CODE names what is not there"


def test_an_import_up_the_stairs_is_seen() -> None:
    assert floor("types") < floor("world.world") < floor("build.pipeline") < floor("tasks.sampling") < floor("cli")
    assert "types" in imports("files"), "the reader of imports misses a plain one, so the other tests prove nothing"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_stay_small(module: str) -> None:
    lines = MODULES[module].read_text("utf-8").count("\n")
    limit = 450 if module == "types" else 330  # every record that crosses a border stands in types, on purpose
    assert lines <= limit, f"agentgym.{module} has {lines} lines: split it where its description says 'and'"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_functions_fit_a_screen(module: str) -> None:
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.body[0].lineno + 1  # of a command, half is its options
            assert lines <= 45, f"agentgym.{module}.{node.name} has {lines} lines: give its steps names"
