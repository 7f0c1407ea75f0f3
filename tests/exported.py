"""A run of four small domains, to be exported, and what its export has written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agentgym import stages
from agentgym.files import read_records
from agentgym.learn.recipe import Recipe
from agentgym.types import Json, Rejection, Trajectory
from tests.finished_run import copy_shop, played, write_run

SHOPS = {"shop": "", "mart": "", "clinic": "_c", "hotel": "_h"}  # domain -> what its tools' names end with
APART = Recipe(held_out_names=("clinic",))
INTENT = "please cancel the order of the green kettle that I bought here on Monday by mistake as a gift"


def make_shops(run: Path) -> Path:
    """A run of four domains, two of them twins, with three kept episodes each."""
    for name, ending in SHOPS.items():
        copy_shop(run / "domains", name, tools=ending)
    write_run(run, [alone(item) for item in played(run / "domains")])
    return run


def alone(item: Trajectory) -> Trajectory:
    """The episode with a word of its domain in what the agent says, so that no two domains' are duplicates."""
    *before, last, thanks = item.messages
    said = last.model_copy(update={"content": f"All done in the {item.domain}."})
    return item.model_copy(update={"messages": (*before, said, thanks)})


def change(run: Path, edit: Callable[[list[Trajectory]], list[Trajectory]]) -> None:
    write_run(run, edit(list(read_records(run / "trajectories.jsonl", Trajectory))))


def say(item: Trajectory, text: str, place: int = 1) -> Trajectory:
    """The episode with another message at ``place``."""
    messages = list(item.messages)
    messages[place] = messages[place].model_copy(update={"content": text})
    return item.model_copy(update={"messages": tuple(messages)})


def rejected(run: Path) -> list[Rejection]:
    return [item for item in read_records(run / "rejected.jsonl", Rejection) if item.stage == "export"]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def dataset(run: Path, recipe: Recipe = APART, **options: Json) -> Json:
    return stages.dataset(run, run / "dataset", recipe, **options).facts()
