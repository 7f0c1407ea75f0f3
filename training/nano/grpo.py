"""Reinforcement learning in miniature: GRPO from the stage-1 checkpoint, with the scripted user in the loop.

    python -m training.nano --budget cpu-20min --out runs/nano
    python -m training.nano.grpo --out runs/nano

The checkpoint plays training tasks and learns from what its episodes earn; held-out tasks of the same domains are
played before and after, with equal users. These are the general domains that stage 1 has seen; ``--part vertical`` goes
to the vertical, where some episodes must come out right by themselves before there is anything to learn from.

OUT/grpo/
  before.jsonl after.jsonl   the episodes on held-out tasks
  model/                     the weights, ready to be served
  report.json report.md      the difference, with its interval, and the reward of every step
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from agentgym.episode import Terms
from agentgym.errors import AgentGymError, RunError
from agentgym.evaluate.intervals import bootstrap
from agentgym.files import read_json, write_json, write_records, write_text
from agentgym.learn.chat import training_template
from agentgym.learn.record import versions
from agentgym.learn.rl.dialogue import ChatDialogue
from agentgym.learn.rl.policy import Limits
from agentgym.learn.rl.rewards import Shaping
from agentgym.learn.rl.rollout import Start, play_together, starts_in
from agentgym.learn.rl.sampling import ModelSampler
from agentgym.learn.rl.trl_rollout import UserRollouts, rollout_reward
from agentgym.runs import domains_in
from agentgym.types import Json, Trajectory
from training.nano import data, pool
from training.nano import model as models
from training.nano.report import TITLES, estimate

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM
    from trl import GRPOConfig


@dataclass(frozen=True)
class Course:
    """Everything that decides what comes of it; counted in steps and episodes, never by the clock."""

    part: pool.Part = "general"  # whose tasks are practised, and held out
    steps: int = 100
    tasks: int = 4  # of a batch
    group: int = 8  # episodes of a task; what one earns is compared with the others
    rate: float = 5e-4  # of AdamW
    # A mean over episodes of the mean over their tokens. Failed episodes are about twice as long as the others: a mean
    # over all tokens (dapo, TRL's default) is mostly about what not to say.
    loss: str = "grpo"
    partial: float = 0.3  # what a failed episode may earn while practising; held-out tasks pay 1 or nothing
    temperature: float = 1.0
    completion: int = 300  # tokens of an episode after its prompt, those of the user and of tools included
    turn: int = 48  # tokens of one turn
    max_steps: int = 7  # calls and messages of an episode
    held_out: int = 160  # tasks, at most
    trials: int = 4  # episodes of each
    seed: int = 0

    @property
    def limits(self) -> Limits:
        return Limits(self.completion, self.turn)

    @property
    def terms(self) -> Terms:
        return Terms(max_steps=self.max_steps)


def practise(out: Path, course: Course, *, start: Path | None = None) -> Json:
    """Train by reinforcement from ``start``, by default OUT/models/stage1, and return the report.

    Raises:
        RunError: ``out`` holds no experiment of `python -m training.nano`, or the report of another course.
    """
    import torch
    from transformers import PreTrainedTokenizerFast

    start = start or out / "models" / "stage1"
    if not (start / "config.json").is_file():
        raise RunError(f"{start} holds no model; run `python -m training.nano --out {out}` first")
    place = out / "grpo"
    decided = {"course": asdict(course), "start": _within(start, out)}
    _claim(place, decided)
    torch.set_num_threads(1)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(start, padding_side="left")
    model = models.load(start)
    training, held_out = _tasks(out, course)
    before = _exam(model, tokenizer, held_out, course, place / "before.jsonl")
    curve = _train(model, tokenizer, training, course, place)
    models.save(model, tokenizer, place / "model")
    after = _exam(model, tokenizer, held_out, course, place / "after.jsonl")
    report = {
        **compared(before, after),
        "practised": len(training),
        **decided,
        "versions": versions(),
        "curve": curve,
    }
    write_json(place / "report.json", report)
    write_text(place / "report.md", text(report))
    return report


def _within(start: Path, out: Path) -> str:
    """Where the weights lie, in words that hold on any machine: their path in ``out``, or else their folder's name."""
    return start.relative_to(out).as_posix() if start.is_relative_to(out) else start.resolve().name


def _claim(place: Path, decided: dict[str, Json]) -> None:
    """Take ``place`` for this course. Raises ``RunError`` where it holds the report of another one."""
    path = place / "report.json"
    if path.is_file():
        told = read_json(path)
        if any(told.get(name) != value for name, value in decided.items()):
            raise RunError(f"{place} holds another course, see {path}; move the folder, or remove it")
    place.mkdir(parents=True, exist_ok=True)


def _tasks(out: Path, course: Course) -> tuple[list[Start], list[Start]]:
    """The tasks to practise, and those that are held out: at most as many as the course has, of all domains."""
    held_out = starts_in(domains_in(data.held_out(out / "data", course.part)), course.seed)
    kept = {one.name for one in held_out}
    every = starts_in(domains_in(out / "data" / course.part), course.seed)
    training = [one for one in every if one.name not in kept]
    return training, Random(course.seed).sample(held_out, min(course.held_out, len(held_out)))


def _exam(
    model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, tasks: Sequence[Start], course: Course, record: Path
) -> dict[str, float]:
    """The mean reward of each task over its trials."""
    import torch

    torch.manual_seed(course.seed)
    dialogue = ChatDialogue(tokenizer, training_template(tokenizer))
    sampler = ModelSampler(model, tokenizer, dialogue.end, temperature=course.temperature, batch=256)
    found: dict[str, float] = dict.fromkeys((one.name for one in tasks), 0.0)
    played: list[Trajectory] = []
    for trial in range(course.trials):
        starts = [one._replace(seed=one.seed + trial) for one in tasks]
        rollouts = play_together(starts, dialogue, sampler, terms=course.terms, limits=course.limits)
        for one, rollout in zip(tasks, rollouts, strict=True):
            if rollout.trajectory.stop == "user_error":  # says nothing about the model, so it is no 0 either
                raise RunError(f"the user of {one.name} could not go on in trial {trial}; see the warning in the log")
            found[one.name] += rollout.trajectory.reward / course.trials
        played += [rollout.trajectory for rollout in rollouts]
    write_records(record, played)
    return found


def _train(
    model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, tasks: Sequence[Start], course: Course, place: Path
) -> list[dict[str, Json]]:
    """GRPO by TRL; what each step has earned."""
    from datasets import Dataset
    from trl import GRPOTrainer

    rollouts = UserRollouts(
        tasks,
        terms=course.terms,
        shaping=Shaping(partial=course.partial),
        longest_turn=course.turn,
    )
    trainer = GRPOTrainer(
        model,
        rollout_reward,
        _settings(course, place),
        Dataset.from_list(rollouts.rows(tasks)),
        processing_class=tokenizer,
        rollout_func=rollouts,
    )
    trainer.train()
    told = (
        "reward",
        "reward_std",
        "frac_reward_zero_std",
        "grad_norm",
        "entropy",
        "episodes/turns",
        "episodes/finished",
    )
    return [
        {"step": number, **{name.rpartition("/")[2]: round(entry[name], 4) for name in told}}
        for number, entry in enumerate((e for e in trainer.state.log_history if "reward" in e), 1)
    ]


def _settings(course: Course, place: Path) -> GRPOConfig:
    from trl import GRPOConfig

    return GRPOConfig(
        output_dir=str(place),
        max_steps=course.steps,
        per_device_train_batch_size=course.tasks * course.group,
        num_generations=course.group,
        max_completion_length=course.completion,
        temperature=course.temperature,
        learning_rate=course.rate,
        lr_scheduler_type="constant_with_warmup",
        warmup_steps=5,
        max_grad_norm=1.0,
        loss_type=course.loss,
        seed=course.seed,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        bf16=False,
        activation_checkpointing=False,
    )


def compared(before: dict[str, float], after: dict[str, float]) -> dict[str, Json]:
    """The mean reward before and after, and of the difference, task by task; intervals of 95% over tasks."""
    differences = [after[name] - before[name] for name in before]
    low, high = bootstrap(differences)
    return {
        "before": estimate(list(before.values())),
        "after": estimate(list(after.values())),
        "difference": {
            "mean": round(sum(differences) / len(differences), 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "tasks": len(differences),
        },
    }


def text(report: Json) -> str:
    """The report in Markdown."""
    course, difference = report["course"], report["difference"]
    up = "its interval excludes 0" if difference["low"] > 0 else "its interval does not exclude 0"
    return f"""# GRPO from stage 1: {course["steps"]} steps of {course["tasks"] * course["group"]} episodes

Practised were {report["practised"]} training tasks of {TITLES[course["part"]]}, with the scripted user in the loop.
Means are of {course["trials"]} episodes of each held-out task, sampled at temperature {course["temperature"]}, with 95%
intervals over tasks; the difference is taken task by task.

| held-out tasks | mean reward | 95% interval | tasks |
|---|---|---|---|
{_measures(report)}

The mean reward changed by {difference["mean"]:+.3f}; {up}.

| steps | mean reward in practice, partial credit included |
|---|---|
{_tenths(report["curve"])}
"""


def _measures(report: Json) -> str:
    rows = [(name, report[name]) for name in ("before", "after", "difference")]
    return "\n".join(
        f"| {name} | {one['mean']:.3f} | {one['low']:.3f} to {one['high']:.3f} | {one['tasks']} |" for name, one in rows
    )


def _tenths(curve: Sequence[dict[str, Any]]) -> str:
    """The curve in ten rows."""
    size = max(1, len(curve) // 10)
    parts = [curve[start : start + size] for start in range(0, len(curve), size)]
    return "\n".join(
        f"| {part[0]['step']} to {part[-1]['step']} | {sum(one['reward'] for one in part) / len(part):.3f} |"
        for part in parts
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m training.nano.grpo", description="GRPO from stage 1.")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the experiment")
    parser.add_argument("--start", type=Path, help="the weights to start from (default: OUT/models/stage1)")
    parser.add_argument("--part", choices=("general", "vertical"), default=Course.part, help="whose tasks")
    parser.add_argument("--steps", type=int, default=Course.steps, help=f"batches (default: {Course.steps})")
    parser.add_argument("--rate", type=float, default=Course.rate, help=f"learning rate (default: {Course.rate})")
    arguments = parser.parse_args()
    course = Course(part=arguments.part, steps=arguments.steps, rate=arguments.rate)
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # one module knows rollout_func, and has a contract test
    try:
        report = practise(arguments.out, course, start=arguments.start)
    except AgentGymError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(text(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
