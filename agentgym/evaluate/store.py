"""What has been played of one benchmark by one agent: a file that grows, and the settings that it was played with.

FOLDER/settings.json   what every trial in the file has in common; another benchmark, agent or user is refused
FOLDER/trials.jsonl    a ``Trial`` a line, as they ended
"""

from __future__ import annotations

from pathlib import Path

from agentgym.appending import Appender, read_lines
from agentgym.errors import RunError
from agentgym.evaluate.benchmark import ERRORS, Trial
from agentgym.files import read_json, record_line, write_json
from agentgym.types import Json

SETTINGS = "settings.json"
TRIALS = "trials.jsonl"


class TrialStore:
    """Trials by task and number. One process at a time may add to them."""

    def __init__(self, folder: Path, settings: dict[str, Json]) -> None:
        """Raises ``RunError`` where ``folder`` holds trials of other settings, and says which."""
        path = folder / SETTINGS
        if path.is_file():
            _compare(folder, read_json(path), settings)
        else:
            write_json(path, settings)
        self._folder = folder
        self._file = Appender(folder / TRIALS)

    def add(self, trial: Trial) -> None:
        """Keep a trial. Raises ``OSError`` where the disk does not take it."""
        self._file.append(record_line(trial).encode("utf-8"))

    def trials(self) -> dict[tuple[str, int], Trial]:
        """What is kept, as ``read_trials``."""
        return read_trials(self._folder)

    def close(self) -> None:
        """Force everything onto the disk."""
        self._file.close()


def read_trials(folder: Path) -> dict[tuple[str, int], Trial]:
    """The trials of a folder by task and number, in that order.

    Of several with one number the last counts, but one that ended in an error never stands before one that did not.
    Raises ``RunError`` for a line that is no trial.
    """
    found: dict[tuple[str, int], Trial] = {}
    for number, (text, _) in enumerate(read_lines(folder / TRIALS), 1):
        try:
            trial = Trial.model_validate_json(text)
        except ValueError as error:
            raise RunError(f"{folder / TRIALS}: entry {number} is no trial ({error}); remove that line") from error
        place = trial.score.task, trial.score.trial
        if place not in found or trial.stop not in ERRORS or found[place].stop in ERRORS:
            found[place] = trial
    return dict(sorted(found.items()))


def _compare(folder: Path, kept: Json, asked: dict[str, Json]) -> None:
    """Raises ``RunError`` naming the first setting that differs."""
    if not isinstance(kept, dict):
        raise RunError(f"{folder / SETTINGS} does not hold the settings of an evaluation; choose another folder")
    for name in sorted({*kept, *asked}):
        if kept.get(name) != asked.get(name):
            raise RunError(
                f"{folder} holds trials with {name}={kept.get(name)!r}, and now it is {asked.get(name)!r}: they cannot "
                "stand in one table; choose another folder with --out, or remove this one"
            )
