"""A model of Qwen3's architecture from scratch, and how it is kept so that `transformers serve` serves it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM

# What the server makes of an answer: all of it up to the end of the turn is text, and the agent reads the calls there.
# A template that lets the server read them answers 500 to a call that is no JSON, and the model's fault would look like
# the server's.
ANSWER = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {"content": {"close": "<|im_end|>", "content": "text"}},
}


@dataclass(frozen=True)
class Size:
    """The shape of a model. Embeddings are tied: at this size they would be a third of all parameters each."""

    hidden: int = 96
    layers: int = 3
    heads: int = 3
    intermediate: int = 256
    positions: int = 1024  # the longest sequence, in tokens
    # The initial gain of normalised queries and keys. With gain 1 a logit is at most sqrt(head size), too flat for a
    # head of 32 to pick one of hundreds of tokens, and copying waits until training has raised it.
    sharpness: float = 2.0


def new(size: Size, tokenizer: PreTrainedTokenizerFast, seed: int) -> Qwen3ForCausalLM:
    """An untrained model for the vocabulary of ``tokenizer``. Equal arguments give equal weights."""
    import torch
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        head_dim=size.hidden // size.heads,
        intermediate_size=size.intermediate,
        max_position_embeddings=size.positions,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(config)
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.q_norm.weight.fill_(size.sharpness)
            layer.self_attn.k_norm.weight.fill_(size.sharpness)
    # The server samples only where the checkpoint says so: a request's temperature alone does not make it.
    model.generation_config = GenerationConfig(
        do_sample=True, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return model


def load(folder: Path) -> Qwen3ForCausalLM:
    """The model that ``save`` has kept in ``folder``."""
    from transformers import Qwen3ForCausalLM

    return Qwen3ForCausalLM.from_pretrained(folder)


def save(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Keep a model with its tokenizer and chat template, ready to be served."""
    tokenizer.response_template = ANSWER
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
