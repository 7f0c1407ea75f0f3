"""Reinforcement learning on episodes that verifiers grade, by group-relative policy optimisation (paper 5).

    accelerate launch training/grpo.py --config training/configs/grpo-qwen3-4b-thinking-2507.yaml

A policy that supervised training has brought to make calls plays the tasks of the domains: with the simulated user in
the loop, or, with `--user false`, alone with the tools and a task that is told in full. Every setting of
`trl.GRPOConfig` and `trl.ModelConfig` can stand in the file or on the command line, which has the last word. The
weights, the tokenizer with the chat template to serve with, and `training.json` are left in OUTPUT_DIR.

Killed at any moment, the same command goes on from the last whole checkpoint.
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
    from trl import GRPOConfig, GRPOTrainer, ModelConfig, TrlParser, get_peft_config
    from trl.chat_template_utils import qwen3_template
except ImportError as error:
    sys.exit(f"training needs more packages ({error}): pip install 'envscale[train]'")

from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.files import digest
from agentgym.learn import launch, weights
from agentgym.learn.chat import ChatTemplate, training_template
from agentgym.learn.checkpoints import flaw, sealing
from agentgym.learn.rl.environments import trl_environment, trl_reward
from agentgym.learn.rl.prompts import trl_rows
from agentgym.learn.rl.rewards import Shaping
from agentgym.learn.rl.rollout import Start, starts_in
from agentgym.learn.rl.trl_rollout import UserRollouts, rollout_reward
from agentgym.learn.splits import HELD_OUT, TRAIN, Split
from agentgym.registry import find
from agentgym.types import Task


@dataclass
class Practice:
    """What is played, and what it pays."""

    domains: list[str] = field(
        default_factory=list, metadata={"help": "Domain folders, folders of such, or names of domains."}
    )
    user: bool = field(default=True, metadata={"help": "Whether the simulated user is in the loop."})
    held_out: float = field(
        default=0.0,
        metadata={"help": "Share of the tasks kept for evaluation, as by `agentgym export --split task --held-out`."},
    )
    held_out_seed: int = field(default=0, metadata={"help": "Seed of that draw, as in `agentgym export --seed`."})
    by: str = field(default="auto", metadata={"help": "Who decides on success: auto, state, exact or both."})
    partial: float = field(default=0.0, metadata={"help": "What a failed episode may earn at most, below 1."})
    episode_steps: int = field(default=30, metadata={"help": "Calls and messages of an episode, at most."})
    longest_turn: int | None = field(default=None, metadata={"help": "Tokens of one turn, at most (with the user)."})
    template: str = field(default="", metadata={"help": "Chat template, if not the one known for the tokenizer."})


def main(arguments: Sequence[str] | None = None) -> None:
    practice, training, model = TrlParser((Practice, GRPOConfig, ModelConfig)).parse_args_and_config(arguments)
    refuse(practice, training, model)
    say = PartialState().on_main_process(print)
    start, out = model.model_name_or_path, Path(training.output_dir)
    weights.check(start)

    starts = starts_in(folders(practice.domains), training.seed)
    practised, kept = parted(practice, starts)
    tokenizer = AutoTokenizer.from_pretrained(start, padding_side="left", trust_remote_code=training.trust_remote_code)
    template = training_template(tokenizer, practice.template)
    template.install(tokenizer)  # saved with the weights: the server has to render what was trained
    seam = with_user if practice.user else alone
    rows, kept_rows, how = seam(practice, practised, kept, tokenizer, template)
    say(f"{len(rows)} tasks of {len({one.folder for one in starts})} domains to practise, {len(kept_rows)} kept")
    if not rows:
        raise RunError(f"no task to practise in {', '.join(practice.domains)}; sample some with `agentgym tasks`")

    # What this training is. If it was begun before, it goes on; if it is over, there is nothing to do.
    record = {
        "start": {"weights": start, "trained_on": weights.origin(start)},
        "tasks": {"practised": len(rows), "kept": len(kept_rows), "digest": digest([one.name for one in practised])},
        **launch.described(template, training, practice, training, model),
    }
    checkpoint = launch.begun(out, record)
    if not flaw(out):
        return say(f"{out} is trained; remove it to train again")

    training.model_init_kwargs = launch.init_kwargs(training, model)
    trainer = GRPOTrainer(
        model=start,
        args=training,
        train_dataset=Dataset.from_list(rows),
        eval_dataset=Dataset.from_list(kept_rows) if kept_rows else None,
        processing_class=tokenizer,
        peft_config=get_peft_config(model),
        callbacks=[sealing()],
        **how,
    )
    launch.carry_out(trainer, checkpoint, out)
    say(f"played {trainer.state.global_step} batches; the weights are in {out}")


def parted(practice: Practice, starts: Sequence[Start]) -> tuple[list[Start], list[Start]]:
    """What is practised and what is kept: by the split that kept the same tasks out of supervised training."""
    split = Split(by="task", fraction=practice.held_out, seed=practice.held_out_seed)
    practised, kept = ([one for one in starts if split.side(one.task) == side] for side in (TRAIN, HELD_OUT))
    return practised, kept


Seam = tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]  # rows, kept rows, arguments of the trainer


def with_user(
    practice: Practice, practised: list[Start], kept: list[Start], tokenizer: Any, template: ChatTemplate
) -> Seam:
    """The simulated user in the loop: TRL's rollout_func."""
    rollouts = UserRollouts(
        [*practised, *kept],
        template=template,
        terms=Terms(max_steps=practice.episode_steps),
        shaping=Shaping(practice.by, practice.partial),
        longest_turn=practice.longest_turn,
    )
    how = {"rollout_func": rollouts, "reward_funcs": rollout_reward}
    return rollouts.rows(practised), rollouts.rows(kept), how


def alone(
    practice: Practice, practised: list[Start], kept: list[Start], tokenizer: Any, template: ChatTemplate
) -> Seam:
    """Nobody but the tools: TRL's environment_factory. It reads calls by the tokenizer's response template."""
    if getattr(tokenizer, "response_template", None) is None:
        if "<tool_call>" not in template.text:
            raise RunError(
                f"how calls look in template {template.name!r} is not known; set tokenizer.response_template"
            )
        tokenizer.response_template = qwen3_template
    shaping = Shaping(practice.by, practice.partial)
    classes = {
        tasks[0].domain: trl_environment(
            folder,
            tasks=tasks,
            shaping=shaping,
            owns_reward=False,  # what the user was told counts, and only a reward function sees messages
            max_calls=practice.episode_steps,
        )
        for folder, tasks in by_folder([*practised, *kept]).items()
    }
    rows, kept_rows = (
        [row for folder, tasks in by_folder(starts).items() for row in trl_rows(folder, tasks=tasks, answers=True)]
        for starts in (practised, kept)
    )
    return rows, kept_rows, {"environment_factory": classes, "reward_funcs": trl_reward}


def by_folder(starts: Sequence[Start]) -> dict[Path, list[Task]]:
    """The tasks of each domain folder."""
    found: dict[Path, list[Task]] = {}
    for one in starts:
        found.setdefault(one.folder, []).append(one.task)
    return found


def folders(domains: Sequence[str]) -> list[Path]:
    """The domain folders that are meant, in order. Raises ``DomainError`` where there is none."""
    found: list[Path] = []
    for domain in domains:
        inside = sorted(path.parent for path in Path(domain).glob("*/domain.json"))
        found += inside or [find(domain)]
    return found


def refuse(practice: Practice, training: GRPOConfig, model: ModelConfig) -> None:
    """Stop before anything is loaded where settings lack something, or would do something else than they seem to."""
    problems = {
        "name what is to be played: --domains": not practice.domains,
        "name the weights to start from: --model_name_or_path": not model.model_name_or_path,
        "name a folder for the results: --output_dir": not training.output_dir,
        "--longest_turn works with the user in the loop; without, set --max_completion_length": (
            practice.longest_turn is not None and not practice.user
        ),
        **launch.unhandled(training, model),
    }
    launch.refuse(problems)


if __name__ == "__main__":
    launch.enter(main)
