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

try:
    from accelerate import PartialState
    from transformers import AutoTokenizer
    from trl import ModelConfig, SFTConfig, SFTTrainer, TrlParser, get_peft_config
except ImportError as error:
    sys.exit(f"training needs more packages ({error}): pip install 'envscale[train]'")

from agentgym.errors import AgentGymError, RunError
from agentgym.files import digest
from agentgym.learn import weights
from agentgym.learn.chat import tokenise, training_template
from agentgym.learn.checkpoints import flaw, hindrances, seal, sealing
from agentgym.learn.datasets import load
from agentgym.learn.record import begin, settings, tally, versions

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

    # From where, and to where.
    run = Path(training.output_dir)
    start = stage.start or (model.model_name_or_path if stage.stage == 1 else str(run / "stage1"))
    weights.check(start, stage.adapter)
    out = run / f"stage{stage.stage}"
    training.output_dir = str(out)
    if training.router_aux_loss_coef is None:
        training.router_aux_loss_coef = 0.0  # eq. (2) has no term for the router of a mixture of experts

    # Rows -> tokens and labels. What is longer than max_length is left out and counted, never cut.
    part = stage.part or PARTS[stage.stage]
    tokenizer = AutoTokenizer.from_pretrained(start, trust_remote_code=training.trust_remote_code)
    template = training_template(tokenizer, stage.template)
    template.install(tokenizer)  # saved with the weights: the server has to render what was trained
    rows = load(Path(stage.dataset), split=part)
    data, dropped = tokenise(rows, tokenizer, template, max_length=training.max_length, reasoning=stage.reasoning)
    left_out = dropped.reasons
    say(f"{len(data)} rows of {part} in {stage.dataset}; left out: {left_out}")
    if not len(data):
        raise RunError(f"no row of {part} in {stage.dataset} is left to train on: {left_out}; see --max_length")

    # What this training is. If it was begun before, it goes on; if it is over, there is nothing to do.
    record = {
        "stage": stage.stage,
        "start": {"weights": start, "adapter": stage.adapter, "trained_on": weights.origin(start)},
        "data": {"part": part, **tally(data), "left_out": left_out},
        "template": {"name": template.name, "digest": digest(template.text)},
        "processes": training.world_size,
        "settings": settings((stage, training, model)),
        "versions": versions(),
    }
    with PartialState().main_process_first():
        checkpoint = begin(out, record)
    if not flaw(out):
        say(f"{out} is trained; remove it to train again")
        return
    say(f"going on from {checkpoint}" if checkpoint else f"starting from {start}")

    # The model: whole, or with a new adapter, or with an adapter that is merged or trained on.
    loading = {"dtype": model.dtype, "attn_implementation": model.attn_implementation}
    training.model_init_kwargs = {**loading, "revision": model.model_revision, **(training.model_init_kwargs or {})}
    peft_config = get_peft_config(model)
    if stage.adapter == "merge":
        with PartialState().main_process_first():
            start = str(weights.merged(Path(start), out / "merged", **loading))
    elif stage.adapter == "continue":
        start, peft_config, training.model_init_kwargs = weights.continued(Path(start), **loading), None, None

    trainer = SFTTrainer(
        model=start,
        args=training,
        train_dataset=data,
        processing_class=tokenizer,
        peft_config=peft_config,
        callbacks=[sealing()],
    )
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    trainer.save_model()
    trainer.accelerator.wait_for_everyone()
    if training.should_save:
        weights.require(out)
        seal(out)
    say(f"trained on {record['data']['supervised_tokens']} supervised tokens an epoch; the weights are in {out}")
    trainer.end()


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
        **hindrances(training),
        f"--packing_strategy {training.packing_strategy} cuts rows; only bfd keeps them whole and apart": (
            training.packing and training.packing_strategy != "bfd"
        ),
        "weights in 4 or 8 bits are not handled here": model.load_in_4bit or model.load_in_8bit,
    }
    for problem, found in problems.items():
        if found:
            raise RunError(problem)


if __name__ == "__main__":
    try:
        main()
    except AgentGymError as error:
        sys.exit(f"error: {error}")
