"""A build that is killed again and again ends with the bytes of one that never was.

``AGENTGYM_KILLS=20`` kills it twenty times.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from tests.killing import Killable, survives
from tests.test_pipeline import content, spread

KILLS = int(os.environ.get("AGENTGYM_KILLS", "3"))

IMPORTS = """
from pathlib import Path
from agentgym.build import materialise, pipeline

pipeline.program = lambda: "today's"  # someone may edit the code while the tests run
"""
BUILD = "pipeline.build([Path(inputs)], Path(out), workers=workers)"


def test_killed_at_random_moments_a_build_ends_with_the_same_bytes(tmp_path: Path) -> None:
    inputs, workers = spread(tmp_path / "specs"), Random("workers")
    with Killable(tmp_path / "build.py", IMPORTS, "inputs, out, workers", BUILD) as build:
        code, lasted = build(str(inputs), str(tmp_path / "whole"), 1)
        assert code == 0
        whole = content(tmp_path / "whole")
        assert sum(name.endswith("/tools.py") for name in whole) >= 3, "the pool should make some domains"
        survives(
            lambda out, delay: build(str(inputs), str(out), workers.choice((1, 2)), delay=delay)[0],
            content,
            lambda name: tmp_path / name,
            whole,
            kills=KILLS,
            lasted=lasted,
        )
