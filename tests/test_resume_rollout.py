"""A rollout that is killed again and again ends with the bytes of one that never was.

``AGENTGYM_KILLS=20`` kills it twenty times.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.killing import Killable, survives
from tests.test_experience import make_run, trajectories
from tests.test_resume import KILLS

IMPORTS = """
from pathlib import Path
from agentgym import experience, stages
from agentgym.env import ToolEnv
from agentgym.play.rollouts.batches import Request
from agentgym.world.load import load

experience.program = lambda: "today's"  # someone may edit the code while the tests run
"""
ROLLOUT = 'stages.rollout(Path(run), Request(agents=("gold", "fallible"), trials=10), workers=workers)'


def test_killed_at_random_moments_a_rollout_ends_with_the_same_bytes(tmp_path: Path) -> None:
    workers = Random("workers")
    with Killable(tmp_path / "rollout.py", IMPORTS, "run, workers", ROLLOUT) as rollout:
        code, lasted = rollout(str(make_run(tmp_path / "whole", "a", "b")), 1)
        assert code == 0
        survives(
            lambda run, delay: rollout(str(run), workers.choice((1, 2)), delay=delay)[0],
            trajectories,
            lambda name: make_run(tmp_path / name, "a", "b"),
            trajectories(tmp_path / "whole"),
            kills=KILLS,
            lasted=lasted,
        )
