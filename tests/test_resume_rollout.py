"""A rollout that is killed again and again ends with the bytes of one that never was.

``AGENTGYM_KILLS=20`` kills it twenty times.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.test_experience import make_run
from tests.test_resume import KILLS

ROLLOUT = """
import os, signal, sys, threading
from pathlib import Path
from agentgym import experience, stages
from agentgym.env import ToolEnv  # imported now, so that the clock runs for the stage alone
from agentgym.play.rollouts.shares import Request
from agentgym.world.load import load

if __name__ == "__main__":
    experience.program = lambda: "today's"  # someone may edit the code while the tests run
    run, workers, delay = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    request = Request(agents=("gold", "fallible"), trials=10)
    if delay:
        timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
    from time import perf_counter
    started = perf_counter()
    stages.rollout(run, request, workers=workers)
    print(perf_counter() - started)
"""


def test_killed_at_random_moments_a_rollout_ends_with_the_same_bytes(tmp_path: Path) -> None:
    script, chance = tmp_path / "rollout.py", Random("kills")
    script.write_text(ROLLOUT, encoding="utf-8")

    def play(run: Path, delay: float = 0.0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), str(run), str(chance.choice((1, 2))), str(delay)]
        return subprocess.run(command, check=False, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True)

    def outcome(run: Path) -> bytes:
        return (run / "trajectories.jsonl").read_bytes()

    names = ("a", "b")
    first = play(make_run(tmp_path / "whole", *names))
    assert first.returncode == 0
    whole, lasted = outcome(tmp_path / "whole"), float(first.stdout)
    killed = runs = 0
    while killed < KILLS:
        run = make_run(tmp_path / f"killed_{runs}", *names)
        runs += 1
        while killed < KILLS and (code := play(run, chance.uniform(0.01, lasted)).returncode) != 0:
            assert code == -signal.SIGKILL, f"the rollout ended with {code} before it was killed"
            killed += 1
        assert play(run).returncode == 0
        assert outcome(run) == whole, f"after {killed} kills the bytes differ"
        assert runs < KILLS + 20, "the rollout ends before it can be killed"
