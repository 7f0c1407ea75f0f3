"""``training/sft.py``: two stages, whole or by adapters; killed, it ends with the same weights; wrong, it says how.

``AGENTGYM_KILLS=10`` kills it ten times. How many kills fell into which phase is printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from agentgym.files import digest
from agentgym.learn.checkpoints import SEAL, checkpoints, last_whole
from agentgym.learn.record import RECORD
from agentgym.types import Json
from tests import tiny
from tests.finished_run import lines
from tests.killing import Killable, survives

if TYPE_CHECKING:
    from torch import Tensor
from tests.sft_script import ADAPTER, CONFIGS, IMPORTS, ROOT, RUN, SCRIPT, WEIGHTS, Script, options

pytest.importorskip("trl", reason="training needs the train extra")

KILLS = int(os.environ.get("AGENTGYM_KILLS", "2"))


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and a data set."""
    folder = tmp_path_factory.mktemp("given")
    tiny.write_all(folder)
    return folder


@pytest.fixture(scope="module")
def script(given: Path) -> Iterator[Script]:
    with Killable(given / "script.py", IMPORTS, "*arguments", RUN) as killable:
        yield Script(given, killable)


@pytest.fixture(scope="module")
def whole(given: Path, script: Script) -> Path:
    """What both stages leave when nothing happens to them."""
    for stage in (1, 2):
        script.trained(given / "whole", stage=stage)
    return given / "whole"


@pytest.fixture(scope="module")
def adapted(given: Path, script: Script) -> Path:
    """Stage 1 with an adapter in place of full training."""
    return script.trained(given / "adapted", *LORA)


LORA = ("--use_peft", "--lora_target_modules", "all-linear")


def content(folder: Path) -> dict[str, bytes]:
    """What a training is for: the weights, and what is needed to use and to know them."""
    weights = WEIGHTS if (folder / WEIGHTS).exists() else ADAPTER
    return {name: (folder / name).read_bytes() for name in (weights, "tokenizer.json", "chat_template.jinja", RECORD)}


def record(folder: Path) -> Json:
    return json.loads((folder / RECORD).read_text("utf-8"))


def tensors(path: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(path)


# -- two stages -----------------------------------------------------------------------------------


def test_stage_2_trains_the_vertical_from_the_weights_of_stage_1(whole: Path, given: Path) -> None:
    one, two = record(whole / "stage1"), record(whole / "stage2")
    assert one["start"] == {"weights": str(given / "model"), "adapter": "", "trained_on": None}
    assert two["start"] == {"weights": str(whole / "stage1"), "adapter": "", "trained_on": digest(one)}
    assert (one["data"]["part"], two["data"]["part"]) == ("general.train", "vertical.train")
    folders = (given / "model", whole / "stage1", whole / "stage2")
    assert len({(folder / WEIGHTS).read_bytes() for folder in folders}) == 3, "a stage has changed no weight"


def test_the_record_tells_what_was_trained_on(whole: Path, given: Path) -> None:
    from transformers import AutoTokenizer

    from agentgym.learn.chat import encode, training_template

    told = record(whole / "stage1")
    tokenizer = AutoTokenizer.from_pretrained(given / "model")
    rows = [
        encode(row, tokenizer, training_template(tokenizer)) for row in lines(given / "dataset" / "general.train.jsonl")
    ]
    assert told["data"]["rows"] == len(rows) == 12
    assert told["data"]["tokens"] == sum(len(row.input_ids) for row in rows)
    assert told["data"]["supervised_tokens"] == sum(label != -100 for row in rows for label in row.labels)
    assert told["settings"]["learning_rate"] == 0.001 and told["versions"]["trl"]
    assert str(whole) not in json.dumps(told), "a record is the same wherever it is written"


def test_the_tokenizer_is_saved_with_the_template_it_was_trained_with(whole: Path, given: Path) -> None:
    from transformers import AutoTokenizer

    for stage in ("stage1", "stage2"):
        template = AutoTokenizer.from_pretrained(whole / stage).chat_template
        assert digest(template) == record(whole / stage)["template"]["digest"]
    assert template != AutoTokenizer.from_pretrained(given / "model").chat_template
    assert record(whole / "stage2")["template"] == record(whole / "stage1")["template"]


def test_what_is_trained_is_not_trained_again(whole: Path, script: Script) -> None:
    before = content(whole / "stage1")
    assert script(whole)[0] == 0
    assert "is trained" in script.said() and "loss" not in script.said()
    assert content(whole / "stage1") == before


def test_what_is_too_long_is_left_out_and_counted(given: Path, script: Script, tmp_path: Path) -> None:
    out = script.trained(tmp_path, max_length=630, max_steps=1)
    told = record(out)["data"]
    assert 0 < told["rows"] < 12
    assert sum(told["left_out"].values()) == 12 - told["rows"]
    assert f"{told['rows']} rows of general.train" in script.said()


def test_packed_blocks_hold_whole_rows(given: Path, script: Script, tmp_path: Path) -> None:
    """TRL would cut what does not fit; nothing that is too long comes so far."""
    packed = script.trained(tmp_path / "packed", "--packing", max_length=1300, per_device_train_batch_size=1)
    state = json.loads((last_whole(packed) / "trainer_state.json").read_text("utf-8"))  # type: ignore[operator]
    told = record(packed)["data"]
    assert told["rows"] == 12
    assert state["global_step"] < 12, "nothing was packed"
    assert state["log_history"][-1]["num_tokens"] == told["tokens"], "tokens were lost on the way"


# -- killed ---------------------------------------------------------------------------------------


def test_killed_at_random_moments_it_ends_with_the_same_weights(
    script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A save every step, so that many of the kills fall into one."""
    code, lasted = script(tmp_path / "undisturbed", save_steps=1)
    assert code == 0, script.said()
    killed: Counter[str] = Counter()

    def run(out: Path, delay: float) -> int:
        code, _ = script(out, save_steps=1, delay=delay)
        if code:
            killed[script.phase(out / "stage1")] += 1
        return code

    survives(
        run,
        lambda out: content(out / "stage1"),
        lambda name: tmp_path / name,
        content(tmp_path / "undisturbed" / "stage1"),
        kills=KILLS,
        lasted=lasted,
    )
    with capsys.disabled():
        phases = ", ".join(f"{count} while {phase}" for phase, count in sorted(killed.items()))
        print(f"\n{killed.total()} kills by SIGKILL: {phases}")


@pytest.mark.parametrize("harm", ["half written", "half removed", "before the last save"])
def test_it_goes_on_from_the_last_whole_checkpoint(whole: Path, script: Script, tmp_path: Path, harm: str) -> None:
    out = tmp_path / "stage1"
    shutil.copytree(whole / "stage1", out)
    (out / SEAL).unlink()
    (out / WEIGHTS).unlink()
    before, last = checkpoints(out)
    if harm == "half written":
        (last / SEAL).unlink()
        os.truncate(last / WEIGHTS, (last / WEIGHTS).stat().st_size // 2)
    elif harm == "half removed":  # its seal is still there
        (last / "optimizer.pt").unlink()
    script.trained(tmp_path)
    assert f"going on from {last if harm == 'before the last save' else before}" in script.said()
    assert content(out) == content(whole / "stage1")


def test_with_an_adapter_it_goes_on_as_well(adapted: Path, script: Script, tmp_path: Path) -> None:
    out = tmp_path / "stage1"
    shutil.copytree(adapted, out)
    (out / SEAL).unlink()
    before, broken = checkpoints(out)
    (broken / SEAL).unlink()
    script.trained(tmp_path, *LORA)
    assert f"going on from {before}" in script.said()
    assert content(out) == content(adapted)


def test_other_settings_do_not_go_on_with_it(whole: Path, script: Script) -> None:
    said = script.refused(whole, learning_rate=0.01)
    assert "settings.learning_rate is 0.01 and was 0.001" in said and "output_dir" in said


# -- adapters -------------------------------------------------------------------------------------


def test_an_adapter_leaves_the_base_alone(adapted: Path, given: Path) -> None:
    assert not (adapted / WEIGHTS).exists()
    config = json.loads((adapted / "adapter_config.json").read_text("utf-8"))
    assert config["base_model_name_or_path"] == str(given / "model")
    moved = [name for name, value in tensors(adapted / ADAPTER).items() if "lora_B" in name and value.any()]
    assert len(moved) == 14, "every linear layer of both blocks has an adapter, and it was trained"


def test_stage_2_trains_the_adapter_of_stage_1_on(adapted: Path, given: Path, script: Script, tmp_path: Path) -> None:
    out = script.trained(tmp_path, "--adapter", "continue", stage=2, start=adapted, max_steps=2)
    config = json.loads((out / "adapter_config.json").read_text("utf-8"))
    assert config["base_model_name_or_path"] == str(given / "model")
    before, after = tensors(adapted / ADAPTER), tensors(out / ADAPTER)
    assert before.keys() == after.keys()
    steps = [(after[name] - before[name]).abs().max() for name in before]
    assert 0 < max(steps) < 0.01, "two steps from where stage 1 ended, not from a new adapter"


def test_stage_2_puts_a_new_adapter_on_the_merged_weights(
    adapted: Path, given: Path, script: Script, tmp_path: Path
) -> None:
    out = script.trained(tmp_path, *LORA, "--adapter", "merge", stage=2, start=adapted, max_steps=2)
    config = json.loads((out / "adapter_config.json").read_text("utf-8"))
    assert config["base_model_name_or_path"] == str(out / "merged"), "on any other base it would be another model"
    lora, base, merged = (
        tensors(adapted / ADAPTER),
        tensors(given / "model" / WEIGHTS),
        tensors(out / "merged" / WEIGHTS),
    )
    name = "model.layers.0.self_attn.q_proj"
    low = [lora[f"base_model.model.{name}.lora_{part}.weight"] for part in "BA"]
    change = (merged[f"{name}.weight"] - base[f"{name}.weight"]) - 32 / 16 * (low[0] @ low[1])  # alpha / r
    assert change.abs().max() < 1e-6
    assert merged["model.embed_tokens.weight"].shape == base["model.embed_tokens.weight"].shape


def test_stage_2_trains_merged_weights_in_full(adapted: Path, script: Script, tmp_path: Path) -> None:
    out = script.trained(tmp_path, "--adapter", "merge", stage=2, start=adapted, max_steps=2)
    assert (out / WEIGHTS).is_file() and not (out / "adapter_config.json").exists()


# -- several processes ----------------------------------------------------------------------------


def test_two_processes_train_what_one_does(given: Path, whole: Path, tmp_path: Path) -> None:
    """The same rows a step, half of them in each process. `accelerate launch --cpu` would start one process alone."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", str(SCRIPT)]
    done = subprocess.run(
        [*command, *options(given, tmp_path, per_device_train_batch_size=1)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    out = tmp_path / "stage1"
    assert record(out)["processes"] == 2
    kept = {path.name for path in last_whole(out).iterdir()}  # type: ignore[union-attr]
    assert {"rng_state_0.pth", "rng_state_1.pth"} <= kept, "sealed before every process had written its part"
    one, two = tensors(whole / "stage1" / WEIGHTS), tensors(out / WEIGHTS)
    assert max((one[name] - two[name]).abs().max() for name in one) < 1e-5


# -- what is refused ------------------------------------------------------------------------------

REFUSED = {
    "there is no stage 3; choose 1 or 2": {"stage": 3},
    "has no rows 'vertical.test'; it has general.train, vertical.train": {"part": "vertical.test"},
    "no row of general.train": {"max_length": 100},
    "name a model: --model_name_or_path": {"model_name_or_path": ""},
    "name the data: --dataset": {"dataset": ""},
    "how long a row may be": {"max_length": 0},
    "stage 2 starts from stage 1": {"stage": 2},
    "not from --start": {"start": "elsewhere"},
    "there is no folder ./elsewhere": {"stage": 2, "start": "./elsewhere"},
    "holds no model": {"model_name_or_path": "training"},
    "cuts rows; only bfd keeps them whole": {"packing": True, "packing_strategy": "wrapped"},
    "give 2 or more": {"save_total_limit": 1},
    "leaves no optimizer to go on with": {"save_only_model": True},
    "is not eq. (2), which is nll": {"loss_type": "dft"},
    "goes on by itself": {"resume_from_checkpoint": "checkpoint-3"},
    "not handled here": {"load_in_4bit": True},
    "did you mean 'merge'": {"adapter": "merged"},
    "is a whole model; leave the option out": {"adapter": "merge"},
}


@pytest.mark.parametrize("words", REFUSED)
def test_it_says_what_is_wrong(words: str, script: Script, tmp_path: Path) -> None:
    assert words in script.refused(tmp_path / "out", **REFUSED[words])  # type: ignore[arg-type]
    assert not list((tmp_path).rglob("checkpoint-*"))


def test_an_adapter_is_no_model(adapted: Path, script: Script, tmp_path: Path) -> None:
    said = script.refused(tmp_path, model_name_or_path=adapted)
    assert "is a LoRA adapter and no model" in said
    assert "--adapter merge" in said and "--adapter continue" in said


def test_a_stage_that_has_not_ended_is_not_started_from(whole: Path, script: Script, tmp_path: Path) -> None:
    shutil.copytree(whole / "stage1", tmp_path / "stage1")
    (tmp_path / "stage1" / SEAL).unlink()
    assert "has not ended (it has no complete.json)" in script.refused(tmp_path, stage=2)


def test_without_the_extra_it_names_it() -> None:
    hidden = "import sys, runpy; sys.modules['accelerate'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", hidden, str(SCRIPT)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert "pip install 'envscale[train]'" in done.stderr and "Traceback" not in done.stderr


# -- configurations -------------------------------------------------------------------------------

PAPER = sorted(CONFIGS.glob("qwen3-*.yaml"))


@pytest.mark.parametrize("path", [CONFIGS / "tiny.yaml", *PAPER], ids=lambda path: path.stem)
def test_every_setting_of_a_config_is_known(path: Path, script: Script, tmp_path: Path) -> None:
    """It gets as far as the rows, on a processor and with the tiny model in place of what it names."""
    here = {"use_cpu": True, "bf16": False, "attn_implementation": "sdpa"}
    assert "no such file" in script.refused(tmp_path, config=path, dataset=tmp_path / "rows.jsonl", **here)


def test_the_models_are_the_paper_s() -> None:
    named = {yaml.safe_load(path.read_text("utf-8"))["model_name_or_path"] for path in PAPER}
    assert named == {"Qwen/Qwen3-4B-Thinking-2507", "Qwen/Qwen3-8B", "Qwen/Qwen3-30B-A3B-Thinking-2507"}


@pytest.mark.parametrize("path", PAPER, ids=lambda path: path.stem)
def test_a_paper_config_trains_eq_2_on_whole_rows(path: Path) -> None:
    settings = yaml.safe_load(path.read_text("utf-8"))
    assert settings["packing"] and settings["packing_strategy"] == "bfd"
    assert not settings.get("router_aux_loss_coef"), "eq. (2) has no term for a router"
    assert settings["save_total_limit"] >= 2, "else a kill may leave no whole checkpoint"
