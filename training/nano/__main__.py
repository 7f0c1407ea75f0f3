"""`python -m training.nano --budget cpu-20min --out runs/nano`: the whole experiment, from specifications to a report.

Killed, the same command goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from agentgym.errors import AgentGymError
from training.nano.budgets import BUDGETS
from training.nano.experiment import experiment
from training.nano.report import text


class Told:
    """Progress on stderr: a line where a stage begins, every tenth of it, and where it ends."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._last = ("", -1)

    def __call__(self, stage: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if (stage, tenth) != self._last:
            self._last = (stage, tenth)
            minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
            print(f"{minutes:3}:{seconds:02}  {stage}  {done}/{total}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m training.nano", description="The paper's claims in miniature.")
    parser.add_argument("--budget", choices=BUDGETS, required=True, help="sizes and steps; see budgets.py")
    parser.add_argument("--out", type=Path, required=True, help="a folder of this experiment's own")
    parser.add_argument("--workers", type=int, default=2, help="processes that make the data (default: 2)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    arguments = parser.parse_args()
    try:
        found = experiment(arguments.out, arguments.budget, workers=arguments.workers, progress=Told())
    except AgentGymError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=1) if arguments.json else text(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
