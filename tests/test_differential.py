"""The fast world against the stock one: no call may tell them apart, and the comparison would see it if one could."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym import audit, registry
from agentgym.build.proof.differential import DifferenceError, Pair, compare, difference
from agentgym.result import ToolResult
from agentgym.types import ToolCall
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import INTERNAL, World
from tests import torture
from tests.commands import agentgym
from tests.minishop import MINISHOP

COUNT = int(os.environ.get("AGENTGYM_COMPARED_CALLS", "150"))  # random calls a domain
COMMITTED = sorted(path for path in registry.bundled().glob("*") if (path / "domain.json").exists())
ODD = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning:sqlalchemy")
TORTURES = [line.split("(")[0].removeprefix("def ") for line in torture.TOOLS.splitlines() if line.startswith("def ")]


@pytest.fixture(scope="module")
def tortured(tmp_path_factory: pytest.TempPathFactory) -> LoadedDomain:
    return load(torture.folder(tmp_path_factory.mktemp("domains")))


@pytest.fixture
def pair(tortured: LoadedDomain) -> Iterator[Pair]:
    pair = Pair(tortured)
    yield pair
    pair.close()


# -- domains --------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [MINISHOP, *COMMITTED], ids=lambda folder: folder.name)
def test_random_calls_do_not_tell_the_worlds_apart(folder: Path) -> None:
    found = compare(folder, calls=COUNT, seed=1)
    assert not found.problems, f"{found.problems[0].reason}: {found.problems[0].detail}"
    assert found.calls == COUNT
    assert found.writes >= COUNT / 20, f"only {found.writes} of {COUNT} calls of {folder.name} changed rows"
    assert COUNT / 10 <= found.refused <= COUNT * 0.8, f"{found.refused} of {COUNT} calls of {folder.name} were refused"


def test_a_comparison_repeats_itself() -> None:
    assert compare(MINISHOP, calls=80, seed=3) == compare(MINISHOP, calls=80, seed=3)
    assert compare(MINISHOP, calls=80, seed=3) != compare(MINISHOP, calls=80, seed=4)


# -- the corners of the dialect -------------------------------------------------------------------


@ODD
@pytest.mark.parametrize("name", TORTURES)
def test_a_tortured_session_answers_as_the_stock_one(pair: Pair, name: str) -> None:
    answers = []
    for arguments in torture.CALLS.get(name, [{}, {}]):
        answers.append(pair.call(ToolCall(name=name, arguments=arguments)))
        pair.same_diff()
        pair.same_store()
    faults = [answer.error for answer in answers if answer.error and answer.error.startswith(INTERNAL)]
    if name.startswith("bad_"):
        assert faults, f"{name} does not break the stock session: {answers}"
    else:
        assert len(faults) < len(answers), f"{name} only breaks the stock session, which proves little: {answers}"


@ODD
@pytest.mark.parametrize("seed", range(3))
def test_tortures_in_any_order_do_not_tell_the_worlds_apart(tortured: LoadedDomain, seed: int) -> None:
    found = compare(tortured.folder, calls=2 * COUNT, seed=seed)
    assert not found.problems, f"{found.problems[0].reason}: {found.problems[0].detail}"


LEFT_OPEN = """
import gc, json, sys
from agentgym.world.load import load
from agentgym.world.world import World

loaded, calls = load(sys.argv[1]), json.load(sys.stdin)
gc.freeze()  # the collector need not look at all that was imported
for stock in (True, False):
    world = World(loaded, stock=stock)
    for name in loaded.tools:  # some leave results half read, which only the collector of cycles finds
        world.reset()
        for arguments in calls.get(name, [{}, {}]):
            world.call(name, arguments)
        world.reset()
        gc.collect()
"""


def test_a_result_left_open_does_not_outlive_its_rows(tortured: LoadedDomain) -> None:
    command = [sys.executable, "-W", "ignore", "-c", LEFT_OPEN, str(tortured.folder)]  # its own process: it may crash
    done = subprocess.run(command, input=json.dumps(torture.CALLS), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"it ended with {done.returncode}: {done.stderr}"


# -- that it can fail -----------------------------------------------------------------------------


def altered(monkeypatch: pytest.MonkeyPatch, method: str, change: Callable[[World, Any], Any], stock: bool) -> None:
    """Let a method of the fast worlds, or of the stock ones, give something else."""
    kept = getattr(World, method)

    def changed(self: World, *arguments: Any) -> Any:
        answer = kept(self, *arguments)
        return change(self, answer) if self.stock is stock else answer

    monkeypatch.setattr(World, method, changed)


def as_float(_: World, answer: ToolResult) -> ToolResult:
    if isinstance(answer.content, dict) and isinstance(answer.content.get("count"), int):
        return ToolResult(content={**answer.content, "count": float(answer.content["count"])})
    return answer


def unordered(_: World, answer: ToolResult) -> ToolResult:
    return ToolResult(content=dict(reversed(answer.content.items()))) if isinstance(answer.content, dict) else answer


def raising(_: World, answer: ToolResult) -> ToolResult:
    return ToolResult(error=answer.error, content=1 / 0)


def leaking(world: World, answer: ToolResult) -> ToolResult:
    """A refusal that leaves something behind."""
    if answer.error is not None:
        world._raw.execute("UPDATE user SET balance = coalesce(balance, 0) + 1")
    return answer


def retyping(world: World, answer: ToolResult) -> ToolResult:
    """A value that looks the same in every answer, and is not the same in the database."""
    world._raw.execute("UPDATE product SET tags = ' ' || tags WHERE tags NOT LIKE ' %'")
    return answer


MUTANTS: dict[str, tuple[str, Callable[[World, Any], Any], str]] = {
    "an integer that is a float": ("call", as_float, "result"),
    "keys in another order": ("call", unordered, "result"),
    "an error of another kind": ("call", lambda _, a: ToolResult(error=f"{a.error}.") if a.error else a, "result"),
    "a call that raises": ("call", raising, "result"),
    "a refusal that changes rows": ("call", leaking, ""),
    "a value stored in another form": ("call", retyping, "stored rows"),
    "a lost change": ("diff", lambda _, diff: diff[1:], "diff"),
    "a digest of something else": ("digest", lambda _, text: text[::-1], "digest"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_world_that_differs_is_found_out(monkeypatch: pytest.MonkeyPatch, mutant: str) -> None:
    method, change, what = MUTANTS[mutant]
    altered(monkeypatch, method, change, stock=False)
    found = compare(MINISHOP, calls=200, seed=2)
    assert len(found.problems) == 1, f"{mutant} was not seen in {found.calls} calls"
    assert found.problems[0].reason.startswith(f"the fast world differs from the stock one in {what}")


def test_a_problem_can_be_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    altered(monkeypatch, "call", as_float, stock=False)
    problem = compare(MINISHOP, calls=200, seed=5).problems[0]
    assert "count_orders {" in problem.detail, f"the call is not named: {problem.detail}"
    assert "(float)" in problem.detail and "(int)" in problem.detail, f"both answers must be told: {problem.detail}"
    calls, seed = problem.detail.split("compare(folder, calls=")[1].split(")")[0].split(", seed=")
    assert compare(MINISHOP, calls=int(calls), seed=int(seed)).problems == (problem,)


def test_a_world_that_keeps_its_answer_is_found_out(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ToolResult(content={"id": [1]})
    monkeypatch.setattr(World, "call", lambda *_: kept)
    pair.worlds.reverse()
    with pytest.raises(DifferenceError):  # the second world's answer is what the comparison has cleared in the first's
        pair.call(ToolCall(name="get_thing", arguments={"id": 1}))


def test_a_world_that_changes_its_arguments_is_found_out(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "call", lambda _, __, arguments: ToolResult(content=arguments.popitem() and None))
    with pytest.raises(DifferenceError, match="arguments"):
        pair.call(ToolCall(name="get_thing", arguments={"id": 1}))


def test_forks_are_of_the_same_kind(pair: Pair) -> None:
    pair.fork()
    assert [world.stock for world in pair.worlds] == [False, True], "a stock world's fork must run on the stock session"


@pytest.mark.parametrize(
    ("one", "two"),
    [(1, 1.0), (1, True), (0.0, -0.0), ("1", 1), ([1], (1,)), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ([1], [1, None])],
)
def test_types_and_orders_count(one: Any, two: Any) -> None:
    assert difference(one, two)
    assert difference({"x": [one]}, {"x": [two]}).startswith("[") or difference({"x": [one]}, {"x": [two]})
    assert not difference([one, {"x": two}], [one, {"x": two}])


# -- the command ----------------------------------------------------------------------------------


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, dict[str, Any]]]:
    """`agentgym check` of one domain: its exit code, and what it tells programs."""
    monkeypatch.setattr(audit, "DEEP_CALLS", 60)

    def run(*options: str) -> tuple[int, dict[str, Any]]:
        shown = agentgym("check", COMMITTED[0], "--json", *options)
        return shown.exit_code, json.loads(shown.stdout)[0]

    return run


def test_a_deep_check_counts_its_calls(check: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    code, proof = check("--deep")
    assert (code, proof["compared"], proof["problems"]) == (0, 60, [])


def test_only_a_deep_check_compares(
    monkeypatch: pytest.MonkeyPatch, check: Callable[..., tuple[int, dict[str, Any]]]
) -> None:
    altered(monkeypatch, "call", unordered, stock=True)
    code, proof = check()
    assert (code, proof["compared"], proof["problems"]) == (0, 0, [])
    code, proof = check("--deep")
    assert code == 1, "a difference is a problem"
    assert proof["compared"] < 60
    assert [problem["reason"] for problem in proof["problems"]] == [
        "the fast world differs from the stock one in result"
    ]
