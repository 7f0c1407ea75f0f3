"""The build: the same bytes however it is run, killed and run again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from agentgym.build import pipeline
from agentgym.build.graph.embed import embedding
from agentgym.build.ledger import alone
from agentgym.build.pipeline import build
from agentgym.errors import RunError
from agentgym.files import read_json, read_records, write_json, write_text
from agentgym.types import Domain, Rejection


def materialise(domain: Domain, folder: Path) -> SimpleNamespace:
    """Stands for the rules: writes two files, and rejects the domain of pets."""
    if domain.name == "pets":
        rejection = Rejection(stage="gate", subject="pets", reason="fewer than 3 tools pass")
        return SimpleNamespace(domain=None, rejections=(rejection,), bound=2, gated=0, laws={}, coverage={}, seconds={})
    write_text(folder / "tools.py", "".join(f"# {tool.name}\n" for tool in domain.tools))
    write_json(folder / "domain.json", domain.model_dump(mode="json"))
    told = {"laws": {"a law": 9}, "coverage": {"a law": 2}, "seconds": {"gate": 0.5}}
    return SimpleNamespace(domain=domain, rejections=(), bound=len(domain.tools), gated=len(domain.tools) - 1, **told)


def fails(domain: Domain, folder: Path) -> SimpleNamespace:
    write_text(folder / "tools.py", "half")
    raise ZeroDivisionError("by nought")


def specification(service: str, noun: str) -> dict[str, object]:
    parameters = {"type": "object", "properties": {f"{noun}_id": {"type": "string"}}, "additionalProperties": False}
    verbs = ("get", "list", "create", "update", "delete", "count")
    tools = [{"name": f"{verb}_{noun}", "description": f"{verb} it.", "parameters": parameters} for verb in verbs]
    return {"service": service, "title": service, "description": "", "licence": "", "schemas": {}, "tools": tools}


def spread(folder: Path) -> Path:
    """Five services, a file each, that the rules can make domains of."""
    for service, noun in (("shop", "order"), ("pets", "pet"), ("port", "ship"), ("bank", "account"), ("zoo", "cage")):
        row = {f"{noun}_id": {"type": "string"}, "name": {"type": "string"}, "size": {"type": "integer"}}
        only_key = {"type": "object", "properties": {f"{noun}_id": {"type": "string"}}, "required": [f"{noun}_id"]}
        new = {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}
        tools: list[dict[str, object]] = [
            {"name": f"get_{noun}", "parameters": only_key},
            {"name": f"list_{noun}s", "parameters": {"type": "object", "properties": {"name": {"type": "string"}}}},
            {"name": f"create_{noun}", "parameters": {**new, "required": ["name"]}},
            {"name": f"update_{noun}", "parameters": {**only_key, "properties": row}},
            {"name": f"delete_{noun}", "parameters": only_key},
        ]
        returns = {"type": "object", "properties": row}
        for tool in tools:
            listed = {"type": "array", "items": returns}
            tool |= {"description": f"About the {noun}.", "returns": listed if "list" in str(tool["name"]) else returns}
        empty = {"title": service, "description": "", "licence": "", "schemas": {}}
        write_json(folder / f"{service}.json", {"service": service, **empty, "tools": tools})
    return folder


@pytest.fixture(autouse=True)
def same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone may edit the code while the tests run."""
    monkeypatch.setattr(pipeline, "program", lambda: "today's")


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    for service, noun in (("shop", "order"), ("pets", "pet"), ("port", "ship")):
        write_json(tmp_path / "specs" / f"{service}.json", specification(service, noun))
    write_text(tmp_path / "specs" / "torn.json", '{"service":')
    return [tmp_path / "specs"]


def content(run: Path) -> dict[str, bytes]:
    """Every file of a run, but for those that tell of time and memory, and the lock."""
    told = ("report.json", "manifest.json", "lock")
    kept = (path for path in run.rglob("*") if path.is_file() and path.name not in told)
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in kept}


def test_a_build_writes_its_records_and_reports_what_it_did(inputs: list[Path], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    report = build(inputs, tmp_path / "run", materialise=materialise, progress=lambda *step: seen.append(step))
    assert (report.tools_read, report.tools_kept, report.tools_bound, report.tools_gated) == (18, 18, 14, 10)
    assert report.domains == 2 and report.llm_calls == 0 and report.peak_mb > 0
    assert report.rejected["gate"] == {"fewer than 3 tools pass": 1} and sum(report.rejected["ingest"].values()) == 1
    assert list(report.stages) == ["read", "pool", "graph", "domains", "materialise"]
    assert seen[-1] == ("materialise", 3, 3)
    written = {name for name in content(tmp_path / "run") if not name.startswith(".build")}
    assert written == {"pool.jsonl", "graph.json", "domains.jsonl", "rejected.jsonl"} | {
        f"domains/{name}/{file}" for name in ("shop", "port") for file in ("domain.json", "tools.py")
    }
    assert len(list(read_records(tmp_path / "run" / "rejected.jsonl", Rejection))) == 2
    assert read_json(tmp_path / "run" / "report.json") == report.model_dump(mode="json")
    assert report.sources["shop.json"].model_dump(exclude={"rejected"}) == {"read": 6, "kept": 6, "gated": 6}
    assert report.laws == {"a law": {"tools": 4, "cases": 18}}


def test_an_embedding_is_chosen_by_name(inputs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(pipeline, "embedding", lambda name: asked.append(name) or embedding("hashed"))
    build(inputs, tmp_path / "run", embed="a model", threshold=1.01, materialise=materialise)
    assert asked == ["a model"], "The graph was not made with the embedding that was asked for."
    assert read_json(tmp_path / "run" / "graph.json")["edges"] == [], "The threshold was not the one asked for."


def test_the_manifest_tells_what_each_environment_cost(inputs: list[Path], tmp_path: Path) -> None:
    build(inputs, tmp_path / "run", materialise=materialise)
    first = read_json(tmp_path / "run" / "manifest.json")
    assert {name: cost["built"] for name, cost in first["environments"].items()} == {
        "pets": False,
        "port": True,
        "shop": True,
    }
    shop = first["environments"]["shop"]
    assert (shop["tools"], shop["bound"], shop["llm_calls"], shop["dollars"]) == (5, 6, 0, 0.0)
    assert (
        shop["seconds"]["gate"] == 0.5
        and shop["seconds"]["all"] > 0
        and shop["laws"] == {"a law": {"tools": 2, "cases": 9}}
    )
    assert first["stages"]["pool"]["counts"] == {"read": 18, "kept": 18} and not first["stages"]["pool"]["reused"]
    build(inputs, tmp_path / "run", materialise=materialise)
    again = read_json(tmp_path / "run" / "manifest.json")
    assert again["environments"] == first["environments"], "what was not made again keeps what it cost"
    assert all(cost["reused"] for cost in again["stages"].values())


def test_workers_do_not_show(inputs: list[Path], tmp_path: Path) -> None:
    build(inputs, tmp_path / "one", materialise=materialise)
    build(inputs, tmp_path / "two", materialise=materialise, workers=2)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_what_is_done_is_not_done_again(inputs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    build(inputs, run, materialise=materialise)
    before = {path: path.stat().st_mtime_ns for path in sorted(run.rglob("*")) if path.is_file()}
    for stage in ("_pool", "_graph", "_domains"):
        monkeypatch.setattr(pipeline, stage, lambda *_: pytest.fail("a finished stage ran again"))
    build(inputs, run, materialise=materialise)
    changed = {path.name for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert changed <= {"rejected.jsonl", "report.json", "manifest.json", "lock"}, "files were written again"


@pytest.mark.parametrize("damage", [lambda path: path.write_text("{"), Path.unlink], ids=["torn", "lost"])
@pytest.mark.parametrize("name", ["pool.jsonl", "graph.json", "domains/shop/tools.py", ".build/graph.json"])
def test_a_damaged_file_is_made_again(
    inputs: list[Path], tmp_path: Path, name: str, damage: Callable[[Path], object]
) -> None:
    run = tmp_path / "run"
    build(inputs, run, materialise=materialise)
    whole = content(run)
    damage(run / name)
    build(inputs, run, materialise=materialise)
    assert content(run) == whole, f"{name} was damaged and not made again"


def test_killed_at_any_write_a_second_run_ends_with_the_same_bytes(inputs: list[Path], tmp_path: Path) -> None:
    class KilledError(BaseException):
        """Nothing in the program handles it, as nothing handles a kill."""

    build(inputs, tmp_path / "whole", materialise=materialise)
    whole = content(tmp_path / "whole")
    for point in range(100):
        run = tmp_path / f"killed_{point}"
        writes = iter(range(100))

        def replace(source: Path, target: Path, writes: Iterator[int] = writes, point: int = point) -> None:
            if next(writes) == point:
                source.with_suffix(".left.tmp").touch()  # a killed process does not clean up
                raise KilledError
            os.rename(source, target)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", replace)
            try:
                build(inputs, run, materialise=materialise)
            except KilledError:
                pass
            else:
                assert point > 10, "the kills should have met every write of the build"
                return
        write_text(run / "domains" / ".scratch" / "half.py", "")
        build(inputs, run, materialise=materialise)
        assert content(run) == whole, f"killed at write {point}, the second run ended differently"
    pytest.fail("the build never came through")


def test_a_newer_program_builds_again(inputs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(inputs, tmp_path / "run", materialise=materialise)
    monkeypatch.setattr(pipeline, "program", lambda: "tomorrow's")
    report = build(inputs, tmp_path / "run", materialise=fails)
    assert report.domains == 0, "what the older program made should be made again"


def test_other_inputs_leave_nothing_of_the_old_ones(inputs: list[Path], tmp_path: Path) -> None:
    run = tmp_path / "run"
    build(inputs, run, materialise=materialise)
    (inputs[0] / "port.json").unlink()
    build(inputs, run, materialise=materialise)
    build(inputs, tmp_path / "fresh", materialise=materialise)
    assert content(run) == content(tmp_path / "fresh")


def test_an_unexpected_error_rejects_one_domain(inputs: list[Path], tmp_path: Path) -> None:
    report = build(inputs, tmp_path / "run", materialise=fails)
    assert report.rejected["materialise"] == {"internal error": 3} and report.domains == 0
    assert not list((tmp_path / "run").glob("domains/*/*")), "a domain that failed must leave no folder"


def test_a_run_folder_has_one_builder(inputs: list[Path], tmp_path: Path) -> None:
    with alone(tmp_path / "run"), pytest.raises(RunError, match="another command is at work"):
        build(inputs, tmp_path / "run", materialise=materialise)


def test_a_missing_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nowhere"):
        build([tmp_path / "nowhere"], tmp_path / "run")


def test_the_graph_is_plain_json(inputs: list[Path], tmp_path: Path) -> None:
    build(inputs, tmp_path / "run", materialise=materialise)
    graph = json.loads((tmp_path / "run" / "graph.json").read_text())
    assert len(graph["tools"]) == 18 and all(i < j for i, j, _ in graph["edges"])
