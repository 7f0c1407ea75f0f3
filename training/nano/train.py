"""One stage of training, in one flat loop: every step is a batch, the loss is eq. (2) of the paper.

A killed stage goes on from the last state it has kept, to the same weights; one that has ended is not run again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from math import cos, pi
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgym.files import replacing, write_json
from agentgym.learn.chat.encoding import IGNORED
from agentgym.learn.checkpoints import flaw, seal
from agentgym.runs import Progress, silent
from training.nano import model as models
from training.nano.batches import Sequences, batches, collate

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM

STATE = "state.pt"  # of a stage that has not ended: weights, optimizers, and how many steps were taken
TRAINED = "trained.json"
KEEP_EVERY = 100  # steps


@dataclass(frozen=True)
class Stage:
    """How one stage is trained. Its length is counted in steps, so that it does not depend on the machine."""

    steps: int
    rows: int = 16  # a batch
    matrix_rate: float = 0.02  # Muon's learning rate, for the matrices of the layers
    other_rate: float = 0.003  # AdamW's, for embeddings and norms
    warmup: int = 50  # steps
    final: float = 0.02  # the share of the learning rates that is left at the end
    masked: bool = True  # loss on the assistant's tokens alone (eq. 2), not on every token


def train(
    out: Path,
    start: Callable[[], Qwen3ForCausalLM],
    data: Sequences,
    tokenizer: PreTrainedTokenizerFast,
    stage: Stage,
    *,
    seed: int = 0,
    threads: int = 1,
    progress: Progress = silent,
) -> None:
    """Train the model that ``start`` gives on ``data`` and leave it in ``out``, which is sealed when it is whole.

    ``trained.json`` in it says on how much, and holds the mean loss of every KEEP_EVERY steps. Nothing is done where
    ``out`` is whole already. ``threads``: of torch.
    """
    import torch

    if not flaw(out):
        return
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(threads)
    data = data if stage.masked else data.unmasked()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = start().to(device).train()
    steps = _Steps(model, stage)
    kept = out / STATE
    if kept.is_file():
        steps.restore(torch.load(kept, map_location=device, weights_only=True))
    plan = batches([len(ids) for ids in data.ids], stage.rows, stage.steps, seed)
    for batch in islice(plan, steps.taken, None):
        ids, labels = collate(data, batch)
        steps.take(ids.to(device), labels.to(device))
        if steps.taken % KEEP_EVERY == 0:
            with replacing(kept) as file:
                torch.save(steps.state(), file)
            progress(out.name, steps.taken, stage.steps)
    models.save(model.cpu().eval(), tokenizer, out)
    told = {
        "parameters": model.num_parameters(),
        "steps": stage.steps,
        "rows": len(data.ids),
        "tokens": data.tokens,
        "supervised": data.supervised,
    }
    write_json(out / TRAINED, {**told, "losses": steps.means()})
    kept.unlink(missing_ok=True)
    seal(out)
    progress(out.name, stage.steps, stage.steps)


def loss(model: Qwen3ForCausalLM, ids: Tensor, labels: Tensor) -> Tensor:
    """Eq. (2): minus the sum of the log probabilities of the supervised tokens, over their number.

    ``ids`` and ``labels``: (rows, tokens). Logits are made for supervised places alone, a quarter of all where the
    assistant's tokens are what is supervised.
    """
    import torch

    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    targets = labels[:, 1:]
    chosen = targets != IGNORED
    logits = model.lm_head(hidden[chosen])
    return torch.nn.functional.cross_entropy(logits.float(), targets[chosen])


def rate(step: int, stage: Stage) -> float:
    """The share of the learning rate at ``step``: a linear warm-up, then half a cosine down to the final one."""
    warm = min(1.0, (step + 1) / stage.warmup)
    return warm * (stage.final + (1 - stage.final) * (0.5 + 0.5 * cos(pi * step / stage.steps)))


class _Steps:
    """A model under training: takes steps, and can be kept and restored between any two."""

    def __init__(self, model: Qwen3ForCausalLM, stage: Stage) -> None:
        import torch

        from training.nano.muon import Muon

        self.model, self.stage, self.taken = model, stage, 0
        self.losses: list[float] = []
        matrices = [weight for weight in model.model.layers.parameters() if weight.ndim == 2]
        chosen = set(map(id, matrices))
        others = [weight for weight in model.parameters() if id(weight) not in chosen]
        self.optimizers: list[Any] = [
            Muon(matrices, lr=stage.matrix_rate),
            torch.optim.AdamW(others, lr=stage.other_rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        self.rates = (stage.matrix_rate, stage.other_rate)

    def take(self, ids: Tensor, labels: Tensor) -> None:
        import torch

        step_loss = loss(self.model, ids, labels)
        step_loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        share = rate(self.taken, self.stage)
        for optimizer, full in zip(self.optimizers, self.rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = full * share
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.losses.append(step_loss.item())
        self.taken += 1

    def means(self) -> list[float]:
        """The mean loss of each KEEP_EVERY steps."""
        return [
            round(sum(some) / len(some), 4)
            for start in range(0, len(self.losses), KEEP_EVERY)
            if (some := self.losses[start : start + KEEP_EVERY])
        ]

    def state(self) -> dict[str, Any]:
        optimizers = [optimizer.state_dict() for optimizer in self.optimizers]
        return {"model": self.model.state_dict(), "optimizers": optimizers, "taken": self.taken, "losses": self.losses}

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.taken, self.losses = state["taken"], list(state["losses"])
