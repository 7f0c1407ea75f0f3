"""Exports of broken and empty runs, and exports that are stopped: never half written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentgym import stages
from agentgym.errors import RunError
from agentgym.learn import staging
from agentgym.learn.datasets import CARD
from agentgym.learn.recipe import Recipe
from agentgym.types import Json
from tests.commands import agentgym
from tests.exported import APART, bytes_of, dataset
from tests.finished_run import write_run


@pytest.fixture
def run(shops: Path, tmp_path: Path) -> Path:
    """A copy of that run, to be changed."""
    return shutil.copytree(shops, tmp_path / "run")


def test_an_empty_run_makes_an_empty_set_that_says_so(run: Path) -> None:
    write_run(run, [])
    facts = dataset(run)
    assert facts["rows"] == 0 and sorted(bytes_of(run / "dataset")) == ["README.md", CARD]
    assert agentgym("export", run, "--to", "trl").exit_code == 1, "nothing to train on is a problem"


def test_a_torn_file_is_named_with_its_line(run: Path) -> None:
    path = run / "trajectories.jsonl"
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")
    dataset_before = run / "dataset"
    with pytest.raises(RunError, match=r"trajectories\.jsonl:12"):
        dataset(run)
    assert not list(dataset_before.glob("*")), "half a data set was left"


def test_a_run_that_was_not_filtered_says_what_to_do(run: Path) -> None:
    (run / "verdicts.jsonl").unlink()
    with pytest.raises(RunError, match="run the stage that writes it first"):
        dataset(run)


def test_a_domain_that_is_gone_is_named(run: Path) -> None:
    shutil.rmtree(run / "domains" / "hotel")
    with pytest.raises(RunError, match="'hotel'"):
        dataset(run)


def test_parts_of_an_earlier_export_do_not_stay(run: Path) -> None:
    (run / "dataset").mkdir()
    (run / "dataset" / "notes.txt").write_text("mine")
    dataset(run, Recipe(held_out_names=("clinic",), vertical=("shop",), formats=("parquet", "jsonl")))
    dataset(run, Recipe(held_out=0))
    assert sorted(bytes_of(run / "dataset")) == ["README.md", CARD, "notes.txt", "train.jsonl"]


def test_a_folder_of_somebody_else_is_left_alone(run: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# My project")
    with pytest.raises(RunError, match="choose another folder"):
        stages.dataset(run, tmp_path, APART)
    assert (tmp_path / "README.md").read_text() == "# My project"


def test_an_export_that_was_stopped_can_be_run_again(run: Path) -> None:
    dataset(run)
    (run / "dataset" / CARD).unlink()
    assert dataset(run)["rows"] == 12


def test_wherever_it_is_stopped_no_mixture_passes_for_whole(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The N-th operation on the folder fails, for every N: the old set is there, or the new one, or none has a card."""
    small = Recipe(held_out=0)
    old_facts = dataset(run, small)
    old = bytes_of(run / "dataset")
    shutil.copytree(run / "dataset", run / "old")
    new_facts = stages.dataset(run, run / "new", APART).facts()
    assert old_facts["files"] != new_facts["files"]
    new, outcomes = bytes_of(run / "new"), set()
    for number in range(100):
        shutil.rmtree(run / "dataset")
        shutil.copytree(run / "old", run / "dataset")
        with monkeypatch.context() as patch:
            fail_at(number, patch)
            try:
                stages.dataset(run, run / "dataset", APART)
                done = True
            except OSError:
                done = False
        found = bytes_of(run / "dataset")
        temporary = [name for name in found if name.endswith(".tmp")]
        assert not temporary, f"stopped at operation {number}, it left {temporary}"
        outcomes.add(
            "old" if found == old else "new" if found == new else "no card" if CARD not in found else "mixture"
        )
        if done:
            break
    assert outcomes == {"old", "new", "no card"}, f"stopped somewhere, the folder was {outcomes}"


def fail_at(number: int, patch: pytest.MonkeyPatch) -> None:
    """Let the operation with this number, of those that change a folder, fail as a full disk does."""
    counted: Iterator[int] = iter(range(10_000))

    def failing(operation: Callable[..., Json]) -> Callable[..., Json]:
        def call(*arguments: Json, **options: Json) -> Json:
            if next(counted) == number:
                raise OSError(28, "No space left on device")
            return operation(*arguments, **options)

        return call

    patch.setattr(staging.os, "replace", failing(os.replace))
    patch.setattr(staging.os, "fsync", failing(os.fsync))
