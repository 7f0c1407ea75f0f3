"""ACEBench on a small checkout of our own, or a real one: benchmarks, episodes, broken copies."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from agentgym.evaluate.acebench.adapter import AceBench
from agentgym.evaluate.benchmark import Setup
from agentgym.evaluate.catalogue import open_benchmark
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.results import Result, measure
from agentgym.evaluate.runner import Request, evaluate
from agentgym.types import Json

FIXTURE = Path(__file__).parent / "fixtures" / "acebench_checkout"
LANGUAGES = ("en", "zh")
NAMED = os.environ.get("AGENTGYM_ACEBENCH", "")
named = pytest.mark.skipif(not NAMED, reason="AGENTGYM_ACEBENCH names no checkout of ACEBench")
DATA = "data_all/data_en/data_agent_multi_turn.json"


def ace(language: str = "en", checkout: Path | None = FIXTURE, **settings: Any) -> AceBench:
    made = open_benchmark(f"acebench-{language}", Setup(checkout, **settings))
    assert isinstance(made, AceBench)
    return made


def act(name: str, **arguments: Json) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def last(env: BenchmarkEnv, task: str, *actions: str) -> tuple[float, dict[str, Any]]:
    """The reward and the reasons at the end of an episode of these actions, of which the last one ends it."""
    env.reset(options={"task": task})
    for action in actions[:-1]:
        assert not env.step(action)[2], f"{action} ends {task} already"
    _, reward, terminated, _, info = env.step(actions[-1])
    assert terminated, f"{actions[-1]} does not end {task}"
    return float(reward), info["reward_info"]


def broken(folder: Path, file: str, text: str | None) -> Path:
    """A copy of the fixture in which one file is another, or missing."""
    shutil.copytree(FIXTURE, folder)
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text, "utf-8")
    return folder


def evaluated(bench: AceBench, agent: str, out: Path) -> Result:
    return measure(bench, evaluate(bench, Setup(FIXTURE), Request(agent=agent), out))
