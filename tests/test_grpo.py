"""GRPO by TRL on episodes with a user: the contract with TRL, and a few steps of a model that can make calls."""

from __future__ import annotations

import inspect
import json
import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from tests.minishop import MINISHOP

pytest.importorskip("trl", reason="reinforcement learning needs the extra `train`")

from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.learn.chat import encode, training_template
from agentgym.learn.recipe import Recipe, split_of
from agentgym.learn.rl.dialogue import ChatDialogue
from agentgym.learn.rl.policy import Limits
from agentgym.learn.rl.prompts import told_in_full
from agentgym.learn.rl.rewards import Shaping
from agentgym.learn.rl.rollout import play_together, starts_in
from agentgym.learn.rl.sampling import ModelSampler
from agentgym.learn.rl.trl_rollout import UserRollouts, rollout_reward
from agentgym.learn.rows import Source, row
from agentgym.learn.splits import HELD_OUT, gold_key
from agentgym.types import Json, ToolCall
from agentgym.world.load import load
from tests.finished_run import play
from training.nano import tokenizer as compact

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "training" / "configs" / "grpo-tiny.yaml"
RIGHT = 0.5  # the chance that an episode sampled from the warmed model is gold's, about
STEPS = 400  # by then it has long got there


# What TRL says on purpose of what may change, and what it uses of transformers that will.
pytestmark = [
    pytest.mark.filterwarnings("ignore:You are using '(rollout_func|environment_factory)':UserWarning"),
    pytest.mark.filterwarnings("ignore:`.*` is deprecated and will be removed in v6:FutureWarning"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The minishop with its first task alone: to cancel an order."""
    folder = shutil.copytree(MINISHOP, tmp_path_factory.mktemp("domains") / "minishop")
    first = (folder / "tasks.jsonl").read_text("utf-8").splitlines(keepends=True)[0]
    (folder / "tasks.jsonl").write_text(first, "utf-8")
    return folder


@pytest.fixture(scope="module")
def checkpoint(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that has seen the gold call often enough to make it now and then, whichever way it is asked."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    loaded = load(shop)
    (task,) = loaded.tasks()
    rows = [row(play(loaded, task, said=said), Source.of(loaded)) for said in (task.intent, told_in_full(task))]
    tokenizer = compact.train(map(compact.rendered, rows), size=1600)
    template = training_template(tokenizer)
    encoded = [encode(one, tokenizer, template) for one in rows]
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    model = Qwen3ForCausalLM(config)
    width = max(len(one.input_ids) for one in encoded)
    ids = torch.tensor([one.input_ids + [0] * (width - len(one.input_ids)) for one in encoded])
    labels = torch.tensor([one.labels + [-100] * (width - len(one.labels)) for one in encoded])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    supervised = (labels != -100).sum().item() / len(rows)
    for _ in range(STEPS):
        loss = model(input_ids=ids, labels=labels).loss
        if math.exp(-loss.item() * supervised) > RIGHT:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    else:
        pytest.fail(f"the model has not learnt two episodes by heart in {STEPS} steps")
    folder = tmp_path_factory.mktemp("warm")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def script(shop: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``training/grpo.py`` with the tiny configuration."""
    monkeypatch.syspath_prepend(str(ROOT / "training"))
    monkeypatch.delitem(sys.modules, "grpo", raising=False)
    import grpo

    start = ["--config", str(CONFIG), "--domains", str(shop), "--model_name_or_path", str(checkpoint)]
    return lambda *arguments: grpo.main([*start, *arguments])


def log_of(out: Path) -> list[Json]:
    state = json.loads((out / "checkpoint-2" / "trainer_state.json").read_text("utf-8"))
    return [entry for entry in state["log_history"] if "grad_norm" in entry]


def test_the_script_learns_from_a_user(checkpoint: Path, tmp_path: Path, script: Callable[..., None]) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    out = tmp_path / "out"
    script("--output_dir", str(out))
    log = log_of(out)
    assert any(entry["reward_std"] > 0 for entry in log), "all episodes earned the same, so nothing could be learnt"
    assert any(entry["grad_norm"] > 0 for entry in log), "no gradient came of different rewards"
    assert all(entry["episodes/turns"] > 1 for entry in log), "no episode went beyond its first turn"
    before, after = (AutoModelForCausalLM.from_pretrained(folder) for folder in (checkpoint, out))
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    assert any(not torch.equal(*pair) for pair in pairs), "the weights are where they were"
    told = json.loads((out / "training.json").read_text("utf-8"))
    assert told["tasks"]["practised"] == 1 and (out / "complete.json").is_file()


def test_the_script_learns_from_tools_alone(tmp_path: Path, script: Callable[..., None]) -> None:
    out = tmp_path / "out"
    script("--output_dir", str(out), "--user", "false", "--longest_turn", "none", "--max_steps", "2")
    log = log_of(out)
    assert all(entry["tools/call_frequency"] > 0 for entry in log), "no tool was called"
    assert any(entry["grad_norm"] > 0 for entry in log), "no gradient came of the rewards"


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_is_what_supervised_training_did_not_read(
    shop: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The split of `agentgym export --split task`: of two tasks with the same gold calls none tells of the other."""
    monkeypatch.syspath_prepend(str(ROOT / "training"))
    from grpo import Practice, parted

    (start,) = starts_in([shop])
    calls = [ToolCall(name="cancel_order", arguments={"order_id": str(number)}) for number in range(20)]
    starts = [
        start._replace(task=start.task.model_copy(update={"id": f"{number}{twin}", "gold": (call,)}))
        for number, call in enumerate(calls)
        for twin in "ab"
    ]
    split = split_of(Recipe(split="task", held_out=0.5, seed=seed), {})
    practised, kept = parted(Practice(held_out=0.5, held_out_seed=seed), starts)
    assert [one for one in starts if split.side(one.task) == HELD_OUT] == kept
    assert len(practised) + len(kept) == 40 and 0 < len(kept) < 40
    assert not {gold_key(one.task) for one in practised} & {gold_key(one.task) for one in kept}
    assert parted(Practice(), starts) == (starts, []), "tasks were kept though nobody asked for it"


REFUSED = {
    "leaves no optimizer to go on with": ("--save_only_model", "true"),
    "give 2 or more": ("--save_total_limit", "1"),
    "goes on by itself": ("--resume_from_checkpoint", "checkpoint-2"),
    "works with the user in the loop": ("--user", "false"),
    "give a number from 0 to below 1": ("--held_out", "1"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_the_script_says_what_is_wrong(words: str, tmp_path: Path, script: Callable[..., None]) -> None:
    with pytest.raises(RunError, match=words):
        script("--output_dir", str(tmp_path / "out"), *REFUSED[words])
    assert not (tmp_path / "out" / "training.json").exists()


def test_the_nano_experiment_measures_before_and_after(shop: Path, checkpoint: Path, tmp_path: Path) -> None:
    from training.nano.grpo import Course, practise, text

    first = json.loads((shop / "tasks.jsonl").read_text("utf-8"))
    for run, names in {"general": ("minishop-cancel", "again"), "held_out/general": ("minishop-cancel",)}.items():
        folder = shutil.copytree(shop, tmp_path / "data" / run / "domains" / "minishop")
        lines = [json.dumps({**first, "id": name}) for name in names]
        (folder / "tasks.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    course = Course(steps=1, tasks=1, group=4, trials=2, max_steps=4)
    report = practise(tmp_path, course, start=checkpoint)
    assert report["start"] == checkpoint.name, "a path of this machine says nothing on another one"
    with pytest.raises(RunError, match="holds another course"):
        practise(tmp_path, replace(course, steps=2), start=checkpoint)
    assert report["practised"] == 1, "a task that is held out was practised"
    before, after = (
        [json.loads(line)["reward"] for line in (tmp_path / "grpo" / name).read_text("utf-8").splitlines()]
        for name in ("before.jsonl", "after.jsonl")
    )
    assert report["before"]["mean"] == sum(before) / 2 and report["after"]["mean"] == sum(after) / 2
    assert report["difference"]["mean"] == report["after"]["mean"] - report["before"]["mean"]
    assert len(report["curve"]) == 1 and "| difference |" in text(report)


def test_a_difference_is_taken_task_by_task() -> None:
    from training.nano.grpo import compared

    before = {f"task-{number}": number % 4 / 4 for number in range(40)}
    found = compared(before, {name: value + 0.25 for name, value in before.items()})
    assert found["difference"] == {"mean": 0.25, "low": 0.25, "high": 0.25, "tasks": 40}, (
        "what all tasks have gained alike has an interval, so the tasks were not paired"
    )


def test_the_real_configuration_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name in it is a setting; bf16 and vLLM want a GPU."""
    from trl import GRPOConfig, ModelConfig, TrlParser

    monkeypatch.syspath_prepend(str(ROOT / "training"))
    from grpo import Practice, refuse

    config = str(CONFIG.with_name("grpo-qwen3-4b-thinking-2507.yaml"))
    one_gpu = ["--bf16", "false", "--use_cpu", "true", "--gradient_accumulation_steps", "32"]
    parts = TrlParser((Practice, GRPOConfig, ModelConfig)).parse_args_and_config(["--config", config, *one_gpu])
    refuse(*parts)
    assert parts[1].steps_per_generation == 32, "256 episodes a batch, 8 at a time"


def test_what_was_sampled_is_what_the_loss_sees(shop: Path, checkpoint: Path, tmp_path: Path) -> None:
    """The contract with TRL's rollout_func, from the prompts that it gives to the tensors that it trains on."""
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    starts = [*starts_in([shop]), *starts_in([shop], seed=1)]
    rollouts = UserRollouts(starts, shaping=Shaping(partial=0.5), longest_turn=60)
    given: list[list[str]] = []
    made: list[dict[str, list[Any]]] = []

    def watched(prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        given.append(prompts)
        made.append(rollouts(prompts, trainer))
        return made[-1]

    class Watched(GRPOTrainer):
        def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Any:
            _compare(inputs, made[-1])
            logps, *_ = self._get_per_token_logps_and_entropies(
                model,
                torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], 1),
                torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], 1),
                inputs["completion_ids"].shape[1],
            )
            sampled = (inputs["completion_mask"] * inputs["tool_mask"]).bool()
            torch.testing.assert_close(
                logps[sampled], inputs["sampling_per_token_logps"][sampled], atol=2e-4, rtol=0, msg=_OTHER
            )
            return super()._compute_loss(model, inputs)

    settings = GRPOConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=8,
        num_generations=4,
        max_completion_length=400,
        max_steps=1,
        temperature=0.9,
        report_to="none",
        use_cpu=True,
        bf16=False,
        activation_checkpointing=False,
        save_strategy="no",
    )
    trainer = Watched(
        AutoModelForCausalLM.from_pretrained(checkpoint),
        rollout_reward,
        settings,
        Dataset.from_list(rollouts.rows(starts)),
        processing_class=AutoTokenizer.from_pretrained(checkpoint),
        rollout_func=watched,
    )
    trainer.train()
    (prompts,) = given
    assert sorted(prompts) == sorted([start.name for start in starts] * 4), "a group is not one episode, 4 times"


_OTHER = "a token was drawn from another distribution than the one that is trained: the context is not the same"


def _compare(inputs: dict[str, Any], made: dict[str, list[Any]]) -> None:
    """TRL shuffles the sequences of a batch, so they are compared as a set: ids, mask and advantage of each."""
    shown = set()
    for place in range(len(inputs["completion_ids"])):
        prompt = inputs["prompt_ids"][place][inputs["prompt_mask"][place].bool()].tolist()
        kept = inputs["completion_mask"][place].bool()
        ids, mask = inputs["completion_ids"][place][kept].tolist(), inputs["tool_mask"][place][kept].tolist()
        shown.add((tuple(prompt), tuple(ids), tuple(mask), round(inputs["advantages"][place].item(), 3)))
    sequences = zip(*(map(tuple, made[name]) for name in ("prompt_ids", "completion_ids", "env_mask")), strict=True)
    advantages = _advantages(made["episode_reward"])
    expected = {(*parts, advantage) for parts, advantage in zip(sequences, advantages, strict=True)}
    assert shown == expected, "TRL trains on other tokens, another mask or another reward than the rollouts had"
    assert any(0 in mask for _, _, mask, _ in shown), "no text of a user or tool is in the batch"


def _advantages(rewards: list[float]) -> list[float]:
    """Of each episode over its group of 4: how far it is from the mean, in standard deviations."""
    groups = [rewards[start : start + 4] for start in range(0, len(rewards), 4)]
    return [round((one - mean(group)) / (stdev(group) + 1e-4), 3) + 0.0 for group in groups for one in group]


def test_trl_offers_what_the_adapter_uses() -> None:
    from trl import GRPOTrainer
    from trl.generation.vllm_generation import VLLMGeneration
    from trl.models import unwrap_model_for_generation

    assert "rollout_func" in inspect.signature(GRPOTrainer.__init__).parameters
    source = inspect.getsource(GRPOTrainer)
    for name in ("eos_token_ids", "generation_config", "generation_kwargs", "vllm_generation", "use_vllm"):
        assert f"self.{name} = " in source, f"GRPOTrainer has no {name} any more: trl_rollout reads it"
    assert 'extra_fields.pop("env_mask"' in source, "GRPOTrainer takes no env_mask: it would train on what users say"
    used = {"gather_deepspeed3_params", "generation_kwargs", "gradient_checkpointing_kwargs"}
    assert used <= set(inspect.signature(unwrap_model_for_generation).parameters)
    generate = inspect.getsource(VLLMGeneration.generate)
    assert {"prompts", "images", "num_generations"} <= set(inspect.signature(VLLMGeneration.generate).parameters)
    assert "self.max_completion_length" in generate, "VLLMGeneration takes the length of a turn from elsewhere"


def test_the_likeliest_tokens_are_the_same_in_any_company(checkpoint: Path) -> None:
    """Left padding and a batch of other lengths change nothing."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = AutoModelForCausalLM.from_pretrained(checkpoint), AutoTokenizer.from_pretrained(checkpoint)
    dialogue = ChatDialogue(tokenizer, training_template(tokenizer))
    starts = starts_in([MINISHOP])

    def greedy(chosen: list[Any], batch: int) -> list[Any]:
        sampler = ModelSampler(model, tokenizer, dialogue.end, temperature=0, batch=batch)
        return play_together(chosen, dialogue, sampler, terms=Terms(max_steps=6), limits=Limits(400, 60))

    together, apart = greedy(starts, 64), greedy(starts, 1)
    assert [one.completion for one in together] == [one.completion for one in apart]
