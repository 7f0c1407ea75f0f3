"""What all tests share: hypothesis that repeats itself, no terminal colours in captured output, no hub, a domain.

What a library reads of the environment when it is imported has to be set before: so fixtures import what they need.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.minishop import MINISHOP

if TYPE_CHECKING:
    from pathlib import Path

    from agentgym.play.rollouts.engine import Play
    from agentgym.tasks.chart import Chart
    from agentgym.world.load import LoadedDomain
    from agentgym.world.world import World

os.environ.update(NO_COLOR="1", COLUMNS="200", TERM="dumb")
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", OMP_NUM_THREADS="1")  # threads only wait
settings.register_profile("agentgym", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("agentgym")


@pytest.fixture(scope="session")
def loaded() -> LoadedDomain:
    """The minishop."""
    from agentgym.world.load import load

    return load(MINISHOP)


@pytest.fixture(scope="session")
def chart(loaded: LoadedDomain) -> Chart:
    """What its tools do, for whoever samples or proves tasks."""
    from agentgym.tasks.chart import Chart

    return Chart(loaded.domain)


@pytest.fixture
def world(loaded: LoadedDomain) -> Iterator[World]:
    """Its database, in a state of this test's own."""
    from agentgym.world.world import World

    with closing(World(loaded)) as made:
        yield made


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four domains to be exported; tests change copies of it."""
    from tests.exported import make_shops

    return make_shops(tmp_path_factory.mktemp("shops"))


@pytest.fixture
def same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone may edit the code while the tests run."""
    from agentgym import experience

    monkeypatch.setattr(experience, "program", lambda: "today's")


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> list[Play]:
    """What is played from now on."""
    from tests.experienced import counted

    return counted(monkeypatch)
