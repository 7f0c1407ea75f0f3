"""A build that is killed again and again ends with the bytes of one that never was.

``AGENTGYM_KILLS=20`` kills it twenty times.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from agentgym.files import read_json
from tests.test_pipeline import content, spread

KILLS = int(os.environ.get("AGENTGYM_KILLS", "3"))

BUILD = """
import os, signal, sys, threading
from pathlib import Path
from agentgym.build import materialise, pipeline  # imported now, so that the clock runs for the build alone

if __name__ == "__main__":
    pipeline.program = lambda: "today's"  # someone may edit the code while the tests run
    inputs, out, workers, delay = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    if delay:
        timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
    pipeline.build([inputs], out, workers=workers)
"""


def test_killed_at_random_moments_a_build_ends_with_the_same_bytes(tmp_path: Path) -> None:
    script, inputs = tmp_path / "build.py", spread(tmp_path / "specs")
    script.write_text(BUILD, encoding="utf-8")

    def run(out: Path, delay: float = 0.0) -> int:
        command = [sys.executable, str(script), str(inputs), str(out), "2", str(delay)]
        return subprocess.run(command, check=False, cwd=Path(__file__).parents[1]).returncode

    assert run(tmp_path / "whole") == 0
    whole = content(tmp_path / "whole")
    assert sum(name.endswith("/tools.py") for name in whole) >= 3, "the pool should make some domains"
    lasted = read_json(tmp_path / "whole" / "report.json")["seconds"]
    chance, killed, runs = Random("kills"), 0, 0
    while killed < KILLS:
        out = tmp_path / f"killed_{runs}"
        runs += 1
        while killed < KILLS and (code := run(out, chance.uniform(0.01, lasted))) != 0:
            assert code == -signal.SIGKILL, f"the build ended with {code} before it was killed"
            killed += 1
        assert run(out) == 0
        assert content(out) == whole, f"after {killed} kills the bytes differ"
        assert runs < KILLS + 20, "the build ends before it can be killed"
