"""A checkpoint counts only while it is whole: written to its end, and not yet begun to be removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from agentgym.errors import RunError
from agentgym.learn import checkpoints
from agentgym.learn.checkpoints import SEAL, flaw, last_whole, seal, sweep
from agentgym.learn.record import RECORD, begin
from agentgym.learn.weights import require


def make(run: Path, steps: int, *, sealed: bool = True) -> Path:
    """A checkpoint with weights, an optimizer, and a shard in a folder of its own."""
    folder = run / f"checkpoint-{steps}"
    (folder / "shards").mkdir(parents=True)
    for name in ("model.safetensors", "optimizer.pt", "shards/0.distcp"):
        (folder / name).write_bytes(b"weights" * steps)
    if sealed:
        seal(folder)
    return folder


def test_a_sealed_checkpoint_is_whole(tmp_path: Path) -> None:
    folder = make(tmp_path, 4)
    assert flaw(folder) == ""
    assert json.loads((folder / SEAL).read_text("utf-8")) == {
        "model.safetensors": 28,
        "optimizer.pt": 28,
        "shards/0.distcp": 28,
    }


def test_without_a_seal_it_is_not(tmp_path: Path) -> None:
    assert flaw(make(tmp_path, 4, sealed=False)) == "it has no complete.json"


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.pt", "shards/0.distcp"])
def test_a_file_that_went_or_was_cut_is_noticed(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path, 4)
    (folder / name).write_bytes(b"wei")
    assert flaw(folder) == f"its {name} has 3 bytes in place of 28"
    (folder / name).unlink()
    assert flaw(folder) == f"its {name} is missing"


@pytest.mark.parametrize("text", ["", "[]", '{"optimizer.pt": 28', "nonsense"])
def test_a_broken_seal_vouches_for_nothing(tmp_path: Path, text: str) -> None:
    folder = make(tmp_path, 4)
    (folder / SEAL).write_text(text, "utf-8")
    assert flaw(folder), f"a seal that reads {text!r} was believed"


def test_the_last_whole_one_is_by_steps_not_by_name_or_time(tmp_path: Path) -> None:
    make(tmp_path, 100)
    make(tmp_path, 20)
    make(tmp_path, 3)
    assert last_whole(tmp_path) == tmp_path / "checkpoint-100"


def test_half_written_ones_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, 10)
    make(tmp_path, 20)
    make(tmp_path, 30, sealed=False)
    assert last_whole(tmp_path) == tmp_path / "checkpoint-20"
    (tmp_path / "checkpoint-20" / "optimizer.pt").unlink()  # it was being removed
    assert last_whole(tmp_path) == tmp_path / "checkpoint-10"


def test_there_may_be_none(tmp_path: Path) -> None:
    make(tmp_path, 30, sealed=False)
    assert last_whole(tmp_path) is None
    assert last_whole(tmp_path / "nowhere") is None


def test_sweeping_removes_the_broken_and_nothing_else(tmp_path: Path) -> None:
    make(tmp_path, 10)
    make(tmp_path, 20, sealed=False)
    for name in ("checkpoint-", "checkpoint-best", "checkpoint-20-old", "my-checkpoint-7"):
        (tmp_path / name).mkdir()
    (tmp_path / "checkpoint-5").write_text("a file", "utf-8")
    assert sweep(tmp_path) == [tmp_path / "checkpoint-20"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["checkpoint-", "checkpoint-10", "checkpoint-20-old", "checkpoint-5", "checkpoint-best", "my-checkpoint-7"]
    )


def test_killed_while_it_sweeps_nothing_half_removed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make(tmp_path, 20)
    (folder / "optimizer.pt").write_bytes(b"cut")

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(tmp_path)
    assert flaw(folder) == "it has no complete.json", "the seal has to go first"


def test_the_weights_at_the_end_are_sealed_without_what_may_change_beside_them(tmp_path: Path) -> None:
    make(tmp_path, 10)
    (tmp_path / "README.md").write_text("a model card", "utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"final")
    seal(tmp_path)
    shutil.rmtree(tmp_path / "checkpoint-10")
    (tmp_path / "README.md").write_text("a better one", "utf-8")
    assert flaw(tmp_path) == "", "a checkpoint that is no longer kept makes the weights no less whole"


@pytest.mark.parametrize("name", ["model.safetensors", "model-00001-of-00002.safetensors", "adapter_model.safetensors"])
def test_a_training_without_weights_is_not_whole(tmp_path: Path, name: str) -> None:
    """Where each process holds a part of them, a trainer may save its settings and tokenizer alone."""
    make(tmp_path, 10)
    (tmp_path / "config.json").write_text("{}", "utf-8")
    with pytest.raises(RunError, match=r"no weights were saved in .*FULL_STATE_DICT"):
        require(tmp_path)
    (tmp_path / name).write_bytes(b"weights")
    require(tmp_path)


# -- a run that is begun, and goes on --------------------------------------------------------------

FIRST = {"stage": 1, "settings": {"learning_rate": 0.1, "save_steps": 5}, "versions": {"torch": "2.0"}}


def test_a_run_begins_once_and_goes_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert begin(run, FIRST) is None
    assert json.loads((run / RECORD).read_text("utf-8")) == FIRST
    make(run, 5)
    make(run, 10, sealed=False)
    assert begin(run, FIRST) == run / "checkpoint-5"
    assert not (run / "checkpoint-10").exists(), "what a kill has left is in the way of what comes"


def test_another_training_is_not_continued(tmp_path: Path) -> None:
    begin(tmp_path, FIRST)
    changed = {**FIRST, "settings": {**FIRST["settings"], "learning_rate": 0.2}}
    with pytest.raises(RunError, match=r"settings\.learning_rate is 0\.2 and was 0\.1.*choose another output_dir"):
        begin(tmp_path, changed)
    with pytest.raises(RunError, match=r"settings\.bf16 is True and was None"):
        begin(tmp_path, {**FIRST, "settings": {**FIRST["settings"], "bf16": True}})


def test_how_often_it_is_saved_and_by_what_versions_may_change(tmp_path: Path) -> None:
    begin(tmp_path, FIRST)
    settings = {"learning_rate": 0.1, "save_steps": 50, "logging_steps": 1}
    assert begin(tmp_path, {"stage": 1, "settings": settings, "versions": {"torch": "3.0"}}) is None
    assert json.loads((tmp_path / RECORD).read_text("utf-8")) == FIRST, "the record of the beginning stays"


def test_what_another_trainer_left_is_not_touched(tmp_path: Path) -> None:
    make(tmp_path, 5, sealed=False)
    with pytest.raises(RunError, match=r"has a checkpoint-5 but no training\.json"):
        begin(tmp_path, FIRST)
    assert (tmp_path / "checkpoint-5" / "optimizer.pt").is_file()


def test_a_record_that_cannot_be_read_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text("{", "utf-8")
    with pytest.raises(RunError, match=r"cannot read .*training\.json"):
        begin(tmp_path, FIRST)
