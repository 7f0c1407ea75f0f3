"""TRL itself plays our environments, of all domains at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym.env import functions
from agentgym.learn import trl_environment, trl_rows
from agentgym.learn.rl.rewards import Shaping
from agentgym.registry import domain_folders
from agentgym.world.load import load
from tests.finished_run import copy_shop
from tests.minishop import MINISHOP
from tests.tiny import write_model, write_tokenizer


@pytest.fixture(scope="module")
def domains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two small domains whose tools have different names, beside all of ours."""
    folder = tmp_path_factory.mktemp("domains")
    for name, ending in (("bakery", "_b"), ("library", "_l")):
        copy_shop(folder, name, tools=ending)
    return {**domain_folders(), "bakery": folder / "bakery", "library": folder / "library"}


@pytest.fixture(scope="module")
def trainer(domains: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A GRPOTrainer over all domains at once, whose rows are of the two small ones."""
    pytest.importorskip("trl", reason="reinforcement learning needs the extra `train`")
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import GRPOConfig, GRPOTrainer

    folder = tmp_path_factory.mktemp("trainer")
    rows = [row for name in ("bakery", "library") for row in trl_rows(domains[name], policy=False)[:1]]
    tokenizer = write_tokenizer(folder / "model", [json.dumps(functions(load(MINISHOP).domain))])
    write_model(folder / "model", len(tokenizer))
    config = GRPOConfig(
        output_dir=str(folder / "out"), num_generations=2, per_device_train_batch_size=4, max_completion_length=200,
        max_steps=1, save_strategy="no", logging_steps=1, bf16=False, use_cpu=True, report_to=[], disable_tqdm=True,
        learning_rate=1e-2, gradient_checkpointing=False,
    )  # fmt: skip
    factory = {name: trl_environment(where, shaping=Shaping(partial=0.5)) for name, where in domains.items()}
    yield GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder / "model", dtype="float32"),
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        environment_factory=factory,
    )


# What TRL says on purpose of what may change, and what it uses of transformers and torch that will.
told_on_purpose = [
    pytest.mark.filterwarnings("ignore:You are using 'environment_factory':UserWarning"),
    pytest.mark.filterwarnings("ignore:`.*` is deprecated and will be removed in v6:FutureWarning"),
]


def marked(test: Any) -> Any:
    for mark in told_on_purpose:
        test = mark(test)
    return test


@marked
def test_trl_renders_the_tools_of_all_domains_as_they_are(trainer: Any, domains: dict[str, Path]) -> None:
    """By its own collection of tools, through a chat template that it ships."""
    count = 0
    for name, folder in domains.items():
        text = trainer.processing_class.apply_chat_template(
            [{"role": "user", "content": "."}], tools=trainer._env_tools[name], tokenize=False
        )
        listed = text.partition("<tools>\n")[2].partition("\n</tools>")[0]
        shown = [json.loads(line) for line in listed.splitlines()]
        assert shown == functions(load(folder).domain), f"TRL shows the tools of {name} otherwise than they are"
        count += len(shown)
    assert count >= 800, f"only {count} tools were compared"


@marked
def test_trl_plays_mixed_domains_and_learns(trainer: Any, domains: dict[str, Path], monkeypatch: Any) -> None:
    """Its loop, its parser and its optimizer; only what the model says is written for it: every other rollout is gold.

    A model of a few thousand random weights says nothing that could be parsed.
    """
    tokenizer = trainer.processing_class
    task = {name: load(domains[name]).tasks() for name in ("bakery", "library")}

    def said(prompt: list[int], place: int) -> list[int]:
        text = tokenizer.decode(prompt)
        if place % 2 or "<tool_response>" in text:
            return tokenizer.encode("Done.<|im_end|>")
        gold = next(one for name in task for one in task[name] if f'{one.gold[0].name}"' in text and one.intent in text)
        calls = [json.dumps({"name": call.name, "arguments": call.arguments}) for call in gold.gold]
        return tokenizer.encode("\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls) + "<|im_end|>")

    def turn(prompts: list[list[int]], *_: Any, **__: Any) -> tuple[list[list[int]], None]:
        return [said(prompt, place) for place, prompt in enumerate(prompts)], None

    monkeypatch.setattr(trainer, "_generate_single_turn", turn)
    before = [weight.detach().clone() for weight in trainer.model.parameters()]
    trainer.train()
    log = next(entry for entry in trainer.state.log_history if "grad_norm" in entry)
    for name in ("BakeryEnvironment", "LibraryEnvironment"):
        assert log[f"rewards/{name}/mean"] == 0.5, f"of {name}, the half that is gold must be paid"
    assert log["tools/failure_frequency"] == 0.0 and log["tools/call_frequency"] > 0
    assert log["grad_norm"] > 0, "different rewards gave no gradient"
    changed = [not bool((old == new).all()) for old, new in zip(before, trainer.model.parameters(), strict=True)]
    assert any(changed), "the weights are where they were"
