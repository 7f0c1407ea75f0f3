"""The experiment from the specifications to the report. Every part that is there already is not made again.

OUT/
  config.json                the budget; an OUT belongs to one
  data/                      see data.py
  tokenizer/                 trained on what base and stage 1 are trained on
  models/base, stage1, stage2, environments-<count>
  episodes/<model>-<part>.jsonl
  report/                    report.md, report.json and figures
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from agentgym.errors import RunError
from agentgym.files import read_json, read_records, write_json
from agentgym.learn.checkpoints import flaw, seal
from agentgym.learn.record import versions
from agentgym.learn.rows import Row
from agentgym.learn.splits import gold_key
from agentgym.processes import streamed
from agentgym.runs import Progress, domains_in, silent
from agentgym.types import Json, Task
from training.nano import data, evaluate, pool, report
from training.nano import model as models
from training.nano import tokenizer as tokenizers
from training.nano.batches import sequences
from training.nano.budgets import BUDGETS, Budget
from training.nano.evaluate import Exam
from training.nano.renaming import renamed
from training.nano.train import TRAINED, train

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


def experiment(out: Path, name: str, *, workers: int = 2, progress: Progress = silent) -> Json:
    """Run the budget called ``name`` in ``out``, or go on with it, and return the report.

    Raises:
        RunError: ``out`` holds another experiment, or a part of this one failed.
    """
    budget = BUDGETS[name]
    _claim(out, name, budget)
    made = data.make(out / "data", budget.data, workers=workers, progress=progress)
    _train_tokenizer(out, budget)
    _train(out, budget, progress)
    counts = _train_curve(out, name, budget, progress)
    exams = _exams(out, budget, counts)
    evaluate.evaluate(out / "models", exams, out / "episodes", budget.terminal, seed=budget.seed, progress=progress)
    found = _facts(out, name, budget, exams, made)
    report.write(out / "report", found)
    return found


def _claim(out: Path, name: str, budget: Budget) -> None:
    """Take ``out`` for this budget. Raises ``RunError`` where it holds something else."""
    # A budget or program that has changed makes other data: parts of two experiments must not stand in one report.
    config = {"budget": name, "program": data.program(), **asdict(budget)}
    path = out / "config.json"
    if not path.is_file():
        out.mkdir(parents=True, exist_ok=True)
        write_json(path, config)
    elif read_json(path) != _as_json(config):
        raise RunError(f"{out} holds another experiment, see {path}; choose another --out, or remove the folder")


def _as_json(value: Json) -> Json:
    """``value`` as it is read back: tuples become lists."""
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list | tuple) else value


# -- training -------------------------------------------------------------------------------------


def _tokenizer(out: Path) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(out / "tokenizer")


def _general(out: Path, budget: Budget) -> list[Row]:
    """What base and stage 1 are trained on: general rows under nouns of every part, as a pretrained model has read any.

    Of what they are trained on only the nouns are of the vertical and of unseen domains.
    """
    plan, seed = budget.data, budget.data.seed
    counts = {"general": budget.nouns, "vertical": plan.vertical.domains, "unseen": plan.unseen.domains}
    nouns = [noun for part in pool.PARTS for noun in pool.nouns(part, counts[part], seed)]
    return list(renamed(data.rows(out / "data", "general"), nouns, budget.copies, budget.seed, _held_out(out)))


def _held_out(out: Path) -> frozenset[str]:
    """The gold calls of every task that is held out."""
    folders = [folder for part in pool.PARTS for folder in domains_in(data.held_out(out / "data", part))]
    return frozenset(gold_key(task) for folder in folders for task in read_records(folder / "tasks.jsonl", Task))


def _train_tokenizer(out: Path, budget: Budget) -> None:
    if flaw(out / "tokenizer"):
        made = tokenizers.learnt(_general(out, budget), size=budget.data.vocabulary)
        made.save_pretrained(out / "tokenizer")
        seal(out / "tokenizer")


def _train(out: Path, budget: Budget, progress: Progress) -> None:
    """Base, stage 1 and stage 2, each from the weights before it."""
    folders = [out / "models" / stage for stage in report.STAGES]
    if not any(map(flaw, folders)):
        return
    tokenizer = _tokenizer(out)
    general = sequences(_general(out, budget), tokenizer, budget.size.positions)
    vertical = sequences(data.rows(out / "data", "vertical"), tokenizer, budget.size.positions)
    base, stage1, stage2 = folders
    common = {"tokenizer": tokenizer, "seed": budget.seed, "threads": budget.threads, "progress": progress}
    train(base, lambda: models.new(budget.size, tokenizer, budget.seed), general, stage=budget.base, **common)
    train(stage1, lambda: models.load(base), general, stage=budget.stage1, **common)
    train(stage2, lambda: models.load(stage1), vertical, stage=budget.stage2, **common)


class _Point(NamedTuple):
    """One model of the curve."""

    out: Path
    budget: str
    domains: tuple[str, ...]  # that it is trained on

    @property
    def folder(self) -> Path:
        return self.out / "models" / _environments(len(self.domains))


def _environments(count: int) -> str:
    return f"environments-{count}"


def _train_curve(out: Path, name: str, budget: Budget, progress: Progress) -> list[int]:
    """A model for each number of environments, as many side by side as there are threads; the numbers.

    Smaller sets are parts of larger ones. Where fewer domains were built than a number asks for, it is all of them.
    """
    domains = sorted({row["domain"] for row in data.rows(out / "data", "general")})
    Random(f"environments/{budget.seed}").shuffle(domains)
    counts = sorted({min(count, len(domains)) for count in budget.curve.environments})
    points = [_Point(out, name, tuple(domains[:count])) for count in counts]
    left = [point for point in points if flaw(point.folder)]
    for stage, done, total in streamed(_train_point, left, budget.threads):
        progress(stage, done, total)
    return counts


def _train_point(point: _Point) -> Iterator[tuple[str, int, int]]:
    budget = BUDGETS[point.budget]
    tokenizer = _tokenizer(point.out)
    chosen = [row for row in data.rows(point.out / "data", "general") if row["domain"] in point.domains]
    rows = sequences(chosen, tokenizer, budget.size.positions)
    start = point.out / "models" / "base"
    curve, seed = budget.curve, budget.seed
    if curve.base is not None:
        start = point.folder.with_name(f"{point.folder.name}-base")
        train(start, lambda: models.new(budget.size, tokenizer, seed), rows, tokenizer, curve.base, seed=seed)
    train(point.folder, lambda: models.load(start), rows, tokenizer, curve.stage, seed=seed)
    yield point.folder.name, curve.stage.steps, curve.stage.steps


# -- evaluation -----------------------------------------------------------------------------------


def _exams(out: Path, budget: Budget, counts: list[int]) -> list[Exam]:
    runs = {part: data.held_out(out / "data", part) for part in report.TITLES}
    trials = budget.trials
    amounts = dict.fromkeys(runs, (trials.others, trials.others_each))
    amounts["vertical"] = (trials.vertical, trials.each)
    return [
        *(Exam(stage, part, runs[part], *amounts[part]) for stage in report.STAGES for part in runs),
        *(
            Exam(_environments(count), "unseen", runs["unseen"], budget.curve.tasks, budget.curve.trials)
            for count in counts
        ),
    ]


def _facts(out: Path, name: str, budget: Budget, exams: list[Exam], made: Json) -> Json:
    """What was played, with all that decided it."""
    played = {(exam.model, exam.part): evaluate.episodes(out / "episodes", exam) for exam in exams}
    curve = {
        int(exam.model.rpartition("-")[2]): played.pop((exam.model, exam.part))
        for exam in exams
        if exam.model not in report.STAGES
    }
    trained = {exam.model: read_json(out / "models" / exam.model / TRAINED) for exam in exams}
    told = {
        "budget": name,
        "command": f"python -m training.nano --budget {name} --out OUT",
        "config": asdict(budget),
        "data": made["counts"],
        "training": {model: _run(told) for model, told in trained.items()},
        "parameters": trained["base"]["parameters"],
        "varied": _varied(budget),
        "versions": versions(),
    }
    return report.facts(played, curve, told)


def _run(trained: Json) -> Json:
    """What training has told of itself, with the last mean loss in place of all."""
    *_, last = trained["losses"]
    return {**{key: value for key, value in trained.items() if key != "losses"}, "loss": last}


def _varied(budget: Budget) -> str:
    """What is varied along the curve, and what is not."""
    curve, stage = budget.curve, budget.curve.stage
    equal = f"{stage.steps} steps of {stage.rows} rows"
    if curve.base is None:
        return (
            "Varied is the number of environments of the masked stage alone: each model starts from the base, which "
            "has read raw trajectories of all general domains under the nouns of all parts, and takes "
            f"{equal} from the rows of so many of them as they are, under no other noun. Fewer environments mean more "
            "epochs. A base that has read as few environments would be a stricter test."
        )
    return (
        "Varied is the number of environments of everything: each model is trained from scratch on so many domains, "
        f"{curve.base.steps} steps of {curve.base.rows} rows with loss on every token, then {equal} with loss on the "
        "assistant's, of rows as they are, under no other noun. The tokenizer alone is that of all general domains. "
        "Fewer environments mean more epochs."
    )
