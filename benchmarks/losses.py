"""Is what the trainer minimises eq. (2) of the paper? ``python -m benchmarks.losses [--json [FILE]]``

The loss of an optimizer step is meant to be -sum(log p) / sum(mask) over all documents of the step, however they are
spread: over rows that are padded, micro batches that are accumulated, blocks that are packed, processes. Here each
document is run alone, in plain torch, and the sum over those of a step is compared with the loss that the trainer logs,
and its gradient with the norm that the trainer logs. The figures at the top of the JSON:

loss_max_abs_diff   the largest difference of any step of any case
norm_max_rel_diff   the same of the gradient's norm, as a share of it
cases               both by case, with the steps compared and the documents in them
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.printing import SCREEN, hand_over

if TYPE_CHECKING:
    import torch

IGNORED = -100
VOCABULARY = 32
LONGEST = 96  # tokens of a document, and of a packed block
STEPS = 2  # optimizer steps of a case; the learning rate is 0, so each is compared at the same weights
Document = tuple[tuple[int, ...], tuple[int, ...]]  # ids, and labels of the same length


@dataclass(frozen=True)
class Case:
    """How the documents of a step are spread."""

    batch: int = 1  # rows of a micro batch, each a document or a packed block
    accumulation: int = 1  # micro batches of a step, in each process
    processes: int = 1
    packing: bool = False
    experts: int = 0  # of a mixture; 0: a dense model
    adapter: bool = False
    auxiliary: float = 0.0  # the router's loss: eq. (2) has none


CASES = {
    "batch": Case(batch=4),
    "accumulation": Case(batch=2, accumulation=3),
    "packing": Case(batch=2, accumulation=2, packing=True),
    "two_processes": Case(batch=2, accumulation=2, processes=2),
    "two_processes_packing": Case(batch=1, accumulation=3, processes=2, packing=True),
    "mixture_of_experts": Case(batch=2, accumulation=2, packing=True, experts=4),
    "adapter": Case(batch=2, accumulation=2, adapter=True),
}


@dataclass(frozen=True)
class Compared:
    """One case: the largest differences between the trainer and eq. (2)."""

    loss: float
    norm: float  # relative
    steps: int
    documents: int


def loss_max_abs_diff() -> float:
    """The largest difference between a loss that the trainer logged and eq. (2), over all cases."""
    return max(compared.loss for compared in measure().values())


def measure(cases: Iterable[str] = CASES) -> dict[str, Compared]:
    """Each case by name. It runs in processes of its own, forked from one that has imported the trainer."""
    with tempfile.TemporaryDirectory(prefix="agentgym-losses-") as scratch:
        return {name: compare(CASES[name], Path(scratch) / name) for name in cases}


def compare(case: Case, folder: Path) -> Compared:
    """Train ``case`` in ``folder`` at learning rate 0, and compute every step again."""
    folder.mkdir(parents=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["trl.trainer.sft_trainer", "transformers.models.qwen3_moe.modeling_qwen3_moe"])
    port = _free_port()
    workers = [context.Process(target=_work, args=(case, folder, rank, port)) for rank in range(case.processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError(f"a process of {case} ended with {[worker.exitcode for worker in workers]}")
    return Compared(**json.loads((folder / "compared.json").read_text("utf-8")))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def documents(count: int, seed: str = "documents") -> list[Document]:
    """Random documents of all lengths up to LONGEST; spans of them are supervised, in some from the first token on."""
    chance, made = Random(seed), []
    for _ in range(count):
        ids = tuple(chance.randrange(2, VOCABULARY) for _ in range(chance.randint(4, LONGEST)))
        start = chance.randint(0, 2)
        made.append((ids, tuple(i if (n + start) % 5 > 1 else IGNORED for n, i in enumerate(ids))))
    return made


# -- in the worker processes ----------------------------------------------------------------------


def _work(case: Case, folder: Path, rank: int, port: int) -> None:
    """Train, and in the first process compare."""
    import torch

    os.dup2(2, 1)  # the trainer talks; what stands on the screen is the report
    torch.set_num_threads(1)
    if case.processes > 1:
        os.environ.update(
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(case.processes),
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=str(port),
        )
    steps, logged = train(case, folder)
    if rank == 0:
        model = model_of(case)
        pairs = [(step, log, *eq_2(model, step)) for step, log in zip(steps, logged, strict=True)]
        compared = Compared(
            loss=max(abs(log["loss"] - loss) for _, log, loss, _ in pairs),
            norm=max(abs(log["grad_norm"] - norm) / norm for _, log, _, norm in pairs),
            steps=len(pairs),
            documents=sum(len(step) for step in steps),
        )
        (folder / "compared.json").write_text(json.dumps(asdict(compared)), "utf-8")


def train(case: Case, folder: Path) -> tuple[list[list[Document]], list[dict[str, float]]]:
    """The documents of every optimizer step, over all processes, and what the trainer logged of it."""
    from datasets import Dataset
    from torch import distributed
    from trl import SFTConfig, SFTTrainer

    seen: list[list[Document]] = []  # by micro batch, in this process

    class Watched(SFTTrainer):
        def compute_loss(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
            seen.append(split(inputs))
            return super().compute_loss(model, inputs, *arguments, **named)

    rows = documents(STEPS * case.batch * case.accumulation * case.processes * (3 if case.packing else 1))
    trainer = Watched(
        model=model_of(case),
        args=SFTConfig(
            output_dir=str(folder / "trained"),
            max_length=LONGEST,
            packing=case.packing,
            per_device_train_batch_size=case.batch,
            gradient_accumulation_steps=case.accumulation,
            max_steps=STEPS,
            learning_rate=0.0,
            router_aux_loss_coef=case.auxiliary,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            bf16=False,
            activation_checkpointing=False,
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_dict({"input_ids": [ids for ids, _ in rows], "labels": [said for _, said in rows]}),
        processing_class=_tokenizer(),
    )
    trainer.train()
    everywhere: list[Any] = [None] * case.processes
    if case.processes > 1:
        distributed.all_gather_object(everywhere, seen)
    else:
        everywhere = [seen]
    n = case.accumulation
    steps = [
        [document for one in everywhere for micro in one[i * n : i * n + n] for document in micro] for i in range(STEPS)
    ]
    # The first label is never predicted, and the trainer takes it away where it packs.
    strangers = {(ids, labels[1:]) for step in steps for ids, labels in step} - {(ids, said[1:]) for ids, said in rows}
    assert not strangers, f"the trainer read {len(strangers)} documents that are not those it was given"
    return steps, [log for log in trainer.state.log_history if "grad_norm" in log]


def split(inputs: dict[str, torch.Tensor]) -> list[Document]:
    """The documents of a micro batch: rows without their padding, or what stands in a packed block."""
    if "attention_mask" in inputs:
        lengths = inputs["attention_mask"].sum(1).tolist()
        rows = zip(inputs["input_ids"], inputs["labels"], lengths, strict=True)
        return [(tuple(ids[:n].tolist()), tuple(said[:n].tolist())) for ids, said, n in rows]
    starts = [*(inputs["position_ids"][0] == 0).nonzero().flatten().tolist(), inputs["input_ids"].shape[1]]
    ids, said = inputs["input_ids"][0].tolist(), inputs["labels"][0].tolist()
    return [(tuple(ids[a:b]), tuple(said[a:b])) for a, b in pairwise(starts)]


def eq_2(model: Any, step: Sequence[Document]) -> tuple[float, float]:
    """The loss of eq. (2) over the documents of a step, each run alone, and the norm of its gradient."""
    import torch

    model.zero_grad()
    count = sum(label != IGNORED for _, labels in step for label in labels[1:])  # the first has nothing before it
    total = 0.0
    for ids, labels in step:
        logits = model(input_ids=torch.tensor([ids])).logits[0, :-1].double()
        target = torch.tensor(labels[1:])
        kept = target != IGNORED
        loss = -logits.log_softmax(-1)[kept].gather(1, target[kept, None]).sum() / count
        loss.backward()
        total += loss.item()
    norms = [parameter.grad.double().norm() for parameter in model.parameters() if parameter.grad is not None]
    return total, torch.stack(norms).norm().item()


def model_of(case: Case) -> Any:
    """Random weights, the same in every process."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

    shape: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "initializer_range": 0.2,
    }
    torch.manual_seed(0)
    if case.experts:
        experts = {"num_experts": case.experts, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
        return Qwen3MoeForCausalLM(Qwen3MoeConfig(**shape, **experts))
    model = Qwen3ForCausalLM(Qwen3Config(**shape))
    if not case.adapter:
        return model
    from peft import LoraConfig, get_peft_model

    return get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False))


def _tokenizer() -> Any:
    """The trainer wants one for its padding token; the documents are ids already."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = {f"w{number}": number for number in range(VOCABULARY)}
    raw = Tokenizer(models.WordLevel(words, unk_token="w1"))
    return PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="w0", pad_token="w0")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", nargs="?", const=SCREEN, type=Path, metavar="FILE", help="write JSON, to a file")
    arguments = parser.parse_args()
    cases = measure()
    report = {
        "loss_max_abs_diff": max(compared.loss for compared in cases.values()),
        "norm_max_rel_diff": max(compared.norm for compared in cases.values()),
        "cases": {name: asdict(compared) for name, compared in cases.items()},
    }
    hand_over(report, arguments.json)


if __name__ == "__main__":
    main()
