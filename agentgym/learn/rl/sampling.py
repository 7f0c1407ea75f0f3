"""Turns of many episodes, generated in one batch by a model of transformers."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from agentgym.learn.rl.policy import Sampled


class ModelSampler:
    """A policy that does not change while it plays: for evaluations, and for experience of one's own model."""

    def __init__(self, model: Any, tokenizer: Any, end: int, *, temperature: float = 1.0, batch: int = 64) -> None:
        """``end``: the token that ends a turn. ``temperature`` 0 takes the likeliest one. ``batch``: rows at a time."""
        from transformers import GenerationConfig

        pad = tokenizer.pad_token_id
        drawn = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        how = drawn if temperature > 0 else {"do_sample": False}
        self._config = GenerationConfig(eos_token_id=[end], pad_token_id=end if pad is None else pad, **how)
        self._model, self._batch = model, batch

    def goes_on(self, asking: bool) -> bool:
        return asking

    def sample(self, prefixes: list[list[int]], room: int) -> list[Sampled]:
        batches = [prefixes[start : start + self._batch] for start in range(0, len(prefixes), self._batch)]
        return [turn for batch in batches for turn in generate(self._model, batch, self._config, room)]


def generate(model: Any, prefixes: Sequence[list[int]], config: Any, room: int) -> list[Sampled]:
    """A turn of up to ``room`` tokens after each of ``prefixes``, to the first of ``config``'s end tokens.

    Log-probabilities are those of the distribution drawn from: after temperature and filters. The scores of all tokens
    of the vocabulary are kept until the end, 4 bytes each: for large vocabularies and long turns there is vLLM.
    """
    import torch

    width = max(map(len, prefixes))
    ids = torch.full((len(prefixes), width), config.pad_token_id)
    mask = torch.zeros_like(ids)
    for row, prefix in enumerate(prefixes):
        ids[row, width - len(prefix) :] = torch.tensor(prefix)
        mask[row, width - len(prefix) :] = 1
    config = copy(config)
    config.max_new_tokens, config.output_scores, config.return_dict_in_generate = room, True, True
    with torch.no_grad():
        out = model.generate(
            input_ids=ids.to(model.device),
            attention_mask=mask.to(model.device),
            generation_config=config,
        )
    sampled = out.sequences[:, width:]  # [B, T], padded on the right
    steps = zip(out.scores, sampled.T, strict=True)  # of each step [B, V] and [B]
    logprobs = torch.stack(
        [scores.float().log_softmax(-1).gather(1, token[:, None])[:, 0] for scores, token in steps], 1
    )
    return [_until(config.eos_token_id, *row) for row in zip(sampled.tolist(), logprobs.tolist(), strict=True)]


def _until(ends: Sequence[int], ids: list[int], logprobs: list[float]) -> Sampled:
    """The turn up to its first end; what follows is padding."""
    length = next((place + 1 for place, token in enumerate(ids) if token in ends), len(ids))
    return Sampled(ids[:length], logprobs[:length])
