"""Two-stage agentic fine-tuning (paper 3.2, eq. 2): supervised on what the assistant does, on nothing that it reads.

    agentgym export runs/mine --to trl --vertical retail,airline
    accelerate launch training/sft.py --config training/configs/qwen3-8b.yaml --dataset runs/mine/dataset
    accelerate launch training/sft.py --config training/configs/qwen3-8b.yaml --dataset runs/mine/dataset --stage 2

Stage 1 trains on the general domains; stage 2 on the vertical, from the weights of stage 1. Each leaves in
OUTPUT_DIR/stage1 or /stage2 the weights, the tokenizer with the chat template to serve with, and `training.json`: what
it was trained on. Every setting of `trl.SFTConfig` and `trl.ModelConfig` can stand in the file or on the command line,
which has the last word.

Killed at any moment, a save included, the same command goes on from the last whole checkpoint to the same weights.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    from accelerate import PartialState
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import ModelConfig, SFTConfig, SFTTrainer, TrlParser, get_peft_config
except ImportError as error:
    sys.exit(f"training needs more packages ({error}): pip install 'envscale[train]'")

from agentgym.errors import RunError
from agentgym.learn import launch, weights
from agentgym.learn.chat import ChatTemplate, tokenise, training_template
from agentgym.learn.checkpoints import flaw, sealing
from agentgym.learn.datasets import load
from agentgym.learn.record import tally
from agentgym.types import Json

PARTS = {1: "general.train", 2: "vertical.train"}  # as `agentgym export --vertical` names them


@dataclass
class Stage:
    """What is trained on, and from where."""

    dataset: str = field(default="", metadata={"help": "What `agentgym export --to trl` wrote: the folder."})
    stage: int = field(
        default=1, metadata={"help": "1: general domains; 2: the vertical, from the weights of stage 1."}
    )
    part: str = field(default="", metadata={"help": "Rows of the data set, if not general.train or vertical.train."})
    template: str = field(default="", metadata={"help": "Chat template, if not the one known for the tokenizer."})
    reasoning: str = field(default="keep", metadata={"help": "keep: train on thoughts; mask: only read them; drop."})
    start: str = field(default="", metadata={"help": "Weights for stage 2, if not OUTPUT_DIR/stage1."})
    adapter: str = field(default="", metadata={"help": "Where the weights are a LoRA adapter: merge or continue."})


def main(arguments: Sequence[str] | None = None) -> None:
    stage, training, model = TrlParser((Stage, SFTConfig, ModelConfig)).parse_args_and_config(arguments)
    refuse(stage, training, model)
    say = PartialState().on_main_process(print)

    run = Path(training.output_dir)
    start = stage.start or (model.model_name_or_path if stage.stage == 1 else str(run / "stage1"))
    weights.check(start, stage.adapter)
    out = run / f"stage{stage.stage}"
    training.output_dir = str(out)
    if training.router_aux_loss_coef is None:
        training.router_aux_loss_coef = 0.0  # eq. (2) has no term for the router of a mixture of experts

    tokenizer = AutoTokenizer.from_pretrained(start, trust_remote_code=training.trust_remote_code)
    template = training_template(tokenizer, stage.template)
    template.install(tokenizer)  # saved with the weights: the server has to render what was trained
    data, facts = supervised(stage, training, tokenizer, template)
    say(f"{len(data)} rows of {facts['part']} in {stage.dataset}; left out: {facts['left_out']}")

    # What this training is. If it was begun before, it goes on; if it is over, there is nothing to do.
    record = {
        "stage": stage.stage,
        "start": {"weights": start, "adapter": stage.adapter, "trained_on": weights.origin(start)},
        "data": facts,
        **launch.described(template, training, stage, training, model),
    }
    checkpoint = launch.begun(out, record)
    if not flaw(out):
        return say(f"{out} is trained; remove it to train again")
    say(f"going on from {checkpoint}" if checkpoint else f"starting from {start}")

    trainer = SFTTrainer(
        args=training,
        train_dataset=data,
        processing_class=tokenizer,
        callbacks=[sealing()],
        **model_of(start, stage, training, model),
    )
    launch.carry_out(trainer, checkpoint, out)
    say(f"trained on {facts['supervised_tokens']} supervised tokens an epoch; the weights are in {out}")
    trainer.end()


def supervised(
    stage: Stage, training: SFTConfig, tokenizer: Any, template: ChatTemplate
) -> tuple[Dataset, dict[str, Json]]:
    """Rows as tokens and labels, and what the record tells of them.

    What is longer than max_length is left out and counted, never cut. Raises ``RunError`` where no row is left.
    """
    part = stage.part or PARTS[stage.stage]
    rows = load(Path(stage.dataset), split=part)
    data, dropped = tokenise(rows, tokenizer, template, max_length=training.max_length, reasoning=stage.reasoning)
    left_out = dropped.reasons
    if not len(data):
        raise RunError(f"no row of {part} in {stage.dataset} is left to train on: {left_out}; see --max_length")
    return data, {"part": part, **tally(data), "left_out": left_out}


def model_of(start: str, stage: Stage, training: SFTConfig, model: ModelConfig) -> dict[str, Any]:
    """The model, as arguments of the trainer: whole, or with a new adapter, or an adapter that is merged or trained on.

    Sets ``training.model_init_kwargs``, by which the trainer loads a model that has a name.
    """
    if stage.adapter == "continue":  # loaded here already
        training.model_init_kwargs = None
        return {"model": weights.continued(Path(start), **launch.loading(model)), "peft_config": None}
    training.model_init_kwargs = launch.init_kwargs(training, model)
    if stage.adapter == "merge":
        with PartialState().main_process_first():
            start = str(weights.merged(Path(start), Path(training.output_dir, "merged"), **launch.loading(model)))
    return {"model": start, "peft_config": get_peft_config(model)}


def refuse(stage: Stage, training: SFTConfig, model: ModelConfig) -> None:
    """Stop before anything is loaded where settings lack something, or would train something else than they seem to."""
    earlier = Path(training.output_dir, "stage1")
    problems = {
        f"there is no stage {stage.stage!r}; choose 1 or 2": stage.stage not in PARTS,
        "stage 1 starts from --model_name_or_path, not from --start": stage.stage == 1 and bool(stage.start),
        "name a model: --model_name_or_path": stage.stage == 1 and not model.model_name_or_path,
        f"stage 2 starts from stage 1, and there is no {earlier}; run that first, or name other weights: --start": (
            stage.stage == 2 and not stage.start and not earlier.is_dir()
        ),
        "name the data: --dataset": not stage.dataset,
        "say how long a row may be: --max_length": not training.max_length,
        f"--loss_type {training.loss_type} is not eq. (2), which is nll; leave the option out": (
            training.loss_type != "nll"
        ),
        f"--packing_strategy {training.packing_strategy} cuts rows; only bfd keeps them whole and apart": (
            training.packing and training.packing_strategy != "bfd"
        ),
        **launch.unhandled(training, model),
    }
    launch.refuse(problems)


if __name__ == "__main__":
    launch.enter(main)
