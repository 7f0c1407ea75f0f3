"""A language model of a few thousand weights, its tokenizer, and rows to train it on: made here, nothing is fetched.

``python -m tests.tiny FOLDER`` writes FOLDER/model and FOLDER/dataset, for a look at ``training/sft.py``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agentgym import stages
from agentgym.learn.recipe import Recipe
from agentgym.types import Json, Trajectory
from tests.finished_run import copy_shop, lines, play, write_run

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

GENERAL = {"clinic": "_c", "hotel": "_h", "garage": "_g", "cinema": "_i"}  # domain -> what its tools' names end with
VERTICAL = {"bakery": "_b", "library": "_l", "theatre": "_t"}
MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TAGS = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")


def write_dataset(folder: Path) -> Path:
    """Gold episodes of a few small domains, exported with a vertical: ``general.train`` and ``vertical.train``."""
    run = folder / "run"
    for name, ending in {**GENERAL, **VERTICAL}.items():
        copy_shop(run / "domains", name, tools=ending)
    write_run(run, list(_episodes(run / "domains")))
    stages.dataset(run, folder / "dataset", Recipe(held_out=0.0, near=1.0, vertical=tuple(VERTICAL)))
    for path in (folder / "dataset").glob("*.jsonl"):
        path.write_text("".join(f"{json.dumps(_short(row))}\n" for row in lines(path)), "utf-8")
    return folder / "dataset"


def _short(row: Json) -> Json:
    """The row with the tools it calls alone, without their results, and without the policy: a few hundred tokens."""
    called = {call["function"]["name"] for turn in row["messages"] for call in turn.get("tool_calls", ())}
    tools = [tool for tool in row["tools"] if tool["function"]["name"] in called]
    return {**row, "messages": row["messages"][1:], "tools": tools}


def _episodes(domains: Path) -> Iterator[Trajectory]:
    from agentgym.world.load import load as load_domain

    for folder in sorted(domains.iterdir()):
        loaded = load_domain(folder)
        for task in loaded.tasks():
            episode = play(loaded, task)
            *before, last, thanks = episode.messages  # a word of the domain, or they would be duplicates
            said = last.model_copy(update={"content": f"All done in the {loaded.domain.name}."})
            yield episode.model_copy(update={"messages": (*before, said, thanks)})


def write_tokenizer(folder: Path, texts: Iterable[str], *, template: str = "qwen3") -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer trained on ``texts``, with Qwen's tokens and one of the chat templates TRL ships."""
    import trl
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=1000, initial_alphabet=alphabet, special_tokens=list(MARKS), show_progress=False
    )
    raw.train_from_iterator(texts, trainer)
    raw.add_tokens([AddedToken(tag, normalized=False) for tag in TAGS])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    shipped = Path(trl.__file__).parent / "chat_templates" / f"{template}.jinja"
    tokenizer.chat_template = shipped.read_text("utf-8")
    tokenizer.save_pretrained(folder)
    return tokenizer


def write_model(folder: Path, vocabulary: int, *, experts: int = 0) -> None:
    """Random weights of Qwen3's architecture, or of its mixture of ``experts``."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

    shape = {
        "vocab_size": vocabulary,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": True,
        "initializer_range": 0.2,  # far from uniform, so that a difference in what is attended to shows
    }
    torch.manual_seed(0)
    if experts:
        config = Qwen3MoeConfig(**shape, num_experts=experts, num_experts_per_tok=2, moe_intermediate_size=16)
        Qwen3MoeForCausalLM(config).save_pretrained(folder)
    else:
        Qwen3ForCausalLM(Qwen3Config(**shape)).save_pretrained(folder)


def texts_of(dataset: Path) -> list[str]:
    """What a tokenizer for this data set should have seen."""
    return (dataset / "general.train.jsonl").read_text("utf-8").splitlines()


def write_all(folder: Path) -> None:
    dataset = write_dataset(folder)
    tokenizer = write_tokenizer(folder / "model", texts_of(dataset))
    write_model(folder / "model", len(tokenizer))


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
