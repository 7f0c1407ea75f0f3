"""training/nano: the loop, what becomes of dialogues in a report, and the whole experiment in its smallest budget."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from agentgym.errors import RunError
from training.nano import figures, report
from training.nano.batches import IGNORED, Sequences, batches, collate
from training.nano.evaluate import Episode
from training.nano.renaming import rename, renamed

torch = pytest.importorskip("torch")

from training.nano import model as models  # noqa: E402
from training.nano import tokenizer as tokenizers  # noqa: E402
from training.nano import train as training  # noqa: E402
from training.nano.serve import served  # noqa: E402
from training.nano.train import Stage, loss, rate, train  # noqa: E402

SIZE = models.Size(hidden=16, layers=1, heads=2, intermediate=32)


@pytest.fixture(scope="module")
def tokenizer():
    return tokenizers.train(["cancel_lamp(lamp_id) close the lamp L12 please"] * 3, size=300)


@pytest.fixture
def data():
    ids = [[7, 8, 9, 10 + number, 11, 12][: 3 + number % 4] for number in range(12)]
    return Sequences(ids, [[IGNORED, *row[1:]] for row in ids])


# -- renaming -------------------------------------------------------------------------------------


def lamp_row() -> dict:
    call = {"function": {"name": "close_lamp", "arguments": {"lamp_id": "L421", "price": 421}}}
    messages = [
        {"role": "user", "content": "Close a lamp, L421; other lamps and the clamps stay. I paid 421, not 17 or 1000."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    return {"domain": "lamp", "messages": messages, "tools": [{"function": {"name": "close_lamp"}}], "turns": 1}


def test_a_renamed_row_is_the_same_episode_of_another_noun():
    row = rename(lamp_row(), "anchor")
    said, called = row["messages"]
    assert said["content"] == "Close an anchor, A421; other anchors and the clamps stay. I paid 421, not 17 or 1000."
    assert called["tool_calls"] == [
        {"function": {"name": "close_anchor", "arguments": {"anchor_id": "A421", "price": 421}}}
    ]
    assert row["tools"] == [{"function": {"name": "close_anchor"}}]
    assert (row["domain"], row["turns"]) == ("lamp", 1), "only what is read is renamed"


def test_rows_are_renamed_alike_with_one_seed_and_otherwise_with_another():
    rows = [lamp_row()] * 3
    made = list(renamed(rows, ["anchor", "bell", "crate"], 3, seed=1))
    assert len(made) == 9 and made[0] == lamp_row()
    assert made == list(renamed(rows, ["anchor", "bell", "crate"], 3, seed=1))
    assert made != list(renamed(rows, ["anchor", "bell", "crate"], 3, seed=2))


# -- batches --------------------------------------------------------------------------------------


def test_an_epoch_holds_every_row_once_and_the_same_seed_gives_the_same_batches():
    lengths = [5 + number % 7 for number in range(40)]
    epoch = list(batches(lengths, 4, 10, seed=1))
    assert sorted(row for batch in epoch for row in batch) == list(range(40)), "an epoch leaves rows out"
    assert list(batches(lengths, 4, 10, seed=1)) == epoch
    assert list(batches(lengths, 4, 10, seed=2)) != epoch


def test_a_longer_run_begins_with_the_batches_of_a_shorter_one():
    lengths = [5 + number % 7 for number in range(40)]
    assert list(batches(lengths, 4, 25, seed=1))[:12] == list(batches(lengths, 4, 12, seed=1))


def test_too_few_rows_for_a_batch_are_refused_with_both_numbers():
    with pytest.raises(RunError, match="3 rows fill no batch of 4"):
        list(batches([5, 5, 5], 4, 1, seed=0))


def test_padding_is_not_supervised(data):
    ids, labels = collate(data, [0, 3])
    assert ids.shape == labels.shape == (2, 6)
    assert labels[0].tolist() == [IGNORED, 8, 9, IGNORED, IGNORED, IGNORED]


# -- training -------------------------------------------------------------------------------------


def test_the_loss_is_equation_2(data, tokenizer):
    model = models.new(SIZE, tokenizer, seed=0)
    ids, labels = collate(data, [0, 2, 3])
    with torch.no_grad():
        found = loss(model, ids, labels).item()
        logs = model(input_ids=ids).logits.double().log_softmax(-1)
    total = count = 0
    for row, column in (labels[:, 1:] != IGNORED).nonzero().tolist():
        total -= logs[row, column, labels[row, column + 1]].item()
        count += 1
    assert abs(found - total / count) < 1e-5, "the loss is not the mean over supervised tokens"


def test_a_killed_stage_goes_on_to_the_weights_it_would_have_had(data, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "KEEP_EVERY", 3)
    stage = Stage(steps=8, rows=3, warmup=2)

    def start():
        return models.new(SIZE, tokenizer, seed=0)

    def kill(name: str, done: int, total: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    train(tmp_path / "whole", start, data, tokenizer, stage)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "killed", start, data, tokenizer, stage, progress=kill)
    train(tmp_path / "killed", lambda: models.new(SIZE, tokenizer, seed=1), data, tokenizer, stage)
    whole, killed = (tmp_path / name / "model.safetensors" for name in ("whole", "killed"))
    assert whole.read_bytes() == killed.read_bytes(), "training went on to other weights"
    assert not (tmp_path / "killed" / training.STATE).exists()


def test_a_finished_stage_is_not_trained_again(data, tokenizer, tmp_path):
    stage = Stage(steps=2, rows=3, warmup=1)
    train(tmp_path, lambda: models.new(SIZE, tokenizer, seed=0), data, tokenizer, stage)

    def start():
        raise AssertionError("a finished stage asked for a model to start from")

    train(tmp_path, start, data, tokenizer, stage)
    assert json.loads((tmp_path / training.TRAINED).read_text())["steps"] == 2


def test_the_learning_rate_warms_up_and_falls_to_its_final_share():
    stage = Stage(steps=100, warmup=10)
    shares = [rate(step, stage) for step in range(100)]
    assert shares[0] < shares[5] < shares[9], "there is no warm-up"
    assert max(shares) <= 1 and shares[99] < 0.03


def test_a_step_of_muon_is_nearly_orthogonal_whatever_the_gradient():
    from training.nano.muon import orthogonal

    made = torch.randn(2, 6, 10, generator=torch.Generator().manual_seed(0)) * torch.tensor([1e-3, 1e3])[:, None, None]
    for matrices in (made, made.mT):
        values = torch.linalg.svdvals(orthogonal(matrices))
        assert values.min() > 0.3 and values.max() < 1.3, f"singular values from {values.min()} to {values.max()}"


# -- statistics and report ------------------------------------------------------------------------


def episode(task: str, reward: float, *, calls: int = 1, trial: int = 0, infrastructure: bool = False) -> Episode:
    stop = "agent_error" if infrastructure else "user_done"
    return Episode(task=task, domain="lamp", trial=trial, seed=0, calls=calls, reward=reward, stop=stop,
                   infrastructure=infrastructure)  # fmt: skip


def trials(task: str, *rewards: float, calls: int = 1) -> list[Episode]:
    return [episode(task, reward, calls=calls, trial=trial) for trial, reward in enumerate(rewards)]


def test_pass_k_is_the_unbiased_estimate_over_tasks():
    points = report.pass_k([*trials("a", 1, 1, 0, 0), *trials("b", 1, 1, 1, 1)])
    assert [point["mean"] for point in points] == [0.75, round((1 / 6 + 1) / 2, 4), 0.5, 0.5]


def test_infrastructure_errors_are_neither_failures_nor_successes():
    found = report.success([*trials("a", 1, 1), episode("a", 0, trial=2, infrastructure=True)])
    assert (found["mean"], found["tasks"]) == (1.0, 1)
    assert report.success([*trials("a", 1), episode("b", 0, infrastructure=True)])["tasks"] == 1


def test_tasks_that_all_failed_leave_room_for_doubt():
    found = report.estimate([0.0] * 20)
    assert found["low"] == 0 and 0.1 < found["high"] < 0.2, "20 failures do not prove that nothing can succeed"


def test_success_is_split_by_gold_calls():
    points = report.by_calls([*trials("a", 1, 1, calls=1), *trials("b", 0, 1, calls=3)])
    assert [(point["calls"], point["mean"]) for point in points] == [(1, 1.0), (3, 0.5)]


def test_the_same_points_give_the_same_figure(tmp_path):
    points = [{"environments": count, "mean": 0.1 * count, "low": 0.0, "high": 0.9} for count in (1, 4)]
    drawn = []
    for name in ("one.svg", "other.svg"):
        figures.by_environments(tmp_path / name, points)
        drawn.append((tmp_path / name).read_bytes())
    assert drawn[0] == drawn[1] and b"training environments" in drawn[0]


# -- serving --------------------------------------------------------------------------------------


def test_a_server_that_ends_is_an_error_with_its_last_words(tmp_path, monkeypatch):
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho 'no such device'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(RunError, match="ended with code 3: no such device"), served(tmp_path, tmp_path / "log"):
        pass


# -- the whole ------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")  # of torch, transformers, litellm and what they load, in the course of minutes
def test_the_smallest_budget_goes_from_specifications_to_a_report(tmp_path):
    from training.nano.experiment import experiment

    found = experiment(tmp_path, "tiny", workers=1)
    assert found["infrastructure_errors"] == 0, "the server failed, see episodes/serve-0.log"
    assert found["episodes"] == 3 * (2 * 2 + 1 + 1) + 2, "a dialogue is missing"
    for stage in report.STAGES:
        assert 0 <= found[stage]["low"] <= found[stage]["mean"] <= found[stage]["high"] <= 1
    assert {"pass_k", "by_calls", "by_environments", "config"} <= found.keys()
    folder = tmp_path / "report"
    assert {path.name for path in folder.iterdir()} == {
        "report.json", "report.md", "stages.svg", "pass_k.svg", "by_calls.svg", "by_environments.svg",
    }  # fmt: skip
    before = {path: path.read_bytes() for path in Path(folder).iterdir()}
    assert experiment(tmp_path, "tiny", workers=1) == found, "a finished experiment was not taken as it is"
    assert {path: path.read_bytes() for path in Path(folder).iterdir()} == before


def test_a_folder_belongs_to_one_experiment(tmp_path):
    from training.nano.experiment import experiment

    (tmp_path / "config.json").write_text('{"budget": "another"}')
    with pytest.raises(RunError, match="holds another experiment"):
        experiment(tmp_path, "tiny")
