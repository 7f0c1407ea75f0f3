"""What each budget stands for: fixed sizes and steps, so that a budget gives the same weights on any day."""

from __future__ import annotations

from dataclasses import dataclass

from training.nano.data import PLANS, Plan
from training.nano.evaluate import Terminal
from training.nano.model import Size
from training.nano.train import Stage


@dataclass(frozen=True)
class Trials:
    """How much is played of each kind of held-out tasks; a trial is one dialogue."""

    vertical: int  # tasks of the target vertical
    others: int  # tasks of domains that were trained on, and as many of domains that were not
    each: int = 4  # trials of a task of the vertical, of which pass^k takes k
    others_each: int = 1  # trials of another task


@dataclass(frozen=True)
class Curve:
    """Success in unseen domains over the number of environments, at equal steps of equal batches."""

    environments: tuple[int, ...]
    stage: Stage
    base: Stage | None  # before it, on the same environments; None: it starts from the base of the experiment
    tasks: int
    trials: int


@dataclass(frozen=True)
class Budget:
    """Everything that decides what comes out of an experiment."""

    data: Plan
    size: Size
    base: Stage  # stage 0: language modelling of raw trajectories of the general domains
    stage1: Stage  # the general domains, masked
    stage2: Stage  # the vertical, masked, from the weights of stage 1
    trials: Trials
    curve: Curve
    terminal: Terminal
    copies: int = 3  # of each general row, all but one renamed; see renaming.py
    nouns: int = 350  # of the general part that rows are renamed to, besides those of the other domains
    threads: int = 2  # of torch, where one model is trained; also how many are trained side by side for the curve
    seed: int = 0


BUDGETS = {
    "tiny": Budget(
        data=PLANS["tiny"],
        size=Size(hidden=32, layers=1, heads=2, intermediate=64),
        base=Stage(steps=6, rows=4, warmup=2, masked=False),
        stage1=Stage(steps=4, rows=4, warmup=2),
        stage2=Stage(steps=4, rows=2, warmup=2),
        trials=Trials(vertical=2, others=1, each=2),
        curve=Curve((1, 4), Stage(steps=2, rows=2, warmup=1), None, tasks=1, trials=1),
        terminal=Terminal(lanes=1, max_tokens=8, max_steps=3),
        threads=1,
    ),
    "cpu-20min": Budget(
        data=PLANS["cpu-20min"],
        size=Size(),
        base=Stage(steps=2000, rows=4, final=1.0, masked=False),
        stage1=Stage(steps=4000, rows=4),
        stage2=Stage(steps=1000, rows=4, matrix_rate=0.01, other_rate=0.002),
        trials=Trials(vertical=56, others=48),
        curve=Curve((1, 4, 16, 64), Stage(steps=500, rows=4), None, tasks=48, trials=1),
        terminal=Terminal(),
    ),
    "gpu-30min": Budget(
        data=PLANS["gpu-30min"],
        size=Size(hidden=512, layers=8, heads=8, intermediate=1536),
        base=Stage(steps=6000, rows=128, warmup=200, masked=False),
        stage1=Stage(steps=1500, rows=128, matrix_rate=0.01, other_rate=0.002),
        stage2=Stage(steps=600, rows=128, matrix_rate=0.01, other_rate=0.002),
        trials=Trials(vertical=200, others=200, others_each=4),
        curve=Curve(
            (1, 4, 16, 64, 256),
            Stage(steps=500, rows=64, matrix_rate=0.01),
            Stage(steps=2000, rows=64, warmup=100, masked=False),
            tasks=200,
            trials=2,
        ),
        terminal=Terminal(lanes=1, batched=True, concurrency=64),
        threads=1,
    ),
}
