"""What becomes of kept trajectories: how they are split, compared and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from agentgym.errors import RunError, nearest
from agentgym.learn import splits
from agentgym.learn.datasets import SINKS, features
from agentgym.types import Record
from agentgym.world.load import load

GENERAL, VERTICAL = "general", "vertical"  # stage 1 and stage 2 of training (paper 3.2)
SIDES = (splits.TRAIN, splits.HELD_OUT)
PARTS = (*SIDES, *(f"{stage}.{side}" for stage in (GENERAL, VERTICAL) for side in SIDES))  # that a folder may have


class Recipe(Record):
    """What becomes of the kept trajectories."""

    split: splits.By = "domain"
    held_out: float = 0.1  # the share of domains or tasks that is drawn
    held_out_names: tuple[str, ...] = ()  # or just these
    vertical: tuple[str, ...] = ()  # domains of stage 2; the others are general
    near: float = Field(default=0.8, gt=0, le=1)  # the similarity from which a row is a near duplicate
    overlap: Literal["drop", "flag"] = "drop"  # what becomes of a row that copies a benchmark
    reasoning: bool = False
    formats: tuple[str, ...] = ("jsonl",)
    seed: int = 0

    def part(self, side: str, domain: str) -> str:
        """Where a row of ``domain`` goes that is on this side: ``train``, or with a vertical ``general.train``."""
        return f"{VERTICAL if domain in self.vertical else GENERAL}.{side}" if self.vertical else side


def check(recipe: Recipe, folders: Mapping[str, Path]) -> None:
    """Refuse a recipe that cannot be followed, before anything is written.

    Raises:
        RunError: it names a domain the run does not have, or a format that cannot be written here.
    """
    _known("vertical", recipe.vertical, folders)
    unknown = [name for name in recipe.formats if name not in SINKS]
    if unknown or not recipe.formats:
        raise RunError(f"cannot write {', '.join(unknown) or 'no format'}; choose among {', '.join(SINKS)}")
    if "parquet" in recipe.formats:
        features()  # says what to install


def _known(role: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise for a name that is not known, with the nearest that is."""
    choices = sorted(known)
    for name in names:
        if name not in choices:
            raise RunError(f"the run has no {name!r}, which is to be {role}{nearest(name, choices)}")


def split_of(recipe: Recipe, folders: Mapping[str, Path]) -> splits.Split:
    """The split that a recipe asks for. Domains are compared, and tasks read, only where it needs them.

    Raises:
        RunError: it names a domain or task that the run does not have.
    """
    names, clusters = frozenset(recipe.held_out_names), {}
    if recipe.split == "task" and names:
        keys = {task.id: splits.gold_key(task) for folder in folders.values() for task in load(folder).tasks()}
        _known("held out", recipe.held_out_names, keys)
        names = frozenset(keys[name] for name in names)
    elif names or (recipe.split == "domain" and recipe.held_out):
        _known("held out", recipe.held_out_names, folders)
        clusters = splits.clusters(folders.values())
    return splits.Split(by=recipe.split, fraction=recipe.held_out, names=names, seed=recipe.seed, clusters=clusters)
