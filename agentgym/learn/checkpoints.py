"""Checkpoints that are known to be whole: a folder counts only after it was sealed, and is sealed when all is on disk.

A trainer writes a checkpoint file by file, for seconds or minutes. Killed meanwhile, it leaves a folder that looks like
any other, with weights but no optimizer, or half a file; to go on from there fails, or goes on to other weights. The
same holds for a checkpoint that was being removed. So ``complete.json`` is written last and lists every file with its
size; a folder without it, or with other files than it says, is passed over.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgym.errors import RunError
from agentgym.files import read_json, write_json

if TYPE_CHECKING:
    from transformers import TrainerCallback, TrainingArguments

SEAL = "complete.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")  # as transformers.Trainer names them, after optimizer steps


def seal(folder: Path) -> None:
    """Vouch for all that is in ``folder`` now: it is flushed to disk, then listed in ``complete.json``.

    Every process that writes into the folder must have ended doing so.
    """
    sizes = {}
    for path in _files(folder):
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            sizes[path.relative_to(folder).as_posix()] = os.fstat(file.fileno()).st_size
    write_json(folder / SEAL, sizes)


def sealing() -> TrainerCallback:
    """A callback for ``transformers.Trainer`` that seals each checkpoint once every process has written its part."""
    from accelerate import PartialState
    from transformers import TrainerCallback

    class Sealing(TrainerCallback):  # type: ignore[misc]  # transformers tells mypy nothing of it
        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            PartialState().wait_for_everyone()
            if args.should_save:
                seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    return Sealing()


def hindrances(training: TrainingArguments) -> dict[str, bool]:
    """Sentences about settings under which a killed training could not go on by itself, and whether each is so."""
    return {
        "a run goes on by itself; leave --resume_from_checkpoint out": bool(training.resume_from_checkpoint),
        "--save_only_model leaves no optimizer to go on with": training.save_only_model,
        "--save_total_limit 1 removes the only whole checkpoint before the next is whole; give 2 or more": (
            training.save_total_limit == 1
        ),
    }


def flaw(folder: Path) -> str:
    """Why ``folder`` is not whole, in half a sentence; "" if it is."""
    if not (folder / SEAL).is_file():
        return f"it has no {SEAL}"
    try:
        sizes = read_json(folder / SEAL)
    except RunError as error:
        return str(error)
    if not isinstance(sizes, dict):
        return f"its {SEAL} is no list of files"
    for name, size in sizes.items():
        path = folder / name
        found = path.stat().st_size if path.is_file() else None
        if found != size:
            return f"its {name} " + ("is missing" if found is None else f"has {found} bytes in place of {size}")
    return ""


def last_whole(run: Path) -> Path | None:
    """The whole checkpoint of ``run`` with the most steps; None if there is none."""
    return next((folder for folder in reversed(checkpoints(run)) if not flaw(folder)), None)


def sweep(run: Path) -> list[Path]:
    """Remove the checkpoints of ``run`` that are not whole, and return them.

    Their steps are taken again. Left there, they would count among those that the trainer keeps, in place of whole
    ones.
    """
    broken = [folder for folder in checkpoints(run) if flaw(folder)]
    for folder in broken:
        (folder / SEAL).unlink(missing_ok=True)
        shutil.rmtree(folder)
    return broken


def checkpoints(run: Path) -> list[Path]:
    """The checkpoint folders of ``run``, whole or not, by their number of steps."""
    if not run.is_dir():
        return []
    found = ((match, path) for path in run.iterdir() if (match := _CHECKPOINT.fullmatch(path.name)) and path.is_dir())
    return [path for _, path in sorted((int(match[1]), path) for match, path in found)]


def _files(folder: Path) -> list[Path]:
    """The files that make up ``folder``: not the model card, which people edit, nor checkpoints, sealed themselves."""
    apart = {folder / SEAL, folder / "README.md", *checkpoints(folder)}
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path in apart:
            continue
        found += (item for item in sorted(path.rglob("*")) if item.is_file()) if path.is_dir() else [path]
    return found
